//! Rows of what each day added to a township's figures.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::daily_progress;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::progress::{ProgressRow, added};
use crate::plans::count::Dated;
use crate::plans::rules::{Counters, Plan};
use crate::platform::db::rows_per_statement;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use crate::sheets::posts::TargetRole;

pub(in crate::plans) async fn add_daily(
    tx: &impl ConnectionTrait,
    plan: &Plan,
    days: &BTreeMap<Dated, Counters>,
) -> Result<()> {
    use daily_progress::Column as C;
    let table = daily_progress::Entity.table_name();
    let mut update = OnConflict::columns([C::PlanId, C::RegionId, C::Day, C::Role]);
    update.values(
        [
            C::People,
            C::PersonTimes,
            C::OnlineTimes,
            C::OfflineTimes,
            C::Passes,
        ]
        .map(|c| (c, added(table, c))),
    );
    let days: Vec<_> = days.iter().collect();
    for chunk in days.chunks(rows_per_statement(10)) {
        let rows = chunk
            .iter()
            .map(|((region, role, day), sum)| daily_progress::ActiveModel {
                plan_id: Set(plan.id),
                region_id: Set(*region),
                day: Set(*day),
                role: Set(role.word().to_owned()),
                county_id: Set(plan.county_id),
                people: Set(sum.people),
                person_times: Set(sum.person_times),
                online_times: Set(sum.online_times),
                offline_times: Set(sum.offline_times),
                passes: Set(sum.passes),
            });
        daily_progress::Entity::insert_many(rows)
            .on_conflict(update.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn visible(scope: &Scope, plan_id: Uuid) -> Select<daily_progress::Entity> {
    let columns =
        Columns::county(daily_progress::Column::CountyId).region(daily_progress::Column::RegionId);
    daily_progress::Entity::find()
        .filter(scope.filter(&columns))
        .filter(daily_progress::Column::PlanId.eq(plan_id))
}

#[derive(FromQueryResult)]
struct Summed {
    region_id: Uuid,
    role: String,
    people: i64,
    person_times: i64,
    online_times: i64,
    offline_times: i64,
    passes: i64,
}

/// Counters by region and role of training through a day, in scope: at most a row a day, however long the ledger.
///
/// # Errors
/// Database faults.
pub async fn progress_through(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    day: NaiveDate,
) -> Result<Vec<ProgressRow>> {
    use daily_progress::Column as C;
    let sum = |column: C| Expr::col(column).sum().cast_as("bigint");
    let rows = visible(scope, plan_id)
        .filter(C::Day.lte(day))
        .select_only()
        .columns([C::RegionId, C::Role])
        .column_as(sum(C::People), "people")
        .column_as(sum(C::PersonTimes), "person_times")
        .column_as(sum(C::OnlineTimes), "online_times")
        .column_as(sum(C::OfflineTimes), "offline_times")
        .column_as(sum(C::Passes), "passes")
        .group_by(C::RegionId)
        .group_by(C::Role)
        .into_model::<Summed>()
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
                ..Counters::default()
            },
            updated_at: 0,
        })
        .collect())
}

/// What each day added, in scope or in one region of it: people who completed and person-times, in day order.
///
/// # Errors
/// Database faults.
pub async fn progress_by_day(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    region_id: Option<Uuid>,
    through: NaiveDate,
) -> Result<Vec<(NaiveDate, i64, i64)>> {
    use daily_progress::Column as C;
    let mut query = visible(scope, plan_id).filter(C::Day.lte(through));
    if let Some(region) = region_id {
        query = query.filter(C::RegionId.eq(region));
    }
    let sum = |column: C| Expr::col(column).sum().cast_as("bigint");
    Ok(query
        .select_only()
        .column(C::Day)
        .column_as(sum(C::People), "people")
        .column_as(sum(C::PersonTimes), "person_times")
        .group_by(C::Day)
        .order_by_asc(C::Day)
        .into_tuple()
        .all(db)
        .await?)
}

/// The last day of training in each region, in scope.
///
/// # Errors
/// Database faults.
pub async fn last_training_days(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    through: Option<NaiveDate>,
) -> Result<HashMap<Uuid, NaiveDate>> {
    use daily_progress::Column as C;
    let mut query = visible(scope, plan_id);
    if let Some(day) = through {
        query = query.filter(C::Day.lte(day));
    }
    let rows: Vec<(Uuid, NaiveDate)> = query
        .filter(C::PersonTimes.gt(0))
        .select_only()
        .column(C::RegionId)
        .column_as(C::Day.max(), "last_day")
        .group_by(C::RegionId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
