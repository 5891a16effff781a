//! Settling a plan at its period's end (结算), what was corrected since, and credits of people who moved.
//!
//! Owns `plan_settlement` and `settlement_row`. Invariants: settled once, with the county's ledger standing still; a
//! settled figure never moves, later corrections show beside it. May not enter: how a correction is made (that is
//! `hours`, and the quota lines' own action).

pub mod api;
pub mod rules;
pub(super) mod store;
mod store_moved;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::rules::Plan;
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Fault, Result, Scope, State, clock};
use crate::{audit, fresh, places};

pub use rules::{Figures, SettledRow, Settlement};

/// What kind of line changed a settled figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum CorrectionKind {
    /// 学时台账更正
    TrainingRecord,
    /// 任务数调整
    QuotaLine,
}

/// A line that came after the settling.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Correction {
    pub kind: CorrectionKind,
    pub id: Uuid,
    pub region_id: Uuid,
    pub day: NaiveDate,
    pub recorded_at: i64,
    pub reason: String,
    pub minutes: i64,
    pub person_times: i64,
    pub passes: i64,
    pub quota: i64,
}

/// A township of a settled plan: as it was settled, and as it stands now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegionOverview {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub settled: Figures,
    pub settled_rate: Option<String>,
    pub now: Figures,
    pub now_rate: Option<String>,
    /// Ledger and quota lines that came later.
    pub corrections: i64,
}

/// A settled plan as a caller sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Overview {
    pub settlement: Settlement,
    pub digest_matches: bool,
    pub regions: Vec<RegionOverview>,
    /// The newest, newest first.
    pub corrections: Vec<Correction>,
}

/// Whether a plan was settled.
///
/// # Errors
/// Database faults.
pub async fn is_settled(db: &impl ConnectionTrait, plan_id: Uuid) -> Result<bool> {
    store::is_settled(db, plan_id).await
}

/// When a plan was settled; none where it was not.
///
/// # Errors
/// Database faults.
pub async fn settled_at(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    plan_id: Uuid,
) -> Result<Option<i64>> {
    let found = store::settlement(db, county_id, plan_id).await?;
    Ok(found.map(|settlement| settlement.settled_at))
}

/// Settles a closed plan whose period is over: its figures are kept as they stand and never move again.
///
/// # Errors
/// `not_found`, `stale`, `plan_not_closed`, `plan_period_running`, `plan_settled`.
pub async fn settle_plan(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    seen: Seen<Plan>,
) -> Result<Overview> {
    let scope = by.may(Action::ManagePlans)?;
    let work = fresh!(state.begin(by, retry).await?);
    // Nobody writes to the ledger or the quotas while the figures are read.
    super::in_line(&work).await?;
    let plan = super::store::plan_to_settle(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&plan)?;
    let over = state.clock.today() > plan.terms.period_to;
    let settled = store::is_settled(&work.tx, id).await?;
    rules::may_settle(plan.state, over, settled)?;
    let rows = rows_now(&work.tx, &scope, &plan).await?;
    let mut settlement = Settlement {
        plan_id: id,
        county_id: plan.county_id,
        settled_at: state.clock.now(),
        account_id: by.account(),
        boundary_id: clock::new_id(),
        digest: Vec::new(),
    };
    settlement.digest = settlement.digest_of(&rows);
    store::insert(&work.tx, &settlement, &rows).await?;
    note(&work, &settlement, rows.len()).await?;
    let settled = overview(&work.tx, &scope, &plan, settlement).await?;
    work.commit(&settled).await?;
    Ok(settled)
}

async fn note(work: &Work<'_>, settlement: &Settlement, rows: usize) -> Result<()> {
    let detail = json!({"regions": rows, "digest": hex::encode(&settlement.digest)});
    let subject = ("plan", settlement.plan_id.to_string());
    audit::record(work, "plans.settle", subject, detail).await
}

/// A settled plan in the caller's reach: settled figures, current ones, and what came between.
///
/// # Errors
/// `not_found` where there is no such plan, or it is not settled.
pub async fn settlement(state: &State, scope: &Scope, plan_id: Uuid) -> Result<Overview> {
    let tx = state.db.begin_read().await?;
    let plan = super::any_plan(&tx, scope.county_id, plan_id).await?;
    let settlement = store::settlement(&tx, scope.county_id, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let told = overview(&tx, scope, &plan, settlement).await?;
    tx.commit().await?;
    Ok(told)
}

/// When a plan was settled, and the settled figures in scope by township; none where it was not.
///
/// # Errors
/// Database faults.
pub async fn settled_figures(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
) -> Result<Option<(i64, HashMap<Uuid, Figures>)>> {
    let Some(settlement) = store::settlement(db, scope.county_id, plan_id).await? else {
        return Ok(None);
    };
    let rows = store::rows(db, scope, plan_id).await?;
    let figures = rows.into_iter().map(|row| (row.region_id, row.figures));
    Ok(Some((settlement.settled_at, figures.collect())))
}

/// How many settled plans of all counties no longer have the rows their digest was taken of.
///
/// # Errors
/// Database faults.
pub async fn broken_digests(db: &impl ConnectionTrait) -> Result<i64> {
    let broken = store::every(db).await?;
    let broken = broken
        .iter()
        .filter(|(settlement, rows)| settlement.digest_of(rows) != settlement.digest);
    Ok(i64::try_from(broken.count()).unwrap_or(i64::MAX))
}

async fn overview(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan: &Plan,
    settlement: Settlement,
) -> Result<Overview> {
    // The digest is that of all rows, whatever the caller sees of them.
    let county = Scope::county(scope.county_id);
    let rows = store::rows(db, &county, plan.id).await?;
    let digest_matches = settlement.digest_of(&rows) == settlement.digest;
    let settled: HashMap<Uuid, SettledRow> = store::rows(db, scope, plan.id)
        .await?
        .into_iter()
        .map(|row| (row.region_id, row))
        .collect();
    let now = figures_now(db, scope, plan).await?;
    let corrections = store::corrections_by_region(db, scope, &settlement).await?;
    let newest = store::newest_corrections(db, scope, &settlement).await?;
    let all = places::regions(db, scope.county_id).await?;
    let wanted: BTreeSet<Uuid> = settled.keys().chain(now.keys()).copied().collect();
    let regions = all.iter().filter(|region| wanted.contains(&region.id));
    let regions = regions.map(|region| {
        let was = settled.get(&region.id);
        let now = now.get(&region.id).copied().unwrap_or_default();
        RegionOverview {
            id: region.id,
            code: region.code.clone(),
            name: region.name.clone(),
            settled: was.map(|row| row.figures).unwrap_or_default(),
            settled_rate: was.and_then(|row| row.rate.clone()),
            now_rate: now.rate(&plan.terms),
            now,
            corrections: corrections.get(&region.id).copied().unwrap_or(0),
        }
    });
    Ok(Overview {
        digest_matches,
        regions: regions.collect(),
        corrections: newest,
        settlement,
    })
}

/// What stands now, by township, of those that have any figure.
async fn figures_now(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan: &Plan,
) -> Result<BTreeMap<Uuid, Figures>> {
    let mut now: BTreeMap<Uuid, Figures> = BTreeMap::new();
    for (region, quota) in super::quota_totals(db, scope, plan.id, None).await? {
        now.entry(region).or_default().quota = quota;
    }
    for row in super::progress_by_region(db, scope, plan.id).await? {
        let figures = now.entry(row.region_id).or_default();
        figures.count(row.role, &row.counters);
    }
    Ok(now)
}

/// The rows to settle: every township that stood in the plan's period, and every other that has a figure.
async fn rows_now(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan: &Plan,
) -> Result<Vec<SettledRow>> {
    let mut now = figures_now(db, scope, plan).await?;
    let terms = &plan.terms;
    for region in places::regions(db, plan.county_id).await?.iter() {
        let stood = region.valid_from <= terms.period_to
            && region.valid_to.is_none_or(|last| terms.period_from <= last);
        if region.parent_id.is_some() && stood {
            now.entry(region.id).or_default();
        }
    }
    let rows = now.into_iter().map(|(region_id, figures)| SettledRow {
        region_id,
        rate: figures.rate(terms),
        figures,
    });
    Ok(rows.collect())
}

/// What somebody has toward a plan in one township, who works in another today.
#[derive(Clone, Debug)]
pub struct MovedCredit {
    pub person_id: Uuid,
    pub name: String,
    pub id_masked: String,
    /// The township credited: frozen where the plan was met.
    pub from_region_id: Uuid,
    /// The township of today's employer.
    pub to_region_id: Uuid,
    /// The day the plan was met; none while it is not.
    pub completed_on: Option<NaiveDate>,
    pub last_day: Option<NaiveDate>,
    pub minutes_online: i64,
    pub minutes_offline: i64,
}

/// Credits of people who moved township, as both sides see them, with the county's regions to name them by.
///
/// # Errors
/// `not_found` for a plan of another county.
pub async fn moved_credits(
    state: &State,
    scope: &Scope,
    plan_id: Uuid,
    page: &Page,
) -> Result<(Vec<MovedCredit>, places::Regions)> {
    let tx = state.db.begin_read().await?;
    super::any_plan(&tx, scope.county_id, plan_id).await?;
    let regions = places::regions(&tx, scope.county_id).await?;
    let today = state.clock.today();
    // A township and those it took over are one: who is filed under the old name has not moved.
    let mut groups: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for region in regions.iter() {
        let standing = regions.standing(region.id, today).unwrap_or(region.id);
        groups.entry(standing).or_default().push(region.id);
    }
    let same: Vec<_> = groups
        .into_values()
        .filter(|group| group.len() > 1)
        .collect();
    let rows = store_moved::moved(&tx, scope, plan_id, &same, page).await?;
    tx.commit().await?;
    Ok((rows, regions))
}
