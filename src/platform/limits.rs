//! Limits that hold across instances: rows in the database, of whom only a keyed hash is kept.
//!
//! Two kinds: so many in a window, and a lock that grows with each failure until a success clears it. A try is counted
//! before it is judged, so that a hundred at once are not a hundred free ones.

use entity::rate_limit;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::State;
use super::error::{Code, Fault, Result};
use super::idempotency::Work;

const SECOND: i64 = 1_000_000;
/// Failures without a lock.
const FREE_FAILURES: i64 = 5;
/// The first lock, in seconds; each further failure doubles it.
const FIRST_LOCK: i64 = 60;
/// The longest lock, in seconds (等保: lock out, but nobody is shut out for a day by a stranger).
const LONGEST_LOCK: i64 = 900;
/// Failures older than this are forgotten.
const MEMORY_SECONDS: i64 = 86_400;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Wrong passwords for one login, whether there is such an account or not.
    SignInLogin,
    /// Wrong passwords of somebody signed in who changes his own: no reason to lock the door behind him.
    OwnPassword,
    /// Sign-ins from one address; an office behind one address signs in together at eight.
    SignInAddress,
    /// Resets, activations and their codes from one address.
    DoorAddress,
    /// Messages asked for one account or person: nobody's mailbox is flooded by a stranger.
    DoorSubject,
    /// Wrong one-time codes for one person.
    DoorCode,
    /// Typed codes looked up from one address: nobody walks through all of them.
    TypedCode,
}

/// How a kind is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Window { most: i64, seconds: i64 },
    Lock,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::SignInLogin => "sign_in_login",
            Self::OwnPassword => "own_password",
            Self::SignInAddress => "sign_in_address",
            Self::DoorAddress => "door_address",
            Self::DoorSubject => "door_subject",
            Self::DoorCode => "door_code",
            Self::TypedCode => "typed_code",
        }
    }

    fn rule(self, state: &State) -> Rule {
        let per_minute = i64::from(state.settings.address_limit);
        match self {
            Self::SignInLogin | Self::OwnPassword | Self::DoorCode => Rule::Lock,
            Self::SignInAddress => Rule::Window {
                most: per_minute,
                seconds: 60,
            },
            Self::DoorAddress | Self::TypedCode => Rule::Window {
                most: (per_minute / 4).max(1),
                seconds: 60,
            },
            Self::DoorSubject => Rule::Window {
                most: 3,
                seconds: 900,
            },
        }
    }
}

/// What was counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    count: i64,
    since: i64,
    until: i64,
}

/// Counts one more try, or tells how many microseconds to wait.
const fn judge(rule: Rule, counted: Counted, now: i64) -> std::result::Result<Counted, i64> {
    match rule {
        Rule::Window { most, seconds } => {
            let end = counted.since + seconds * SECOND;
            if counted.count == 0 || now >= end {
                return Ok(Counted {
                    count: 1,
                    since: now,
                    until: 0,
                });
            }
            if counted.count >= most {
                return Err(end - now);
            }
            Ok(Counted {
                count: counted.count + 1,
                ..counted
            })
        }
        Rule::Lock => {
            if now < counted.until {
                return Err(counted.until - now);
            }
            let forgotten = now >= counted.since + MEMORY_SECONDS * SECOND;
            let count = if forgotten { 1 } else { counted.count + 1 };
            let seconds = lock_seconds(count);
            Ok(Counted {
                count,
                since: now,
                until: if seconds == 0 {
                    0
                } else {
                    now + seconds * SECOND
                },
            })
        }
    }
}

/// How long the n-th failure in a row locks.
const fn lock_seconds(failures: i64) -> i64 {
    if failures < FREE_FAILURES {
        return 0;
    }
    let doubled = failures - FREE_FAILURES;
    if doubled > 4 {
        return LONGEST_LOCK;
    }
    let seconds = FIRST_LOCK << doubled;
    if seconds > LONGEST_LOCK {
        LONGEST_LOCK
    } else {
        seconds
    }
}

/// Counts one more of a kind for somebody. For a lock it counts a failure: [`clear`] it on success.
///
/// # Errors
/// `too_many_requests` with the seconds to wait.
pub async fn take(state: &State, kind: Kind, subject: &str) -> Result<()> {
    use rate_limit::Column as C;
    let now = state.clock.now();
    let hash = state.seal.lookup(kind.word(), subject);
    let tx = state.db.begin_write().await?;
    let first = rate_limit::ActiveModel {
        kind: Set(kind.word().to_owned()),
        subject: Set(hash.clone()),
        count: Set(0),
        since: Set(now),
        until: Set(0),
    };
    // Written even when it is there: whoever comes next waits for this transaction.
    rate_limit::Entity::insert(first)
        .on_conflict(
            OnConflict::columns([C::Kind, C::Subject])
                .value(C::Count, Expr::col((rate_limit::Entity, C::Count)))
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
    let row = rate_limit::Entity::find_by_id((kind.word().to_owned(), hash.clone()))
        .lock_exclusive()
        .one(&tx)
        .await?;
    let counted = row.map_or_else(Counted::default, |row| Counted {
        count: row.count,
        since: row.since,
        until: row.until,
    });
    match judge(kind.rule(state), counted, now) {
        Ok(next) => {
            rate_limit::Entity::update_many()
                .col_expr(C::Count, next.count.into())
                .col_expr(C::Since, next.since.into())
                .col_expr(C::Until, next.until.into())
                .filter(C::Kind.eq(kind.word()))
                .filter(C::Subject.eq(hash))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            Ok(())
        }
        Err(wait) => {
            tx.rollback().await?;
            Err(too_many(wait))
        }
    }
}

fn too_many(wait: i64) -> Fault {
    let seconds = u32::try_from((wait + SECOND - 1) / SECOND).unwrap_or(u32::MAX);
    Fault {
        retry_after: Some(seconds),
        ..Fault::new(Code::TooManyRequests).with("seconds", seconds)
    }
}

/// Forgets the failures of somebody who succeeded, in the work by which he did.
///
/// # Errors
/// Database faults.
pub async fn clear(work: &Work<'_>, kind: Kind, subject: &str) -> Result<()> {
    let hash = work.state.seal.lookup(kind.word(), subject);
    rate_limit::Entity::delete_by_id((kind.word().to_owned(), hash))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// Removes what no limit asks for any more.
///
/// # Errors
/// Database faults.
pub async fn purge(state: &State) -> Result<u64> {
    let old = state.clock.now() - MEMORY_SECONDS * SECOND;
    let tx = state.db.begin_write().await?;
    let done = rate_limit::Entity::delete_many()
        .filter(rate_limit::Column::Since.lt(old))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_lets_so_many_in_and_then_tells_when_it_opens_again() {
        let rule = Rule::Window {
            most: 3,
            seconds: 60,
        };
        let mut counted = Counted::default();
        let story = [
            (100, Ok(())),
            (101, Ok(())),
            (102, Ok(())),
            (103, Err(57)),
            (159, Err(1)),
            (160, Ok(())),
            (161, Ok(())),
        ];
        for (second, expected) in story {
            let told = judge(rule, counted, second * SECOND);
            match told {
                Ok(next) => counted = next,
                Err(wait) => assert_eq!(Err(wait / SECOND), expected, "at {second}"),
            }
            assert_eq!(told.is_ok(), expected.is_ok(), "at {second}");
        }
    }

    #[test]
    fn a_lock_grows_with_each_failure_and_is_forgotten_after_a_day() {
        let locks: Vec<i64> = (1..=12).map(lock_seconds).collect();
        assert_eq!(locks, [0, 0, 0, 0, 60, 120, 240, 480, 900, 900, 900, 900]);
        let mut counted = Counted::default();
        for _ in 0..5 {
            counted = judge(Rule::Lock, counted, SECOND).unwrap();
        }
        assert_eq!(judge(Rule::Lock, counted, 2 * SECOND), Err(59 * SECOND));
        let later = judge(Rule::Lock, counted, 61 * SECOND).unwrap();
        assert_eq!((later.count, later.until), (6, (61 + 120) * SECOND));
        let next_day = (61 + MEMORY_SECONDS) * SECOND;
        assert_eq!(judge(Rule::Lock, later, next_day).unwrap().count, 1);
    }
}
