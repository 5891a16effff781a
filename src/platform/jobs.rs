//! Work that goes on after the answer: rows in a table, claimed by one instance at a time, tried again on failure.
//!
//! A job is queued in the transaction of its cause, so neither exists without the other. What a job does must be
//! safe to repeat: an instance may die after the work and before the note that it was done. What it was told goes when
//! it ends. Jobs of several lanes are done side by side, those of one lane one after another.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use entity::job;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

use super::error::{Fault, Result};
use super::idempotency::Work;
use super::{App, State, clock};

/// How long an instance that fell silent keeps a job; it renews while it works.
const LEASE_MICROS: i64 = 10 * 1_000_000;
const RENEW: Duration = Duration::from_secs(3);
const MAX_ATTEMPTS: i32 = 5;
const POLL: Duration = Duration::from_secs(2);

/// What a job's work returns.
pub type Running = Pin<Box<dyn Future<Output = Result<Value>> + Send>>;

/// Which work a job's kind stands for; the server knows all rooms and hands this in.
pub type Dispatch = fn(App, job::Model) -> Running;

/// In the place of what an ended job was told: whom it was about stands in what came of it, where it must.
const NOTHING: &str = "{}";

/// Which kinds of job are done one after another, beside the other lanes': work of a moment waits for no long one.
#[derive(Clone, Copy, Debug)]
pub enum Lane {
    Every,
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

impl Lane {
    fn kinds(self) -> Condition {
        let kinds = |kinds: &[&'static str]| kinds.to_vec();
        match self {
            Self::Every => Condition::all(),
            Self::Only(these) => Condition::all().add(job::Column::Kind.is_in(kinds(these))),
            Self::AllBut(these) => Condition::all().add(job::Column::Kind.is_not_in(kinds(these))),
        }
    }
}

// Progress of work under way here. A transaction that holds SQLite's only write connection cannot note it in a row.
static PROGRESS: LazyLock<Mutex<HashMap<Uuid, (i64, i64)>>> = LazyLock::new(Mutex::default);

/// Queues a job in the transaction of its cause.
///
/// # Errors
/// Database faults.
pub async fn queue(work: &Work<'_>, kind: &str, payload: &Value, total: i64) -> Result<Uuid> {
    queue_after(work, kind, payload, total, 0).await
}

/// Queues a job that is not to begin for some microseconds.
///
/// # Errors
/// Database faults.
pub async fn queue_after(
    work: &Work<'_>,
    kind: &str,
    payload: &Value,
    total: i64,
    wait: i64,
) -> Result<Uuid> {
    let id = clock::new_id();
    let row = job::ActiveModel {
        id: Set(id),
        county_id: Set(work.by.county_id),
        kind: Set(kind.to_owned()),
        state: Set("queued".to_owned()),
        payload: Set(payload.to_string()),
        done: Set(0),
        total: Set(total),
        attempts: Set(0),
        run_after: Set(work.now + wait),
        locked_until: Set(None),
        result: Set(None),
        fault: Set(None),
        account_id: Set(work.by.account()),
        created_at: Set(work.now),
        updated_at: Set(work.now),
    };
    job::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(id)
}

/// Wakes the runners: a job was queued and committed.
pub fn wake(state: &State) {
    state.job_queued.send_modify(|times| *times += 1);
}

/// Notes how far the work of a job is.
pub fn note_progress(id: Uuid, done: i64, total: i64) {
    if let Ok(mut progress) = PROGRESS.lock() {
        progress.insert(id, (done, total));
    }
}

/// How far a job is, if its work is under way in this process.
#[must_use]
pub fn progress(id: Uuid) -> Option<(i64, i64)> {
    PROGRESS
        .lock()
        .ok()
        .and_then(|progress| progress.get(&id).copied())
}

/// A job its own account may see.
///
/// # Errors
/// `not_found` for another's job.
pub async fn find(state: &State, county_id: Uuid, account: Uuid, id: Uuid) -> Result<job::Model> {
    job::Entity::find_by_id(id)
        .filter(job::Column::CountyId.eq(county_id))
        .filter(job::Column::AccountId.eq(account))
        .one(state.db.read())
        .await?
        .ok_or_else(Fault::not_found)
}

/// How many jobs wait to be done.
///
/// # Errors
/// Database faults.
pub async fn waiting(state: &State) -> Result<usize> {
    let count = job::Entity::find()
        .filter(job::Column::State.eq("queued"))
        .count(state.db.read())
        .await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// What the jobs of these kinds were told that have not ended.
///
/// # Errors
/// Database faults.
pub async fn told_to_open(state: &State, kinds: &[&str]) -> Result<Vec<String>> {
    Ok(job::Entity::find()
        .select_only()
        .column(job::Column::Payload)
        .filter(job::Column::Kind.is_in(kinds.to_vec()))
        .filter(job::Column::State.is_in(["queued", "running"]))
        .into_tuple()
        .all(state.db.read())
        .await?)
}

fn over(county_id: Uuid, before: i64) -> Condition {
    Condition::all()
        .add(job::Column::CountyId.eq(county_id))
        .add(job::Column::State.is_in(["done", "failed"]))
        .add(job::Column::UpdatedAt.lt(before))
}

/// How many of a county's jobs ended before an instant.
///
/// # Errors
/// Database faults.
pub async fn ended(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    Ok(job::Entity::find()
        .filter(over(county_id, before))
        .count(db)
        .await?)
}

/// Forgets a county's jobs that ended before an instant.
///
/// # Errors
/// Database faults.
pub async fn forget(state: &State, county_id: Uuid, before: i64) -> Result<u64> {
    let tx = state.db.begin_write().await?;
    let gone = job::Entity::delete_many()
        .filter(over(county_id, before))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(gone.rows_affected)
}

/// Runs queued jobs until the server stops, each lane's one after another. What is begun is finished.
pub async fn run(app: App, dispatch: Dispatch, lanes: &'static [Lane]) {
    if let Err(fault) = take_over(&app).await {
        tracing::error!(%fault, "jobs cannot be read");
    }
    let mut runners = tokio::task::JoinSet::new();
    for lane in lanes {
        runners.spawn(run_lane(app.clone(), dispatch, *lane));
    }
    while runners.join_next().await.is_some() {}
}

async fn run_lane(app: App, dispatch: Dispatch, lane: Lane) {
    let mut stopping = app.stopping.subscribe();
    let mut queued = app.job_queued.subscribe();
    loop {
        // What is queued from here on wakes this lane, also while it looks.
        queued.mark_unchanged();
        match step_in(&app, dispatch, lane).await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    _ = stopping.wait_for(|stop| *stop) => return,
                    _ = queued.changed() => {}
                    () = pause(POLL) => {}
                }
            }
            Err(fault) => {
                tracing::error!(%fault, "jobs cannot be read");
                tokio::select! {
                    _ = stopping.wait_for(|stop| *stop) => return,
                    () = pause(POLL) => {}
                }
            }
        }
        if *stopping.borrow() {
            return;
        }
    }
}

/// Does one job that is due, of whatever kind; `false` when there is none. Tests step by hand.
///
/// # Errors
/// Database faults.
pub async fn step(app: &App, dispatch: Dispatch) -> Result<bool> {
    step_in(app, dispatch, Lane::Every).await
}

async fn step_in(app: &App, dispatch: Dispatch, lane: Lane) -> Result<bool> {
    let Some(job) = claim(app, lane).await? else {
        return Ok(false);
    };
    let (id, attempts) = (job.id, job.attempts);
    let mut work = tokio::spawn(dispatch(app.clone(), job));
    let outcome = loop {
        tokio::select! {
            ended = &mut work => break ended,
            () = pause(RENEW) => renew(app, id).await,
        }
    };
    let outcome = outcome.unwrap_or_else(|panic| Err(Fault::internal(panic.to_string())));
    if let Ok(mut progress) = PROGRESS.lock() {
        progress.remove(&id);
    }
    finish(app, id, attempts, outcome).await?;
    Ok(true)
}

/// A `SQLite` file has one server: whatever runs when that starts was cut off with the one before.
async fn take_over(app: &App) -> Result<()> {
    if app.db.is_postgres() {
        return Ok(());
    }
    let tx = app.db.begin_write().await?;
    job::Entity::update_many()
        .col_expr(job::Column::LockedUntil, 0.into())
        .filter(job::Column::State.eq("running"))
        .exec(&tx)
        .await?;
    Ok(tx.commit().await?)
}

/// Tells other instances that the work goes on. On `SQLite` there is none, and the work may hold the only writer.
async fn renew(app: &App, id: Uuid) {
    if !app.db.is_postgres() {
        return;
    }
    let renewed = async {
        let tx = app.db.begin_write().await?;
        let until = app.clock.now() + LEASE_MICROS;
        job::Entity::update_many()
            .col_expr(job::Column::LockedUntil, until.into())
            .filter(job::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok::<_, Fault>(())
    };
    if let Err(fault) = renewed.await {
        tracing::warn!(job = %id, %fault, "the hold on a job was not renewed");
    }
}

/// Whether a job was given up: its work can be ordered anew.
///
/// # Errors
/// Database faults.
pub async fn was_given_up(work: &Work<'_>, id: Uuid) -> Result<bool> {
    let row = job::Entity::find_by_id(id).one(&work.tx).await?;
    Ok(row.is_none_or(|row| row.state == "failed"))
}

async fn claim(app: &App, lane: Lane) -> Result<Option<job::Model>> {
    let tx = app.db.begin_write().await?;
    let now = app.clock.now();
    let due = Condition::any()
        .add(
            Condition::all()
                .add(job::Column::State.eq("queued"))
                .add(job::Column::RunAfter.lte(now)),
        )
        // Its instance died: the lease ran out.
        .add(
            Condition::all()
                .add(job::Column::State.eq("running"))
                .add(job::Column::LockedUntil.lt(now)),
        );
    let found = job::Entity::find()
        .filter(due)
        .filter(lane.kinds())
        .order_by_asc(job::Column::RunAfter)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(&tx)
        .await?;
    if let Some(job) = &found {
        // Work that takes its instance down with it each time is given up too.
        let given_up = job.attempts >= MAX_ATTEMPTS;
        let (state, told) = if given_up {
            ("failed", NOTHING)
        } else {
            ("running", job.payload.as_str())
        };
        job::Entity::update_many()
            .col_expr(job::Column::State, state.into())
            .col_expr(job::Column::Payload, told.into())
            .col_expr(job::Column::LockedUntil, (now + LEASE_MICROS).into())
            .col_expr(job::Column::Attempts, (job.attempts + 1).into())
            .col_expr(job::Column::UpdatedAt, now.into())
            .filter(job::Column::Id.eq(job.id))
            .exec(&tx)
            .await?;
    }
    tx.commit().await?;
    Ok(found.filter(|job| job.attempts < MAX_ATTEMPTS))
}

async fn finish(app: &App, id: Uuid, attempts: i32, outcome: Result<Value>) -> Result<()> {
    let tx = app.db.begin_write().await?;
    let now = app.clock.now();
    let mut update = job::Entity::update_many()
        .col_expr(job::Column::UpdatedAt, now.into())
        .filter(job::Column::Id.eq(id));
    update = match outcome {
        Ok(result) => update
            .col_expr(job::Column::State, "done".into())
            .col_expr(job::Column::Payload, NOTHING.into())
            .col_expr(job::Column::Result, result.to_string().into()),
        Err(fault) => {
            // A broken rule stays broken; only what was our own trouble is tried again.
            let again = fault.code.status() >= 500 && attempts + 1 < MAX_ATTEMPTS;
            tracing::warn!(job = %id, %fault, again, "a job failed");
            let wait = 1_000_000_i64 << attempts.clamp(0, 16);
            if !again {
                update = update.col_expr(job::Column::Payload, NOTHING.into());
            }
            update
                .col_expr(
                    job::Column::State,
                    if again { "queued" } else { "failed" }.into(),
                )
                .col_expr(job::Column::RunAfter, (now + wait).into())
                .col_expr(job::Column::Fault, fault.code.word().into())
        }
    };
    update.exec(&tx).await?;
    tx.commit().await?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "polling for jobs that another instance queued"
)]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
