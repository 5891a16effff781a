//! What a certificate, a due list and a claim are; which item a cell names; where a certificate counts.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::regime::{IssuerState, OnRecord, Standing};
pub use super::rules_facts::{Facts, Sheet};

/// One special-operation item (操作项目).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub code: String,
    pub category_zh: String,
    pub item_zh: String,
    pub category_en: String,
    pub item_en: String,
}

impl Item {
    /// Where it stands in its catalogue: 1.9 before 1.10.
    fn order(&self) -> Vec<u32> {
        self.code
            .split('.')
            .map(|part| part.parse().unwrap_or(u32::MAX))
            .collect()
    }

    /// Whether a cell without spaces names it: by code, by name, or by both.
    fn is_named(&self, text: &str) -> bool {
        let after_code = text
            .strip_prefix(&self.code)
            .map(|rest| rest.trim_start_matches(['.', '、', ':', '-']));
        text == self.code || text == self.item_zh || after_code == Some(&self.item_zh)
    }
}

/// A catalogue and the days it is in force (作业目录).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    pub version: String,
    pub effective_from: NaiveDate,
    pub effective_to: Option<NaiveDate>,
    pub source: String,
    /// In the order of their codes.
    pub items: Vec<Item>,
}

/// Every catalogue there was: few, so searched in memory.
pub struct Catalogues(Vec<Catalogue>);

impl Catalogues {
    pub(super) fn new(mut all: Vec<Catalogue>) -> Self {
        all.sort_by_key(|catalogue| catalogue.effective_from);
        for catalogue in &mut all {
            catalogue.items.sort_by_key(Item::order);
        }
        Self(all)
    }

    /// The catalogue in force on that day.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Option<&Catalogue> {
        let in_force = |c: &&Catalogue| {
            c.effective_from <= day && c.effective_to.is_none_or(|last| day <= last)
        };
        self.0.iter().rev().find(in_force)
    }

    /// The item a cell names: as of the day the certificate was issued, or else as of the sheet's day.
    ///
    /// A certificate older than all catalogues is read by the first of them.
    #[must_use]
    pub fn item(
        &self,
        text: &str,
        issued: Option<NaiveDate>,
        day: NaiveDate,
    ) -> Option<(&Catalogue, &Item)> {
        let text = text.trim_matches(|c| matches!(c, '\'' | '"' | '‘' | '’' | '“' | '”'));
        [issued, Some(day)].into_iter().flatten().find_map(|day| {
            let before_all = || self.0.first().filter(|first| day < first.effective_from);
            let catalogue = self.on(day).or_else(before_all)?;
            catalogue
                .items
                .iter()
                .find(|item| item.is_named(text))
                .map(|item| (catalogue, item))
        })
    }
}

/// A certificate's number: "T" and its holder's ID number.
#[must_use]
pub fn full_number(id_number: &str) -> String {
    format!("T{id_number}")
}

/// A special-operation certificate (特种作业操作证), its number masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub id: Uuid,
    pub person_id: Uuid,
    pub person_name: String,
    pub number_masked: String,
    pub item_code: String,
    pub catalogue_version: String,
    pub region_id: Uuid,
    pub facts: Facts,
    pub standing: Standing,
    pub issuer_state: IssuerState,
    pub unbroken_ten_years: bool,
}

impl Certificate {
    /// What its dates and its status rest on.
    #[must_use]
    pub const fn on_record(&self) -> OnRecord {
        OnRecord {
            first_issued: self.facts.first_issued,
            valid_until: self.facts.valid_until,
            reviewed_on: self.facts.reviewed_on,
            review_due: self.facts.review_due,
            unbroken_ten_years: self.unbroken_ten_years,
            issuer_state: self.issuer_state,
        }
    }
}

/// A frozen roster of who is due a code (应领名单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueList {
    pub id: Uuid,
    pub frozen_on: NaiveDate,
    pub source: String,
    pub file_name: String,
    pub file_hash: Vec<u8>,
    pub entries: i64,
    pub imported_at: i64,
}

/// A certificate on a due list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueEntry {
    pub certificate_id: Uuid,
    pub person_id: Uuid,
    pub person_name: String,
    pub number_masked: String,
    pub item_code: String,
    pub region_id: Uuid,
    pub claimed: bool,
}

/// How a code was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum ClaimMethod {
    /// 持证人本人领取
    Holder,
    /// 批量导入
    Bulk,
    /// 工作人员协助领取
    Assisted,
}

impl ClaimMethod {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Bulk => "bulk",
            Self::Assisted => "assisted",
        }
    }

    /// The method of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "holder" => Self::Holder,
            "assisted" => Self::Assisted,
            _ => Self::Bulk,
        }
    }
}

/// A claimed code (领码).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub id: Uuid,
    pub certificate_id: Uuid,
    pub person_id: Uuid,
    pub person_name: String,
    pub number_masked: String,
    pub item_code: String,
    pub region_id: Uuid,
    pub on_list: bool,
    pub method: ClaimMethod,
    pub claimed_at: i64,
}

/// Codes due and claimed in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimProgress {
    pub region_id: Uuid,
    pub due: i64,
    pub claimed_on_list: i64,
    pub claimed_outside_list: i64,
    /// When the figures last changed, in microseconds since 1970.
    pub updated_at: i64,
}

/// What a line's own cells say of its township.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Nothing,
    /// Something, but no township of the county.
    Unknown,
    Region(Uuid),
}

/// Where a line counts: as the due list has it, else as the line says, else where the holder works.
///
/// A line that names an unknown township counts nowhere: what it says is never overruled by a guess.
#[must_use]
pub fn counted_at(due: Option<Uuid>, said: Said, works_at: Option<Uuid>) -> Option<Uuid> {
    due.or(match said {
        Said::Region(region) => Some(region),
        Said::Unknown => None,
        Said::Nothing => works_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn item(code: &str, name: &str) -> Item {
        Item {
            code: code.into(),
            category_zh: String::new(),
            item_zh: name.into(),
            category_en: String::new(),
            item_en: String::new(),
        }
    }

    fn catalogues() -> Catalogues {
        let version = |version: &str, from: &str, to: Option<&str>, items: Vec<Item>| Catalogue {
            version: version.into(),
            effective_from: day(from),
            effective_to: to.map(day),
            source: String::new(),
            items,
        };
        Catalogues::new(vec![
            version(
                "new",
                "2026-06-01",
                None,
                vec![item("1.1", "高压"), item("3.3", "新项目")],
            ),
            version(
                "old",
                "2010-07-01",
                Some("2026-05-31"),
                vec![
                    item("9.10", "氧化"),
                    item("9.1", "光气"),
                    item("1.2", "低压"),
                    item("9.9", "重氮化"),
                ],
            ),
        ])
    }

    #[test]
    fn a_cell_names_an_item_of_the_catalogue_of_its_time() {
        let table = [
            ("9.1", None, "2020-06-30", Some(("old", "9.1"))),
            ("9.10", None, "2020-06-30", Some(("old", "9.10"))),
            ("'1.2", None, "2020-06-30", Some(("old", "1.2"))),
            ("低压", None, "2020-06-30", Some(("old", "1.2"))),
            ("1.2低压", None, "2020-06-30", Some(("old", "1.2"))),
            ("9.10氧化", None, "2020-06-30", Some(("old", "9.10"))),
            ("9.1氧化", None, "2020-06-30", None),
            ("1.20", None, "2020-06-30", None),
            ("2024-01-02", None, "2020-06-30", None),
            ("", None, "2020-06-30", None),
            ("3.3", None, "2020-06-30", None),
            ("3.3", None, "2026-06-01", Some(("new", "3.3"))),
            (
                "1.2",
                Some("2020-01-01"),
                "2026-06-01",
                Some(("old", "1.2")),
            ),
            (
                "3.3",
                Some("2020-01-01"),
                "2026-06-01",
                Some(("new", "3.3")),
            ),
            (
                "1.2",
                Some("2008-01-01"),
                "2020-06-30",
                Some(("old", "1.2")),
            ),
        ];
        let all = catalogues();
        for (text, issued, on, expected) in table {
            let found = all
                .item(text, issued.map(day), day(on))
                .map(|(c, i)| (c.version.as_str(), i.code.as_str()));
            assert_eq!(found, expected, "{text} issued {issued:?} on {on}");
        }
    }

    #[test]
    fn items_stand_in_the_order_of_their_numbers() {
        let all = catalogues();
        let codes: Vec<_> = all
            .on(day("2020-01-01"))
            .unwrap()
            .items
            .iter()
            .map(|item| item.code.as_str())
            .collect();
        assert_eq!(codes, ["1.2", "9.1", "9.9", "9.10"]);
        assert!(all.on(day("2010-06-30")).is_none());
    }

    #[test]
    fn a_line_counts_where_the_list_says_then_where_it_says_then_where_he_works() {
        let [due, said, works] = [1, 2, 3].map(Uuid::from_u128);
        let table = [
            (Some(due), Said::Region(said), Some(works), Some(due)),
            (Some(due), Said::Unknown, None, Some(due)),
            (None, Said::Region(said), Some(works), Some(said)),
            (None, Said::Nothing, Some(works), Some(works)),
            (None, Said::Unknown, Some(works), None),
            (None, Said::Nothing, None, None),
        ];
        for (on_list, line, works_at, expected) in table {
            assert_eq!(
                counted_at(on_list, line, works_at),
                expected,
                "{on_list:?} {line:?} {works_at:?}"
            );
        }
    }
}
