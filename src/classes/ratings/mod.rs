//! What those who were in a class think of it (满意度): satisfied of those who answered, for a class, a township, the county.
//!
//! Owns `class_rating`. Invariants: only whoever has a standing mark in a class rates it, once, and may change his mind for
//! thirty days after it; nobody is told who said what, and no words are shown before three have answered. May not enter:
//! who came.

pub mod api;
mod store;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::store as classes;
use crate::platform::idempotency::Retry;
use crate::platform::{Action, Caller, Code, Fault, Result, State};
use crate::{audit, fresh};

/// What the seal binds the words of a rating to.
pub const WORDS_PURPOSE: &str = "class_rating.words";

/// Days after a class within which it is rated.
pub const DAYS: i64 = 30;

/// How many must have answered before anybody's words are shown.
pub const HIDDEN_BELOW: i64 = 3;

/// A rating as its giver sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rating {
    pub class_id: Uuid,
    pub satisfied: bool,
    pub words: Option<String>,
    /// Microseconds since 1970.
    pub rated_at: i64,
}

/// What is said of a class.
#[derive(Clone, Debug, Serialize)]
pub struct NewRating {
    pub satisfied: bool,
    pub words: Option<String>,
}

/// Answers of a class or a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub answered: i64,
    pub satisfied: i64,
}

/// What is known of a class.
#[derive(Clone, Debug)]
pub struct OfClass {
    pub sum: Sum,
    /// The newest first, without names; none while too few have answered.
    pub words: Vec<String>,
}

/// Says what one thinks of a class one was in; said again, it is the newer word that counts.
///
/// # Errors
/// `forbidden`; `not_found` for a class one was not in; `rating_closed` when its thirty days are over.
pub async fn rate(
    state: &State,
    by: &Caller,
    retry: Retry,
    class_id: Uuid,
    new: NewRating,
) -> Result<Rating> {
    let scope = by.may(Action::CheckIn)?;
    let person = scope.persons.first().copied();
    let person = person.ok_or_else(|| Fault::new(Code::Forbidden))?;
    let work = fresh!(state.begin(by, retry).await?);
    let marks = classes::marks_of_people(&work.tx, &[class_id], &[person]).await?;
    if !marks.contains_key(&(class_id, person)) {
        return Err(Fault::not_found());
    }
    let county = crate::platform::Scope::county(by.county_id);
    let class = classes::class(&work.tx, &county, class_id).await?;
    let class = class.ok_or_else(Fault::not_found)?;
    if work.now > class.ends_at + DAYS * 86_400_000_000 {
        return Err(Fault::new(Code::RatingClosed).with("days", DAYS));
    }
    let words = new.words.map(|words| words.trim().to_owned());
    let words = words.filter(|words| !words.is_empty());
    let sealed = words
        .as_deref()
        .map(|words| state.seal.seal(WORDS_PURPOSE, words.as_bytes()))
        .transpose()?;
    store::put(&work, &class, person, new.satisfied, sealed).await?;
    // Who said what is nobody's to know, the audit's least of all.
    let subject = ("class", class_id.to_string());
    audit::record(&work, "classes.rate", subject, json!({})).await?;
    let rating = Rating {
        class_id,
        satisfied: new.satisfied,
        words,
        rated_at: work.now,
    };
    work.commit(&rating).await?;
    Ok(rating)
}

/// What these people said of these classes, by class: whether they are satisfied.
///
/// # Errors
/// Database faults.
pub(super) async fn own(
    db: &impl sea_orm::ConnectionTrait,
    people: &[Uuid],
    classes: &[Uuid],
) -> Result<HashMap<Uuid, bool>> {
    store::own(db, people, classes).await
}

/// How a class in reach was rated.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn of_class(state: &State, by: &Caller, class_id: Uuid) -> Result<OfClass> {
    let scope = by.may(Action::ReadClasses)?;
    let tx = state.db.begin_read().await?;
    classes::class(&tx, &scope, class_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let sum = store::of_class(&tx, class_id).await?;
    let sealed = if sum.answered < HIDDEN_BELOW {
        Vec::new()
    } else {
        store::words(&tx, class_id).await?
    };
    tx.commit().await?;
    let words = sealed
        .iter()
        .map(|sealed| state.seal.open_text(WORDS_PURPOSE, sealed))
        .collect::<Result<Vec<_>>>()?;
    Ok(OfClass { sum, words })
}

/// How the classes of a plan were rated, by township in reach.
///
/// # Errors
/// `forbidden`.
pub async fn of_plan(state: &State, by: &Caller, plan_id: Uuid) -> Result<Vec<(Uuid, Sum)>> {
    let scope = by.may(Action::ReadClasses)?;
    store::of_plan(state.db.read(), &scope, plan_id).await
}
