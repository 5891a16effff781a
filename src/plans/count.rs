//! Keeping progress, completions and counters in step with the ledger, in the ledger's own transaction.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::rules::{Counters, Credit, Plan, Stand, completed_at, is_complete};
use super::store;
use crate::platform::idempotency::Work;
use crate::platform::{Result, db};
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
    let (mut reached, mut lost) = (Vec::new(), Vec::new());
    for (person, stand) in &after {
        move_in_funnel(&mut changes, before.get(person), stand);
        match (
            is_complete(&plan.terms, &stand.progress),
            completed.get(person),
        ) {
            (true, None) => reached.push((*person, *stand)),
            (false, Some((counted_at, day))) => {
                changes.add(*counted_at, *day, &Counters::people(-1));
                lost.push(*person);
            }
            _ => {}
        }
    }
    freeze(work, plan, credits, &mut reached).await?;
    for (_, stand) in &reached {
        changes.add(place(stand), stand.last_day, &Counters::people(1));
    }
    store::save_stands(&work.tx, plan, &after).await?;
    store::insert_completions(work, plan, &reached).await?;
    store::withdraw_completions(work, plan.id, &lost).await?;
    store::add_daily(&work.tx, plan, &changes.days).await?;
    store::add_counters(work, plan, &changes.places).await
}

/// Puts each completion reached where it counts: given back after a correction, where it was frozen.
async fn freeze(
    work: &Work<'_>,
    plan: &Plan,
    credits: &[Credit],
    reached: &mut [(Uuid, Stand)],
) -> Result<()> {
    let persons: Vec<Uuid> = reached.iter().map(|(person, _)| *person).collect();
    let former = store::former_completions(&work.tx, plan.id, &persons).await?;
    if former.is_empty() {
        return Ok(());
    }
    let mut newest: BTreeMap<Uuid, NaiveDate> = BTreeMap::new();
    for credit in credits {
        let day = newest.entry(credit.person_id).or_insert(credit.day);
        *day = credit.day.max(*day);
    }
    for (person, stand) in reached {
        let newest = newest.get(person).copied().unwrap_or(stand.last_day);
        *stand = completed_at(stand, newest, former.get(person));
    }
    Ok(())
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
