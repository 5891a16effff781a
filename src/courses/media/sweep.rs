//! Putting objects in order: what no row names is removed, and uploads that never became whole are forgotten (清理).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::store::{self, Due};
use super::{KEPT_DAYS, rules};
use crate::platform::{App, Result, State};

/// The recurring task's name.
pub const TASK: &str = "course_files";

const AT_ONCE: u64 = 100;

/// Forgets what is too old and puts in order what is due; it may be cut off anywhere and done again.
///
/// # Errors
/// Database faults; what was done before stays done.
pub async fn round(app: App) -> Result<Value> {
    let now = app.clock.now();
    let mut done = 0_u64;
    loop {
        let some = store::due(app.db.read(), now, AT_ONCE).await?;
        if some.is_empty() {
            break;
        }
        for due in &some {
            if forget(&app, due, now).await? {
                in_order(&app, due, now).await?;
                done += 1;
            }
        }
    }
    let tx = app.db.begin_write().await?;
    let before = now - KEPT_DAYS * 24 * 3_600 * 1_000_000;
    let refused = store::forget_refused(&tx, before).await?;
    tx.commit().await?;
    Ok(json!({"swept": done, "refused_forgotten": refused}))
}

async fn forget(state: &State, due: &Due, now: i64) -> Result<bool> {
    let tx = state.db.begin_write().await?;
    let over = store::forget(&tx, due, now).await?;
    tx.commit().await?;
    Ok(over)
}

/// Removes the objects that no row names.
async fn in_order(state: &State, due: &Due, now: i64) -> Result<()> {
    let there = state.objects.below(&due.key).await?;
    let all = (0, rules::parts_of(&(0..u64::MAX)).1);
    // Read after the list: what was put meanwhile is not in it.
    let named = store::parts(state.db.read(), due.id, all).await?;
    let named: BTreeSet<_> = named.into_iter().map(|part| part.key).collect();
    for key in there.iter().filter(|key| !named.contains(*key)) {
        state.objects.remove(key).await?;
    }
    let tx = state.db.begin_write().await?;
    store::swept(&tx, due, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts one file's objects in order now; what goes wrong is left to the next round.
pub(super) async fn soon(state: &State, id: Uuid) {
    let tried = async {
        let now = state.clock.now();
        match store::due_one(state.db.read(), id).await? {
            Some(due) => in_order(state, &due, now).await,
            None => Ok(()),
        }
    };
    if let Err(fault) = tried.await {
        tracing::warn!(%fault, media = %id, "a course file's objects are put in order later");
    }
}
