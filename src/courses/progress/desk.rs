//! Where phones' heartbeats are judged and written, those of many phones in one transaction.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use uuid::Uuid;

use super::finish::{self, Gain};
use super::rules::{self, Heard, Terms, Verdict, presence};
use super::store::{self, Clock, Standing};
use super::{Batch, Outcome, Tapped, in_line};
use crate::audit;
use crate::platform::idempotency::Work;
use crate::platform::{Caller, Fault, Result, State};

/// What the seal binds the instants of presence checks to.
const CHECKS: &str = "presence checks";

/// Takes batches of one county, each with its answer; all of them are written, or none.
///
/// Statements do not grow with phones or heartbeats, but by the thousand and, when courses are finished, by the plan.
pub(super) async fn take(state: &State, batches: &[Batch]) -> Result<Vec<Result<Outcome>>> {
    let Some(first) = batches.first() else {
        return Ok(Vec::new());
    };
    // Written by the service for many people: whose it is stands with each row.
    let service = Caller {
        login: "learning".to_owned(),
        ..Caller::console(first.by.county_id)
    };
    let work = state.begin_plain(&service).await?;
    in_line(&work).await?;
    let mut desk = Desk::open(&work, batches).await?;
    let mut answers: Vec<_> = batches.iter().map(|batch| desk.take(batch)).collect();
    let finished = desk.save(batches).await?;
    work.commit(&()).await?;
    for outcome in answers.iter_mut().flatten() {
        outcome.course_finished = finished.contains(&outcome.enrolment_id);
    }
    Ok(answers)
}

/// Judges batches one after another, each against those before it.
struct Desk<'a> {
    work: &'a Work<'a>,
    clocks: HashMap<Uuid, Clock>,
    standings: HashMap<(Uuid, Uuid), Standing>,
    /// Whose clock and which lessons are to be written.
    changed: (BTreeSet<Uuid>, BTreeSet<(Uuid, Uuid)>),
    gains: HashMap<Uuid, Gain>,
    /// Who failed a check.
    failed: Vec<Uuid>,
}

impl<'a> Desk<'a> {
    async fn open(work: &'a Work<'a>, batches: &[Batch]) -> Result<Self> {
        let county = work.by.county_id;
        let distinct = |ids: &mut dyn Iterator<Item = Uuid>| -> Vec<Uuid> {
            ids.collect::<BTreeSet<_>>().into_iter().collect()
        };
        let persons = distinct(&mut batches.iter().map(|batch| batch.person_id));
        let clocks = store::clocks(&work.tx, county, &persons).await?;
        let lesson = |batch: &Batch| {
            let learner = &clocks.get(&batch.person_id)?.learner;
            let place = learner.player(batch.player_id, ms(batch.arrived_at))?;
            Some(learner.players.get(place)?.lesson_id)
        };
        let lessons = distinct(&mut batches.iter().filter_map(lesson));
        let tapped = batches.iter().filter(|batch| batch.tap.is_some());
        let tapped = distinct(&mut tapped.map(|batch| batch.person_id));
        let standings = if lessons.is_empty() {
            Vec::new()
        } else {
            store::standings(&work.tx, county, &persons, &lessons, &tapped).await?
        };
        let keyed = |standing: Standing| ((standing.enrolment_id, standing.lesson_id), standing);
        Ok(Self {
            work,
            clocks,
            standings: standings.into_iter().map(keyed).collect(),
            changed: Default::default(),
            gains: HashMap::new(),
            failed: Vec::new(),
        })
    }

    fn take(&mut self, batch: &Batch) -> Result<Outcome> {
        let found = self.find(batch)?;
        let heard = self.hear(batch, &found)?;
        let tapped = self.tap(batch, &found)?;
        let check = self.ask(batch, &found)?;
        self.finish(found.key, batch.person_id, tapped.is_some())?;
        let standing = self.standings.get(&found.key).ok_or_else(lost)?;
        Ok(Outcome {
            enrolment_id: found.key.0,
            lesson_id: found.key.1,
            heard,
            credited_seconds: standing.lesson.covered.total(),
            place: standing.lesson.place,
            lesson_done: standing.lesson.done,
            course_finished: false,
            check,
            tapped,
        })
    }

    /// The player a batch is of: the sender's own, and not too old.
    fn find(&self, batch: &Batch) -> Result<Found> {
        let clock = self.clocks.get(&batch.person_id);
        let learner = &clock.ok_or_else(Fault::not_found)?.learner;
        let place = learner.player(batch.player_id, ms(batch.arrived_at));
        let place = place.ok_or_else(Fault::not_found)?;
        let player = learner.players.get(place).ok_or_else(lost)?;
        Ok(Found {
            place,
            key: (player.enrolment_id, player.lesson_id),
            terms: player.terms,
            opened_at: player.opened_at,
        })
    }

    fn hear(&mut self, batch: &Batch, found: &Found) -> Result<Vec<Heard>> {
        let clock = self.clocks.get_mut(&batch.person_id).ok_or_else(lost)?;
        let (enrolment_id, lesson_id) = found.key;
        let standing = self.standings.entry(found.key).or_insert_with(|| {
            Standing::new(
                enrolment_id,
                lesson_id,
                batch.person_id,
                found.terms.demanded,
            )
        });
        let arrived = ms(batch.arrived_at);
        let mut heard = Vec::with_capacity(batch.beats.len());
        for beat in &batch.beats {
            let (learner, lesson) = (&mut clock.learner, &mut standing.lesson);
            let told = rules::take(learner, found.place, lesson, beat, arrived);
            standing.too_fast += i64::from(told.verdict == Verdict::TooFast);
            standing.elsewhere += i64::from(told.verdict == Verdict::Elsewhere);
            heard.push(told);
        }
        if heard.iter().any(|told| told.verdict != Verdict::Repeated) {
            self.changed.0.insert(batch.person_id);
            self.changed.1.insert(found.key);
            let seconds: i64 = heard.iter().map(|told| told.seconds).sum();
            self.gains.entry(enrolment_id).or_default().seconds += seconds;
        }
        Ok(heard)
    }

    /// What a tap comes to: all since the check before stands, or is taken back.
    fn tap(&mut self, batch: &Batch, found: &Found) -> Result<Option<Tapped>> {
        let clock = self.clocks.get_mut(&batch.person_id).ok_or_else(lost)?;
        let check = &mut clock.learner.check;
        let passed = batch
            .tap
            .and_then(|tap| check.judge(found.opened_at, &tap, ms(batch.arrived_at)));
        let Some(passed) = passed else {
            return Ok(None);
        };
        check.settle();
        clock.passed += i64::from(passed);
        clock.failed += i64::from(!passed);
        self.changed.0.insert(batch.person_id);
        let mut taken_back = 0;
        let own = |standing: &&mut Standing| standing.person_id == batch.person_id;
        for standing in self.standings.values_mut().filter(own) {
            let seconds = standing.lesson.settle(passed);
            let key = (standing.enrolment_id, standing.lesson_id);
            self.changed.1.insert(key);
            self.gains.entry(key.0).or_default().seconds -= seconds;
            taken_back += seconds;
        }
        if !passed {
            self.failed.push(batch.person_id);
        }
        Ok(Some(Tapped { passed, taken_back }))
    }

    fn ask(&mut self, batch: &Batch, found: &Found) -> Result<Option<i64>> {
        let every = found.terms.presence_every;
        if every <= 0 {
            return Ok(None);
        }
        let clock = self.clocks.get_mut(&batch.person_id).ok_or_else(lost)?;
        let check = &mut clock.learner.check;
        let asked_before = check.told_at.is_some();
        let draw = draw(self.work.state, batch.person_id, check.number);
        let asked = check.ask(presence::distance(every, draw), ms(batch.arrived_at));
        if asked.is_some() && !asked_before {
            self.changed.0.insert(batch.person_id);
        }
        Ok(asked)
    }

    /// Marks done what now is: the lesson at hand and, once a check is settled, all that waited for it.
    fn finish(&mut self, key: (Uuid, Uuid), person_id: Uuid, settled: bool) -> Result<()> {
        let check = self.clocks.get(&person_id).ok_or_else(lost)?.learner.check;
        let waited = |standing: &&mut Standing| {
            let own = (standing.enrolment_id, standing.lesson_id) == key;
            own || (settled && standing.person_id == person_id)
        };
        for standing in self.standings.values_mut().filter(waited) {
            if standing.lesson.finish(standing.demanded, &check) {
                standing.done_at = Some(self.work.now);
                self.changed
                    .1
                    .insert((standing.enrolment_id, standing.lesson_id));
                self.gains.entry(standing.enrolment_id).or_default().lessons += 1;
            }
        }
        Ok(())
    }

    /// Writes what changed; the courses that were finished by it.
    async fn save(self, batches: &[Batch]) -> Result<Vec<Uuid>> {
        let clocks: Vec<_> = (self.changed.0.iter())
            .filter_map(|person| Some((*person, self.clocks.get(person)?)))
            .collect();
        store::save_clocks(self.work, &clocks).await?;
        let standings: Vec<_> = (self.changed.1.iter())
            .filter_map(|key| self.standings.get(key))
            .collect();
        store::save_standings(self.work, &standings).await?;
        let finished = finish::gain(self.work, &self.gains).await?;
        // Ten-second heartbeats are no deed; what they come to is.
        if !finished.is_empty() || !self.failed.is_empty() {
            let detail = json!({
                "heard": batches.len(), "courses_finished": finished, "checks_failed": self.failed,
            });
            let county = ("county", self.work.by.county_id.to_string());
            audit::record(self.work, "courses.learn", county, detail).await?;
        }
        Ok(finished)
    }
}

/// A batch's player among its sender's.
struct Found {
    place: usize,
    key: (Uuid, Uuid),
    terms: Terms,
    opened_at: i64,
}

fn lost() -> Fault {
    Fault::internal("a learner's clock is not there")
}

/// Milliseconds, as the rules reckon.
pub(super) const fn ms(micros: i64) -> i64 {
    micros.div_euclid(1_000)
}

/// The draw of a check: by a key that only the server has.
fn draw(state: &State, person_id: Uuid, number: i64) -> u64 {
    let keyed = state.seal.lookup(CHECKS, &format!("{person_id} {number}"));
    let head = keyed.first_chunk::<8>().copied().unwrap_or_default();
    u64::from_be_bytes(head)
}
