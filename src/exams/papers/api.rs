//! Papers on the wire.

mod views;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::{PaperState, store};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};
use views::{PaperInput, PaperPage, PaperView, view};

/// Papers.
pub struct PapersApi;

#[OpenApi(prefix_path = "/v1/exams/papers", tag = "Tag::Exams")]
impl PapersApi {
    /// List papers
    ///
    /// The county's, by id.
    #[oai(path = "/", method = "get", operation_id = "listPapers")]
    async fn list_papers(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// In this state; all when absent. The state is named `status` in the query.
        status: Query<Option<PaperState>>,
        /// Of this plan.
        plan_id: Query<Option<Uuid>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<PaperPage>> {
        let scope = caller.0.may(Action::ManageExams)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::page(state.db.read(), &scope, status.0, plan_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.iter().map(|row| view(&state, row)).collect();
        Ok(Json(PaperPage::new((views, next))))
    }

    /// Draft a paper
    ///
    /// So many questions of each kind, tag and difficulty, drawn for everybody anew.
    #[oai(path = "/", method = "post", operation_id = "createPaper")]
    async fn create_paper(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<PaperInput>,
    ) -> Result<Json<PaperView>> {
        let draft = body.0.draft();
        let retry = Retry::of(key.0, "createPaper", &draft)?;
        let made = super::create(&state, &caller.0, retry, draft).await?;
        Ok(Json(view(&state, &made)))
    }

    /// Show a paper
    ///
    /// With its rules.
    #[oai(path = "/:paper_id", method = "get", operation_id = "getPaper")]
    async fn get_paper(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The paper.
        paper_id: Path<Uuid>,
    ) -> Result<Json<PaperView>> {
        let scope = caller.0.may(Action::ManageExams)?;
        let found = store::find(state.db.read(), &scope, paper_id.0).await?;
        Ok(Json(view(&state, &found.ok_or_else(Fault::not_found)?)))
    }

    /// Write a draft of a paper anew
    ///
    /// Until it is published; a published paper is retired and another one drafted.
    #[oai(path = "/:paper_id", method = "put", operation_id = "updatePaper")]
    async fn update_paper(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The paper.
        paper_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<PaperInput>,
    ) -> Result<Json<PaperView>> {
        let draft = body.0.draft();
        let retry = Retry::of(key.0, "updatePaper", &(paper_id.0, &draft))?;
        let app = state.0.clone();
        let seen = Seen::of(if_match.0, move |paper| view(&app, paper));
        let made = super::update(&state, &caller.0, retry, paper_id.0, draft, seen).await?;
        Ok(Json(view(&state, &made)))
    }

    /// Publish a paper
    ///
    /// From here on its rules stand; refused when the bank has fewer questions than it asks for.
    #[oai(
        path = "/:paper_id/publication",
        method = "post",
        operation_id = "publishPaper"
    )]
    async fn publish_paper(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The paper.
        paper_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<PaperView>> {
        let retry = Retry::of(key.0, "publishPaper", &paper_id.0)?;
        let made = super::publish(&state, &caller.0, retry, paper_id.0).await?;
        Ok(Json(view(&state, &made)))
    }

    /// Retire a paper
    ///
    /// Nobody begins it any more; whoever is at it finishes.
    #[oai(
        path = "/:paper_id/retirement",
        method = "post",
        operation_id = "retirePaper"
    )]
    async fn retire_paper(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The paper.
        paper_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<PaperView>> {
        let retry = Retry::of(key.0, "retirePaper", &paper_id.0)?;
        let made = super::retire(&state, &caller.0, retry, paper_id.0).await?;
        Ok(Json(view(&state, &made)))
    }
}
