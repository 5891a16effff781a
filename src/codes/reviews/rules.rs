//! What a review may become, and which dates of a certificate can be.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::platform::{Fault, Result};

/// Where a review stands (审核状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum ReviewState {
    /// 待审核
    Open,
    /// 待发证机关入库
    Waiting,
    /// 已通过
    Approved,
    /// 已退回
    Refused,
}

impl ReviewState {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "waiting" => Self::Waiting,
            "approved" => Self::Approved,
            "refused" => Self::Refused,
            _ => Self::Open,
        }
    }

    /// Whether somebody still has to decide.
    #[must_use]
    pub const fn is_undecided(self) -> bool {
        matches!(self, Self::Open | Self::Waiting)
    }
}

/// A certificate's dates as its card shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Dates {
    pub first_issued: NaiveDate,
    pub valid_until: NaiveDate,
    /// Where the card shows one: no re-examination is held under the newer rules.
    pub review_due: Option<NaiveDate>,
}

/// Refuses dates that no card can show; whether they are those of the card its photo tells.
///
/// # Errors
/// `invalid_field`.
pub fn check(dates: &Dates, today: NaiveDate) -> Result<()> {
    if dates.first_issued > today {
        return Err(Fault::field("/first_issued", format!("≤ {today}")));
    }
    if dates.valid_until <= dates.first_issued {
        let least = format!("> {}", dates.first_issued);
        return Err(Fault::field("/valid_until", least));
    }
    let within = |due: &NaiveDate| (dates.first_issued..=dates.valid_until).contains(due);
    if dates.review_due.is_some_and(|due| !within(&due)) {
        let bounds = format!("{}–{}", dates.first_issued, dates.valid_until);
        return Err(Fault::field("/review_due", bounds));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_that_a_card_can_show_are_taken() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let today = day("2020-06-01");
        let table = [
            ("2018-03-01", "2024-03-01", Some("2021-03-01"), None),
            ("2018-03-01", "2024-03-01", None, None),
            ("2020-06-01", "2026-06-01", None, None),
            ("2020-06-02", "2026-06-01", None, Some("/first_issued")),
            ("2018-03-01", "2018-03-01", None, Some("/valid_until")),
            (
                "2018-03-01",
                "2024-03-01",
                Some("2018-02-28"),
                Some("/review_due"),
            ),
            (
                "2018-03-01",
                "2024-03-01",
                Some("2024-03-02"),
                Some("/review_due"),
            ),
        ];
        for (first, until, due, expected) in table {
            let dates = Dates {
                first_issued: day(first),
                valid_until: day(until),
                review_due: due.map(day),
            };
            let told = check(&dates, today).err();
            let at = told.as_ref().map(|fault| fault.errors[0].at.as_str());
            assert_eq!(at, expected, "{first} {until} {due:?}");
        }
    }

    #[test]
    fn a_state_survives_its_word() {
        use ReviewState::{Approved, Open, Refused, Waiting};
        for state in [Open, Waiting, Approved, Refused] {
            assert_eq!(ReviewState::of_word(state.word()), state);
        }
        assert!(Open.is_undecided() && Waiting.is_undecided());
        assert!(!Approved.is_undecided() && !Refused.is_undecided());
    }
}
