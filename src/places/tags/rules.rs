//! The tags an enterprise may bear, how a text names one, and what setting them anew changes.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A tag with its names.
#[derive(Debug, PartialEq, Eq)]
pub struct TagWord {
    /// The word stored and sent.
    pub word: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// One of the five industries of which the law asks more hours.
    pub high_risk: bool,
}

const fn tag(word: &'static str, zh: &'static str, en: &'static str, high_risk: bool) -> TagWord {
    TagWord {
        word,
        zh,
        en,
        high_risk,
    }
}

/// Every tag (企业标签), the five high-risk industries first.
pub const WORDS: &[TagWord] = &[
    tag("coal_mine", "煤矿", "Coal mine", true),
    tag("non_coal_mine", "非煤矿山", "Non-coal mine", true),
    tag(
        "hazardous_chemicals",
        "危险化学品",
        "Hazardous chemicals",
        true,
    ),
    tag("fireworks", "烟花爆竹", "Fireworks", true),
    tag("metal_smelting", "金属冶炼", "Metal smelting", true),
    tag("general_industry", "工贸", "General industry", false),
    tag(
        "small_manufacturer",
        "小微制造企业",
        "Small manufacturer",
        false,
    ),
    tag(
        "three_places_three_enterprises",
        "三场所三企业",
        "Three places, three enterprises",
        false,
    ),
];

/// What is taken as "ever since": the first tags an enterprise gets say what it has always been.
#[must_use]
pub fn ever() -> NaiveDate {
    NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default()
}

/// The tag a text names, by its word or by either name.
#[must_use]
pub fn of_text(text: &str) -> Option<&'static TagWord> {
    let text = text.trim();
    WORDS.iter().find(|tag| {
        tag.word.eq_ignore_ascii_case(text) || tag.zh == text || tag.en.eq_ignore_ascii_case(text)
    })
}

/// A tag of an enterprise, from which day to which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    pub enterprise_id: Uuid,
    pub tag: String,
    pub from_day: NaiveDate,
    pub to_day: Option<NaiveDate>,
}

impl Tagged {
    /// Whether it was borne on that day.
    #[must_use]
    pub fn stood_on(&self, day: NaiveDate) -> bool {
        self.from_day <= day && self.to_day.is_none_or(|last| day <= last)
    }
}

/// Rows to write and rows that never came to stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub save: Vec<Tagged>,
    pub remove: Vec<Tagged>,
}

/// What makes an enterprise bear just these tags from a day on; the days before stay as they were.
pub fn retag(history: &[Tagged], enterprise_id: Uuid, wanted: &[&str], from: NaiveDate) -> Change {
    let mut change = Change::default();
    for row in history {
        let goes_on = row.to_day.is_none_or(|last| last >= from);
        if !goes_on {
            continue;
        }
        let is_wanted = wanted.contains(&row.tag.as_str());
        if row.from_day >= from && !(is_wanted && row.from_day == from) {
            change.remove.push(row.clone());
            continue;
        }
        let to_day = if is_wanted {
            None
        } else {
            from.checked_sub_days(Days::new(1))
        };
        if row.to_day != to_day {
            change.save.push(Tagged {
                to_day,
                ..row.clone()
            });
        }
    }
    for tag in wanted {
        let covered = history
            .iter()
            .any(|row| row.tag == *tag && row.stood_on(from));
        if !covered {
            change.save.push(Tagged {
                enterprise_id,
                tag: (*tag).to_owned(),
                from_day: from,
                to_day: None,
            });
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The history after setting `wanted` from a day.
    fn set(history: &mut Vec<Tagged>, wanted: &[&str], from: &str) -> usize {
        let change = retag(history, Uuid::nil(), wanted, day(from));
        let key = |row: &Tagged| (row.tag.clone(), row.from_day);
        let touched = change.save.len() + change.remove.len();
        history.retain(|row| {
            let gone = |rows: &[Tagged]| rows.iter().any(|other| key(other) == key(row));
            !gone(&change.remove) && !gone(&change.save)
        });
        history.extend(change.save);
        touched
    }

    #[test]
    fn tags_are_what_was_said_from_its_day_on_and_before_it_what_they_were() {
        let mut history = Vec::new();
        let story: [(&[&str], &str, usize); 8] = [
            (&["fireworks"], "2020-01-01", 1),
            (&["fireworks"], "2020-03-01", 0),
            (&["fireworks", "small_manufacturer"], "2020-06-01", 1),
            (&["small_manufacturer"], "2021-01-01", 1),
            (&["fireworks"], "2021-01-01", 2),
            (&[], "2021-01-01", 1),
            (&["coal_mine"], "2021-01-01", 1),
            (&["metal_smelting"], "2020-07-01", 4),
        ];
        for (step, (wanted, from, touched)) in story.into_iter().enumerate() {
            assert_eq!(set(&mut history, wanted, from), touched, "step {step}");
        }
        let table: [(&str, &[&str]); 6] = [
            ("2019-12-31", &[]),
            ("2020-01-01", &["fireworks"]),
            ("2020-06-01", &["fireworks", "small_manufacturer"]),
            ("2020-06-30", &["fireworks", "small_manufacturer"]),
            ("2020-07-01", &["metal_smelting"]),
            ("2030-01-01", &["metal_smelting"]),
        ];
        for (on, expected) in table {
            let mut borne: Vec<_> = history
                .iter()
                .filter(|row| row.stood_on(day(on)))
                .map(|row| row.tag.as_str())
                .collect();
            borne.sort_unstable();
            assert_eq!(borne, expected, "{on}");
        }
    }

    #[test]
    fn a_text_names_a_tag_by_its_word_or_either_name() {
        for tag in WORDS {
            for text in [tag.word, tag.zh, tag.en] {
                assert_eq!(of_text(&format!(" {text} ")), Some(tag), "{text}");
            }
        }
        assert_eq!(of_text("危化"), None);
        assert_eq!(WORDS.iter().filter(|tag| tag.high_risk).count(), 5);
    }
}
