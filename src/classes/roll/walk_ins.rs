//! Settling whom a walk-in is: matched to a person, with his hours, or dismissed with a reason.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::rules::WalkInState;
use super::store::{self, WalkIn};
use super::{open_class, scanned, wanted};
use crate::classes::check_in::store::scans_of;
use crate::classes::marks::{self, in_line};
use crate::classes::store as class_store;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State};
use crate::{audit, fresh, people};

/// A walk-in that found his person, and what that gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Matched {
    pub walk_in: WalkIn,
    pub minutes: i64,
}

/// Matches a walk-in to a person on file: his presence becomes a mark, with its hours and counters.
///
/// # Errors
/// `not_found` for class, walk-in or person; `walk_in_settled`; `class_cancelled`, `plan_not_published`.
pub async fn match_walk_in(
    state: &State,
    by: &Caller,
    retry: Retry,
    (class_id, id): (Uuid, Uuid),
    person_id: Uuid,
) -> Result<Matched> {
    let scope = by.may(Action::ManageClasses)?;
    let reach = by.may(Action::ReadPeople)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let (class, plan) = open_class(&work, &scope, class_id).await?;
    let mut walk_in = waiting(&work, class_id, id).await?;
    people::find_visible(&work.tx, &reach, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let old = class_store::marks_of_people(&work.tx, &[class_id], &[person_id]).await?;
    let scans = scanned(&scans_of(&work.tx, &[class_id], &[person_id]).await?);
    let told = (walk_in.times(), walk_in.score_hundredths);
    let mark = wanted(
        &class,
        person_id,
        told,
        old.get(&(class_id, person_id)),
        scans.get(&person_id).copied().unwrap_or_default(),
    )
    .map_err(Fault::new)?;
    let put = marks::put(&work, &plan, "roll", &[mark], &old).await?;
    walk_in.state = WalkInState::Matched;
    walk_in.person_id = Some(person_id);
    walk_in.settled_at = Some(work.now);
    store::settle(&work, &walk_in).await?;
    let detail = json!({"class": class_id, "person": person_id});
    audit::record(
        &work,
        "classes.match_walk_in",
        ("walk_in", id.to_string()),
        detail,
    )
    .await?;
    let matched = Matched {
        walk_in,
        minutes: put.first().map_or(0, |put| put.mark.minutes),
    };
    work.commit(&matched).await?;
    Ok(matched)
}

/// Dismisses a walk-in: he was nobody who counts.
///
/// # Errors
/// `not_found`, `walk_in_settled`, `field_missing`.
pub async fn dismiss_walk_in(
    state: &State,
    by: &Caller,
    retry: Retry,
    (class_id, id): (Uuid, Uuid),
    reason: String,
) -> Result<WalkIn> {
    let scope = by.may(Action::ManageClasses)?;
    if reason.trim().is_empty() {
        return Err(Fault::new(Code::FieldMissing)
            .with("field", "reason")
            .at("/reason"));
    }
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    seen(&work, &scope, class_id).await?;
    let mut walk_in = waiting(&work, class_id, id).await?;
    walk_in.state = WalkInState::Dismissed;
    walk_in.reason = Some(reason);
    walk_in.settled_at = Some(work.now);
    store::settle(&work, &walk_in).await?;
    audit::record(
        &work,
        "classes.dismiss_walk_in",
        ("walk_in", id.to_string()),
        json!({"class": class_id}),
    )
    .await?;
    work.commit(&walk_in).await?;
    Ok(walk_in)
}

async fn seen(work: &Work<'_>, scope: &Scope, class_id: Uuid) -> Result<()> {
    class_store::class(&work.tx, scope, class_id)
        .await?
        .map(|_| ())
        .ok_or_else(Fault::not_found)
}

async fn waiting(work: &Work<'_>, class_id: Uuid, id: Uuid) -> Result<WalkIn> {
    let walk_in = store::walk_in(&work.tx, class_id, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if walk_in.state == WalkInState::Pending {
        Ok(walk_in)
    } else {
        Err(Fault::new(Code::WalkInSettled))
    }
}
