//! What a look at the issuer's site can find, what may be told of it, and what it changes.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::certificates::regime::{IssuerState, OnRecord};
use crate::platform::locale::Lang;
use crate::platform::{Fault, Result};

/// What a look at the issuer's site found (核验结果).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CheckResult {
    /// 一致
    Confirmed,
    /// 查无此证
    NotFound,
    /// 不一致
    Differs,
    /// 尚未录入
    Waiting,
}

impl CheckResult {
    const ALL: [CheckResult; 4] = [
        CheckResult::Confirmed,
        CheckResult::NotFound,
        CheckResult::Differs,
        CheckResult::Waiting,
    ];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::NotFound => "not_found",
            Self::Differs => "differs",
            Self::Waiting => "waiting",
        }
    }

    /// The result of a stored word; one of a later program says nothing good.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        let known = Self::ALL.into_iter().find(|result| result.word() == word);
        known.unwrap_or(Self::Differs)
    }

    /// What is known of the certificate from its issuer after such a look.
    #[must_use]
    pub const fn leaves(self) -> IssuerState {
        match self {
            Self::Confirmed => IssuerState::Confirmed,
            Self::NotFound => IssuerState::Unverified,
            Self::Differs => IssuerState::Differs,
            Self::Waiting => IssuerState::Waiting,
        }
    }

    /// In a reader's words, with what that means.
    #[must_use]
    pub const fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Confirmed => ("核验一致", "Found at the issuer's, and the same"),
            Self::NotFound => (
                "发证机关网站查无此证，已记为未核验",
                "Not found at the issuer's; it counts as unverified",
            ),
            Self::Differs => (
                "与发证机关网站不一致，请由发证机关更正",
                "It differs at the issuer's, who alone can mend it",
            ),
            Self::Waiting => (
                "发证机关尚未录入，请过几天再查",
                "Not entered by the issuer yet; look again in some days",
            ),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// A look at the issuer's site, as somebody tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewCheck {
    /// The day it was looked up.
    pub checked_on: NaiveDate,
    pub result: CheckResult,
    /// Dates as the issuer has them; told of what was found alone.
    pub valid_until: Option<NaiveDate>,
    pub review_due: Option<NaiveDate>,
    pub reviewed_on: Option<NaiveDate>,
    /// The issuer has agreed to the longer time for ten years' unbroken lawful work.
    pub unbroken_ten_years: Option<bool>,
    pub note: String,
}

/// A look at the issuer's site on record (发证机关核验记录).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub id: Uuid,
    pub certificate_id: Uuid,
    pub checked_on: NaiveDate,
    pub result: CheckResult,
    pub valid_until: Option<NaiveDate>,
    pub review_due: Option<NaiveDate>,
    pub reviewed_on: Option<NaiveDate>,
    pub unbroken_ten_years: Option<bool>,
    pub note: String,
    /// The login that entered it; none for the console.
    pub checked_by: Option<String>,
    /// Microseconds since 1970.
    pub recorded_at: i64,
}

/// Letters of a note.
const MAX_NOTE: usize = 500;
/// Digits in a row that are somebody's number.
const NUMBER: usize = 11;

/// Checks what is told of a look: no day to come, dates only of what was found, no personal numbers.
///
/// # Errors
/// `invalid_field`.
pub fn check(told: &NewCheck, today: NaiveDate) -> Result<()> {
    if told.checked_on > today || told.checked_on.year() < 2000 {
        return Err(Fault::field("/checked_on", format!("2000-01-01–{today}")));
    }
    let found = told.result.leaves().is_of_issuer();
    let only_found = "result = confirmed, differs";
    for (pointer, day) in [
        ("/valid_until", told.valid_until),
        ("/review_due", told.review_due),
        ("/reviewed_on", told.reviewed_on),
    ] {
        match day {
            Some(_) if !found => return Err(Fault::field(pointer, only_found)),
            Some(day) if !(1950..=2150).contains(&day.year()) => {
                return Err(Fault::field(pointer, "1950–2150"));
            }
            _ => {}
        }
    }
    if told.reviewed_on.is_some_and(|day| day > told.checked_on) {
        return Err(Fault::field("/reviewed_on", "≤ checked_on"));
    }
    if told.unbroken_ten_years.is_some() && !found {
        return Err(Fault::field("/unbroken_ten_years", only_found));
    }
    let digits = told.note.split(|c: char| !c.is_ascii_digit());
    if digits
        .map(str::len)
        .max()
        .is_some_and(|most| most >= NUMBER)
    {
        return Err(Fault::field(
            "/note",
            "≠ 证件号码、手机号 · ID number, phone",
        ));
    }
    if told.note.chars().count() > MAX_NOTE {
        return Err(Fault::field("/note", format!("≤ {MAX_NOTE}")));
    }
    Ok(())
}

/// What is on record after a look: its result, and the dates it tells.
#[must_use]
pub fn after(record: &OnRecord, told: &NewCheck) -> OnRecord {
    OnRecord {
        first_issued: record.first_issued,
        valid_until: told.valid_until.or(record.valid_until),
        review_due: told.review_due.or(record.review_due),
        reviewed_on: told.reviewed_on.or(record.reviewed_on),
        unbroken_ten_years: told.unbroken_ten_years.unwrap_or(record.unbroken_ten_years),
        issuer_state: told.result.leaves(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn told(result: CheckResult) -> NewCheck {
        NewCheck {
            checked_on: day("2020-06-30"),
            result,
            valid_until: None,
            review_due: None,
            reviewed_on: None,
            unbroken_ten_years: None,
            note: String::new(),
        }
    }

    #[test]
    fn dates_are_told_of_what_was_found_alone() {
        use CheckResult::{Confirmed, Differs, NotFound, Waiting};
        for (result, found) in [
            (Confirmed, true),
            (Differs, true),
            (NotFound, false),
            (Waiting, false),
        ] {
            let plain = told(result);
            let until = NewCheck {
                valid_until: Some(day("2024-03-01")),
                ..plain.clone()
            };
            let unbroken = NewCheck {
                unbroken_ten_years: Some(true),
                ..plain.clone()
            };
            assert!(check(&plain, day("2020-06-30")).is_ok(), "{result:?}");
            for told in [until, unbroken] {
                assert_eq!(check(&told, day("2020-06-30")).is_ok(), found, "{told:?}");
            }
        }
    }

    #[test]
    fn a_look_is_not_told_before_it_was_taken_nor_with_a_number() {
        let plain = told(CheckResult::Confirmed);
        assert!(check(&plain, day("2020-06-29")).is_err());
        assert!(check(&plain, day("2020-07-01")).is_ok());
        for (reviewed_on, right) in [("2020-06-30", true), ("2020-07-01", false)] {
            let told = NewCheck {
                reviewed_on: Some(day(reviewed_on)),
                ..plain.clone()
            };
            assert_eq!(check(&told, day("2020-08-01")).is_ok(), right);
        }
        for (note, right) in [
            ("第2次查询，姓名有误", true),
            ("电话13800000000", false),
            ("T11010519491231002X", false),
        ] {
            let told = NewCheck {
                note: note.into(),
                ..plain.clone()
            };
            assert_eq!(check(&told, day("2020-06-30")).is_ok(), right, "{note}");
        }
    }

    #[test]
    fn a_look_leaves_its_result_and_the_dates_it_tells() {
        let before = OnRecord {
            first_issued: Some(day("2018-03-01")),
            valid_until: Some(day("2024-03-01")),
            reviewed_on: None,
            review_due: None,
            unbroken_ten_years: false,
            issuer_state: IssuerState::Listed,
        };
        let seen = NewCheck {
            valid_until: Some(day("2024-02-28")),
            review_due: Some(day("2021-02-28")),
            unbroken_ten_years: Some(true),
            ..told(CheckResult::Differs)
        };
        let expected = OnRecord {
            valid_until: Some(day("2024-02-28")),
            review_due: Some(day("2021-02-28")),
            unbroken_ten_years: true,
            issuer_state: IssuerState::Differs,
            ..before
        };
        assert_eq!(after(&before, &seen), expected);
        let missed = after(&expected, &told(CheckResult::NotFound));
        assert_eq!(
            missed,
            OnRecord {
                issuer_state: IssuerState::Unverified,
                ..expected
            }
        );
    }
}
