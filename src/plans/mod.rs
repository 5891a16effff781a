//! Training plans, township quotas, and the counters that set one against the other (方案、任务数、进度).
//!
//! Owns `plan`, `plan_version`, `quota_line`, `person_progress`, `completion`, `plan_progress`,
//! `enterprise_progress`, `daily_progress`; `settle` owns two more. Invariants: a published version never changes; a quota is the sum of its dated lines;
//! counters change only in the transaction of the ledger lines they count. May not enter: how a person came by his
//! minutes (that is `hours`).

pub mod api;
mod count;
pub mod quotas;
pub mod rules;
pub mod settle;
mod store;

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock};
use crate::sheets::posts::TargetRole;
use crate::{audit, fresh, places};

pub use count::{count, in_line};
pub use rules::{
    Counters, Credit, Demand, DemandKind, Part, Plan, PlanState, Progress, Terms, demands, effort,
    is_complete, rate_percent,
};
pub use settle::is_settled;
pub use store::{
    ProgressRow, last_training_days, newest_plan, open_on, progress_by_day, progress_by_enterprise,
    progress_by_region, progress_of, progress_through, quota_totals, standing_in_many,
    standing_of_many,
};

/// A dated change of a region's quota.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QuotaLine {
    pub id: Uuid,
    pub plan_id: Uuid,
    pub region_id: Uuid,
    pub amount: i64,
    pub day: NaiveDate,
    pub reason: String,
    pub recorded_at: i64,
}

/// What is told of a quota's change.
#[derive(Clone, Debug, Serialize)]
pub struct NewQuotaLine {
    pub region_id: Uuid,
    pub amount: i64,
    pub day: NaiveDate,
    pub reason: String,
}

/// Drafts a plan.
///
/// # Errors
/// `forbidden`, `invalid_field`, `plan_title_taken`.
pub async fn create_plan(state: &State, by: &Caller, retry: Retry, terms: Terms) -> Result<Plan> {
    by.may(Action::ManagePlans)?;
    rules::check_terms(&terms)?;
    let work = fresh!(state.begin(by, retry).await?);
    if store::plan_of_title(&work.tx, by.county_id, terms.year, &terms.title)
        .await?
        .is_some()
    {
        return Err(Fault::new(Code::PlanTitleTaken).at("/title"));
    }
    let plan = Plan {
        id: clock::new_id(),
        county_id: by.county_id,
        state: PlanState::Draft,
        version: 0,
        terms,
    };
    store::insert_plan(&work.tx, &plan, work.now).await?;
    audit::record(
        &work,
        "plans.create",
        ("plan", plan.id.to_string()),
        json!({"title": plan.terms.title}),
    )
    .await?;
    work.commit(&plan).await?;
    Ok(plan)
}

/// Changes a draft.
///
/// # Errors
/// `not_found`, `stale`, `plan_not_draft`, `invalid_field`, `plan_title_taken`.
pub async fn update_plan(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    terms: Terms,
    seen: Seen<Plan>,
) -> Result<Plan> {
    let scope = by.may(Action::ManagePlans)?;
    rules::check_terms(&terms)?;
    let work = fresh!(state.begin(by, retry).await?);
    let mut plan = store::plan_for_update(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&plan)?;
    if plan.state != PlanState::Draft {
        return Err(Fault::new(Code::PlanNotDraft));
    }
    let taken = store::plan_of_title(&work.tx, by.county_id, terms.year, &terms.title).await?;
    if taken.is_some_and(|other| other != id) {
        return Err(Fault::new(Code::PlanTitleTaken).at("/title"));
    }
    plan.terms = terms;
    store::save_plan(&work.tx, &plan, work.now).await?;
    audit::record(&work, "plans.update", ("plan", id.to_string()), json!({})).await?;
    work.commit(&plan).await?;
    Ok(plan)
}

/// Publishes a draft: its terms are kept as a version that never changes, and training counts toward it.
///
/// # Errors
/// `not_found`, `stale`, `plan_not_draft`.
pub async fn publish_plan(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    seen: Seen<Plan>,
) -> Result<Plan> {
    let scope = by.may(Action::ManagePlans)?;
    let work = fresh!(state.begin(by, retry).await?);
    let mut plan = store::plan_for_update(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&plan)?;
    if plan.state != PlanState::Draft {
        return Err(Fault::new(Code::PlanNotDraft));
    }
    plan.state = PlanState::Published;
    plan.version += 1;
    store::save_plan(&work.tx, &plan, work.now).await?;
    store::insert_version(&work.tx, &plan, by.account(), work.now).await?;
    audit::record(
        &work,
        "plans.publish",
        ("plan", id.to_string()),
        json!({"version": plan.version}),
    )
    .await?;
    work.commit(&plan).await?;
    Ok(plan)
}

/// Closes a published plan: nothing counts toward it any more.
///
/// # Errors
/// `not_found`, `stale`, `plan_not_published`.
pub async fn close_plan(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    seen: Seen<Plan>,
) -> Result<Plan> {
    let scope = by.may(Action::ManagePlans)?;
    let work = fresh!(state.begin(by, retry).await?);
    let mut plan = store::plan_for_update(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&plan)?;
    if plan.state != PlanState::Published {
        return Err(Fault::new(Code::PlanNotPublished));
    }
    plan.state = PlanState::Closed;
    store::save_plan(&work.tx, &plan, work.now).await?;
    audit::record(&work, "plans.close", ("plan", id.to_string()), json!({})).await?;
    work.commit(&plan).await?;
    Ok(plan)
}

/// Allots or adjusts a township's quota, as a dated line with reason and author.
///
/// # Errors
/// `not_found`, `region_unknown`, `invalid_field` when the quota would fall below 0.
pub async fn add_quota_line(
    state: &State,
    by: &Caller,
    retry: Retry,
    plan_id: Uuid,
    new: NewQuotaLine,
) -> Result<QuotaLine> {
    let scope = by.may(Action::ManageQuotas)?;
    let work = fresh!(state.begin(by, retry).await?);
    let plan = store::plan_for_update(&work.tx, &scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let line = add_line(&work, &plan, new).await?;
    work.commit(&line).await?;
    Ok(line)
}

async fn add_line(work: &Work<'_>, plan: &Plan, new: NewQuotaLine) -> Result<QuotaLine> {
    let all = places::regions(&work.tx, work.by.county_id).await?;
    let region = all
        .get(new.region_id)
        .filter(|region| region.parent_id.is_some());
    let region = region.ok_or_else(|| {
        Fault::new(Code::RegionUnknown)
            .with("region", new.region_id)
            .at("/region_id")
    })?;
    if new.reason.trim().is_empty() || new.reason.chars().count() > 500 {
        return Err(Fault::field("/reason", "1–500"));
    }
    let before = store::quota_amounts(&work.tx, plan.id, region.id).await?;
    if !quotas::rules::fits(&before, new.day, new.amount) {
        return Err(Fault::field("/amount", "Σ 0–100,000,000"));
    }
    let line = QuotaLine {
        id: clock::new_id(),
        plan_id: plan.id,
        region_id: region.id,
        amount: new.amount,
        day: new.day,
        reason: new.reason,
        recorded_at: work.now,
    };
    let kind = if before.is_empty() {
        "allotted"
    } else {
        "adjusted"
    };
    let lines = [(line, kind, None)];
    store::insert_quota_lines(&work.tx, work.by, plan.id, &lines).await?;
    let [(line, ..)] = lines;
    let detail = json!({"region": region.code, "amount": line.amount, "day": line.day});
    audit::record(
        work,
        "plans.add_quota_line",
        ("plan", plan.id.to_string()),
        detail,
    )
    .await?;
    Ok(line)
}

/// A plan that training can count toward now.
///
/// # Errors
/// `not_found`, `plan_not_published`.
pub async fn open_plan(db: &impl ConnectionTrait, county_id: Uuid, id: Uuid) -> Result<Plan> {
    let scope = crate::platform::Scope::county(county_id);
    let plan = store::plan(db, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if plan.state == PlanState::Published {
        Ok(plan)
    } else {
        Err(Fault::new(Code::PlanNotPublished))
    }
}

/// The county's open plans of a day that ask people in a post, by id.
///
/// # Errors
/// Database faults.
pub async fn asking(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    role: TargetRole,
    day: NaiveDate,
) -> Result<Vec<Plan>> {
    let mut open = store::open_on(db, county_id, day).await?;
    open.retain(|plan| plan.terms.target_roles.contains(&role));
    Ok(open)
}

/// A plan of the county, whatever its state.
///
/// # Errors
/// `not_found`.
pub async fn any_plan(db: &impl ConnectionTrait, county_id: Uuid, id: Uuid) -> Result<Plan> {
    let scope = crate::platform::Scope::county(county_id);
    store::plan(db, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)
}

/// The plan of this title and year, if there is one.
///
/// # Errors
/// Database faults.
pub async fn of_title(
    state: &State,
    county_id: Uuid,
    year: i32,
    title: &str,
) -> Result<Option<Plan>> {
    let db = state.db.read();
    match store::plan_of_title(db, county_id, year, title).await? {
        Some(id) => any_plan(db, county_id, id).await.map(Some),
        None => Ok(None),
    }
}
