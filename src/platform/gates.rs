//! How much is let in at once: what is over is told to come again at once, instead of waiting in memory without end.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::config::Settings;
use super::error::{Code, Fault, Result};

/// A place taken; given back when it is dropped.
pub type Place = OwnedSemaphorePermit;

/// One bound.
pub struct Gate {
    places: Arc<Semaphore>,
    most: usize,
}

impl Gate {
    fn of(most: usize) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(most)),
            most,
        }
    }

    /// Takes a place if there is one; never waits.
    ///
    /// # Errors
    /// `busy`.
    pub fn enter(&self) -> Result<Place> {
        let place = self.places.clone().try_acquire_owned();
        place.map_err(|_| Fault::new(Code::Busy))
    }

    /// Places taken, and places in all.
    #[must_use]
    pub fn taken(&self) -> (usize, usize) {
        (self.most - self.places.available_permits(), self.most)
    }
}

/// The bounds of one instance. Background work passes none of them: what was accepted is finished.
pub struct Gates {
    /// Requests whose answer is not made yet.
    pub requests: Gate,
    /// Of these, writes: at work, or waiting for the database.
    pub writes: Gate,
    /// Of these, uploads.
    pub uploads: Gate,
    /// Of these, pieces of course files.
    pub chunks: Gate,
    /// Event streams that go on after their answer began.
    pub streams: Gate,
    /// Passwords that are hashed, or wait for it.
    pub passwords: Gate,
}

/// Whoever would wait behind these for a core waits longer than a phone's patience (13 ms and 19 MiB each): told at once
/// instead.
const PASSWORDS: usize = 64;

impl Gates {
    /// As the settings say.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            requests: Gate::of(settings.requests_at_once),
            writes: Gate::of(settings.writes_at_once),
            uploads: Gate::of(settings.uploads_at_once),
            chunks: Gate::of(settings.chunks_at_once),
            streams: Gate::of(settings.streams_at_once),
            passwords: Gate::of(PASSWORDS),
        }
    }

    /// All of them by name.
    #[must_use]
    pub fn all(&self) -> [(&'static str, &Gate); 6] {
        [
            ("requests", &self.requests),
            ("writes", &self.writes),
            ("uploads", &self.uploads),
            ("chunks", &self.chunks),
            ("streams", &self.streams),
            ("passwords", &self.passwords),
        ]
    }
}
