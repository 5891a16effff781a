//! Enterprises from a sheet: the same reading for the preview and for the import.

use std::collections::HashSet;

use serde_json::json;
use uuid::Uuid;

use super::rules::{self, Enterprise, EnterpriseIndex, NewEnterprise, Regions};
use super::sheet::{self, EnterpriseLine};
use super::{regions, store, tags};
use crate::platform::idempotency::Retry;
use crate::platform::intake::{ImportReport, LineFault};
use crate::platform::{Action, Caller, Code, Result, Scope, State, clock};
use crate::sheets;
use crate::{audit, fresh};

/// Imports a sheet of enterprises: good lines go in, refused ones are named with their remedy.
///
/// # Errors
/// The file's own faults (`not_a_sheet`, `no_header` …); `forbidden`.
pub async fn import_enterprises(
    state: &State,
    by: &Caller,
    retry: Retry,
    bytes: Vec<u8>,
    preview: bool,
) -> Result<ImportReport> {
    let scope = by.may(Action::ManageEnterprises)?;
    let read = sheets::off_thread(move || sheet::read(&bytes)).await?;
    let work = fresh!(state.begin(by, retry).await?);
    let all = regions(&work.tx, by.county_id).await?;
    let mut report = ImportReport {
        preview,
        lines: i64::try_from(read.len()).unwrap_or(i64::MAX),
        ..Default::default()
    };
    let mut good = Vec::with_capacity(read.len());
    for line in read {
        match line {
            Ok(line) => good.push(line),
            Err((place, fault)) => report.refuse(place, &fault, by.lang),
        }
    }
    let codes: Vec<_> = good
        .iter()
        .filter_map(|line| line.credit_code.clone())
        .collect();
    let names: Vec<_> = good.iter().map(|line| line.name.clone()).collect();
    let known =
        EnterpriseIndex::new(store::enterprises_of(&work.tx, by.county_id, &codes, &names).await?);
    let judged = judge(good, &known, &all, &scope, state, by, &mut report);
    let retagged = tags::changes(&work, &judged.tagged, None).await?;
    let touched = retagged.touched();
    let more = judged.unchanged.intersection(&touched).count();
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    report.unchanged -= more;
    report.changed += more;
    if preview {
        return Ok(report);
    }
    store::save_enterprises(&work.tx, by.county_id, &judged.write, work.now).await?;
    tags::apply(&work, retagged).await?;
    let detail =
        json!({"created": report.created, "changed": report.changed, "refused": report.refused});
    audit::record(
        &work,
        "places.import_enterprises",
        ("county", by.county_id.to_string()),
        detail,
    )
    .await?;
    work.commit(&report).await?;
    Ok(report)
}

/// What a sheet asks for.
#[derive(Default)]
struct Judged {
    /// Each enterprise to write, new or changed.
    write: Vec<Enterprise>,
    /// Those with tags beside them.
    tagged: Vec<(Uuid, Vec<&'static str>)>,
    /// Those that are already as the sheet says, but perhaps for their tags.
    unchanged: HashSet<Uuid>,
}

/// What becomes of each line. An enterprise that stands twice in the sheet counts once.
fn judge(
    lines: Vec<EnterpriseLine>,
    known: &EnterpriseIndex,
    all: &Regions,
    scope: &Scope,
    state: &State,
    by: &Caller,
    report: &mut ImportReport,
) -> Judged {
    let today = state.clock.today();
    let (mut seen, mut names) = (HashSet::new(), HashSet::new());
    let mut judged = Judged::default();
    for line in lines {
        let existing = known.find(line.credit_code.as_deref().unwrap_or_default(), &line.name);
        let named = line
            .region
            .iter()
            .find_map(|text| all.named(text, today))
            .map(|r| r.id);
        let region = named
            .or(existing.map(|e| e.region_id))
            .and_then(|id| all.get(id));
        let Some(region) = region else {
            let fault =
                LineFault::new("region", Code::RegionUnknown).with("region", line.region.join(" "));
            report.refuse(line.place, &fault, by.lang);
            continue;
        };
        if !scope.reaches_region(region.id)
            || existing.is_some_and(|e| !scope.reaches_region(e.region_id))
        {
            let fault = LineFault::new("region", Code::OutsideScope).with("what", &region.name);
            report.refuse(line.place, &fault, by.lang);
            continue;
        }
        // By its code where it has one: two names under one code are one enterprise.
        let key = line.credit_code.as_ref().unwrap_or(&line.name).clone();
        let named_above = line.credit_code.is_none() && names.contains(&line.name);
        names.insert(line.name.clone());
        if !seen.insert(key) || named_above {
            report.refuse(
                line.place,
                &LineFault::new("name", Code::DuplicateInFile),
                by.lang,
            );
            continue;
        }
        report.accepted += 1;
        let new = NewEnterprise {
            region_id: region.id,
            name: line.name,
            credit_code: line
                .credit_code
                .or_else(|| existing.and_then(|e| e.credit_code.clone())),
            industry: line.industry,
        };
        let enterprise =
            rules::Enterprise::made(existing.map_or_else(clock::new_id, |e| e.id), region, new);
        if !line.tags.is_empty() {
            judged.tagged.push((enterprise.id, line.tags));
        }
        match existing {
            None => report.created += 1,
            Some(old) if *old == enterprise => {
                report.unchanged += 1;
                judged.unchanged.insert(enterprise.id);
                continue;
            }
            Some(_) => report.changed += 1,
        }
        judged.write.push(enterprise);
    }
    judged
}
