//! Checks that an inspector chose to log, and the reds among them until they are settled (巡查记录、红码处理).
//!
//! Owns `inspection`. Invariants: nothing is logged but by whoever checked; what was logged never changes, but that a red
//! is settled once; the same check sent twice is one; a holder is shown who checked him. May not enter: the verdict
//! itself, which the verifier found.

pub mod api;
pub mod rules;
mod store;
mod words;

use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::tc1::item_number;
use super::verdict::{Colour, Reason};
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Begun, Retry, Work};
use crate::platform::page::Page;
use crate::platform::scope::allows;
use crate::platform::{Action, Caller, Code, Fault, Result, Role, Scope, State, clock, db, seal};
use crate::{audit, places};

use rules::{InspectionState, Outcome};
pub use store::{Check, Inspection};

/// Catalogues that items of codes are looked for in.
const CATALOGUES: u8 = 16;

/// What an inspector says he found.
#[derive(Clone, Debug, Serialize)]
pub struct NewInspection {
    /// The client's own id of it: what is sent twice has one effect.
    pub client_id: Uuid,
    pub colour: &'static str,
    pub reason: String,
    pub code_id: Option<Uuid>,
    pub for_item: Option<String>,
    pub place: String,
    pub region_id: Option<Uuid>,
    pub note: String,
    /// Microseconds since 1970; now where there is none.
    pub checked_at: Option<i64>,
}

/// Whose inspections a caller sees: his own, and those of the townships he answers for.
pub(super) struct Sight {
    pub(super) county_id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) officer: Option<Scope>,
}

impl Sight {
    fn of(by: &Caller) -> Result<Self> {
        by.may(Action::LogInspections)?;
        Ok(Self {
            county_id: by.county_id,
            account_id: by.account_id,
            officer: by.may(Action::ManageCodes).ok(),
        })
    }
}

/// Logs a check. A red one is told to the township's officers by mail.
///
/// # Errors
/// `forbidden`; `invalid_field` for a reason that is none of its colour, a day too long ago or to come; `item_unknown`,
/// `code_unknown`, `region_unknown`; `field_missing` where green or yellow names no code, or no township can be told;
/// `conflict` when the client's id stands for another check.
pub async fn log(
    state: &State,
    by: &Caller,
    retry: Retry,
    colour: Colour,
    new: NewInspection,
) -> Result<Inspection> {
    let scope = by.may(Action::LogInspections)?;
    let sight = Sight::of(by)?;
    let work = match state.begin(by, retry).await? {
        Begun::Fresh(work) => work,
        Begun::Again(id) => return found(state, &sight, id).await,
    };
    // Two sendings of one queue at once: the second finds what the first one wrote.
    db::lock_in_line(&work.tx, &format!("inspections:{}", by.account_id)).await?;
    let told = seal::sha256(&serde_json::to_vec(&new)?);
    if let Some((id, before)) = store::sent_before(&work.tx, &sight, new.client_id).await? {
        if before != told {
            return Err(Fault::new(Code::Conflict)
                .with("what", "client_id")
                .at("/client_id"));
        }
        work.commit(&id).await?;
        return found(state, &sight, id).await;
    }
    let read = read(&work, &scope, colour, new).await?;
    let row = store::NewRow {
        id: clock::new_id(),
        told,
        by: standing(by)?,
        read,
    };
    store::insert(&work, &row).await?;
    let detail = json!({
        "colour": row.read.colour.word(), "reason": row.read.reason.word(), "code": row.read.code_id,
        "region": row.read.region_id,
    });
    let subject = ("inspection", row.id.to_string());
    audit::record(&work, "codes.log_inspection", subject, detail).await?;
    if row.read.colour == Colour::Red {
        words::tell(&work, row.id, &row.read).await?;
    }
    work.commit(&row.id).await?;
    found(state, &sight, row.id).await
}

/// A check as it is kept.
pub(super) struct Read {
    pub(super) client_id: Uuid,
    pub(super) colour: Colour,
    pub(super) reason: Reason,
    pub(super) code_id: Option<Uuid>,
    pub(super) person_id: Option<Uuid>,
    pub(super) for_item: Option<String>,
    pub(super) place: String,
    pub(super) region_id: Uuid,
    pub(super) note: String,
    pub(super) checked_at: i64,
}

async fn read(work: &Work<'_>, scope: &Scope, colour: Colour, new: NewInspection) -> Result<Read> {
    let reason =
        rules::reason(&new.reason, colour).ok_or_else(|| Fault::field("/reason", new.colour))?;
    let place = new.place.trim().to_owned();
    if place.is_empty() {
        return Err(missing("place"));
    }
    let for_item = new.for_item.filter(|item| !item.is_empty());
    if let Some(item) = &for_item
        && (0..CATALOGUES).all(|catalogue| item_number(catalogue, item).is_none())
    {
        return Err(Fault::new(Code::ItemUnknown).with("code", item).at("/for"));
    }
    let checked_at = rules::checked_at(new.checked_at.unwrap_or(work.now), work.now)
        .ok_or_else(|| Fault::field("/checked_at", format!("0–{} d", rules::LATEST_DAYS)))?;
    if new.code_id.is_none() && rules::names_a_code(colour) {
        return Err(missing("code_id"));
    }
    let code = match new.code_id {
        // Any code of the county: whoever works here is checked here.
        Some(id) => Some(
            super::store::by_id(&work.tx, work.by.county_id, id)
                .await?
                .ok_or_else(|| Fault::new(Code::CodeUnknown).at("/code_id"))?,
        ),
        None => None,
    };
    let of_code = code.as_ref().map(|code| code.region_id);
    Ok(Read {
        client_id: new.client_id,
        colour,
        reason,
        code_id: code.as_ref().map(|code| code.id),
        person_id: code.as_ref().map(|code| code.person_id),
        for_item,
        place,
        region_id: region(work, scope, new.region_id, of_code).await?,
        note: new.note.trim().to_owned(),
        checked_at,
    })
}

fn missing(field: &'static str) -> Fault {
    Fault::new(Code::FieldMissing)
        .with("field", field)
        .at(&format!("/{field}"))
}

/// Where it happened: as told, else the code's township where the inspector reaches it, else his own.
async fn region(
    work: &Work<'_>,
    scope: &Scope,
    told: Option<Uuid>,
    of_code: Option<Uuid>,
) -> Result<Uuid> {
    if let Some(region) = told {
        let known = places::regions(&work.tx, work.by.county_id).await?;
        let reached = known.get(region).is_some() && scope.reaches_region(region);
        return reached.then_some(region).ok_or_else(|| {
            Fault::new(Code::RegionUnknown)
                .with("region", region)
                .at("/region_id")
        });
    }
    of_code
        .filter(|region| scope.reaches_region(*region))
        .or_else(|| scope.regions.first().copied())
        .ok_or_else(|| missing("region_id"))
}

/// As whom somebody checks: his role and where he holds it. The holder reads it.
fn standing(by: &Caller) -> Result<(Role, Uuid)> {
    let grant = by
        .grants
        .iter()
        .find(|grant| allows(grant.role, Action::LogInspections))
        .ok_or_else(|| Fault::new(Code::Forbidden))?;
    let region = grant.regions.first().copied().filter(|_| !grant.county);
    Ok((grant.role, region.unwrap_or(by.county_id)))
}

async fn found(state: &State, sight: &Sight, id: Uuid) -> Result<Inspection> {
    store::inspection(state.db.read(), sight, id)
        .await?
        .ok_or_else(Fault::not_found)
}

/// An inspection that the caller may see.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn get(state: &State, by: &Caller, id: Uuid) -> Result<Inspection> {
    found(state, &Sight::of(by)?, id).await
}

/// A page of what a caller may see: an inspector his own, an officer those of his townships too.
///
/// # Errors
/// `forbidden`.
pub(super) async fn list(
    state: &State,
    by: &Caller,
    wanted: &store::Wanted,
    page: &Page,
) -> Result<Vec<Inspection>> {
    store::inspections(state.db.read(), &Sight::of(by)?, wanted, page).await
}

/// Settles a red: what became of it, once.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`, `field_missing` without words, `inspection_not_open`.
pub async fn settle(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    (outcome, said): (Outcome, &str),
    seen: Seen<Inspection>,
) -> Result<Inspection> {
    let scope = by.may(Action::ManageCodes)?;
    let sight = Sight::of(by)?;
    let said = said.trim();
    if said.is_empty() {
        return Err(missing("words"));
    }
    let work = match state.begin(by, retry).await? {
        Begun::Fresh(work) => work,
        Begun::Again(id) => return found(state, &sight, id).await,
    };
    db::lock_in_line(&work.tx, &format!("inspection:{id}")).await?;
    // Whoever logged it elsewhere as an inspector sees it, and settles it only where he is an officer.
    let inspection = store::inspection(&work.tx, &sight, id)
        .await?
        .filter(|inspection| scope.reaches_region(inspection.region_id))
        .ok_or_else(Fault::not_found)?;
    seen.check(&inspection)?;
    if inspection.state() != InspectionState::Open {
        return Err(Fault::new(Code::InspectionNotOpen));
    }
    store::settle(&work, id, outcome, said).await?;
    audit::record(
        &work,
        "codes.settle_inspection",
        ("inspection", id.to_string()),
        json!({"outcome": outcome.word()}),
    )
    .await?;
    work.commit(&id).await?;
    found(state, &sight, id).await
}

/// The newest checks of a person that were logged, for himself.
///
/// # Errors
/// Database faults.
pub(super) async fn of_person(state: &State, county_id: Uuid, person: Uuid) -> Result<Vec<Check>> {
    store::of_person(state.db.read(), county_id, person, rules::SHOWN).await
}
