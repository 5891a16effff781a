//! What an officer asks of a board: the funnel, the trend, whom to call, which enterprise lags.

use chrono::NaiveDate;
use uuid::Uuid;

use super::rules::{Asked, RegionRow, Step, Trend, trend};
use super::store::answers as rows;
use super::{board, not_to_come, plan_of, reached_region};
use crate::places;
use crate::plans::rules::Counts;
use crate::plans::{self, Demand, Plan, demands};
use crate::platform::{Fault, Result, Scope, State};

pub use rows::{Called, Lagging};

/// Most people a call list names; a longer one is nobody's morning.
pub const MOST_CALLS: i64 = 500;

/// How far people are up the funnel (任务→报名→参训→合格→完成).
#[derive(Clone, Debug)]
pub struct Funnel {
    pub region: RegionRow,
    /// On the list of a class of the plan, or beyond.
    pub enrolled: i64,
    /// With a finished class or course.
    pub attended: i64,
    /// With a passed exam.
    pub passed: i64,
}

/// The plan asked about; boards without a plan have nothing to answer with.
async fn plan_named(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    plan_id: Option<Uuid>,
) -> Result<Plan> {
    plan_of(db, scope.county_id, plan_id)
        .await?
        .ok_or_else(Fault::not_found)
}

/// The funnel of each township in reach. People are counted where they stand: with the employer of their latest
/// training; who is only on a list, at the township that holds the class.
///
/// # Errors
/// `not_found` without such a plan.
pub async fn funnel(
    state: &State,
    scope: &Scope,
    plan_id: Option<Uuid>,
) -> Result<(Plan, i64, Vec<Funnel>)> {
    let plan = plan_named(state.db.read(), scope, plan_id).await?;
    let board = board(state, scope, Some(plan.id), None).await?;
    let tx = state.db.begin_read().await?;
    let progress = plans::progress_by_region(&tx, scope, plan.id).await?;
    let waiting = rows::only_on_a_list(&tx, scope, plan.id).await?;
    tx.commit().await?;
    let steps = board.regions.into_iter().map(|region| {
        let here = || progress.iter().filter(|row| row.region_id == region.id);
        let attended = here().map(|row| row.counters.attended).sum();
        Funnel {
            enrolled: attended + waiting.get(&region.id).copied().unwrap_or(0),
            attended,
            passed: here().map(|row| row.counters.passed_people).sum(),
            region,
        }
    });
    Ok((plan, board.as_of, steps.collect()))
}

/// The trend of a scope, or of one township in it, against the straight line, and where it ends at this pace.
///
/// # Errors
/// `not_found` without such a plan or township; `invalid_field` for a day to come.
pub async fn trend_of(
    state: &State,
    scope: &Scope,
    plan_id: Option<Uuid>,
    region_id: Option<Uuid>,
    through: Option<NaiveDate>,
    step: Step,
) -> Result<(Plan, i64, Trend)> {
    let today = state.clock.today();
    let through = through.unwrap_or(today);
    not_to_come(through, today)?;
    let tx = state.db.begin_read().await?;
    let plan = plan_named(&tx, scope, plan_id).await?;
    if let Some(region) = region_id {
        reached_region(&tx, scope, region).await?;
    }
    let quotas = plans::quota_totals(&tx, scope, plan.id, Some(through)).await?;
    let days = plans::progress_by_day(&tx, scope, plan.id, region_id, through).await?;
    tx.commit().await?;
    let quota = quotas
        .into_iter()
        .filter(|(region, _)| region_id.is_none_or(|wanted| wanted == *region))
        .map(|(_, amount)| amount)
        .sum();
    let asked = Asked {
        from: plan.terms.period_from,
        to: plan.terms.period_to,
        through,
        quota,
        person_times: plan.terms.counts == Counts::PersonTimes,
        step,
    };
    let trend = trend(&asked, &days);
    Ok((plan, quota, trend))
}

/// Who to call, nearest to done first, and how many of them close the gap.
pub struct CallList {
    pub plan: Plan,
    pub region: RegionRow,
    pub gap: i64,
    pub people: Vec<(Called, Vec<Demand>)>,
}

/// The shortest call list that closes a township's gap: as many people as are missing, the nearest to done.
///
/// # Errors
/// `not_found` for a township out of reach or without such a plan.
pub async fn call_list(
    state: &State,
    scope: &Scope,
    plan_id: Option<Uuid>,
    region_id: Uuid,
    most: i64,
) -> Result<CallList> {
    if !scope.reaches_region(region_id) {
        return Err(Fault::not_found());
    }
    let plan = plan_named(state.db.read(), scope, plan_id).await?;
    let board = board(state, scope, Some(plan.id), None).await?;
    let region = board
        .regions
        .into_iter()
        .find(|row| row.id == region_id)
        .ok_or_else(Fault::not_found)?;
    let gap = region.gap(plan.terms.counts);
    let tx = state.db.begin_read().await?;
    let all = places::regions(&tx, scope.county_id).await?;
    let wanted = rows::Wanted {
        plan: &plan,
        regions: all.with_predecessors(region_id),
        limit: u64::try_from(gap.min(most).max(0)).unwrap_or(0),
    };
    let people = rows::nearest_to_done(&tx, scope, &wanted).await?;
    tx.commit().await?;
    let people = people
        .into_iter()
        .map(|called| {
            let missing = demands(&plan.terms, &called.progress)
                .into_iter()
                .filter(|demand| demand.missing() > 0)
                .collect();
            (called, missing)
        })
        .collect();
    Ok(CallList {
        plan,
        region,
        gap,
        people,
    })
}

/// The enterprises of a township with the most people still missing.
///
/// # Errors
/// `not_found` for a township out of reach or without such a plan.
pub async fn lagging(
    state: &State,
    scope: &Scope,
    plan_id: Option<Uuid>,
    region_id: Uuid,
    most: u64,
) -> Result<(Plan, Vec<Lagging>)> {
    let tx = state.db.begin_read().await?;
    reached_region(&tx, scope, region_id).await?;
    let plan = plan_named(&tx, scope, plan_id).await?;
    let all = places::regions(&tx, scope.county_id).await?;
    let wanted = rows::Wanted {
        plan: &plan,
        regions: all.with_predecessors(region_id),
        limit: most,
    };
    let found = rows::lagging(&tx, scope, &wanted).await?;
    tx.commit().await?;
    Ok((plan, found))
}
