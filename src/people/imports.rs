//! People from a sheet: the same reading for the preview and for the import.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::sheet::{self, PersonLine};
use super::{Known, Named, Sighting, add_people, known, note_sightings};
use crate::places::EnterpriseIndex;
use crate::platform::idempotency::Retry;
use crate::platform::intake::{ImportReport, LineFault};
use crate::platform::{Action, Caller, Code, Result, Scope, State};
use crate::{audit, fresh, places, sheets};

/// Imports a sheet of people with their posts: good lines go in, refused ones are named with their remedy.
///
/// # Errors
/// The file's own faults (`not_a_sheet`, `no_header` …); `forbidden`.
pub async fn import_people(
    state: &State,
    by: &Caller,
    retry: Retry,
    bytes: Vec<u8>,
    preview: bool,
) -> Result<ImportReport> {
    let scope = by.may(Action::ManagePeople)?;
    let read = sheets::off_thread(move || sheet::read(&bytes)).await?;
    let work = fresh!(state.begin(by, retry).await?);
    let mut report = ImportReport {
        preview,
        lines: i64::try_from(read.len()).unwrap_or(i64::MAX),
        ..Default::default()
    };
    let mut good: Vec<PersonLine> = Vec::with_capacity(read.len());
    for line in read {
        match line {
            Ok(line) => good.push(line),
            Err((place, fault)) => report.refuse(place, &fault, by.lang),
        }
    }
    let on_file = known(
        &work.tx,
        state,
        by.county_id,
        good.iter().map(|line| line.named.id.number()),
    )
    .await?;
    let codes: Vec<_> = good.iter().map(|line| line.credit_code.clone()).collect();
    let names: Vec<_> = good
        .iter()
        .map(|line| line.enterprise_name.clone())
        .collect();
    let enterprises = places::enterprise_index(&work.tx, by.county_id, &codes, &names).await?;
    let accepted = judge(
        good,
        &on_file,
        &enterprises,
        &scope,
        state.clock.today(),
        by,
        &mut report,
    );
    if preview {
        return Ok(report);
    }
    let new: Vec<Named> = accepted
        .iter()
        .filter(|(n, _)| !on_file.contains_key(n.id.number()))
        .map(|(n, _)| n.clone())
        .collect();
    let added = add_people(&work, &new).await?;
    let sightings: Vec<(Uuid, Sighting)> = accepted
        .into_iter()
        .filter_map(|(named, sighting)| {
            let known = on_file
                .get(named.id.number())
                .or_else(|| added.get(named.id.number()))?;
            Some((known.person_id, sighting))
        })
        .collect();
    note_sightings(&work, &sightings).await?;
    let detail = json!({"created": report.created, "refused": report.refused});
    audit::record(
        &work,
        "people.import",
        ("county", by.county_id.to_string()),
        detail,
    )
    .await?;
    work.commit(&report).await?;
    Ok(report)
}

fn judge(
    lines: Vec<PersonLine>,
    on_file: &HashMap<String, Known>,
    enterprises: &EnterpriseIndex,
    scope: &Scope,
    today: NaiveDate,
    by: &Caller,
    report: &mut ImportReport,
) -> Vec<(Named, Sighting)> {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut seen = HashSet::new();
    let mut accepted = Vec::with_capacity(lines.len());
    for line in lines {
        let number = line.named.id.number().to_owned();
        let other_name = on_file
            .get(&number)
            .map(|k| &k.name)
            .or_else(|| names.get(&number));
        let fault = if other_name.is_some_and(|name| *name != line.named.name) {
            Some(LineFault::new("id_number", Code::IdBelongsToAnotherName))
        } else if seen.contains(&number) {
            Some(LineFault::new("id_number", Code::DuplicateInFile))
        } else {
            None
        };
        let enterprise = enterprises
            .find(&line.credit_code, &line.enterprise_name)
            .filter(|e| scope.reaches_enterprise(e.id, e.region_id));
        let (None, Some(enterprise)) = (&fault, enterprise) else {
            let unknown = LineFault::new("enterprise", Code::EnterpriseUnknown)
                .with("enterprise", &line.enterprise_name);
            report.refuse(line.place, &fault.unwrap_or(unknown), by.lang);
            continue;
        };
        report.accepted += 1;
        if on_file.contains_key(&number) {
            report.unchanged += 1;
        } else {
            report.created += 1;
        }
        names.insert(number.clone(), line.named.name.clone());
        seen.insert(number);
        let sighting = Sighting {
            region_id: enterprise.region_id,
            enterprise_id: Some(enterprise.id),
            enterprise_name: enterprise.name.clone(),
            role: line.role,
            day: line.from_day.unwrap_or(today),
        };
        accepted.push((line.named, sighting));
    }
    accepted
}
