//! How long each kind of data is kept: the shortest the law allows, what is usual, and what may go by itself.

use serde::{Deserialize, Serialize};

use crate::platform::{Fault, Result};

/// Longest time that can be set: a hundred years.
const LONGEST: i32 = 36_500;

/// A kind of data with a time of its own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, poem_openapi::Enum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Kind {
    /// 培训台账：不少于三年
    TrainingRecords,
    /// 审计日志：不少于六个月
    AuditLog,
    /// 未提交的签到表及其文件
    UncommittedUploads,
    /// 已办结的领码审核及其照片
    ClaimReviews,
    /// 已发出或未能发出的通知
    Messages,
    /// 扫码签到的原始记录
    CheckInScans,
    /// 已处理的临时到场人员
    WalkIns,
    /// 已办结的更正申请
    Corrections,
    /// 已失效的登录和一次性口令
    Sessions,
    /// 已结束的后台任务
    Jobs,
    /// 重复请求的记录：固定 24 小时
    IdempotencyRecords,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 11] = [
        Kind::TrainingRecords,
        Kind::AuditLog,
        Kind::UncommittedUploads,
        Kind::ClaimReviews,
        Kind::Messages,
        Kind::CheckInScans,
        Kind::WalkIns,
        Kind::Corrections,
        Kind::Sessions,
        Kind::Jobs,
        Kind::IdempotencyRecords,
    ];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TrainingRecords => "training_records",
            Self::AuditLog => "audit_log",
            Self::UncommittedUploads => "uncommitted_uploads",
            Self::ClaimReviews => "claim_reviews",
            Self::Messages => "messages",
            Self::CheckInScans => "check_in_scans",
            Self::WalkIns => "walk_ins",
            Self::Corrections => "corrections",
            Self::Sessions => "sessions",
            Self::Jobs => "jobs",
            Self::IdempotencyRecords => "idempotency_records",
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Days below which it cannot be set. Training: three years (Work Safety Training Provisions); logs: six months
    /// (Cybersecurity Law art. 21).
    #[must_use]
    pub const fn shortest(self) -> i32 {
        match self {
            Self::TrainingRecords => 1_096,
            Self::AuditLog => 184,
            Self::UncommittedUploads | Self::Sessions | Self::IdempotencyRecords => 1,
            Self::Jobs => 7,
            Self::ClaimReviews | Self::CheckInScans | Self::WalkIns | Self::Corrections => 30,
            // As long as the cause of a message may come up again: an expiry is told 90 days ahead.
            Self::Messages => 180,
        }
    }

    /// Days above which it cannot be set.
    #[must_use]
    pub const fn longest(self) -> i32 {
        match self {
            Self::IdempotencyRecords => 1,
            _ => LONGEST,
        }
    }

    /// Days where a county has said nothing.
    #[must_use]
    pub const fn usual(self) -> i32 {
        match self {
            Self::TrainingRecords => 3_653,
            Self::AuditLog => 1_096,
            Self::UncommittedUploads | Self::Sessions | Self::Jobs => 30,
            Self::ClaimReviews | Self::Messages => 365,
            // Beside the ledger for as long as it must be kept at least: the evidence of its lines.
            Self::CheckInScans | Self::WalkIns => 1_096,
            // How a request was answered can be shown for as long as it may be asked about (Civil Code art. 188: three years).
            Self::Corrections => 1_096,
            Self::IdempotencyRecords => 1,
        }
    }

    /// Whether it goes by itself when its time is over; the rest is for people to decide, with the archives office.
    #[must_use]
    pub const fn goes_by_itself(self) -> bool {
        !matches!(self, Self::TrainingRecords | Self::AuditLog)
    }
}

/// How long a kind is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub kind: Kind,
    pub days: i32,
}

/// The rule of every kind: what the county has said, else what is usual.
#[must_use]
pub fn filled(said: &[Rule]) -> Vec<Rule> {
    let of = |kind: Kind| said.iter().find(|rule| rule.kind == kind);
    Kind::ALL
        .into_iter()
        .map(|kind| Rule {
            kind,
            days: of(kind).map_or(kind.usual(), |rule| rule.days),
        })
        .collect()
}

/// Refuses a time too short or too long, and a kind named twice.
///
/// # Errors
/// `invalid_field`.
pub fn check(rules: &[Rule]) -> Result<()> {
    for (place, rule) in rules.iter().enumerate() {
        let Rule { kind, days } = *rule;
        if !(kind.shortest()..=kind.longest()).contains(&days) {
            let allowed = format!("{}–{}", kind.shortest(), kind.longest());
            return Err(Fault::field(&format!("/items/{place}/days"), allowed));
        }
        if rules.iter().take(place).any(|other| other.kind == kind) {
            return Err(Fault::field(&format!("/items/{place}/kind"), kind.word()));
        }
    }
    Ok(())
}

/// The instant before which something kept for `days` may go.
#[must_use]
pub const fn before(now: i64, days: i32) -> i64 {
    now - days as i64 * 86_400_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_shorter_than_the_law_says() {
        let one = |kind, days| check(&[Rule { kind, days }]).is_ok();
        for (kind, days, right) in [
            (Kind::TrainingRecords, 1_096, true),
            (Kind::TrainingRecords, 1_095, false),
            (Kind::AuditLog, 184, true),
            (Kind::AuditLog, 183, false),
            (Kind::UncommittedUploads, 1, true),
            (Kind::UncommittedUploads, 0, false),
            (Kind::ClaimReviews, 29, false),
            (Kind::ClaimReviews, 30, true),
            (Kind::Sessions, 36_500, true),
            (Kind::Sessions, 36_501, false),
            (Kind::Jobs, 6, false),
            (Kind::Messages, 179, false),
            (Kind::CheckInScans, 29, false),
            (Kind::IdempotencyRecords, 1, true),
            (Kind::IdempotencyRecords, 2, false),
        ] {
            assert_eq!(one(kind, days), right, "{kind:?} {days}");
        }
        for kind in Kind::ALL {
            assert!(one(kind, kind.usual()), "{kind:?}");
            assert_eq!(Kind::of_word(kind.word()), Some(kind));
        }
        let twice = [Kind::Jobs, Kind::Jobs].map(|kind| Rule { kind, days: 30 });
        assert!(check(&twice).is_err());
    }

    #[test]
    fn what_nobody_said_is_as_usual() {
        let said = [Rule {
            kind: Kind::Sessions,
            days: 5,
        }];
        let all = filled(&said);
        assert_eq!(all.len(), Kind::ALL.len());
        for rule in all {
            let expected = if rule.kind == Kind::Sessions {
                5
            } else {
                rule.kind.usual()
            };
            assert_eq!(rule.days, expected);
        }
        assert_eq!(before(86_400_000_001, 1), 1);
    }
}
