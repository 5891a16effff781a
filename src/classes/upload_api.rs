//! Attendance uploads on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::types::multipart::Upload as FileUpload;
use poem_openapi::{ApiResponse, Multipart, Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::assess::Target;
use super::store_uploads::{self, LineVerdict, Upload};
use super::uploads;
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::locale::Lang;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result, error, intake};

/// A sign-in sheet handed in.
#[derive(Debug, Multipart)]
#[oai(deny_unknown_fields)]
pub struct AttendanceForm {
    /// The sheet: .xlsx, .xls, .ods, .csv or .tsv, at most 32 MB.
    file: FileUpload,
    /// The plan it counts toward.
    plan_id: Uuid,
    /// The township that held the classes; told from the sheet when absent.
    region_id: Option<Uuid>,
    /// The one class it belongs to; found or made from the sheet when absent.
    class_id: Option<Uuid>,
}

/// How to commit an upload.
#[derive(Debug, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct CommitInput {
    /// Write nothing if any line is refused.
    #[oai(default)]
    pub all_or_nothing: bool,
}

/// How many lines there are of one kind.
#[derive(Debug, Clone, Object)]
pub struct LineCount {
    /// `accepted`, a reason's code, or `new`, `changed`, `unchanged`.
    pub code: String,
    /// Lines.
    pub count: i64,
}

/// A class that a sheet tells of.
#[derive(Debug, Clone, Object)]
pub struct SheetClass {
    /// Title.
    pub title: String,
    /// Day, as YYYY-MM-DD; empty when it cannot be told.
    pub day: String,
}

/// An uploaded sheet.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct AttendanceUploadView {
    /// Id.
    pub id: Uuid,
    /// The plan it counts toward.
    pub plan_id: Uuid,
    /// The township, where it is one.
    pub region_id: Option<Uuid>,
    /// The one class it was uploaded to.
    pub class_id: Option<Uuid>,
    /// The file's name.
    pub file_name: String,
    /// `previewed`, `queued`, `committed` or `discarded`.
    pub state: String,
    /// Data lines.
    pub lines: i64,
    /// Lines that count.
    pub accepted: i64,
    /// Lines that are refused.
    pub refused: i64,
    /// Lines by verdict.
    pub counts: Vec<LineCount>,
    /// Accepted lines by what they do to the marks already there.
    pub effects: Vec<LineCount>,
    /// The classes it holds.
    pub classes: Vec<SheetClass>,
    /// The job that commits it, when it is large.
    pub job_id: Option<Uuid>,
    /// When it was uploaded.
    pub created_at: DateTime<FixedOffset>,
    /// When it was committed.
    pub committed_at: Option<DateTime<FixedOffset>>,
}

/// The verdict on one line.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct LineVerdictView {
    /// Number of the data line, from 1.
    pub line: i32,
    /// The tab; empty for text files.
    pub tab: String,
    /// Row in the sheet as its user sees it, from 1.
    pub sheet_row: i32,
    /// Whether it counts.
    pub accepted: bool,
    /// Why it is refused, as a stable word.
    pub reason: Option<String>,
    /// Why it is refused and what to do, in the reader's language.
    pub detail: Option<String>,
    /// What it does to the mark that may be there: `new`, `changed`, `unchanged`.
    pub effect: Option<String>,
    /// What to look at although it counts: `enterprise_unknown`, `employer_came_later`,
    /// `enterprise_from_line_above`.
    pub warnings: Vec<String>,
    /// Name as read.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// Employer as written.
    pub enterprise_name: String,
}

page_of!(
    /// A page of uploads.
    AttendanceUploadPage,
    AttendanceUploadView
);
page_of!(
    /// A page of verdicts.
    LineVerdictPage,
    LineVerdictView
);

/// What a commit answers.
#[derive(ApiResponse)]
enum Committed {
    /// Committed.
    #[oai(status = 200)]
    Done(Json<AttendanceUploadView>),
    /// Large: it goes on as a job, whose progress `GET /v1/jobs/{job_id}` tells.
    #[oai(status = 202)]
    Queued(Json<AttendanceUploadView>),
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

/// Attendance uploads.
pub struct AttendanceUploadsApi;

#[OpenApi(prefix_path = "/v1/classes/attendance-uploads", tag = "Tag::Classes")]
impl AttendanceUploadsApi {
    /// Upload a sign-in sheet for preview
    ///
    /// Reads it and gives a verdict for each line; nothing of the county changes until it is committed.
    #[oai(path = "/", method = "post", operation_id = "previewAttendanceUpload")]
    async fn preview_attendance_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        form: AttendanceForm,
    ) -> Result<Json<AttendanceUploadView>> {
        let file = intake::take(form.file).await?;
        let told = (&file.hash, form.plan_id, form.region_id, form.class_id);
        let retry = Retry::of(key.0, "previewAttendanceUpload", &told)?;
        let target = Target {
            region_id: form.region_id,
            class_id: form.class_id,
        };
        let upload = uploads::preview(&state, &caller.0, retry, file, form.plan_id, target).await?;
        Ok(Json(view(&state, upload)))
    }

    /// List uploads
    ///
    /// Uploads of the caller's townships and his own, in the order they came.
    #[oai(path = "/", method = "get", operation_id = "listAttendanceUploads")]
    async fn list_attendance_uploads(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<AttendanceUploadPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows =
            store_uploads::uploads(state.db.read(), &scope, caller.0.account(), &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(AttendanceUploadPage::new((
            rows.into_iter().map(|row| view(&state, row)).collect(),
            next,
        ))))
    }

    /// Show an upload
    ///
    /// One upload with its counts.
    #[oai(
        path = "/:upload_id",
        method = "get",
        operation_id = "getAttendanceUpload"
    )]
    async fn get_attendance_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The upload.
        upload_id: Path<Uuid>,
    ) -> Result<Json<AttendanceUploadView>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let row =
            store_uploads::upload(state.db.read(), &scope, caller.0.account(), upload_id.0).await?;
        row.map(|row| Json(view(&state, row)))
            .ok_or_else(Fault::not_found)
    }

    /// List the verdicts of an upload
    ///
    /// Line by line in the order of the sheet; all, only the accepted, or only the refused.
    #[oai(
        path = "/:upload_id/lines",
        method = "get",
        operation_id = "listAttendanceUploadLines"
    )]
    async fn list_attendance_upload_lines(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The upload.
        upload_id: Path<Uuid>,
        /// Only accepted or only refused lines.
        accepted: Query<Option<bool>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<LineVerdictPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let db = state.db.read();
        store_uploads::upload(db, &scope, caller.0.account(), upload_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        // Lines are in the order of their number, carried in the cursor's low half.
        let after = page
            .after
            .and_then(|id| i32::try_from(id.as_u128()).ok())
            .unwrap_or(0);
        let rows =
            store_uploads::line_page(db, upload_id.0, accepted.0, after, page.limit + 1).await?;
        let (rows, next) = page.cut(rows, |row| {
            Uuid::from_u128(u128::from(row.line.unsigned_abs()))
        });
        let lang = caller.0.lang;
        Ok(Json(LineVerdictPage::new((
            rows.into_iter().map(|row| line_view(row, lang)).collect(),
            next,
        ))))
    }

    /// Commit an upload
    ///
    /// Good lines go in with their hours and counters, in one transaction. A large sheet goes on as a job. Committing
    /// again has no second effect.
    #[oai(
        path = "/:upload_id/commit",
        method = "post",
        operation_id = "commitAttendanceUpload"
    )]
    async fn commit_attendance_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The upload.
        upload_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<CommitInput>,
    ) -> Result<Committed> {
        let retry = Retry::of(key.0, "commitAttendanceUpload", &(upload_id.0, &body.0))?;
        let done =
            uploads::commit(&state, &caller.0, retry, upload_id.0, body.0.all_or_nothing).await?;
        let queued = done.state == "queued";
        let answer = Json(view(&state, done));
        Ok(if queued {
            Committed::Queued(answer)
        } else {
            Committed::Done(answer)
        })
    }

    /// Discard an upload
    ///
    /// A previewed upload is put away and can no longer be committed.
    #[oai(
        path = "/:upload_id",
        method = "delete",
        operation_id = "discardAttendanceUpload"
    )]
    async fn discard_attendance_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The upload.
        upload_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<AttendanceUploadView>> {
        let retry = Retry::of(key.0, "discardAttendanceUpload", &upload_id.0)?;
        Ok(Json(view(
            &state,
            uploads::discard(&state, &caller.0, retry, upload_id.0).await?,
        )))
    }

    /// Download the refused lines
    ///
    /// A sheet of the same shape with a column of reasons, ready to mend and send again.
    #[oai(
        path = "/:upload_id/refused.xlsx",
        method = "get",
        operation_id = "getRefusedSheet"
    )]
    async fn get_refused_sheet(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The upload.
        upload_id: Path<Uuid>,
    ) -> Result<Sheet> {
        let bytes = uploads::refused_sheet(&state, &caller.0, upload_id.0).await?;
        Ok(Sheet::File(
            Binary(bytes),
            "attachment; filename=\"refused.xlsx\"".to_owned(),
        ))
    }
}

fn view(state: &App, upload: Upload) -> AttendanceUploadView {
    let counted = |map: std::collections::BTreeMap<String, i64>| {
        map.into_iter()
            .map(|(code, count)| LineCount { code, count })
            .collect()
    };
    AttendanceUploadView {
        id: upload.id,
        plan_id: upload.plan_id,
        region_id: upload.region_id,
        class_id: upload.class_id,
        file_name: upload.file_name,
        state: upload.state,
        lines: upload.lines,
        accepted: upload.accepted,
        refused: upload.refused,
        counts: counted(upload.counts),
        effects: counted(upload.effects),
        classes: upload
            .sessions
            .into_iter()
            .map(|(title, day)| SheetClass { title, day })
            .collect(),
        job_id: upload.job_id,
        created_at: state.clock.local(upload.created_at),
        committed_at: upload.committed_at.map(|at| state.clock.local(at)),
    }
}

fn line_view(line: LineVerdict, lang: Lang) -> LineVerdictView {
    LineVerdictView {
        line: line.line,
        tab: line.tab,
        sheet_row: line.sheet_row,
        accepted: line.accepted,
        reason: line.reason.map(|code| code.word().to_owned()),
        detail: line.reason.map(|code| error::line_words(code, lang)),
        effect: line.effect,
        warnings: line.warnings,
        name: line.name,
        id_number: line.id_masked,
        enterprise_name: line.enterprise_name,
    }
}
