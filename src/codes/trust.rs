//! The trust bundle of a county as it is served: made when something changed or it grew old, kept in the database so
//! that every instance serves the same one (信任包).

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::bundle::{self, Contents, Kept, Policy};
use super::rules::CodeState;
use super::status_list::{self, SHARD, Status};
use super::store::{self, keys as rows};
use super::{in_line, keys};
use crate::places;
use crate::platform::{Caller, Code, Fault, Result, State, etag};

/// Minutes after which a bundle is made anew though nothing changed: its age tells how fresh the status is.
const FRESH_MINUTES: i64 = 10;
const MINUTE: i64 = 60 * 1_000_000;

/// The bundle to be served now.
///
/// # Errors
/// `issuer_key_missing` where the county has no keys.
pub async fn current(state: &State, county_id: Uuid) -> Result<Vec<u8>> {
    let kept = rows::bundle(state.db.read(), county_id).await?;
    match kept {
        Some(kept) if is_fresh(&kept, state.clock.now()) => Ok(kept.signed),
        _ => make(state, county_id).await,
    }
}

/// The bundle read as a verifier reads it, kept for a moment: keys and settings for checks on the server itself.
///
/// # Errors
/// `issuer_key_missing`; `internal` when our own bundle cannot be read.
pub async fn verified(state: &State, county_id: Uuid) -> Result<Arc<Kept>> {
    let make = async {
        let bytes = current(state, county_id).await?;
        let roots = keys::roots(state.db.read(), county_id).await?;
        bundle::read(&bytes, &roots, None)
            .map_err(|e| Fault::internal(format!("our own trust bundle: {e}")))
    };
    state.memo.thing(state, county_id, make).await
}

fn is_fresh(kept: &rows::BundleRow, now: i64) -> bool {
    !kept.stale && now - kept.made_at < FRESH_MINUTES * MINUTE
}

/// Makes the next version, unless another instance has done so meanwhile.
async fn make(state: &State, county_id: Uuid) -> Result<Vec<u8>> {
    let by = Caller::console(county_id);
    let work = state.begin_plain(&by).await?;
    in_line(&work).await?;
    let kept = rows::bundle(&work.tx, county_id).await?;
    if let Some(kept) = &kept
        && is_fresh(kept, work.now)
    {
        return Ok(kept.signed.clone());
    }
    let (_, key_set) = rows::newest_set(&work.tx, county_id)
        .await?
        .ok_or_else(|| Fault::new(Code::IssuerKeyMissing))?;
    let signer = keys::signer(&work).await?;
    let regions = places::regions(&work.tx, county_id).await?;
    let county = regions.get(county_id).ok_or_else(Fault::not_found)?;
    let version = kept.map_or(1, |kept| kept.version + 1);
    let time = work.now / 1_000_000;
    let shards = shards(&work, &county.code, time, &signer.key).await?;
    let contents = Contents {
        version: u64::try_from(version).unwrap_or(0),
        time,
        county: &county.code,
        county_name: &county.name,
        policy: policy(state),
        keys: &key_set,
        shards: &shards,
    };
    let signed =
        bundle::build(&contents, &signer.key).map_err(|e| Fault::internal(e.to_string()))?;
    let row = rows::BundleRow {
        version,
        signed: signed.clone(),
        stale: false,
        made_at: work.now,
    };
    rows::save_bundle(&work, row).await?;
    work.commit(&()).await?;
    Ok(signed)
}

/// What verdicts hang on beside dates and keys.
#[must_use]
pub fn policy(state: &State) -> Policy {
    Policy {
        day_offset: state.settings.utc_offset_minutes * 60,
        ..Policy::default()
    }
}

/// The county's status list, signed shard by shard.
async fn shards(
    work: &crate::platform::idempotency::Work<'_>,
    county: &str,
    time: i64,
    key: &super::cose::IssuerKey,
) -> Result<Vec<Vec<u8>>> {
    let ended = store::statuses(&work.tx, work.by.county_id).await?;
    let highest = store::highest_place(&work.tx, work.by.county_id).await?;
    let count = u32::try_from(highest).unwrap_or(u32::MAX) / SHARD + 1;
    let entries = ended
        .into_iter()
        .filter_map(|(place, state)| Some((u32::try_from(place).ok()?, status(state))));
    status_list::shards(entries, count)
        .iter()
        .enumerate()
        .map(|(number, list)| {
            let subject = status_list::subject(county, number);
            status_list::sign(&subject, time, list, key).map_err(|e| Fault::internal(e.to_string()))
        })
        .collect()
}

/// How the list tells a state.
#[must_use]
pub const fn status(state: CodeState) -> Status {
    match state {
        CodeState::Active => Status::Valid,
        CodeState::Suspended => Status::Suspended,
        CodeState::Revoked => Status::Invalid,
        CodeState::Superseded => Status::Superseded,
    }
}

/// A bundle as it is sent.
pub struct Served {
    pub bytes: Bytes,
    /// Its validator.
    pub tag: String,
}

/// The bundle as it is sent, kept for a moment.
///
/// # Errors
/// `issuer_key_missing`.
pub async fn served(state: &State, county_id: Uuid) -> Result<Arc<Served>> {
    let make = async {
        let bytes = Bytes::from(current(state, county_id).await?);
        let tag = etag::of(&bytes);
        Ok(Served { bytes, tag })
    };
    state.memo.thing(state, county_id, make).await
}

/// The host that stands in a code's text, from the address under which we are reached.
#[must_use]
pub fn host(public_url: &str) -> String {
    let rest = public_url
        .split_once("://")
        .map_or(public_url, |(_, rest)| rest);
    rest.split(['/', '?', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase()
}
