//! What every room stands on: settings, database, errors, callers, scope, time, files, jobs.
//!
//! One word, one file. May not enter: anything that knows the field (people, plans, classes).

pub mod address;
pub mod caller;
pub mod clock;
pub mod config;
pub mod db;
pub mod drawing;
pub mod dump;
pub mod error;
pub mod etag;
pub mod files;
pub mod gates;
pub mod group;
pub mod idempotency;
pub mod intake;
pub mod jobs;
pub mod keyring;
pub mod keys;
pub mod limits;
pub mod locale;
pub mod memo;
pub mod metrics;
pub mod objects;
pub mod page;
pub mod pictures;
pub mod production;
pub mod recurring;
pub mod reseal;
pub mod scope;
pub mod seal;
pub mod sessions;
pub mod tag;
pub mod telemetry;
pub mod verified;

use std::sync::Arc;

pub use caller::Caller;
pub use error::{Code, Fault, Result};
pub use scope::{Action, Role, Scope};

/// All that an operation may reach for: handed in, so that a test can replace the clock or the folder.
pub struct State {
    pub db: db::Db,
    pub clock: clock::Clock,
    pub seal: seal::Seal,
    pub files: files::Files,
    pub objects: objects::Objects,
    pub settings: config::Settings,
    /// Set when the server has begun to stop; background work looks at it between two steps.
    pub stopping: tokio::sync::watch::Sender<bool>,
    /// Changed when a job was queued, so that its runner need not poll often: [`jobs::wake`].
    pub job_queued: tokio::sync::watch::Sender<u64>,
    /// Set when a message was written to the outbox; its senders look then.
    pub posted: std::sync::atomic::AtomicBool,
    /// Sessions ended while their access tokens still live.
    pub ended: sessions::Ended,
    /// Access tokens verified before.
    pub verified: verified::Verified,
    /// What many callers hand in at once and is written together.
    pub groups: group::Groups,
    /// Answers kept for a moment.
    pub memo: memo::Memo,
    /// How much is let in at once.
    pub gates: gates::Gates,
    pub metrics: metrics::Metrics,
}

/// The state as handlers and background tasks share it.
pub type App = Arc<State>;

impl State {
    /// Opens the database, brings its schema up to date and loads the keys.
    ///
    /// # Errors
    /// `database_unavailable` when it cannot be reached; `keys_missing` or `keys_differ` when it was sealed with other
    /// keys; `internal` when keys or folders cannot be read.
    pub async fn open(settings: config::Settings) -> Result<App> {
        let state = Self::open_unmigrated(settings).await?;
        state.db.migrate().await?;
        keys::register_first(&state).await?;
        Ok(state)
    }

    /// Opens without touching the schema (for `anpei migrate`, which reports what it does).
    ///
    /// # Errors
    /// As [`State::open`].
    pub async fn open_unmigrated(settings: config::Settings) -> Result<App> {
        // One provider for all TLS; a second call finds it there, which is no fault.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        config::make_private_folder(&settings.data)?;
        let db = db::Db::open(&settings).await?;
        let seal = keys::open(&db, &settings.data.join("keys")).await?;
        let files = files::Files::open(&settings.data.join("files"))?;
        let objects = objects::Objects::open(&settings)?;
        Ok(Arc::new(Self {
            db,
            clock: clock::Clock::system(settings.utc_offset_minutes),
            seal,
            files,
            objects,
            gates: gates::Gates::new(&settings),
            metrics: metrics::Metrics::new(),
            settings,
            stopping: tokio::sync::watch::channel(false).0,
            job_queued: tokio::sync::watch::channel(0).0,
            posted: std::sync::atomic::AtomicBool::new(false),
            ended: sessions::Ended::default(),
            verified: verified::Verified::default(),
            groups: group::Groups::default(),
            memo: memo::Memo::default(),
        }))
    }
}
