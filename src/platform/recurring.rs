//! Work that comes round again: a row a task, claimed like a job, so that one instance does it and the others see that.
//!
//! What a task does must be safe to repeat: an instance may die after the work and before the note that it was done.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use entity::recurring_task as task;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde_json::Value;

use super::error::{Fault, Result};
use super::{App, State};

/// How long an instance that fell silent keeps a task.
const LEASE_MICROS: i64 = 10 * 60 * 1_000_000;
const LOOK: Duration = Duration::from_secs(30);

/// What a task's work returns: a note of what it did.
pub type Running = Pin<Box<dyn Future<Output = Result<Value>> + Send>>;

/// A task, how often it comes round, and its work.
#[derive(Clone, Copy)]
pub struct Task {
    pub name: &'static str,
    pub every_minutes: i64,
    pub work: fn(App) -> Running,
}

/// When a task last ran and what came of it.
#[derive(Clone, Debug)]
pub struct LastRun {
    /// Microseconds since 1970.
    pub at: i64,
    pub result: Option<String>,
    /// The code of what went wrong.
    pub fault: Option<String>,
}

/// When a task last ran; nothing before its first time.
///
/// # Errors
/// Database faults.
pub async fn last_run(state: &State, name: &str) -> Result<Option<LastRun>> {
    let row = task::Entity::find_by_id(name.to_owned())
        .one(state.db.read())
        .await?;
    Ok(row.and_then(|row| {
        Some(LastRun {
            at: row.last_run?,
            result: row.last_result,
            fault: row.last_fault,
        })
    }))
}

/// Does what is due until the server stops.
pub async fn run(app: App, tasks: &'static [Task]) {
    let mut stopping = app.stopping.subscribe();
    loop {
        for task in tasks {
            if *stopping.borrow() {
                return;
            }
            if let Err(fault) = step(&app, task).await {
                tracing::error!(task = task.name, %fault, "a recurring task cannot be read");
            }
        }
        app.metrics.fold();
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => return,
            () = pause() => {}
        }
    }
}

/// Does a task if it is due and nobody else is at it; tells whether it did. Tests step by hand.
///
/// # Errors
/// Database faults; what goes wrong in the work itself is noted in its row.
pub async fn step(app: &App, due: &Task) -> Result<bool> {
    if !claim(app, due).await? {
        return Ok(false);
    }
    let work = tokio::spawn((due.work)(app.clone()));
    let outcome = work
        .await
        .unwrap_or_else(|panic| Err(Fault::internal(panic.to_string())));
    let (result, fault) = match outcome {
        Ok(result) => {
            tracing::info!(task = due.name, %result, "a recurring task ran");
            (Some(result.to_string()), None)
        }
        Err(fault) => {
            tracing::warn!(task = due.name, %fault, "a recurring task failed");
            (None, Some(fault.code.word().to_owned()))
        }
    };
    let tx = app.db.begin_write().await?;
    task::Entity::update_many()
        .col_expr(task::Column::LockedUntil, Option::<i64>::None.into())
        .col_expr(task::Column::LastRun, app.clock.now().into())
        .col_expr(task::Column::LastResult, result.into())
        .col_expr(task::Column::LastFault, fault.into())
        .filter(task::Column::Name.eq(due.name))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Takes a task that is due: of several instances the one whose update finds the row as it was.
async fn claim(app: &App, due: &Task) -> Result<bool> {
    let now = app.clock.now();
    let row = task::Entity::find_by_id(due.name.to_owned())
        .one(app.db.read())
        .await?;
    let waits = |row: &task::Model| {
        row.next_run > now || row.locked_until.is_some_and(|until| until >= now)
    };
    if row.as_ref().is_some_and(waits) {
        return Ok(false);
    }
    let tx = app.db.begin_write().await?;
    if row.is_none() {
        let first = task::ActiveModel {
            name: Set(due.name.to_owned()),
            next_run: Set(now),
            locked_until: Set(None),
            last_run: Set(None),
            last_result: Set(None),
            last_fault: Set(None),
        };
        task::Entity::insert_many([first])
            .on_conflict_do_nothing()
            .exec_without_returning(&tx)
            .await?;
    }
    let free = Condition::any()
        .add(task::Column::LockedUntil.is_null())
        .add(task::Column::LockedUntil.lt(now));
    let taken = task::Entity::update_many()
        .col_expr(task::Column::LockedUntil, (now + LEASE_MICROS).into())
        .col_expr(
            task::Column::NextRun,
            (now + due.every_minutes * 60_000_000).into(),
        )
        .filter(task::Column::Name.eq(due.name))
        .filter(task::Column::NextRun.lte(now))
        .filter(free)
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(taken.rows_affected == 1)
}

#[expect(
    clippy::disallowed_methods,
    reason = "looking for tasks that have come due"
)]
async fn pause() {
    tokio::time::sleep(LOOK).await;
}
