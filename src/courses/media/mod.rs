//! Files of courses (课程文件): handed in piece by piece, judged by what they hold, read by short-lived signed links.
//!
//! Owns `media_file`, `media_part` and `media_upload`. A file is ready or refused in the transaction that takes its last
//! byte; its objects are written before the rows that name them, and what no row names is swept away later. A file
//! belongs to its county: a trainer sees and changes what he handed in himself, the county's officers all.

pub mod api;
pub mod links;
pub mod rules;
mod store;
mod store_use;
pub mod sweep;
mod upload;

use std::collections::HashSet;
use std::ops::Range;

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

pub use links::{LIFETIME_SECONDS, link};
pub use rules::{MediaState, Purpose};
pub use upload::{Chunk, append};

use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::pictures::MOST_PIXELS;
use crate::platform::scope::Role;
use crate::platform::{Action, App, Caller, Code, Fault, Result, State, clock};
use crate::{audit, fresh};
use rules::{PART_BYTES, Told};

/// Days after its last piece that an upload is kept.
pub const KEPT_DAYS: i64 = 7;

/// A file of a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    pub id: Uuid,
    pub county_id: Uuid,
    /// Who handed it in; the console is nobody.
    pub account_id: Option<Uuid>,
    pub purpose: Purpose,
    /// As it was told: to be shown, never to be judged by.
    pub name: String,
    /// As its content tells, once it is ready.
    pub content_type: Option<String>,
    /// Bytes that were to come.
    pub length_bytes: i64,
    /// Bytes that are kept.
    pub bytes: i64,
    /// Of what is kept.
    pub sha256: Option<Vec<u8>>,
    pub state: MediaState,
    /// The code of why it was refused.
    pub fault: Option<String>,
    /// Of a picture.
    pub size: Option<(i32, i32)>,
    pub created_at: i64,
    pub ready_at: Option<i64>,
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub offset: i64,
    pub length: i64,
    /// Microseconds since 1970; none once all of it is there.
    pub expires_at: Option<i64>,
}

/// Whose files a caller reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub(crate) county_id: Uuid,
    /// Only what this account handed in.
    pub(crate) account_id: Option<Uuid>,
}

/// Whose files and courses an author reaches: a trainer his own, an officer all of the county.
pub(in crate::courses) fn reach(by: &Caller) -> Result<Reach> {
    let scope = by.may(Action::AuthorCourses)?;
    let officer = |role| matches!(role, Role::CountyOfficer | Role::CountyAdmin);
    let all = by.grants.iter().any(|grant| officer(grant.role));
    Ok(Reach {
        county_id: scope.county_id,
        account_id: (!all).then_some(by.account_id),
    })
}

/// What the words of a refusal need.
fn refusal_args() -> [(&'static str, String); 1] {
    [("megapixels", (MOST_PIXELS / 1_000_000).to_string())]
}

/// Until when an upload is kept that had a piece now.
const fn kept_until(now: i64) -> i64 {
    now + KEPT_DAYS * 24 * 3_600 * 1_000_000
}

/// Begins an upload of so many bytes; when it is forgotten if nothing comes.
///
/// # Errors
/// `forbidden`, `file_too_large`, `invalid_field`.
pub async fn begin(
    state: &State,
    by: &Caller,
    retry: Retry,
    told: Told,
    length: i64,
) -> Result<(Media, i64)> {
    let reach = reach(by)?;
    rules::check_length(told.purpose, length)?;
    let work = fresh!(state.begin(by, retry).await?);
    let media = Media {
        id: clock::new_id(),
        county_id: reach.county_id,
        account_id: by.account(),
        purpose: told.purpose,
        name: told.name,
        content_type: None,
        length_bytes: length,
        bytes: 0,
        sha256: None,
        state: MediaState::Uploading,
        fault: None,
        size: None,
        created_at: work.now,
        ready_at: None,
    };
    let expires_at = kept_until(work.now);
    store::begin(&work, &media, expires_at).await?;
    let of = ("media_file", media.id.to_string());
    let detail = json!({"purpose": media.purpose, "bytes": length});
    audit::record(&work, "courses.begin_media", of, detail).await?;
    let answer = (media, expires_at);
    work.commit(&answer).await?;
    Ok(answer)
}

/// How far an upload is.
///
/// # Errors
/// `forbidden`, `not_found`, also for one that was refused or forgotten.
pub async fn arrived(state: &State, by: &Caller, id: Uuid) -> Result<Arrived> {
    let reach = reach(by)?;
    let found = store::media(state.db.read(), reach, id).await?;
    let media = found.ok_or_else(Fault::not_found)?;
    let (offset, expires_at) = match media.state {
        MediaState::Ready => (media.length_bytes, None),
        MediaState::Refused => return Err(Fault::not_found()),
        MediaState::Uploading => {
            let upload = store::upload(state.db.read(), id, state.clock.now()).await?;
            let upload = upload.ok_or_else(Fault::not_found)?;
            (upload.offset, Some(upload.expires_at))
        }
    };
    Ok(Arrived {
        offset,
        length: media.length_bytes,
        expires_at,
    })
}

/// The caller's files, oldest first.
///
/// # Errors
/// `forbidden`.
pub async fn list(
    state: &State,
    by: &Caller,
    purpose: Option<Purpose>,
    page: &Page,
) -> Result<Vec<Media>> {
    let reach = reach(by)?;
    store::list(state.db.read(), reach, purpose, page).await
}

/// One of them.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn one(state: &State, by: &Caller, id: Uuid) -> Result<Media> {
    let found = store::media(state.db.read(), reach(by)?, id).await?;
    found.ok_or_else(Fault::not_found)
}

/// Removes a file, or ends its upload.
///
/// # Errors
/// `forbidden`, `not_found`, `media_in_use`.
pub async fn remove(state: &State, by: &Caller, id: Uuid) -> Result<()> {
    let reach = reach(by)?;
    let work = state.begin_plain(by).await?;
    let found = store::media(&work.tx, reach, id).await?;
    let media = found.ok_or_else(Fault::not_found)?;
    if store_use::in_use(&work.tx, &media).await? {
        return Err(Fault::new(Code::MediaInUse));
    }
    store::remove(&work, &media).await?;
    let of = ("media_file", id.to_string());
    let detail = json!({"purpose": media.purpose, "bytes": media.bytes});
    audit::record(&work, "courses.remove_media", of, detail).await?;
    work.commit(&()).await?;
    sweep::soon(state, id).await;
    Ok(())
}

/// A file of the county that is whole, judged, and of one of these purposes: what a lesson may show.
///
/// # Errors
/// Database faults.
pub async fn ready(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    media_id: Uuid,
    purposes: &[Purpose],
) -> Result<Option<Media>> {
    let reach = Reach {
        county_id,
        account_id: None,
    };
    let found = store::media(db, reach, media_id).await?;
    Ok(found.filter(|media| media.state == MediaState::Ready && purposes.contains(&media.purpose)))
}

/// Those of these files of the county that are whole and judged, with what they are for.
///
/// # Errors
/// Database faults.
pub async fn ready_among(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    ids: &[Uuid],
) -> Result<HashSet<(Uuid, Purpose)>> {
    store_use::ready_among(db, county_id, ids).await
}

/// The file that a signed link names.
///
/// # Errors
/// `media_link_refused`; `not_found` when it was removed meanwhile.
pub async fn linked(state: &State, id: Uuid, expires: i64, signature: &str) -> Result<Media> {
    if !links::holds(state, id, expires, signature) {
        return Err(Fault::new(Code::MediaLinkRefused));
    }
    let found = store::linked(state.db.read(), id).await?;
    found.ok_or_else(Fault::not_found)
}

/// Some bytes of a file, read as they are wanted.
///
/// # Errors
/// Database faults; those of the objects come with the stream.
pub async fn content(
    state: &App,
    media: &Media,
    range: Range<u64>,
) -> Result<BoxStream<'static, Result<bytes::Bytes>>> {
    let parts = store::parts(state.db.read(), media.id, rules::parts_of(&range)).await?;
    let objects = state.objects.clone();
    let pieces = parts.into_iter().filter_map(move |part| {
        let begins = u64::try_from(part.number).ok()? * PART_BYTES;
        let from = range.start.saturating_sub(begins);
        let to = range
            .end
            .saturating_sub(begins)
            .min(u64::try_from(part.bytes).ok()?);
        (from < to).then_some((part.key, from..to))
    });
    let read = move |(key, piece)| Ok::<_, Fault>(objects.stream(key, piece));
    Ok(stream::iter(pieces).map(read).try_flatten().boxed())
}
