//! The board of an enterprise's manager: he reaches no township, so his figures are those of his enterprises.

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;

use super::Shown;
use super::rules::RegionRow;
use super::store::own::{self as rows, Until};
use crate::certificates;
use crate::plans::{self, Plan, quotas};
use crate::platform::{Result, Scope};

/// His row: his part of the township's quota, what his enterprises were credited, and their codes. When the plan was
/// settled, where the settled figures are shown.
pub(super) async fn row(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan: Option<&Plan>,
    shown: Shown,
    (day, before): (NaiveDate, i64),
) -> Result<(RegionRow, Option<i64>)> {
    let mut row = RegionRow::default();
    let mut settled_at = None;
    if let Some(plan) = plan {
        row = trained(db, scope, plan, shown.through, None).await?;
        if shown.settled {
            settled_at = plans::settle::settled_at(db, scope.county_id, plan.id).await?;
        }
        if settled_at.is_some() {
            let settled = trained(db, scope, plan, None, settled_at).await?;
            row.settle(&settled.figures());
        }
    }
    let claims = certificates::progress_of_own(db, scope, day, before).await?;
    row.claims(&claims);
    Ok((row, settled_at))
}

async fn trained(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan: &Plan,
    day: Option<NaiveDate>,
    settled_at: Option<i64>,
) -> Result<RegionRow> {
    let until = Until { day, settled_at };
    let own = rows::own(db, scope, plan.id, until).await?;
    let mut row = RegionRow {
        quota: quotas::own_share(db, scope, plan.id, day).await?,
        last_training_day: own.last_day,
        progress_updated_at: own.updated_at,
        ..RegionRow::default()
    };
    for (role, counters) in &own.roles {
        row.count(*role, counters);
    }
    Ok(row)
}
