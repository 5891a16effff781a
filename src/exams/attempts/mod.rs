//! Attempts (答卷): begun, answered, submitted or ended by their deadline, graded at once.
//!
//! Owns `exam_attempt`, `exam_answer` and `exam_grade`. Invariants: an answer acknowledged is on disk; the same answer
//! or submission again changes nothing; an attempt is graded once, and a pass, its ledger line and the counters are one
//! transaction. May not enter: how questions are drawn.

pub mod api;
mod begin;
mod grading;
pub mod rules;
pub(in crate::exams) mod store;
mod store_rows;
mod words;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::papers::rules::Item;
use crate::hours::CountedAt;
use crate::platform::{Action, Caller, Code, Fault, Result, State};
use rules::Given;

pub use begin::begin;
pub use grading::{TASK, deadlines, settle_overdue, submit};

/// An attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub id: Uuid,
    pub paper_id: Uuid,
    pub person_id: Uuid,
    pub plan_id: Option<Uuid>,
    /// Where a pass counts: his employer when he began.
    pub at: Option<CountedAt>,
    /// Counts his attempts at the paper from 1.
    pub number: i32,
    pub items: Vec<Item>,
    /// Microseconds since 1970, as all instants here.
    pub started_at: i64,
    pub ends_at: i64,
    pub submitted_at: Option<i64>,
    /// In hundredths.
    pub points: Option<i64>,
    pub most_points: i64,
    pub passed: Option<bool>,
}

impl Attempt {
    /// Whether answers are still taken.
    #[must_use]
    pub const fn is_open(&self, now: i64) -> bool {
        self.submitted_at.is_none() && now <= self.ends_at + rules::GRACE
    }
}

/// What one phone sends of one attempt.
struct Batch {
    county_id: Uuid,
    person_id: Uuid,
    attempt_id: Uuid,
    given: Vec<Given>,
    /// By our clock, in microseconds.
    arrived_at: i64,
}

/// What became of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Questions whose answer stands as sent, or as one given later.
    pub positions: Vec<i32>,
    /// Answers given after the deadline: they do not count.
    pub late: Vec<i32>,
}

/// The person the caller is.
fn examinee(by: &Caller) -> Result<Uuid> {
    let scope = by.may(Action::Learn)?;
    let person = scope.persons.first().copied();
    person.ok_or_else(|| Fault::new(Code::Forbidden))
}

/// Keeps answers as they are given; of several to one question the one given last stands, in whatever order they come.
///
/// Phones that send at the same moment are written together, in one durable transaction.
///
/// # Errors
/// `not_found` for another's attempt; `attempt_closed` once it is submitted or its time is over; `invalid_field` for a
/// question or an option it does not have.
pub async fn save(
    state: &State,
    by: &Caller,
    attempt_id: Uuid,
    given: Vec<Given>,
) -> Result<Saved> {
    let batch = Batch {
        county_id: by.county_id,
        person_id: examinee(by)?,
        attempt_id,
        given,
        arrived_at: state.clock.now(),
    };
    let group = state.groups.of::<Batch, Saved>(by.county_id);
    group
        .submit(batch, |batches| together(state, batches))
        .await
}

/// Takes several phones' answers at once or, where one of them spoils that, one after another.
async fn together(state: &State, batches: Vec<Batch>) -> Vec<Result<Saved>> {
    match take(state, &batches).await {
        Ok(answers) => return answers,
        Err(fault) if batches.len() < 2 => return vec![Err(fault)],
        Err(fault) => tracing::warn!(%fault, phones = batches.len(), "one by one instead"),
    }
    let mut answers = Vec::with_capacity(batches.len());
    for batch in &batches {
        let alone = take(state, std::slice::from_ref(batch)).await;
        let answer = alone.map(|mut answers| answers.pop());
        answers.push(answer.and_then(|answer| {
            answer.unwrap_or_else(|| Err(Fault::internal("a batch without an answer")))
        }));
    }
    answers
}

async fn take(state: &State, batches: &[Batch]) -> Result<Vec<Result<Saved>>> {
    let Some(first) = batches.first() else {
        return Ok(Vec::new());
    };
    let tx = state.db.begin_write().await?;
    let ids: Vec<Uuid> = batches.iter().map(|batch| batch.attempt_id).collect();
    let open = store::to_answer(&tx, first.county_id, &ids).await?;
    let (mut told, mut kept) = (Vec::with_capacity(batches.len()), Vec::new());
    for batch in batches {
        let attempt = open.get(&batch.attempt_id);
        let attempt = attempt.filter(|attempt| attempt.person_id == batch.person_id);
        told.push(match attempt {
            Some(attempt) => judge(attempt, batch, &mut kept),
            None => Err(Fault::not_found()),
        });
    }
    store_rows::keep(&tx, first.county_id, &kept).await?;
    tx.commit().await?;
    Ok(told)
}

/// Answers to be kept: of which attempt, and when they came.
struct Kept {
    attempt_id: Uuid,
    given: Given,
    arrived_at: i64,
}

fn judge(attempt: &Attempt, batch: &Batch, kept: &mut Vec<Kept>) -> Result<Saved> {
    if !attempt.is_open(batch.arrived_at) {
        return Err(Fault::new(Code::AttemptClosed));
    }
    for (place, given) in batch.given.iter().enumerate() {
        let item = usize::try_from(given.position).ok();
        let item = item.and_then(|position| attempt.items.get(position));
        let known = |item: &Item| rules::places(&given.chosen, &item.order).is_some();
        let pointer = match item {
            None => "position",
            Some(item) if !known(item) => "chosen",
            Some(_) => continue,
        };
        let most = attempt.items.len().saturating_sub(1);
        return Err(Fault::field(
            &format!("/answers/{place}/{pointer}"),
            format!("0–{most}, A–H"),
        ));
    }
    let held = batch.given.iter().cloned();
    let held = held.map(|given| given.held(attempt.started_at, batch.arrived_at));
    let (in_time, late): (Vec<Given>, Vec<Given>) =
        held.partition(|given| given.given_at <= attempt.ends_at);
    let last = rules::latest(in_time);
    let saved = Saved {
        positions: last.keys().copied().collect(),
        late: late.iter().map(|given| given.position).collect(),
    };
    kept.extend(last.into_values().map(|given| Kept {
        attempt_id: attempt.id,
        given,
        arrived_at: batch.arrived_at,
    }));
    Ok(saved)
}
