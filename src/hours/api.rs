//! The ledger on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{Record, Source};
use super::{Correction, standing, store};
use crate::page_of;
use crate::plans::Part;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};
use crate::sheets::posts::TargetRole;

/// A line of the ledger.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TrainingRecordView {
    /// Id.
    pub id: Uuid,
    /// The plan it counts toward.
    pub plan_id: Uuid,
    /// The person.
    pub person_id: Uuid,
    /// The township it counts for: that of the employer of that day.
    pub region_id: Uuid,
    /// The employer of that day, where it is one on file.
    pub enterprise_id: Option<Uuid>,
    /// The post of that day.
    pub role: TargetRole,
    /// Online or in a room.
    pub part: Part,
    /// Minutes; a difference in a correction.
    pub minutes: i64,
    /// Finished classes or courses (人次); a difference in a correction.
    pub person_times: i64,
    /// Passed exams; a difference in a correction.
    pub passes: i64,
    /// Points, where there was an exam.
    pub score: Option<f64>,
    /// Where it comes from.
    pub source: Source,
    /// The class, course or import.
    pub source_id: Uuid,
    /// The day of training.
    pub day: NaiveDate,
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
    /// The line this one corrects.
    pub corrects_id: Option<Uuid>,
    /// Why it was corrected.
    pub reason: Option<String>,
}

/// What a line should have said.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct CorrectionInput {
    /// Minutes really given.
    #[oai(validator(minimum(value = "0"), maximum(value = "100000")))]
    pub minutes: i64,
    /// Whether the class or course was finished.
    pub finished: bool,
    /// Whether the exam was passed.
    pub passed: bool,
    /// Why.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// What a person has toward a plan.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct StandingView {
    /// Minutes online so far.
    pub minutes_online: i64,
    /// Minutes in a room so far.
    pub minutes_offline: i64,
    /// Finished classes and courses.
    pub person_times: i64,
    /// Passed exams.
    pub passes: i64,
    /// Minutes online that the plan asks for.
    pub required_online: i32,
    /// Minutes in a room that the plan asks for.
    pub required_offline: i32,
    /// The plan asks for a passed exam.
    pub exam_required: bool,
    /// The day the demand was met; absent while it is not.
    pub completed_on: Option<NaiveDate>,
}

page_of!(
    /// A page of ledger lines.
    TrainingRecordPage,
    TrainingRecordView
);

/// The ledger.
pub struct HoursApi;

#[OpenApi(prefix_path = "/v1/hours", tag = "Tag::Hours")]
impl HoursApi {
    /// List ledger lines
    ///
    /// Lines in the caller's reach in the order they were written; a worker sees his own.
    #[oai(
        path = "/records",
        method = "get",
        operation_id = "listTrainingRecords"
    )]
    async fn list_training_records(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only toward this plan.
        plan_id: Query<Option<Uuid>>,
        /// Only of this person.
        person_id: Query<Option<Uuid>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<TrainingRecordPage>> {
        let scope = caller.0.may(Action::ReadPeople)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::records(state.db.read(), &scope, plan_id.0, person_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(TrainingRecordPage::new((
            rows.into_iter().map(|row| view(&state, row)).collect(),
            next,
        ))))
    }

    /// Show a ledger line
    ///
    /// One line in the caller's reach.
    #[oai(
        path = "/records/:record_id",
        method = "get",
        operation_id = "getTrainingRecord"
    )]
    async fn get_training_record(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The line.
        record_id: Path<Uuid>,
    ) -> Result<Json<TrainingRecordView>> {
        let scope = caller.0.may(Action::ReadPeople)?;
        let row = store::record(state.db.read(), &scope, record_id.0).await?;
        row.map(|row| Json(view(&state, row)))
            .ok_or_else(Fault::not_found)
    }

    /// Correct a ledger line
    ///
    /// Nothing is changed: a new line of differences is written beside it, with the reason, and counted at once.
    #[oai(
        path = "/records/:record_id/corrections",
        method = "post",
        operation_id = "correctTrainingRecord"
    )]
    async fn correct_training_record(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The line.
        record_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<CorrectionInput>,
    ) -> Result<Json<TrainingRecordView>> {
        let retry = Retry::of(key.0, "correctTrainingRecord", &(record_id.0, &body.0))?;
        let CorrectionInput {
            minutes,
            finished,
            passed,
            reason,
        } = body.0;
        let right = Correction {
            minutes,
            finished,
            passed,
            reason,
        };
        let new = super::correct(&state, &caller.0, retry, record_id.0, right).await?;
        Ok(Json(view(&state, new)))
    }

    /// Show what a person has toward a plan
    ///
    /// Minutes, passed exams and what the plan asks for, side by side.
    #[oai(
        path = "/people/:person_id/plans/:plan_id",
        method = "get",
        operation_id = "getStanding"
    )]
    async fn get_standing(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
        /// The plan.
        plan_id: Path<Uuid>,
    ) -> Result<Json<StandingView>> {
        let scope = caller.0.may(Action::ReadPeople)?;
        let (plan, progress, completed_on) =
            standing(&state, &scope, person_id.0, plan_id.0).await?;
        Ok(Json(StandingView {
            minutes_online: progress.minutes_online,
            minutes_offline: progress.minutes_offline,
            person_times: progress.person_times,
            passes: progress.passes,
            required_online: plan.terms.required_online,
            required_offline: plan.terms.required_offline,
            exam_required: plan.terms.pass_mark.is_some(),
            completed_on,
        }))
    }
}

fn view(state: &App, record: Record) -> TrainingRecordView {
    TrainingRecordView {
        id: record.id,
        plan_id: record.plan_id,
        person_id: record.person_id,
        region_id: record.at.region_id,
        enterprise_id: record.at.enterprise_id,
        role: record.at.role,
        part: record.part,
        minutes: record.minutes,
        person_times: record.person_times,
        passes: record.passes,
        score: record
            .score_hundredths
            .map(|score| f64::from(score) / 100.0),
        source: record.source,
        source_id: record.source_id,
        day: record.day,
        recorded_at: state.clock.local(record.recorded_at),
        corrects_id: record.corrects_id,
        reason: record.reason,
    }
}
