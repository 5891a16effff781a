//! Signing in and out of a class by scanning the code on its wall (扫码签到、签退).
//!
//! A code stands for 12 seconds and proves by itself when it was on the wall, so a phone without a network signs in by
//! the time of its scan, however late that arrives. A sign-in and a sign-out together make a mark; one alone makes
//! none, as on a sheet.

pub mod api;
mod desk;
pub mod rules;
pub(super) mod store;
mod token;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Class, ClassState, store as class_store};
use crate::platform::idempotency::Retry;
use crate::platform::{Action, Caller, Code, Fault, Result, State};
use rules::{Direction, ScanState, Window};
use token::Shown;

/// A code for the wall, and the instants between which it stands there.
#[derive(Clone, Debug)]
pub struct WallCode {
    pub text: String,
    pub starts: i64,
    pub ends: i64,
}

/// The code of now and the one after it: a screen that fetches every few seconds never goes dark, and nobody who gets
/// hold of an answer can sign in later than that.
///
/// # Errors
/// `forbidden`, `not_found`, `class_cancelled`.
pub async fn wall_codes(
    state: &State,
    by: &Caller,
    class_id: Uuid,
    direction: Direction,
) -> Result<(Window, Vec<WallCode>)> {
    let scope = by.may(Action::ManageClasses)?;
    let class = class_store::class(state.db.read(), &scope, class_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if class.state == ClassState::Cancelled {
        return Err(Fault::new(Code::ClassCancelled));
    }
    let now = rules::step_of(state.clock.now());
    let codes = [now, now + 1].map(|step| {
        let shown = Shown {
            class_id,
            direction,
            step,
        };
        Ok(WallCode {
            text: token::sign(&state.seal, shown)?,
            starts: rules::step_begins(step),
            ends: rules::step_begins(step + 1),
        })
    });
    let codes = codes.into_iter().collect::<Result<_>>()?;
    Ok((window_of(&class, direction), codes))
}

fn window_of(class: &Class, direction: Direction) -> Window {
    class.windows.of(direction, class.starts_at, class.ends_at)
}

/// A scan as a phone sends it.
#[derive(Clone, Debug, Serialize)]
pub struct NewScan {
    pub token: String,
    /// By the phone's clock, in microseconds.
    pub scanned_at: i64,
    pub device_id: String,
}

/// What became of one scan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub state: ScanState,
    /// Why it was refused.
    pub code: Option<String>,
    /// The class and what its code says, where the code is one.
    pub told: Option<Told>,
    /// Whether an earlier scan stands already; its state and time are the ones told.
    pub again: bool,
    /// Minutes of the mark that stands now.
    pub minutes: Option<i64>,
}

/// What the code on the wall says of a scan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    pub class_id: Uuid,
    pub title: String,
    pub direction: Direction,
    /// The time the scan is judged by.
    pub judged_at: i64,
    pub window: Window,
}

/// What one phone sends.
struct Batch {
    by: Caller,
    retry: Retry,
    person_id: Uuid,
    /// By the phone's clock.
    sent_at: i64,
    /// By ours.
    arrived_at: i64,
    scans: Vec<NewScan>,
}

/// Takes the scans of a worker's phone, in the order sent; the same again changes nothing.
///
/// Phones that send at the same moment are written together, in one durable transaction, with as many statements as
/// one alone would take.
///
/// # Errors
/// `forbidden` when the caller is nobody on file; each scan's own fault is in its outcome.
pub async fn check_in(
    state: &State,
    by: &Caller,
    retry: Retry,
    sent_at: i64,
    scans: Vec<NewScan>,
) -> Result<Vec<Outcome>> {
    let scope = by.may(Action::CheckIn)?;
    let person_id = *scope
        .persons
        .first()
        .ok_or_else(|| Fault::new(Code::Forbidden))?;
    let batch = Batch {
        by: by.clone(),
        retry,
        person_id,
        sent_at,
        arrived_at: state.clock.now(),
        scans,
    };
    let group = state.groups.of::<Batch, Vec<Outcome>>(by.county_id);
    group
        .submit(batch, |batches| together(state, batches))
        .await
}

/// Takes several phones' batches at once or, where one of them spoils that, one after another.
async fn together(state: &State, batches: Vec<Batch>) -> Vec<Result<Vec<Outcome>>> {
    match desk::take(state, &batches).await {
        Ok(answers) => return answers,
        Err(fault) if batches.len() < 2 => return vec![Err(fault)],
        Err(fault) => tracing::warn!(%fault, phones = batches.len(), "one by one instead"),
    }
    let mut answers = Vec::with_capacity(batches.len());
    for batch in &batches {
        let alone = desk::take(state, std::slice::from_ref(batch)).await;
        let answer = alone.map(|mut answers| answers.pop());
        answers.push(answer.and_then(|answer| {
            answer.unwrap_or_else(|| Err(Fault::internal("a batch without an answer")))
        }));
    }
    answers
}
