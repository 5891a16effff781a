//! When a loan comes about, and what a line of a balance says.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::locale::Lang;
use crate::platform::{Code, Fault, Result};

/// The most a quota may come to.
const MOST: i64 = 100_000_000;

/// The least that a quota of dated lines comes to on a day or any later one: so much can be taken from that day on.
#[must_use]
pub fn lowest_from(lines: &[(NaiveDate, i64)], day: NaiveDate) -> i64 {
    balances_from(lines, day).min().unwrap_or(0)
}

/// Whether a quota stays within 0 and a hundred million on every day if it changes by so much from a day on.
#[must_use]
pub fn fits(lines: &[(NaiveDate, i64)], day: NaiveDate, amount: i64) -> bool {
    (-MOST..=MOST).contains(&amount)
        && balances_from(lines, day).all(|balance| (0..=MOST).contains(&(balance + amount)))
}

/// The balances at the end of a day, and of each later day that has a line.
fn balances_from(lines: &[(NaiveDate, i64)], day: NaiveDate) -> impl Iterator<Item = i64> {
    let later = lines.iter().map(|(of, _)| *of).filter(move |of| *of > day);
    std::iter::once(day).chain(later).map(move |end| {
        let until = lines.iter().filter(|(of, _)| *of <= end);
        until.map(|(_, amount)| amount).sum()
    })
}

/// What moved a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum LineKind {
    /// 下达
    Allotted,
    /// 调整
    Adjusted,
    /// 借出
    Lent,
    /// 借入
    Borrowed,
}

impl LineKind {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allotted => "allotted",
            Self::Adjusted => "adjusted",
            Self::Lent => "lent",
            Self::Borrowed => "borrowed",
        }
    }

    /// What a stored word means.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "allotted" => Self::Allotted,
            "lent" => Self::Lent,
            "borrowed" => Self::Borrowed,
            _ => Self::Adjusted,
        }
    }

    /// A line in plain words; `other` is the neighbour's name, for a loan.
    #[must_use]
    pub fn words(self, amount: i64, other: &str, lang: Lang) -> String {
        let n = amount.abs();
        match (self, lang, amount < 0) {
            (Self::Allotted, Lang::Zh, _) => format!("县局下达 {n} 人"),
            (Self::Allotted, Lang::En, _) => format!("Allotted by the county: {n}"),
            (Self::Adjusted, Lang::Zh, false) => format!("调增 {n} 人"),
            (Self::Adjusted, Lang::Zh, true) => format!("调减 {n} 人"),
            (Self::Adjusted, Lang::En, false) => format!("Raised by {n}"),
            (Self::Adjusted, Lang::En, true) => format!("Lowered by {n}"),
            (Self::Lent, Lang::Zh, _) => format!("借给{other} {n} 人"),
            (Self::Lent, Lang::En, _) => format!("Lent to {other}: {n}"),
            (Self::Borrowed, Lang::Zh, _) => format!("从{other}借入 {n} 人"),
            (Self::Borrowed, Lang::En, _) => format!("Borrowed from {other}: {n}"),
        }
    }
}

/// How far a loan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum LoanState {
    /// 待对方同意
    Proposed,
    /// 双方已同意
    Agreed,
    /// 已拒绝
    Refused,
    /// 已撤回
    Withdrawn,
}

impl LoanState {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Agreed => "agreed",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What a stored word means.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "agreed" => Self::Agreed,
            "refused" => Self::Refused,
            "withdrawn" => Self::Withdrawn,
            _ => Self::Proposed,
        }
    }
}

/// Somebody's word on a loan: when and who.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    pub at: i64,
    pub by: Option<Uuid>,
}

/// Quota lent by one township to another (任务数借调).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan {
    pub id: Uuid,
    pub plan_id: Uuid,
    pub from_region_id: Uuid,
    pub to_region_id: Uuid,
    pub amount: i64,
    pub day: NaiveDate,
    pub reason: String,
    pub state: LoanState,
    pub proposed: Word,
    pub lender: Option<Word>,
    pub borrower: Option<Word>,
    pub closed: Option<Word>,
}

impl Loan {
    /// Notes the word of a caller who speaks for these sides; agreed once both have spoken.
    ///
    /// # Errors
    /// `loan_closed`; `forbidden` for who speaks for neither side.
    pub fn agree(&mut self, lender: bool, borrower: bool, word: Word) -> Result<()> {
        self.must_be_open()?;
        if !lender && !borrower {
            return Err(Fault::new(Code::Forbidden));
        }
        if lender {
            self.lender.get_or_insert(word);
        }
        if borrower {
            self.borrower.get_or_insert(word);
        }
        if self.lender.is_some() && self.borrower.is_some() {
            self.state = LoanState::Agreed;
            self.closed = Some(word);
        }
        Ok(())
    }

    /// Ends it without effect.
    ///
    /// # Errors
    /// `loan_closed`.
    pub fn end(&mut self, state: LoanState, word: Word) -> Result<()> {
        self.must_be_open()?;
        self.state = state;
        self.closed = Some(word);
        Ok(())
    }

    fn must_be_open(&self) -> Result<()> {
        if self.state == LoanState::Proposed {
            Ok(())
        } else {
            Err(Fault::new(Code::LoanClosed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loan() -> Loan {
        Loan {
            id: Uuid::nil(),
            plan_id: Uuid::nil(),
            from_region_id: Uuid::from_u128(1),
            to_region_id: Uuid::from_u128(2),
            amount: 3,
            day: NaiveDate::default(),
            reason: "帮扶".into(),
            state: LoanState::Proposed,
            proposed: word(0),
            lender: None,
            borrower: None,
            closed: None,
        }
    }

    fn word(at: i64) -> Word {
        Word { at, by: None }
    }

    #[test]
    fn a_loan_needs_the_word_of_both_sides_whoever_speaks_first() {
        let table: [(&[(bool, bool)], LoanState); 6] = [
            (&[], LoanState::Proposed),
            (&[(true, false)], LoanState::Proposed),
            (&[(true, false), (true, false)], LoanState::Proposed),
            (&[(true, false), (false, true)], LoanState::Agreed),
            (&[(false, true), (true, false)], LoanState::Agreed),
            (&[(true, true)], LoanState::Agreed),
        ];
        for (words, state) in table {
            let mut loan = loan();
            for (at, (lender, borrower)) in (1..).zip(words) {
                loan.agree(*lender, *borrower, word(at)).unwrap();
            }
            assert_eq!(loan.state, state, "{words:?}");
            assert_eq!(loan.closed.is_some(), state == LoanState::Agreed);
        }
    }

    #[test]
    fn a_quota_is_never_below_nothing_on_any_day() {
        let day = |d: u32| NaiveDate::from_ymd_opt(2020, 6, d).unwrap();
        let lines = [(day(20), 4), (day(1), 5), (day(10), -3)];
        let table = [(1, 2), (9, 2), (10, 2), (15, 2), (20, 6), (25, 6)];
        for (from, lowest) in table {
            assert_eq!(lowest_from(&lines, day(from)), lowest, "from day {from}");
            assert!(fits(&lines, day(from), -lowest));
            assert!(!fits(&lines, day(from), -lowest - 1));
        }
        assert_eq!(lowest_from(&[], day(1)), 0);
        assert!(fits(&[], day(1), MOST) && !fits(&[], day(1), MOST + 1));
        assert!(!fits(&lines, day(1), i64::MAX) && !fits(&lines, day(1), i64::MIN));
    }

    #[test]
    fn what_is_closed_stays_closed() {
        for state in [LoanState::Agreed, LoanState::Refused, LoanState::Withdrawn] {
            let mut closed = loan();
            match state {
                LoanState::Agreed => closed.agree(true, true, word(1)).unwrap(),
                _ => closed.end(state, word(1)).unwrap(),
            }
            let code = |told: Result<()>| told.map_err(|fault| fault.code);
            let before = closed.clone();
            assert_eq!(
                code(closed.agree(true, true, word(2))),
                Err(Code::LoanClosed)
            );
            assert_eq!(
                code(closed.end(LoanState::Refused, word(2))),
                Err(Code::LoanClosed)
            );
            assert_eq!(closed, before);
        }
        let nobody = loan()
            .agree(false, false, word(1))
            .map_err(|fault| fault.code);
        assert_eq!(nobody, Err(Code::Forbidden));
    }

    #[test]
    fn a_line_says_in_either_language_what_moved() {
        let table = [
            (
                LineKind::Allotted,
                10,
                "县局下达 10 人",
                "Allotted by the county: 10",
            ),
            (LineKind::Adjusted, 2, "调增 2 人", "Raised by 2"),
            (LineKind::Adjusted, -2, "调减 2 人", "Lowered by 2"),
            (LineKind::Lent, -3, "借给西河镇 3 人", "Lent to 西河镇: 3"),
            (
                LineKind::Borrowed,
                3,
                "从西河镇借入 3 人",
                "Borrowed from 西河镇: 3",
            ),
        ];
        for (kind, amount, zh, en) in table {
            assert_eq!(kind.words(amount, "西河镇", Lang::Zh), zh);
            assert_eq!(kind.words(amount, "西河镇", Lang::En), en);
            assert_eq!(LineKind::of_word(kind.word()), kind);
        }
    }
}
