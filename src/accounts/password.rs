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
    in_slot(move || {
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
/// `busy` when too many wait; `internal` when the thread fails.
pub async fn matches(password: String, stored: Option<String>) -> Result<bool> {
    in_slot(move || {
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
const MOST_WAITING: usize = 64;
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// One who waits for a slot, counted while he does.
struct Waiting;

impl Waiting {
    fn begin() -> Result<Self> {
        let before = WAITING.fetch_add(1, Ordering::SeqCst);
        let waiting = Self;
        if before >= MOST_WAITING {
            return Err(Fault::new(Code::Busy));
        }
        Ok(waiting)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn in_slot<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _waiting = Waiting::begin()?;
    let _slot = SLOTS.acquire().await.map_err(|_| Fault::new(Code::Busy))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Fault::internal(e.to_string()))
}
