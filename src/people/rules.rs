//! What a person is, how his numbers are shown, and what a sighting at work does to his employment.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::{Fault, Result};
use crate::sheets::posts::TargetRole;

/// A person as everybody in scope sees him: numbers masked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub id_masked: String,
    pub phone_masked: Option<String>,
}

/// Where a person worked, in what post, from which day to which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employment {
    pub id: Uuid,
    pub person_id: Uuid,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub enterprise_name: String,
    pub role: TargetRole,
    pub from_day: NaiveDate,
    pub to_day: Option<NaiveDate>,
}

/// A person seen at work on a day: a line of a sheet, or an officer's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub enterprise_name: String,
    pub role: TargetRole,
    pub day: NaiveDate,
}

impl Employment {
    fn is_the_one(&self, sighting: &Sighting) -> bool {
        let same_employer = match (self.enterprise_id, sighting.enterprise_id) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.enterprise_name == sighting.enterprise_name,
            _ => false,
        };
        same_employer && self.region_id == sighting.region_id && self.role == sighting.role
    }

    /// Whether it was held on a day.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from_day <= day && self.to_day.is_none_or(|last| day <= last)
    }
}

/// What a sighting changes: rows to write, old ones with new ends among them. Empty when it tells nothing new.
///
/// Sheets arrive in any order, so a sighting may lie before what is known; nothing known is ever removed.
pub(super) fn after_sighting(
    history: &[Employment],
    person_id: Uuid,
    sighting: &Sighting,
    new_id: Uuid,
) -> Vec<Employment> {
    let day = sighting.day;
    let new = |to_day| Employment {
        id: new_id,
        person_id,
        region_id: sighting.region_id,
        enterprise_id: sighting.enterprise_id,
        enterprise_name: sighting.enterprise_name.clone(),
        role: sighting.role,
        from_day: day,
        to_day,
    };
    if let Some(covering) = history.iter().find(|e| e.covers(day)) {
        // A past stretch already told, or two employers on one day: what was entered first stands.
        if covering.is_the_one(sighting) || covering.to_day.is_some() || covering.from_day == day {
            return Vec::new();
        }
        let ended = Employment {
            to_day: day.checked_sub_days(Days::new(1)),
            ..covering.clone()
        };
        return vec![ended, new(None)];
    }
    let Some(next) = history
        .iter()
        .filter(|e| e.from_day > day)
        .min_by_key(|e| e.from_day)
    else {
        return vec![new(None)];
    };
    if next.is_the_one(sighting) {
        return vec![Employment {
            from_day: day,
            ..next.clone()
        }];
    }
    vec![new(next.from_day.checked_sub_days(Days::new(1)))]
}

/// An ID number as answers show it: `3306**********1234`.
#[must_use]
pub fn mask_id(number: &str) -> String {
    mask(number, 4, 4)
}

/// The last four letters and digits of an ID number, as a code carries them; a shorter one has zeros before it.
#[must_use]
pub fn id_tail(number: &str) -> String {
    let signs: Vec<char> = number
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let tail: String = signs.iter().skip(signs.len().saturating_sub(4)).collect();
    format!("{tail:0>4}")
}

/// A phone number as answers show it: `138****5678`.
#[must_use]
pub fn mask_phone(number: &str) -> String {
    mask(number, 3, 4)
}

fn mask(text: &str, head: usize, tail: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    // A short number keeps at most its last two, or the mask would hide nothing.
    let (head, tail) = if letters.len() > head + tail + 2 {
        (head, tail)
    } else {
        (0, 2.min(letters.len() / 3))
    };
    let hidden = letters.len().saturating_sub(head + tail);
    let shown_head = letters.iter().take(head);
    let shown_tail = letters.iter().skip(head + hidden);
    shown_head
        .copied()
        .chain(std::iter::repeat_n('*', hidden))
        .chain(shown_tail.copied())
        .collect()
}

/// A reason to look at what is personal: words, 4 to 200 of them in letters, and no number of anybody's.
///
/// # Errors
/// `invalid_field`.
pub fn reason(text: &str) -> Result<String> {
    let text = text.trim();
    let letters = text.chars().count();
    let words = text.chars().filter(|c| c.is_alphabetic()).count();
    if !(4..=200).contains(&letters) || words < 2 {
        return Err(Fault::field("/reason", "4–200"));
    }
    let digits = text
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max();
    if digits.is_some_and(|longest| longest >= 11) {
        return Err(Fault::field(
            "/reason",
            "≠ 证件号码、手机号 · ID number, phone",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_number_has_four_signs() {
        for (number, tail) in [
            ("11010519491231002X", "002X"),
            ("e1234567", "4567"),
            ("H1(2)", "0H12"),
            ("", "0000"),
        ] {
            assert_eq!(id_tail(number), tail);
        }
    }

    #[test]
    fn numbers_are_masked_whatever_their_length() {
        let table = [
            ("330699198405089240", "3306**********9240"),
            ("T330699198405089240", "T330***********9240"),
            ("H12345678", "*******78"),
            ("ab", "**"),
            ("", ""),
        ];
        for (number, shown) in table {
            assert_eq!(mask_id(number), shown);
        }
        assert_eq!(mask_phone("13812345678"), "138****5678");
    }

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2020, 1, n).unwrap()
    }

    fn at(shop: u128, from: u32, to: Option<u32>) -> Employment {
        Employment {
            id: Uuid::from_u128(u128::from(from)),
            person_id: Uuid::nil(),
            region_id: Uuid::from_u128(900 + shop),
            enterprise_id: Some(Uuid::from_u128(shop)),
            enterprise_name: String::new(),
            role: TargetRole::Other,
            from_day: day(from),
            to_day: to.map(day),
        }
    }

    #[test]
    fn a_sighting_lengthens_moves_or_fills_in() {
        type Row = (u128, u32, Option<u32>);
        type Story = (&'static str, &'static [Row], (u128, u32), &'static [Row]);
        let table: &[Story] = &[
            ("first", &[], (1, 5), &[(1, 5, None)]),
            ("again", &[(1, 5, None)], (1, 9), &[]),
            (
                "moved",
                &[(1, 5, None)],
                (2, 9),
                &[(1, 5, Some(8)), (2, 9, None)],
            ),
            (
                "an older sheet of the same employer",
                &[(1, 5, None)],
                (1, 2),
                &[(1, 2, None)],
            ),
            (
                "an older sheet of another",
                &[(1, 5, None)],
                (2, 2),
                &[(2, 2, Some(4))],
            ),
            ("two employers on one day", &[(1, 5, None)], (2, 5), &[]),
            (
                "within a closed stretch",
                &[(1, 1, Some(4)), (2, 5, None)],
                (3, 3),
                &[],
            ),
            (
                "back again",
                &[(1, 1, Some(4)), (2, 5, None)],
                (1, 9),
                &[(2, 5, Some(8)), (1, 9, None)],
            ),
        ];
        for (story, history, (shop, on), expected) in table {
            let history: Vec<_> = history.iter().map(|(s, f, t)| at(*s, *f, *t)).collect();
            let seen = at(*shop, *on, None);
            let sighting = Sighting {
                region_id: seen.region_id,
                enterprise_id: seen.enterprise_id,
                enterprise_name: String::new(),
                role: TargetRole::Other,
                day: day(*on),
            };
            let changes = after_sighting(&history, Uuid::nil(), &sighting, Uuid::from_u128(77));
            let shown: Vec<_> = changes
                .iter()
                .map(|e| (e.enterprise_id, e.from_day, e.to_day))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(s, f, t)| (Some(Uuid::from_u128(*s)), day(*f), t.map(day)))
                .collect();
            assert_eq!(shown, expected, "{story}");
        }
    }

    #[test]
    fn a_reason_says_something_and_names_no_number() {
        for right in [
            "核对领码名单",
            " 本人来电查询 ",
            "audit 2020",
            &"核".repeat(200),
        ] {
            assert_eq!(reason(right).unwrap(), right.trim());
        }
        let long = "核".repeat(201);
        for wrong in [
            "",
            "核对",
            "    ",
            "....",
            "1234",
            &long,
            "查110105194912310021",
            "回电13800000000号",
        ] {
            assert!(reason(wrong).is_err(), "{wrong}");
        }
    }
}
