//! Claiming codes: many at once from a sheet, or one's own.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use super::roster::{self, Ground};
use super::rules::{Claim, ClaimMethod, Sheet, full_number};
use super::store::claims::{NewClaim, claimed, insert_claims, these};
use super::{in_line, sheet, store};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::intake::ImportReport;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State};
use crate::sheets::ids::IdNumber;
use crate::{audit, fresh, people, sheets};

/// Imports a sheet of claims: good lines go in, refused ones are named with their remedy.
///
/// A claim that is there already is unchanged. What the sheet says of the due list is not believed.
///
/// # Errors
/// The file's own faults (`not_a_sheet`, `no_header` …); `forbidden`.
pub async fn import_claims(
    state: &State,
    by: &Caller,
    retry: Retry,
    bytes: Vec<u8>,
    preview: bool,
) -> Result<ImportReport> {
    let scope = by.may(Action::ManageCertificates)?;
    let read = sheets::off_thread(move || sheet::read(&bytes)).await?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let (lines, mut report) = roster::readable(&work, read, preview);
    let ground = Ground::of_claims(&work, &lines).await?;
    let mut taken = ground.judge(&work, &scope, lines, &mut report);
    let held: Vec<Uuid> = taken
        .iter()
        .filter_map(roster::Taken::certificate_id)
        .collect();
    let before = claimed(&work.tx, &held).await?;
    taken.retain(|line| line.certificate_id().is_none_or(|id| !before.contains(&id)));
    report.created = i64::try_from(taken.len()).unwrap_or(i64::MAX);
    report.unchanged = report.accepted - report.created;
    if preview {
        return Ok(report);
    }
    save(&work, &ground, &taken).await?;
    let detail = json!({"created": report.created, "unchanged": report.unchanged, "refused": report.refused});
    audit::record(
        &work,
        "certificates.import_claims",
        ("county", by.county_id.to_string()),
        detail,
    )
    .await?;
    work.commit(&report).await?;
    Ok(report)
}

async fn save(work: &Work<'_>, ground: &Ground, taken: &[roster::Taken]) -> Result<()> {
    let on_file = ground.put_on_file(work, taken, Sheet::Claims).await?;
    let rows = || taken.iter().zip(&on_file);
    // Who was on file has a history of his own; a claim tells nothing of the day he began.
    let sightings: Vec<_> = rows()
        .filter(|(_, row)| row.new_person)
        .map(|(line, row)| roster::sighting(line, row.person_id, work.state.clock.today()))
        .collect();
    people::note_sightings(work, &sightings).await?;
    let claims: Vec<_> = rows()
        .map(|(line, row)| {
            NewClaim::made(
                row.certificate_id,
                row.person_id,
                line.region_id,
                line.on_list,
            )
        })
        .collect();
    insert_claims(work, &claims, ClaimMethod::Bulk).await
}

/// A holder claims the code of a certificate of his own.
///
/// # Errors
/// `forbidden`; `certificate_unknown` when he holds none of this number and item; `already_claimed`.
pub async fn claim_code(
    state: &State,
    by: &Caller,
    retry: Retry,
    id_number: &IdNumber,
    item_code: &str,
) -> Result<Claim> {
    let scope = by.may(Action::ClaimOwnCode)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let hash = store::number_hash(state, &full_number(id_number.number()));
    let certificate = store::certificate_of(&work.tx, &scope, hash, item_code).await?;
    let own = certificate.filter(|certificate| scope.persons.contains(&certificate.person_id));
    let own = own.ok_or_else(|| Fault::new(Code::CertificateUnknown).at("/certificate_number"))?;
    let made = claim_for(&work, &[own.id], ClaimMethod::Holder).await?;
    let claim = made.into_iter().next();
    let claim = claim.ok_or_else(|| Fault::new(Code::AlreadyClaimed))?;
    let detail = json!({"item": claim.item_code, "on_list": claim.on_list});
    audit::record(
        &work,
        "certificates.claim_code",
        ("claim", claim.id.to_string()),
        detail,
    )
    .await?;
    work.commit(&claim).await?;
    Ok(claim)
}

/// Claims the codes of those of these certificates for which none was claimed, and counts them on or outside the newest
/// due list; the claims made, in the order of ids. Whoever calls this records it.
///
/// # Errors
/// `not_found` when one of them is not on the county's register.
pub async fn claim_for(
    work: &Work<'_>,
    certificates: &[Uuid],
    method: ClaimMethod,
) -> Result<Vec<Claim>> {
    in_line(work).await?;
    let (tx, county_id) = (&work.tx, work.by.county_id);
    let before = claimed(tx, certificates).await?;
    let mut open: Vec<Uuid> = certificates.to_vec();
    open.retain(|id| !before.contains(id));
    open.sort_unstable();
    open.dedup();
    let holders = store::register::holders(tx, county_id, &open).await?;
    let due = match store::due_lists::newest(tx, county_id).await? {
        Some(list) => store::due_lists::regions_on(tx, list.id, &open).await?,
        None => HashMap::new(),
    };
    let mut new = Vec::with_capacity(open.len());
    for id in open {
        let (person_id, region_id) = *holders.get(&id).ok_or_else(Fault::not_found)?;
        let due = due.get(&id).copied();
        let region_id = due.unwrap_or(region_id);
        new.push(NewClaim::made(id, person_id, region_id, due.is_some()));
    }
    insert_claims(work, &new, method).await?;
    let ids: Vec<Uuid> = new.iter().map(|claim| claim.id).collect();
    these(tx, &Scope::county(county_id), &ids).await
}
