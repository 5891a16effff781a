//! A certificate that no register knows, shown by photo and looked at by an officer (领码审核).
//!
//! Owns `claim_review`. Invariants: one undecided review a person and item; the certificate's number is his own, never
//! typed; what is kept of a photo is what we wrote ourselves, sealed; each look at a whole photo is audited.

pub mod api;
mod decide;
pub mod purge;
pub mod rules;
mod store;

use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::in_line;
use crate::certificates::{self, Standing};
use crate::photos::Photo;
use crate::platform::idempotency::{Begun, Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock};
use crate::{audit, people};
use rules::{Dates, ReviewState};

pub use decide::{Approval, approve, await_issuer, refuse};
pub use store::{Photos, Review};

/// The subject under which the audit log tells of reviews.
const SUBJECT: &str = "claim_review";

/// What a worker hands in.
pub struct Asked {
    pub item_code: String,
    pub dates: Dates,
    /// The card's front.
    pub front: Photo,
    /// The card's back.
    pub back: Option<Photo>,
    /// The worker's own face, for a printed card; nobody has to give it.
    pub portrait: Option<Photo>,
}

/// Work to be done, or the review that the same request made or changed before.
enum Start<'a> {
    Fresh(Work<'a>),
    Again(Box<Review>),
}

async fn start<'a>(
    state: &'a State,
    by: &'a Caller,
    retry: Retry,
    scope: &Scope,
) -> Result<Start<'a>> {
    match state.begin(by, retry).await? {
        Begun::Fresh(work) => Ok(Start::Fresh(work)),
        Begun::Again(id) => {
            let review = store::review(state.db.read(), scope, id).await?;
            review
                .map(|review| Start::Again(Box::new(review)))
                .ok_or_else(Fault::not_found)
        }
    }
}

/// A worker shows a certificate of his own that is not on the register.
///
/// # Errors
/// `forbidden`, `invalid_field`, `item_unknown`; `certificate_on_register`, `review_open`.
pub async fn ask(state: &State, by: &Caller, retry: Retry, asked: Asked) -> Result<Review> {
    let scope = by.may(Action::ClaimOwnCode)?;
    let person = by.person().ok_or_else(|| Fault::new(Code::Forbidden))?;
    let today = state.clock.today();
    rules::check(&asked.dates, today)?;
    let work = match start(state, by, retry, &scope).await? {
        Start::Fresh(work) => work,
        Start::Again(review) => return Ok(*review),
    };
    in_line(&work).await?;
    let item_code = may_ask(&work, person, &asked).await?;
    let post = people::post_on(&work.tx, person, today).await?;
    let review = Review {
        id: clock::new_id(),
        county_id: by.county_id,
        person_id: person,
        person_name: String::new(),
        id_masked: String::new(),
        region_id: post.map(|post| post.region_id),
        item_code,
        dates: asked.dates,
        state: ReviewState::Open,
        photos: Photos {
            front: new_key(),
            back: asked.back.as_ref().map(|_| new_key()),
            portrait: asked.portrait.as_ref().map(|_| new_key()),
        },
        reason: String::new(),
        issuer_checked: false,
        certificate_id: None,
        asked_at: work.now,
        decided_at: None,
    };
    store::insert(&work, &review).await?;
    let detail = json!({"person": person, "item": review.item_code});
    let subject = (SUBJECT, review.id.to_string());
    audit::record(&work, "codes.ask_review", subject, detail).await?;
    let made = store::review(&work.tx, &scope, review.id)
        .await?
        .ok_or_else(|| Fault::internal("a review just made is gone"))?;
    let kept = keep(state, &review.photos, &asked).await;
    let done = match kept {
        Ok(()) => work.commit(&review.id).await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = done {
        discard(state, &review.photos).await?;
        return Err(fault);
    }
    Ok(made)
}

/// The code of the item, if a review of it may be asked for.
async fn may_ask(work: &Work<'_>, person: Uuid, asked: &Asked) -> Result<String> {
    let county = work.by.county_id;
    let today = work.state.clock.today();
    let catalogues = certificates::catalogues(&work.tx).await?;
    let issued = Some(asked.dates.first_issued);
    let (_, item) = catalogues
        .item(asked.item_code.trim(), issued, today)
        .ok_or_else(|| {
            Fault::new(Code::ItemUnknown)
                .with("code", &asked.item_code)
                .at("/item_code")
        })?;
    let held = certificates::facts_of_people(&work.tx, county, &[person]).await?;
    let stands = |one: &certificates::CertificateFacts| {
        one.item_code == item.code && one.standing == Standing::Active
    };
    if held.values().flatten().any(stands) {
        return Err(Fault::new(Code::CertificateOnRegister));
    }
    if store::has_open(&work.tx, county, person, &item.code).await? {
        return Err(Fault::new(Code::ReviewOpen));
    }
    Ok(item.code.clone())
}

fn new_key() -> String {
    format!("photos/{}", clock::new_id())
}

/// Where the small picture beside a photo is kept.
fn small_key(key: &str) -> String {
    format!("{key}-small")
}

async fn keep(state: &State, keys: &Photos, asked: &Asked) -> Result<()> {
    let photos = [
        (Some(&keys.front), Some(&asked.front)),
        (keys.back.as_ref(), asked.back.as_ref()),
        (keys.portrait.as_ref(), asked.portrait.as_ref()),
    ];
    for (key, photo) in photos {
        if let (Some(key), Some(photo)) = (key, photo) {
            state.files.put(&state.seal, key, &photo.full).await?;
            let small = small_key(key);
            state
                .files
                .put(&state.seal, &small, &photo.thumbnail)
                .await?;
        }
    }
    Ok(())
}

async fn discard(state: &State, keys: &Photos) -> Result<()> {
    for key in keys.keys() {
        state.files.remove(key).await?;
        state.files.remove(&small_key(key)).await?;
    }
    Ok(())
}

/// Which of a review's photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Side {
    /// 正面
    #[default]
    Front,
    /// 背面
    Back,
    /// 本人照片
    Portrait,
}

fn key_of(photos: &Photos, side: Side) -> Result<&str> {
    let key = match side {
        Side::Front => Some(photos.front.as_str()),
        Side::Back => photos.back.as_deref(),
        Side::Portrait => photos.portrait.as_deref(),
    };
    key.ok_or_else(Fault::not_found)
}

async fn in_reach(state: &State, by: &Caller, id: Uuid) -> Result<Review> {
    let scope = by.may(Action::ManageCodes)?;
    store::review(state.db.read(), &scope, id)
        .await?
        .ok_or_else(Fault::not_found)
}

/// A small picture of a photo, for a list.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn thumbnail(state: &State, by: &Caller, id: Uuid, side: Side) -> Result<Vec<u8>> {
    let review = in_reach(state, by, id).await?;
    let key = small_key(key_of(&review.photos, side)?);
    state.files.get(&state.seal, &key).await
}

/// A whole photo: a card shows its holder's number, so the look is audited, and its holder sees who looked.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn photo(state: &State, by: &Caller, id: Uuid, side: Side) -> Result<Vec<u8>> {
    let review = in_reach(state, by, id).await?;
    let bytes = state
        .files
        .get(&state.seal, key_of(&review.photos, side)?)
        .await?;
    let work = state.begin_plain(by).await?;
    let subject = ("person", review.person_id.to_string());
    let detail = json!({"reason": "领码审核", "review": id, "side": side});
    audit::record(&work, people::PHOTO_SEEN, subject, detail).await?;
    work.commit(&()).await?;
    Ok(bytes)
}

/// The portrait that goes on a printed card, where one was approved.
///
/// # Errors
/// `internal` when its file is gone.
pub(super) async fn portrait(
    state: &State,
    county_id: Uuid,
    person: Uuid,
) -> Result<Option<Vec<u8>>> {
    match store::portrait(state.db.read(), county_id, person).await? {
        Some(key) => {
            let small = small_key(&key);
            Ok(Some(state.files.get(&state.seal, &small).await?))
        }
        None => Ok(None),
    }
}
