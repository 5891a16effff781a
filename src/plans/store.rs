//! Rows of plans and quotas; progress and counters have a file of their own.

mod daily;
mod progress;
mod standing;
mod taught;

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{plan, plan_version, quota_line};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::QuotaLine;
use super::rules::{Counts, Plan, PlanState, Terms};
use super::settle::store::is_settled;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Caller, Result, Scope};

pub(super) use daily::add_daily;
pub use daily::{last_training_days, progress_by_day, progress_through};
pub use progress::{ProgressRow, progress_by_enterprise, progress_by_region};
pub(super) use progress::{
    add_counters, completed_through, completions_of, insert_completions, save_stands, stands_of,
    withdraw_completions,
};
pub use standing::{progress_of, standing_in_many, standing_of_many};
pub(super) use taught::taught;

// A plan belongs to the county; every role of the county may read it, so the county is the whole scope.
fn visible(scope: &Scope) -> Select<plan::Entity> {
    plan::Entity::find().filter(plan::Column::CountyId.eq(scope.county_id))
}

pub(super) async fn plan(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Plan>> {
    visible(scope)
        .filter(plan::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_plan)
        .transpose()
}

pub(super) async fn plan_for_update(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Plan>> {
    visible(scope)
        .filter(plan::Column::Id.eq(id))
        .lock_exclusive()
        .one(db)
        .await?
        .map(to_plan)
        .transpose()
}

/// A plan held for settling: quota lines wait, lines that only refer to it do not.
pub(super) async fn plan_to_settle(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Plan>> {
    visible(scope)
        .filter(plan::Column::Id.eq(id))
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?
        .map(to_plan)
        .transpose()
}

pub(super) async fn plans(
    db: &impl ConnectionTrait,
    scope: &Scope,
    year: Option<i32>,
    page: &Page,
) -> Result<Vec<Plan>> {
    let mut query = visible(scope);
    if let Some(year) = year {
        query = query.filter(plan::Column::Year.eq(year));
    }
    if let Some(after) = page.after {
        query = query.filter(plan::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(plan::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    rows.into_iter().map(to_plan).collect()
}

/// The plan of the latest period that is not a draft: what a board shows when none is named.
///
/// # Errors
/// Database faults.
pub async fn newest_plan(db: &impl ConnectionTrait, county_id: Uuid) -> Result<Option<Plan>> {
    let row = plan::Entity::find()
        .filter(plan::Column::CountyId.eq(county_id))
        .filter(plan::Column::State.ne(PlanState::Draft.word()))
        .order_by_desc(plan::Column::PeriodFrom)
        .order_by_desc(plan::Column::Id)
        .one(db)
        .await?;
    row.map(to_plan).transpose()
}

/// The county's published plans whose period holds a day, by id.
///
/// # Errors
/// Database faults.
pub async fn open_on(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    day: chrono::NaiveDate,
) -> Result<Vec<Plan>> {
    let rows = plan::Entity::find()
        .filter(plan::Column::CountyId.eq(county_id))
        .filter(plan::Column::State.eq(PlanState::Published.word()))
        .filter(plan::Column::PeriodFrom.lte(day))
        .filter(plan::Column::PeriodTo.gte(day))
        .order_by_asc(plan::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(to_plan).collect()
}

pub(super) async fn plan_of_title(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    year: i32,
    title: &str,
) -> Result<Option<Uuid>> {
    let row = plan::Entity::find()
        .filter(plan::Column::CountyId.eq(county_id))
        .filter(plan::Column::Year.eq(year))
        .filter(plan::Column::Title.eq(title))
        .one(db)
        .await?;
    Ok(row.map(|row| row.id))
}

fn row_of(plan: &Plan, now: i64) -> Result<plan::ActiveModel> {
    let terms = &plan.terms;
    Ok(plan::ActiveModel {
        id: Set(plan.id),
        county_id: Set(plan.county_id),
        title: Set(terms.title.clone()),
        year: Set(terms.year),
        period_from: Set(terms.period_from),
        period_to: Set(terms.period_to),
        state: Set(plan.state.word().to_owned()),
        version: Set(plan.version),
        target_roles: Set(serde_json::to_string(&terms.target_roles)?),
        required_online: Set(terms.required_online),
        required_offline: Set(terms.required_offline),
        exam_required: Set(terms.pass_mark.is_some()),
        pass_mark: Set(terms.pass_mark),
        counts: Set(terms.counts.word().to_owned()),
        rate_decimals: Set(terms.rate_decimals),
        minutes_per_hour: Set(terms.minutes_per_hour),
        created_at: Set(now),
        updated_at: Set(now),
    })
}

pub(super) async fn insert_plan(tx: &impl ConnectionTrait, plan: &Plan, now: i64) -> Result<()> {
    plan::Entity::insert(row_of(plan, now)?)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn save_plan(tx: &impl ConnectionTrait, plan: &Plan, now: i64) -> Result<()> {
    let mut row = row_of(plan, now)?;
    row.created_at = sea_orm::ActiveValue::NotSet;
    plan::Entity::update_many()
        .set(row)
        .filter(plan::Column::Id.eq(plan.id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_version(
    tx: &impl ConnectionTrait,
    plan: &Plan,
    account: Option<Uuid>,
    now: i64,
) -> Result<()> {
    let row = plan_version::ActiveModel {
        plan_id: Set(plan.id),
        version: Set(plan.version),
        body: Set(serde_json::to_string(&plan.terms)?),
        published_at: Set(now),
        account_id: Set(account),
    };
    plan_version::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A region's quota toward a plan; `None` when it was never allotted one.
/// Days and amounts of a region's lines.
pub(super) async fn quota_amounts(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    region_id: Uuid,
) -> Result<Vec<(NaiveDate, i64)>> {
    let lines = quota_line::Entity::find()
        .select_only()
        .column(quota_line::Column::Day)
        .column(quota_line::Column::Amount)
        .filter(quota_line::Column::PlanId.eq(plan_id))
        .filter(quota_line::Column::RegionId.eq(region_id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(lines)
}

/// Writes lines of a plan's quotas, each with its kind and the loan behind it.
pub(super) async fn insert_quota_lines(
    tx: &impl ConnectionTrait,
    by: &Caller,
    plan_id: Uuid,
    lines: &[(QuotaLine, &str, Option<Uuid>)],
) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let after_settlement = is_settled(tx, plan_id).await?;
    let rows = lines
        .iter()
        .map(|(line, kind, loan_id)| quota_line::ActiveModel {
            id: Set(line.id),
            county_id: Set(by.county_id),
            plan_id: Set(line.plan_id),
            region_id: Set(line.region_id),
            kind: Set((*kind).to_owned()),
            amount: Set(line.amount),
            day: Set(line.day),
            reason: Set(line.reason.clone()),
            account_id: Set(by.account()),
            recorded_at: Set(line.recorded_at),
            loan_id: Set(*loan_id),
            after_settlement: Set(after_settlement),
            acknowledged_at: Set(None),
            acknowledged_by: Set(None),
        });
    quota_line::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) fn visible_lines(scope: &Scope, plan_id: Uuid) -> Select<quota_line::Entity> {
    let columns =
        Columns::county(quota_line::Column::CountyId).region(quota_line::Column::RegionId);
    quota_line::Entity::find()
        .filter(scope.filter(&columns))
        .filter(quota_line::Column::PlanId.eq(plan_id))
}

pub(super) async fn quota_lines(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    page: &Page,
) -> Result<Vec<QuotaLine>> {
    let mut query = visible_lines(scope, plan_id);
    if let Some(after) = page.after {
        query = query.filter(quota_line::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(quota_line::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| QuotaLine {
            id: row.id,
            plan_id: row.plan_id,
            region_id: row.region_id,
            amount: row.amount,
            day: row.day,
            reason: row.reason,
            recorded_at: row.recorded_at,
        })
        .collect())
}

/// The quotas of a plan by region, in scope; through a day, or with all lines there are.
///
/// # Errors
/// Database faults.
pub async fn quota_totals(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    through: Option<chrono::NaiveDate>,
) -> Result<HashMap<Uuid, i64>> {
    let mut query = visible_lines(scope, plan_id);
    if let Some(day) = through {
        query = query.filter(quota_line::Column::Day.lte(day));
    }
    let lines: Vec<(Uuid, i64)> = query
        .select_only()
        .columns([quota_line::Column::RegionId, quota_line::Column::Amount])
        .into_tuple()
        .all(db)
        .await?;
    let mut totals = HashMap::new();
    for (region, amount) in lines {
        *totals.entry(region).or_default() += amount;
    }
    Ok(totals)
}

fn to_plan(row: plan::Model) -> Result<Plan> {
    Ok(Plan {
        id: row.id,
        county_id: row.county_id,
        state: PlanState::of_word(&row.state),
        version: row.version,
        terms: Terms {
            title: row.title,
            year: row.year,
            period_from: row.period_from,
            period_to: row.period_to,
            target_roles: serde_json::from_str(&row.target_roles)?,
            required_online: row.required_online,
            required_offline: row.required_offline,
            pass_mark: row.pass_mark,
            counts: Counts::of_word(&row.counts),
            rate_decimals: row.rate_decimals,
            minutes_per_hour: row.minutes_per_hour,
        },
    })
}
