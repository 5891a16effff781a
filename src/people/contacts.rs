//! How a person can be reached: phone and e-mail, sealed.

use serde_json::json;
use uuid::Uuid;

use super::{EMAIL_PURPOSE, ID_PURPOSE, PHONE_PURPOSE, rules, store};
use crate::notices::{mask_email, read_email};
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
    let open = |purpose, sealed: Option<Vec<u8>>| {
        sealed
            .map(|sealed| state.seal.open_text(purpose, &sealed))
            .transpose()
    };
    store::contacts::of_hash(db, &hash)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Reachable {
                id: row.id,
                county_id: row.county_id,
                name: row.name,
                phone: open(PHONE_PURPOSE, row.phone_sealed)?,
                email: open(EMAIL_PURPOSE, row.email_sealed)?,
            })
        })
        .collect()
}

/// Sets how a person in scope is reached; what is not named goes. Answers both, masked.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_field`.
pub async fn set(
    state: &State,
    by: &Caller,
    retry: Retry,
    person_id: Uuid,
    (phone, email): (Option<String>, Option<String>),
) -> Result<(Option<String>, Option<String>)> {
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
    store::find_visible(&work.tx, &scope, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let seal = |purpose, text: &Option<String>| {
        text.as_ref()
            .map(|text| state.seal.seal(purpose, text.as_bytes()))
            .transpose()
    };
    let row = store::contacts::Contact {
        phone_sealed: seal(PHONE_PURPOSE, &phone)?,
        phone_masked: phone.as_deref().map(rules::mask_phone),
        email_sealed: seal(EMAIL_PURPOSE, &email)?,
        email_masked: email.as_deref().map(mask_email),
    };
    let told = (row.phone_masked.clone(), row.email_masked.clone());
    store::contacts::save(&work.tx, person_id, row, work.now).await?;
    let detail = json!({"phone": phone.is_some(), "email": email.is_some()});
    let subject = ("person", person_id.to_string());
    audit::record(&work, "people.set_contact", subject, detail).await?;
    work.commit(&told).await?;
    Ok(told)
}
