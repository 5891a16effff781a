//! The bank of questions (题库): the county's, written by its teachers one by one or handed in as files.
//!
//! Owns `question`, `question_version` and `question_tag`. Invariants: a question that was asked stays as it was asked
//! (a change makes a new version); one question stands in a county's bank once. May not enter: papers and answers.

pub mod api;
pub mod formats;
mod imports;
pub mod rules;
mod rules_alike;
mod sheet;
pub(in crate::exams) mod store;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::courses::media;
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::intake::LineFault;
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock, db, seal};
use crate::{audit, fresh};
use rules::Content;
use rules_alike::Signature;

pub use imports::{Import, Outcome, Verdict, import};
pub use sheet::bank;

/// A question of the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub id: Uuid,
    pub version_id: Uuid,
    /// Counts its versions from 1.
    pub number: i32,
    pub content: Content,
    /// Another that says nearly the same.
    pub alike_id: Option<Uuid>,
    pub retired: bool,
    /// Microseconds since 1970.
    pub changed_at: i64,
}

/// The hash by which a question stands in a bank once.
fn sameness(content: &Content) -> Vec<u8> {
    seal::sha256(content.sameness().as_bytes())
}

fn refused(fault: LineFault) -> Fault {
    let pointer = format!("/{}", fault.field);
    let told = fault.args.into_iter();
    told.fold(Fault::new(fault.code), |told, (key, value)| {
        told.with(key, value)
    })
    .at(&pointer)
}

/// One writer of a county's bank after another, until the transaction ends.
async fn in_line(work: &Work<'_>) -> Result<()> {
    db::lock_in_line(&work.tx, &format!("questions:{}", work.by.county_id)).await
}

/// Puts a question into the bank.
///
/// # Errors
/// `forbidden`; the field at fault; `question_known`.
pub async fn create(
    state: &State,
    by: &Caller,
    retry: Retry,
    content: Content,
) -> Result<Question> {
    let scope = by.may(Action::ManageExams)?;
    let content = content.tidied();
    content.check().map_err(refused)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    pictured(&work, &content).await?;
    if store::holds(&work.tx, &scope, &sameness(&content), None).await? {
        return Err(Fault::new(Code::QuestionKnown).at("/text"));
    }
    let seen = store::signatures(&work.tx, &scope, None).await?;
    let alike_id = seen.alike(&Signature::of(&content.text, &content.options));
    let question = Question {
        id: clock::new_id(),
        version_id: clock::new_id(),
        number: 1,
        content,
        alike_id,
        retired: false,
        changed_at: work.now,
    };
    store::insert(&work, std::slice::from_ref(&question)).await?;
    record(&work, "exams.create_question", &question).await?;
    work.commit(&question).await?;
    Ok(question)
}

/// That a question's picture is there.
async fn pictured(work: &Work<'_>, content: &Content) -> Result<()> {
    let Some(picture) = content.picture_id else {
        return Ok(());
    };
    let ready = media::ready_among(&work.tx, work.by.county_id, &[picture]).await?;
    if ready.contains(&(picture, media::Purpose::Picture)) {
        return Ok(());
    }
    Err(Fault::new(Code::CourseFile).at("/picture_id"))
}

/// Writes a question anew; whatever was asked before stays as it was asked.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`; the field at fault; `question_known` when another says that already.
pub async fn update(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    content: Content,
    seen: Seen<Question>,
) -> Result<Question> {
    let scope = by.may(Action::ManageExams)?;
    let content = content.tidied();
    content.check().map_err(refused)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let was = store::find(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&was)?;
    pictured(&work, &content).await?;
    if store::holds(&work.tx, &scope, &sameness(&content), Some(id)).await? {
        return Err(Fault::new(Code::QuestionKnown).at("/text"));
    }
    let others = store::signatures(&work.tx, &scope, Some(id)).await?;
    let question = Question {
        version_id: clock::new_id(),
        number: was.number + 1,
        alike_id: others.alike(&Signature::of(&content.text, &content.options)),
        content,
        changed_at: work.now,
        ..was
    };
    store::replace(&work, &question).await?;
    record(&work, "exams.update_question", &question).await?;
    work.commit(&question).await?;
    Ok(question)
}

/// Takes a question out of what is drawn, or puts it back; what was asked keeps it.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn retire(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    retired: bool,
) -> Result<Question> {
    let scope = by.may(Action::ManageExams)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let was = store::find(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if was.retired == retired {
        work.commit(&was).await?;
        return Ok(was);
    }
    let question = Question {
        retired,
        changed_at: work.now,
        ..was
    };
    store::set_state(&work, id, retired).await?;
    record(&work, "exams.retire_question", &question).await?;
    work.commit(&question).await?;
    Ok(question)
}

async fn record(work: &Work<'_>, action: &'static str, question: &Question) -> Result<()> {
    let detail = json!({
        "version": question.number, "kind": question.content.kind.word(), "retired": question.retired,
    });
    audit::record(work, action, ("question", question.id.to_string()), detail).await
}
