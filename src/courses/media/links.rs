//! Links to a file's bytes (限时链接): for players that send no token, and for no longer than a lesson takes.
//!
//! The signature names for whom the link was made, so that one passed on can be traced, and is refused when anything of
//! it was changed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use crate::platform::State;

/// How long a link to a lesson's file is good: an evening.
pub const LIFETIME_SECONDS: i64 = 6 * 3_600;
/// Links made within these seconds are the same, so that a player's cache finds what it has.
const STEADY_SECONDS: i64 = 300;
const PURPOSE: &str = "anpei media link";
/// A key's id, for whom, and the signature.
const BYTES: usize = 1 + 16 + 16;

/// The address of a file's bytes below the service's own, for a person or an account, good for so many seconds (up to five
/// minutes less where they are hours).
#[must_use]
pub fn link(state: &State, media_id: Uuid, for_whom: Uuid, lifetime_seconds: i64) -> String {
    let until = state.clock.now() / 1_000_000 + lifetime_seconds;
    let expires = if lifetime_seconds > 2 * STEADY_SECONDS {
        until - until.rem_euclid(STEADY_SECONDS)
    } else {
        until
    };
    let content = content(media_id, for_whom, expires);
    // Without a key an instance is not ready; a link of its making would be refused.
    let signed = state.seal.sign_short(PURPOSE, &content).ok();
    let signature = signed.map_or_else(String::new, |(key, signature)| {
        let whole = [&[key][..], for_whom.as_bytes(), &signature].concat();
        URL_SAFE_NO_PAD.encode(whole)
    });
    format!("/v1/courses/media/{media_id}/content?expires={expires}&signature={signature}")
}

/// Whether a link is one of ours and not too old.
pub(super) fn holds(state: &State, media_id: Uuid, expires: i64, signature: &str) -> bool {
    let Ok(told) = URL_SAFE_NO_PAD.decode(signature) else {
        return false;
    };
    if told.len() != BYTES || expires <= state.clock.now() / 1_000_000 {
        return false;
    }
    let Ok(for_whom) = Uuid::from_slice(&told[1..17]) else {
        return false;
    };
    let content = content(media_id, for_whom, expires);
    let seal = &state.seal;
    seal.signed_short(told[0], PURPOSE, &content, &told[17..])
}

fn content(media_id: Uuid, for_whom: Uuid, expires: i64) -> Vec<u8> {
    let expires = expires.to_be_bytes();
    [&media_id.as_bytes()[..], for_whom.as_bytes(), &expires].concat()
}
