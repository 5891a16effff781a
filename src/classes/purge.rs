//! What has had its time goes (清理): sheets handed in and never committed, scans, and walk-ins long settled.

use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::store_purge;
use crate::audit;
use crate::platform::{Caller, Result, State};

/// Uploads older than `before` that were never committed and still hold their sheet.
///
/// # Errors
/// Database faults.
pub async fn count(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    store_purge::count(db, county_id, before).await
}

/// Removes their sheets and lines, some at a time; what is left says that there was an upload, and no name.
///
/// # Errors
/// Database faults; what went before stays gone.
pub async fn purge(state: &State, by: &Caller, before: i64) -> Result<u64> {
    let mut gone = 0;
    loop {
        let work = state.begin_plain(by).await?;
        let some = store_purge::some(&work.tx, by.county_id, before).await?;
        if some.is_empty() {
            return Ok(gone);
        }
        // The files first: cut off after them, the next round finds the rows again and no file to remove.
        for (_, key) in &some {
            state.files.remove(key).await?;
        }
        let ids: Vec<Uuid> = some.iter().map(|(id, _)| *id).collect();
        store_purge::empty(&work.tx, &ids).await?;
        audit::record(
            &work,
            "archives.purge_uploads",
            ("county", by.county_id.to_string()),
            json!({"uploads": ids}),
        )
        .await?;
        work.commit(&()).await?;
        gone += ids.len() as u64;
    }
}

/// Scans that arrived before an instant.
///
/// # Errors
/// Database faults.
pub async fn old_scans(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    store_purge::old_scans(db, county_id, before).await
}

/// Removes them, some at a time; the marks they made stay.
///
/// # Errors
/// Database faults; what went before stays gone.
pub async fn forget_scans(state: &State, county_id: Uuid, before: i64) -> Result<u64> {
    let mut gone = 0;
    loop {
        let tx = state.db.begin_write().await?;
        let some = store_purge::forget_scans(&tx, county_id, before).await?;
        tx.commit().await?;
        if some == 0 {
            return Ok(gone);
        }
        gone += some;
    }
}

/// Walk-ins matched or dismissed before an instant; one that still waits is never old.
///
/// # Errors
/// Database faults.
pub async fn old_walk_ins(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    store_purge::old_walk_ins(db, county_id, before).await
}

/// Removes them, some at a time; the marks of those matched stay.
///
/// # Errors
/// Database faults; what went before stays gone.
pub async fn forget_walk_ins(state: &State, county_id: Uuid, before: i64) -> Result<u64> {
    let mut gone = 0;
    loop {
        let tx = state.db.begin_write().await?;
        let some = store_purge::forget_walk_ins(&tx, county_id, before).await?;
        tx.commit().await?;
        if some == 0 {
            return Ok(gone);
        }
        gone += some;
    }
}
