//! The holder's key: P-256, made on his phone, known to us by its public half.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};

use crate::codes::cose::SIGNATURE_BYTES;
use crate::codes::tc1::HOLDER_BYTES;

/// Coordinates of a point.
const COORDINATE: usize = 32;
/// A `SubjectPublicKeyInfo` of an uncompressed point on P-256.
const SPKI: usize = 91;

/// The key as it stands in a credential: from a compressed point, a raw uncompressed one, or `SubjectPublicKeyInfo`.
///
/// Nothing where it is no point on P-256. Hybrid points, and points compressed within `SubjectPublicKeyInfo`, which no
/// browser writes, are not taken.
#[must_use]
pub fn holder_key(bytes: &[u8]) -> Option<[u8; HOLDER_BYTES]> {
    match (bytes.len(), bytes.first()?) {
        (HOLDER_BYTES, 2 | 3) | (65, 4) | (SPKI, 0x30) => {}
        _ => return None,
    }
    // The provider finds y where it is left out, and refuses what is not on the curve.
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes).ok()?;
    let whole = key.as_der().ok()?;
    let (_, point) = whole.as_ref().split_last_chunk::<{ 2 * COORDINATE }>()?;
    let (x, y) = point.split_at(COORDINATE);
    let mut compressed = [0; HOLDER_BYTES];
    let (sign, rest) = compressed.split_first_mut()?;
    *sign = 2 + (y.last()? & 1);
    rest.copy_from_slice(x);
    Some(compressed)
}

/// What a phone signs to claim a code with a key.
#[must_use]
pub fn claim_message(nonce: &[u8], key: &[u8; HOLDER_BYTES]) -> Vec<u8> {
    [b"TC1-claim".as_slice(), nonce, key].concat()
}

/// Whether the key's owner signed the server's nonce: he holds the private half.
#[must_use]
pub fn verify_claim(
    nonce: &[u8],
    key: &[u8; HOLDER_BYTES],
    signature: &[u8; SIGNATURE_BYTES],
) -> bool {
    signed(key, &claim_message(nonce, key), signature)
}

/// Whether the private half of a compressed key signed a message.
#[must_use]
pub fn signed(key: &[u8; HOLDER_BYTES], message: &[u8], signature: &[u8]) -> bool {
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
        .is_ok_and(|key| key.verify_sig(message, signature).is_ok())
}
