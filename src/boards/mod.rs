//! Boards, drill-downs, exports and the doctor: reads across tables on the read pool, writes nothing (看板、报表).
//!
//! Invariants: a board costs as many rows as there are regions and roles, however long the ledger; its figures are
//! read in one transaction, so that they agree with each other.

pub mod api;
pub mod doctor;
mod drill;
mod export;
mod recount;
pub mod rules;
mod store;

use uuid::Uuid;

use crate::plans::rules::Counts;
use crate::plans::{self, Plan};
use crate::platform::{Fault, Result, Scope, State};
use crate::{certificates, places};

pub use drill::{EnterpriseRow, PersonRow, enterprises, persons};
pub use export::sheet;
pub use rules::{Board, RegionRow};

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

/// Both rates of a scope, by township.
///
/// # Errors
/// `not_found` for a plan of another county.
pub async fn board(state: &State, scope: &Scope, plan_id: Option<Uuid>) -> Result<Board> {
    let tx = state.db.begin_read().await?;
    let plan = plan_of(&tx, scope.county_id, plan_id).await?;
    let all = places::regions(&tx, scope.county_id).await?;
    let today = state.clock.today();
    let day = plan.as_ref().map_or(today, |plan| plan.terms.period_to);
    let first = plan.as_ref().map_or(today, |plan| plan.terms.period_from);
    let stood = |region: &&places::Region| {
        region.valid_from <= day && region.valid_to.is_none_or(|last| first <= last)
    };
    let regions = all
        .iter()
        .filter(|region| scope.reaches_region(region.id) && region.parent_id.is_some());
    let mut rows: Vec<RegionRow> = regions.filter(stood).map(RegionRow::of).collect();
    let mut totals = Vec::new();
    if let Some(plan) = &plan {
        let quotas = plans::quota_totals(&tx, scope, plan.id, None).await?;
        let progress = plans::progress_by_region(&tx, scope, plan.id).await?;
        let held = store::classes_held(&tx, scope, plan.id).await?;
        for row in &mut rows {
            row.quota = quotas.get(&row.id).copied().unwrap_or(0);
            row.classes_held = held.get(&row.id).copied().unwrap_or(0);
            let id = row.id;
            progress
                .iter()
                .filter(|p| p.region_id == id)
                .for_each(|p| row.count(p.role, &p.counters));
        }
        if rows.is_empty() {
            // An enterprise's manager reaches no township: his totals are those of his enterprises.
            totals = plans::progress_by_enterprise(&tx, scope, plan.id, &scope.enterprises).await?;
        }
    }
    for claims in certificates::progress(&tx, scope).await? {
        if let Some(row) = rows.iter_mut().find(|row| row.id == claims.region_id) {
            row.due = claims.due;
            row.claimed_on_list = claims.claimed_on_list;
            row.claimed_outside_list = claims.claimed_outside_list;
        }
    }
    tx.commit().await?;
    let terms = plan.as_ref().map(|plan| &plan.terms);
    let counts = terms.map_or(Counts::People, |terms| terms.counts);
    let decimals = terms.map_or(1, |terms| u32::try_from(terms.rate_decimals).unwrap_or(1));
    let mut board = Board::of(rows, counts, decimals);
    for row in totals {
        board.completed += row.counters.people;
        board.person_times += row.counters.person_times;
    }
    board.plan = plan.map(|plan| (plan.id, plan.terms.title, plan.terms.year));
    board.as_of = state.clock.now();
    Ok(board)
}

/// A region of the caller's reach, or as if it were not there.
async fn reached_region(db: &impl sea_orm::ConnectionTrait, scope: &Scope, id: Uuid) -> Result<()> {
    let seen = places::visible_regions(db, scope).await?;
    seen.get(id)
        .filter(|region| scope.whole_county || region.parent_id.is_some())
        .map(|_| ())
        .ok_or_else(Fault::not_found)
}
