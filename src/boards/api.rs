//! Boards on the wire.

mod answer_views;
pub mod answers;
mod views;
mod why_views;

use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use crate::platform::caller::Signed;
use crate::platform::memo::{Asked, Written};
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};

use super::Drill;
pub use views::{
    BoardView, EnterpriseProgress, EnterpriseProgressPage, PersonProgress, PersonProgressPage,
    RegionProgress, RoleCounts,
};
use views::{enterprise_view, person_view, view};

/// A spreadsheet.
#[derive(ApiResponse)]
enum Report {
    /// The spreadsheet.
    #[oai(
        status = 200,
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )]
    File(
        Binary<Vec<u8>>,
        /// How to save it.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

/// Boards.
pub struct BoardsApi;

#[OpenApi(prefix_path = "/v1/boards", tag = "Tag::Boards")]
impl BoardsApi {
    /// Show the board
    ///
    /// People trained against the quota and codes claimed against those due, by township, for the caller's reach; as it stands,
    /// or as of any day.
    #[oai(path = "/progress", method = "get", operation_id = "getBoard")]
    async fn get_board(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
        /// Count training, quota lines, classes, due lists and claims through this day; as things stand when absent.
        as_of: Query<Option<NaiveDate>>,
    ) -> Result<Written<BoardView>> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let made = async {
            let board = super::board(&state, &scope, plan_id.0, as_of.0).await?;
            Ok(view(&state, board))
        };
        // Everybody looks at the board as it stands; a day of the past is asked once in a while.
        let asked = Asked::by_reach("getBoard", &caller.0, plan_id.0);
        match as_of.0 {
            None => state.memo.answer(&state, asked, made).await,
            Some(_) => Ok(Written::from(made.await?)),
        }
    }

    /// Export the board
    ///
    /// An .xlsx in the columns of the county's report, long numbers as text.
    #[oai(path = "/progress.xlsx", method = "get", operation_id = "exportBoard")]
    async fn export_board(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
        /// Count through this day; as things stand when absent.
        as_of: Query<Option<NaiveDate>>,
    ) -> Result<Report> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let board = super::board(&state, &scope, plan_id.0, as_of.0).await?;
        let as_of = match board.through {
            Some(day) => day.to_string(),
            None => {
                let read = state.clock.local(board.as_of);
                read.format("%Y-%m-%d %H:%M").to_string()
            }
        };
        let as_of = match board.total.progress_updated_at {
            Some(at) => {
                let changed = state.clock.local(at).format("%Y-%m-%d %H:%M");
                format!("{as_of} · 培训数据更新于 training data last changed {changed}")
            }
            None => as_of,
        };
        let bytes = tokio::task::spawn_blocking(move || super::sheet(&board, &as_of))
            .await
            .map_err(|e| Fault::internal(e.to_string()))??;
        let name = "attachment; filename=\"progress.xlsx\"; filename*=UTF-8''%E8%BF%9B%E5%BA%A6%E8%A1%A8.xlsx";
        Ok(Report::File(Binary(bytes), name.to_owned()))
    }

    /// List a township's enterprises with their figures
    ///
    /// By id; searched by part of a name or a whole credit code.
    #[oai(
        path = "/progress/regions/:region_id/enterprises",
        method = "get",
        operation_id = "listEnterpriseProgress"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "each query parameter is an argument"
    )]
    async fn list_enterprise_progress(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The township.
        region_id: Path<Uuid>,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
        /// As of the end of this day; as things stand when absent.
        as_of: Query<Option<NaiveDate>>,
        /// Part of a name, or a whole credit code.
        #[oai(validator(max_length = 100))]
        q: Query<Option<String>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<EnterpriseProgressPage>> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let drill = Drill {
            plan_id: plan_id.0,
            day: as_of.0,
            page: &page,
        };
        let text = q.0.as_deref();
        let rows = super::enterprises(&state, &scope, region_id.0, text, drill).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(EnterpriseProgressPage::new((
            rows.into_iter()
                .map(|row| enterprise_view(&state, row))
                .collect(),
            next,
        ))))
    }

    /// List an enterprise's people with their standing
    ///
    /// Who works there now, or did on a day, by id, with minutes, exam, the day the plan was met, and codes.
    #[oai(
        path = "/progress/enterprises/:enterprise_id/people",
        method = "get",
        operation_id = "listPersonProgress"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "each query parameter is an argument"
    )]
    async fn list_person_progress(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The enterprise.
        enterprise_id: Path<Uuid>,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
        /// As of the end of this day; as things stand when absent.
        as_of: Query<Option<NaiveDate>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PersonProgressPage>> {
        let scope = caller.0.may(Action::ReadBoardPeople)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let drill = Drill {
            plan_id: plan_id.0,
            day: as_of.0,
            page: &page,
        };
        let rows = super::persons(&state, &scope, enterprise_id.0, drill).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(PersonProgressPage::new((
            rows.into_iter().map(person_view).collect(),
            next,
        ))))
    }
}
