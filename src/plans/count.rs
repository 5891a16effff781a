//! Keeping progress, completions and counters in step with the ledger, in the ledger's own transaction.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use uuid::Uuid;

use super::rules::{Counters, Credit, Plan, Stand, Taught, completion, is_complete};
use super::store;
use crate::platform::idempotency::Work;
use crate::platform::{Fault, Result, db};
use crate::sheets::posts::TargetRole;

/// A place and role that counters are kept for; ordered, so that two writers lock rows in one order.
pub(super) type Place = (Uuid, Option<Uuid>, TargetRole);

/// A township, a role and the day something counts for.
pub(super) type Dated = (Uuid, TargetRole, NaiveDate);

/// What changes: counters of places, and of townships by day.
#[derive(Default)]
struct Changes {
    places: BTreeMap<Place, Counters>,
    days: BTreeMap<Dated, Counters>,
}

impl Changes {
    fn add(&mut self, place: Place, day: NaiveDate, counters: &Counters) {
        self.places.entry(place).or_default().add(counters);
        let dated = (place.0, place.2, day);
        self.days.entry(dated).or_default().add(counters);
    }
}

/// One writer of a county's ledger after another, until the transaction ends: whoever adds to a person or a place sees
/// what was added before, and a plan is settled while nobody writes.
///
/// # Errors
/// Database faults.
pub async fn in_line(work: &Work<'_>) -> Result<()> {
    db::lock_in_line(&work.tx, &format!("ledger:{}", work.by.county_id)).await
}

/// Counts ledger lines just written: person by person what he has, who completed, who no longer has.
///
/// Set-based: the number of statements does not grow with the number of credits but by the thousand. The caller
/// holds the county's place in line, so what is read here still stands when it is written.
///
/// # Errors
/// Database faults; then the ledger lines fail too.
pub async fn count(work: &Work<'_>, plan: &Plan, credits: &[Credit]) -> Result<()> {
    if credits.is_empty() {
        return Ok(());
    }
    let mut persons: Vec<Uuid> = credits.iter().map(|credit| credit.person_id).collect();
    persons.sort_unstable();
    persons.dedup();
    let before = store::stands_of(&work.tx, plan.id, &persons).await?;
    let completed = store::completions_of(&work.tx, plan.id, &persons).await?;

    let mut changes = Changes::default();
    let mut after: BTreeMap<Uuid, Stand> = BTreeMap::new();
    for credit in credits {
        changes.add(place_of_credit(credit), credit.day, &Counters::of(credit));
        after
            .entry(credit.person_id)
            .or_insert_with(|| {
                let known = before.get(&credit.person_id);
                known.copied().unwrap_or_else(|| Stand::before(credit))
            })
            .take(credit);
    }
    let (mut lost, mut undated) = (Vec::new(), Vec::new());
    let earliest = earliest_days(credits);
    for (person, stand) in &after {
        move_in_funnel(&mut changes, before.get(person), stand);
        let counted = completed.get(person);
        if !is_complete(&plan.terms, &stand.progress) {
            if let Some((counted_at, day)) = counted {
                changes.add(*counted_at, *day, &Counters::people(-1));
                lost.push(*person);
            }
        } else if counted.is_none_or(|(_, day)| earliest.get(person) <= Some(day)) {
            undated.push(*person);
        }
    }
    let mut reached = Vec::with_capacity(undated.len());
    for (person, at) in dates(work, plan, credits, &before, undated).await? {
        let new = (place_of_day(&at), at.day);
        let counted = completed.get(&person);
        if counted == Some(&new) {
            continue;
        }
        // What arrived late tells of an earlier day, or of another place: it counts there from now on.
        if let Some((counted_at, day)) = counted {
            changes.add(*counted_at, *day, &Counters::people(-1));
            lost.push(person);
        }
        changes.add(new.0, new.1, &Counters::people(1));
        reached.push((person, new.0, new.1));
    }
    store::save_stands(&work.tx, plan, &after).await?;
    store::withdraw_completions(work, plan.id, &lost).await?;
    store::insert_completions(work, plan, &reached).await?;
    store::add_daily(&work.tx, plan, &changes.days).await?;
    store::add_counters(work, plan, &changes.places).await
}

/// The earliest day that each person's new lines tell of: later ones cannot change what was met before them.
fn earliest_days(credits: &[Credit]) -> BTreeMap<Uuid, NaiveDate> {
    let mut earliest: BTreeMap<Uuid, NaiveDate> = BTreeMap::new();
    for credit in credits {
        let day = earliest.entry(credit.person_id).or_insert(credit.day);
        *day = credit.day.min(*day);
    }
    earliest
}

/// Where and when these people, who have met the demand, met it. Whose first lines these are needs no look at the ledger.
async fn dates(
    work: &Work<'_>,
    plan: &Plan,
    credits: &[Credit],
    before: &HashMap<Uuid, Stand>,
    persons: Vec<Uuid>,
) -> Result<Vec<(Uuid, Taught)>> {
    let known: Vec<Uuid> = persons
        .iter()
        .copied()
        .filter(|person| before.contains_key(person))
        .collect();
    let mut taught = store::taught(&work.tx, plan.id, &known).await?;
    for credit in credits {
        if !before.contains_key(&credit.person_id) {
            let lines = taught.entry(credit.person_id).or_default();
            lines.push(Taught::of(credit));
        }
    }
    let date = |person: Uuid| {
        let lines = taught.get(&person).map_or(&[][..], Vec::as_slice);
        completion(&plan.terms, lines)
            .map(|at| (person, at))
            .ok_or_else(|| Fault::internal("the ledger and what a person has of it differ"))
    };
    persons.into_iter().map(date).collect()
}

const fn place_of_day(at: &Taught) -> Place {
    (at.region_id, at.enterprise_id, at.role)
}

/// Where a person stands, he attended and passed: taken out there, put in here.
fn move_in_funnel(changes: &mut Changes, before: Option<&Stand>, after: &Stand) {
    if let Some(before) = before {
        let out = Counters::funnel(&before.progress, -1);
        changes.places.entry(place(before)).or_default().add(&out);
    }
    let put = Counters::funnel(&after.progress, 1);
    changes.places.entry(place(after)).or_default().add(&put);
}

const fn place(stand: &Stand) -> Place {
    (stand.region_id, stand.enterprise_id, stand.role)
}

const fn place_of_credit(credit: &Credit) -> Place {
    (credit.region_id, credit.enterprise_id, credit.role)
}
