//! Enrolment (报名): an enterprise puts its people on the lists of classes to come, and takes them off again.
//!
//! Invariants: an enterprise sees the classes of its own township, the seats left and its own people, nobody else's; no
//! more are enrolled than there are seats; nobody is enrolled in two classes at one time. May not enter: who came.

pub mod api;
pub mod rules;
mod store;
pub(super) mod words;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Class, ClassState};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State};
use crate::{audit, fresh};
use rules::{Busy, SeatVerdict};
pub(super) use store::on_list;

/// Most people of one request.
pub const MOST: usize = 500;

/// A class to come, with its seats as an enterprise sees them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Open {
    pub class: Class,
    /// Seats nobody has; none where they are not counted.
    pub left: Option<i64>,
    /// The caller's own people on its list.
    pub own: i64,
}

/// What became of a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    pub person_id: Uuid,
    pub name: String,
    pub verdict: SeatVerdict,
    /// The class he is in at that time.
    pub clash: Option<String>,
}

/// What an enrolment comes to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub added: i64,
    pub left: Option<i64>,
    pub people: Vec<Told>,
}

/// Classes to come of the townships where the caller's enterprises are, the next one first.
///
/// # Errors
/// `forbidden`.
pub async fn list(state: &State, by: &Caller, page: &Page) -> Result<(Vec<Open>, Option<String>)> {
    let scope = by.may(Action::EnrolStaff)?;
    let tx = state.db.begin_read().await?;
    let rows = store::coming(&tx, &scope, state.clock.now(), page).await?;
    let (rows, next) = page.cut(rows, |class| class.id);
    let ids: Vec<Uuid> = rows.iter().map(|class| class.id).collect();
    let seats = store::seats(&tx, &scope, &ids).await?;
    tx.commit().await?;
    let open = rows.into_iter().map(|class| {
        let (taken, own) = seats.get(&class.id).copied().unwrap_or_default();
        Open {
            left: rules::left(class.capacity, taken),
            own,
            class,
        }
    });
    Ok((open.collect(), next))
}

/// A person of one's own on a class's list.
#[derive(Clone, Debug)]
pub struct Enrolled {
    pub person_id: Uuid,
    pub name: String,
    pub id_masked: String,
    pub added_at: i64,
}

/// Who of one's own people is on a class's list.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn enrolled(
    state: &State,
    by: &Caller,
    class_id: Uuid,
    page: &Page,
) -> Result<(Vec<Enrolled>, Option<String>)> {
    let scope = by.may(Action::EnrolStaff)?;
    let tx = state.db.begin_read().await?;
    store::class(&tx, &scope, class_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let rows = store::enrolled(&tx, &scope, class_id, page).await?;
    tx.commit().await?;
    Ok(page.cut(rows, |row| row.person_id))
}

/// The class while its list is open; it is held, so that no two enrolments take the same seat.
async fn open_class(work: &Work<'_>, scope: &Scope, id: Uuid) -> Result<Class> {
    let class = store::hold(&work.tx, scope, id).await?;
    let class = class.ok_or_else(Fault::not_found)?;
    match class.state {
        ClassState::Cancelled => Err(Fault::new(Code::ClassCancelled)),
        ClassState::Planned if work.now < class.starts_at => Ok(class),
        _ => Err(Fault::new(Code::ClassBegun)),
    }
}

/// One's own people by id, each once, in the order named.
async fn own_people(work: &Work<'_>, scope: &Scope, named: &[Uuid]) -> Result<Vec<(Uuid, String)>> {
    let mut once = HashSet::new();
    let ids: Vec<Uuid> = (named.iter().copied())
        .filter(|id| once.insert(*id))
        .collect();
    let names = store::staff(&work.tx, scope, &ids).await?;
    ids.into_iter()
        .map(|id| {
            let name = names.get(&id).cloned();
            name.map(|name| (id, name))
                .ok_or_else(|| Fault::new(Code::PersonNotOnFile).at("/person_ids"))
        })
        .collect()
}

/// Puts one's own people on a class's list. Who is on it stays, who is in another class at that time is left out and
/// told; with `preview` nothing is written.
///
/// # Errors
/// `forbidden`, `not_found`, `class_cancelled`, `class_begun`, `class_full`, `person_not_on_file`.
pub async fn enrol(
    state: &State,
    by: &Caller,
    retry: Retry,
    class_id: Uuid,
    (named, preview): (&[Uuid], bool),
) -> Result<Report> {
    let scope = by.may(Action::EnrolStaff)?;
    let work = fresh!(state.begin(by, retry).await?);
    let class = open_class(&work, &scope, class_id).await?;
    let own = own_people(&work, &scope, named).await?;
    let ids: Vec<Uuid> = own.iter().map(|(id, _)| *id).collect();
    let busy: Vec<Busy> = store::busy(&work.tx, &class, &ids).await?;
    let told: Vec<Told> = own
        .into_iter()
        .map(|(person_id, name)| {
            let (verdict, clash) = rules::judge(class.id, person_id, &busy);
            Told {
                person_id,
                name,
                verdict,
                clash,
            }
        })
        .collect();
    let new: Vec<Uuid> = (told.iter())
        .filter(|one| one.verdict == SeatVerdict::Enrolled)
        .map(|one| one.person_id)
        .collect();
    let taken = store::taken(&work.tx, class_id).await?;
    let wanted = i64::try_from(new.len()).unwrap_or(i64::MAX);
    let left = rules::left(class.capacity, taken);
    if let Some(left) = left.filter(|left| *left < wanted) {
        return Err(Fault::new(Code::ClassFull)
            .with("left", left)
            .with("wanted", wanted));
    }
    let report = Report {
        added: wanted,
        left: left.map(|left| left - wanted),
        people: told,
    };
    if preview {
        // Let go unwritten.
        return Ok(report);
    }
    super::store::insert_roster(&work, class_id, &new).await?;
    words::enrolled(&work, &class, &new).await?;
    note(&work, "classes.enrol_staff", class_id, wanted).await?;
    work.commit(&report).await?;
    Ok(report)
}

/// Takes one's own people off a class's list, before it begins; how many.
///
/// # Errors
/// `forbidden`, `not_found`, `class_cancelled`, `class_begun`, `person_not_on_file`.
pub async fn withdraw(
    state: &State,
    by: &Caller,
    retry: Retry,
    class_id: Uuid,
    named: &[Uuid],
) -> Result<i64> {
    let scope = by.may(Action::EnrolStaff)?;
    let work = fresh!(state.begin(by, retry).await?);
    let class = open_class(&work, &scope, class_id).await?;
    let own = own_people(&work, &scope, named).await?;
    let ids: Vec<Uuid> = own.iter().map(|(id, _)| *id).collect();
    let ids = store::on_list(&work.tx, class_id, &ids).await?;
    store::remove(&work.tx, class_id, &ids).await?;
    words::withdrawn(&work, &class, &ids).await?;
    let gone = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    note(&work, "classes.withdraw_staff", class_id, gone).await?;
    work.commit(&gone).await?;
    Ok(gone)
}

/// Tells everybody on a class's list that it is not held, some at a time.
///
/// # Errors
/// Database faults; then the work fails too.
pub(super) async fn tell_cancelled(work: &Work<'_>, class: &Class) -> Result<()> {
    let mut after = None;
    loop {
        let people = store::everybody(&work.tx, class.id, after).await?;
        let Some(last) = people.last() else {
            return Ok(());
        };
        after = Some(*last);
        words::cancelled(work, class, &people).await?;
    }
}

async fn note(work: &Work<'_>, action: &str, class_id: Uuid, people: i64) -> Result<()> {
    let subject = ("class", class_id.to_string());
    audit::record(work, action, subject, json!({"people": people})).await
}
