//! The caller's own first screen on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::{Held, Mine, Today, Waiting};
use crate::boards::Board;
use crate::boards::api::answers::{ComingClass, RequirementView, coming_view, requirement_view};
use crate::platform::caller::Signed;
use crate::platform::memo::{Asked, Written};
use crate::platform::scope::Role;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Caller, Result};

/// A plan that asks something of the caller.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RequirementSummary {
    /// The plan.
    pub plan_id: Uuid,
    /// Its title.
    pub plan_title: String,
    /// Its last day.
    pub period_to: NaiveDate,
    /// Nothing is missing.
    pub complete: bool,
    /// The day the plan was met; absent while it is not.
    pub completed_on: Option<NaiveDate>,
    /// What is missing, in the reader's words.
    pub missing: Vec<String>,
}

/// The plans that ask something of the caller.
#[derive(Debug, Clone, Object)]
pub struct RequirementList {
    /// Open plans for the caller's post, and those he has begun.
    pub items: Vec<RequirementSummary>,
}

/// The caller's certificates in a line.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CertificateSummary {
    /// Certificates on the register.
    pub certificates: i64,
    /// Of these, with a code claimed.
    pub claimed: i64,
    /// The next day on which one of them expires.
    pub next_expiry: Option<NaiveDate>,
}

/// The figures of the caller's reach in a line.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct BoardSummary {
    /// The plan shown; absent before the first plan.
    pub plan_id: Option<Uuid>,
    /// Its title.
    pub plan_title: Option<String>,
    /// Quota of all townships in reach.
    pub quota: i64,
    /// Distinct people who met the plan.
    pub completed: i64,
    /// Finished classes and courses.
    pub person_times: i64,
    /// Percent of the quota; absent where the quota is 0.
    pub training_rate: Option<String>,
    /// Missing to the quota; never below 0.
    pub gap: i64,
    /// Codes due.
    pub due: i64,
    /// Codes claimed.
    pub claimed: i64,
    /// Percent of the codes due; absent where none is due.
    pub claim_rate: Option<String>,
    /// When the training figures last changed; absent before the first.
    pub progress_updated_at: Option<DateTime<FixedOffset>>,
}

/// All that a phone's first screen needs.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TodayView {
    /// When this was read.
    pub as_of: DateTime<FixedOffset>,
    /// Login.
    pub login: String,
    /// Roles held, each once.
    pub roles: Vec<Role>,
    /// The person the account belongs to, for a worker.
    pub person_id: Option<Uuid>,
    /// His name.
    pub name: Option<String>,
    /// Open plans for the caller's post, with what is missing.
    pub requirements: Vec<RequirementSummary>,
    /// The next class on whose list the caller stands.
    pub next_class: Option<ComingClass>,
    /// The caller's certificates, for a worker.
    pub certificates: Option<CertificateSummary>,
    /// The figures of the caller's reach, for who may see a board.
    pub board: Option<BoardSummary>,
    /// Classes of today in the caller's reach, for who may see classes.
    pub classes_today: Option<i64>,
    /// How much waits for the caller.
    pub waiting: WaitingView,
}

/// How much waits for the caller; what is none of his duties is absent.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct WaitingView {
    /// Marks of his own to be confirmed or objected to.
    pub marks_to_confirm: Option<i64>,
    /// Objections of his own without an answer.
    pub own_objections: Option<i64>,
    /// Objections of others that he is to answer.
    pub objections_to_answer: Option<i64>,
    /// Of these, those whose week is over.
    pub objections_overdue: Option<i64>,
    /// People on a roll whom nobody knows yet.
    pub walk_ins: Option<i64>,
    /// What people asked to be put right in their files.
    pub corrections: Option<i64>,
    /// Of these, those whose thirty days are over.
    pub corrections_overdue: Option<i64>,
    /// Loans of quota that wait for his township's word.
    pub loans_to_agree: Option<i64>,
    /// Quota lines his township has not acknowledged.
    pub quota_lines_unseen: Option<i64>,
    /// Claims whose cards are to be looked at.
    pub reviews: Option<i64>,
    /// Reds that were logged and not settled.
    pub reds: Option<i64>,
    /// Notices of his own that he has not read.
    pub notices: Option<i64>,
    /// Certificates of his enterprises that end within 90 days.
    pub certificates_expiring: Option<i64>,
}

/// The caller's own.
pub struct MeApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Me")]
impl MeApi {
    /// Show today
    ///
    /// One small answer with all that a phone's first screen needs, for every role.
    #[oai(path = "/today", method = "get", operation_id = "getToday")]
    async fn get_today(&self, state: Data<&App>, caller: Signed) -> Result<Written<TodayView>> {
        caller.0.may(Action::UseAccount)?;
        let made = async {
            let today = super::today(&state, &caller.0).await?;
            Ok(today_view(&state, &caller.0, today))
        };
        let asked = Asked::by_self("getToday", &caller.0);
        state.memo.answer(&state, asked, made).await
    }

    /// List my requirements
    ///
    /// The open plans that ask something of the caller's post, with what is missing.
    #[oai(
        path = "/requirements",
        method = "get",
        operation_id = "listMyRequirements"
    )]
    async fn list_my_requirements(
        &self,
        state: Data<&App>,
        caller: Signed,
    ) -> Result<Json<RequirementList>> {
        let found = super::requirements(&state, &caller.0).await?;
        Ok(Json(RequirementList {
            items: found.into_iter().map(summary).collect(),
        }))
    }

    /// Show why I am not complete
    ///
    /// Each demand of the plan with what the caller has, what is missing and where to get it.
    #[oai(
        path = "/requirements/:plan_id/why",
        method = "get",
        operation_id = "getMyRequirement"
    )]
    async fn get_my_requirement(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
    ) -> Result<Json<RequirementView>> {
        let told = super::requirement(&state, &caller.0, plan_id.0).await?;
        Ok(Json(requirement_view(&state, told)))
    }
}

fn summary((mine, missing): (Mine, Vec<String>)) -> RequirementSummary {
    RequirementSummary {
        plan_id: mine.plan.id,
        plan_title: mine.plan.terms.title,
        period_to: mine.plan.terms.period_to,
        complete: missing.is_empty(),
        completed_on: mine.completed_on,
        missing,
    }
}

fn held(held: Held) -> CertificateSummary {
    CertificateSummary {
        certificates: held.certificates,
        claimed: held.claimed,
        next_expiry: held.next_expiry,
    }
}

fn board_summary(state: &App, board: Board) -> BoardSummary {
    let (plan_id, plan_title) = board.plan.map(|(id, title, _)| (id, title)).unzip();
    BoardSummary {
        plan_id,
        plan_title,
        quota: board.quota,
        completed: board.completed,
        person_times: board.person_times,
        training_rate: board.rate.map(|rate| rate.to_string()),
        gap: board.total.gap(board.counts),
        due: board.due,
        claimed: board.claimed,
        claim_rate: board.claim_rate.map(|rate| rate.to_string()),
        progress_updated_at: board
            .total
            .progress_updated_at
            .map(|at| state.clock.local(at)),
    }
}

fn today_view(state: &App, by: &Caller, today: Today) -> TodayView {
    let mut roles: Vec<Role> = by.grants.iter().map(|grant| grant.role).collect();
    roles.dedup();
    let (person_id, name) = today.person.unzip();
    TodayView {
        as_of: state.clock.local(today.as_of),
        login: by.login.clone(),
        roles,
        person_id,
        name,
        requirements: today.requirements.into_iter().map(summary).collect(),
        next_class: today.next_class.map(|class| coming_view(state, class)),
        certificates: today.certificates.map(held),
        board: today.board.map(|board| board_summary(state, board)),
        classes_today: today.classes_today,
        waiting: waiting_view(today.waiting),
    }
}

const fn waiting_view(waiting: Waiting) -> WaitingView {
    WaitingView {
        marks_to_confirm: waiting.marks_to_confirm,
        own_objections: waiting.own_objections,
        objections_to_answer: waiting.objections_to_answer,
        objections_overdue: waiting.objections_overdue,
        walk_ins: waiting.walk_ins,
        corrections: waiting.corrections,
        corrections_overdue: waiting.corrections_overdue,
        loans_to_agree: waiting.loans_to_agree,
        quota_lines_unseen: waiting.quota_lines_unseen,
        reviews: waiting.reviews,
        reds: waiting.reds,
        notices: waiting.notices,
        certificates_expiring: waiting.certificates_expiring,
    }
}
