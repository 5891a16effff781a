//! When somebody on a roll came and left, and what becomes of a line.

use serde::{Deserialize, Serialize};

use crate::platform::Code;

/// What became of a line of a roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum LineState {
    /// 已记录
    Accepted,
    /// 待核对：查无此人，保留到核对为止
    Pending,
    /// 已退回
    Refused,
}

/// What became of somebody whom nobody on file matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum WalkInState {
    /// 待核对
    Pending,
    /// 已核对到人
    Matched,
    /// 已排除
    Dismissed,
}

impl WalkInState {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Matched => "matched",
            Self::Dismissed => "dismissed",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "matched" => Self::Matched,
            "dismissed" => Self::Dismissed,
            _ => Self::Pending,
        }
    }
}

/// When somebody came and left, as far as it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    pub check_in_at: Option<i64>,
    pub check_out_at: Option<i64>,
}

impl Times {
    /// These, and the other's where these say nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            check_in_at: self.check_in_at.or(other.check_in_at),
            check_out_at: self.check_out_at.or(other.check_out_at),
        }
    }
}

/// The times a line comes to: what it says itself, else the mark that stands, else the phone's scans. Both, or none at
/// all for the whole class; a half is refused, as on a sheet.
///
/// # Errors
/// `checkin_missing`, `checkout_missing`, `checkout_before_checkin`.
pub fn times(told: Times, mark: Times, scans: Times) -> Result<Times, Code> {
    let times = told.or(mark).or(scans);
    match (times.check_in_at, times.check_out_at) {
        (Some(from), Some(to)) if to <= from => Err(Code::CheckoutBeforeCheckin),
        (None, Some(_)) => Err(Code::CheckinMissing),
        (Some(_), None) => Err(Code::CheckoutMissing),
        _ => Ok(times),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(check_in_at: impl Into<Option<i64>>, check_out_at: impl Into<Option<i64>>) -> Times {
        Times {
            check_in_at: check_in_at.into(),
            check_out_at: check_out_at.into(),
        }
    }

    #[test]
    fn a_line_goes_before_a_mark_and_a_mark_before_a_scan() {
        let none = at(None, None);
        let table = [
            (none, none, none, Ok(none)),
            (at(1, 9), none, none, Ok(at(1, 9))),
            (at(None, 9), none, at(2, None), Ok(at(2, 9))),
            (none, at(3, 8), at(2, 9), Ok(at(3, 8))),
            (at(4, None), at(3, 8), none, Ok(at(4, 8))),
            (at(1, None), none, none, Err(Code::CheckoutMissing)),
            (none, none, at(None, 9), Err(Code::CheckinMissing)),
            (at(9, 9), none, none, Err(Code::CheckoutBeforeCheckin)),
            (
                at(9, None),
                at(1, 8),
                none,
                Err(Code::CheckoutBeforeCheckin),
            ),
        ];
        for (told, mark, scans, expected) in table {
            assert_eq!(
                times(told, mark, scans),
                expected,
                "{told:?} {mark:?} {scans:?}"
            );
        }
    }
}
