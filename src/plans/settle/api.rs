//! Settled plans and moved credits on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::{Correction, CorrectionKind, Figures, MovedCredit, Overview, RegionOverview};
use crate::page_of;
use crate::places::Regions;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Result};

/// Figures of a township: settled, current, or what came between.
#[derive(Debug, Clone, Object)]
pub struct SettledFigures {
    /// Quota (任务数).
    pub quota: i64,
    /// Distinct people who met the plan (人数).
    pub completed: i64,
    /// Finished classes and courses (人次).
    pub person_times: i64,
    /// Of these online.
    pub online_times: i64,
    /// Of these in a room.
    pub offline_times: i64,
    /// Passed exams.
    pub passed: i64,
}

/// A township of a settled plan.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SettledRegion {
    /// Id.
    pub id: Uuid,
    /// Statistical code.
    pub code: String,
    /// Name.
    pub name: String,
    /// As it was settled; never moves.
    pub settled: SettledFigures,
    /// Percent of the quota as settled, never clamped; absent where the quota was 0.
    pub rate: Option<String>,
    /// As it stands now.
    pub current: SettledFigures,
    /// Percent as it stands now; absent where the quota is 0.
    pub current_rate: Option<String>,
    /// Current less settled: what later corrections changed.
    pub difference: SettledFigures,
    /// Lines of the ledger and of the quota that came after the settling.
    pub corrections: i64,
}

/// A line that came after the settling.
#[derive(Debug, Clone, Object)]
pub struct SettledCorrection {
    /// A line of the ledger, or of the quota.
    pub kind: CorrectionKind,
    /// The line's id.
    pub id: Uuid,
    /// The township it counts for.
    pub region_id: Uuid,
    /// The day of training, or from which the quota holds.
    pub day: NaiveDate,
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
    /// Why; empty where none was asked.
    pub reason: String,
    /// Minutes more or less.
    pub minutes: i64,
    /// Finished classes and courses more or less.
    pub person_times: i64,
    /// Passed exams more or less.
    pub passed: i64,
    /// Quota more or less.
    pub quota: i64,
}

/// A settled plan.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SettlementView {
    /// The plan.
    pub plan_id: Uuid,
    /// When it was settled.
    pub settled_at: DateTime<FixedOffset>,
    /// The account that settled it; absent when it was done from the command line.
    pub settled_by: Option<Uuid>,
    /// SHA-256 over the settled rows of all townships, in hex.
    pub digest: String,
    /// The rows still have that digest.
    pub digest_matches: bool,
    /// The townships in reach, in code order.
    pub regions: Vec<SettledRegion>,
    /// The newest hundred corrections in reach, newest first; `corrections` of the townships counts all.
    pub corrections: Vec<SettledCorrection>,
}

/// What somebody has toward a plan in one township, who works in another today.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MovedCreditView {
    /// The person.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// The township credited: that of the employer of the day that counted.
    pub from_region_id: Uuid,
    /// Its name.
    pub from_region_name: String,
    /// The township of today's employer.
    pub to_region_id: Uuid,
    /// Its name.
    pub to_region_name: String,
    /// The plan is met; otherwise he has a part of it.
    pub complete: bool,
    /// The day the plan was met, or the latest day of training.
    pub day: Option<NaiveDate>,
    /// Minutes online so far.
    pub minutes_online: i64,
    /// Minutes in a room so far.
    pub minutes_offline: i64,
}

page_of!(
    /// A page of credits of people who moved.
    MovedCreditPage,
    MovedCreditView
);

/// Settled plans.
pub struct SettlementsApi;

#[OpenApi(prefix_path = "/v1/plans", tag = "Tag::Plans")]
impl SettlementsApi {
    /// Settle a plan
    ///
    /// Once, when it is closed and its period is over: each township's figures are kept as they stand and never move
    /// again. Later corrections are counted and shown beside them.
    #[oai(
        path = "/:plan_id/settlement",
        method = "post",
        operation_id = "settlePlan"
    )]
    async fn settle_plan(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of the plan; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Json<SettlementView>> {
        let retry = Retry::of(key.0, "settlePlan", &plan_id.0)?;
        let seen = crate::plans::api::seen(if_match);
        let settled = super::settle_plan(&state, &caller.0, retry, plan_id.0, seen).await?;
        Ok(Json(view(&state, settled)))
    }

    /// Show a settled plan
    ///
    /// Each township in reach as it was settled, as it stands now, the difference, and the corrections that made it.
    #[oai(
        path = "/:plan_id/settlement",
        method = "get",
        operation_id = "getSettlement"
    )]
    async fn get_settlement(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
    ) -> Result<Json<SettlementView>> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let told = super::settlement(&state, &scope, plan_id.0).await?;
        Ok(Json(view(&state, told)))
    }

    /// List credits of people who moved
    ///
    /// Who is credited to one township and works in another today, by person. Both townships see him, no other does.
    #[oai(
        path = "/:plan_id/moved-credits",
        method = "get",
        operation_id = "listMovedCredits"
    )]
    async fn list_moved_credits(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<MovedCreditPage>> {
        let scope = caller.0.may(Action::ReadBoardPeople)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let (rows, regions) = super::moved_credits(&state, &scope, plan_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.person_id);
        let rows = rows.into_iter().map(|row| moved_view(&regions, row));
        Ok(Json(MovedCreditPage::new((rows.collect(), next))))
    }
}

const fn figures(of: &Figures) -> SettledFigures {
    SettledFigures {
        quota: of.quota,
        completed: of.completed,
        person_times: of.person_times,
        online_times: of.online_times,
        offline_times: of.offline_times,
        passed: of.passed,
    }
}

fn view(state: &App, told: Overview) -> SettlementView {
    let Overview {
        settlement,
        digest_matches,
        regions,
        corrections,
    } = told;
    SettlementView {
        plan_id: settlement.plan_id,
        settled_at: state.clock.local(settlement.settled_at),
        settled_by: settlement.account_id,
        digest: hex::encode(&settlement.digest),
        digest_matches,
        regions: regions.into_iter().map(region_view).collect(),
        corrections: corrections
            .into_iter()
            .map(|correction| correction_view(state, correction))
            .collect(),
    }
}

fn region_view(row: RegionOverview) -> SettledRegion {
    SettledRegion {
        id: row.id,
        code: row.code,
        name: row.name,
        settled: figures(&row.settled),
        rate: row.settled_rate,
        current: figures(&row.now),
        current_rate: row.now_rate,
        difference: figures(&row.now.since(&row.settled)),
        corrections: row.corrections,
    }
}

fn correction_view(state: &App, correction: Correction) -> SettledCorrection {
    SettledCorrection {
        kind: correction.kind,
        id: correction.id,
        region_id: correction.region_id,
        day: correction.day,
        recorded_at: state.clock.local(correction.recorded_at),
        reason: correction.reason,
        minutes: correction.minutes,
        person_times: correction.person_times,
        passed: correction.passes,
        quota: correction.quota,
    }
}

fn moved_view(regions: &Regions, row: MovedCredit) -> MovedCreditView {
    let name = |id| regions.get(id).map(|region| region.name.clone());
    MovedCreditView {
        person_id: row.person_id,
        name: row.name,
        id_number: row.id_masked,
        from_region_id: row.from_region_id,
        from_region_name: name(row.from_region_id).unwrap_or_default(),
        to_region_id: row.to_region_id,
        to_region_name: name(row.to_region_id).unwrap_or_default(),
        complete: row.completed_on.is_some(),
        day: row.completed_on.or(row.last_day),
        minutes_online: row.minutes_online,
        minutes_offline: row.minutes_offline,
    }
}
