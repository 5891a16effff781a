//! Reviews decided long ago go, with their photos (清理).

use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::{discard, store};
use crate::audit;
use crate::platform::{Caller, Result, State};

/// Reviews decided before an instant.
///
/// # Errors
/// Database faults.
pub async fn count(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    store::count_old(db, county_id, before).await
}

/// Removes them, some at a time; the audit log keeps what was decided.
///
/// # Errors
/// Database faults; what went before stays gone.
pub async fn purge(state: &State, by: &Caller, before: i64) -> Result<u64> {
    let mut gone = 0;
    loop {
        let work = state.begin_plain(by).await?;
        let some = store::some_old(&work.tx, by.county_id, before).await?;
        if some.is_empty() {
            return Ok(gone);
        }
        // The files first: cut off after them, the next round finds the rows again and no file to remove.
        for (_, photos) in &some {
            discard(state, photos).await?;
        }
        let ids: Vec<Uuid> = some.iter().map(|(id, _)| *id).collect();
        store::remove(&work.tx, &ids).await?;
        let subject = ("county", by.county_id.to_string());
        let detail = json!({"reviews": ids});
        audit::record(&work, "archives.purge_reviews", subject, detail).await?;
        work.commit(&()).await?;
        gone += ids.len() as u64;
    }
}
