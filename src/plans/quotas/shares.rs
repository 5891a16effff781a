//! How a township splits its quota over its enterprises.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{NewShare, must_be_open, own_township, store};
use crate::plans::rules::rate_percent;
use crate::plans::store as plan_store;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State};
use crate::{audit, fresh, places};

/// An enterprise's part, and what it has done of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Share {
    pub enterprise_id: Uuid,
    pub enterprise_name: String,
    pub amount: i64,
    /// Distinct people who met the plan.
    pub completed: i64,
    /// Percent, never clamped; none where the part is 0.
    pub rate: Option<Decimal>,
}

/// A split with what it leaves of the quota.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShareTable {
    pub region_id: Uuid,
    /// 0 while nothing was split.
    pub version: i32,
    pub day: Option<NaiveDate>,
    pub quota: i64,
    pub split: i64,
    pub shares: Vec<Share>,
    /// When the training figures of these enterprises last changed, in microseconds since 1970.
    pub updated_at: Option<i64>,
}

/// Splits a township's quota anew from a day on. What is left of it, or is too much, is shown, not forced.
///
/// # Errors
/// `not_found`, `plan_not_published`, `enterprise_unknown`, `invalid_field`, `stale`, `forbidden` for the county.
pub async fn set_shares(
    state: &State,
    by: &Caller,
    retry: Retry,
    (plan_id, region_id): (Uuid, Uuid),
    (day, new): (NaiveDate, Vec<NewShare>),
    seen: Seen<ShareTable>,
) -> Result<ShareTable> {
    let scope = by.may(Action::AgreeQuotas)?;
    own_township(&scope, region_id)?;
    let work = fresh!(state.begin(by, retry).await?);
    let plan = plan_store::plan_for_update(&work.tx, &scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let shown = (plan_id, plan.terms.rate_decimals);
    seen.check(&read(&work.tx, &scope, shown, region_id, None).await?)?;
    must_be_open(&plan)?;
    let ids: Vec<Uuid> = new.iter().map(|share| share.enterprise_id).collect();
    let known = places::enterprises_among(&work.tx, &scope, &ids).await?;
    let mut named = HashSet::new();
    for (place, share) in new.iter().enumerate() {
        let field = format!("/shares/{place}/enterprise_id");
        let here = known.iter().any(|enterprise| {
            enterprise.id == share.enterprise_id && enterprise.region_id == region_id
        });
        if !here {
            return Err(Fault::new(Code::EnterpriseUnknown)
                .with("enterprise", share.enterprise_id)
                .at(&field));
        }
        if !named.insert(share.enterprise_id) {
            return Err(Fault::field(&field, "×1"));
        }
    }
    let version = store::insert_shares(&work, plan_id, region_id, day, &new).await?;
    let total: i64 = new.iter().map(|share| share.amount).sum();
    let detail =
        json!({"region": region_id, "version": version, "enterprises": new.len(), "total": total});
    let subject = ("plan", plan_id.to_string());
    audit::record(&work, "plans.set_shares", subject, detail).await?;
    let after = read(&work.tx, &scope, shown, region_id, None).await?;
    work.commit(&after).await?;
    Ok(after)
}

/// The split of a township in scope, as of a day or the newest; an enterprise manager sees his own part.
///
/// # Errors
/// `not_found`.
pub async fn shares(
    state: &State,
    by: &Caller,
    plan_id: Uuid,
    region_id: Uuid,
    as_of: Option<NaiveDate>,
) -> Result<ShareTable> {
    let scope = by.may(Action::ReadPlans)?;
    let tx = state.db.begin_read().await?;
    let plan = plan_store::plan(&tx, &scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let decimals = plan.terms.rate_decimals;
    let table = read(&tx, &scope, (plan_id, decimals), region_id, as_of).await?;
    tx.commit().await?;
    if scope.reaches_region(region_id) || !table.shares.is_empty() {
        Ok(table)
    } else {
        Err(Fault::not_found())
    }
}

async fn read(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    (plan_id, decimals): (Uuid, i32),
    region_id: Uuid,
    as_of: Option<NaiveDate>,
) -> Result<ShareTable> {
    let all = places::regions(db, scope.county_id).await?;
    all.get(region_id)
        .filter(|region| region.parent_id.is_some())
        .ok_or_else(Fault::not_found)?;
    let quota = plan_store::quota_totals(db, scope, plan_id, as_of).await?;
    let found = store::shares(db, scope, plan_id, region_id, as_of).await?;
    let ids: Vec<Uuid> = found.rows.iter().map(|row| row.enterprise_id).collect();
    let enterprises = places::enterprises_among(db, scope, &ids).await?;
    let names: HashMap<Uuid, String> = enterprises.into_iter().map(|e| (e.id, e.name)).collect();
    let mut done: HashMap<Uuid, i64> = HashMap::new();
    let mut updated_at = None;
    for row in plan_store::progress_by_enterprise(db, scope, plan_id, &ids).await? {
        updated_at = updated_at.max(Some(row.updated_at));
        if let Some(enterprise) = row.enterprise_id {
            *done.entry(enterprise).or_default() += row.counters.people;
        }
    }
    if let Some(day) = as_of {
        // Quota, split and people of one day.
        done = plan_store::completed_through(db, scope, plan_id, &ids, day).await?;
    }
    let shares = found.rows.into_iter().filter_map(|row| {
        let completed = done.get(&row.enterprise_id).copied().unwrap_or(0);
        Some(Share {
            enterprise_name: names.get(&row.enterprise_id)?.clone(),
            enterprise_id: row.enterprise_id,
            amount: row.amount,
            completed,
            rate: rate_percent(completed, row.amount, u32::try_from(decimals).unwrap_or(1)),
        })
    });
    let mut shares: Vec<Share> = shares.collect();
    shares.sort_by(|a, b| a.enterprise_name.cmp(&b.enterprise_name));
    Ok(ShareTable {
        region_id,
        version: found.version,
        day: found.day,
        quota: quota.get(&region_id).copied().unwrap_or(0),
        split: shares.iter().map(|share| share.amount).sum(),
        shares,
        updated_at,
    })
}
