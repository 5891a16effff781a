//! Taking exams, and what they came to, on the wire.

mod shown;
mod views;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::store;
use crate::exams::papers;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result, Scope};
use shown::{attempt_view, exams, statistics};
use views::{
    AnswersInput, AttemptPage, AttemptRowView, AttemptView, ExamBeginning, ExamResultPage,
    MyExamPage, PaperStatistics, SavedAnswers, SubmissionInput,
};

/// Taking exams.
pub struct AttemptsApi;

#[OpenApi(prefix_path = "/v1/exams", tag = "Tag::Exams")]
impl AttemptsApi {
    /// List the exams one may take
    ///
    /// Published papers of the plans that ask the caller, and those open to everybody, with what he has of each.
    #[oai(path = "/mine", method = "get", operation_id = "listMyExams")]
    async fn list_my_exams(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<MyExamPage>> {
        let scope = caller.0.may(Action::Learn)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let person = super::examinee(&caller.0)?;
        let db = state.db.read();
        let plans = store::plans_of(db, &scope, person, state.clock.today()).await?;
        let rows = papers::store::open_to(db, &scope, &plans, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let tried = store::tried(db, &scope, &ids).await?;
        Ok(Json(MyExamPage::new((exams(&state, rows, &tried), next))))
    }

    /// Begin an exam
    ///
    /// Or go on with the one under way, on whatever phone: its questions and the answers given so far. The deadline is the
    /// server's.
    #[oai(
        path = "/papers/:paper_id/attempts",
        method = "post",
        operation_id = "beginExam"
    )]
    async fn begin_exam(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The paper.
        paper_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<ExamBeginning>,
    ) -> Result<Json<AttemptView>> {
        let retry = Retry::of(key.0, "beginExam", &paper_id.0)?;
        let device = body.0.device_id.as_deref();
        let attempt = super::begin(&state, &caller.0, retry, paper_id.0, device).await?;
        Ok(Json(attempt_view(&state, &caller.0, attempt).await?))
    }

    /// List one's own attempts
    ///
    /// By id, oldest first, with what they came to.
    #[oai(path = "/attempts", method = "get", operation_id = "listMyAttempts")]
    async fn list_my_attempts(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Of this paper.
        paper_id: Query<Option<Uuid>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<AttemptPage>> {
        let scope = caller.0.may(Action::Learn)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::page(state.db.read(), &scope, paper_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.iter().map(|row| AttemptRowView::of(&state, row));
        Ok(Json(AttemptPage::new((views.collect(), next))))
    }

    /// Show an attempt
    ///
    /// While it is open its questions and the answers given; once graded its result and, as the paper allows, each mark,
    /// right answer and explanation. One whose time is over is graded by being looked at.
    #[oai(
        path = "/attempts/:attempt_id",
        method = "get",
        operation_id = "getAttempt"
    )]
    async fn get_attempt(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The attempt.
        attempt_id: Path<Uuid>,
    ) -> Result<Json<AttemptView>> {
        let scope = caller.0.may(Action::Learn)?;
        let mut found = own(&state, &scope, attempt_id.0).await?;
        if found.submitted_at.is_none() && !found.is_open(state.clock.now()) {
            super::settle_overdue(&state, scope.county_id, attempt_id.0).await?;
            found = own(&state, &scope, attempt_id.0).await?;
        }
        Ok(Json(attempt_view(&state, &caller.0, found).await?))
    }

    /// Save answers
    ///
    /// As they are given, one or many; the same again changes nothing, and of several to one question the one given last
    /// stands, whatever order they come in. What is acknowledged is on disk.
    #[oai(
        path = "/attempts/:attempt_id/answers",
        method = "put",
        operation_id = "saveAnswers"
    )]
    async fn save_answers(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The attempt.
        attempt_id: Path<Uuid>,
        body: Json<AnswersInput>,
    ) -> Result<Json<SavedAnswers>> {
        let given = body.0.answers.into_iter().map(Into::into).collect();
        let saved = super::save(&state, &caller.0, attempt_id.0, given).await?;
        Ok(Json(SavedAnswers::of(&state, saved)))
    }

    /// Submit an attempt
    ///
    /// With answers not saved yet, if any. It is graded at once; the same again gives the same result.
    #[oai(
        path = "/attempts/:attempt_id/submission",
        method = "post",
        operation_id = "submitAttempt"
    )]
    async fn submit_attempt(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The attempt.
        attempt_id: Path<Uuid>,
        body: Json<SubmissionInput>,
    ) -> Result<Json<AttemptView>> {
        let given = body.0.answers.into_iter().map(Into::into).collect();
        let attempt = super::submit(&state, &caller.0, attempt_id.0, given).await?;
        Ok(Json(attempt_view(&state, &caller.0, attempt).await?))
    }

    /// List what an exam came to
    ///
    /// The attempts at a paper by those in reach, by id; numbers masked.
    #[oai(
        path = "/papers/:paper_id/results",
        method = "get",
        operation_id = "listExamResults"
    )]
    async fn list_exam_results(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The paper.
        paper_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<ExamResultPage>> {
        let scope = caller.0.may(Action::ReadPeople)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let db = state.db.read();
        let paper = papers::store::find(db, &scope, paper_id.0).await?;
        paper.ok_or_else(Fault::not_found)?;
        let rows = store::results(db, &scope, paper_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.into_iter().map(|row| views::result_view(&state, row));
        Ok(Json(ExamResultPage::new((views.collect(), next))))
    }

    /// Show how a paper's questions are answered
    ///
    /// Of each: how many had it right, and how well it tells good from weak; no names.
    #[oai(
        path = "/papers/:paper_id/statistics",
        method = "get",
        operation_id = "getPaperStatistics"
    )]
    async fn get_paper_statistics(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The paper.
        paper_id: Path<Uuid>,
    ) -> Result<Json<PaperStatistics>> {
        let scope = caller.0.may(Action::ManageExams)?;
        Ok(Json(statistics(&state, &scope, paper_id.0).await?))
    }
}

async fn own(state: &App, scope: &Scope, id: Uuid) -> Result<super::Attempt> {
    let found = store::find(state.db.read(), scope, id).await?;
    found.ok_or_else(Fault::not_found)
}
