//! When a class takes sign-ins and sign-outs, and what one scan of the code on the wall is worth.

use serde::{Deserialize, Serialize};

use crate::platform::Code;

/// Seconds a code stays on the wall.
pub const STEP_SECONDS: i64 = 12;
/// Hours after which a scan arrives too late to be believed.
pub const ARRIVAL_HOURS: i64 = 72;

const SECOND: i64 = 1_000_000;
const STEP: i64 = STEP_SECONDS * SECOND;
const MINUTE: i64 = 60 * SECOND;

/// Into the class, or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Direction {
    /// 签到
    In,
    /// 签退
    Out,
}

impl Direction {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    /// The direction of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        if word == "out" { Self::Out } else { Self::In }
    }
}

/// What became of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum ScanState {
    /// 已签：在规定时间内
    Present,
    /// 迟到：已签到，晚于规定时间
    Late,
    /// 未到签到（签退）时间，没有记录，请稍后再扫
    Early,
    /// 已过签到（签退）时间，没有记录，请找培训教师
    Closed,
    /// 待核对：手机时间与二维码时间不符，由培训教师核对
    Pending,
    /// 未受理，原因见 code
    Refused,
}

impl ScanState {
    /// The word, as it is stored of a scan that was kept.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Late => "late",
            Self::Early => "early",
            Self::Closed => "closed",
            Self::Pending => "pending",
            Self::Refused => "refused",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "late" => Self::Late,
            "pending" => Self::Pending,
            _ => Self::Present,
        }
    }

    /// Whether it stands as a sign-in or a sign-out.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Present | Self::Late)
    }

    /// Whether it is kept at all.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Present | Self::Late | Self::Pending)
    }
}

/// When a class takes sign-ins and sign-outs, in minutes from its begin and its end; kept with each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// Sign-in opens so long before the class begins.
    pub check_in_opens_before: i32,
    /// Who signs in later than this after the begin is late.
    pub late_after: i32,
    /// Sign-in closes so long after the begin.
    pub check_in_closes_after: i32,
    /// Sign-out opens so long before the end.
    pub check_out_opens_before: i32,
    /// Sign-out closes so long after the end.
    pub check_out_closes_after: i32,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            check_in_opens_before: 30,
            late_after: 10,
            check_in_closes_after: 60,
            check_out_opens_before: 30,
            check_out_closes_after: 60,
        }
    }
}

/// The instants of one direction of a class, in microseconds; it is open from `opens` until before `closes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub opens: i64,
    /// From here on a sign-in is late; a sign-out never is.
    pub late_from: Option<i64>,
    pub closes: i64,
}

impl Windows {
    /// The instants for a class from `starts_at` to `ends_at`.
    #[must_use]
    pub fn of(&self, direction: Direction, starts_at: i64, ends_at: i64) -> Window {
        let minutes = |count: i32| i64::from(count) * MINUTE;
        match direction {
            Direction::In => Window {
                opens: starts_at - minutes(self.check_in_opens_before),
                late_from: Some(starts_at + minutes(self.late_after)),
                closes: starts_at + minutes(self.check_in_closes_after),
            },
            Direction::Out => Window {
                opens: ends_at - minutes(self.check_out_opens_before),
                late_from: None,
                closes: ends_at + minutes(self.check_out_closes_after),
            },
        }
    }

    /// The field that makes no sense, if any: each from 0 to a day, late before closed.
    #[must_use]
    pub fn fault(&self) -> Option<(&'static str, &'static str)> {
        let table = [
            ("/windows/check_in_opens_before", self.check_in_opens_before),
            ("/windows/late_after", self.late_after),
            ("/windows/check_in_closes_after", self.check_in_closes_after),
            (
                "/windows/check_out_opens_before",
                self.check_out_opens_before,
            ),
            (
                "/windows/check_out_closes_after",
                self.check_out_closes_after,
            ),
        ];
        let far = table
            .into_iter()
            .find(|(_, count)| !(0..=1_440).contains(count));
        far.map(|(field, _)| (field, "0–1440")).or_else(|| {
            (self.late_after > self.check_in_closes_after)
                .then_some(("/windows/late_after", "late_after ≤ check_in_closes_after"))
        })
    }
}

/// A scan as the phone tells of it.
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    /// When the code it read went up on the wall: told by the code itself.
    pub shown_at: i64,
    /// When it was scanned, by the phone's clock.
    pub scanned_at: i64,
    /// When the batch was sent, by the same clock: a clock that is wrong is wrong in both.
    pub sent_at: i64,
}

impl Scan {
    /// The phone's word on when it scanned, by our clock.
    #[must_use]
    pub const fn scanned_by_our_clock(&self, arrived_at: i64) -> i64 {
        arrived_at.saturating_sub(self.sent_at.saturating_sub(self.scanned_at))
    }
}

/// The step in which an instant lies, and the instant at which a step begins.
#[must_use]
pub const fn step_of(at: i64) -> i64 {
    at.div_euclid(STEP)
}

/// When a step begins.
#[must_use]
pub const fn step_begins(step: i64) -> i64 {
    step.saturating_mul(STEP)
}

/// Judges a scan by the time its code was on the wall, never by the time it arrived.
///
/// The phone's word must agree with the code to the step before or after it; where it does not, the scan waits for
/// the trainer: a clock that was set meanwhile, or a picture of the wall.
///
/// # Errors
/// `scan_from_future`, `scan_too_old`.
pub fn judge(
    direction: Direction,
    window: &Window,
    scan: &Scan,
    arrived_at: i64,
) -> Result<ScanState, Code> {
    let shown = scan.shown_at;
    if shown > arrived_at.saturating_add(STEP)
        || scan.scanned_at > scan.sent_at.saturating_add(STEP)
    {
        return Err(Code::ScanFromFuture);
    }
    if arrived_at.saturating_sub(shown) > ARRIVAL_HOURS * 60 * MINUTE {
        return Err(Code::ScanTooOld);
    }
    if shown < window.opens {
        return Ok(ScanState::Early);
    }
    if shown >= window.closes {
        return Ok(ScanState::Closed);
    }
    let told = scan.scanned_by_our_clock(arrived_at);
    if told < shown - STEP || told >= shown + 2 * STEP {
        return Ok(ScanState::Pending);
    }
    let late = direction == Direction::In && window.late_from.is_some_and(|from| shown >= from);
    Ok(if late {
        ScanState::Late
    } else {
        ScanState::Present
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 60 * MINUTE;
    /// 08:30 and 16:30 of some day.
    const STARTS: i64 = 500_000 * HOUR;
    const ENDS: i64 = STARTS + 8 * HOUR;

    fn window(direction: Direction) -> Window {
        Windows::default().of(direction, STARTS, ENDS)
    }

    /// A scan sent at once by a phone whose clock is right.
    fn live(shown_at: i64) -> Scan {
        Scan {
            shown_at,
            scanned_at: shown_at + SECOND,
            sent_at: shown_at + 2 * SECOND,
        }
    }

    fn at_once(direction: Direction, shown_at: i64) -> Result<ScanState, Code> {
        judge(
            direction,
            &window(direction),
            &live(shown_at),
            shown_at + 2 * SECOND,
        )
    }

    #[test]
    fn early_present_late_and_closed_have_their_times() {
        use Direction::{In, Out};
        use ScanState::{Closed, Early, Late, Present};
        let table = [
            (In, STARTS - 31 * MINUTE, Early),
            (In, STARTS - 30 * MINUTE, Present),
            (In, STARTS + 10 * MINUTE - STEP, Present),
            (In, STARTS + 10 * MINUTE, Late),
            (In, STARTS + 60 * MINUTE - STEP, Late),
            (In, STARTS + 60 * MINUTE, Closed),
            (In, STARTS - 24 * HOUR, Early),
            (Out, STARTS, Early),
            (Out, ENDS - 30 * MINUTE, Present),
            (Out, ENDS + 59 * MINUTE, Present),
            (Out, ENDS + 60 * MINUTE, Closed),
        ];
        for (direction, shown, state) in table {
            assert_eq!(
                at_once(direction, shown),
                Ok(state),
                "{direction:?} {shown}"
            );
        }
    }

    #[test]
    fn the_phones_word_must_fit_its_code() {
        let hours_later = STARTS + 5 * HOUR;
        let told = |scanned_at, sent_at| {
            let scan = Scan {
                shown_at: STARTS,
                scanned_at,
                sent_at,
            };
            judge(Direction::In, &window(Direction::In), &scan, hours_later)
        };
        // Offline for five hours; then the same with a clock two days wrong.
        assert_eq!(told(STARTS, hours_later), Ok(ScanState::Present));
        let wrong = 48 * HOUR;
        assert_eq!(
            told(STARTS + wrong, hours_later + wrong),
            Ok(ScanState::Present)
        );
        // A picture of the wall scanned at noon, by the phone's own word.
        assert_eq!(told(STARTS + 3 * HOUR, hours_later), Ok(ScanState::Pending));
        assert_eq!(told(STARTS - STEP, hours_later), Ok(ScanState::Present));
        assert_eq!(told(STARTS + 2 * STEP, hours_later), Ok(ScanState::Pending));
        // Scanned after it was sent, and long after anybody would wait.
        assert_eq!(
            told(hours_later + HOUR, hours_later),
            Err(Code::ScanFromFuture)
        );
        let scan = live(STARTS);
        let late = STARTS + ARRIVAL_HOURS * HOUR + SECOND;
        let judged = judge(Direction::In, &window(Direction::In), &scan, late);
        assert_eq!(judged, Err(Code::ScanTooOld));
        let ahead = judge(
            Direction::In,
            &window(Direction::In),
            &live(STARTS),
            STARTS - 2 * STEP,
        );
        assert_eq!(ahead, Err(Code::ScanFromFuture));
    }

    #[test]
    fn windows_that_make_no_sense_are_named() {
        let good = Windows::default();
        assert_eq!(good.fault(), None);
        let far = Windows {
            late_after: -1,
            ..good
        };
        assert_eq!(far.fault().map(|f| f.0), Some("/windows/late_after"));
        let crossed = Windows {
            late_after: 61,
            ..good
        };
        assert_eq!(crossed.fault().map(|f| f.0), Some("/windows/late_after"));
    }

    proptest! {
        /// Whatever the phone's clock says and whenever the scan arrives: an honest one is worth what it was worth live.
        #[test]
        fn a_scan_is_judged_by_its_step_never_by_its_arrival(
            out in any::<bool>(),
            minutes in -200_i64..800,
            within in 0..STEP,
            lag in 0..(ARRIVAL_HOURS * HOUR - STEP),
            clock_wrong in -10_000 * HOUR..10_000 * HOUR,
        ) {
            let direction = if out { Direction::Out } else { Direction::In };
            let shown_at = step_begins(step_of(STARTS + minutes * MINUTE));
            let scanned = shown_at + within;
            let arrived = scanned + lag;
            let scan = Scan {
                shown_at,
                scanned_at: scanned + clock_wrong,
                sent_at: arrived + clock_wrong,
            };
            let judged = judge(direction, &window(direction), &scan, arrived);
            prop_assert_eq!(judged, at_once(direction, shown_at));
        }

        /// And one that read an old code is never worth more than waiting for the trainer.
        #[test]
        fn an_old_code_never_counts_by_itself(
            shown in -30_i64..60,
            age in 2 * STEP..(70 * HOUR),
            lag in 0..HOUR,
        ) {
            let shown_at = step_begins(step_of(STARTS + shown * MINUTE));
            let scanned_at = shown_at + age;
            let scan = Scan { shown_at, scanned_at, sent_at: scanned_at + lag };
            let judged = judge(Direction::In, &window(Direction::In), &scan, scanned_at + lag);
            prop_assert!(judged.is_ok_and(|state| !state.counts()));
        }
    }
}
