//! One's own marks, their history, and objections to them, on the wire.

mod views;

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::{Answer, ObjectionState, store};
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};

use views::{
    MarkConfirmedView, MarkHistoryView, MyMarkPage, ObjectionAnswerInput, ObjectionInput,
    ObjectionPage, OwnObjectionView, listed_view, objection_view, own_view, version_view,
};

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
    /// Of the classes of the caller's townships, oldest first; those that wait for an answer with `state=open`, those
    /// that have waited too long with `overdue=true`.
    #[oai(path = "/objections", method = "get", operation_id = "listObjections")]
    async fn list_objections(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those in this state.
        #[oai(name = "state")]
        wanted: Query<Option<ObjectionState>>,
        /// Only open ones whose week is over.
        overdue: Query<Option<bool>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<ObjectionPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let before = overdue
            .0
            .unwrap_or(false)
            .then(|| super::overdue_before(state.clock.now()));
        let wanted = (wanted.0, before);
        let rows = store::objection_page(state.db.read(), &scope, wanted, &page).await?;
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
