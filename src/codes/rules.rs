//! What a code may become and who may make it so; what stands in it.

mod typed;

use serde::{Deserialize, Serialize};

use super::tc1::Item;

pub use typed::{TYPED_SIGNS, read_typed, typed_code};

/// Minutes within which a claim begun must be completed.
pub const CLAIM_MINUTES: i64 = 10;
/// Changes of phone within [`NEW_PHONE_DAYS`]; whoever needs more goes to an officer.
pub const NEW_PHONES: u64 = 3;
/// Days over which changes of phone are counted.
pub const NEW_PHONE_DAYS: i64 = 30;
/// Most certificates in one code; more would not fit on a phone's screen in squares an old camera reads.
pub const MOST_ITEMS: usize = 10;
/// Letters of a reason.
pub const MAX_REASON: usize = 500;

/// Where a code is in its life (安全码状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CodeState {
    /// 有效
    Active,
    /// 暂停
    Suspended,
    /// 撤销
    Revoked,
    /// 已换新码
    Superseded,
}

impl CodeState {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
        }
    }

    /// The state of a stored word; one that is none counts as revoked, the safest.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "active" => Self::Active,
            "suspended" => Self::Suspended,
            "superseded" => Self::Superseded,
            _ => Self::Revoked,
        }
    }

    /// Whether its holder may still show it one day: there is one such code a person.
    #[must_use]
    pub const fn lives(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
    }
}

/// Who or what keeps a code suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum HeldBy {
    /// 本人暂停
    Holder,
    /// 主管部门暂停
    Officer,
    /// 名下证书全部暂停
    Certificates,
}

impl HeldBy {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Officer => "officer",
            Self::Certificates => "certificates",
        }
    }

    /// Of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "holder" => Some(Self::Holder),
            "officer" => Some(Self::Officer),
            "certificates" => Some(Self::Certificates),
            _ => None,
        }
    }
}

/// How a code came to its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Method {
    /// 本人手机领取
    Holder,
    /// 工作人员代领（纸质）
    Assisted,
    /// 批量签发
    Bulk,
}

impl Method {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Assisted => "assisted",
            Self::Bulk => "bulk",
        }
    }

    /// Of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "holder" => Self::Holder,
            "assisted" => Self::Assisted,
            _ => Self::Bulk,
        }
    }
}

/// What somebody does to a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    SuspendByHolder,
    SuspendByOfficer,
    Revoke,
    Reinstate,
}

/// The state after a deed, and who keeps it suspended; nothing when it cannot be done to a code as it is.
///
/// An officer may give back what he revoked by mistake; the holder's own suspension ends through an officer, or with a
/// new phone: whoever holds a stolen phone must not lift it.
#[must_use]
pub const fn after(
    state: CodeState,
    held_by: Option<HeldBy>,
    deed: Deed,
) -> Option<(CodeState, Option<HeldBy>)> {
    match (deed, state) {
        (Deed::SuspendByHolder, CodeState::Active) => {
            Some((CodeState::Suspended, Some(HeldBy::Holder)))
        }
        (Deed::SuspendByOfficer, CodeState::Active) => {
            Some((CodeState::Suspended, Some(HeldBy::Officer)))
        }
        // An officer takes over what the holder or the certificates hold; his own needs no second one.
        (Deed::SuspendByOfficer, CodeState::Suspended)
            if !matches!(held_by, Some(HeldBy::Officer)) =>
        {
            Some((CodeState::Suspended, Some(HeldBy::Officer)))
        }
        (Deed::Revoke, CodeState::Active | CodeState::Suspended) => {
            Some((CodeState::Revoked, None))
        }
        (Deed::Reinstate, CodeState::Suspended | CodeState::Revoked) => {
            Some((CodeState::Active, None))
        }
        _ => None,
    }
}

/// What the certificates of a person say his code should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Certificates in good standing, in the order of their items; those out of date stand in it with their dates.
    pub items: Vec<Item>,
    /// Whether any of his certificates is suspended.
    pub any_suspended: bool,
}

/// A living code beside what it should hold.
#[derive(Clone, Debug)]
pub struct Living {
    pub state: CodeState,
    pub held_by: Option<HeldBy>,
    pub items: Vec<Item>,
    /// Whether name and end of ID number still are those on file, and its key still may sign.
    pub current: bool,
}

/// What is to be done with a living code after its certificates changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Keep,
    /// A new code takes its place.
    Reissue,
    /// Nothing is left that may be shown, but may come back.
    Hold,
    /// What held it is over.
    Release,
    /// Nothing is left that may be shown.
    Revoke,
}

/// What follows for a living code from its certificates. One that a person suspended waits for a person.
#[must_use]
pub fn follow(code: &Living, content: &Content) -> Step {
    if matches!(code.held_by, Some(HeldBy::Holder | HeldBy::Officer)) {
        return Step::Keep;
    }
    let held = code.state == CodeState::Suspended;
    if content.items.is_empty() {
        return match (content.any_suspended, held) {
            (true, true) => Step::Keep,
            (true, false) => Step::Hold,
            (false, _) => Step::Revoke,
        };
    }
    if code.items != content.items || !code.current {
        Step::Reissue
    } else if held {
        Step::Release
    } else {
        Step::Keep
    }
}

/// A name as a stranger sees it: its first letter.
#[must_use]
pub fn masked_name(name: &str) -> String {
    let rest = name.chars().count().saturating_sub(1).clamp(1, 2);
    let first: String = name.chars().take(1).collect();
    first + &"*".repeat(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_done_to_a_code_hangs_on_what_it_is() {
        use CodeState as S;
        use Deed as D;
        let table = [
            (
                S::Active,
                None,
                D::SuspendByHolder,
                Some((S::Suspended, Some(HeldBy::Holder))),
            ),
            (
                S::Active,
                None,
                D::SuspendByOfficer,
                Some((S::Suspended, Some(HeldBy::Officer))),
            ),
            (S::Active, None, D::Revoke, Some((S::Revoked, None))),
            (S::Active, None, D::Reinstate, None),
            (S::Suspended, Some(HeldBy::Holder), D::SuspendByHolder, None),
            (
                S::Suspended,
                Some(HeldBy::Holder),
                D::SuspendByOfficer,
                Some((S::Suspended, Some(HeldBy::Officer))),
            ),
            (
                S::Suspended,
                Some(HeldBy::Officer),
                D::SuspendByOfficer,
                None,
            ),
            (
                S::Suspended,
                Some(HeldBy::Certificates),
                D::SuspendByOfficer,
                Some((S::Suspended, Some(HeldBy::Officer))),
            ),
            (
                S::Suspended,
                Some(HeldBy::Officer),
                D::Reinstate,
                Some((S::Active, None)),
            ),
            (
                S::Suspended,
                Some(HeldBy::Holder),
                D::Revoke,
                Some((S::Revoked, None)),
            ),
            (S::Revoked, None, D::Reinstate, Some((S::Active, None))),
            (S::Revoked, None, D::Revoke, None),
            (S::Revoked, None, D::SuspendByOfficer, None),
            (S::Superseded, None, D::Reinstate, None),
            (S::Superseded, None, D::Revoke, None),
            (S::Superseded, None, D::SuspendByHolder, None),
        ];
        for (state, held_by, deed, expected) in table {
            assert_eq!(
                after(state, held_by, deed),
                expected,
                "{state:?} {held_by:?} {deed:?}"
            );
        }
    }

    fn item(number: u16) -> Item {
        Item {
            number,
            valid_until: Some(20_000),
            review_due: None,
            checked: true,
        }
    }

    #[test]
    fn a_code_follows_its_certificates_unless_a_person_holds_it() {
        let living = |state, held_by, items: &[u16], current| Living {
            state,
            held_by,
            items: items.iter().map(|n| item(*n)).collect(),
            current,
        };
        let content = |items: &[u16], any_suspended| Content {
            items: items.iter().map(|n| item(*n)).collect(),
            any_suspended,
        };
        use CodeState::{Active, Suspended};
        let table = [
            (
                living(Active, None, &[16], true),
                content(&[16], false),
                Step::Keep,
            ),
            (
                living(Active, None, &[16], false),
                content(&[16], false),
                Step::Reissue,
            ),
            (
                living(Active, None, &[16, 17], true),
                content(&[16], true),
                Step::Reissue,
            ),
            (
                living(Active, None, &[16], true),
                content(&[], true),
                Step::Hold,
            ),
            (
                living(Active, None, &[16], true),
                content(&[], false),
                Step::Revoke,
            ),
            (
                living(Suspended, Some(HeldBy::Certificates), &[16], true),
                content(&[], true),
                Step::Keep,
            ),
            (
                living(Suspended, Some(HeldBy::Certificates), &[16], true),
                content(&[16], false),
                Step::Release,
            ),
            (
                living(Suspended, Some(HeldBy::Certificates), &[16], true),
                content(&[17], false),
                Step::Reissue,
            ),
            (
                living(Suspended, Some(HeldBy::Certificates), &[16], true),
                content(&[], false),
                Step::Revoke,
            ),
            (
                living(Suspended, Some(HeldBy::Officer), &[16], true),
                content(&[17], false),
                Step::Keep,
            ),
            (
                living(Suspended, Some(HeldBy::Holder), &[16], false),
                content(&[], true),
                Step::Keep,
            ),
        ];
        for (code, content, expected) in table {
            assert_eq!(follow(&code, &content), expected, "{code:?} {content:?}");
        }
    }

    #[test]
    fn a_stranger_sees_the_first_letter_of_a_name() {
        for (name, masked) in [
            ("王军", "王*"),
            ("欧阳建国", "欧**"),
            ("古丽·买", "古**"),
            ("李", "李*"),
        ] {
            assert_eq!(masked_name(name), masked);
        }
    }
}
