//! A person's data in one document: his own whole, another's for a reason and as far as the caller reaches.

use serde_json::json;
use uuid::Uuid;

use super::store::further::{self, Kept};
use super::store::person::{
    self, CertificateRow, CheckRow, ClaimRow, InspectionRow, MarkRow, PostRow, RecordRow,
};
use crate::people::{self, EXPORTED, InFull, Look};
use crate::platform::{Action, Caller, Code, Fault, Result, State};
use crate::{audit, people::rules};

/// Most rows of one kind in a document; nobody has as many.
pub(super) const MOST: u64 = 5_000;

/// All that is kept of a person, as far as the caller reaches.
#[derive(Clone, Debug)]
pub struct PersonFile {
    /// Microseconds since 1970.
    pub as_of: i64,
    pub person: people::Person,
    /// For himself only.
    pub in_full: Option<InFull>,
    pub posts: Vec<PostRow>,
    pub records: Vec<RecordRow>,
    pub marks: Vec<MarkRow>,
    pub certificates: Vec<CertificateRow>,
    pub issuer_checks: Vec<CheckRow>,
    pub claims: Vec<ClaimRow>,
    pub inspections: Vec<InspectionRow>,
    /// Whatever else is kept, table by table.
    pub further: Vec<Kept>,
    /// For himself, and for whoever may see looks.
    pub looks: Option<Vec<Look>>,
}

/// Gathers what is kept of a person and notes that it was taken away.
///
/// # Errors
/// `forbidden`, `not_found`; `field_missing` when another's data is asked for without a reason.
pub async fn export_person(
    state: &State,
    by: &Caller,
    person_id: Uuid,
    reason: Option<&str>,
) -> Result<PersonFile> {
    let scope = by.may(Action::ExportPerson)?;
    let own = by.person() == Some(person_id);
    let reason = match reason {
        Some(reason) => Some(rules::reason(reason)?),
        None if own => None,
        None => {
            return Err(Fault::new(Code::FieldMissing)
                .with("field", "reason")
                .at("/reason"));
        }
    };
    let work = state.begin_plain(by).await?;
    let tx = &work.tx;
    let person = people::find_visible(tx, &scope, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let in_full = if own {
        people::in_full(tx, state, &scope, person_id).await?
    } else {
        None
    };
    let looks = if own || by.may(Action::ReadLooks).is_ok() {
        Some(people::looks(tx, by.county_id, person_id, None, MOST).await?)
    } else {
        None
    };
    let mut further = further::placed(tx, &scope, person_id).await?;
    if own {
        further.extend(further::own(tx, by.county_id, person_id).await?);
    }
    let file = PersonFile {
        as_of: work.now,
        person,
        in_full,
        posts: person::posts(tx, &scope, person_id).await?,
        records: person::records(tx, &scope, person_id).await?,
        marks: person::marks(tx, &scope, person_id).await?,
        certificates: person::certificates(tx, &scope, person_id).await?,
        issuer_checks: person::checks(tx, &scope, person_id).await?,
        claims: person::claims(tx, &scope, person_id).await?,
        inspections: person::inspections(tx, &scope, person_id).await?,
        further,
        looks,
    };
    let detail = reason.map_or(json!({"own": own}), |reason| json!({"reason": reason}));
    audit::record(&work, EXPORTED, ("person", person_id.to_string()), detail).await?;
    work.commit(&()).await?;
    Ok(file)
}
