//! Persons, their employment, and finding them by ID number (人员，一人一档).
//!
//! Owns `person` and `employment`. Invariants: one person per ID number and county; ID numbers and phones are
//! sealed, looked up by keyed hash, shown masked; the same ID under another name is a conflict for a person to
//! settle, never a merge. May not enter: what somebody learned.

mod amend;
pub mod api;
pub mod contacts;
pub mod imports;
pub mod letters;
mod looks;
pub mod rules;
mod sheet;
mod store;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::reseal::Column;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock};
use crate::sheets::ids::IdNumber;
use crate::sheets::posts::TargetRole;
use crate::{audit, fresh, places};

pub use amend::{Right, amend};
pub use contacts::{Brief, Reachable, anywhere, briefs, reachable};
pub use looks::{EXPORTED, InFull, Look, LookKind, PHOTO_SEEN, in_full, looks, reveal_id_number};
pub use rules::{Employment, Person, Sighting};
pub use store::{employed_within, find_visible, held};

/// What the seal binds an ID number to.
pub const ID_PURPOSE: &str = "person.id";
const PHONE_PURPOSE: &str = "person.phone";
const EMAIL_PURPOSE: &str = "person.email";

/// The columns of sealed values, to be sealed anew when another key is in use.
pub const SEALED: &[Column] = &[
    Column::new("person", "id_sealed", ID_PURPOSE),
    Column::new("person", "phone_sealed", PHONE_PURPOSE),
    Column::new("person", "email_sealed", EMAIL_PURPOSE),
];

/// A person as a sheet or a form names him.
#[derive(Clone, Debug)]
pub struct Named {
    pub id: IdNumber,
    pub name: String,
    pub phone: Option<String>,
}

/// A person on file.
#[derive(Clone, Debug)]
pub struct Known {
    pub person_id: Uuid,
    pub name: String,
}

/// A person with the post he holds now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonWithPost {
    pub person: Person,
    pub post: Option<Employment>,
}

/// What is told of a new person or a new post.
#[derive(Clone, Debug, Serialize)]
pub struct NewPost {
    pub enterprise_id: Uuid,
    pub role: TargetRole,
    pub from_day: NaiveDate,
}

/// Who of these ID numbers is on file in the county, by ID number.
///
/// # Errors
/// Database faults.
pub async fn known(
    tx: &impl ConnectionTrait,
    state: &State,
    county_id: Uuid,
    numbers: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Known>> {
    let by_hash: HashMap<Vec<u8>, &str> = numbers
        .map(|number| (state.seal.lookup(ID_PURPOSE, number), number))
        .collect();
    let hashes: Vec<_> = by_hash.keys().cloned().collect();
    let rows = store::by_hashes(tx, county_id, &hashes).await?;
    let named = rows
        .into_iter()
        .filter_map(|(hash, known)| by_hash.get(&hash).map(|n| ((*n).to_owned(), known)));
    Ok(named.collect())
}

/// Puts new people on file, all at once; the caller has made sure that none is known yet.
///
/// # Errors
/// `conflict` when one was put on file meanwhile.
pub async fn add_people(work: &Work<'_>, named: &[Named]) -> Result<HashMap<String, Known>> {
    let mut rows = Vec::with_capacity(named.len());
    let mut added = HashMap::with_capacity(named.len());
    for person in named {
        let row = store::sealed_row(work, person)?;
        let known = Known {
            person_id: row.id,
            name: person.name.clone(),
        };
        added.insert(person.id.number().to_owned(), known);
        rows.push(row);
    }
    store::insert_people(&work.tx, rows).await?;
    Ok(added)
}

/// Notes where people were seen at work, all at once: employment begins, moves or is filled in.
///
/// # Errors
/// Database faults.
pub async fn note_sightings(work: &Work<'_>, sightings: &[(Uuid, Sighting)]) -> Result<()> {
    let persons: Vec<_> = sightings.iter().map(|(person, _)| *person).collect();
    let mut histories = store::histories(&work.tx, &persons).await?;
    let mut changed: HashMap<Uuid, Employment> = HashMap::new();
    for (person, sighting) in sightings {
        let history = histories.entry(*person).or_default();
        for row in rules::after_sighting(history, *person, sighting, clock::new_id()) {
            history.retain(|old| old.id != row.id);
            history.push(row.clone());
            changed.insert(row.id, row);
        }
    }
    // Ended posts before begun ones: a person holds one post at a time, and the database sees to it.
    let (ended, open): (Vec<_>, Vec<_>) =
        changed.into_values().partition(|row| row.to_day.is_some());
    store::save_employments(&work.tx, work.by.county_id, &ended, work.now).await?;
    store::save_employments(&work.tx, work.by.county_id, &open, work.now).await
}

/// Puts one person on file with his post.
///
/// # Errors
/// `forbidden`, `enterprise_unknown`, `id_belongs_to_another_name`, `conflict` when he is on file already.
pub async fn create_person(
    state: &State,
    by: &Caller,
    retry: Retry,
    named: Named,
    post: NewPost,
) -> Result<PersonWithPost> {
    let scope = by.may(Action::ManagePeople)?;
    let work = fresh!(state.begin(by, retry).await?);
    let known = known(
        &work.tx,
        state,
        by.county_id,
        std::iter::once(named.id.number()),
    )
    .await?;
    if let Some(known) = known.values().next() {
        let code = if known.name == named.name {
            Code::Conflict
        } else {
            Code::IdBelongsToAnotherName
        };
        return Err(Fault::new(code).with("what", "id_number").at("/id_number"));
    }
    let added = add_people(&work, std::slice::from_ref(&named)).await?;
    let person_id = added
        .values()
        .next()
        .map(|known| known.person_id)
        .ok_or_else(|| Fault::internal("nobody added"))?;
    begin_post(&work, &scope, person_id, &post).await?;
    let person = store::with_post(&work.tx, &scope, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    audit::record(
        &work,
        "people.create",
        ("person", person_id.to_string()),
        json!({}),
    )
    .await?;
    work.commit(&person).await?;
    Ok(person)
}

/// A person begins a post, at the same enterprise or another; the one before ends the day before.
///
/// # Errors
/// `not_found`, `stale`, `enterprise_unknown`.
pub async fn start_employment(
    state: &State,
    by: &Caller,
    retry: Retry,
    person_id: Uuid,
    post: NewPost,
    seen: Seen<PersonWithPost>,
) -> Result<PersonWithPost> {
    let scope = by.may(Action::ManagePeople)?;
    let work = fresh!(state.begin(by, retry).await?);
    store::hold(&work.tx, by.county_id, person_id).await?;
    let was = store::with_post(&work.tx, &scope, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&was)?;
    begin_post(&work, &scope, person_id, &post).await?;
    let county = Scope::county(by.county_id);
    let person = store::with_post(&work.tx, &county, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let detail = json!({"enterprise": post.enterprise_id, "from": post.from_day});
    audit::record(
        &work,
        "people.start_employment",
        ("person", person_id.to_string()),
        detail,
    )
    .await?;
    work.commit(&person).await?;
    Ok(person)
}

async fn begin_post(work: &Work<'_>, scope: &Scope, person_id: Uuid, post: &NewPost) -> Result<()> {
    let enterprise = places::enterprise_in(&work.tx, scope, post.enterprise_id).await?;
    let enterprise = enterprise.ok_or_else(|| {
        Fault::new(Code::EnterpriseUnknown)
            .with("enterprise", post.enterprise_id)
            .at("/enterprise_id")
    })?;
    let sighting = Sighting {
        region_id: enterprise.region_id,
        enterprise_id: Some(enterprise.id),
        enterprise_name: enterprise.name,
        role: post.role,
        day: post.from_day,
    };
    note_sightings(work, &[(person_id, sighting)]).await
}

/// Holds a person's row until the transaction ends.
///
/// # Errors
/// Database faults.
pub async fn hold(work: &Work<'_>, person_id: Uuid) -> Result<()> {
    store::hold(&work.tx, work.by.county_id, person_id).await
}

/// Whether all of these people are in scope.
///
/// # Errors
/// Database faults.
pub async fn all_visible(db: &impl ConnectionTrait, scope: &Scope, ids: &[Uuid]) -> Result<bool> {
    let mut distinct = ids.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    Ok(store::visible_ids(db, scope, &distinct).await?.len() == distinct.len())
}

/// Every post a person in scope held, the newest first.
///
/// # Errors
/// `not_found`.
pub async fn employment_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person_id: Uuid,
) -> Result<Vec<Employment>> {
    if !all_visible(db, scope, &[person_id]).await? {
        return Err(Fault::not_found());
    }
    store::history(db, person_id).await
}

/// Those of these people who are in scope.
///
/// # Errors
/// Database faults.
pub async fn visible_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<HashSet<Uuid>> {
    store::visible_ids(db, scope, ids).await
}

/// The posts that people held on given days, or their newest where such a day tells nothing.
///
/// # Errors
/// Database faults.
pub async fn posts_on(
    db: &impl ConnectionTrait,
    days: &[(Uuid, NaiveDate)],
) -> Result<HashMap<(Uuid, NaiveDate), Employment>> {
    let mut persons: Vec<_> = days.iter().map(|(person, _)| *person).collect();
    persons.sort_unstable();
    persons.dedup();
    let histories = store::histories(db, &persons).await?;
    let posts = days.iter().filter_map(|(person, day)| {
        let history = histories.get(person)?;
        let held = history
            .iter()
            .find(|post| post.from_day <= *day && post.to_day.is_none_or(|last| *day <= last));
        let newest = || history.iter().max_by_key(|post| post.from_day);
        let post = held.or_else(newest)?.clone();
        Some(((*person, *day), post))
    });
    Ok(posts.collect())
}

/// Every post these people ever held, by person.
///
/// # Errors
/// Database faults.
pub async fn histories(
    db: &impl ConnectionTrait,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Employment>>> {
    store::histories(db, persons).await
}

/// The post a person held on a day, or holds now where that day tells nothing.
///
/// # Errors
/// Database faults.
pub async fn post_on(
    db: &impl ConnectionTrait,
    person_id: Uuid,
    day: NaiveDate,
) -> Result<Option<Employment>> {
    let history = store::history(db, person_id).await?;
    let held = history
        .iter()
        .find(|post| post.from_day <= day && post.to_day.is_none_or(|last| day <= last));
    Ok(held.or_else(|| history.first()).cloned())
}

/// The first of these people, or of all where none is named, with a standing post at an enterprise on file, for the demo's worker.
///
/// # Errors
/// Database faults.
pub async fn first_employed(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    among: &[Uuid],
) -> Result<Option<(Person, Employment)>> {
    store::first_employed(db, county_id, among).await
}

/// A page of the people who work at an enterprise now, or did on a day, by id, with the post held then.
///
/// # Errors
/// Database faults.
pub async fn employed_at(
    db: &impl ConnectionTrait,
    scope: &Scope,
    enterprise_id: Uuid,
    day: Option<NaiveDate>,
    page: &crate::platform::page::Page,
) -> Result<Vec<PersonWithPost>> {
    let wanted = store::Wanted {
        enterprise_id: Some(enterprise_id),
        day,
        ..store::Wanted::default()
    };
    store::page(db, scope, wanted, page).await
}
