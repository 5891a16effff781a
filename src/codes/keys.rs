//! The keys that sign a county's codes: made, rotated, revoked; and the roots that vouch for them (根密钥、签发密钥).
//!
//! A root's private half is a file that the service does not need: `DATA/keys/codes-root-1.key`, to be moved to a safe
//! place. It is asked for when keys change, never when a code is signed or a bundle made.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use super::bundle::{Key, KeySet};
use super::cose::{IssuerKey, KEY_BYTES, PublicKey};
use super::store::keys::{self as rows, IssuerRow, Root};
use super::{ISSUER_PURPOSE, in_line};
use crate::audit;
use crate::platform::config::{make_private_file, make_private_folder};
use crate::platform::idempotency::Work;
use crate::platform::{Caller, Code, Fault, Result, State};

/// Roots of a county: the second is kept apart, for the day on which the first is lost.
const ROOTS: usize = 2;
const DAY: i64 = 86_400;
/// A key signs for half a year, and is good a little longer so that nobody stands without one.
const KEY_DAYS: i64 = 184 + 30;
/// A key is in force a little before it is made: verifiers' clocks differ.
const BEFORE: i64 = 300;

/// The key that signs now.
pub(super) struct Signer {
    pub(super) key: IssuerKey,
}

/// A county's first keys.
#[derive(Debug, Serialize)]
pub struct Initiated {
    /// Where the private halves of the roots are.
    pub root_files: Vec<PathBuf>,
    /// What verifiers pin, in hex.
    pub roots: Vec<String>,
    pub kid: String,
}

/// A key as the command line lists it; times in seconds since 1970.
#[derive(Debug, Serialize)]
pub struct Listed {
    pub kid: String,
    pub not_before: i64,
    pub not_after: i64,
    pub cut_off: Option<i64>,
    pub revoked_from: Option<i64>,
    /// Whether new codes are signed with it.
    pub signs: bool,
    /// Of the demo: production refuses it.
    pub demo: bool,
}

/// Makes a county's roots and its first issuer key. Roots whose files are there already are taken.
///
/// # Errors
/// `issuer_keys_exist`; `internal` when the disk refuses.
pub async fn init(state: &State, by: &Caller, demo: bool) -> Result<Initiated> {
    let work = state.begin_plain(by).await?;
    in_line(&work).await?;
    if !rows::issuers(&work.tx, by.county_id).await?.is_empty() {
        return Err(Fault::new(Code::IssuerKeysExist));
    }
    let folder = state.settings.data.join("keys");
    make_private_folder(&folder)?;
    let files: Vec<PathBuf> = (1..=ROOTS).map(|n| root_file(&folder, n)).collect();
    let roots = files
        .iter()
        .map(|file| root_at(file))
        .collect::<Result<Vec<_>>>()?;
    let pinned: Vec<Root> = roots
        .iter()
        .map(|root| Root {
            public_key: root.public().to_vec(),
            demo,
        })
        .collect();
    rows::insert_roots(&work, &pinned).await?;
    let kid = add_key(&work, demo).await?;
    let first = roots.first().ok_or_else(|| Fault::internal("no root"))?;
    sign_set(&work, first).await?;
    audit::record(
        &work,
        "codes.keys_init",
        ("issuer_key", kid.clone()),
        json!({"demo": demo}),
    )
    .await?;
    work.commit(&()).await?;
    Ok(Initiated {
        root_files: files,
        roots: pinned
            .iter()
            .map(|root| hex::encode(&root.public_key))
            .collect(),
        kid,
    })
}

/// Makes the next issuer key, which signs from now on; what older keys signed stays good.
///
/// # Errors
/// `root_unknown`, `issuer_key_missing` before [`init`].
pub async fn rotate(state: &State, by: &Caller, root: Option<&Path>) -> Result<String> {
    let work = state.begin_plain(by).await?;
    in_line(&work).await?;
    let root = known_root(&work, root).await?;
    let demo = rows::any_demo(&work.tx).await?;
    let kid = add_key(&work, demo).await?;
    sign_set(&work, &root).await?;
    audit::record(
        &work,
        "codes.keys_rotate",
        ("issuer_key", kid.clone()),
        json!({}),
    )
    .await?;
    work.commit(&()).await?;
    Ok(kid)
}

/// Revokes an issuer key: what it signed after `cut_off` (seconds since 1970) counts no more, or nothing at all where
/// none is given. If no other key may sign, one is made.
///
/// # Errors
/// `issuer_key_unknown`, `root_unknown`.
pub async fn revoke(
    state: &State,
    by: &Caller,
    kid: &str,
    cut_off: Option<i64>,
    root: Option<&Path>,
) -> Result<()> {
    let work = state.begin_plain(by).await?;
    in_line(&work).await?;
    let all = rows::issuers(&work.tx, by.county_id).await?;
    let key = all
        .iter()
        .find(|key| key.kid == kid)
        .ok_or_else(|| Fault::new(Code::IssuerKeyUnknown).with("kid", kid))?;
    let root = known_root(&work, root).await?;
    let revoked_from = match cut_off {
        Some(_) => key.revoked_from,
        None => Some(work.now / 1_000_000),
    };
    rows::end(&work, kid, cut_off.or(key.cut_off), revoked_from).await?;
    if signing_row(&work).await?.is_none() {
        add_key(&work, key.demo).await?;
    }
    sign_set(&work, &root).await?;
    let detail = json!({"cut_off": cut_off});
    audit::record(
        &work,
        "codes.keys_revoke",
        ("issuer_key", kid.to_owned()),
        detail,
    )
    .await?;
    work.commit(&()).await
}

/// Every key of a county, oldest first.
///
/// # Errors
/// Database faults.
pub async fn list(state: &State, by: &Caller) -> Result<Vec<Listed>> {
    let all = rows::issuers(state.db.read(), by.county_id).await?;
    let signs = signing(&all, state.clock.now() / 1_000_000).map(|key| key.kid.clone());
    Ok(all
        .into_iter()
        .map(|key| Listed {
            signs: signs.as_ref() == Some(&key.kid),
            kid: key.kid,
            not_before: key.not_before,
            not_after: key.not_after,
            cut_off: key.cut_off,
            revoked_from: key.revoked_from,
            demo: key.demo,
        })
        .collect())
}

/// Whether any county's codes stand on keys of the demo.
///
/// # Errors
/// Database faults.
pub async fn any_demo(state: &State) -> Result<bool> {
    rows::any_demo(state.db.read()).await
}

/// The roots that a county's verifiers pin.
///
/// # Errors
/// Database faults.
pub async fn roots(
    db: &impl sea_orm::ConnectionTrait,
    county_id: uuid::Uuid,
) -> Result<Vec<[u8; KEY_BYTES]>> {
    let roots = rows::roots(db, county_id).await?;
    roots
        .into_iter()
        .map(|root| {
            let key = root.public_key.try_into();
            key.map_err(|_| Fault::internal("a root of another length"))
        })
        .collect()
}

/// The key that signs now.
///
/// # Errors
/// `issuer_key_missing`.
pub(super) async fn signer(work: &Work<'_>) -> Result<Signer> {
    let row = signing_row(work)
        .await?
        .ok_or_else(|| Fault::new(Code::IssuerKeyMissing))?;
    let seed = work.state.seal.open(ISSUER_PURPOSE, &row.private_sealed)?;
    let seed = seed
        .as_slice()
        .try_into()
        .map_err(|_| Fault::internal("an issuer key of another length"))?;
    Ok(Signer {
        key: IssuerKey::from_seed(seed).map_err(provider)?,
    })
}

/// The ids of keys whose codes need no renewal: those that were not ended.
pub(super) async fn good(work: &Work<'_>) -> Result<HashSet<String>> {
    let all = rows::issuers(&work.tx, work.by.county_id).await?;
    Ok(all
        .into_iter()
        .filter(|key| key.cut_off.is_none() && key.revoked_from.is_none())
        .map(|key| key.kid)
        .collect())
}

async fn signing_row(work: &Work<'_>) -> Result<Option<IssuerRow>> {
    let all = rows::issuers(&work.tx, work.by.county_id).await?;
    Ok(signing(&all, work.now / 1_000_000).cloned())
}

/// The newest key in force that was not ended.
fn signing(all: &[IssuerRow], now: i64) -> Option<&IssuerRow> {
    all.iter().rev().find(|key| {
        let ended = key.cut_off.is_some() || key.revoked_from.is_some();
        !ended && (key.not_before..=key.not_after).contains(&now)
    })
}

async fn add_key(work: &Work<'_>, demo: bool) -> Result<String> {
    let key = IssuerKey::generate().map_err(provider)?;
    let seed = key.seed().map_err(provider)?;
    let now = work.now / 1_000_000;
    let row = IssuerRow {
        kid: hex::encode(key.kid()),
        public_key: key.public().to_vec(),
        private_sealed: work.state.seal.seal(ISSUER_PURPOSE, &seed)?,
        not_before: now - BEFORE,
        not_after: now + KEY_DAYS * DAY,
        cut_off: None,
        revoked_from: None,
        demo,
    };
    rows::insert_issuer(work, &row).await?;
    Ok(row.kid)
}

/// Signs the county's keys as they stand, as the next version, and asks for a new bundle.
async fn sign_set(work: &Work<'_>, root: &IssuerKey) -> Result<()> {
    let county = work.by.county_id;
    let version = rows::newest_set(&work.tx, county)
        .await?
        .map_or(1, |(version, _)| version + 1);
    let keys = rows::issuers(&work.tx, county).await?;
    let keys = keys.into_iter().map(|row| {
        let public = row
            .public_key
            .as_slice()
            .try_into()
            .map_err(|_| Fault::internal("an issuer key of another length"))?;
        Ok(Key {
            public: PublicKey::new(public).map_err(provider)?,
            not_before: row.not_before,
            not_after: row.not_after,
            cut_off: row.cut_off,
            revoked_from: row.revoked_from,
        })
    });
    let set = KeySet {
        version: u64::try_from(version).unwrap_or(0),
        issued: work.now / 1_000_000,
        keys: keys.collect::<Result<_>>()?,
    };
    let signed = set.sign(root).map_err(|e| Fault::internal(e.to_string()))?;
    rows::insert_set(work, version, signed).await?;
    rows::mark_stale(work).await
}

fn root_file(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("codes-root-{number}.key"))
}

/// The root of a file, made if it is not there.
fn root_at(file: &Path) -> Result<IssuerKey> {
    if !file.exists() {
        let root = IssuerKey::generate().map_err(provider)?;
        let seed = hex::encode(root.seed().map_err(provider)?);
        make_private_file(file, seed.as_bytes())?;
    }
    read_root(file)
}

fn read_root(file: &Path) -> Result<IssuerKey> {
    let unread =
        |why: &dyn std::fmt::Display| Fault::internal(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|e| unread(&e))?;
    let mut seed = [0; KEY_BYTES];
    hex::decode_to_slice(text.trim(), &mut seed).map_err(|e| unread(&e))?;
    IssuerKey::from_seed(&seed).map_err(provider)
}

/// The root of a file, or the first that lies in the folder; it must be one of the county's.
async fn known_root(work: &Work<'_>, file: Option<&Path>) -> Result<IssuerKey> {
    let pinned = roots(&work.tx, work.by.county_id).await?;
    if pinned.is_empty() {
        return Err(Fault::new(Code::IssuerKeyMissing));
    }
    let folder = work.state.settings.data.join("keys");
    let candidates: Vec<PathBuf> = match file {
        Some(file) => vec![file.to_owned()],
        None => (1..=ROOTS)
            .map(|n| root_file(&folder, n))
            .filter(|file| file.exists())
            .collect(),
    };
    for candidate in candidates {
        let root = read_root(&candidate)?;
        if pinned.contains(&root.public()) {
            return Ok(root);
        }
    }
    Err(Fault::new(Code::RootUnknown))
}

fn provider(e: impl std::fmt::Display) -> Fault {
    Fault::internal(e.to_string())
}
