//! Keeping progress, completions and counters in step with the ledger, in the ledger's own transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::rules::{Counters, Credit, Plan, Progress, is_complete};
use super::store;
use crate::platform::Result;
use crate::platform::idempotency::Work;
use crate::sheets::posts::TargetRole;

/// A place and role that counters are kept for; ordered, so that two writers lock rows in one order.
pub(super) type Place = (Uuid, Option<Uuid>, TargetRole);

/// Counts ledger lines just written: person by person what he has, who completed, who no longer has.
///
/// Set-based: the number of statements does not grow with the number of credits but by the thousand.
///
/// # Errors
/// Database faults; then the ledger lines fail too.
pub async fn count(work: &Work<'_>, plan: &Plan, credits: &[Credit]) -> Result<()> {
    if credits.is_empty() {
        return Ok(());
    }
    let mut by_person: BTreeMap<Uuid, (Progress, &Credit)> = BTreeMap::new();
    let mut places: BTreeMap<Place, Counters> = BTreeMap::new();
    for credit in credits {
        let (sum, latest) = by_person
            .entry(credit.person_id)
            .or_insert((Progress::default(), credit));
        sum.person_times += credit.person_times;
        sum.passes += credit.passes;
        let counted = Counters::of(credit);
        sum.minutes_online += counted.minutes_online;
        sum.minutes_offline += counted.minutes_offline;
        // A completion is frozen with the employer of the line that reached it: the latest of them.
        if credit.day >= latest.day {
            *latest = credit;
        }
        places.entry(place(credit)).or_default().add(&counted);
    }
    let sums: Vec<_> = by_person
        .iter()
        .map(|(person, (sum, _))| (*person, *sum))
        .collect();
    store::add_progress(&work.tx, plan, &sums).await?;
    let persons: Vec<_> = by_person.keys().copied().collect();
    let after = store::progress_of_many(&work.tx, plan.id, &persons).await?;
    let completed: HashMap<_, _> = store::completions_of(&work.tx, plan.id, &persons)
        .await?
        .into_iter()
        .collect();

    let mut reached = Vec::new();
    let mut lost = HashSet::new();
    for (person, progress) in after {
        let Some((_, credit)) = by_person.get(&person) else {
            continue;
        };
        match (is_complete(&plan.terms, &progress), completed.get(&person)) {
            (true, None) => {
                places
                    .entry(place(credit))
                    .or_default()
                    .add(&Counters::people(1));
                reached.push((person, *credit));
            }
            (false, Some(counted_at)) => {
                places
                    .entry(*counted_at)
                    .or_default()
                    .add(&Counters::people(-1));
                lost.insert(person);
            }
            _ => {}
        }
    }
    let lost: Vec<_> = lost.into_iter().collect();
    store::insert_completions(work, plan, &reached).await?;
    store::withdraw_completions(work, plan.id, &lost).await?;
    store::add_counters(&work.tx, plan, &places).await
}

const fn place(credit: &Credit) -> Place {
    (credit.region_id, credit.enterprise_id, credit.role)
}
