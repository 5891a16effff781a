//! The issuer keys a verifier trusts, signed by a root that the service need not have (签发密钥集).

use crate::codes::bundle::{MOST_VERSION, Refused, Unbuilt};
use crate::codes::cbor::{Malformed, Read, Reader, Writer};
use crate::codes::cose::{self, IssuerKey, KEY_BYTES, Kid, Kind, PublicKey};
use crate::codes::tc1::LAST_SECOND;

/// The most keys: half a year each, so 32 years of them.
pub const MOST_KEYS: usize = 64;

const FORMAT: u64 = 1;

/// A key, and when what it signed is believed.
#[derive(Clone, Debug)]
pub struct Key {
    /// The public half.
    pub public: PublicKey,
    /// The first instant at which it may sign, in seconds since 1970.
    pub not_before: i64,
    /// The last instant at which it may sign. What it signed until then stays good.
    pub not_after: i64,
    /// What says it was issued later is refused: the key was lost after that, and its owner knows.
    pub cut_off: Option<i64>,
    /// From this instant on nothing it ever signed is believed: whoever has it can also date back.
    pub revoked_from: Option<i64>,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.public.bytes() == other.public.bytes() && self.instants() == other.instants()
    }
}

/// Why a key's signature is not believed although it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The key is revoked, or was when this was issued.
    Revoked,
    /// Issued before the key was in force, or after.
    OutOfTime,
}

impl Key {
    fn instants(&self) -> (i64, i64, Option<i64>, Option<i64>) {
        (
            self.not_before,
            self.not_after,
            self.cut_off,
            self.revoked_from,
        )
    }

    /// Whether something it signed at `issued` is believed at `at`, both in seconds since 1970.
    ///
    /// # Errors
    /// Why not; revoked goes before out of time.
    pub fn vouches(&self, issued: i64, at: i64) -> Result<(), Doubt> {
        if self.revoked_from.is_some_and(|from| from <= at) {
            return Err(Doubt::Revoked);
        }
        if self.cut_off.is_some_and(|last| issued > last) {
            return Err(Doubt::Revoked);
        }
        if !(self.not_before..=self.not_after).contains(&issued) {
            return Err(Doubt::OutOfTime);
        }
        Ok(())
    }
}

/// All issuer keys, with a version that never goes back.
#[derive(Clone, Debug, PartialEq)]
pub struct KeySet {
    /// Counted up by whoever signs with a root.
    pub version: u64,
    /// When it was signed, in seconds since 1970.
    pub issued: i64,
    /// The keys.
    pub keys: Vec<Key>,
}

impl KeySet {
    /// The key of an id.
    #[must_use]
    pub fn get(&self, kid: Kid) -> Option<&Key> {
        self.keys.iter().find(|key| key.public.kid() == kid)
    }

    /// Signs the set with a root.
    ///
    /// # Errors
    /// When there are no keys, too many, two of one id, or the provider cannot sign.
    pub fn sign(&self, root: &IssuerKey) -> Result<Vec<u8>, Unbuilt> {
        self.fits().map_err(|Malformed(why)| Unbuilt::Unfit(why))?;
        let mut writer = Writer::with_room(self.keys.len() * 80);
        writer.array(4).unsigned(FORMAT).unsigned(self.version);
        writer.integer(self.issued).array(self.keys.len());
        for key in &self.keys {
            writer
                .array(6)
                .bytes(&key.public.kid())
                .bytes(key.public.bytes());
            writer.integer(key.not_before).integer(key.not_after);
            writer.nullable(key.cut_off).nullable(key.revoked_from);
        }
        Ok(cose::sign(Kind::Keys, &writer.done(), root)?)
    }

    /// Reads a set that one of these roots signed.
    ///
    /// # Errors
    /// When it is malformed, or signed by none of them.
    pub fn read(bytes: &[u8], roots: &[[u8; KEY_BYTES]]) -> Result<Self, Refused> {
        let signed = cose::read(Kind::Keys, bytes)?;
        let of_kid = |root: &&[u8; KEY_BYTES]| cose::kid_of(root) == signed.kid;
        let root = roots.iter().find(of_kid).ok_or(Refused::UnknownRoot)?;
        let root = PublicKey::new(root).map_err(|_| Refused::UnknownRoot)?;
        if !signed.verify(&root) {
            return Err(Refused::ForgedKeys);
        }
        let set = read_set(signed.payload)?;
        set.fits()?;
        Ok(set)
    }

    fn fits(&self) -> Read<()> {
        if self.keys.is_empty() || self.keys.len() > MOST_KEYS {
            return Err(Malformed("no keys, or too many"));
        }
        if self.version > MOST_VERSION {
            return Err(Malformed("a version beyond the last"));
        }
        let instant = |instant: i64| (0..=LAST_SECOND).contains(&instant);
        let good = |key: &Key| {
            let (from, to, cut_off, revoked) = key.instants();
            let named = [Some(from), Some(to), cut_off, revoked];
            from <= to && named.into_iter().flatten().all(instant)
        };
        if !instant(self.issued) || !self.keys.iter().all(good) {
            return Err(Malformed("an instant out of range"));
        }
        let mut kids: Vec<Kid> = self.keys.iter().map(|key| key.public.kid()).collect();
        kids.sort_unstable();
        if kids.windows(2).any(|two| two[0] == two[1]) {
            return Err(Malformed("two keys of one id"));
        }
        Ok(())
    }
}

fn read_set(payload: &[u8]) -> Read<KeySet> {
    let mut reader = Reader::new(payload);
    if reader.array()? != 4 || reader.unsigned()? != FORMAT {
        return Err(Malformed("another version of the format"));
    }
    let (version, issued) = (reader.unsigned()?, reader.integer()?);
    let count = reader.array()?;
    if count > MOST_KEYS {
        return Err(Malformed("no keys, or too many"));
    }
    let keys = (0..count).map(|_| read_key(&mut reader));
    let keys = keys.collect::<Read<_>>()?;
    reader.end()?;
    Ok(KeySet {
        version,
        issued,
        keys,
    })
}

fn read_key(reader: &mut Reader<'_>) -> Read<Key> {
    if reader.array()? != 6 {
        return Err(Malformed("a key of another length"));
    }
    let kid: Kid = *reader.exactly()?;
    let public = PublicKey::new(reader.exactly()?).map_err(|_| Malformed("not a key"))?;
    if public.kid() != kid {
        return Err(Malformed("an id that is not its key's"));
    }
    Ok(Key {
        public,
        not_before: reader.integer()?,
        not_after: reader.integer()?,
        cut_off: reader.nullable(Reader::integer)?,
        revoked_from: reader.nullable(Reader::integer)?,
    })
}
