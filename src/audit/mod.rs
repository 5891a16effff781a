//! The hash-chained record of who did what (审计). Called by all, calls none.
//!
//! Owns `audit_entry` and `audit_head`. Invariants: an entry is written in the transaction of the change it tells
//! of; each entry's hash covers the one before; nothing is changed or removed. No ID number, phone or password may
//! enter a detail.

pub mod api;
mod rules;
mod store;

use serde_json::Value;
use uuid::Uuid;

use crate::platform::idempotency::Work;
use crate::platform::{Result, Scope, State};

pub use rules::Entry;

/// Appends what this work did to the county's chain. Called last before commit: it puts writers in line.
///
/// # Errors
/// Database faults; then the work fails too.
pub async fn record(
    work: &Work<'_>,
    action: &str,
    subject: (&str, String),
    detail: Value,
) -> Result<()> {
    let county_id = work.by.county_id;
    let (seq, prev_hash) = store::next_place(&work.tx, county_id).await?;
    let entry = Entry {
        county_id,
        seq,
        at: work.now,
        actor: work.by.login.clone(),
        action: action.to_owned(),
        subject_kind: subject.0.to_owned(),
        subject_id: subject.1,
        detail: detail.to_string(),
    };
    let hash = rules::link(&prev_hash, &entry);
    store::append(&work.tx, &entry, prev_hash, hash).await
}

/// What of these kinds was done to one thing, newest first: at most `limit` entries before number `before`.
///
/// # Errors
/// Database faults.
pub async fn done_to(
    db: &impl sea_orm::ConnectionTrait,
    county_id: Uuid,
    subject: (&str, Uuid),
    actions: &[&str],
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Entry>> {
    let scope = Scope::county(county_id);
    store::of_subject(db, &scope, subject, actions, before, limit).await
}

/// What a walk along all chains found.
pub struct Walk {
    pub entries: u64,
    /// County and sequence number of the first broken link.
    pub broken: Option<(Uuid, i64)>,
}

/// Walks every chain from its first link and compares each hash.
///
/// # Errors
/// Database faults.
pub async fn verify(state: &State) -> Result<Walk> {
    let mut entries = 0;
    for (county_id, head_seq, head_hash) in store::heads(state.db.read()).await? {
        let (mut prev, mut seq) = (rules::GENESIS.to_vec(), 0);
        loop {
            let page = store::entries_after(state.db.read(), county_id, seq).await?;
            if page.is_empty() {
                break;
            }
            for (entry, stored_prev, stored_hash) in page {
                if entry.seq != seq + 1
                    || stored_prev != prev
                    || rules::link(&prev, &entry) != stored_hash
                {
                    return Ok(Walk {
                        entries,
                        broken: Some((county_id, seq + 1)),
                    });
                }
                prev = stored_hash;
                seq = entry.seq;
                entries += 1;
            }
        }
        if seq != head_seq || prev != head_hash {
            return Ok(Walk {
                entries,
                broken: Some((county_id, seq + 1)),
            });
        }
    }
    Ok(Walk {
        entries,
        broken: None,
    })
}
