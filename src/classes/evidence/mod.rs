//! Photos that show who was in a class (签到表照片): kept beside its marks, which they prove and never make.
//!
//! Owns `class_evidence`. Invariants: what is kept is what we wrote ourselves, sealed; a sign-in sheet shows names and
//! numbers, so each look at a whole photo is audited; a photo is taken away with a reason, and the audit keeps that it
//! was there.

pub mod api;
mod store;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::store as classes;
use crate::photos::Photo;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock};
use crate::{audit, fresh};

const SUBJECT: &str = "class_evidence";
/// Most photos of one class.
const MOST: u64 = 50;

/// A photo of a class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    pub id: Uuid,
    pub county_id: Uuid,
    pub region_id: Uuid,
    pub class_id: Uuid,
    pub photo_key: String,
    /// What it shows, in its author's words.
    pub note: String,
    pub account_id: Option<Uuid>,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl Evidence {
    fn small_key(&self) -> String {
        format!("{}-small", self.photo_key)
    }
}

/// Puts a photo beside a class.
///
/// # Errors
/// `forbidden`; `not_found` for a class out of reach; `conflict` for one with 50 photos.
pub async fn add(
    state: &State,
    by: &Caller,
    retry: Retry,
    class_id: Uuid,
    photo: &Photo,
    note: &str,
) -> Result<Evidence> {
    let scope = by.may(Action::ManageClasses)?;
    let work = fresh!(state.begin(by, retry).await?);
    let class = classes::class_for_update(&work.tx, &scope, class_id).await?;
    let class = class.ok_or_else(Fault::not_found)?;
    if store::count(&work.tx, class_id).await? >= MOST {
        return Err(Fault::new(Code::Conflict).with("what", MOST));
    }
    let id = clock::new_id();
    let evidence = Evidence {
        id,
        county_id: by.county_id,
        region_id: class.region_id,
        class_id,
        photo_key: format!("photos/{id}"),
        note: note.trim().to_owned(),
        account_id: by.account(),
        created_at: work.now,
    };
    store::insert(&work, &evidence).await?;
    let detail = json!({"class": class_id});
    audit::record(
        &work,
        "classes.add_evidence",
        (SUBJECT, id.to_string()),
        detail,
    )
    .await?;
    let done = match keep(state, &evidence, photo).await {
        Ok(()) => work.commit(&evidence).await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = done {
        discard(state, &evidence).await?;
        return Err(fault);
    }
    Ok(evidence)
}

async fn keep(state: &State, evidence: &Evidence, photo: &Photo) -> Result<()> {
    let (files, seal) = (&state.files, &state.seal);
    files.put(seal, &evidence.photo_key, &photo.full).await?;
    files
        .put(seal, &evidence.small_key(), &photo.thumbnail)
        .await
}

async fn discard(state: &State, evidence: &Evidence) -> Result<()> {
    state.files.remove(&evidence.photo_key).await?;
    state.files.remove(&evidence.small_key()).await
}

/// A class's photos, the oldest first.
///
/// # Errors
/// `forbidden`; `not_found` for a class out of reach.
pub async fn list(
    state: &State,
    by: &Caller,
    class_id: Uuid,
    page: &Page,
) -> Result<Vec<Evidence>> {
    let scope = by.may(Action::ReadClasses)?;
    let db = state.db.read();
    let class = classes::class(db, &scope, class_id).await?;
    class.ok_or_else(Fault::not_found)?;
    store::page(db, &scope, class_id, page).await
}

async fn in_reach(state: &State, by: &Caller, id: Uuid) -> Result<Evidence> {
    let scope = by.may(Action::ReadClasses)?;
    let found = store::find(state.db.read(), &scope, id).await?;
    found.ok_or_else(Fault::not_found)
}

/// A small picture, for a list.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn thumbnail(state: &State, by: &Caller, id: Uuid) -> Result<Vec<u8>> {
    let evidence = in_reach(state, by, id).await?;
    state.files.get(&state.seal, &evidence.small_key()).await
}

/// A whole photo; the look is audited.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn photo(state: &State, by: &Caller, id: Uuid) -> Result<Vec<u8>> {
    let evidence = in_reach(state, by, id).await?;
    let bytes = state.files.get(&state.seal, &evidence.photo_key).await?;
    let work = state.begin_plain(by).await?;
    let detail = json!({"class": evidence.class_id});
    audit::record(
        &work,
        "classes.see_evidence",
        (SUBJECT, id.to_string()),
        detail,
    )
    .await?;
    work.commit(&()).await?;
    Ok(bytes)
}

/// Takes a photo away, with a reason.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn remove(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    reason: &str,
) -> Result<Evidence> {
    let scope = by.may(Action::ManageClasses)?;
    let work = fresh!(state.begin(by, retry).await?);
    let found = store::find(&work.tx, &scope, id).await?;
    let evidence = found.ok_or_else(Fault::not_found)?;
    store::remove(&work.tx, id).await?;
    let detail = json!({"class": evidence.class_id, "reason": reason.trim()});
    audit::record(
        &work,
        "classes.remove_evidence",
        (SUBJECT, id.to_string()),
        detail,
    )
    .await?;
    work.commit(&evidence).await?;
    // After the commit: a file without a row is lost room, a row without a file a fault.
    discard(state, &evidence).await?;
    Ok(evidence)
}
