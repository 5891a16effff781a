//! The append-only ledger of training (学时台账), and the only writer of its table.
//!
//! Owns `training_record`. Invariants: nothing is edited or removed (Work Safety Law art. 28: records are kept at
//! least three years); a correction is a new line of differences that names the line it corrects; progress and
//! counters change in the same transaction. May not enter: how a plan counts (that is `plans`).

pub mod academies;
pub mod api;
pub mod law;
pub mod rules;
mod store;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::plans::{self, Credit, Part, Plan};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock};
use crate::{audit, fresh, people};

pub use rules::{CountedAt, Given, Record, Source};

/// What a source gives, and the evidence for it.
#[derive(Clone, Copy, Debug)]
pub struct From {
    pub source: Source,
    pub source_id: Uuid,
    pub part: Part,
    /// The upload the lines came with.
    pub evidence_id: Option<Uuid>,
}

/// Makes the ledger say what each source gives each person, and counts it. Saying it again changes nothing.
///
/// # Errors
/// Database faults; then nothing of the work happened.
pub async fn credit(work: &Work<'_>, plan: &Plan, given: &[(From, Given)]) -> Result<u64> {
    plans::in_line(work).await?;
    let sources: Vec<Uuid> = given.iter().map(|(from, _)| from.source_id).collect();
    let persons: Vec<Uuid> = given.iter().map(|(_, given)| given.person_id).collect();
    let mut chains = store::chains(&work.tx, &sources, &persons).await?;
    let (mut taken, mut added) = (Vec::new(), Vec::new());
    for (from, given) in given {
        let chain = chains.entry((from.source_id, given.person_id)).or_default();
        let first = chain.first().map(|line| line.id);
        let lines = rules::differences(chain, given);
        let back = lines.len() - 1.min(lines.len());
        for (place, (at, figures)) in lines.into_iter().enumerate() {
            let record = line(work, plan, from, given, at, figures, first);
            if place < back {
                taken.push(record)
            } else {
                added.push(record)
            }
        }
    }
    // Taken back first: who moved township is withdrawn there before he completes here.
    write(work, plan, &taken, given).await?;
    write(work, plan, &added, given).await?;
    Ok((taken.len() + added.len()) as u64)
}

async fn write(
    work: &Work<'_>,
    plan: &Plan,
    records: &[Record],
    given: &[(From, Given)],
) -> Result<()> {
    let evidence: HashMap<Uuid, Option<Uuid>> = given
        .iter()
        .map(|(f, _)| (f.source_id, f.evidence_id))
        .collect();
    // Asked with the county's place in line held: whoever settles waits for it too.
    let settled = plans::is_settled(&work.tx, plan.id).await?;
    store::append(work, records, &evidence, settled).await?;
    let credits: Vec<Credit> = records.iter().map(as_credit).collect();
    plans::count(work, plan, &credits).await
}

fn line(
    work: &Work<'_>,
    plan: &Plan,
    from: &From,
    given: &Given,
    at: CountedAt,
    [minutes, person_times, passes]: [i64; 3],
    corrects_id: Option<Uuid>,
) -> Record {
    Record {
        id: clock::new_id(),
        plan_id: plan.id,
        person_id: given.person_id,
        at,
        part: from.part,
        minutes,
        person_times,
        passes,
        score_hundredths: given.score_hundredths,
        source: from.source,
        source_id: from.source_id,
        day: given.day,
        recorded_at: work.now,
        corrects_id,
        reason: None,
    }
}

fn as_credit(record: &Record) -> Credit {
    Credit {
        person_id: record.person_id,
        region_id: record.at.region_id,
        enterprise_id: record.at.enterprise_id,
        role: record.at.role,
        part: record.part,
        minutes: record.minutes,
        person_times: record.person_times,
        passes: record.passes,
        day: record.day,
    }
}

/// What a line should have said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Correction {
    /// Minutes the source really gave.
    pub minutes: i64,
    /// Whether the class or course was finished.
    pub finished: bool,
    /// Whether the exam was passed.
    pub passed: bool,
    pub reason: String,
}

/// Corrects what a source gave a person: a new line of differences beside the old one, counted at once.
///
/// # Errors
/// `not_found`, `invalid_field`; `conflict` when it already says so.
pub async fn correct(
    state: &State,
    by: &Caller,
    retry: Retry,
    record_id: Uuid,
    right: Correction,
) -> Result<Record> {
    let scope = by.may(Action::CorrectHours)?;
    if right.reason.trim().is_empty() {
        return Err(Fault::new(Code::FieldMissing)
            .with("field", "reason")
            .at("/reason"));
    }
    let work = fresh!(state.begin(by, retry).await?);
    let record = store::record(&work.tx, &scope, record_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let plan = plans::any_plan(&work.tx, by.county_id, record.plan_id).await?;
    plans::in_line(&work).await?;
    let chain = store::chains(&work.tx, &[record.source_id], &[record.person_id])
        .await?
        .remove(&(record.source_id, record.person_id));
    let chain = chain.unwrap_or_default();
    let last = chain.last().unwrap_or(&record);
    let given = Given {
        person_id: record.person_id,
        at: last.at,
        minutes: right.minutes,
        person_times: right.finished.into(),
        passes: right.passed.into(),
        score_hundredths: last.score_hundredths,
        day: last.day,
    };
    let from = From {
        source: record.source,
        source_id: record.source_id,
        part: record.part,
        evidence_id: None,
    };
    let first = chain.first().map_or(record.id, |line| line.id);
    let Some((at, figures)) = rules::differences(&chain, &given).pop() else {
        return Err(Fault::new(Code::Conflict).with("what", "unchanged"));
    };
    let mut new = line(&work, &plan, &from, &given, at, figures, Some(first));
    new.reason = Some(right.reason);
    write(&work, &plan, std::slice::from_ref(&new), &[(from, given)]).await?;
    let detail = json!({"corrects": first, "minutes": figures[0]});
    audit::record(
        &work,
        "hours.correct",
        ("training_record", new.id.to_string()),
        detail,
    )
    .await?;
    work.commit(&new).await?;
    Ok(new)
}

/// What a person in scope has toward a plan, and the day he completed it.
///
/// # Errors
/// `not_found`.
pub async fn standing(
    state: &State,
    scope: &crate::platform::Scope,
    person_id: Uuid,
    plan_id: Uuid,
) -> Result<(Plan, plans::Progress, Option<chrono::NaiveDate>)> {
    let db = state.db.read();
    people::find_visible(db, scope, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let plan = plans::any_plan(db, scope.county_id, plan_id).await?;
    let (progress, completed_on) = plans::progress_of(db, plan_id, person_id).await?;
    Ok((plan, progress, completed_on))
}
