//! Passwords: argon2id, off the async threads, a bounded number at a time.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::platform::gates::Place;
use crate::platform::{Code, Fault, Result, State};

// 19 MiB and some 13 ms each: a flood of sign-ins must not take every core.
static SLOTS: LazyLock<Semaphore> = LazyLock::new(|| {
    Semaphore::new(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
});

/// Counts each hash that is really made.
const HASHES: &str = "anpei_password_hashes_total";

/// Takes a place in the queue. To be taken before a try is counted against anybody: being told that we are busy is no
/// failure.
///
/// # Errors
/// `busy` when too many wait.
pub fn place(state: &State) -> Result<Place> {
    state.gates.passwords.enter()
}

/// Hashes a new password to a PHC string.
///
/// # Errors
/// `internal` when the hasher fails.
pub async fn hash(state: &State, place: &Place, password: String) -> Result<String> {
    in_slot(state, place, move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|e| Fault::internal(e.to_string()))
    })
    .await?
}

/// Compares a password with a stored hash. Where there is none, or one that is none (an invitation not taken yet), it
/// compares with a decoy: an unknown login takes as long.
///
/// # Errors
/// `busy` when the service stops; `internal` when the thread fails.
pub async fn matches(
    state: &State,
    place: &Place,
    password: String,
    stored: Option<String>,
) -> Result<bool> {
    let known = stored
        .and_then(|stored| PasswordHash::new(&stored).ok())
        .filter(|hash| hash.salt.is_some() && hash.hash.is_some());
    let may_open = known.is_some();
    let hash = match known {
        Some(hash) => hash,
        None => PasswordHash::new(DECOY).map_err(|e| Fault::internal(e.to_string()))?,
    };
    let right = in_slot(state, place, move || {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
    .await?;
    Ok(right && may_open)
}

/// The hash of nothing in particular, at the cost of every other.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCwgMQ$YSBkZWNveTogbm8gcGFzc3dvcmQgaGFzaGVzIHNvISE";

async fn in_slot<T: Send + 'static>(
    state: &State,
    _place: &Place,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let slot = SLOTS.acquire().await.map_err(|_| Fault::new(Code::Busy))?;
    let made = state.metrics.counter(HASHES, &[]);
    let done = tokio::task::spawn_blocking(move || {
        made.increment(1);
        work()
    })
    .await
    .map_err(|e| Fault::internal(e.to_string()));
    drop(slot);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoy_costs_what_every_hash_costs() {
        let decoy = PasswordHash::new(DECOY).unwrap();
        let real = Argon2::default().hash_password(b"somebody").unwrap();
        assert_eq!(
            (&decoy.algorithm, decoy.version, &decoy.params),
            (&real.algorithm, real.version, &real.params)
        );
        let length = |hash: &PasswordHash| hash.hash.as_ref().map(|output| output.len());
        assert_eq!(length(&decoy), length(&real));
        let tried = Argon2::default().verify_password(b"nobody", &decoy);
        assert!(tried.is_err());
    }
}
