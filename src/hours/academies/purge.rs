//! Sheets of academies that were never committed: after their time the sealed file and its lines go (清理).

use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::store::purge as rows;
use crate::audit;
use crate::platform::{Caller, Result, State};

/// Sheets older than `before` that were never committed and still hold their file.
///
/// # Errors
/// Database faults.
pub async fn count(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    rows::count(db, county_id, before).await
}

/// Removes their files and lines, some at a time; what is left says that there was a sheet, and no name.
///
/// # Errors
/// Database faults; what went before stays gone.
pub async fn purge(state: &State, by: &Caller, before: i64) -> Result<u64> {
    let mut gone = 0;
    loop {
        let work = state.begin_plain(by).await?;
        let some = rows::some(&work.tx, by.county_id, before).await?;
        if some.is_empty() {
            return Ok(gone);
        }
        // The files first: cut off after them, the next round finds the rows again and no file to remove.
        for (_, key) in &some {
            state.files.remove(key).await?;
        }
        let ids: Vec<Uuid> = some.iter().map(|(id, _)| *id).collect();
        rows::empty(&work.tx, &ids).await?;
        let of = ("county", by.county_id.to_string());
        let detail = json!({"uploads": ids});
        audit::record(&work, "archives.purge_academy_uploads", of, detail).await?;
        work.commit(&()).await?;
        gone += ids.len() as u64;
    }
}
