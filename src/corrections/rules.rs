//! What a correction may be asked of, what has to be said, and until when it is to be answered.

use serde::{Deserialize, Serialize};

use crate::platform::{Code, Fault, Result};
use crate::sheets::{Cell, cells, ids};

/// Days within which a correction is answered (GB/T 35273-2020, 8.7: thirty days).
pub const ANSWER_DAYS: i64 = 30;

/// Most corrections of one person that wait at a time.
pub const MOST_OPEN: u64 = 5;

/// What of a file is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Subject {
    /// 姓名
    Name,
    /// 证件号码
    IdNumber,
    /// 手机号
    Phone,
    /// 工作单位或岗位
    Employment,
    /// 证书
    Certificate,
    /// 培训记录
    Training,
    /// 其他
    Other,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Subject; 7] = [
        Subject::Name,
        Subject::IdNumber,
        Subject::Phone,
        Subject::Employment,
        Subject::Certificate,
        Subject::Training,
        Subject::Other,
    ];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::IdNumber => "id_number",
            Self::Phone => "phone",
            Self::Employment => "employment",
            Self::Certificate => "certificate",
            Self::Training => "training",
            Self::Other => "other",
        }
    }

    /// The subject of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        let known = Self::ALL.into_iter().find(|one| one.word() == word);
        known.unwrap_or(Self::Other)
    }

    /// Whether what is right is a value that is set once the correction is accepted; the rest is put right by hand.
    #[must_use]
    pub const fn is_set(self) -> bool {
        matches!(self, Self::Name | Self::IdNumber | Self::Phone)
    }
}

/// How far a correction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CorrectionState {
    /// 待答复
    Open,
    /// 已更正
    Accepted,
    /// 未更正，已说明理由
    Refused,
    /// 本人撤回
    Withdrawn,
}

impl CorrectionState {
    /// Every state.
    pub const ALL: [CorrectionState; 4] =
        [Self::Open, Self::Accepted, Self::Refused, Self::Withdrawn];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        let known = Self::ALL.into_iter().find(|one| one.word() == word);
        known.unwrap_or(Self::Open)
    }
}

/// What is right, as it will be kept; none where no value is set.
///
/// # Errors
/// `field_missing`, `invalid_field`, `id_number_invalid`.
pub fn wanted(subject: Subject, typed: Option<&str>) -> Result<Option<String>> {
    let typed = typed.map(str::trim).filter(|typed| !typed.is_empty());
    if !subject.is_set() {
        return match typed {
            None => Ok(None),
            Some(_) => Err(Fault::field(
                "/wanted",
                "name, id_number, phone | 姓名、证件号码、手机号",
            )),
        };
    }
    let typed = typed.ok_or_else(|| {
        Fault::new(Code::FieldMissing)
            .with("field", "wanted")
            .at("/wanted")
    })?;
    let cell = Cell::Text(typed.to_owned());
    match subject {
        Subject::IdNumber => ids::id_number(&cell)
            .map(|id| Some(id.number().to_owned()))
            .map_err(|_| Fault::new(Code::IdNumberInvalid).at("/wanted")),
        Subject::Phone => cells::phone(&cell)
            .map(Some)
            .ok_or_else(|| Fault::field("/wanted", "0-9 + -")),
        _ if typed.chars().count() <= 50 => Ok(Some(typed.to_owned())),
        _ => Err(Fault::field("/wanted", "1–50")),
    }
}

/// A correction asked for before this instant should have been answered by now.
#[must_use]
pub const fn overdue_before(now: i64) -> i64 {
    now - ANSWER_DAYS * 86_400_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_right_is_read_as_sheets_read_it() {
        let told = |subject, typed| wanted(subject, typed).map_err(|fault| fault.code);
        let read = |text: &str| Ok(Some(text.to_owned()));
        for (subject, typed, right) in [
            (Subject::Name, Some(" 王小明 "), read("王小明")),
            (Subject::Name, None, Err(Code::FieldMissing)),
            (Subject::Name, Some("  "), Err(Code::FieldMissing)),
            (
                Subject::IdNumber,
                Some("11010519491231002x"),
                read("11010519491231002X"),
            ),
            (
                Subject::IdNumber,
                Some("110105194912310021"),
                Err(Code::IdNumberInvalid),
            ),
            (Subject::Phone, Some("138 0000 1234"), read("13800001234")),
            (Subject::Phone, Some("no"), Err(Code::InvalidField)),
            (Subject::Training, None, Ok(None)),
            (Subject::Training, Some("360"), Err(Code::InvalidField)),
        ] {
            assert_eq!(told(subject, typed), right, "{subject:?} {typed:?}");
        }
        let long = "王".repeat(51);
        assert_eq!(told(Subject::Name, Some(&long)), Err(Code::InvalidField));
    }

    #[test]
    fn words_are_read_back() {
        for subject in Subject::ALL {
            assert_eq!(Subject::of_word(subject.word()), subject);
        }
        for state in CorrectionState::ALL {
            assert_eq!(CorrectionState::of_word(state.word()), state);
        }
    }
}
