//! Rows of settled plans, and of what was corrected since. Written once; the database refuses to change them.

use std::collections::HashMap;

use entity::{plan_settlement, quota_line, settlement_row, training_record as ledger};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::rules::{Figures, SettledRow, Settlement};
use super::{Correction, CorrectionKind};
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// The newest corrections told of one plan.
const NEWEST: u64 = 100;

fn visible(scope: &Scope, plan_id: Uuid) -> Select<settlement_row::Entity> {
    let columns =
        Columns::county(settlement_row::Column::CountyId).region(settlement_row::Column::RegionId);
    settlement_row::Entity::find()
        .filter(scope.filter(&columns))
        .filter(settlement_row::Column::PlanId.eq(plan_id))
}

/// How a plan was settled, if it was. The settling itself is the county's; its rows are the townships'.
pub(super) async fn settlement(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    plan_id: Uuid,
) -> Result<Option<Settlement>> {
    let row = plan_settlement::Entity::find_by_id(plan_id)
        .filter(plan_settlement::Column::CountyId.eq(county_id))
        .one(db)
        .await?;
    Ok(row.map(to_settlement))
}

/// Whether a plan was settled.
pub(in crate::plans) async fn is_settled(db: &impl ConnectionTrait, plan_id: Uuid) -> Result<bool> {
    let row: Option<i64> = plan_settlement::Entity::find_by_id(plan_id)
        .select_only()
        .column(plan_settlement::Column::SettledAt)
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.is_some())
}

pub(super) async fn rows(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
) -> Result<Vec<SettledRow>> {
    let rows = visible(scope, plan_id).all(db).await?;
    Ok(rows.into_iter().map(to_row).collect())
}

/// Every settlement there is with its rows: a plan a year and a row a township.
pub(super) async fn every(db: &impl ConnectionTrait) -> Result<Vec<(Settlement, Vec<SettledRow>)>> {
    let mut rows: HashMap<Uuid, Vec<SettledRow>> = HashMap::new();
    for row in settlement_row::Entity::find().all(db).await? {
        rows.entry(row.plan_id).or_default().push(to_row(row));
    }
    let settlements = plan_settlement::Entity::find().all(db).await?;
    Ok(settlements
        .into_iter()
        .map(|row| {
            let rows = rows.remove(&row.plan_id).unwrap_or_default();
            (to_settlement(row), rows)
        })
        .collect())
}

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    settlement: &Settlement,
    rows: &[SettledRow],
) -> Result<()> {
    let row = plan_settlement::ActiveModel {
        plan_id: Set(settlement.plan_id),
        county_id: Set(settlement.county_id),
        settled_at: Set(settlement.settled_at),
        account_id: Set(settlement.account_id),
        boundary_id: Set(settlement.boundary_id),
        digest: Set(settlement.digest.clone()),
    };
    plan_settlement::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    let rows = rows.iter().map(|row| {
        let [principal, safety_manager, key_post, other] = row.figures.by_role;
        settlement_row::ActiveModel {
            plan_id: Set(settlement.plan_id),
            region_id: Set(row.region_id),
            county_id: Set(settlement.county_id),
            quota: Set(row.figures.quota),
            completed: Set(row.figures.completed),
            person_times: Set(row.figures.person_times),
            online_times: Set(row.figures.online_times),
            offline_times: Set(row.figures.offline_times),
            passed: Set(row.figures.passed),
            principal: Set(principal),
            safety_manager: Set(safety_manager),
            key_post: Set(key_post),
            other: Set(other),
            rate: Set(row.rate.clone()),
        }
    });
    settlement_row::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn later_records(scope: &Scope, settlement: &Settlement) -> Select<ledger::Entity> {
    let columns = Columns::county(ledger::Column::CountyId).region(ledger::Column::RegionId);
    ledger::Entity::find()
        .filter(scope.filter(&columns))
        .filter(ledger::Column::PlanId.eq(settlement.plan_id))
        .filter(ledger::Column::AfterSettlement.eq(true))
}

fn later_lines(scope: &Scope, settlement: &Settlement) -> Select<quota_line::Entity> {
    let columns =
        Columns::county(quota_line::Column::CountyId).region(quota_line::Column::RegionId);
    quota_line::Entity::find()
        .filter(scope.filter(&columns))
        .filter(quota_line::Column::PlanId.eq(settlement.plan_id))
        .filter(quota_line::Column::AfterSettlement.eq(true))
}

/// How many ledger and quota lines came later, by township.
pub(super) async fn corrections_by_region(
    db: &impl ConnectionTrait,
    scope: &Scope,
    settlement: &Settlement,
) -> Result<HashMap<Uuid, i64>> {
    let count = |column: sea_orm::sea_query::SimpleExpr| column.count().cast_as("bigint");
    let records: Vec<(Uuid, i64)> = later_records(scope, settlement)
        .select_only()
        .column(ledger::Column::RegionId)
        .column_as(count(Expr::col(ledger::Column::Id)), "lines")
        .group_by(ledger::Column::RegionId)
        .into_tuple()
        .all(db)
        .await?;
    let lines: Vec<(Uuid, i64)> = later_lines(scope, settlement)
        .select_only()
        .column(quota_line::Column::RegionId)
        .column_as(count(Expr::col(quota_line::Column::Id)), "lines")
        .group_by(quota_line::Column::RegionId)
        .into_tuple()
        .all(db)
        .await?;
    let mut found = HashMap::new();
    for (region, lines) in records.into_iter().chain(lines) {
        *found.entry(region).or_default() += lines;
    }
    Ok(found)
}

/// The newest lines that came later, newest first, of both kinds.
pub(super) async fn newest_corrections(
    db: &impl ConnectionTrait,
    scope: &Scope,
    settlement: &Settlement,
) -> Result<Vec<Correction>> {
    let records = later_records(scope, settlement)
        .order_by_desc(ledger::Column::Id)
        .limit(NEWEST)
        .all(db)
        .await?;
    let lines = later_lines(scope, settlement)
        .order_by_desc(quota_line::Column::Id)
        .limit(NEWEST)
        .all(db)
        .await?;
    let records = records.into_iter().map(|row| Correction {
        kind: CorrectionKind::TrainingRecord,
        id: row.id,
        region_id: row.region_id,
        day: row.happened_on,
        recorded_at: row.recorded_at,
        reason: row.reason.unwrap_or_default(),
        minutes: row.minutes,
        person_times: row.person_times,
        passes: row.passes,
        quota: 0,
    });
    let lines = lines.into_iter().map(|row| Correction {
        kind: CorrectionKind::QuotaLine,
        id: row.id,
        region_id: row.region_id,
        day: row.day,
        recorded_at: row.recorded_at,
        reason: row.reason,
        minutes: 0,
        person_times: 0,
        passes: 0,
        quota: row.amount,
    });
    let mut found: Vec<_> = records.chain(lines).collect();
    found.sort_by_key(|correction| std::cmp::Reverse(correction.id));
    found.truncate(usize::try_from(NEWEST).unwrap_or(usize::MAX));
    Ok(found)
}

fn to_settlement(row: plan_settlement::Model) -> Settlement {
    Settlement {
        plan_id: row.plan_id,
        county_id: row.county_id,
        settled_at: row.settled_at,
        account_id: row.account_id,
        boundary_id: row.boundary_id,
        digest: row.digest,
    }
}

fn to_row(row: settlement_row::Model) -> SettledRow {
    SettledRow {
        region_id: row.region_id,
        figures: Figures {
            quota: row.quota,
            completed: row.completed,
            person_times: row.person_times,
            online_times: row.online_times,
            offline_times: row.offline_times,
            passed: row.passed,
            by_role: [row.principal, row.safety_manager, row.key_post, row.other],
        },
        rate: row.rate,
    }
}
