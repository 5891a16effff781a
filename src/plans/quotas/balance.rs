//! The balance of a township's quota, line by line, and its acknowledgement.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::rules::LineKind;
use super::{own_township, store};
use crate::places::Regions;
use crate::plans::store as plan_store;
use crate::platform::idempotency::Retry;
use crate::platform::{Action, Caller, Fault, Result, Scope, State};
use crate::{audit, fresh, places};

/// A line of a balance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BalanceLine {
    pub id: Uuid,
    pub kind: LineKind,
    pub amount: i64,
    /// The sum of this line and those before it.
    pub balance: i64,
    pub day: NaiveDate,
    pub reason: String,
    pub recorded_at: i64,
    pub loan_id: Option<Uuid>,
    /// The neighbour of a loan.
    pub other_region_id: Option<Uuid>,
    pub other_region_name: Option<String>,
    pub acknowledged_at: Option<i64>,
    pub after_settlement: bool,
}

/// A township's quota as its lines explain it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Balance {
    pub region_id: Uuid,
    pub region_name: String,
    pub quota: i64,
    pub unacknowledged: i64,
    pub lines: Vec<BalanceLine>,
}

/// A township's quota in a row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegionQuota {
    pub region_id: Uuid,
    pub code: String,
    pub name: String,
    pub allotted: i64,
    pub adjusted: i64,
    pub lent: i64,
    pub borrowed: i64,
    pub quota: i64,
    pub unacknowledged: i64,
    /// When the township last acknowledged a line.
    pub acknowledged_at: Option<i64>,
    /// When its newest line was entered.
    pub updated_at: i64,
}

/// The balance of a township in scope.
///
/// # Errors
/// `not_found`.
pub async fn balance(
    state: &State,
    by: &Caller,
    plan_id: Uuid,
    region_id: Uuid,
) -> Result<Balance> {
    let scope = by.may(Action::ReadPlans)?;
    let db = state.db.read();
    plan_store::plan(db, &scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    read(db, &scope, plan_id, region_id).await
}

/// Notes that a township has seen the lines of its quota up to one of them.
///
/// # Errors
/// `forbidden` for the county; `not_found`.
pub async fn acknowledge(
    state: &State,
    by: &Caller,
    retry: Retry,
    (plan_id, region_id): (Uuid, Uuid),
    through: Uuid,
) -> Result<Balance> {
    let scope = by.may(Action::AgreeQuotas)?;
    own_township(&scope, region_id)?;
    let work = fresh!(state.begin(by, retry).await?);
    plan_store::plan_for_update(&work.tx, &scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let seen = store::acknowledge(&work, &scope, plan_id, region_id, through).await?;
    let detail = json!({"region": region_id, "through": through, "lines": seen});
    let subject = ("plan", plan_id.to_string());
    audit::record(&work, "plans.acknowledge_quota", subject, detail).await?;
    let after = read(&work.tx, &scope, plan_id, region_id).await?;
    work.commit(&after).await?;
    Ok(after)
}

/// The quotas of the townships in scope, each in a row.
///
/// # Errors
/// `not_found`.
pub async fn overview(state: &State, by: &Caller, plan_id: Uuid) -> Result<Vec<RegionQuota>> {
    let scope = by.may(Action::ReadPlans)?;
    let db = state.db.read();
    plan_store::plan(db, &scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let all = places::regions(db, by.county_id).await?;
    Ok(rows_of(
        &all,
        store::lines(db, &scope, plan_id, None).await?,
    ))
}

/// Each township in a row, from its lines.
pub(super) fn rows_of(all: &Regions, lines: Vec<store::Line>) -> Vec<RegionQuota> {
    let mut rows: HashMap<Uuid, RegionQuota> = HashMap::new();
    for line in lines {
        let Some(region) = all.get(line.region_id) else {
            continue;
        };
        let row = rows.entry(region.id).or_insert_with(|| RegionQuota {
            region_id: region.id,
            code: region.code.clone(),
            name: region.name.clone(),
            allotted: 0,
            adjusted: 0,
            lent: 0,
            borrowed: 0,
            quota: 0,
            unacknowledged: 0,
            acknowledged_at: None,
            updated_at: line.recorded_at,
        });
        row.take(&line);
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_by(|a, b| a.code.cmp(&b.code));
    rows
}

impl RegionQuota {
    fn take(&mut self, line: &store::Line) {
        let sum = match line.kind {
            LineKind::Allotted => &mut self.allotted,
            LineKind::Adjusted => &mut self.adjusted,
            LineKind::Lent => &mut self.lent,
            LineKind::Borrowed => &mut self.borrowed,
        };
        *sum += line.amount;
        self.quota += line.amount;
        self.unacknowledged += i64::from(line.acknowledged_at.is_none());
        self.acknowledged_at = self.acknowledged_at.max(line.acknowledged_at);
        self.updated_at = self.updated_at.max(line.recorded_at);
    }
}

async fn read(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    region_id: Uuid,
) -> Result<Balance> {
    let all = places::regions(db, scope.county_id).await?;
    let region = all
        .get(region_id)
        .filter(|region| region.parent_id.is_some() && scope.reaches_region(region.id))
        .ok_or_else(Fault::not_found)?;
    let rows = store::lines(db, scope, plan_id, Some(region_id)).await?;
    let loans: Vec<Uuid> = rows.iter().filter_map(|row| row.loan_id).collect();
    let others = store::other_sides(db, scope, &loans, region_id).await?;
    let (mut quota, mut unacknowledged) = (0, 0);
    let lines = rows.into_iter().map(|row| {
        quota += row.amount;
        unacknowledged += i64::from(row.acknowledged_at.is_none());
        let other = row.loan_id.and_then(|loan| others.get(&loan)).copied();
        BalanceLine {
            id: row.id,
            kind: row.kind,
            amount: row.amount,
            balance: quota,
            day: row.day,
            reason: row.reason,
            recorded_at: row.recorded_at,
            loan_id: row.loan_id,
            other_region_id: other,
            other_region_name: other.and_then(|id| all.get(id)).map(|r| r.name.clone()),
            acknowledged_at: row.acknowledged_at,
            after_settlement: row.after_settlement,
        }
    });
    let lines: Vec<_> = lines.collect();
    Ok(Balance {
        region_id,
        region_name: region.name.clone(),
        quota,
        unacknowledged,
        lines,
    })
}
