//! What officers ask of a board, on the wire.

use std::time::Duration;

use chrono::NaiveDate;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{EventStream, Json};
use uuid::Uuid;

pub use super::answer_views::{CallListView, FunnelView, LaggingList, TrendView};
use super::answer_views::{call_list_view, funnel_view, lagging_view, trend_view};
use super::views::{BoardView, view};
pub use super::why_views::{ComingClass, RequirementView};
pub(crate) use super::why_views::{coming_view, requirement_view};
use crate::boards::answers::{self, MOST_CALLS};
use crate::boards::live;
use crate::boards::rules::Step;
use crate::boards::why::why;
use crate::platform::caller::Signed;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Result};

/// How often a quiet stream says that it still lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Answers of boards.
pub struct AnswersApi;

#[OpenApi(prefix_path = "/v1/boards", tag = "Tag::Boards")]
impl AnswersApi {
    /// Show the funnel
    ///
    /// Assigned, enrolled, attended, passed, complete, by township in the caller's reach.
    #[oai(path = "/funnel", method = "get", operation_id = "getFunnel")]
    async fn get_funnel(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
        /// As of the end of this day; as things stand when absent.
        as_of: Query<Option<NaiveDate>>,
    ) -> Result<Json<FunnelView>> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let told = answers::funnel(&state, &scope, plan_id.0, as_of.0).await?;
        Ok(Json(funnel_view(&state, told)))
    }

    /// Show the trend
    ///
    /// Done day by day against the straight line to the quota, the pace of the last four weeks, and where it ends.
    #[oai(path = "/trend", method = "get", operation_id = "getTrend")]
    async fn get_trend(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
        /// One township; all in reach when absent.
        region_id: Query<Option<Uuid>>,
        /// Look at it from this day; today when absent.
        as_of: Query<Option<NaiveDate>>,
        /// How far apart the points stand; a week when absent.
        step: Query<Option<Step>>,
    ) -> Result<Json<TrendView>> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let step = step.0.unwrap_or(Step::Week);
        let told = answers::trend_of(&state, &scope, plan_id.0, region_id.0, as_of.0, step).await?;
        Ok(Json(trend_view(&state, told)))
    }

    /// Show the shortest call list
    ///
    /// As many people as a township is short of its quota, the nearest to done first, with employer and masked phone.
    #[oai(
        path = "/regions/:region_id/call-list",
        method = "get",
        operation_id = "getCallList"
    )]
    async fn get_call_list(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The township.
        region_id: Path<Uuid>,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
        /// Most people named, 1 to 500; 500 when absent.
        #[oai(validator(minimum(value = "1"), maximum(value = "500")))]
        limit: Query<Option<i64>>,
    ) -> Result<Json<CallListView>> {
        let scope = caller.0.may(Action::ReadBoardPeople)?;
        let most = limit.0.unwrap_or(MOST_CALLS);
        let list = answers::call_list(&state, &scope, plan_id.0, region_id.0, most).await?;
        Ok(Json(call_list_view(&state, list, caller.0.lang)))
    }

    /// List the enterprises that lag
    ///
    /// A township's enterprises by how many of their people have not met the plan.
    #[oai(
        path = "/regions/:region_id/lagging",
        method = "get",
        operation_id = "listLagging"
    )]
    async fn list_lagging(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The township.
        region_id: Path<Uuid>,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
        /// As of the end of this day; as things stand when absent.
        as_of: Query<Option<NaiveDate>>,
        /// Rows wanted, 1 to 200; 20 when absent.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
    ) -> Result<Json<LaggingList>> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let most = limit.0.unwrap_or(20);
        let told = answers::lagging(&state, &scope, plan_id.0, region_id.0, as_of.0, most).await?;
        Ok(Json(lagging_view(&state, told)))
    }

    /// Show why somebody is not complete
    ///
    /// Each demand of the plan with what the person has, what is missing and where to get it: what he sees himself.
    #[oai(
        path = "/people/:person_id/requirements/:plan_id/why",
        method = "get",
        operation_id = "getRequirement"
    )]
    async fn get_requirement(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
        /// The plan.
        plan_id: Path<Uuid>,
    ) -> Result<Json<RequirementView>> {
        let scope = caller.0.may(Action::ReadPeople)?;
        let told = why(&state, &scope, person_id.0, plan_id.0, caller.0.lang).await?;
        Ok(Json(requirement_view(&state, told)))
    }

    /// Watch the board
    ///
    /// An event stream for the office wall: the board at once, then again whenever a figure changes. Ends after 15
    /// minutes, the life of an access token; come back with a fresh one.
    #[oai(path = "/progress/events", method = "get", operation_id = "watchBoard")]
    async fn watch_board(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
    ) -> Result<EventStream<BoxStream<'static, BoardView>>> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let app = state.0.clone();
        let boards = live::watch(&app, scope, plan_id.0, caller.0.session).await?;
        let views = boards.map(move |board| view(&app, board)).boxed();
        Ok(EventStream::new(views).keep_alive(KEEP_ALIVE))
    }
}
