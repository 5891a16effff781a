//! Boards on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, Object, OpenApi};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::rules::{Board, RegionRow};
use super::{EnterpriseRow, PersonRow};
use crate::page_of;
use crate::plans::rules::Counts;
use crate::platform::caller::Signed;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};
use crate::sheets::posts::TargetRole;

/// People completed, by target role.
#[derive(Debug, Clone, Object)]
pub struct RoleCounts {
    /// Principals (主要负责人).
    pub principal: i64,
    /// Safety managers (安全管理人员).
    pub safety_manager: i64,
    /// Key posts (重点岗位人员).
    pub key_post: i64,
    /// Others (其他从业人员).
    pub other: i64,
}

/// One township's figures.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RegionProgress {
    /// Id.
    pub id: Uuid,
    /// Statistical code.
    pub code: String,
    /// Name.
    pub name: String,
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
    /// Classes held.
    pub classes_held: i64,
    /// Passed exams.
    pub passed: i64,
    /// People completed, by role.
    pub by_role: RoleCounts,
    /// Percent of the quota, half up, never clamped; absent where the quota is 0.
    pub rate: Option<String>,
    /// Codes due.
    pub due: i64,
    /// Codes claimed.
    pub claimed: i64,
    /// Of these on the due list.
    pub claimed_on_list: i64,
    /// Of these not on the due list.
    pub claimed_outside_list: i64,
    /// Percent of the codes due; absent where none is due.
    pub claim_rate: Option<String>,
}

/// Both rates, by township.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct BoardView {
    /// The plan shown; absent before the first plan.
    pub plan_id: Option<Uuid>,
    /// Its title.
    pub plan_title: Option<String>,
    /// The instant the figures hold for.
    pub as_of: DateTime<FixedOffset>,
    /// Which figure the rate counts.
    pub counts: Counts,
    /// Quota of all townships in reach.
    pub quota: i64,
    /// Distinct people who met the plan.
    pub completed: i64,
    /// Finished classes and courses.
    pub person_times: i64,
    /// Percent of the quota; absent where the quota is 0.
    pub training_rate: Option<String>,
    /// Codes due.
    pub due: i64,
    /// Codes claimed.
    pub claimed: i64,
    /// Of these on the due list.
    pub claimed_on_list: i64,
    /// Of these not on the due list.
    pub claimed_outside_list: i64,
    /// Percent of the codes due; absent where none is due.
    pub claim_rate: Option<String>,
    /// The townships in code order.
    pub regions: Vec<RegionProgress>,
}

/// One enterprise's figures.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct EnterpriseProgress {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Unified social credit code.
    pub credit_code: Option<String>,
    /// People who work there now.
    pub people_on_file: i64,
    /// Distinct people who met the plan there.
    pub completed: i64,
    /// Finished classes and courses.
    pub person_times: i64,
    /// People completed, by role.
    pub by_role: RoleCounts,
    /// Certificates on the register.
    pub certificates: i64,
    /// Codes claimed.
    pub claimed: i64,
}

/// One person's standing.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PersonProgress {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// The post held now.
    pub role: Option<TargetRole>,
    /// Minutes online so far.
    pub minutes_online: i64,
    /// Minutes in a room so far.
    pub minutes_offline: i64,
    /// An exam was passed.
    pub passed: bool,
    /// The day the plan was met; absent while it is not.
    pub completed_on: Option<NaiveDate>,
    /// Certificates on the register.
    pub certificates: i64,
    /// Codes claimed.
    pub claimed: i64,
}

page_of!(
    /// A page of enterprises with their figures.
    EnterpriseProgressPage,
    EnterpriseProgress
);
page_of!(
    /// A page of people with their standing.
    PersonProgressPage,
    PersonProgress
);

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
    /// People trained against the quota and codes claimed against those due, by township, for the caller's reach.
    #[oai(path = "/progress", method = "get", operation_id = "getBoard")]
    async fn get_board(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
    ) -> Result<Json<BoardView>> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let board = super::board(&state, &scope, plan_id.0).await?;
        Ok(Json(view(&state, board)))
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
    ) -> Result<Report> {
        let scope = caller.0.may(Action::ReadBoard)?;
        let board = super::board(&state, &scope, plan_id.0).await?;
        let as_of = state
            .clock
            .local(board.as_of)
            .format("%Y-%m-%d %H:%M")
            .to_string();
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
        let rows = super::enterprises(
            &state,
            &scope,
            plan_id.0,
            region_id.0,
            q.0.as_deref(),
            &page,
        )
        .await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(EnterpriseProgressPage::new((
            rows.into_iter().map(enterprise_view).collect(),
            next,
        ))))
    }

    /// List an enterprise's people with their standing
    ///
    /// Who works there now, by id, with minutes, exam, the day the plan was met, and codes.
    #[oai(
        path = "/progress/enterprises/:enterprise_id/people",
        method = "get",
        operation_id = "listPersonProgress"
    )]
    async fn list_person_progress(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The enterprise.
        enterprise_id: Path<Uuid>,
        /// The plan; the newest that is not a draft when absent.
        plan_id: Query<Option<Uuid>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PersonProgressPage>> {
        let scope = caller.0.may(Action::ReadBoardPeople)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = super::persons(&state, &scope, plan_id.0, enterprise_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(PersonProgressPage::new((
            rows.into_iter().map(person_view).collect(),
            next,
        ))))
    }
}

fn text(rate: Option<Decimal>) -> Option<String> {
    rate.map(|rate| rate.to_string())
}

const fn roles([principal, safety_manager, key_post, other]: [i64; 4]) -> RoleCounts {
    RoleCounts {
        principal,
        safety_manager,
        key_post,
        other,
    }
}

fn view(state: &App, board: Board) -> BoardView {
    let (plan_id, plan_title) = board.plan.map(|(id, title, _)| (id, title)).unzip();
    BoardView {
        plan_id,
        plan_title,
        as_of: state.clock.local(board.as_of),
        counts: board.counts,
        quota: board.quota,
        completed: board.completed,
        person_times: board.person_times,
        training_rate: text(board.rate),
        due: board.due,
        claimed: board.claimed,
        claimed_on_list: board.claimed_on_list,
        claimed_outside_list: board.claimed_outside_list,
        claim_rate: text(board.claim_rate),
        regions: board.regions.into_iter().map(region_view).collect(),
    }
}

fn region_view(row: RegionRow) -> RegionProgress {
    RegionProgress {
        id: row.id,
        code: row.code,
        name: row.name,
        quota: row.quota,
        completed: row.completed,
        person_times: row.person_times,
        online_times: row.online_times,
        offline_times: row.offline_times,
        classes_held: row.classes_held,
        passed: row.passed,
        by_role: roles(row.by_role),
        rate: text(row.rate),
        due: row.due,
        claimed: row.claimed,
        claimed_on_list: row.claimed_on_list,
        claimed_outside_list: row.claimed_outside_list,
        claim_rate: text(row.claim_rate),
    }
}

fn enterprise_view(row: EnterpriseRow) -> EnterpriseProgress {
    EnterpriseProgress {
        id: row.id,
        name: row.name,
        credit_code: row.credit_code,
        people_on_file: row.people_on_file,
        completed: row.completed,
        person_times: row.person_times,
        by_role: roles(row.by_role),
        certificates: row.certificates,
        claimed: row.claimed,
    }
}

fn person_view(row: PersonRow) -> PersonProgress {
    PersonProgress {
        id: row.id,
        name: row.name,
        id_number: row.id_masked,
        role: row.role,
        minutes_online: row.minutes_online,
        minutes_offline: row.minutes_offline,
        passed: row.passed,
        completed_on: row.completed_on,
        certificates: row.certificates,
        claimed: row.claimed,
    }
}
