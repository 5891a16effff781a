//! Messages that have had their time go (清理): those sent, those given up, and notices in the app.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{inbox, store};
use crate::platform::{Result, State};

/// Messages made before `before` that wait for nothing any more.
///
/// # Errors
/// Database faults.
pub async fn count(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    Ok(store::old(db, county_id, before).await? + inbox::old(db, county_id, before).await?)
}

/// Removes them, some at a time.
///
/// # Errors
/// Database faults; what went before stays gone.
pub async fn purge(state: &State, county_id: Uuid, before: i64) -> Result<u64> {
    let mut gone = 0;
    loop {
        let tx = state.db.begin_write().await?;
        let some = store::forget(&tx, county_id, before).await?
            + inbox::forget(&tx, county_id, before).await?;
        tx.commit().await?;
        if some == 0 {
            return Ok(gone);
        }
        gone += some;
    }
}
