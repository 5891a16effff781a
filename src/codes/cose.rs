//! `COSE_Sign1` (RFC 9052) with Ed25519 and nothing else, and the keys that sign and verify it.
//!
//! The protected header holds exactly the algorithm (−8), the key's id and, for all but the credential, what kind of
//! thing is signed (RFC 9596): a status list is never taken for a bundle. Any other header, critical or not, any other
//! algorithm and any unprotected header are refused before a key is looked for, so an algorithm cannot be talked over.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};

use super::cbor::{Malformed, Read, Reader, Writer};

/// A key's id: the first bytes of the SHA-256 of its public key.
pub type Kid = [u8; 4];

/// Seeds and public keys.
pub const KEY_BYTES: usize = 32;
/// Signatures of either kind.
pub const SIGNATURE_BYTES: usize = 64;

const TAG_SIGN1: u64 = 18;
const ALG: i64 = 1;
const KID: i64 = 4;
const TYP: i64 = 16;
const EDDSA: i64 = -8;

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A credential; its header is as short as can be.
    Credential,
    /// A part of the status list.
    StatusList,
    /// The issuer keys, signed by a root.
    Keys,
    /// The trust bundle.
    Bundle,
}

impl Kind {
    /// The media type in the header.
    const fn typ(self) -> Option<&'static str> {
        match self {
            Self::Credential => None,
            Self::StatusList => Some("application/statuslist+cwt"),
            Self::Keys => Some("application/vnd.anpei.tc1-keys+cbor"),
            Self::Bundle => Some("application/vnd.anpei.tc1-bundle+cbor"),
        }
    }
}

/// The provider made no key or no signature, or these bytes are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a usable key")]
pub struct BadKey;

/// A private key that signs credentials, lists and bundles; a root is one too and signs the key set.
#[derive(Debug)]
pub struct IssuerKey {
    kid: Kid,
    public: [u8; KEY_BYTES],
    pair: Ed25519KeyPair,
}

impl IssuerKey {
    /// The key of a secret seed.
    ///
    /// # Errors
    /// When the provider refuses it.
    pub fn from_seed(seed: &[u8; KEY_BYTES]) -> Result<Self, BadKey> {
        Self::of(Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| BadKey)?)
    }

    /// A fresh key.
    ///
    /// # Errors
    /// When the provider has no randomness to give.
    pub fn generate() -> Result<Self, BadKey> {
        Self::of(Ed25519KeyPair::generate().map_err(|_| BadKey)?)
    }

    fn of(pair: Ed25519KeyPair) -> Result<Self, BadKey> {
        let public = pair.public_key().as_ref().try_into().map_err(|_| BadKey)?;
        Ok(Self {
            kid: kid_of(&public),
            public,
            pair,
        })
    }

    /// The secret seed, to be kept where only its owner reads.
    ///
    /// # Errors
    /// When the provider does not give it.
    pub fn seed(&self) -> Result<[u8; KEY_BYTES], BadKey> {
        let seed = self.pair.seed().map_err(|_| BadKey)?;
        let seed: Curve25519SeedBin<'_> = seed.as_be_bytes().map_err(|_| BadKey)?;
        seed.as_ref().try_into().map_err(|_| BadKey)
    }

    /// Signs a message.
    ///
    /// # Errors
    /// When the provider cannot sign.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], BadKey> {
        let signature = self.pair.try_sign(message).map_err(|_| BadKey)?;
        signature.as_ref().try_into().map_err(|_| BadKey)
    }

    /// Its id.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> [u8; KEY_BYTES] {
        self.public
    }
}

/// A public key that verifies, read once and used often.
#[derive(Clone)]
pub struct PublicKey {
    kid: Kid,
    bytes: [u8; KEY_BYTES],
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// Reads a public key.
    ///
    /// # Errors
    /// When these bytes are none.
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Result<Self, BadKey> {
        Ok(Self {
            kid: kid_of(bytes),
            bytes: *bytes,
            parsed: ParsedPublicKey::new(&ED25519, bytes).map_err(|_| BadKey)?,
        })
    }

    /// Its id.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    /// Whether the private half signed this message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", hex::encode(self.bytes))
    }
}

/// The id of a public key.
#[must_use]
pub fn kid_of(public: &[u8; KEY_BYTES]) -> Kid {
    let hash = digest(&SHA256, public);
    let mut kid = Kid::default();
    kid.iter_mut()
        .zip(hash.as_ref())
        .for_each(|(to, from)| *to = *from);
    kid
}

/// A signed thing, taken apart but not verified.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    /// Which key is said to have signed.
    pub kid: Kid,
    /// What is signed.
    pub payload: &'a [u8],
    /// The signature.
    pub signature: &'a [u8; SIGNATURE_BYTES],
    protected: &'a [u8],
}

impl Signed<'_> {
    /// Whether this key signed it.
    #[must_use]
    pub fn verify(&self, key: &PublicKey) -> bool {
        key.verifies(&self.message(), self.signature)
    }

    /// The bytes that are signed: the `Sig_structure` of RFC 9052, section 4.4.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        message(self.protected, self.payload)
    }
}

/// Signs a payload.
///
/// # Errors
/// When the provider cannot sign.
pub fn sign(kind: Kind, payload: &[u8], key: &IssuerKey) -> Result<Vec<u8>, BadKey> {
    let protected = protected(kind, key.kid);
    let signature = key.sign(&message(&protected, payload))?;
    let mut writer = Writer::with_room(payload.len() + protected.len() + SIGNATURE_BYTES + 16);
    writer.tag(TAG_SIGN1).array(4).bytes(&protected).map(0);
    writer.bytes(payload).bytes(&signature);
    Ok(writer.done())
}

/// Takes a signed thing of this kind apart.
///
/// # Errors
/// When it is not exactly what [`sign`] writes for this kind.
pub fn read(kind: Kind, bytes: &[u8]) -> Read<Signed<'_>> {
    let mut reader = Reader::new(bytes);
    reader.tag(TAG_SIGN1)?;
    if reader.array()? != 4 {
        return Err(Malformed("not four parts"));
    }
    let protected = reader.bytes()?;
    let kid = read_protected(kind, protected)?;
    let unprotected = reader.map()?.next(&mut reader, Reader::integer)?;
    if unprotected.is_some() {
        return Err(Malformed("an unprotected header"));
    }
    let payload = reader.bytes()?;
    let signature = reader.exactly()?;
    reader.end()?;
    Ok(Signed {
        kid,
        payload,
        signature,
        protected,
    })
}

fn protected(kind: Kind, kid: Kid) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(2 + usize::from(kind.typ().is_some()));
    writer.integer(ALG).integer(EDDSA).integer(KID).bytes(&kid);
    if let Some(typ) = kind.typ() {
        writer.integer(TYP).text(typ);
    }
    writer.done()
}

fn read_protected(kind: Kind, bytes: &[u8]) -> Read<Kid> {
    let mut reader = Reader::new(bytes);
    let mut keys = reader.map()?;
    let (mut alg, mut kid, mut typ) = (None, None, None);
    while let Some(label) = keys.next(&mut reader, Reader::integer)? {
        match label {
            ALG => alg = Some(reader.integer()?),
            KID => kid = Some(*reader.exactly()?),
            TYP => typ = Some(reader.text()?),
            _ => return Err(Malformed("an unknown header")),
        }
    }
    reader.end()?;
    if alg != Some(EDDSA) {
        return Err(Malformed("another algorithm than the key's"));
    }
    if typ != kind.typ() {
        return Err(Malformed("signed as another kind of thing"));
    }
    kid.ok_or(Malformed("no key id"))
}

fn message(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_room(protected.len() + payload.len() + 24);
    writer.array(4).text("Signature1").bytes(protected);
    writer.bytes(&[]).bytes(payload);
    writer.done()
}
