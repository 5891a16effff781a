//! What an academy's sheet would do to the county, and doing it. Preview and commit both come through here.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::rules::{AcademyLine, judge, place};
use super::sheet::AcademySheet;
use super::store::Upload;
use crate::hours::rules::{CountedAt, Given, Source, passed};
use crate::hours::{self, From};
use crate::people::{self, Known, Named, Sighting};
use crate::places;
use crate::plans::{Part, Plan};
use crate::platform::idempotency::Work;
use crate::platform::{Code, Fault, Result, Scope, State, seal};
use crate::sheets::cells::Score;

/// A sheet, judged against what the county holds.
pub(super) struct Assessed {
    pub(super) verdicts: Vec<Result<(), Code>>,
    /// One a line: where it counts, if it does.
    pub(super) places: Vec<Option<CountedAt>>,
    pub(super) known: HashMap<String, Known>,
}

/// Judges a sheet by itself, by who is on file, by where each worked on that day, and by how far the caller reaches.
pub(super) async fn assess(
    db: &impl ConnectionTrait,
    state: &State,
    scope: &Scope,
    plan: &Plan,
    sheet: &AcademySheet,
) -> Result<Assessed> {
    let ids = || sheet.lines.iter().filter_map(|line| line.id.as_ref().ok());
    let numbers = ids().map(crate::sheets::ids::IdNumber::number);
    let known = people::known(db, state, scope.county_id, numbers).await?;
    let names = known
        .iter()
        .map(|(number, known)| (number.clone(), known.name.clone()))
        .collect();
    let period = (plan.terms.period_from, plan.terms.period_to);
    let mut verdicts = judge(&sheet.lines, &names, period);
    let codes: Vec<_> = sheet
        .lines
        .iter()
        .map(|line| line.credit_code.clone())
        .filter(|code| !code.is_empty())
        .collect();
    let employers: Vec<_> = sheet
        .lines
        .iter()
        .map(|line| line.enterprise_name.clone())
        .collect();
    let employers = places::enterprise_index(db, scope.county_id, &codes, &employers).await?;
    let regions = places::regions(db, scope.county_id).await?;
    let persons: Vec<_> = known.values().map(|known| known.person_id).collect();
    let histories = people::histories(db, &persons).await?;
    let mut counted = Vec::with_capacity(sheet.lines.len());
    for (line, verdict) in sheet.lines.iter().zip(&mut verdicts) {
        let (Ok(()), Ok(id), Ok(day)) = (*verdict, &line.id, line.day) else {
            counted.push(None);
            continue;
        };
        let history = known
            .get(id.number())
            .and_then(|known| histories.get(&known.person_id));
        let named = employers
            .find(&line.credit_code, &line.enterprise_name)
            .map(|employer| (employer.id, employer.region_id));
        let at = place(history.map_or(&[], Vec::as_slice), named, day).map(|at| CountedAt {
            // Whoever had taken a township over by that day stands for it.
            region_id: regions.standing(at.region_id, day).unwrap_or(at.region_id),
            ..at
        });
        let reached = |at: &CountedAt| scope.reaches_region(at.region_id);
        match at {
            None => *verdict = Err(Code::PlaceUnknown),
            Some(at) if !reached(&at) => *verdict = Err(Code::ResultOutsideScope),
            Some(_) => {}
        }
        counted.push(at.filter(reached));
    }
    Ok(Assessed {
        verdicts,
        places: counted,
        known,
    })
}

/// Enters the lines that count: people new to the register, where they were seen at work, their hours.
pub(super) async fn apply(
    work: &Work<'_>,
    plan: &Plan,
    upload: &Upload,
    sheet: &AcademySheet,
    assessed: &Assessed,
) -> Result<()> {
    let counting = || {
        let lines = sheet.lines.iter().zip(&assessed.places);
        lines.filter_map(|(line, at)| match (at, &line.id, &line.name, line.day) {
            (Some(at), Ok(id), Ok(name), Ok(day)) => Some((line, *at, id, name, day)),
            _ => None,
        })
    };
    let mut strangers: HashMap<&str, Named> = HashMap::new();
    for (_, _, id, name, _) in counting() {
        if !assessed.known.contains_key(id.number()) {
            let named = || Named {
                id: id.clone(),
                name: name.clone(),
                phone: None,
            };
            strangers.entry(id.number()).or_insert_with(named);
        }
    }
    let strangers: Vec<Named> = strangers.into_values().collect();
    let added = people::add_people(work, &strangers).await?;
    let (mut sightings, mut credits) = (Vec::new(), Vec::new());
    for (line, at, id, _, day) in counting() {
        let new = added.get(id.number());
        let person = assessed.known.get(id.number()).or(new);
        let person_id = person
            .map(|known| known.person_id)
            .ok_or_else(|| Fault::internal("a line that counts without a person"))?;
        if new.is_some() {
            sightings.push((person_id, sighting(line, at, day)));
        }
        credits.push(credit(plan, upload, line, person_id, at, day));
    }
    people::note_sightings(work, &sightings).await?;
    hours::credit(work, plan, &credits).await?;
    Ok(())
}

fn sighting(line: &AcademyLine, at: CountedAt, day: NaiveDate) -> Sighting {
    Sighting {
        region_id: at.region_id,
        enterprise_id: at.enterprise_id,
        enterprise_name: line.enterprise_name.chars().take(200).collect(),
        role: at.role,
        day,
    }
}

fn credit(
    plan: &Plan,
    upload: &Upload,
    line: &AcademyLine,
    person_id: Uuid,
    at: CountedAt,
    day: NaiveDate,
) -> (From, Given) {
    let score = line.score.ok().flatten();
    let from = From {
        source: Source::AcademyImport,
        source_id: source_of(upload.academy_id, plan.id, &line.course),
        part: Part::Online,
        evidence_id: Some(upload.id),
    };
    let given = Given {
        person_id,
        at,
        minutes: line.minutes.ok().flatten().unwrap_or(0),
        person_times: i64::from(line.finished),
        passes: i64::from(passed(score, plan.terms.pass_mark) == Some(true)),
        score_hundredths: match score {
            Some(Score::Hundredths(points)) => Some(points),
            _ => None,
        },
        day,
    };
    (from, given)
}

/// A course of an academy as the ledger knows it: the same course in the next sheet is the same source, so what was
/// said before is changed, not added.
fn source_of(academy_id: Uuid, plan_id: Uuid, course: &str) -> Uuid {
    let told = format!("{academy_id}\n{plan_id}\n{course}");
    let hash = seal::sha256(told.as_bytes());
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(&hash)
        .for_each(|(to, from)| *to = *from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
