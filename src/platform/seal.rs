//! Sealing of personal fields and files (AES-256-GCM with a key id), keyed look-up hashes, token secrets.
//!
//! Keys live under `DATA/keys`, owner-only, made at the first start. One provider: aws-lc-rs.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{constant_time, digest, hmac, rand};

use super::config::{make_private_file, make_private_folder};
use super::error::{Fault, Result};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// Bytes of a short signature: 128 bits.
pub const SHORT_BYTES: usize = 16;

/// The keys of one installation.
pub struct Seal {
    /// Newest last: it seals; all of them open.
    field_keys: Vec<(u8, [u8; KEY_BYTES])>,
    lookup: hmac::Key,
    token_keys: Vec<(u8, [u8; KEY_BYTES])>,
}

impl Seal {
    /// Reads `field-N.key`, `lookup-1.key` and `token-N.key`, making the first of each when there is none.
    ///
    /// # Errors
    /// `internal` when the folder cannot be used or a key has the wrong length.
    pub fn load_or_create(folder: &Path) -> Result<Self> {
        make_private_folder(folder)?;
        let lookup = load_keys(folder, "lookup")?;
        // A second one would leave everybody on file unfindable.
        let [(_, lookup)] = lookup.as_slice() else {
            return Err(Fault::internal(
                "keys/ must hold one lookup-1.key and no other",
            ));
        };
        Ok(Self {
            field_keys: load_keys(folder, "field")?,
            lookup: hmac::Key::new(hmac::HMAC_SHA256, lookup),
            token_keys: load_keys(folder, "token")?,
        })
    }

    /// Seals `plain` for `purpose` (bound in, so a sealed phone cannot be passed off as an ID number).
    ///
    /// # Errors
    /// `internal` when the provider fails.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let (id, key) = self
            .field_keys
            .last()
            .ok_or_else(|| Fault::internal("no field key"))?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(crypto)?;
        let mut body = plain.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut body)
            .map_err(crypto)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + body.len());
        sealed.push(*id);
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
        let (_, key) = self
            .field_keys
            .iter()
            .find(|(k, _)| k == id)
            .ok_or_else(broken)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(crypto)?;
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
    pub fn signing_key(&self) -> Result<(u8, &[u8])> {
        self.token_keys
            .last()
            .map(|(id, key)| (*id, key.as_slice()))
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
        Ok((id, short(key, purpose, content)))
    }

    /// Whether [`Seal::sign_short`] made this signature with the key of that id; compared in constant time.
    #[must_use]
    pub fn signed_short(&self, id: u8, purpose: &str, content: &[u8], signature: &[u8]) -> bool {
        self.token_key(id).is_some_and(|key| {
            constant_time::verify_slices_are_equal(&short(key, purpose, content), signature).is_ok()
        })
    }

    /// The token key with this id, if we still hold it.
    #[must_use]
    pub fn token_key(&self, id: u8) -> Option<&[u8]> {
        self.token_keys
            .iter()
            .find(|(k, _)| *k == id)
            .map(|(_, key)| key.as_slice())
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

fn load_keys(folder: &Path, kind: &str) -> Result<Vec<(u8, [u8; KEY_BYTES])>> {
    let mut keys = Vec::new();
    for id in 1..=u8::MAX {
        let path = folder.join(format!("{kind}-{id}.key"));
        if !path.exists() {
            if id > 1 {
                break;
            }
            // Two first starts at once: both read the key of whoever was first.
            let key = random::<KEY_BYTES>()?;
            if make_private_file(&path, hex::encode(key).as_bytes())? {
                tracing::info!(path = %path.display(), "made a new key, readable by its owner only");
            }
        }
        let text = std::fs::read_to_string(&path)
            .map_err(|e| Fault::internal(format!("{}: {e}", path.display())))?;
        let mut key = [0; KEY_BYTES];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| {
            Fault::internal(format!("{}: not a 32-byte key in hex", path.display()))
        })?;
        keys.push((id, key));
    }
    Ok(keys)
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
}
