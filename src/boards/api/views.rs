//! What boards look like on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::boards::rules::{Board, RegionRow};
use crate::boards::{EnterpriseRow, PersonRow};
use crate::page_of;
use crate::plans::rules::Counts;
use crate::plans::settle::Figures;
use crate::platform::App;
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

/// What corrections changed since a plan was settled: to be added to the settled figures, negative when taken away.
#[derive(Debug, Clone, Object)]
pub struct LaterChanges {
    /// Quota.
    pub quota: i64,
    /// Distinct people who met the plan.
    pub completed: i64,
    /// Finished classes and courses.
    pub person_times: i64,
    /// Passed exams.
    pub passed: i64,
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
    /// The last day of training counted here.
    pub last_training_day: Option<NaiveDate>,
    /// When the training figures last changed; absent before the first.
    pub progress_updated_at: Option<DateTime<FixedOffset>>,
    /// When the claim figures last changed; absent before the first.
    pub claims_updated_at: Option<DateTime<FixedOffset>>,
    /// What changed since the plan was settled; present where the figures are the settled ones.
    pub later: Option<LaterChanges>,
}

/// Both rates, by township.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct BoardView {
    /// The plan shown; absent before the first plan.
    pub plan_id: Option<Uuid>,
    /// Its title.
    pub plan_title: Option<String>,
    /// When the figures were read.
    pub as_of: DateTime<FixedOffset>,
    /// The day through which everything is counted, where one was asked for.
    pub through: Option<NaiveDate>,
    /// When the plan was settled: quota, people, person-times, passes and rate are the settled ones and never move.
    /// Absent where it is not settled, and where a day was asked for.
    pub settled_at: Option<DateTime<FixedOffset>>,
    /// What changed since, in all.
    pub later: Option<LaterChanges>,
    /// The last day of training counted.
    pub last_training_day: Option<NaiveDate>,
    /// When the training figures last changed; absent before the first.
    pub progress_updated_at: Option<DateTime<FixedOffset>>,
    /// When the claim figures last changed; absent before the first.
    pub claims_updated_at: Option<DateTime<FixedOffset>>,
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
    /// When the training figures last changed; absent before the first.
    pub progress_updated_at: Option<DateTime<FixedOffset>>,
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

pub(super) fn text(rate: Option<Decimal>) -> Option<String> {
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

pub(crate) fn view(state: &App, board: Board) -> BoardView {
    let at = |micros| state.clock.local(micros);
    let (plan_id, plan_title) = board.plan.map(|(id, title, _)| (id, title)).unzip();
    BoardView {
        plan_id,
        plan_title,
        as_of: state.clock.local(board.as_of),
        through: board.through,
        settled_at: board.settled_at.map(at),
        later: board.total.later.map(later),
        last_training_day: board.total.last_training_day,
        progress_updated_at: board.total.progress_updated_at.map(at),
        claims_updated_at: board.total.claims_updated_at.map(at),
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
        regions: board
            .regions
            .into_iter()
            .map(|row| region_view(state, row))
            .collect(),
    }
}

fn region_view(state: &App, row: RegionRow) -> RegionProgress {
    let at = |micros| state.clock.local(micros);
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
        last_training_day: row.last_training_day,
        progress_updated_at: row.progress_updated_at.map(at),
        claims_updated_at: row.claims_updated_at.map(at),
        later: row.later.map(later),
    }
}

const fn later(since: Figures) -> LaterChanges {
    LaterChanges {
        quota: since.quota,
        completed: since.completed,
        person_times: since.person_times,
        passed: since.passed,
    }
}

pub(super) fn enterprise_view(state: &App, row: EnterpriseRow) -> EnterpriseProgress {
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
        progress_updated_at: row.updated_at.map(|at| state.clock.local(at)),
    }
}

pub(super) fn person_view(row: PersonRow) -> PersonProgress {
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
