//! Passwords: argon2id, off the async threads, a bounded number at a time.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::platform::{Code, Fault, Result};

// 19 MiB and some 13 ms each: a flood of sign-ins must not take every core.
static SLOTS: LazyLock<Semaphore> = LazyLock::new(|| {
    Semaphore::new(std::thread::available_parallelism().map_or(2, std::num::NonZero::get))
});

/// Hashes a new password to a PHC string.
///
/// # Errors
/// `busy` when too many wait; `internal` when the hasher fails.
pub async fn hash(password: String) -> Result<String> {
    in_slot(Place::take()?, move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|e| Fault::internal(e.to_string()))
    })
    .await?
}

/// Compares a password with a stored hash. Without one it compares with a decoy: an unknown login takes as long.
///
/// # Errors
/// `busy` when the service stops; `internal` when the thread fails.
pub async fn matches(place: Place, password: String, stored: Option<String>) -> Result<bool> {
    in_slot(place, move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| DECOY.clone());
        let right = PasswordHash::new(&stored).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
        right && known
    })
    .await
}

static DECOY: LazyLock<String> = LazyLock::new(|| {
    Argon2::default()
        .hash_password(b"nobody")
        .map_or_else(|_| String::new(), |hash| hash.to_string())
});

// Whoever would wait behind these waits longer than a phone's patience: told at once instead.
const MOST_PLACES: usize = 64;
static PLACES: AtomicUsize = AtomicUsize::new(0);

/// A place in the queue. Taken before a try is counted against anybody: being told that we are busy is no failure.
pub struct Place(());

impl Place {
    /// Takes a place.
    ///
    /// # Errors
    /// `busy` when too many wait.
    pub fn take() -> Result<Self> {
        let before = PLACES.fetch_add(1, Ordering::SeqCst);
        let place = Self(());
        if before >= MOST_PLACES {
            return Err(Fault::new(Code::Busy));
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        PLACES.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn in_slot<T: Send + 'static>(
    _place: Place,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let slot = SLOTS.acquire().await.map_err(|_| Fault::new(Code::Busy))?;
    let done = tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Fault::internal(e.to_string()));
    drop(slot);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_would_wait_too_long_is_told_at_once() {
        let places: Vec<_> = (0..MOST_PLACES).map(|_| Place::take().unwrap()).collect();
        for _ in 0..3 {
            assert_eq!(
                Place::take().err().map(|fault| fault.code),
                Some(Code::Busy)
            );
        }
        drop(places);
        assert!(
            Place::take().is_ok(),
            "whoever was sent away holds no place"
        );
    }
}
