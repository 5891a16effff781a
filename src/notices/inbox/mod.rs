//! Notices in the app (消息): what a person is told, there for him whether or not a mail or a message reaches him.
//!
//! Owns `notice`. Invariants: a notice stands in the transaction of what it tells of; one cause, one notice for a
//! person; its words are sealed, in both languages. May not enter: who is told what (that is the room of the cause).

pub mod api;
mod store;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Words;
use crate::fresh;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::locale::Lang;
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Result, State, clock};

pub use store::{forget, old};

/// What the seal binds a notice's words to.
pub const WORDS_PURPOSE: &str = "notice.words";

/// A notice to a person.
#[derive(Clone, Debug)]
pub struct Notice {
    pub person_id: Uuid,
    /// What it tells of: a second one of the same cause is not written.
    pub cause: String,
    /// The kind of notice.
    pub template: &'static str,
    pub words: Both,
}

/// The same in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both {
    pub zh: Words,
    pub en: Words,
}

impl Both {
    /// As somebody of this language reads it.
    #[must_use]
    pub fn in_lang(self, lang: Lang) -> Words {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

/// A notice as its reader sees it.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: Uuid,
    pub template: String,
    pub words: Words,
    /// Microseconds since 1970.
    pub created_at: i64,
    pub read_at: Option<i64>,
}

/// How much is left to be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Left {
    pub unread: i64,
}

/// Writes notices into the work's own transaction; how many of them were new.
///
/// # Errors
/// Database faults; then the work fails too.
pub async fn tell(work: &Work<'_>, county_id: Uuid, notices: Vec<Notice>) -> Result<u64> {
    let rows = notices.into_iter().map(|notice| {
        let words = serde_json::to_vec(&notice.words)?;
        Ok(store::New {
            id: clock::new_id(),
            county_id,
            words_sealed: work.state.seal.seal(WORDS_PURPOSE, &words)?,
            notice,
        })
    });
    store::insert(&work.tx, rows.collect::<Result<Vec<_>>>()?, work.now).await
}

/// Which of these were told before, each a person and a cause.
///
/// # Errors
/// Database faults.
pub async fn known(
    db: &impl sea_orm::ConnectionTrait,
    pairs: &[(Uuid, &str)],
) -> Result<HashSet<(Uuid, String)>> {
    store::known(db, pairs).await
}

/// How many of these people were told of a cause.
///
/// # Errors
/// Database faults.
pub async fn already(
    db: &impl sea_orm::ConnectionTrait,
    people: &[Uuid],
    cause: &str,
) -> Result<u64> {
    store::count(db, people, cause).await
}

/// The caller's own notices, the newest first, in his language.
///
/// # Errors
/// `forbidden`; database faults.
pub async fn mine(state: &State, by: &Caller, page: &Page) -> Result<(Vec<Told>, Option<String>)> {
    let scope = by.may(Action::ReadOwn)?;
    let rows = store::page(state.db.read(), &scope, page).await?;
    let (rows, next) = page.cut(rows, |row| row.id);
    let told = rows.into_iter().map(|row| {
        let words: Both =
            serde_json::from_slice(&state.seal.open(WORDS_PURPOSE, &row.words_sealed)?)?;
        Ok(Told {
            id: row.id,
            template: row.template,
            words: words.in_lang(by.lang),
            created_at: row.created_at,
            read_at: row.read_at,
        })
    });
    Ok((told.collect::<Result<Vec<_>>>()?, next))
}

/// How many of the caller's own notices he has not read.
///
/// # Errors
/// Database faults.
pub async fn unread(
    db: &impl sea_orm::ConnectionTrait,
    scope: &crate::platform::Scope,
) -> Result<i64> {
    store::unread(db, scope).await
}

/// Marks the caller's notices as read, up to one of them.
///
/// # Errors
/// `forbidden`; database faults.
pub async fn read(state: &State, by: &Caller, retry: Retry, through: Uuid) -> Result<Left> {
    let scope = by.may(Action::ReadOwn)?;
    let work = fresh!(state.begin(by, retry).await?);
    store::read(&work.tx, &scope, through, work.now).await?;
    let left = Left {
        unread: store::unread(&work.tx, &scope).await?,
    };
    work.commit(&left).await?;
    Ok(left)
}
