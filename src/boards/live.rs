//! The board for the office wall (挂图作战): sent at once, and again whenever a figure of it changes.

use std::time::Duration;

use futures_util::Stream;
use tokio::time::Instant;
use uuid::Uuid;

use super::rules::Board;
use super::{board, plan_of, store};
use crate::platform::caller::ACCESS_MINUTES;
use crate::platform::{App, Result, Scope};

/// How often an instance looks for what other instances wrote; what it wrote itself it knows at once.
const LOOK: Duration = Duration::from_secs(2);

/// Where a stream is between two events.
struct Watch {
    app: App,
    scope: Scope,
    plan_id: Option<Uuid>,
    /// What the counters told when the last event was sent.
    seen: Option<Vec<i64>>,
    /// Whose sign-in it is shown by.
    session: Uuid,
    until: Instant,
}

/// The boards of a scope as they change. Ends when the server stops, when the caller's session is ended, or after the
/// life of an access token: a caller who may still look comes back with a fresh one.
///
/// # Errors
/// `not_found` for a plan of another county.
pub async fn watch(
    app: &App,
    scope: Scope,
    plan_id: Option<Uuid>,
    session: Uuid,
) -> Result<impl Stream<Item = Board> + use<>> {
    // What is wrong is said before the stream begins.
    plan_of(app.db.read(), scope.county_id, plan_id).await?;
    let life = Duration::from_secs(ACCESS_MINUTES.unsigned_abs() * 60);
    let watch = Watch {
        app: app.clone(),
        scope,
        plan_id,
        seen: None,
        session,
        until: Instant::now() + life,
    };
    Ok(futures_util::stream::unfold(watch, next))
}

async fn next(mut watch: Watch) -> Option<(Board, Watch)> {
    let mut stopping = watch.app.stopping.subscribe();
    let mut committed = watch.app.db.committed();
    loop {
        committed.mark_unchanged();
        if watch.app.ended.holds(watch.session) {
            return None;
        }
        match changed(&watch).await {
            Ok(Some((seen, board))) => {
                watch.seen = Some(seen);
                return Some((board, watch));
            }
            Ok(None) => {}
            Err(fault) => tracing::warn!(%fault, "the wall's board cannot be read"),
        }
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => return None,
            () = tokio::time::sleep_until(watch.until) => return None,
            _ = committed.changed() => {}
            () = tokio::time::sleep_until(Instant::now() + LOOK) => {}
        }
    }
}

/// The board, if any counter changed since the last event.
async fn changed(watch: &Watch) -> Result<Option<(Vec<i64>, Board)>> {
    let state = store::state_of(watch.app.db.read(), watch.scope.county_id).await?;
    if watch.seen.as_ref() == Some(&state) {
        return Ok(None);
    }
    let board = board(&watch.app, &watch.scope, watch.plan_id, None).await?;
    Ok(Some((state, board)))
}
