//! Sheets that were handed in and never committed: after their time the sealed file and its lines go (清理).

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
