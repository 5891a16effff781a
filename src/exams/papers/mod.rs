//! Papers (试卷): rules by which everybody is drawn a paper of his own.
//!
//! Owns `exam_paper`. Invariants: once published its rules never change under those who sit it; what it asks for is there
//! when it is published. May not enter: answers.

pub mod api;
pub mod rules;
pub(in crate::exams) mod store;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::exams::questions::store::{self as bank, Wanted};
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock, db};
use crate::{audit, fresh, plans};
use rules::{Rules, Short};

/// How far a paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum PaperState {
    /// 草稿
    Draft,
    /// 已发布
    Published,
    /// 已停用
    Retired,
}

impl PaperState {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Retired => "retired",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "published" => Self::Published,
            "retired" => Self::Retired,
            _ => Self::Draft,
        }
    }
}

/// A paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub id: Uuid,
    pub title: String,
    /// The plan whose exam it is; a paper of none lets everybody in and counts for nothing.
    pub plan_id: Option<Uuid>,
    pub rules: Rules,
    pub state: PaperState,
    /// Microseconds since 1970.
    pub changed_at: i64,
    pub published_at: Option<i64>,
}

/// What its author says of a paper.
#[derive(Clone, Debug, Serialize)]
pub struct Draft {
    pub title: String,
    pub plan_id: Option<Uuid>,
    pub rules: Rules,
}

impl Draft {
    async fn check(&self, work: &Work<'_>) -> Result<()> {
        if self.title.trim().is_empty() {
            return Err(Fault::new(Code::FieldMissing)
                .with("field", "title")
                .at("/title"));
        }
        self.rules.check()?;
        let Some(plan_id) = self.plan_id else {
            return Ok(());
        };
        let plan = plans::any_plan(&work.tx, work.by.county_id, plan_id).await?;
        // Whoever passes here has passed for the plan.
        match plan.terms.pass_mark {
            Some(mark) if self.rules.pass_percent < mark => {
                Err(Fault::field("/pass_percent", format!(">= {mark}")))
            }
            _ => Ok(()),
        }
    }
}

/// Drafts a paper.
///
/// # Errors
/// `forbidden`; the fields at fault; `not_found` for a plan of another county.
pub async fn create(state: &State, by: &Caller, retry: Retry, draft: Draft) -> Result<Paper> {
    by.may(Action::ManageExams)?;
    let work = fresh!(state.begin(by, retry).await?);
    draft.check(&work).await?;
    let paper = Paper {
        id: clock::new_id(),
        title: draft.title.trim().to_owned(),
        plan_id: draft.plan_id,
        rules: draft.rules,
        state: PaperState::Draft,
        changed_at: work.now,
        published_at: None,
    };
    store::insert(&work, &paper).await?;
    record(&work, "exams.create_paper", &paper).await?;
    work.commit(&paper).await?;
    Ok(paper)
}

/// Writes a draft anew.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`; `paper_not_draft` once it is published; the fields at fault.
pub async fn update(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    draft: Draft,
    seen: Seen<Paper>,
) -> Result<Paper> {
    let scope = by.may(Action::ManageExams)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work, id).await?;
    let was = store::find(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&was)?;
    if was.state != PaperState::Draft {
        return Err(Fault::new(Code::PaperNotDraft));
    }
    draft.check(&work).await?;
    let paper = Paper {
        title: draft.title.trim().to_owned(),
        plan_id: draft.plan_id,
        rules: draft.rules,
        changed_at: work.now,
        ..was
    };
    store::save(&work, &paper).await?;
    record(&work, "exams.update_paper", &paper).await?;
    work.commit(&paper).await?;
    Ok(paper)
}

/// Opens a paper to those it is for; from here on its rules stand.
///
/// # Errors
/// `forbidden`, `not_found`, `paper_not_draft`; `questions_too_few` with the section that asks for more than there is.
pub async fn publish(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Paper> {
    let scope = by.may(Action::ManageExams)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work, id).await?;
    let was = store::find(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if was.state != PaperState::Draft {
        return Err(Fault::new(Code::PaperNotDraft));
    }
    let pools = pools(&work.tx, by.county_id, &was.rules).await?;
    rules::draw(&was.rules, &pools, 0).map_err(too_few)?;
    let paper = Paper {
        state: PaperState::Published,
        changed_at: work.now,
        published_at: Some(work.now),
        ..was
    };
    store::save(&work, &paper).await?;
    record(&work, "exams.publish_paper", &paper).await?;
    work.commit(&paper).await?;
    Ok(paper)
}

/// Lets nobody begin it any more; whoever is at it finishes.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn retire(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Paper> {
    let scope = by.may(Action::ManageExams)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work, id).await?;
    let was = store::find(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let paper = Paper {
        state: PaperState::Retired,
        changed_at: work.now,
        ..was
    };
    store::save(&work, &paper).await?;
    record(&work, "exams.retire_paper", &paper).await?;
    work.commit(&paper).await?;
    Ok(paper)
}

/// The caller's county's newest paper of a title that is not retired.
///
/// # Errors
/// `forbidden`.
pub async fn of_title(state: &State, by: &Caller, title: &str) -> Result<Option<Paper>> {
    let scope = by.may(Action::ManageExams)?;
    store::of_title(state.db.read(), &scope, title).await
}

/// What each section can draw from now.
pub(in crate::exams) async fn pools(
    db: &impl sea_orm::ConnectionTrait,
    county_id: Uuid,
    rules: &Rules,
) -> Result<Vec<Vec<Uuid>>> {
    let mut pools = Vec::with_capacity(rules.sections.len());
    // A query a section: there are as many as the paper says, however large the bank.
    for section in &rules.sections {
        let wanted = Wanted {
            kind: Some(section.kind),
            tag: section.tag.clone(),
            difficulty: section.difficulty,
            ..Wanted::default()
        };
        pools.push(bank::pool(db, county_id, &wanted).await?);
    }
    Ok(pools)
}

/// A draw that falls short, as its author is told.
pub(in crate::exams) fn too_few(short: Short) -> Fault {
    Fault::new(Code::QuestionsTooFew)
        .with("wanted", short.wanted)
        .with("found", short.found)
        .at(&format!("/sections/{}/count", short.section))
}

async fn in_line(work: &Work<'_>, id: Uuid) -> Result<()> {
    db::lock_in_line(&work.tx, &format!("paper:{id}")).await
}

async fn record(work: &Work<'_>, action: &'static str, paper: &Paper) -> Result<()> {
    let detail =
        json!({"title": paper.title, "plan": paper.plan_id, "questions": paper.rules.questions()});
    audit::record(work, action, ("exam_paper", paper.id.to_string()), detail).await
}
