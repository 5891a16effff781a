//! Rows of what people have toward a plan, their completions, and the counters of places.

use std::collections::{BTreeMap, HashMap};

use entity::{completion, enterprise_progress, person_progress, plan_progress};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoColumnRef, OnConflict, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName, EntityTrait, Iden, Iterable, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::plans::count::Place;
use crate::plans::rules::{Counters, Credit, Plan, Progress};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope, clock};
use crate::sheets::posts::TargetRole;

/// `column = column + the new row's column`, for counters.
fn added<C: Iden + Copy>(table: &'static str, column: C) -> SimpleExpr {
    let name = column.to_string();
    Expr::col((Alias::new(table), Alias::new(&name)).into_column_ref()).add(Expr::col(
        (Alias::new("excluded"), Alias::new(&name)).into_column_ref(),
    ))
}

pub(in crate::plans) async fn add_progress(
    tx: &impl ConnectionTrait,
    plan: &Plan,
    sums: &[(Uuid, Progress)],
) -> Result<()> {
    use person_progress::Column as C;
    let table = person_progress::Entity.table_name();
    let mut update = OnConflict::columns([C::PlanId, C::PersonId]);
    update.values(
        [
            C::MinutesOnline,
            C::MinutesOffline,
            C::PersonTimes,
            C::Passes,
        ]
        .map(|c| (c, added(table, c))),
    );
    for chunk in sums.chunks(rows_per_statement(7)) {
        let rows = chunk
            .iter()
            .map(|(person, sum)| person_progress::ActiveModel {
                plan_id: Set(plan.id),
                person_id: Set(*person),
                county_id: Set(plan.county_id),
                minutes_online: Set(sum.minutes_online),
                minutes_offline: Set(sum.minutes_offline),
                person_times: Set(sum.person_times),
                passes: Set(sum.passes),
            });
        person_progress::Entity::insert_many(rows)
            .on_conflict(update.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

pub(in crate::plans) async fn progress_of_many(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<Vec<(Uuid, Progress)>> {
    let mut found = Vec::with_capacity(persons.len());
    for chunk in persons.chunks(IN_LIST) {
        let rows = person_progress::Entity::find()
            .filter(person_progress::Column::PlanId.eq(plan_id))
            .filter(person_progress::Column::PersonId.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| (row.person_id, to_progress(&row))),
        );
    }
    Ok(found)
}

/// What a person has toward a plan, and the day he completed it. The caller has seen to the scope.
///
/// # Errors
/// Database faults.
pub async fn progress_of(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    person_id: Uuid,
) -> Result<(Progress, Option<chrono::NaiveDate>)> {
    let row = person_progress::Entity::find_by_id((plan_id, person_id))
        .one(db)
        .await?;
    let completed = completion::Entity::find()
        .filter(completion::Column::PlanId.eq(plan_id))
        .filter(completion::Column::PersonId.eq(person_id))
        .filter(completion::Column::WithdrawnAt.is_null())
        .one(db)
        .await?;
    Ok((
        row.as_ref().map(to_progress).unwrap_or_default(),
        completed.map(|row| row.completed_on),
    ))
}

/// What these people have toward a plan, and the day each completed it. The caller has seen to the scope.
///
/// # Errors
/// Database faults.
pub async fn standing_of_many(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, (Progress, Option<chrono::NaiveDate>)>> {
    let mut found: HashMap<_, _> = progress_of_many(db, plan_id, persons)
        .await?
        .into_iter()
        .map(|(person, has)| (person, (has, None)))
        .collect();
    let completed: Vec<(Uuid, chrono::NaiveDate)> = completion::Entity::find()
        .select_only()
        .columns([
            completion::Column::PersonId,
            completion::Column::CompletedOn,
        ])
        .filter(completion::Column::PlanId.eq(plan_id))
        .filter(completion::Column::PersonId.is_in(persons.iter().copied()))
        .filter(completion::Column::WithdrawnAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    for (person, day) in completed {
        found
            .entry(person)
            .or_insert_with(|| (Progress::default(), None))
            .1 = Some(day);
    }
    Ok(found)
}

/// Who of these has a standing completion, and where it is counted.
pub(in crate::plans) async fn completions_of(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<Vec<(Uuid, Place)>> {
    let mut found = Vec::new();
    for chunk in persons.chunks(IN_LIST) {
        let rows = completion::Entity::find()
            .filter(completion::Column::PlanId.eq(plan_id))
            .filter(completion::Column::PersonId.is_in(chunk.iter().copied()))
            .filter(completion::Column::WithdrawnAt.is_null())
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| {
            (
                row.person_id,
                (
                    row.region_id,
                    row.enterprise_id,
                    TargetRole::of_word(&row.role),
                ),
            )
        }));
    }
    Ok(found)
}

pub(in crate::plans) async fn insert_completions(
    work: &Work<'_>,
    plan: &Plan,
    reached: &[(Uuid, &Credit)],
) -> Result<()> {
    for chunk in reached.chunks(rows_per_statement(12)) {
        let rows = chunk
            .iter()
            .map(|(person, credit)| completion::ActiveModel {
                id: Set(clock::new_id()),
                county_id: Set(plan.county_id),
                plan_id: Set(plan.id),
                person_id: Set(*person),
                region_id: Set(credit.region_id),
                enterprise_id: Set(credit.enterprise_id),
                role: Set(credit.role.word().to_owned()),
                plan_version: Set(plan.version),
                completed_on: Set(credit.day),
                recorded_at: Set(work.now),
                withdrawn_at: Set(None),
                withdrawn_reason: Set(None),
            });
        completion::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

pub(in crate::plans) async fn withdraw_completions(
    work: &Work<'_>,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<()> {
    for chunk in persons.chunks(IN_LIST) {
        completion::Entity::update_many()
            .col_expr(completion::Column::WithdrawnAt, work.now.into())
            .filter(completion::Column::PlanId.eq(plan_id))
            .filter(completion::Column::PersonId.is_in(chunk.iter().copied()))
            .filter(completion::Column::WithdrawnAt.is_null())
            .exec(&work.tx)
            .await?;
    }
    Ok(())
}

pub(in crate::plans) async fn add_counters(
    tx: &impl ConnectionTrait,
    plan: &Plan,
    places: &BTreeMap<Place, Counters>,
) -> Result<()> {
    let mut regions: BTreeMap<(Uuid, TargetRole), Counters> = BTreeMap::new();
    for ((region, _, role), counters) in places {
        regions.entry((*region, *role)).or_default().add(counters);
    }
    {
        use plan_progress::Column as C;
        let table = plan_progress::Entity.table_name();
        let mut update = OnConflict::columns([C::PlanId, C::RegionId, C::Role]);
        let keys = ["plan_id", "region_id", "role", "county_id"];
        update.values(
            C::iter()
                .filter(|c| !keys.contains(&c.to_string().as_str()))
                .map(|c| (c, added(table, c))),
        );
        let rows = regions
            .iter()
            .map(|((region, role), sum)| plan_progress::ActiveModel {
                plan_id: Set(plan.id),
                region_id: Set(*region),
                role: Set(role.word().to_owned()),
                county_id: Set(plan.county_id),
                people: Set(sum.people),
                person_times: Set(sum.person_times),
                online_times: Set(sum.online_times),
                offline_times: Set(sum.offline_times),
                passes: Set(sum.passes),
                minutes_online: Set(sum.minutes_online),
                minutes_offline: Set(sum.minutes_offline),
            });
        plan_progress::Entity::insert_many(rows)
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    use enterprise_progress::Column as C;
    let table = enterprise_progress::Entity.table_name();
    let mut update = OnConflict::columns([C::PlanId, C::RegionId, C::EnterpriseId, C::Role]);
    let keys = ["plan_id", "region_id", "enterprise_id", "role", "county_id"];
    update.values(
        C::iter()
            .filter(|c| !keys.contains(&c.to_string().as_str()))
            .map(|c| (c, added(table, c))),
    );
    let known: Vec<_> = places
        .iter()
        .filter_map(|((r, e, role), sum)| e.map(|e| (*r, e, *role, sum)))
        .collect();
    for chunk in known.chunks(rows_per_statement(12)) {
        let rows =
            chunk.iter().map(
                |(region, enterprise, role, sum)| enterprise_progress::ActiveModel {
                    plan_id: Set(plan.id),
                    region_id: Set(*region),
                    enterprise_id: Set(*enterprise),
                    role: Set(role.word().to_owned()),
                    county_id: Set(plan.county_id),
                    people: Set(sum.people),
                    person_times: Set(sum.person_times),
                    online_times: Set(sum.online_times),
                    offline_times: Set(sum.offline_times),
                    passes: Set(sum.passes),
                    minutes_online: Set(sum.minutes_online),
                    minutes_offline: Set(sum.minutes_offline),
                },
            );
        enterprise_progress::Entity::insert_many(rows)
            .on_conflict(update.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Counters of one place in one role.
#[derive(Clone, Copy, Debug)]
pub struct ProgressRow {
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub role: TargetRole,
    pub counters: Counters,
}

/// Counters by region and role, in scope: as many rows as regions and roles, however long the ledger.
///
/// # Errors
/// Database faults.
pub async fn progress_by_region(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
) -> Result<Vec<ProgressRow>> {
    let columns =
        Columns::county(plan_progress::Column::CountyId).region(plan_progress::Column::RegionId);
    let rows = plan_progress::Entity::find()
        .filter(scope.filter(&columns))
        .filter(plan_progress::Column::PlanId.eq(plan_id))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ProgressRow {
            region_id: row.region_id,
            enterprise_id: None,
            role: TargetRole::of_word(&row.role),
            counters: Counters {
                people: row.people,
                person_times: row.person_times,
                online_times: row.online_times,
                offline_times: row.offline_times,
                passes: row.passes,
                minutes_online: row.minutes_online,
                minutes_offline: row.minutes_offline,
            },
        })
        .collect())
}

/// Counters by enterprise and role, in scope, of the enterprises named.
///
/// # Errors
/// Database faults.
pub async fn progress_by_enterprise(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    enterprises: &[Uuid],
) -> Result<Vec<ProgressRow>> {
    use enterprise_progress::Column as C;
    let columns = Columns::county(C::CountyId)
        .region(C::RegionId)
        .enterprise(C::EnterpriseId);
    let rows = enterprise_progress::Entity::find()
        .filter(scope.filter(&columns))
        .filter(C::PlanId.eq(plan_id))
        .filter(C::EnterpriseId.is_in(enterprises.iter().copied()))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ProgressRow {
            region_id: row.region_id,
            enterprise_id: Some(row.enterprise_id),
            role: TargetRole::of_word(&row.role),
            counters: Counters {
                people: row.people,
                person_times: row.person_times,
                online_times: row.online_times,
                offline_times: row.offline_times,
                passes: row.passes,
                minutes_online: row.minutes_online,
                minutes_offline: row.minutes_offline,
            },
        })
        .collect())
}

const fn to_progress(row: &person_progress::Model) -> Progress {
    Progress {
        minutes_online: row.minutes_online,
        minutes_offline: row.minutes_offline,
        person_times: row.person_times,
        passes: row.passes,
    }
}
