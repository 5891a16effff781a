//! The bank on the wire.

mod views;

use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::types::multipart::Upload;
use poem_openapi::{ApiResponse, Multipart, OpenApi};
use uuid::Uuid;

use super::formats::Format;
use super::rules::Kind;
use super::store::{self, Wanted};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result, intake};
use views::{
    QuestionImport, QuestionInput, QuestionPage, QuestionRetirement, QuestionView, import_view,
    view,
};

/// Questions of a page read for the sheet.
const AT_ONCE: i32 = 200;

/// A file of questions handed in.
#[derive(Debug, Multipart)]
#[oai(deny_unknown_fields)]
pub struct QuestionsForm {
    /// A sheet (.xlsx, .xls, .ods, .csv, .tsv) in the template's columns, or a text in GIFT or Aiken; at most 32 MB.
    file: Upload,
    /// How it is written; its content tells when absent.
    format: Option<Format>,
    /// Only tell what would happen; write nothing.
    #[oai(default)]
    preview: bool,
}

/// A spreadsheet.
#[derive(ApiResponse)]
enum Sheet {
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

/// The bank of questions.
pub struct QuestionsApi;

#[OpenApi(prefix_path = "/v1/exams", tag = "Tag::Exams")]
impl QuestionsApi {
    /// List questions
    ///
    /// The county's bank, by id; by kind, tag, part of the text, or only those nearly the same as another.
    #[oai(path = "/questions", method = "get", operation_id = "listQuestions")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each query parameter is an argument"
    )]
    async fn list_questions(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Of this kind.
        kind: Query<Option<Kind>>,
        /// With this tag.
        #[oai(validator(max_length = 30))]
        tag: Query<Option<String>>,
        /// Part of the text, the options or the explanation.
        #[oai(validator(max_length = 100))]
        q: Query<Option<String>>,
        /// Only those nearly the same as another.
        alike: Query<Option<bool>>,
        /// Only retired ones, or only those that are drawn; all when absent.
        retired: Query<Option<bool>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<QuestionPage>> {
        let scope = caller.0.may(Action::ManageExams)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let text = q.0.map(|text| text.trim().to_owned());
        let wanted = Wanted {
            kind: kind.0,
            tag: tag.0,
            text: text.filter(|text| !text.is_empty()),
            alike: alike.0.unwrap_or(false),
            retired: retired.0,
            ..Wanted::default()
        };
        let rows = store::page(state.db.read(), &scope, &wanted, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.iter().map(|row| view(&state, row)).collect();
        Ok(Json(QuestionPage::new((views, next))))
    }

    /// Put a question into the bank
    ///
    /// Single or multiple choice, or true or false. One that the bank has is refused; one nearly the same is flagged.
    #[oai(path = "/questions", method = "post", operation_id = "createQuestion")]
    async fn create_question(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<QuestionInput>,
    ) -> Result<Json<QuestionView>> {
        let content = body.0.content();
        let retry = Retry::of(key.0, "createQuestion", &content)?;
        let made = super::create(&state, &caller.0, retry, content).await?;
        Ok(Json(view(&state, &made)))
    }

    /// Show a question
    ///
    /// As it is now, with its answer.
    #[oai(
        path = "/questions/:question_id",
        method = "get",
        operation_id = "getQuestion"
    )]
    async fn get_question(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The question.
        question_id: Path<Uuid>,
    ) -> Result<Json<QuestionView>> {
        let scope = caller.0.may(Action::ManageExams)?;
        let found = store::find(state.db.read(), &scope, question_id.0).await?;
        Ok(Json(view(&state, &found.ok_or_else(Fault::not_found)?)))
    }

    /// Write a question anew
    ///
    /// A new version for exams to come; whoever was asked the old one is graded by the old one.
    #[oai(
        path = "/questions/:question_id",
        method = "put",
        operation_id = "updateQuestion"
    )]
    async fn update_question(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The question.
        question_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<QuestionInput>,
    ) -> Result<Json<QuestionView>> {
        let content = body.0.content();
        let retry = Retry::of(key.0, "updateQuestion", &(question_id.0, &content))?;
        let app = state.0.clone();
        let seen = Seen::of(if_match.0, move |question| view(&app, question));
        let made = super::update(&state, &caller.0, retry, question_id.0, content, seen).await?;
        Ok(Json(view(&state, &made)))
    }

    /// Take a question out of what is drawn
    ///
    /// Or put it back. Exams that asked it keep it.
    #[oai(
        path = "/questions/:question_id/retirement",
        method = "put",
        operation_id = "retireQuestion"
    )]
    async fn retire_question(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The question.
        question_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<QuestionRetirement>,
    ) -> Result<Json<QuestionView>> {
        let retired = body.0.retired;
        let retry = Retry::of(key.0, "retireQuestion", &(question_id.0, retired))?;
        let made = super::retire(&state, &caller.0, retry, question_id.0, retired).await?;
        Ok(Json(view(&state, &made)))
    }

    /// Import questions from a file
    ///
    /// A sheet in the template's columns, GIFT or Aiken. Good questions go in, others are named with row, reason and
    /// remedy; what the bank has is left alone; what is nearly the same as another goes in flagged. With `preview`
    /// nothing is written.
    #[oai(
        path = "/question-imports",
        method = "post",
        operation_id = "importQuestions"
    )]
    async fn import_questions(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        form: QuestionsForm,
    ) -> Result<Json<QuestionImport>> {
        let file = intake::take(form.file).await?;
        let content = (&file.hash, form.format, form.preview);
        let retry = Retry::of(key.0, "importQuestions", &content)?;
        let (by, format) = (&caller.0, form.format);
        let done = super::import(&state, by, retry, file.bytes, format, form.preview).await?;
        Ok(Json(import_view(done)))
    }

    /// Export the bank
    ///
    /// An .xlsx in the template's columns: it can be mended and imported again.
    #[oai(
        path = "/questions.xlsx",
        method = "get",
        operation_id = "exportQuestions"
    )]
    async fn export_questions(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// With this tag.
        #[oai(validator(max_length = 30))]
        tag: Query<Option<String>>,
    ) -> Result<Sheet> {
        let scope = caller.0.may(Action::ManageExams)?;
        let wanted = Wanted {
            tag: tag.0,
            retired: Some(false),
            ..Wanted::default()
        };
        // Read page by page while it is written, so that the bank is never in memory at once.
        let (told, mut heard) = tokio::sync::mpsc::channel(1);
        let each = std::iter::from_fn(move || heard.blocking_recv());
        let writing = tokio::task::spawn_blocking(move || super::bank(each.flatten()));
        let mut cursor: Option<String> = None;
        loop {
            let page = Page::read(Some(AT_ONCE), cursor.as_deref())?;
            let rows = store::page(state.db.read(), &scope, &wanted, &page).await?;
            let (rows, next) = page.cut(rows, |row| row.id);
            let contents: Vec<_> = rows.into_iter().map(|row| row.content).collect();
            if told.send(contents).await.is_err() || next.is_none() {
                break;
            }
            cursor = next;
        }
        drop(told);
        file(writing, "questions.xlsx", "%E9%A2%98%E5%BA%93.xlsx").await
    }

    /// Fetch the template for questions
    ///
    /// An .xlsx with the columns and an example of each kind.
    #[oai(
        path = "/question-template.xlsx",
        method = "get",
        operation_id = "getQuestionTemplate"
    )]
    async fn get_question_template(&self, caller: Signed) -> Result<Sheet> {
        caller.0.may(Action::ManageExams)?;
        let writing = tokio::task::spawn_blocking(|| super::bank(views::examples()));
        file(
            writing,
            "template.xlsx",
            "%E9%A2%98%E5%BA%93%E6%A8%A1%E6%9D%BF.xlsx",
        )
        .await
    }
}

async fn file(
    writing: tokio::task::JoinHandle<Result<Vec<u8>>>,
    plain: &str,
    encoded: &str,
) -> Result<Sheet> {
    let bytes = writing
        .await
        .map_err(|e| Fault::internal(e.to_string()))??;
    let name = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
    Ok(Sheet::File(Binary(bytes), name))
}
