//! Tells of changed certificates to what was made of them, in the transaction of the change.

use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::store;
use crate::platform::db::IN_LIST;
use crate::platform::idempotency::Work;
use crate::platform::{Result, jobs};

/// The job that looks at people's codes anew after their certificates changed; its payload is `{"people": [id, …]}`.
pub const REFRESH_JOB: &str = "codes.refresh";

/// Notes that the facts of these certificates changed: the codes of their holders are looked at anew, for those whose code
/// was claimed. Nothing is queued where none was.
///
/// # Errors
/// Database faults.
pub async fn facts_changed(work: &Work<'_>, certificates: &[Uuid]) -> Result<()> {
    let people = claimants(&work.tx, certificates).await?;
    people_changed(work, &people).await
}

/// Notes that what codes tell of these people changed, their names among it: their codes are looked at anew.
///
/// # Errors
/// Database faults.
pub async fn people_changed(work: &Work<'_>, people: &[Uuid]) -> Result<()> {
    for some in people.chunks(IN_LIST) {
        let total = i64::try_from(some.len()).unwrap_or(i64::MAX);
        jobs::queue(work, REFRESH_JOB, &json!({"people": some}), total).await?;
    }
    Ok(())
}

async fn claimants(db: &impl ConnectionTrait, certificates: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut people = store::claims::claimed_by(db, certificates).await?;
    people.sort_unstable();
    people.dedup();
    Ok(people)
}
