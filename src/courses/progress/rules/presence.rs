//! Presence checks (在场确认): when one is asked for, what a tap is worth, and what failing costs.

use super::{Lesson, Spans};

/// Milliseconds a learner has for his tap once the question stands on his screen.
pub const TAP_WITHIN: i64 = 30_000;
/// Milliseconds that a phone's clock and ours may differ about when it was asked.
const CLOCKS: i64 = 2_000;

/// Where a learner stands with his checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// The number of the next one; each is asked once.
    pub number: i64,
    /// Seconds credited since the last one.
    pub since: i64,
    /// When it was first asked for; none while it is not due.
    pub told_at: Option<i64>,
}

impl Default for Check {
    fn default() -> Self {
        Self {
            number: 1,
            since: 0,
            told_at: None,
        }
    }
}

/// What a phone says of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    pub number: i64,
    /// When the question came up and when it was tapped, by the player's clock; no tap when he let it pass.
    pub shown_at: i64,
    pub tapped_at: Option<i64>,
}

/// Seconds of credit between one check and the next: half the plan's rate to one and a half of it, by a draw that
/// only the server can make.
#[must_use]
pub fn distance(every: i64, draw: u64) -> i64 {
    let width = u64::try_from(every).unwrap_or_default() + 1;
    every / 2 + i64::try_from(draw % width).unwrap_or_default()
}

impl Check {
    /// Asks when enough was credited since the last one; the number that is open now.
    pub fn ask(&mut self, distance: i64, now: i64) -> Option<i64> {
        if self.told_at.is_none() && self.since >= distance {
            self.told_at = Some(now);
        }
        self.told_at.map(|_| self.number)
    }

    /// Whether an answer passes; none when no such check is open, as when it is said again.
    #[must_use]
    pub fn judge(&self, opened_at: i64, tap: &Tap, arrived: i64) -> Option<bool> {
        let told_at = self.told_at.filter(|_| tap.number == self.number)?;
        let Some(tapped_at) = tap.tapped_at else {
            return Some(false);
        };
        let in_time = (0..=TAP_WITHIN).contains(&(tapped_at - tap.shown_at));
        // Neither before it was asked for, nor in the future.
        let real = opened_at + tap.shown_at >= told_at - CLOCKS
            && opened_at + tapped_at <= arrived + CLOCKS;
        Some(in_time && real)
    }

    /// Goes on to the next one.
    pub fn settle(&mut self) {
        *self = Self {
            number: self.number + 1,
            ..Self::default()
        };
    }
}

impl Lesson {
    /// After a check: what was credited since the last one stands, or is taken back; the seconds taken back.
    pub fn settle(&mut self, passed: bool) -> i64 {
        let unproven = std::mem::take(&mut self.unproven);
        if passed {
            return 0;
        }
        self.covered.remove_all(&unproven);
        Spans::total(&unproven)
    }
}
