//! What an officer asks of a board: the funnel, the trend, whom to call, which enterprise lags.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::rules::{Asked, RegionRow, Step, Trend, trend};
use super::store::past::standing;
use super::store::{answers as rows, own};
use super::{Board, Shown, board_in, not_to_come, past, plan_of, reached_region};
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
pub(super) async fn plan_named(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    plan_id: Option<Uuid>,
) -> Result<Plan> {
    plan_of(db, scope.county_id, plan_id)
        .await?
        .ok_or_else(Fault::not_found)
}

/// The funnel of each township in reach, corrections after a settlement included: as things stand now, or as of a day.
/// People are counted where they stand: with the employer of their latest training; who is only on a list, at the
/// township that holds the class. Who reaches no township sees one step: that of his enterprises.
///
/// # Errors
/// `not_found` without such a plan; `invalid_field` for a day to come.
pub async fn funnel(
    state: &State,
    scope: &Scope,
    plan_id: Option<Uuid>,
    day: Option<NaiveDate>,
) -> Result<(Plan, Board, Vec<Funnel>)> {
    let past = past(state, day)?;
    let tx = state.db.begin_read().await?;
    let plan = plan_named(&tx, scope, plan_id).await?;
    let shown = Shown {
        through: day,
        ..Shown::NOW
    };
    let board = board_in(&tx, state, scope, Some(plan.id), shown).await?;
    if board.regions.is_empty() && !scope.enterprises.is_empty() {
        let (attended, passed, waiting) = own::funnel(&tx, scope, plan.id, past).await?;
        let own = Funnel {
            region: board.total.clone(),
            enrolled: attended + waiting,
            attended,
            passed,
        };
        tx.commit().await?;
        return Ok((plan, board, vec![own]));
    }
    let stood = match day {
        Some(day) => standing(&tx, scope, plan.id, day).await?,
        None => standing_now(&tx, scope, plan.id).await?,
    };
    let waiting = rows::only_on_a_list(&tx, scope, plan.id, past).await?;
    tx.commit().await?;
    let steps = board.regions.iter().map(|region| {
        let (attended, passed) = stood.get(&region.id).copied().unwrap_or_default();
        Funnel {
            enrolled: attended + waiting.get(&region.id).copied().unwrap_or(0),
            attended,
            passed,
            region: region.clone(),
        }
    });
    let steps = steps.collect();
    Ok((plan, board, steps))
}

/// Who attended and who passed, by township, from the counters.
async fn standing_now(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
) -> Result<HashMap<Uuid, (i64, i64)>> {
    let mut stood: HashMap<Uuid, (i64, i64)> = HashMap::new();
    for row in plans::progress_by_region(db, scope, plan_id).await? {
        let here = stood.entry(row.region_id).or_default();
        here.0 += row.counters.attended;
        here.1 += row.counters.passed_people;
    }
    Ok(stood)
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
) -> Result<TrendTold> {
    let today = state.clock.today();
    let through = through.unwrap_or(today);
    not_to_come(through, today)?;
    let tx = state.db.begin_read().await?;
    let plan = plan_named(&tx, scope, plan_id).await?;
    if let Some(region) = region_id {
        reached_region(&tx, scope, region).await?;
    }
    let as_of = state.clock.now();
    // Who reaches no township is told of his enterprises, against his part of the quota.
    let own = scope.regions.is_empty() && !scope.whole_county;
    let (quota, days, updated_at) = if own {
        let until = own::Until {
            day: Some(through),
            settled_at: None,
        };
        let quota = plans::quotas::own_share(&tx, scope, plan.id, Some(through)).await?;
        let days = own::by_day(&tx, scope, plan.id, through).await?;
        let updated_at = own::own(&tx, scope, plan.id, until).await?.updated_at;
        (quota, days, updated_at)
    } else {
        let here = |region: Uuid| region_id.is_none_or(|wanted| wanted == region);
        let quotas = plans::quota_totals(&tx, scope, plan.id, Some(through)).await?;
        let quotas = quotas.into_iter().filter(|(region, _)| here(*region));
        let days = plans::progress_by_day(&tx, scope, plan.id, region_id, through).await?;
        let progress = plans::progress_by_region(&tx, scope, plan.id).await?;
        let progress = progress.iter().filter(|row| here(row.region_id));
        let updated_at = progress.map(|row| row.updated_at).max();
        (quotas.map(|(_, amount)| amount).sum(), days, updated_at)
    };
    tx.commit().await?;
    let asked = Asked {
        from: plan.terms.period_from,
        to: plan.terms.period_to,
        through,
        quota,
        person_times: plan.terms.counts == Counts::PersonTimes,
        step,
    };
    Ok(TrendTold {
        trend: trend(&asked, &days),
        plan,
        quota,
        as_of,
        updated_at,
    })
}

/// A trend with what it is told beside.
pub struct TrendTold {
    pub plan: Plan,
    pub quota: i64,
    pub trend: Trend,
    /// When it was read, in microseconds since 1970.
    pub as_of: i64,
    /// When the training figures last changed.
    pub updated_at: Option<i64>,
}

/// Who to call, nearest to done first, and how many of them close the gap.
pub struct CallList {
    pub plan: Plan,
    pub region: RegionRow,
    pub gap: i64,
    pub people: Vec<(Called, Vec<Demand>)>,
    /// When it was read, in microseconds since 1970.
    pub as_of: i64,
}

/// The shortest call list that closes a township's gap: as many people as are missing, the nearest to done. Where the
/// plan counts person-times, whoever finishes one more class brings one, so the list goes on with people who are done,
/// those with the fewest classes first.
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
    let tx = state.db.begin_read().await?;
    let plan = plan_named(&tx, scope, plan_id).await?;
    let board = board_in(&tx, state, scope, Some(plan.id), Shown::NOW).await?;
    let as_of = board.as_of;
    let region = board
        .regions
        .into_iter()
        .find(|row| row.id == region_id)
        .ok_or_else(Fault::not_found)?;
    let gap = region.gap(plan.terms.counts);
    let all = places::regions(&tx, scope.county_id).await?;
    let wanted = rows::Wanted {
        plan: &plan,
        regions: Some(all.with_predecessors(region_id)),
        only: rows::Only::All,
        past: None,
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
        as_of,
    })
}

/// The enterprises of a township with the most people still missing, as things stand or as of a day.
///
/// # Errors
/// `not_found` for a township out of reach or without such a plan; `invalid_field` for a day to come.
pub async fn lagging(
    state: &State,
    scope: &Scope,
    plan_id: Option<Uuid>,
    region_id: Uuid,
    day: Option<NaiveDate>,
    most: u64,
) -> Result<(Plan, i64, Vec<Lagging>)> {
    let past = past(state, day)?;
    let tx = state.db.begin_read().await?;
    reached_region(&tx, scope, region_id).await?;
    let plan = plan_named(&tx, scope, plan_id).await?;
    let all = places::regions(&tx, scope.county_id).await?;
    let wanted = rows::Wanted {
        plan: &plan,
        regions: Some(all.with_predecessors(region_id)),
        only: rows::Only::All,
        past,
        limit: most,
    };
    let found = rows::lagging(&tx, scope, &wanted).await?;
    let as_of = state.clock.now();
    tx.commit().await?;
    Ok((plan, as_of, found))
}
