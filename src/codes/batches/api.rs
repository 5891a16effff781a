//! Suspensions of many certificates at once, on the wire.

mod views;

use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::rules::BatchState;
use super::store::Batch;
use super::{Selection, apply, get, list, members, preview, stage, undo};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};
use views::{
    SuspensionBatchInput, SuspensionBatchPage, SuspensionBatchView, SuspensionMemberPage,
    SuspensionPreviewInput, SuspensionPreviewView, SuspensionUndoInput, batch_view, member_view,
    preview_view,
};

/// What an application or an undoing answers.
#[derive(ApiResponse)]
enum Turned {
    /// Done.
    #[oai(status = 200)]
    Done(Json<SuspensionBatchView>),
    /// Large: it goes on as a job, whose progress `GET /v1/jobs/{job_id}` tells.
    #[oai(status = 202)]
    Queued(Json<SuspensionBatchView>),
}

/// Suspensions of many.
pub struct BatchesApi;

#[OpenApi(prefix_path = "/v1/codes/suspension-batches", tag = "Tag::Codes")]
impl BatchesApi {
    /// Preview a suspension
    ///
    /// Tells how many certificates a selection names, by township and item, and a token of what was seen. Nothing changes.
    #[oai(path = "/preview", method = "post", operation_id = "previewSuspension")]
    async fn preview_suspension(
        &self,
        state: Data<&App>,
        caller: Signed,
        body: Json<SuspensionPreviewInput>,
    ) -> Result<Json<SuspensionPreviewView>> {
        let selection: Selection = body.0.selection.into();
        let seen = preview(&state, &caller.0, &selection).await?;
        Ok(Json(preview_view(seen)))
    }

    /// Stage a suspension
    ///
    /// Freezes the list that the preview showed. Nothing is suspended before it is applied.
    #[oai(path = "/", method = "post", operation_id = "stageSuspensionBatch")]
    async fn stage_suspension_batch(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<SuspensionBatchInput>,
    ) -> Result<Json<SuspensionBatchView>> {
        let SuspensionBatchInput {
            selection,
            cause,
            token,
        } = body.0;
        let selection: Selection = selection.into();
        let retry = Retry::of(key.0, "stageSuspensionBatch", &(&selection, &cause, &token))?;
        let told = (cause.as_str(), token.as_str());
        let batch = stage(&state, &caller.0, retry, selection, told).await?;
        Ok(Json(batch_view(&state, &batch)))
    }

    /// List suspensions
    ///
    /// The county's batches, by id.
    #[oai(path = "/", method = "get", operation_id = "listSuspensionBatches")]
    async fn list_suspension_batches(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<SuspensionBatchPage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = list(&state, &caller.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let items = rows.iter().map(|row| batch_view(&state, row)).collect();
        Ok(Json(SuspensionBatchPage::new((items, next))))
    }

    /// Show a suspension
    #[oai(
        path = "/:batch_id",
        method = "get",
        operation_id = "getSuspensionBatch"
    )]
    async fn get_suspension_batch(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The batch.
        batch_id: Path<Uuid>,
    ) -> Result<Json<SuspensionBatchView>> {
        let batch = get(&state, &caller.0, batch_id.0).await?;
        Ok(Json(batch_view(&state, &batch)))
    }

    /// List a suspension's certificates
    ///
    /// The frozen list, by certificate, and what was done to each.
    #[oai(
        path = "/:batch_id/certificates",
        method = "get",
        operation_id = "listSuspensionCertificates"
    )]
    async fn list_suspension_certificates(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The batch.
        batch_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<SuspensionMemberPage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = members(&state, &caller.0, batch_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.certificate_id);
        let items = rows.into_iter().map(member_view).collect();
        Ok(Json(SuspensionMemberPage::new((items, next))))
    }

    /// Apply a suspension
    ///
    /// Suspends what of the list stands active. Its holders' codes follow: red at once online, offline with the next trust
    /// bundle; each holder is told. Applied again, it answers the same.
    #[oai(
        path = "/:batch_id/application",
        method = "post",
        operation_id = "applySuspensionBatch"
    )]
    async fn apply_suspension_batch(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The batch.
        batch_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Turned> {
        let retry = Retry::of(key.0, "applySuspensionBatch", &batch_id.0)?;
        let seen = seen(&state, if_match.0);
        let batch = apply(&state, &caller.0, retry, batch_id.0, seen).await?;
        Ok(turned(&state, &batch))
    }

    /// Undo a suspension
    ///
    /// Gives back what this batch suspended, but for what was changed since and what another batch asks to stay suspended.
    /// A staged batch is put away.
    #[oai(
        path = "/:batch_id/undoing",
        method = "post",
        operation_id = "undoSuspensionBatch"
    )]
    async fn undo_suspension_batch(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The batch.
        batch_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<SuspensionUndoInput>,
    ) -> Result<Turned> {
        let reason = body.0.reason;
        let retry = Retry::of(key.0, "undoSuspensionBatch", &(batch_id.0, &reason))?;
        let seen = seen(&state, if_match.0);
        let batch = undo(&state, &caller.0, retry, batch_id.0, &reason, seen).await?;
        Ok(turned(&state, &batch))
    }
}

fn seen(state: &App, if_match: Option<String>) -> Seen<Batch> {
    let shown = state.clone();
    Seen::of(if_match, move |batch: &Batch| batch_view(&shown, batch))
}

fn turned(state: &App, batch: &Batch) -> Turned {
    let view = Json(batch_view(state, batch));
    if matches!(batch.state, BatchState::Applying | BatchState::Undoing) {
        Turned::Queued(view)
    } else {
        Turned::Done(view)
    }
}
