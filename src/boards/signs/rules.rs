//! When something that learners did together is worth a look (异常线索). Nothing here blocks or punishes anybody.

use serde::{Deserialize, Serialize};

/// Fewest people on one phone that are told of: a couple may share theirs.
pub const DEVICE_PEOPLE: i64 = 3;
/// Fewest people of one enterprise who finish a course in one minute that are told of.
pub const MINUTE_PEOPLE: i64 = 5;
/// Fewest people with the same wrong answers that are told of; how many answers those must be is the exams' rule.
pub const WRONG_PEOPLE: i64 = 2;
/// Days that are looked through where nobody says, and at most.
pub const DAYS: (i64, i64) = (30, 92);
/// People shown of a sign at most.
pub const MOST_SHOWN: usize = 50;

/// What looks odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum SignKind {
    /// 同一手机多人考试
    SameDevice,
    /// 同一分钟多人学完
    SameMinute,
    /// 错题答案雷同
    SameWrongAnswers,
    /// 上课期间在线学习或考试
    DuringClass,
}

impl SignKind {
    pub const ALL: [Self; 4] = [
        Self::SameDevice,
        Self::SameMinute,
        Self::SameWrongAnswers,
        Self::DuringClass,
    ];
}
