//! The trust bundle (信任包): one signed file that a verifier fetches whole, keeps, and judges by without a network.
//!
//! Its payload is the array `[format, version, time, county code, county name, policy, key set, status lists]`. The key
//! set is signed by a root that is pinned in the verifier, the bundle by a key of that set, each status list by another
//! such key or the same. Neither the bundle nor its key set ever goes back to an older version.

mod key_set;

use super::cbor::{Malformed, Read, Reader, Writer};
use super::cose::{self, BadKey, IssuerKey, KEY_BYTES, Kind};
use super::status_list::{self, BITS, SHARD, Status, StatusList};
use super::tc1::LAST_SECOND;

pub use key_set::{Doubt, Key, KeySet, MOST_KEYS};

/// The largest bundle that is read: 64 shards at 1 % take a quarter of it.
pub const MOST_BYTES: usize = 4 << 20;
/// The most shards, 67 million codes: unpacked, 16 MiB.
pub const MOST_SHARDS: usize = 64;
/// The last version: what every language's numbers hold exactly.
pub const MOST_VERSION: u64 = (1 << 53) - 1;
const MOST_NAME_BYTES: usize = 120;
const MOST_CODE_BYTES: usize = 16;

const FORMAT: u64 = 1;

/// The county's settings that a verdict hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Days before expiry or training that count as soon, 0–3650.
    pub soon_days: u16,
    /// Seconds by which the phone's instant may differ from the verifier's, 1–3600.
    pub fresh_seconds: u32,
    /// The age in seconds to which a bundle is fresh, 60 s to a year.
    pub bundle_fresh_seconds: u32,
    /// The age in seconds to which a bundle is usable; no less than fresh, at most a year.
    pub bundle_old_seconds: u32,
    /// Where the county's day begins, in seconds ahead of UTC, 14 hours either way.
    pub day_offset: i32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            soon_days: 60,
            fresh_seconds: 45,
            bundle_fresh_seconds: 86_400,
            bundle_old_seconds: 7 * 86_400,
            day_offset: 8 * 3_600,
        }
    }
}

impl Policy {
    /// The county's day at an instant, in days since 1970.
    #[must_use]
    pub fn day(&self, at: i64) -> i64 {
        at.saturating_add(self.day_offset.into()).div_euclid(86_400)
    }

    fn fits(&self) -> Read<()> {
        const YEAR: u32 = 366 * 86_400;
        let good = self.soon_days <= 3650
            && (1..=3600).contains(&self.fresh_seconds)
            && (60..=YEAR).contains(&self.bundle_fresh_seconds)
            && (self.bundle_fresh_seconds..=YEAR).contains(&self.bundle_old_seconds)
            && (-50_400..=50_400).contains(&self.day_offset);
        good.then_some(())
            .ok_or(Malformed("a setting out of range"))
    }
}

/// What goes into a bundle.
#[derive(Clone, Debug)]
pub struct Contents<'a> {
    /// Counted up with each change, never back.
    pub version: u64,
    /// The server's clock, in seconds since 1970.
    pub time: i64,
    /// The county's code, as `330624`.
    pub county: &'a str,
    /// The county's name.
    pub county_name: &'a str,
    /// Its settings.
    pub policy: Policy,
    /// The key set as [`KeySet::sign`] wrote it.
    pub keys: &'a [u8],
    /// The shards in their order, each as [`status_list::sign`] wrote it under [`status_list::subject`].
    pub shards: &'a [Vec<u8>],
}

/// A bundle or key set that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbuilt {
    /// Something in it is beyond what the format holds.
    #[error("the bundle cannot be written: {0}")]
    Unfit(&'static str),
    /// The provider cannot sign.
    #[error(transparent)]
    Key(#[from] BadKey),
}

/// Signs a bundle. Whether the key is of the key set is for [`read`] to find out.
///
/// # Errors
/// When it breaks a bound or the provider cannot sign.
pub fn build(contents: &Contents<'_>, key: &IssuerKey) -> Result<Vec<u8>, Unbuilt> {
    contents
        .fits()
        .map_err(|Malformed(why)| Unbuilt::Unfit(why))?;
    let room: usize = contents.shards.iter().map(|shard| shard.len() + 8).sum();
    let mut writer = Writer::with_room(room + contents.keys.len() + 256);
    writer.array(8).unsigned(FORMAT).unsigned(contents.version);
    writer
        .integer(contents.time)
        .text(contents.county)
        .text(contents.county_name);
    let policy = &contents.policy;
    writer.array(5).unsigned(policy.soon_days.into());
    writer.unsigned(policy.fresh_seconds.into());
    writer.unsigned(policy.bundle_fresh_seconds.into());
    writer.unsigned(policy.bundle_old_seconds.into());
    writer.integer(policy.day_offset.into());
    writer.bytes(contents.keys).array(contents.shards.len());
    for shard in contents.shards {
        writer.bytes(shard);
    }
    let bytes = cose::sign(Kind::Bundle, &writer.done(), key)?;
    if bytes.len() > MOST_BYTES {
        return Err(Unbuilt::Unfit("larger than a bundle may be"));
    }
    Ok(bytes)
}

/// Why a bundle is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Larger than a bundle may be.
    #[error("larger than a bundle may be")]
    TooLarge,
    /// Not a bundle of this format.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The key set is signed by none of the pinned roots.
    #[error("the key set is signed by no root that is known")]
    UnknownRoot,
    /// The root's signature over the key set is wrong.
    #[error("the root's signature is wrong")]
    ForgedKeys,
    /// Signed by a key that is not in the key set.
    #[error("signed by a key that is not in the key set")]
    UnknownKey,
    /// Signed by a key that was not in force, or is revoked.
    #[error("signed by a key that is not in force")]
    KeyNotInForce,
    /// The signature over the bundle or one of its lists is wrong.
    #[error("the signature is wrong")]
    Forged,
    /// Older than the bundle that is kept.
    #[error("older than the bundle that is kept")]
    RolledBack,
    /// Its key set is older than the one that is kept, or another of the same version.
    #[error("its key set is older than the one that is kept")]
    KeysRolledBack,
    /// Of another county than the one that is kept.
    #[error("of another county than the bundle that is kept")]
    OtherCounty,
}

impl Refused {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed(_) => "malformed",
            Self::UnknownRoot => "unknown_root",
            Self::ForgedKeys => "forged_keys",
            Self::UnknownKey => "unknown_key",
            Self::KeyNotInForce => "key_not_in_force",
            Self::Forged => "forged",
            Self::RolledBack => "rolled_back",
            Self::KeysRolledBack => "keys_rolled_back",
            Self::OtherCounty => "other_county",
        }
    }
}

/// A bundle that was verified: all that a verdict needs. To keep it, keep [`Kept::bytes`] and [`read`] them again.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The bundle's version.
    pub version: u64,
    /// The server's clock when it was made, in seconds since 1970.
    pub time: i64,
    /// The county's code.
    pub county: String,
    /// The county's name.
    pub county_name: String,
    /// Its settings.
    pub policy: Policy,
    /// The keys.
    pub keys: KeySet,
    bytes: Vec<u8>,
    shards: Vec<StatusList>,
}

impl Kept {
    /// The bundle as it was fetched.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The status at a place of the list; nothing where this bundle's list does not reach.
    #[must_use]
    pub fn status(&self, index: u32) -> Option<Status> {
        let shard = usize::try_from(index / SHARD).ok()?;
        self.shards
            .get(shard)?
            .get(index % SHARD)
            .and_then(Status::of)
    }
}

/// Reads and verifies a bundle, root first, and refuses to go back behind the one that is kept.
///
/// # Errors
/// Why it is refused; what is kept stays as it is.
pub fn read(bytes: &[u8], roots: &[[u8; KEY_BYTES]], kept: Option<&Kept>) -> Result<Kept, Refused> {
    if bytes.len() > MOST_BYTES {
        return Err(Refused::TooLarge);
    }
    let signed = cose::read(Kind::Bundle, bytes)?;
    let (contents, shards) = read_contents(signed.payload)?;
    let keys = KeySet::read(contents.keys, roots)?;
    believe(&signed, &keys, contents.time, contents.time)?;
    let shards = shards.iter().enumerate().map(|(number, shard)| {
        let token = status_list::read(shard)?;
        believe(&token.signed, &keys, token.issued, contents.time)?;
        if token.bits != BITS || token.subject != status_list::subject(contents.county, number) {
            return Err(Malformed("another status list than the county's").into());
        }
        Ok(StatusList::inflate(BITS, token.lst, SHARD)?)
    });
    let shards = shards.collect::<Result<_, Refused>>()?;
    let new = Kept {
        version: contents.version,
        time: contents.time,
        county: contents.county.to_owned(),
        county_name: contents.county_name.to_owned(),
        policy: contents.policy,
        keys,
        bytes: bytes.to_vec(),
        shards,
    };
    kept.map_or(Ok(()), |kept| new.may_follow(kept))?;
    Ok(new)
}

impl Kept {
    fn may_follow(&self, kept: &Self) -> Result<(), Refused> {
        if self.county != kept.county {
            return Err(Refused::OtherCounty);
        }
        if (self.version, self.time) < (kept.version, kept.time) {
            return Err(Refused::RolledBack);
        }
        let older = self.keys.version < kept.keys.version;
        if older || (self.keys.version == kept.keys.version && self.keys != kept.keys) {
            return Err(Refused::KeysRolledBack);
        }
        Ok(())
    }
}

/// Whether a key of the set, in force then and not revoked by now, signed this.
fn believe(signed: &cose::Signed<'_>, keys: &KeySet, issued: i64, at: i64) -> Result<(), Refused> {
    let key = keys.get(signed.kid).ok_or(Refused::UnknownKey)?;
    if !signed.verify(&key.public) {
        return Err(Refused::Forged);
    }
    key.vouches(issued, at).map_err(|_| Refused::KeyNotInForce)
}

impl Contents<'_> {
    fn fits(&self) -> Read<()> {
        self.policy.fits()?;
        if self.version > MOST_VERSION {
            return Err(Malformed("a version beyond the last"));
        }
        if !(0..=LAST_SECOND).contains(&self.time) {
            return Err(Malformed("an instant out of range"));
        }
        let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
        let code = self.county.as_bytes();
        if !(1..=MOST_CODE_BYTES).contains(&code.len()) || !code.iter().all(|c| plain(*c)) {
            return Err(Malformed("a county without a code"));
        }
        let name = self.county_name;
        if name.len() > MOST_NAME_BYTES || name.chars().any(char::is_control) {
            return Err(Malformed("a county's name too long"));
        }
        if self.shards.len() > MOST_SHARDS {
            return Err(Malformed("too many shards"));
        }
        Ok(())
    }
}

fn read_contents(payload: &[u8]) -> Read<(Contents<'_>, Vec<&[u8]>)> {
    let mut reader = Reader::new(payload);
    if reader.array()? != 8 || reader.unsigned()? != FORMAT {
        return Err(Malformed("another version of the format"));
    }
    let (version, time) = (reader.unsigned()?, reader.integer()?);
    let (county, county_name) = (reader.text()?, reader.text()?);
    let policy = read_policy(&mut reader)?;
    let keys = reader.bytes()?;
    let count = reader.array()?;
    if count > MOST_SHARDS {
        return Err(Malformed("too many shards"));
    }
    let shards = (0..count).map(|_| reader.bytes());
    let shards = shards.collect::<Read<_>>()?;
    reader.end()?;
    let contents = Contents {
        version,
        time,
        county,
        county_name,
        policy,
        keys,
        shards: &[],
    };
    contents.fits()?;
    Ok((contents, shards))
}

fn read_policy(reader: &mut Reader<'_>) -> Read<Policy> {
    const BEYOND: Malformed = Malformed("a setting out of range");
    if reader.array()? != 5 {
        return Err(Malformed("settings of another number"));
    }
    Ok(Policy {
        soon_days: u16::try_from(reader.unsigned()?).map_err(|_| BEYOND)?,
        fresh_seconds: u32::try_from(reader.unsigned()?).map_err(|_| BEYOND)?,
        bundle_fresh_seconds: u32::try_from(reader.unsigned()?).map_err(|_| BEYOND)?,
        bundle_old_seconds: u32::try_from(reader.unsigned()?).map_err(|_| BEYOND)?,
        day_offset: i32::try_from(reader.integer()?).map_err(|_| BEYOND)?,
    })
}
