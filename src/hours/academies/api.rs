//! Academies on the wire.

mod views;

use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::types::multipart::{JsonField, Upload as FileUpload};
use poem_openapi::{ApiResponse, Multipart, OpenApi};
use uuid::Uuid;

use super::{store, uploads};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result, intake};
use views::{
    AcademyInput, AcademyLinePage, AcademyPage, AcademyUploadPage, AcademyUploadView, AcademyView,
    MappingInput, line_view, upload_view, view,
};

/// A sheet of an academy handed in.
#[derive(Debug, Multipart)]
#[oai(deny_unknown_fields)]
pub struct AcademyForm {
    /// The sheet: .xlsx, .xls, .ods, .csv or .tsv, at most 32 MB.
    file: FileUpload,
    /// The plan it counts toward.
    plan_id: Uuid,
    /// The township it is handed in for; the caller's own when absent. Its officers see the sheet.
    region_id: Option<Uuid>,
    /// What its columns mean; the academy's own mapping when absent.
    mapping: Option<JsonField<MappingInput>>,
}

/// What a commit answers.
#[derive(ApiResponse)]
enum Committed {
    /// Committed.
    #[oai(status = 200)]
    Done(Json<AcademyUploadView>),
    /// Large: it goes on as a job, whose progress `GET /v1/jobs/{job_id}` tells.
    #[oai(status = 202)]
    Queued(Json<AcademyUploadView>),
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

/// Outside academies and their results.
pub struct AcademiesApi;

#[OpenApi(prefix_path = "/v1/hours", tag = "Tag::Hours")]
impl AcademiesApi {
    /// List outside academies
    ///
    /// The county's academies with the mapping each keeps, in the order they were put on file.
    #[oai(path = "/academies", method = "get", operation_id = "listAcademies")]
    async fn list_academies(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<AcademyPage>> {
        let scope = caller.0.may(Action::ImportResults)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::academies(state.db.read(), &scope, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.into_iter().map(|row| view(&state, row)).collect();
        Ok(Json(AcademyPage::new((views, next))))
    }

    /// Put an outside academy on file
    ///
    /// Its sheets are read by the mapping given, or by the field's own words where none is.
    #[oai(path = "/academies", method = "post", operation_id = "createAcademy")]
    async fn create_academy(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<AcademyInput>,
    ) -> Result<Json<AcademyView>> {
        let retry = Retry::of(key.0, "createAcademy", &body.0)?;
        let mapping = body.0.mapping.map(Into::into).unwrap_or_default();
        let made = super::create(&state, &caller.0, retry, &body.0.name, mapping).await?;
        Ok(Json(view(&state, made)))
    }

    /// Say how an academy's sheets are read
    ///
    /// In place of the mapping before, for the sheets to come.
    #[oai(
        path = "/academies/:academy_id/mapping",
        method = "put",
        operation_id = "setAcademyMapping"
    )]
    async fn set_academy_mapping(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The academy.
        academy_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The `ETag` of what was seen; the change is refused when it is no more so.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<MappingInput>,
    ) -> Result<Json<AcademyView>> {
        let retry = Retry::of(key.0, "setAcademyMapping", &(academy_id.0, &body.0))?;
        let app = (*state).clone();
        let seen = Seen::of(if_match.0, move |academy: &super::Academy| {
            view(&app, academy.clone())
        });
        let mapping = body.0.into();
        let set = super::set_mapping(&state, &caller.0, retry, seen, academy_id.0, mapping).await?;
        Ok(Json(view(&state, set)))
    }

    /// Upload a sheet of an academy for preview
    ///
    /// Reads it and gives a verdict for each line and the meaning of each column; nothing of the county changes until it
    /// is committed.
    #[oai(
        path = "/academies/:academy_id/uploads",
        method = "post",
        operation_id = "previewAcademyUpload"
    )]
    async fn preview_academy_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The academy.
        academy_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        form: AcademyForm,
    ) -> Result<Json<AcademyUploadView>> {
        let file = intake::take(form.file).await?;
        let mapping = form.mapping.map(|told| told.0);
        let of = uploads::Target {
            academy_id: academy_id.0,
            plan_id: form.plan_id,
            region_id: form.region_id,
        };
        let retry = Retry::of(key.0, "previewAcademyUpload", &(&file.hash, of, &mapping))?;
        let mapping = mapping.map(Into::into);
        let upload = uploads::preview(&state, &caller.0, retry, file, of, mapping).await?;
        Ok(Json(upload_view(&state, upload)))
    }

    /// List sheets of academies
    ///
    /// Those of the caller's township and his own, in the order they came.
    #[oai(
        path = "/academy-uploads",
        method = "get",
        operation_id = "listAcademyUploads"
    )]
    async fn list_academy_uploads(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<AcademyUploadPage>> {
        let scope = caller.0.may(Action::ImportResults)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::uploads(state.db.read(), &scope, caller.0.account(), &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.into_iter().map(|row| upload_view(&state, row));
        Ok(Json(AcademyUploadPage::new((views.collect(), next))))
    }

    /// Show a sheet of an academy
    ///
    /// One sheet with its counts and the meaning of each column.
    #[oai(
        path = "/academy-uploads/:upload_id",
        method = "get",
        operation_id = "getAcademyUpload"
    )]
    async fn get_academy_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The sheet.
        upload_id: Path<Uuid>,
    ) -> Result<Json<AcademyUploadView>> {
        let scope = caller.0.may(Action::ImportResults)?;
        let row = store::upload(state.db.read(), &scope, caller.0.account(), upload_id.0).await?;
        row.map(|row| Json(upload_view(&state, row)))
            .ok_or_else(Fault::not_found)
    }

    /// List the verdicts of an academy's sheet
    ///
    /// Line by line in the order of the sheet; all, only the accepted, or only the refused.
    #[oai(
        path = "/academy-uploads/:upload_id/lines",
        method = "get",
        operation_id = "listAcademyUploadLines"
    )]
    async fn list_academy_upload_lines(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The sheet.
        upload_id: Path<Uuid>,
        /// Only accepted or only refused lines.
        accepted: Query<Option<bool>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<AcademyLinePage>> {
        let scope = caller.0.may(Action::ImportResults)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let db = state.db.read();
        store::upload(db, &scope, caller.0.account(), upload_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        // Lines are in the order of their number, carried in the cursor's low half.
        let after = page
            .after
            .and_then(|id| i32::try_from(id.as_u128()).ok())
            .unwrap_or(0);
        let rows = store::line_page(db, upload_id.0, accepted.0, after, page.limit + 1).await?;
        let number = |row: &store::Verdict| Uuid::from_u128(u128::from(row.line.unsigned_abs()));
        let (rows, next) = page.cut(rows, number);
        let views = rows.into_iter().map(|row| line_view(row, caller.0.lang));
        Ok(Json(AcademyLinePage::new((views.collect(), next))))
    }

    /// Commit a sheet of an academy
    ///
    /// Good lines go into the ledger with their counters, in one transaction, and the academy keeps the mapping. A large
    /// sheet goes on as a job. Committing again has no second effect.
    #[oai(
        path = "/academy-uploads/:upload_id/commit",
        method = "post",
        operation_id = "commitAcademyUpload"
    )]
    async fn commit_academy_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The sheet.
        upload_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Committed> {
        let retry = Retry::of(key.0, "commitAcademyUpload", &upload_id.0)?;
        let done = uploads::commit(&state, &caller.0, retry, upload_id.0).await?;
        let queued = done.state == "queued";
        let answer = Json(upload_view(&state, done));
        Ok(if queued {
            Committed::Queued(answer)
        } else {
            Committed::Done(answer)
        })
    }

    /// Discard a sheet of an academy
    ///
    /// A previewed sheet is put away and can no longer be committed.
    #[oai(
        path = "/academy-uploads/:upload_id",
        method = "delete",
        operation_id = "discardAcademyUpload"
    )]
    async fn discard_academy_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The sheet.
        upload_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<AcademyUploadView>> {
        let retry = Retry::of(key.0, "discardAcademyUpload", &upload_id.0)?;
        let gone = uploads::discard(&state, &caller.0, retry, upload_id.0).await?;
        Ok(Json(upload_view(&state, gone)))
    }

    /// Download the refused lines of an academy's sheet
    ///
    /// A sheet of the same shape with a column of reasons, ready to mend and send again.
    #[oai(
        path = "/academy-uploads/:upload_id/refused.xlsx",
        method = "get",
        operation_id = "getRefusedResults"
    )]
    async fn get_refused_results(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The sheet.
        upload_id: Path<Uuid>,
    ) -> Result<Sheet> {
        let bytes = uploads::refused_sheet(&state, &caller.0, upload_id.0).await?;
        let name = "attachment; filename=\"refused.xlsx\"".to_owned();
        Ok(Sheet::File(Binary(bytes), name))
    }
}
