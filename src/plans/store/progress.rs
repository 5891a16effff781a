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
use crate::plans::rules::{Counters, Plan, Progress, Stand, effort};
use crate::plans::settle::store::is_settled;
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope, clock};
use crate::sheets::posts::TargetRole;

/// Whether a counters table's column counts: not its key, not when it changed.
fn is_counter(column: &str) -> bool {
    ![
        "plan_id",
        "region_id",
        "enterprise_id",
        "role",
        "county_id",
        "day",
        "updated_at",
    ]
    .contains(&column)
}

/// `column = column + the new row's column`, for counters.
pub(super) fn added<C: Iden + Copy>(table: &'static str, column: C) -> SimpleExpr {
    let name = column.to_string();
    Expr::col((Alias::new(table), Alias::new(&name)).into_column_ref()).add(Expr::col(
        (Alias::new("excluded"), Alias::new(&name)).into_column_ref(),
    ))
}

/// Where these people stand, with what they have; who has nothing yet is not among them.
pub(in crate::plans) async fn stands_of(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, Stand>> {
    let mut found = HashMap::with_capacity(persons.len());
    for chunk in persons.chunks(IN_LIST) {
        let rows = person_progress::Entity::find()
            .filter(person_progress::Column::PlanId.eq(plan_id))
            .filter(person_progress::Column::PersonId.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .filter_map(|row| Some((row.person_id, to_stand(&row)?))),
        );
    }
    Ok(found)
}

/// Writes where people stand; `count` has reckoned it from what was there, under the county's lock.
pub(in crate::plans) async fn save_stands(
    tx: &impl ConnectionTrait,
    plan: &Plan,
    stands: &BTreeMap<Uuid, Stand>,
) -> Result<()> {
    use person_progress::Column as C;
    let mut update = OnConflict::columns([C::PlanId, C::PersonId]);
    update.update_columns([
        C::MinutesOnline,
        C::MinutesOffline,
        C::PersonTimes,
        C::Passes,
        C::RegionId,
        C::EnterpriseId,
        C::Role,
        C::LastDay,
        C::Effort,
    ]);
    let stands: Vec<_> = stands.iter().collect();
    for chunk in stands.chunks(rows_per_statement(12)) {
        let rows = chunk
            .iter()
            .map(|(person, stand)| person_progress::ActiveModel {
                plan_id: Set(plan.id),
                person_id: Set(**person),
                county_id: Set(plan.county_id),
                minutes_online: Set(stand.progress.minutes_online),
                minutes_offline: Set(stand.progress.minutes_offline),
                person_times: Set(stand.progress.person_times),
                passes: Set(stand.progress.passes),
                region_id: Set(Some(stand.region_id)),
                enterprise_id: Set(stand.enterprise_id),
                role: Set(Some(stand.role.word().to_owned())),
                last_day: Set(Some(stand.last_day)),
                effort: Set(effort(&plan.terms, &stand.progress)),
            });
        person_progress::Entity::insert_many(rows)
            .on_conflict(update.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Who of these has a standing completion, where it is counted and for which day.
pub(in crate::plans) async fn completions_of(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, (Place, chrono::NaiveDate)>> {
    let mut found = HashMap::new();
    for chunk in persons.chunks(IN_LIST) {
        let rows = completion::Entity::find()
            .filter(completion::Column::PlanId.eq(plan_id))
            .filter(completion::Column::PersonId.is_in(chunk.iter().copied()))
            .filter(completion::Column::WithdrawnAt.is_null())
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| {
            let role = TargetRole::of_word(&row.role);
            let place = (row.region_id, row.enterprise_id, role);
            (row.person_id, (place, row.completed_on))
        }));
    }
    Ok(found)
}

pub(in crate::plans) async fn insert_completions(
    work: &Work<'_>,
    plan: &Plan,
    reached: &[(Uuid, Place, chrono::NaiveDate)],
) -> Result<()> {
    if reached.is_empty() {
        return Ok(());
    }
    let after_settlement = is_settled(&work.tx, plan.id).await?;
    for chunk in reached.chunks(rows_per_statement(13)) {
        let rows = chunk
            .iter()
            .map(|(person, place, day)| completion::ActiveModel {
                id: Set(clock::new_id()),
                county_id: Set(plan.county_id),
                plan_id: Set(plan.id),
                person_id: Set(*person),
                region_id: Set(place.0),
                enterprise_id: Set(place.1),
                role: Set(place.2.word().to_owned()),
                plan_version: Set(plan.version),
                completed_on: Set(*day),
                recorded_at: Set(work.now),
                withdrawn_at: Set(None),
                withdrawn_reason: Set(None),
                after_settlement: Set(after_settlement),
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
    work: &Work<'_>,
    plan: &Plan,
    places: &BTreeMap<Place, Counters>,
) -> Result<()> {
    let tx = &work.tx;
    let mut regions: BTreeMap<(Uuid, TargetRole), Counters> = BTreeMap::new();
    for ((region, _, role), counters) in places {
        regions.entry((*region, *role)).or_default().add(counters);
    }
    {
        use plan_progress::Column as C;
        let table = plan_progress::Entity.table_name();
        let mut update = OnConflict::columns([C::PlanId, C::RegionId, C::Role]);
        update.values(
            C::iter()
                .filter(|c| is_counter(&c.to_string()))
                .map(|c| (c, added(table, c))),
        );
        update.update_column(C::UpdatedAt);
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
                attended: Set(sum.attended),
                passed_people: Set(sum.passed_people),
                updated_at: Set(work.now),
            });
        plan_progress::Entity::insert_many(rows)
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    use enterprise_progress::Column as C;
    let table = enterprise_progress::Entity.table_name();
    let mut update = OnConflict::columns([C::PlanId, C::RegionId, C::EnterpriseId, C::Role]);
    update.values(
        C::iter()
            .filter(|c| is_counter(&c.to_string()))
            .map(|c| (c, added(table, c))),
    );
    update.update_column(C::UpdatedAt);
    let known: Vec<_> = places
        .iter()
        .filter_map(|((r, e, role), sum)| e.map(|e| (*r, e, *role, sum)))
        .collect();
    for chunk in known.chunks(rows_per_statement(15)) {
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
                    attended: Set(sum.attended),
                    passed_people: Set(sum.passed_people),
                    updated_at: Set(work.now),
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
    /// When the figures last changed, in microseconds since 1970.
    pub updated_at: i64,
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
                attended: row.attended,
                passed_people: row.passed_people,
            },
            updated_at: row.updated_at,
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
                attended: row.attended,
                passed_people: row.passed_people,
            },
            updated_at: row.updated_at,
        })
        .collect())
}

/// People who met the plan by the end of a day, by enterprise, in scope, of the enterprises named.
pub(in crate::plans) async fn completed_through(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    enterprises: &[Uuid],
    day: chrono::NaiveDate,
) -> Result<HashMap<Uuid, i64>> {
    use completion::Column as C;
    let columns = Columns::county(C::CountyId)
        .region(C::RegionId)
        .enterprise(C::EnterpriseId);
    let rows: Vec<(Uuid, i64)> = completion::Entity::find()
        .filter(scope.filter(&columns))
        .filter(C::PlanId.eq(plan_id))
        .filter(C::EnterpriseId.is_in(enterprises.iter().copied()))
        .filter(C::WithdrawnAt.is_null())
        .filter(C::CompletedOn.lte(day))
        .select_only()
        .column(C::EnterpriseId)
        .column_as(Expr::col(C::Id).count().cast_as("bigint"), "people")
        .group_by(C::EnterpriseId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

fn to_stand(row: &person_progress::Model) -> Option<Stand> {
    Some(Stand {
        progress: to_progress(row),
        region_id: row.region_id?,
        enterprise_id: row.enterprise_id,
        role: TargetRole::of_word(row.role.as_deref()?),
        last_day: row.last_day?,
    })
}

pub(super) const fn to_progress(row: &person_progress::Model) -> Progress {
    Progress {
        minutes_online: row.minutes_online,
        minutes_offline: row.minutes_offline,
        person_times: row.person_times,
        passes: row.passes,
    }
}
