//! Rows of the ledger.

use std::collections::HashMap;

use entity::training_record as ledger;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::rules::{CountedAt, Record, Source};
use crate::plans::Part;
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use crate::sheets::posts::TargetRole;

fn visible(scope: &Scope) -> Select<ledger::Entity> {
    let columns = Columns::county(ledger::Column::CountyId)
        .region(ledger::Column::RegionId)
        .enterprise(ledger::Column::EnterpriseId)
        .person(ledger::Column::PersonId);
    ledger::Entity::find().filter(scope.filter(&columns))
}

pub(super) async fn record(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Record>> {
    Ok(visible(scope)
        .filter(ledger::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_record))
}

pub(super) async fn records(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Option<Uuid>,
    person_id: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Record>> {
    let mut query = visible(scope);
    if let Some(plan) = plan_id {
        query = query.filter(ledger::Column::PlanId.eq(plan));
    }
    if let Some(person) = person_id {
        query = query.filter(ledger::Column::PersonId.eq(person));
    }
    if let Some(after) = page.after {
        query = query.filter(ledger::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(ledger::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_record).collect())
}

/// Every line these sources wrote for these people, by source and person, in the order they were written.
pub(super) async fn chains(
    db: &impl ConnectionTrait,
    sources: &[Uuid],
    persons: &[Uuid],
) -> Result<HashMap<(Uuid, Uuid), Vec<Record>>> {
    let distinct = |ids: &[Uuid]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let (sources, persons) = (distinct(sources), distinct(persons));
    let mut chains: HashMap<_, Vec<Record>> = HashMap::new();
    let of_people = || persons.chunks(IN_LIST);
    let chunks: Vec<_> = sources
        .chunks(IN_LIST)
        .flat_map(|sources| of_people().map(move |persons| (sources, persons)))
        .collect();
    for (sources, persons) in chunks {
        let rows = ledger::Entity::find()
            .filter(ledger::Column::SourceId.is_in(sources.iter().copied()))
            .filter(ledger::Column::PersonId.is_in(persons.iter().copied()))
            .order_by_asc(ledger::Column::Id)
            .all(db)
            .await?;
        for row in rows {
            chains
                .entry((row.source_id, row.person_id))
                .or_default()
                .push(to_record(row));
        }
    }
    Ok(chains)
}

/// Appends lines; the evidence is that of their source.
pub(super) async fn append(
    work: &Work<'_>,
    records: &[Record],
    evidence: &HashMap<Uuid, Option<Uuid>>,
    after_settlement: bool,
) -> Result<()> {
    for chunk in records.chunks(rows_per_statement(21)) {
        let rows = chunk.iter().map(|record| ledger::ActiveModel {
            id: Set(record.id),
            county_id: Set(work.by.county_id),
            plan_id: Set(record.plan_id),
            person_id: Set(record.person_id),
            region_id: Set(record.at.region_id),
            enterprise_id: Set(record.at.enterprise_id),
            role: Set(record.at.role.word().to_owned()),
            part: Set(record.part.word().to_owned()),
            minutes: Set(record.minutes),
            person_times: Set(record.person_times),
            passes: Set(record.passes),
            score_hundredths: Set(record.score_hundredths),
            source: Set(record.source.word().to_owned()),
            source_id: Set(record.source_id),
            happened_on: Set(record.day),
            recorded_at: Set(record.recorded_at),
            account_id: Set(work.by.account()),
            evidence_id: Set(evidence.get(&record.source_id).copied().flatten()),
            corrects_id: Set(record.corrects_id),
            reason: Set(record.reason.clone()),
            after_settlement: Set(after_settlement),
        });
        ledger::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

fn to_record(row: ledger::Model) -> Record {
    Record {
        id: row.id,
        plan_id: row.plan_id,
        person_id: row.person_id,
        at: CountedAt {
            region_id: row.region_id,
            enterprise_id: row.enterprise_id,
            role: TargetRole::of_word(&row.role),
        },
        part: Part::of_word(&row.part),
        minutes: row.minutes,
        person_times: row.person_times,
        passes: row.passes,
        score_hundredths: row.score_hundredths,
        source: Source::of_word(&row.source),
        source_id: row.source_id,
        day: row.happened_on,
        recorded_at: row.recorded_at,
        corrects_id: row.corrects_id,
        reason: row.reason,
    }
}
