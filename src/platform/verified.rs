//! Access tokens that were verified before, by their hash: the signature and the words of each are read once. Whether
//! its key is still there, its time is over or its session ended is asked at every request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::caller::Claims;
use super::seal;

/// Tokens held; nobody gets in who was not signed by us. Beyond that those whose time is over are forgotten, then all.
const MOST: usize = 10_000;

/// A token that was verified.
pub(super) struct Known {
    /// The key that signed it.
    pub(super) key_id: u8,
    pub(super) claims: Claims,
}

/// The tokens one instance has verified.
#[derive(Default)]
pub struct Verified(RwLock<HashMap<Vec<u8>, Arc<Known>>>);

impl Verified {
    pub(super) fn find(&self, token: &str) -> Option<Arc<Known>> {
        let hash = seal::sha256(token.as_bytes());
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.get(&hash).cloned()
    }

    /// Keeps a token that was verified; `now` in seconds since 1970.
    pub(super) fn keep(&self, token: &str, known: Arc<Known>, now: i64) {
        let hash = seal::sha256(token.as_bytes());
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= MOST {
            held.retain(|_, known| known.claims.exp > now);
        }
        if held.len() >= MOST {
            held.clear();
        }
        held.insert(hash, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn known(exp: i64) -> Arc<Known> {
        let claims = Claims {
            sub: Uuid::nil(),
            county: Uuid::nil(),
            login: String::new(),
            grants: Vec::new(),
            sid: Uuid::nil(),
            exp,
            iat: 0,
        };
        Arc::new(Known { key_id: 1, claims })
    }

    #[test]
    fn a_full_map_forgets_what_is_over_and_stays_bounded() {
        let verified = Verified::default();
        for n in 0..MOST {
            let exp = if n % 2 == 0 { 10 } else { 1_000 };
            verified.keep(&n.to_string(), known(exp), 0);
        }
        verified.keep("one more", known(1_000), 10);
        assert!(verified.find("0").is_none(), "its time is over");
        assert!(verified.find("1").is_some());
        assert!(verified.find("one more").is_some());
        for n in MOST..2 * MOST {
            verified.keep(&n.to_string(), known(1_000), 10);
        }
        let held = verified.0.read().unwrap().len();
        assert!((1..=MOST).contains(&held), "{held}");
    }
}
