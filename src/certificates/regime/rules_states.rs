//! How a certificate can stand: by an authority's decision, by what its issuer is known to say, and on a day.

use serde::{Deserialize, Serialize};

use crate::platform::locale::Lang;

/// Whether the certificate itself stands, as an authority decided (证书效力).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Standing {
    /// 正常
    Active,
    /// 暂停
    Suspended,
    /// 已撤销
    Revoked,
    /// 已注销
    Cancelled,
}

/// What is known of it from its issuer (发证机关核验情况).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum IssuerState {
    /// 应领名单所列
    Listed,
    /// 未核验
    Unverified,
    /// 等待发证机关录入
    Waiting,
    /// 核验一致
    Confirmed,
    /// 核验不一致
    Differs,
}

/// How a certificate stands on a day (证书状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Status {
    /// 有效
    Valid,
    /// 待复审
    DueForReview,
    /// 待换证
    DueForRenewal,
    /// 复审逾期
    ReviewOverdue,
    /// 已过期
    Lapsed,
    /// 已暂停
    Suspended,
    /// 已撤销
    Revoked,
    /// 已注销
    Cancelled,
    /// 未核验
    Unverified,
    /// 等待发证机关录入
    WaitingForIssuer,
    /// 日期不详
    DatesUnknown,
}

macro_rules! stored_words {
    ($name:ident: $($variant:ident = $word:literal),* ; else $default:ident) => {
        impl $name {
            /// The stored word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// What a stored word means; one of a later program is taken for the most careful.
            #[must_use]
            pub fn of_word(word: &str) -> Self {
                match word { $($word => Self::$variant,)* _ => Self::$default }
            }
        }
    };
}

stored_words!(Standing: Active = "active", Suspended = "suspended", Revoked = "revoked", Cancelled = "cancelled";
    else Suspended);
stored_words!(IssuerState: Listed = "listed", Unverified = "unverified", Waiting = "waiting", Confirmed = "confirmed",
    Differs = "differs"; else Unverified);

impl IssuerState {
    /// What is known once a due list names the certificate: the issuer's own word is stronger and stays.
    #[must_use]
    pub const fn once_listed(self) -> Self {
        match self {
            Self::Unverified | Self::Waiting => Self::Listed,
            stronger => stronger,
        }
    }

    /// Whether it rests on a look at the issuer's site that found the certificate.
    #[must_use]
    pub const fn is_of_issuer(self) -> bool {
        matches!(self, Self::Confirmed | Self::Differs)
    }
}

impl Status {
    /// In a reader's words.
    #[must_use]
    pub const fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Valid => ("有效", "Valid"),
            Self::DueForReview => ("有效，待复审", "Valid; re-examination due"),
            Self::DueForRenewal => ("有效，待换证", "Valid; renewal due"),
            Self::ReviewOverdue => ("复审逾期", "Re-examination overdue"),
            Self::Lapsed => ("已过有效期", "Lapsed"),
            Self::Suspended => ("已暂停", "Suspended"),
            Self::Revoked => ("已撤销", "Revoked"),
            Self::Cancelled => ("已注销", "Cancelled"),
            Self::Unverified => (
                "未核验：请到发证机关网站查询",
                "Not verified: look it up at the issuer's site",
            ),
            Self::WaitingForIssuer => (
                "等待发证机关录入（一般约3天）",
                "Waiting for the issuer to enter it (about 3 days)",
            ),
            Self::DatesUnknown => (
                "日期不详，请核对证书",
                "Dates unknown: compare the certificate",
            ),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}
