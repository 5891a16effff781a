//! Plans and quotas on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{Counts, Plan, PlanState, Terms};
use super::{NewQuotaLine, QuotaLine, store};
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};
use crate::sheets::posts::TargetRole;

/// What a plan says.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct PlanInput {
    /// Title.
    #[oai(validator(min_length = 2, max_length = 200))]
    pub title: String,
    /// Year it belongs to.
    #[oai(validator(minimum(value = "2000"), maximum(value = "2100")))]
    pub year: i32,
    /// First day on which training counts.
    pub period_from: NaiveDate,
    /// Last day on which training counts.
    pub period_to: NaiveDate,
    /// Whom it is for.
    #[oai(validator(min_items = 1, max_items = 4))]
    pub target_roles: Vec<TargetRole>,
    /// Minutes online that complete it; 0 when none are asked.
    #[oai(default)]
    pub required_online: i32,
    /// Minutes in a room that complete it; 0 when none are asked.
    #[oai(default)]
    pub required_offline: i32,
    /// Points of 100 that pass its exam; absent when it asks for no exam.
    pub pass_mark: Option<i32>,
    /// Whether its rate counts people or person-times.
    #[oai(default = "people")]
    pub counts: Counts,
    /// Decimals of its rate in reports, 0 to 4.
    #[oai(default = "one")]
    pub rate_decimals: i32,
    /// Minutes of one hour of training (学时).
    #[oai(default = "forty_five")]
    pub minutes_per_hour: i32,
}

const fn people() -> Counts {
    Counts::People
}

const fn one() -> i32 {
    1
}

const fn forty_five() -> i32 {
    45
}

/// A training plan.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PlanView {
    /// Id.
    pub id: Uuid,
    /// Draft, published or closed.
    pub state: PlanState,
    /// 0 until published.
    pub version: i32,
    /// Title.
    pub title: String,
    /// Year it belongs to.
    pub year: i32,
    /// First day on which training counts.
    pub period_from: NaiveDate,
    /// Last day on which training counts.
    pub period_to: NaiveDate,
    /// Whom it is for.
    pub target_roles: Vec<TargetRole>,
    /// Minutes online that complete it; 0 when none are asked.
    pub required_online: i32,
    /// Minutes in a room that complete it; 0 when none are asked.
    pub required_offline: i32,
    /// Points of 100 that pass its exam; absent when it asks for no exam.
    pub pass_mark: Option<i32>,
    /// Whether its rate counts people or person-times.
    pub counts: Counts,
    /// Decimals of its rate in reports.
    pub rate_decimals: i32,
    /// Minutes of one hour of training (学时).
    pub minutes_per_hour: i32,
}

/// A change of a township's quota.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct QuotaLineInput {
    /// The township or reporting unit.
    pub region_id: Uuid,
    /// People to add to its quota; negative to take away. The sum never falls below 0.
    pub amount: i64,
    /// The day from which it holds.
    pub day: NaiveDate,
    /// Why.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// A dated line of a township's quota.
#[derive(Debug, Clone, Object)]
pub struct QuotaLineView {
    /// Id.
    pub id: Uuid,
    /// The plan.
    pub plan_id: Uuid,
    /// The township or reporting unit.
    pub region_id: Uuid,
    /// People added to its quota; negative when taken away.
    pub amount: i64,
    /// The day from which it holds.
    pub day: NaiveDate,
    /// Why.
    pub reason: String,
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
}

page_of!(
    /// A page of plans.
    PlanPage,
    PlanView
);
page_of!(
    /// A page of quota lines.
    QuotaLinePage,
    QuotaLineView
);

/// Plans.
pub struct PlansApi;

#[OpenApi(prefix_path = "/v1/plans", tag = "Tag::Plans")]
impl PlansApi {
    /// List plans
    ///
    /// The county's plans by id, of one year if named.
    #[oai(path = "/", method = "get", operation_id = "listPlans")]
    async fn list_plans(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only plans of this year.
        year: Query<Option<i32>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PlanPage>> {
        let scope = caller.0.may(Action::ReadPlans)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::plans(state.db.read(), &scope, year.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(PlanPage::new((
            rows.into_iter().map(view).collect(),
            next,
        ))))
    }

    /// Draft a plan
    ///
    /// Who must learn what by when. Nothing counts toward it until it is published.
    #[oai(path = "/", method = "post", operation_id = "createPlan")]
    async fn create_plan(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<PlanInput>,
    ) -> Result<Json<PlanView>> {
        let terms = terms(body.0);
        let retry = Retry::of(key.0, "createPlan", &terms)?;
        Ok(Json(view(
            super::create_plan(&state, &caller.0, retry, terms).await?,
        )))
    }

    /// Show a plan
    ///
    /// One plan of the caller's county.
    #[oai(path = "/:plan_id", method = "get", operation_id = "getPlan")]
    async fn get_plan(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
    ) -> Result<Json<PlanView>> {
        let scope = caller.0.may(Action::ReadPlans)?;
        let plan = store::plan(state.db.read(), &scope, plan_id.0).await?;
        plan.map(|plan| Json(view(plan)))
            .ok_or_else(Fault::not_found)
    }

    /// Change a draft
    ///
    /// All that a draft says, anew. A published plan does not change.
    #[oai(path = "/:plan_id", method = "put", operation_id = "updatePlan")]
    async fn update_plan(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<PlanInput>,
    ) -> Result<Json<PlanView>> {
        let terms = terms(body.0);
        let retry = Retry::of(key.0, "updatePlan", &(plan_id.0, &terms))?;
        Ok(Json(view(
            super::update_plan(&state, &caller.0, retry, plan_id.0, terms, seen(if_match)).await?,
        )))
    }

    /// Publish a plan
    ///
    /// Its terms are kept as a version that never changes; from now on training counts toward it.
    #[oai(
        path = "/:plan_id/publication",
        method = "post",
        operation_id = "publishPlan"
    )]
    async fn publish_plan(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Json<PlanView>> {
        let retry = Retry::of(key.0, "publishPlan", &plan_id.0)?;
        Ok(Json(view(
            super::publish_plan(&state, &caller.0, retry, plan_id.0, seen(if_match)).await?,
        )))
    }

    /// Close a plan
    ///
    /// Nothing counts toward it any more; its figures stay.
    #[oai(
        path = "/:plan_id/closure",
        method = "post",
        operation_id = "closePlan"
    )]
    async fn close_plan(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Json<PlanView>> {
        let retry = Retry::of(key.0, "closePlan", &plan_id.0)?;
        Ok(Json(view(
            super::close_plan(&state, &caller.0, retry, plan_id.0, seen(if_match)).await?,
        )))
    }

    /// List quota lines
    ///
    /// The dated lines whose sum is each township's quota, in the order they were entered. A township officer sees
    /// his own.
    #[oai(
        path = "/:plan_id/quota-lines",
        method = "get",
        operation_id = "listQuotaLines"
    )]
    async fn list_quota_lines(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<QuotaLinePage>> {
        let scope = caller.0.may(Action::ReadPlans)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        store::plan(state.db.read(), &scope, plan_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        let rows = store::quota_lines(state.db.read(), &scope, plan_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(QuotaLinePage::new((
            rows.into_iter().map(|row| line_view(&state, row)).collect(),
            next,
        ))))
    }

    /// Allot or adjust a quota
    ///
    /// A dated line with reason and author; a township's quota is the sum of its lines.
    #[oai(
        path = "/:plan_id/quota-lines",
        method = "post",
        operation_id = "addQuotaLine"
    )]
    async fn add_quota_line(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<QuotaLineInput>,
    ) -> Result<Json<QuotaLineView>> {
        let retry = Retry::of(key.0, "addQuotaLine", &(plan_id.0, &body.0))?;
        let QuotaLineInput {
            region_id,
            amount,
            day,
            reason,
        } = body.0;
        let new = NewQuotaLine {
            region_id,
            amount,
            day,
            reason,
        };
        let line = super::add_quota_line(&state, &caller.0, retry, plan_id.0, new).await?;
        Ok(Json(line_view(&state, line)))
    }
}

fn terms(input: PlanInput) -> Terms {
    Terms {
        title: input.title,
        year: input.year,
        period_from: input.period_from,
        period_to: input.period_to,
        target_roles: input.target_roles,
        required_online: input.required_online,
        required_offline: input.required_offline,
        pass_mark: input.pass_mark,
        counts: input.counts,
        rate_decimals: input.rate_decimals,
        minutes_per_hour: input.minutes_per_hour,
    }
}

pub(super) fn seen(if_match: Header<Option<String>>) -> Seen<Plan> {
    Seen::of(if_match.0, |plan: &Plan| view(plan.clone()))
}

fn view(plan: Plan) -> PlanView {
    let Plan {
        id,
        state,
        version,
        terms,
        ..
    } = plan;
    PlanView {
        id,
        state,
        version,
        title: terms.title,
        year: terms.year,
        period_from: terms.period_from,
        period_to: terms.period_to,
        target_roles: terms.target_roles,
        required_online: terms.required_online,
        required_offline: terms.required_offline,
        pass_mark: terms.pass_mark,
        counts: terms.counts,
        rate_decimals: terms.rate_decimals,
        minutes_per_hour: terms.minutes_per_hour,
    }
}

fn line_view(state: &App, line: QuotaLine) -> QuotaLineView {
    QuotaLineView {
        id: line.id,
        plan_id: line.plan_id,
        region_id: line.region_id,
        amount: line.amount,
        day: line.day,
        reason: line.reason,
        recorded_at: state.clock.local(line.recorded_at),
    }
}
