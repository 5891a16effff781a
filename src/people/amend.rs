//! What is put right in a person's file: his name, his ID number, his phone (更正).

use std::iter;

use serde_json::json;
use uuid::Uuid;

use super::{ID_PURPOSE, PHONE_PURPOSE, known, rules, store};
use crate::audit;
use crate::platform::idempotency::Work;
use crate::platform::{Code, Fault, Result};
use crate::sheets::ids::IdNumber;

/// What is right from now on.
pub enum Right<'a> {
    Name(&'a str),
    IdNumber(&'a IdNumber),
    Phone(&'a str),
}

/// Puts it right, within the transaction that decided so; the audit tells that it changed, not to what.
///
/// # Errors
/// `id_belongs_to_another_name`, `conflict` for a number that somebody else has; `not_found` for a stranger.
pub async fn amend(work: &Work<'_>, person_id: Uuid, right: &Right<'_>) -> Result<()> {
    let (seal, county) = (&work.state.seal, work.by.county_id);
    store::hold(&work.tx, county, person_id).await?;
    let (columns, field) = match right {
        Right::Name(name) => (store::Amended::name(name), "name"),
        Right::IdNumber(id) => {
            let number = id.number();
            let taken = known(&work.tx, work.state, county, iter::once(number)).await?;
            if taken.values().any(|other| other.person_id != person_id) {
                return Err(Fault::new(Code::IdBelongsToAnotherName).at("/wanted"));
            }
            let sealed = seal.seal(ID_PURPOSE, number.as_bytes())?;
            let hash = seal.lookup(ID_PURPOSE, number);
            let masked = rules::mask_id(number);
            let kind = id.kind().to_owned();
            (
                store::Amended::id_number(kind, hash, sealed, masked),
                "id_number",
            )
        }
        Right::Phone(phone) => {
            let sealed = seal.seal(PHONE_PURPOSE, phone.as_bytes())?;
            let masked = rules::mask_phone(phone);
            (store::Amended::phone(sealed, masked), "phone")
        }
    };
    if !store::amend(&work.tx, county, person_id, columns, work.now).await? {
        return Err(Fault::not_found());
    }
    let subject = ("person", person_id.to_string());
    audit::record(work, "people.amend", subject, json!({"field": field})).await
}
