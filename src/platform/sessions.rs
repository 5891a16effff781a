//! Sessions that were ended while their access tokens still live: kept in memory, so that no request asks the database.
//!
//! What this instance ends counts at once; what another ends counts here within [`LOOK`].

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use entity::ended_session;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::caller::ACCESS_MINUTES;
use super::error::Result;
use super::{App, State, db, limits};

/// How often an instance looks for sessions that others ended.
pub const LOOK: Duration = Duration::from_secs(2);
const PURGE: Duration = Duration::from_hours(1);
/// An access token lives no longer, in microseconds, with a minute for clocks that differ.
const LIFE: i64 = (ACCESS_MINUTES + 1) * 60 * 1_000_000;

/// The sessions ended within the life of an access token.
#[derive(Default)]
pub struct Ended(RwLock<HashMap<Uuid, i64>>);

impl Ended {
    /// Whether a session was ended.
    #[must_use]
    pub fn holds(&self, session: Uuid) -> bool {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&session)
    }

    fn note(&self, sessions: impl IntoIterator<Item = (Uuid, i64)>, now: i64) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        held.extend(sessions);
        held.retain(|_, at| *at > now - LIFE);
    }
}

/// Writes that sessions are ended, in the transaction that ends them. Call [`note`] once it is committed.
///
/// # Errors
/// Database faults.
pub async fn end(tx: &impl ConnectionTrait, sessions: &[Uuid], now: i64) -> Result<()> {
    for chunk in sessions.chunks(db::rows_per_statement(2)) {
        let rows = chunk.iter().map(|session| ended_session::ActiveModel {
            session_id: Set(*session),
            ended_at: Set(now),
        });
        ended_session::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::column(ended_session::Column::SessionId)
                    .do_nothing()
                    .to_owned(),
            )
            .try_insert()
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Makes what was committed count here at once.
pub fn note(state: &State, sessions: &[Uuid]) {
    let now = state.clock.now();
    state.ended.note(sessions.iter().map(|id| (*id, now)), now);
}

/// Looks for what other instances ended.
///
/// # Errors
/// Database faults.
pub async fn look(state: &State) -> Result<()> {
    let now = state.clock.now();
    let rows = ended_session::Entity::find()
        .filter(ended_session::Column::EndedAt.gt(now - LIFE))
        .all(state.db.read())
        .await?;
    let rows = rows.into_iter().map(|row| (row.session_id, row.ended_at));
    state.ended.note(rows, now);
    Ok(())
}

/// Removes what no access token can name any more.
///
/// # Errors
/// Database faults.
pub async fn purge(state: &State) -> Result<u64> {
    let tx = state.db.begin_write().await?;
    let done = ended_session::Entity::delete_many()
        .filter(ended_session::Column::EndedAt.lt(state.clock.now() - LIFE))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected)
}

/// Looks every two seconds until the server stops; every hour it removes what nothing asks for any more.
pub async fn watch(app: App) {
    let mut stopping = app.stopping.subscribe();
    let mut beat = tokio::time::interval(LOOK);
    let mut hour = tokio::time::interval(PURGE);
    loop {
        let hour_is_over = tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => return,
            _ = hour.tick() => true,
            _ = beat.tick() => false,
        };
        if hour_is_over && let Err(fault) = purge_all(&app).await {
            tracing::warn!(%fault, "ended sessions and old limits stay");
        }
        if let Err(fault) = look(&app).await {
            tracing::warn!(%fault, "ended sessions cannot be read");
        }
    }
}

async fn purge_all(app: &App) -> Result<()> {
    let (sessions, limits) = (purge(app).await?, limits::purge(app).await?);
    tracing::debug!(sessions, limits, "purged");
    Ok(())
}
