//! Time and new ids, handed in so that a test can stand on any day.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Utc};
use uuid::Uuid;

/// The clock of one instance: the system's, or a test's own.
#[derive(Clone)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
    offset: FixedOffset,
}

impl Clock {
    /// The system's clock, with the county's offset from UTC in minutes (China: 480).
    #[must_use]
    pub fn system(offset_minutes: i32) -> Self {
        Self {
            fixed: None,
            offset: offset_of(offset_minutes),
        }
    }

    /// A clock that stands still at `at` until it is set anew.
    #[must_use]
    pub fn standing(at: DateTime<Utc>, offset_minutes: i32) -> Self {
        Self {
            fixed: Some(Arc::new(AtomicI64::new(at.timestamp_micros()))),
            offset: offset_of(offset_minutes),
        }
    }

    /// Moves a standing clock; the system's clock stays as it is.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Some(fixed) = &self.fixed {
            fixed.store(at.timestamp_micros(), Ordering::SeqCst);
        }
    }

    /// Microseconds since 1970, UTC: the form in which instants are stored.
    #[must_use]
    pub fn now(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the system's clock"
        )]
        let system = || Utc::now().timestamp_micros();
        self.fixed
            .as_ref()
            .map_or_else(system, |fixed| fixed.load(Ordering::SeqCst))
    }

    /// Today in the county.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.local(self.now()).date_naive()
    }

    /// A stored instant as the county writes it.
    #[must_use]
    pub fn local(&self, micros: i64) -> DateTime<FixedOffset> {
        DateTime::from_timestamp_micros(micros)
            .unwrap_or_default()
            .with_timezone(&self.offset)
    }

    /// A wall-clock time in the county as a stored instant.
    #[must_use]
    pub fn micros(&self, wall: NaiveDateTime) -> i64 {
        self.offset
            .from_local_datetime(&wall)
            .single()
            .map_or(0, |at| at.timestamp_micros())
    }
}

/// A new time-ordered id (`UUIDv7`): good index locality, and lists page by it.
#[must_use]
pub fn new_id() -> Uuid {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    Uuid::now_v7()
}

fn offset_of(minutes: i32) -> FixedOffset {
    FixedOffset::east_opt(minutes * 60).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}
