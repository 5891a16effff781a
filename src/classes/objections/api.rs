//! One's own marks, their history, and objections to them, on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::store::{self, Version};
use super::{Answer, Objection, ObjectionState, OwnMark};
use crate::classes::store::Listed;
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};

/// What its worker says of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum WorkersWord {
    /// 未确认
    None,
    /// 已确认
    Confirmed,
    /// 有异议，待答复
    Objected,
}

/// A mark of the caller's own.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MyMarkView {
    /// Id.
    pub id: Uuid,
    /// The class.
    pub class_id: Uuid,
    /// Its title.
    pub title: String,
    /// Where it was held.
    pub place: String,
    /// The day.
    pub day: NaiveDate,
    /// When the caller came.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// When he left.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// Minutes credited.
    pub minutes: i64,
    /// Points of 100.
    pub score: Option<f64>,
    /// Whether the exam was passed, where there was one.
    pub passed: Option<bool>,
    /// What the caller said of it.
    pub word: WorkersWord,
    /// When he confirmed it.
    pub confirmed_at: Option<DateTime<FixedOffset>>,
    /// His newest objection to his presence in this class, and its answer.
    pub objection: Option<OwnObjectionView>,
}

/// An objection as its worker sees it.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct OwnObjectionView {
    /// Id.
    pub id: Uuid,
    /// The mark objected to.
    pub mark_id: Uuid,
    /// What is wrong, in the worker's words.
    pub words: String,
    /// Open, accepted or upheld.
    pub state: ObjectionState,
    /// The answer, in the trainer's words.
    pub answer: Option<String>,
    /// The mark that replaced it.
    pub new_mark_id: Option<Uuid>,
    /// When it was raised.
    pub raised_at: DateTime<FixedOffset>,
    /// When it was answered.
    pub answered_at: Option<DateTime<FixedOffset>>,
}

/// An objection, with who raised it.
#[derive(Debug, Clone, Object)]
pub struct ObjectionView {
    /// The class.
    pub class_id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// The objection.
    pub objection: OwnObjectionView,
}

/// A mark as it stood once, or stands.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MarkVersionView {
    /// Id.
    pub id: Uuid,
    /// When he came.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// When he left.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// Minutes credited.
    pub minutes: i64,
    /// Points of 100.
    pub score: Option<f64>,
    /// Whether the exam was passed, where there was one.
    pub passed: Option<bool>,
    /// How it came: upload, manual, scan or roll.
    pub method: String,
    /// The account that entered it; absent for the console.
    pub entered_by: Option<Uuid>,
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
    /// When the worker confirmed it.
    pub confirmed_at: Option<DateTime<FixedOffset>>,
    /// Whether it is the one that stands.
    pub stands: bool,
}

/// Every mark there was of somebody in a class.
#[derive(Debug, Clone, Object)]
pub struct MarkHistoryView {
    /// The class.
    pub class_id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// Oldest first.
    pub versions: Vec<MarkVersionView>,
}

/// A mark confirmed.
#[derive(Debug, Clone, Object)]
pub struct MarkConfirmedView {
    /// The mark.
    pub mark_id: Uuid,
    /// When.
    pub confirmed_at: DateTime<FixedOffset>,
}

/// What is wrong with a mark.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct ObjectionInput {
    /// In the worker's own words.
    #[oai(validator(min_length = 1, max_length = 1000))]
    pub words: String,
}

/// The answer to an objection.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct ObjectionAnswerInput {
    /// Whether it is right: then say what the mark should say.
    pub accept: bool,
    /// The answer in words.
    #[oai(validator(min_length = 1, max_length = 1000))]
    pub words: String,
    /// When he really came, if accepted.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// When he really left, if accepted.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// His right points of 100, if accepted.
    pub score: Option<f64>,
}

page_of!(
    /// A page of the caller's own marks.
    MyMarkPage,
    MyMarkView
);
page_of!(
    /// A page of objections.
    ObjectionPage,
    ObjectionView
);

/// One's own marks and objections to them.
pub struct ObjectionsApi;

#[OpenApi(prefix_path = "/v1/classes", tag = "Tag::Classes")]
impl ObjectionsApi {
    /// List my marks
    ///
    /// The caller's own presence in classes, each with what he said of it and what was answered.
    #[oai(path = "/my-marks", method = "get", operation_id = "listMyMarks")]
    async fn list_my_marks(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<MyMarkPage>> {
        let scope = caller.0.may(Action::CheckIn)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = super::own_marks(&state, &scope, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.version.mark.id);
        let items = rows.into_iter().map(|row| own_view(&state, row));
        Ok(Json(MyMarkPage::new((items.collect(), next))))
    }

    /// Confirm a mark
    ///
    /// The worker says that a mark of his own is right. Once said, it stands; a corrected mark asks anew.
    #[oai(
        path = "/marks/:mark_id/confirmation",
        method = "post",
        operation_id = "confirmMark"
    )]
    async fn confirm_mark(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The mark.
        mark_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<MarkConfirmedView>> {
        let retry = Retry::of(key.0, "confirmMark", &mark_id.0)?;
        let at = super::confirm_mark(&state, &caller.0, retry, mark_id.0).await?;
        Ok(Json(MarkConfirmedView {
            mark_id: mark_id.0,
            confirmed_at: state.clock.local(at),
        }))
    }

    /// Object to a mark
    ///
    /// The worker says in his own words what is wrong with a mark of his own; it is the trainer's to answer.
    #[oai(
        path = "/marks/:mark_id/objection",
        method = "post",
        operation_id = "objectToMark"
    )]
    async fn object_to_mark(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The mark.
        mark_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<ObjectionInput>,
    ) -> Result<Json<OwnObjectionView>> {
        let retry = Retry::of(key.0, "objectToMark", &(mark_id.0, &body.0))?;
        let words = body.0.words;
        let made = super::object_to_mark(&state, &caller.0, retry, mark_id.0, words).await?;
        Ok(Json(objection_view(&state, made)))
    }

    /// Show a mark's history
    ///
    /// Every mark there was of the same person in the same class, oldest first: a correction is a new one.
    #[oai(
        path = "/marks/:mark_id/history",
        method = "get",
        operation_id = "getMarkHistory"
    )]
    async fn get_mark_history(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any of them.
        mark_id: Path<Uuid>,
    ) -> Result<Json<MarkHistoryView>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let rows = store::versions(state.db.read(), &scope, mark_id.0).await?;
        let first = rows.first().ok_or_else(Fault::not_found)?;
        Ok(Json(MarkHistoryView {
            class_id: first.mark.class_id,
            person_id: first.mark.person_id,
            versions: rows.iter().map(|row| version_view(&state, row)).collect(),
        }))
    }

    /// List objections
    ///
    /// Of the classes of the caller's townships, oldest first; those that wait for an answer with `state=open`.
    #[oai(path = "/objections", method = "get", operation_id = "listObjections")]
    async fn list_objections(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those in this state.
        #[oai(name = "state")]
        wanted: Query<Option<ObjectionState>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<ObjectionPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::objection_page(state.db.read(), &scope, wanted.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.what.id);
        let items = rows.into_iter().map(|row| listed_view(&state, row));
        Ok(Json(ObjectionPage::new((items.collect(), next))))
    }

    /// Answer an objection
    ///
    /// Upheld with words, or accepted with what the mark should say: then a new mark stands beside the old, and hours
    /// and counters follow at once.
    #[oai(
        path = "/objections/:objection_id/answer",
        method = "post",
        operation_id = "answerObjection"
    )]
    async fn answer_objection(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The objection.
        objection_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<ObjectionAnswerInput>,
    ) -> Result<Json<OwnObjectionView>> {
        let micros = |at: DateTime<FixedOffset>| at.timestamp_micros();
        let answer = Answer {
            accept: body.0.accept,
            words: body.0.words,
            check_in_at: body.0.check_in.map(micros),
            check_out_at: body.0.check_out.map(micros),
            score: body.0.score,
        };
        let retry = Retry::of(key.0, "answerObjection", &(objection_id.0, &answer))?;
        let answered =
            super::answer_objection(&state, &caller.0, retry, objection_id.0, answer).await?;
        Ok(Json(objection_view(&state, answered)))
    }
}

fn points(hundredths: Option<i32>) -> Option<f64> {
    hundredths.map(|score| f64::from(score) / 100.0)
}

fn own_view(state: &App, row: OwnMark) -> MyMarkView {
    let local = |at| state.clock.local(at);
    let mark = &row.version.mark;
    let open = row
        .objection
        .as_ref()
        .is_some_and(|said| said.state == ObjectionState::Open);
    MyMarkView {
        id: mark.id,
        class_id: row.class.id,
        title: row.class.title,
        place: row.class.place,
        day: row.class.day,
        check_in: mark.check_in_at.map(local),
        check_out: mark.check_out_at.map(local),
        minutes: mark.minutes,
        score: points(mark.score_hundredths),
        passed: mark.passed,
        word: match row.version.confirmed_at {
            _ if open => WorkersWord::Objected,
            Some(_) => WorkersWord::Confirmed,
            None => WorkersWord::None,
        },
        confirmed_at: row.version.confirmed_at.map(local),
        objection: row.objection.map(|said| objection_view(state, said)),
    }
}

fn version_view(state: &App, row: &Version) -> MarkVersionView {
    let local = |at| state.clock.local(at);
    MarkVersionView {
        id: row.mark.id,
        check_in: row.mark.check_in_at.map(local),
        check_out: row.mark.check_out_at.map(local),
        minutes: row.mark.minutes,
        score: points(row.mark.score_hundredths),
        passed: row.mark.passed,
        method: row.method.clone(),
        entered_by: row.account_id,
        recorded_at: local(row.recorded_at),
        confirmed_at: row.confirmed_at.map(local),
        stands: row.stands,
    }
}

fn objection_view(state: &App, said: Objection) -> OwnObjectionView {
    let local = |at| state.clock.local(at);
    OwnObjectionView {
        id: said.id,
        mark_id: said.mark_id,
        words: said.words,
        state: said.state,
        answer: said.answer,
        new_mark_id: said.new_mark_id,
        raised_at: local(said.raised_at),
        answered_at: said.answered_at.map(local),
    }
}

fn listed_view(state: &App, row: Listed<Objection>) -> ObjectionView {
    ObjectionView {
        class_id: row.what.class_id,
        person_id: row.person_id,
        name: row.name,
        id_number: row.id_masked,
        objection: objection_view(state, row.what),
    }
}
