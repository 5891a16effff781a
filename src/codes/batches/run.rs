//! A batch applied and undone, at once or, when it is large, as a job (执行、撤回).

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::rules::{Effect, STEP, Turn, Way, turn};
use super::said;
use super::store::{self, Batch};
use crate::audit;
use crate::certificates::{self, Standing};
use crate::codes::{in_line, refresh};
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Begun, Retry, Work};
use crate::platform::{Action, App, Caller, Code, Fault, Result, Scope, State, jobs};

/// The kind of job that applies or undoes a large batch.
pub const BATCH_JOB: &str = "codes.suspension_batch";

/// A job's order.
#[derive(Serialize, Deserialize)]
struct Order {
    batch_id: Uuid,
    way: Way,
    account_id: Uuid,
    login: String,
}

/// Suspends the certificates of a staged batch, as far as they stand active; their holders' codes follow. A large batch
/// goes on as a job. Asked again, it answers the same.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`, `batch_not_so`, `issuer_key_missing`.
pub async fn apply(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    seen: Seen<Batch>,
) -> Result<Batch> {
    go(state, by, retry, id, Way::Apply, None, seen).await
}

/// Gives back what a batch suspended: what still stands suspended and no other batch asks to stay so.
///
/// # Errors
/// As [`apply`]; `field_missing` without a reason.
pub async fn undo(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    reason: &str,
    seen: Seen<Batch>,
) -> Result<Batch> {
    let reason = said(reason, "reason")?;
    go(state, by, retry, id, Way::Undo, Some(reason), seen).await
}

async fn go(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    way: Way,
    reason: Option<String>,
    seen: Seen<Batch>,
) -> Result<Batch> {
    let scope = by.may(Action::ManageBatches)?;
    let work = match state.begin(by, retry).await? {
        Begun::Fresh(work) => work,
        Begun::Again(id) => return super::get(state, by, id).await,
    };
    in_line(&work).await?;
    let mut batch = store::batch(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&batch)?;
    match turn(batch.state, way) {
        Turn::Done => return Ok(batch),
        Turn::Refuse => {
            return Err(Fault::new(Code::BatchNotSo).with("state", batch.state.word()));
        }
        Turn::Running if !given_up(&work, &batch).await? => return Ok(batch),
        Turn::Running | Turn::Go => {}
    }
    let signed = Some((by.login.clone(), work.now));
    match way {
        Way::Apply => batch.applied = signed,
        Way::Undo => {
            batch.undone = signed;
            batch.undo_reason = reason;
        }
    }
    let waiting = batch.counts.get(&way.pending()).copied().unwrap_or(0);
    let large = usize::try_from(waiting).unwrap_or(usize::MAX) > state.settings.job_lines;
    if large {
        queue(&work, &mut batch, way, waiting).await?;
    } else {
        step(&work, &scope, &mut batch, way, u64::MAX >> 1).await?;
    }
    // As it stands here: a job may have gone on by the time of a second look.
    let turned = store::batch(&work.tx, &scope, id)
        .await?
        .ok_or_else(|| Fault::internal("a batch just changed is gone"))?;
    work.commit(&id).await?;
    if large {
        jobs::wake(state);
    }
    Ok(turned)
}

async fn given_up(work: &Work<'_>, batch: &Batch) -> Result<bool> {
    match batch.job_id {
        Some(job) => jobs::was_given_up(work, job).await,
        None => Ok(true),
    }
}

async fn queue(work: &Work<'_>, batch: &mut Batch, way: Way, waiting: i64) -> Result<()> {
    let order = Order {
        batch_id: batch.id,
        way,
        account_id: work.by.account_id,
        login: work.by.login.clone(),
    };
    let order = serde_json::to_value(order)?;
    batch.state = way.states().0;
    batch.job_id = Some(jobs::queue(work, BATCH_JOB, &order, waiting).await?);
    store::save(work, batch).await?;
    note(work, batch, way, json!({"queued": waiting})).await
}

/// Does a queued batch, some certificates a transaction; cut off, it goes on where it was.
///
/// # Errors
/// `issuer_key_missing`; database faults: what was done by then stands.
pub async fn run_job(state: &App, job: Uuid, county_id: Uuid, payload: &str) -> Result<Value> {
    let order: Order = serde_json::from_str(payload)?;
    let by = Caller {
        account_id: order.account_id,
        login: order.login,
        ..Caller::console(county_id)
    };
    let scope = by.may(Action::ManageBatches)?;
    let mut done = 0;
    loop {
        let work = state.begin_plain(&by).await?;
        in_line(&work).await?;
        let mut batch = store::batch(&work.tx, &scope, order.batch_id)
            .await?
            .ok_or_else(Fault::not_found)?;
        let (running, ended) = order.way.states();
        if batch.state != running {
            // Cut off between the last step and the note that it was done.
            return Ok(json!({"batch_id": batch.id, "certificates": done}));
        }
        done += step(&work, &scope, &mut batch, order.way, STEP).await?;
        work.commit(&()).await?;
        jobs::note_progress(job, done, batch.total);
        if batch.state == ended {
            return Ok(json!({"batch_id": batch.id, "certificates": done}));
        }
    }
}

/// Does up to so many certificates of a batch, their holders' codes with them, and ends it when none is left. Answers how
/// many were looked at.
async fn step(
    work: &Work<'_>,
    scope: &Scope,
    batch: &mut Batch,
    way: Way,
    limit: u64,
) -> Result<i64> {
    let never_applied = way == Way::Undo && batch.applied.is_none();
    let pending = store::pending(&work.tx, batch.id, way.pending(), limit).await?;
    let ids: Vec<Uuid> = pending.iter().map(|(id, _)| *id).collect();
    let changed = match way {
        Way::Apply => suspend(work, scope, batch, &ids).await?,
        Way::Undo => give_back(work, scope, batch, &ids).await?,
    };
    let turned: HashSet<Uuid> = changed.into_iter().collect();
    let mut people: Vec<Uuid> = pending
        .iter()
        .filter(|(id, _)| turned.contains(id))
        .map(|(_, person)| *person)
        .collect();
    people.sort_unstable();
    people.dedup();
    let reason = match way {
        Way::Apply => batch.cause.clone(),
        Way::Undo => batch.undo_reason.clone().unwrap_or_default(),
    };
    let codes = refresh::follow_because(work, &people, &reason).await?;
    let (running, ended) = way.states();
    let all = never_applied || u64::try_from(ids.len()).unwrap_or(u64::MAX) < limit;
    batch.state = if all { ended } else { running };
    store::save(work, batch).await?;
    let detail = json!({
        "certificates": ids.len(), "changed": turned.len(), "codes": codes, "state": batch.state.word(),
    });
    note(work, batch, way, detail).await?;
    Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX))
}

async fn note(work: &Work<'_>, batch: &Batch, way: Way, detail: Value) -> Result<()> {
    let action = match way {
        Way::Apply => "codes.apply_suspension",
        Way::Undo => "codes.undo_suspension",
    };
    let subject = ("suspension_batch", batch.id.to_string());
    audit::record(work, action, subject, detail).await
}

/// Suspends what stands active; which that were.
async fn suspend(work: &Work<'_>, scope: &Scope, batch: &Batch, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let before = change(work, scope, ids, (Standing::Active, Standing::Suspended)).await?;
    let of = |wanted: fn(Option<Standing>) -> bool| -> Vec<Uuid> {
        let fit = |id: &&Uuid| wanted(before.get(*id).copied());
        ids.iter().filter(fit).copied().collect()
    };
    let changed = of(|was| was == Some(Standing::Active));
    let held = of(|was| was == Some(Standing::Suspended));
    let skipped = of(|was| !matches!(was, Some(Standing::Active | Standing::Suspended)));
    for (effect, some) in [
        (Effect::Suspended, &changed),
        (Effect::Held, &held),
        (Effect::Skipped, &skipped),
    ] {
        store::set_effect(work, batch.id, some, effect).await?;
    }
    Ok(changed)
}

/// Gives back what still stands suspended and nobody else asks to stay so; which that were.
async fn give_back(
    work: &Work<'_>,
    scope: &Scope,
    batch: &Batch,
    ids: &[Uuid],
) -> Result<Vec<Uuid>> {
    // What another applied batch asks to stay suspended is that batch's from now on.
    let mut heirs: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    let mut inherited: HashSet<Uuid> = HashSet::new();
    for (certificate, other) in store::held_by_others(work, batch.id, ids).await? {
        if inherited.insert(certificate) {
            heirs.entry(other).or_default().push(certificate);
        }
    }
    for (heir, some) in &heirs {
        store::set_effect(work, *heir, some, Effect::Suspended).await?;
    }
    let (mut kept, free): (Vec<Uuid>, Vec<Uuid>) =
        ids.iter().copied().partition(|id| inherited.contains(id));
    let before = change(work, scope, &free, (Standing::Suspended, Standing::Active)).await?;
    let (changed, others): (Vec<Uuid>, Vec<Uuid>) = free
        .iter()
        .copied()
        .partition(|id| before.get(id) == Some(&Standing::Suspended));
    kept.extend(others);
    store::set_effect(work, batch.id, &changed, Effect::Restored).await?;
    store::set_effect(work, batch.id, &kept, Effect::Kept).await?;
    Ok(changed)
}

/// Turns those that stand one way to another, and leaves the rest as they were; how each stood before.
async fn change(
    work: &Work<'_>,
    scope: &Scope,
    ids: &[Uuid],
    (from, to): (Standing, Standing),
) -> Result<HashMap<Uuid, Standing>> {
    let before: HashMap<Uuid, Standing> = certificates::set_standing(work, scope, ids, to)
        .await?
        .into_iter()
        .collect();
    let mut back: HashMap<Standing, Vec<Uuid>> = HashMap::new();
    for (id, was) in &before {
        if *was != from && *was != to {
            back.entry(*was).or_default().push(*id);
        }
    }
    for (was, some) in back {
        certificates::set_standing(work, scope, &some, was).await?;
    }
    Ok(before)
}
