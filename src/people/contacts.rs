//! How a person can be reached: phone and e-mail, sealed.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{EMAIL_PURPOSE, ID_PURPOSE, PHONE_PURPOSE, rules, store};
use crate::notices::{mask_email, read_email};
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::{Action, Caller, Fault, Result, State};
use crate::sheets::{Cell, cells};
use crate::{audit, fresh};

/// A person with the addresses a message may go to: for sending only, never for an answer.
pub struct Reachable {
    pub id: Uuid,
    pub county_id: Uuid,
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// Whoever has this ID number, in any county of this instance.
///
/// # Errors
/// Database faults.
pub async fn anywhere(
    db: &impl sea_orm::ConnectionTrait,
    state: &State,
    id_number: &str,
) -> Result<Vec<Reachable>> {
    let hash = state.seal.lookup(ID_PURPOSE, id_number);
    let rows = store::contacts::of_hash(db, &hash).await?;
    rows.into_iter().map(|row| opened(state, row)).collect()
}

/// These people of a county, as messages reach them.
///
/// # Errors
/// Database faults.
pub async fn reachable(
    db: &impl sea_orm::ConnectionTrait,
    state: &State,
    county_id: Uuid,
    people: &[Uuid],
) -> Result<Vec<Reachable>> {
    let rows = store::contacts::of_ids(db, county_id, people).await?;
    rows.into_iter().map(|row| opened(state, row)).collect()
}

/// What a code tells of its holder.
pub struct Brief {
    pub name: String,
    /// The last four characters of his ID number.
    pub id_tail: String,
}

/// What codes tell of these people of a county, by person.
///
/// # Errors
/// Database faults.
pub async fn briefs(
    db: &impl sea_orm::ConnectionTrait,
    state: &State,
    county_id: Uuid,
    people: &[Uuid],
) -> Result<HashMap<Uuid, Brief>> {
    let rows = store::contacts::of_ids(db, county_id, people).await?;
    rows.into_iter()
        .map(|row| {
            let number = state.seal.open_text(ID_PURPOSE, &row.id_sealed)?;
            let brief = Brief {
                name: row.name,
                id_tail: rules::id_tail(&number),
            };
            Ok((row.id, brief))
        })
        .collect()
}

fn opened(state: &State, row: store::contacts::Row) -> Result<Reachable> {
    let open = |purpose, sealed: Option<Vec<u8>>| {
        sealed
            .map(|sealed| state.seal.open_text(purpose, &sealed))
            .transpose()
    };
    Ok(Reachable {
        id: row.id,
        county_id: row.county_id,
        name: row.name,
        phone: open(PHONE_PURPOSE, row.phone_sealed)?,
        email: open(EMAIL_PURPOSE, row.email_sealed)?,
    })
}

/// How a person is reached, masked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contact {
    pub person_id: Uuid,
    pub phone_masked: Option<String>,
    pub email_masked: Option<String>,
    /// When his entry was last changed, in microseconds since 1970: masks alone do not tell two numbers apart.
    pub changed_at: i64,
}

/// How a person in scope is reached.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn show(state: &State, by: &Caller, person_id: Uuid) -> Result<Contact> {
    let scope = by.may(Action::ReadPeople)?;
    let found = store::contacts::contact(state.db.read(), &scope, person_id).await?;
    found.ok_or_else(Fault::not_found)
}

/// Sets how a person in scope is reached; what is not named goes.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_field`, `stale`.
pub async fn set(
    state: &State,
    by: &Caller,
    retry: Retry,
    person_id: Uuid,
    (phone, email): (Option<String>, Option<String>),
    seen: Seen<Contact>,
) -> Result<Contact> {
    let scope = by.may(Action::ManagePeople)?;
    let email = email
        .map(|typed| read_email(&typed).ok_or_else(|| Fault::field("/email", "name@example.com")))
        .transpose()?;
    let phone = phone
        .map(|typed| {
            let read = cells::phone(&Cell::Text(typed));
            read.ok_or_else(|| Fault::field("/phone", "0-9 + -"))
        })
        .transpose()?;
    let work = fresh!(state.begin(by, retry).await?);
    store::hold(&work.tx, by.county_id, person_id).await?;
    let was = store::contacts::contact(&work.tx, &scope, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&was)?;
    let seal = |purpose, text: &Option<String>| {
        text.as_ref()
            .map(|text| state.seal.seal(purpose, text.as_bytes()))
            .transpose()
    };
    let now = Contact {
        person_id,
        phone_masked: phone.as_deref().map(rules::mask_phone),
        email_masked: email.as_deref().map(mask_email),
        changed_at: work.now,
    };
    let sealed = store::contacts::Sealed {
        phone: seal(PHONE_PURPOSE, &phone)?,
        email: seal(EMAIL_PURPOSE, &email)?,
    };
    store::contacts::save(&work.tx, &now, sealed).await?;
    let detail = json!({"phone": phone.is_some(), "email": email.is_some()});
    let subject = ("person", person_id.to_string());
    audit::record(&work, "people.set_contact", subject, detail).await?;
    work.commit(&now).await?;
    Ok(now)
}
