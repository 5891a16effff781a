//! What a heartbeat is worth: which seconds of a lesson were really played through, judged by the server's clock.
//!
//! A learner's wall time is spent like money. Each second of a lesson is paid with a second between the opening of
//! its player and the arrival of the heartbeat, at the place on the clock where it was played; no stretch of the
//! clock is spent twice, on whichever device. So in all that anybody may send, credit never exceeds the time that went
//! by, nor a lesson's length.

mod form;
mod histories;
pub mod presence;
pub mod spans;
mod tables;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use form::{decode_players, encode_players};
pub use presence::{Check, Tap};
pub use spans::Spans;

/// Milliseconds that a phone's two readings, of its clock and of its place, may lie apart.
const SLACK: i64 = 500;
/// Milliseconds of a stretch that may be paid from elsewhere on the clock: what roundings make overlap.
const ROUNDING: i64 = 1_000;
/// Milliseconds that a good phone's clock may run ahead of ours.
const AHEAD: i64 = 2_000;
/// Milliseconds by which lost heartbeats may miss continuous play.
const BRIDGE: i64 = 3_000;
/// Milliseconds that a heartbeat may cover which a phone does not repeat until it is answered.
const LONGEST: i64 = 60_000;
/// Days that a player's heartbeats are taken after it was opened.
pub const LEASE_DAYS: i64 = 7;
const DAY: i64 = 86_400_000;
/// Players a learner may have open; the oldest gives way.
pub const MOST_PLAYERS: usize = 16;
/// Gaps left for late heartbeats in one player, and stretches of the clock kept for one learner.
const MOST_RUNS: usize = 24;
const MOST_SPENT: usize = 96;

/// A heartbeat: from one second of the lesson to another without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Beat {
    /// Counts up by one from 0 within a player.
    pub seq: i64,
    /// Whole seconds in the lesson.
    pub from: i64,
    pub to: i64,
    /// When `to` was reached: milliseconds since the answer to the opening came, by a clock that only goes forward.
    pub at: i64,
}

/// What became of a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Verdict {
    /// All new seconds in it are credited; there may be none.
    Taken,
    /// Heard before; nothing changed.
    Repeated,
    /// More seconds than time went by: played faster, skipped, or a clock ahead. Nothing is credited.
    TooFast,
    /// Part or all of that time was credited elsewhere; the rest is credited.
    Elsewhere,
}

/// What a heartbeat brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub seq: i64,
    pub verdict: Verdict,
    /// Seconds newly credited, those of lost heartbeats that it proved among them.
    pub seconds: i64,
}

/// Heartbeats without a gap: where they begin and where they end, by the player's clock and in the lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: i64,
    last: i64,
    starts_at: i64,
    starts_from: i64,
    ends_at: i64,
    ends_to: i64,
}

/// What a lesson asks, as it stood when its player was opened; a published version does not change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    pub seconds: i64,
    /// Seconds that make it done.
    pub demanded: i64,
    /// Seconds of credit between presence checks, by the plan; 0 for none.
    pub presence_every: i64,
}

/// Seconds that make a lesson done: nine tenths, so that a credit roll or a lost minute keeps nobody from finishing.
#[must_use]
pub const fn demanded(seconds: i64) -> i64 {
    (seconds * 9 + 9) / 10
}

/// One opened player (一次打开): the lease under which heartbeats are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    pub id: Uuid,
    pub enrolment_id: Uuid,
    pub lesson_id: Uuid,
    /// Milliseconds since 1970 by our clock, as all instants here.
    pub opened_at: i64,
    pub terms: Terms,
    runs: Vec<Run>,
}

impl Player {
    /// Opened at a place of the lesson. The opening counts as heard: what follows is measured from it.
    #[must_use]
    pub fn open(
        id: Uuid,
        [enrolment_id, lesson_id]: [Uuid; 2],
        terms: Terms,
        place: i64,
        now: i64,
    ) -> Self {
        let opening = Run {
            first: -1,
            last: -1,
            starts_at: 0,
            starts_from: place,
            ends_at: 0,
            ends_to: place,
        };
        Self {
            id,
            enrolment_id,
            lesson_id,
            opened_at: now,
            terms,
            runs: vec![opening],
        }
    }

    /// Whether its heartbeats are still taken.
    #[must_use]
    pub const fn is_live(&self, now: i64) -> bool {
        now < self.opened_at + LEASE_DAYS * DAY
    }
}

/// One learner's clock: the time given away, and his open players.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learner {
    pub spent: Spans,
    pub players: Vec<Player>,
    pub check: Check,
}

impl Learner {
    /// Adds a player; those whose time is over, and the oldest of too many, go.
    pub fn open(&mut self, player: Player) {
        let now = player.opened_at;
        self.players.retain(|other| other.is_live(now));
        if self.players.len() >= MOST_PLAYERS {
            self.players.remove(0);
        }
        self.players.push(player);
        let oldest = self.players.iter().map(|player| player.opened_at).min();
        self.spent.forget_before(oldest.unwrap_or(now));
    }

    /// The place of a player among the live ones.
    #[must_use]
    pub fn player(&self, id: Uuid, now: i64) -> Option<usize> {
        let found = |player: &Player| player.id == id && player.is_live(now);
        self.players.iter().position(found)
    }
}

/// What a learner has of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    pub covered: Spans,
    /// Those of them since the last presence check that was passed.
    pub unproven: Spans,
    /// Where to go on, and since when that stands.
    pub place: i64,
    pub place_at: i64,
    pub done: bool,
}

impl Lesson {
    /// Marks it done where it is; true when it became so just now. While a check waits for its tap, nothing is done.
    pub fn finish(&mut self, demanded: i64, check: &Check) -> bool {
        let enough = self.covered.total() >= demanded;
        let now_done = !self.done && check.told_at.is_none() && enough;
        if now_done {
            self.done = true;
            // What made a lesson done is not taken back.
            self.unproven = Spans::default();
        }
        now_done
    }
}

/// Takes a heartbeat of the player at `place` that arrived at an instant of our clock.
pub fn take(
    learner: &mut Learner,
    place: usize,
    lesson: &mut Lesson,
    beat: &Beat,
    arrived: i64,
) -> Heard {
    let heard = |verdict, seconds| Heard {
        seq: beat.seq,
        verdict,
        seconds,
    };
    let Some(player) = learner.players.get_mut(place) else {
        return heard(Verdict::Repeated, 0);
    };
    let fit = match Fit::of(player, beat, arrived) {
        Ok(fit) => fit,
        Err(verdict) => return heard(verdict, 0),
    };
    let (opened, terms, run) = (player.opened_at, player.terms, fit.run);
    let mut till = Till {
        spent: &mut learner.spent,
        lesson,
        opened,
        arrived,
        terms,
        full: true,
    };
    let joins_before = joins(&fit.before, &run);
    let joins_next = fit.next.map(|next| (next, joins(&run, &next)));
    let mut seconds = 0;
    if joins_before == Join::Proven {
        seconds += till.pay(fit.before.ends_to, run.starts_from, opened + run.starts_at);
    }
    // Nothing for a leap: it starts where it ends.
    seconds += till.pay(run.starts_from, run.ends_to, opened + run.ends_at);
    if let Some((next, Join::Proven)) = joins_next {
        seconds += till.pay(run.ends_to, next.starts_from, opened + next.starts_at);
    }
    let full = till.full;
    learner.spent.bound(MOST_SPENT);
    if terms.presence_every > 0 {
        learner.check.since += seconds;
    }
    let joined = joins_next.is_some_and(|(_, join)| join != Join::Apart);
    insert(
        &mut player.runs,
        fit.place,
        run,
        joins_before != Join::Apart,
        joined,
    );
    if opened + run.ends_at >= lesson.place_at {
        lesson.place_at = opened + run.ends_at;
        lesson.place = beat.to.min(terms.seconds);
    }
    let verdict = match (fit.possible, full) {
        (false, _) => Verdict::TooFast,
        (true, false) => Verdict::Elsewhere,
        (true, true) => Verdict::Taken,
    };
    heard(verdict, seconds)
}

/// Where a heartbeat stands among those heard before.
struct Fit {
    before: Run,
    next: Option<Run>,
    /// Its place among the runs.
    place: usize,
    run: Run,
    /// Whether it can have been played in the time since the one before.
    possible: bool,
}

impl Fit {
    fn of(player: &Player, beat: &Beat, arrived: i64) -> Result<Self, Verdict> {
        let place = player.runs.partition_point(|run| run.first <= beat.seq);
        let before = place.checked_sub(1).and_then(|at| player.runs.get(at));
        let before = *before.ok_or(Verdict::Repeated)?;
        if beat.seq <= before.last {
            return Err(Verdict::Repeated);
        }
        let next = player.runs.get(place).copied();
        let elapsed = arrived - player.opened_at;
        let out_of_order = beat.at + SLACK < before.ends_at
            || next.is_some_and(|next| beat.at > next.starts_at + SLACK);
        if beat.at > elapsed + AHEAD || out_of_order {
            return Err(Verdict::TooFast);
        }
        let at = beat.at.min(elapsed).max(before.ends_at);
        let played = (beat.to - beat.from) * 1_000;
        let possible = played <= at - before.ends_at + SLACK;
        // A stretch that nobody can have played is a leap to its end.
        let (starts_from, starts_at) = if possible {
            (beat.from, (at - played).max(before.ends_at))
        } else {
            (beat.to, at)
        };
        let run = Run {
            first: beat.seq,
            last: beat.seq,
            starts_at,
            starts_from,
            ends_at: at,
            ends_to: beat.to,
        };
        Ok(Self {
            before,
            next,
            place,
            run,
            possible,
        })
    }
}

/// How two runs go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    Apart,
    /// The second follows the first by its number.
    Next,
    /// Heartbeats between them are lost; place and time prove that all of it was played through.
    Proven,
}

fn joins(one: &Run, two: &Run) -> Join {
    if one.last + 1 == two.first {
        return Join::Next;
    }
    let gap = (two.starts_from - one.ends_to) * 1_000;
    let time = two.starts_at - one.ends_at;
    let lost = two.first - one.last - 1;
    let continuous = (0..=lost.saturating_mul(LONGEST)).contains(&gap)
        && gap <= time + SLACK
        && time <= gap + BRIDGE;
    if continuous {
        Join::Proven
    } else {
        Join::Apart
    }
}

fn insert(runs: &mut Vec<Run>, place: usize, run: Run, join_before: bool, join_next: bool) {
    runs.insert(place, run);
    if join_next {
        join(runs, place);
    }
    if join_before {
        join(runs, place.saturating_sub(1));
    }
    while runs.len() > MOST_RUNS {
        join(runs, 0);
    }
}

/// Makes one of the run at `place` and the one after it: heartbeats between them are no longer waited for.
fn join(runs: &mut Vec<Run>, place: usize) {
    if place + 1 >= runs.len() {
        return;
    }
    let next = runs.remove(place + 1);
    if let Some(run) = runs.get_mut(place) {
        run.last = next.last;
        run.ends_at = next.ends_at;
        run.ends_to = next.ends_to;
    }
}

/// Where seconds of a lesson are paid with time.
struct Till<'a> {
    spent: &'a mut Spans,
    lesson: &'a mut Lesson,
    opened: i64,
    arrived: i64,
    terms: Terms,
    full: bool,
}

impl Till<'_> {
    /// Pays for the new ones of the seconds `from..to`, of which the last ended at `end`.
    fn pay(&mut self, from: i64, to: i64, end: i64) -> i64 {
        // When the lesson's second 0 would have begun.
        let zero = end - to * 1_000;
        let new = self
            .lesson
            .covered
            .missing(from.max(0), to.min(self.terms.seconds));
        let mut here = Spans::default();
        for (first, last) in new.as_slice() {
            let starts = (zero + first * 1_000).max(self.opened);
            let ends = (zero + last * 1_000).min(self.arrived);
            here.add_all(&self.spent.missing(starts, ends));
        }
        let short = new.total() * 1_000 - here.total();
        if short <= ROUNDING && self.pay_rest(&here, short) {
            self.give(&new);
            return new.total();
        }
        self.full = false;
        let mut seconds = Spans::default();
        for (starts, ends) in here.as_slice() {
            let first = (starts - zero + 999).div_euclid(1_000);
            let last = (ends - zero).div_euclid(1_000);
            if first < last {
                seconds.add(first, last);
                self.spent.add(zero + first * 1_000, zero + last * 1_000);
            }
        }
        self.give(&seconds);
        seconds.total()
    }

    /// Spends the time found in its place, and the little that is short from elsewhere under the same opening.
    fn pay_rest(&mut self, here: &Spans, short: i64) -> bool {
        if short > 0 {
            let mut taken = self.spent.clone();
            taken.add_all(here);
            let rest = taken.missing(self.opened, self.arrived).first(short);
            if rest.total() < short {
                return false;
            }
            self.spent.add_all(&rest);
        }
        self.spent.add_all(here);
        true
    }

    fn give(&mut self, seconds: &Spans) {
        self.lesson.covered.add_all(seconds);
        if self.terms.presence_every > 0 && !self.lesson.done {
            self.lesson.unproven.add_all(seconds);
        }
    }
}
