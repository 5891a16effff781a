//! Sealing of personal fields and files (AES-256-GCM with a key id), keyed look-up hashes, token secrets.
//!
//! Every key in the folder opens and verifies; of each kind the one the database says is current seals and signs. One
//! provider: aws-lc-rs.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{constant_time, digest, hmac, rand};

use super::error::{Fault, Result};
use super::keyring::{Key, Kind, Name, Ring};

const NONCE_BYTES: usize = 12;
/// How soon the folder is looked at again for a key that was not there: whoever invents key ids costs no more.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Bytes of a short signature: 128 bits.
pub const SHORT_BYTES: usize = 16;

/// The keys of one installation.
pub struct Seal {
    folder: PathBuf,
    ring: RwLock<Arc<Ring>>,
    lookup: hmac::Key,
    field_now: AtomicU8,
    token_now: AtomicU8,
    whole: AtomicBool,
    looked: Mutex<Option<Instant>>,
}

impl Seal {
    /// Reads the keys, making the first of each kind where there is none.
    ///
    /// # Errors
    /// `internal` when the folder cannot be used or a key has the wrong length.
    pub fn load_or_create(folder: &Path) -> Result<Self> {
        Ring::make_first(folder)?;
        Self::load(folder)
    }

    /// Reads the keys and makes none. The newest of each kind are current until [`Seal::use_keys`] says otherwise.
    ///
    /// # Errors
    /// `keys_missing` when there is not one of each kind.
    pub fn load(folder: &Path) -> Result<Self> {
        let ring = Ring::read(folder)?;
        ring.must_be_whole()?;
        let no_key = || Fault::internal("no such key");
        let newest = |kind| ring.newest(kind).ok_or_else(no_key);
        let lookup = Name::new(Kind::Lookup, newest(Kind::Lookup)?);
        let lookup = ring.get(lookup).ok_or_else(no_key)?;
        Ok(Self {
            folder: folder.to_owned(),
            lookup: hmac::Key::new(hmac::HMAC_SHA256, lookup),
            field_now: newest(Kind::Field)?.into(),
            token_now: newest(Kind::Token)?.into(),
            ring: RwLock::new(Arc::new(ring)),
            whole: AtomicBool::new(true),
            looked: Mutex::new(None),
        })
    }

    /// The keys as they were last read.
    #[must_use]
    pub fn ring(&self) -> Arc<Ring> {
        self.ring
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Reads the folder anew.
    ///
    /// # Errors
    /// `internal` when it cannot be read.
    pub fn read_again(&self) -> Result<Arc<Ring>> {
        let ring = Arc::new(Ring::read(&self.folder)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring.clone();
        Ok(ring)
    }

    /// From now on seals and signs with these.
    pub fn use_keys(&self, field: u8, token: u8) {
        self.field_now.store(field, Ordering::SeqCst);
        self.token_now.store(token, Ordering::SeqCst);
    }

    /// The id of the key that seals now.
    #[must_use]
    pub fn field_now(&self) -> u8 {
        self.field_now.load(Ordering::SeqCst)
    }

    /// The id of the key that signs now.
    #[must_use]
    pub fn token_now(&self) -> u8 {
        self.token_now.load(Ordering::SeqCst)
    }

    /// Whether the folder holds every key in use; without them an instance is not ready.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole.load(Ordering::SeqCst)
    }

    /// Notes whether the folder holds every key in use.
    pub(super) fn set_whole(&self, whole: bool) {
        self.whole.store(whole, Ordering::SeqCst);
    }

    /// A key by its name. One that is not there may have been added a moment ago.
    fn key(&self, name: Name) -> Option<Key> {
        if let Some(key) = self.ring().get(name) {
            return Some(*key);
        }
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_none_or(|at| at.elapsed() >= LOOK_AGAIN) {
            *looked = Some(Instant::now());
            if let Err(fault) = self.read_again() {
                tracing::error!(%fault, "the keys cannot be read");
            }
        }
        drop(looked);
        self.ring().get(name).copied()
    }

    /// Seals `plain` for `purpose` (bound in, so a sealed phone cannot be passed off as an ID number).
    ///
    /// # Errors
    /// `internal` when the provider fails.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let id = self.field_now();
        let key = self
            .key(Name::new(Kind::Field, id))
            .ok_or_else(|| Fault::internal("no field key"))?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(crypto)?;
        let mut body = plain.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut body)
            .map_err(crypto)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + body.len());
        sealed.push(id);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens what [`Seal::seal`] made for the same purpose, with whichever key it names.
    ///
    /// # Errors
    /// `internal` when the bytes were changed or the key is gone.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken = || Fault::internal("a sealed value cannot be opened");
        let (id, rest) = sealed.split_first().ok_or_else(broken)?;
        let (nonce, body) = rest.split_at_checked(NONCE_BYTES).ok_or_else(broken)?;
        let key = self.key(Name::new(Kind::Field, *id)).ok_or_else(broken)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(crypto)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(crypto)?;
        let mut body = body.to_vec();
        let plain = key
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut body)
            .map_err(|_| broken())?;
        Ok(plain.to_vec())
    }

    /// Opens text.
    ///
    /// # Errors
    /// As [`Seal::open`].
    pub fn open_text(&self, purpose: &str, sealed: &[u8]) -> Result<String> {
        String::from_utf8(self.open(purpose, sealed)?)
            .map_err(|_| Fault::internal("a sealed value is not text"))
    }

    /// The keyed hash by which a sealed value is found again.
    #[must_use]
    pub fn lookup(&self, purpose: &str, plain: &str) -> Vec<u8> {
        hmac::sign(&self.lookup, format!("{purpose}\0{plain}").as_bytes())
            .as_ref()
            .to_vec()
    }

    /// The token key that signs now, with its id.
    ///
    /// # Errors
    /// `internal` when there is none.
    pub fn signing_key(&self) -> Result<(u8, Key)> {
        let id = self.token_now();
        self.token_key(id)
            .map(|key| (id, key))
            .ok_or_else(|| Fault::internal("no token key"))
    }

    /// A short signature of `content` for one purpose, with the id of the key it came from.
    ///
    /// Each purpose has a key of its own, derived from the token key: what is signed for one opens nothing of another.
    ///
    /// # Errors
    /// `internal` when there is no key.
    pub fn sign_short(&self, purpose: &str, content: &[u8]) -> Result<(u8, [u8; SHORT_BYTES])> {
        let (id, key) = self.signing_key()?;
        Ok((id, short(&key, purpose, content)))
    }

    /// Whether [`Seal::sign_short`] made this signature with the key of that id; compared in constant time.
    #[must_use]
    pub fn signed_short(&self, id: u8, purpose: &str, content: &[u8], signature: &[u8]) -> bool {
        self.token_key(id).is_some_and(|key| {
            constant_time::verify_slices_are_equal(&short(&key, purpose, content), signature)
                .is_ok()
        })
    }

    /// The token key with this id, if we still hold it.
    #[must_use]
    pub fn token_key(&self, id: u8) -> Option<Key> {
        self.key(Name::new(Kind::Token, id))
    }
}

/// The first half of an HMAC-SHA-256 under the purpose's own key.
fn short(key: &[u8], purpose: &str, content: &[u8]) -> [u8; SHORT_BYTES] {
    let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), purpose.as_bytes());
    let whole = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, own.as_ref()), content);
    let mut half = [0; SHORT_BYTES];
    half.iter_mut()
        .zip(whole.as_ref())
        .for_each(|(byte, told)| *byte = *told);
    half
}

/// Fresh random bytes.
///
/// # Errors
/// `internal` when the system has none to give.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(crypto)?;
    Ok(bytes)
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

fn crypto<E>(_: E) -> Fault {
    Fault::internal("the cryptographic provider failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_whole_and_for_its_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::load_or_create(folder.path()).unwrap();
        let sealed = seal.seal("person.id", b"11010519491231002X").unwrap();
        assert_eq!(
            seal.open("person.id", &sealed).unwrap(),
            b"11010519491231002X"
        );
        assert!(seal.open("person.phone", &sealed).is_err());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(seal.open("person.id", &changed).is_err(), "byte {place}");
        }
        let again = Seal::load_or_create(folder.path()).unwrap();
        assert_eq!(
            again.open("person.id", &sealed).unwrap(),
            b"11010519491231002X"
        );
        assert_eq!(again.lookup("id", "x"), seal.lookup("id", "x"));
        assert_ne!(again.lookup("id", "x"), seal.lookup("phone", "x"));
    }

    #[test]
    fn a_short_signature_holds_for_its_content_its_purpose_and_its_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::load_or_create(folder.path()).unwrap();
        let (id, signature) = seal.sign_short("check-in", b"class 1").unwrap();
        assert!(seal.signed_short(id, "check-in", b"class 1", &signature));
        assert!(!seal.signed_short(id, "check-in", b"class 2", &signature));
        assert!(!seal.signed_short(id, "check-out", b"class 1", &signature));
        assert!(!seal.signed_short(id + 1, "check-in", b"class 1", &signature));
        assert!(!seal.signed_short(id, "check-in", b"class 1", &signature[..8]));
    }

    #[test]
    fn two_first_starts_at_once_end_up_with_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let seals: Vec<Seal> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| Seal::load_or_create(folder.path()).unwrap()))
                .collect();
            starts.into_iter().map(|s| s.join().unwrap()).collect()
        });
        let looked: Vec<_> = seals.iter().map(|seal| seal.lookup("id", "x")).collect();
        assert!(looked.iter().all(|hash| *hash == looked[0]));
    }

    #[test]
    fn a_key_added_beside_opens_at_once_and_seals_when_it_is_said_to() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (
            Seal::load_or_create(folder.path()).unwrap(),
            Seal::load_or_create(folder.path()).unwrap(),
        );
        let old = here.seal("id", b"x").unwrap();
        for kind in [Kind::Field, Kind::Token] {
            here.ring().make_next(kind, 0).unwrap();
        }
        assert_eq!(
            here.seal("id", b"x").unwrap()[0],
            1,
            "not before it is said"
        );
        here.read_again().unwrap();
        here.use_keys(2, 2);
        let new = here.seal("id", b"x").unwrap();
        assert_eq!((old[0], new[0]), (1, 2));
        for seal in [&here, &there] {
            assert_eq!(seal.open("id", &old).unwrap(), b"x");
            assert_eq!(seal.open("id", &new).unwrap(), b"x");
            assert_eq!(seal.token_key(2), here.token_key(2));
        }
        assert_eq!((here.signing_key().unwrap().0, there.token_now()), (2, 1));
        assert!(there.token_key(3).is_none());
    }
}
