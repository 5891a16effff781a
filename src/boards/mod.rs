//! Boards, drill-downs, exports and the doctor: reads across tables on the read pool, writes nothing (看板、报表).
//!
//! Invariants: a board costs as many rows as there are regions and roles, however long the ledger; its figures are
//! read in one transaction, so that they agree with each other.

pub mod answers;
pub mod api;
pub mod doctor;
mod drill;
mod export;
pub mod live;
pub mod missing;
mod own;
mod recount;
pub mod rules;
pub mod signs;
mod store;
pub mod why;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::plans::rules::Counts;
use crate::plans::{self, Plan};
use crate::platform::{Fault, Result, Scope, State};
use crate::{certificates, places};

pub use drill::{Drill, EnterpriseRow, PersonRow, enterprises, persons};
pub use export::sheet;
pub use rules::{Board, RegionRow};
use store::past::Past;

/// Microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;

/// The plan a board shows: the one named, or the newest that is not a draft.
///
/// # Errors
/// `not_found` when a plan is named that is none of the county's.
async fn plan_of(
    db: &impl sea_orm::ConnectionTrait,
    county_id: Uuid,
    plan_id: Option<Uuid>,
) -> Result<Option<Plan>> {
    match plan_id {
        Some(id) => plans::any_plan(db, county_id, id).await.map(Some),
        None => plans::newest_plan(db, county_id).await,
    }
}

/// Nothing is known of a day to come.
fn not_to_come(day: NaiveDate, today: NaiveDate) -> Result<()> {
    if day > today {
        return Err(Fault::field("as_of", format!("<= {today}")));
    }
    Ok(())
}

/// A day asked for, with its end.
fn past(state: &State, day: Option<NaiveDate>) -> Result<Option<Past>> {
    let Some(day) = day else {
        return Ok(None);
    };
    not_to_come(day, state.clock.today())?;
    let before = end_of(state, day);
    Ok(Some(Past { day, before }))
}

/// The end of a day, in microseconds since 1970.
fn end_of(state: &State, day: NaiveDate) -> i64 {
    let midnight = day.and_hms_opt(0, 0, 0).unwrap_or_default();
    state.clock.micros(midnight) + DAY_MICROS
}

/// Both rates of a scope, by township: as they stand now, or counting training, quota lines, due lists and claims
/// through a day.
///
/// # Errors
/// `not_found` for a plan of another county; `invalid_field` for a day to come.
pub async fn board(
    state: &State,
    scope: &Scope,
    plan_id: Option<Uuid>,
    through: Option<NaiveDate>,
) -> Result<Board> {
    let tx = state.db.begin_read().await?;
    let board = board_in(&tx, state, scope, plan_id, Shown::of(through)).await?;
    tx.commit().await?;
    Ok(board)
}

/// What of a plan is shown.
#[derive(Clone, Copy)]
struct Shown {
    /// Training through this day; as things stand where none is named.
    through: Option<NaiveDate>,
    /// Of a settled plan, the figures that were settled.
    settled: bool,
}

impl Shown {
    /// A day asked for is told as it is known now; only the plan's own end was settled.
    const fn of(through: Option<NaiveDate>) -> Self {
        Self {
            through,
            settled: through.is_none(),
        }
    }

    /// As things stand, corrections included.
    const NOW: Self = Self {
        through: None,
        settled: false,
    };
}

/// The board within a transaction, so that what is read beside it agrees with it.
async fn board_in(
    tx: &impl sea_orm::ConnectionTrait,
    state: &State,
    scope: &Scope,
    plan_id: Option<Uuid>,
    shown: Shown,
) -> Result<Board> {
    let (today, through) = (state.clock.today(), shown.through);
    through.map_or(Ok(()), |day| not_to_come(day, today))?;
    let plan = plan_of(tx, scope.county_id, plan_id).await?;
    let mut rows = standing_regions(tx, scope, plan.as_ref(), today).await?;
    let terms = plan.as_ref().map(|plan| &plan.terms);
    let counts = terms.map_or(Counts::People, |terms| terms.counts);
    let decimals = terms.map_or(1, |terms| u32::try_from(terms.rate_decimals).unwrap_or(1));
    let day = through.unwrap_or(today);
    let before = end_of(state, day);
    let (mut board, settled_at) = if rows.is_empty() && !scope.enterprises.is_empty() {
        let (row, settled_at) = own::row(tx, scope, plan.as_ref(), shown, (day, before)).await?;
        (Board::own(row, counts, decimals), settled_at)
    } else {
        let mut settled_at = None;
        if let Some(plan) = &plan {
            fill(tx, scope, plan, through, &mut rows).await?;
            if shown.settled {
                settled_at = settle(tx, scope, plan, &mut rows).await?;
            }
        }
        let claims = match through {
            Some(day) => certificates::progress_through(tx, scope, day, before).await?,
            None => certificates::progress(tx, scope).await?,
        };
        for claims in claims {
            if let Some(row) = rows.iter_mut().find(|row| row.id == claims.region_id) {
                row.claims(&claims);
            }
        }
        (Board::of(rows, counts, decimals), settled_at)
    };
    board.plan = plan.map(|plan| (plan.id, plan.terms.title, plan.terms.year));
    board.as_of = state.clock.now();
    board.through = through;
    board.settled_at = settled_at;
    Ok(board)
}

/// Of a settled plan, shows what was settled and beside it what came since. When it was settled, where rows show it.
async fn settle(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    plan: &Plan,
    rows: &mut [RegionRow],
) -> Result<Option<i64>> {
    let Some((at, figures)) = plans::settle::settled_figures(db, scope, plan.id).await? else {
        return Ok(None);
    };
    for row in rows.iter_mut() {
        row.settle(&figures.get(&row.id).copied().unwrap_or_default());
    }
    Ok((!rows.is_empty()).then_some(at))
}

/// The townships in reach that stood at some time of the plan's period, without figures.
async fn standing_regions(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    plan: Option<&Plan>,
    today: NaiveDate,
) -> Result<Vec<RegionRow>> {
    let all = places::regions(db, scope.county_id).await?;
    let day = plan.map_or(today, |plan| plan.terms.period_to);
    let first = plan.map_or(today, |plan| plan.terms.period_from);
    let stood = |region: &&places::Region| {
        region.valid_from <= day && region.valid_to.is_none_or(|last| first <= last)
    };
    let regions = all
        .iter()
        .filter(|region| scope.reaches_region(region.id) && region.parent_id.is_some());
    Ok(regions.filter(stood).map(RegionRow::of).collect())
}

/// Puts quota, progress and classes into the rows.
async fn fill(
    db: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    plan: &Plan,
    through: Option<NaiveDate>,
    rows: &mut [RegionRow],
) -> Result<()> {
    let quotas = plans::quota_totals(db, scope, plan.id, through).await?;
    let now = plans::progress_by_region(db, scope, plan.id).await?;
    let past = match through {
        Some(day) => Some(plans::progress_through(db, scope, plan.id, day).await?),
        None => None,
    };
    let held = store::classes_held(db, scope, plan.id, through).await?;
    let last_days = plans::last_training_days(db, scope, plan.id, through).await?;
    for row in rows {
        row.quota = quotas.get(&row.id).copied().unwrap_or(0);
        row.classes_held = held.get(&row.id).copied().unwrap_or(0);
        row.last_training_day = last_days.get(&row.id).copied();
        let id = row.id;
        let here = |p: &&plans::ProgressRow| p.region_id == id;
        row.progress_updated_at = now.iter().filter(here).map(|p| p.updated_at).max();
        let progress = past.as_ref().unwrap_or(&now);
        progress
            .iter()
            .filter(here)
            .for_each(|p| row.count(p.role, &p.counters));
    }
    Ok(())
}

/// A region of the caller's reach, or as if it were not there.
async fn reached_region(db: &impl sea_orm::ConnectionTrait, scope: &Scope, id: Uuid) -> Result<()> {
    let seen = places::visible_regions(db, scope).await?;
    seen.get(id)
        .filter(|region| scope.whole_county || region.parent_id.is_some())
        .map(|_| ())
        .ok_or_else(Fault::not_found)
}
