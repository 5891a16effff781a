//! What may be logged of a check, and what becomes of a red.

use serde::{Deserialize, Serialize};

use crate::codes::verdict::{Colour, Reason};

/// Days after which a check can no longer be logged: phones send what they kept when they are online again.
pub const LATEST_DAYS: i64 = 30;
/// Seconds by which a phone's clock may be ahead of ours; such a check is of now.
pub const AHEAD_SECONDS: i64 = 120;
/// Checks of his code that a holder is shown.
pub const SHOWN: u64 = 20;

const SECOND: i64 = 1_000_000;

/// Whether a check asks for anything more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum InspectionState {
    /// 已记录：无须处理
    Noted,
    /// 待处理：红码
    Open,
    /// 已处理
    Settled,
}

/// What became of a red (处理结果).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Outcome {
    /// 已整改：换证、复审或换码后上岗
    Mended,
    /// 已清退
    SentAway,
    /// 误报
    FalseAlarm,
    /// 已移交查处
    HandedOver,
}

impl Outcome {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mended => "mended",
            Self::SentAway => "sent_away",
            Self::FalseAlarm => "false_alarm",
            Self::HandedOver => "handed_over",
        }
    }

    /// Of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [
            Self::Mended,
            Self::SentAway,
            Self::FalseAlarm,
            Self::HandedOver,
        ]
        .into_iter()
        .find(|outcome| outcome.word() == word)
    }
}

/// Whether a check of this colour waits for somebody. Only reds do.
#[must_use]
pub const fn state(colour: Colour, settled: bool) -> InspectionState {
    match (colour, settled) {
        (Colour::Red, false) => InspectionState::Open,
        (Colour::Red, true) => InspectionState::Settled,
        _ => InspectionState::Noted,
    }
}

/// Whether a verdict of this colour is always of a certain code: nothing else is green or yellow.
#[must_use]
pub const fn names_a_code(colour: Colour) -> bool {
    matches!(colour, Colour::Green | Colour::Yellow)
}

/// The reason of a word, where it has this colour.
#[must_use]
pub fn reason(word: &str, colour: Colour) -> Option<Reason> {
    Reason::of_word(word).filter(|reason| reason.colour() == colour)
}

/// The instant a check counts for, in microseconds since 1970; nothing when it is of a time to come or too long ago.
#[must_use]
pub fn checked_at(told: i64, now: i64) -> Option<i64> {
    let earliest = now - LATEST_DAYS * 24 * 3_600 * SECOND;
    (earliest..=now + AHEAD_SECONDS * SECOND)
        .contains(&told)
        .then_some(told.min(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reds_wait_for_somebody() {
        for (colour, settled, state_of) in [
            (Colour::Green, false, InspectionState::Noted),
            (Colour::Yellow, false, InspectionState::Noted),
            (Colour::Grey, false, InspectionState::Noted),
            (Colour::Red, false, InspectionState::Open),
            (Colour::Red, true, InspectionState::Settled),
        ] {
            assert_eq!(state(colour, settled), state_of, "{colour:?}");
        }
    }

    #[test]
    fn a_colour_is_that_of_its_reason() {
        for (word, colour, found) in [
            ("valid", Colour::Green, Some(Reason::Valid)),
            ("forged", Colour::Red, Some(Reason::Forged)),
            ("forged", Colour::Green, None),
            ("not_ours", Colour::Grey, Some(Reason::NotOurs)),
            ("fine", Colour::Green, None),
        ] {
            assert_eq!(reason(word, colour), found, "{word} {colour:?}");
        }
    }

    #[test]
    fn a_check_is_of_the_last_thirty_days_and_of_no_time_to_come() {
        let now = 100 * 24 * 3_600 * SECOND;
        let ago = |seconds: i64| checked_at(now - seconds * SECOND, now);
        let month = LATEST_DAYS * 24 * 3_600;
        assert_eq!(ago(0), Some(now));
        assert_eq!(ago(60), Some(now - 60 * SECOND));
        assert_eq!(ago(month), Some(now - month * SECOND));
        assert_eq!(ago(month + 1), None);
        assert_eq!(
            ago(-AHEAD_SECONDS),
            Some(now),
            "a phone's clock a little ahead"
        );
        assert_eq!(ago(-AHEAD_SECONDS - 1), None);
    }

    #[test]
    fn an_outcome_is_found_by_its_word() {
        for outcome in [Outcome::Mended, Outcome::SentAway, Outcome::FalseAlarm] {
            assert_eq!(Outcome::of_word(outcome.word()), Some(outcome));
        }
        assert_eq!(Outcome::of_word("gone"), None);
    }
}
