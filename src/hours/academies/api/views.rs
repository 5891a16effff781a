//! Academies and their sheets as they are shown.

use chrono::{DateTime, FixedOffset};
use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use super::super::store::{Academy, Upload, Verdict};
use super::super::{Mapping, Meaning, Unit};
use crate::page_of;
use crate::platform::locale::Lang;
use crate::platform::{App, error};

/// A column and what it means.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct ColumnInput {
    /// Its title as written.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub title: String,
    /// What it tells.
    pub meaning: Meaning,
}

/// How an academy's sheets are read; a column that is not named is read by the field's own words.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct MappingInput {
    /// Columns, each meaning at most once.
    #[oai(validator(max_items = 100))]
    pub columns: Vec<ColumnInput>,
    /// In what its durations count; told by the column's title when absent.
    pub unit: Option<Unit>,
}

impl From<MappingInput> for Mapping {
    fn from(told: MappingInput) -> Self {
        let columns = told.columns.into_iter();
        Self {
            columns: columns
                .map(|column| (column.title, column.meaning))
                .collect(),
            unit: told.unit,
        }
    }
}

/// An outside academy.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct AcademyInput {
    /// Its name.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: String,
    /// How its sheets are read.
    pub mapping: Option<MappingInput>,
}

/// A column of a sheet.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ColumnView {
    /// Its title as written.
    pub title: String,
    /// What it is read as; absent where it is not read.
    pub meaning: Option<Meaning>,
}

/// An outside academy (外部学习平台).
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct AcademyView {
    /// Id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The mapping it keeps.
    pub columns: Vec<ColumnView>,
    /// In what its durations count; told by the column's title when absent.
    pub unit: Option<Unit>,
    /// When the mapping was last said or remembered.
    pub updated_at: DateTime<FixedOffset>,
}

/// How many lines there are of one kind.
#[derive(Debug, Clone, Object)]
pub struct ResultCount {
    /// `accepted` or a reason's code.
    pub code: String,
    /// Lines.
    pub count: i64,
}

/// A sheet of an academy.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct AcademyUploadView {
    /// Id.
    pub id: Uuid,
    /// The academy.
    pub academy_id: Uuid,
    /// The plan it counts toward.
    pub plan_id: Uuid,
    /// The township of whoever handed it in, where he has one.
    pub region_id: Option<Uuid>,
    /// The file's name.
    pub file_name: String,
    /// `previewed`, `queued`, `committed` or `discarded`.
    pub state: String,
    /// Its columns with what each is read as.
    pub columns: Vec<ColumnView>,
    /// Data lines.
    pub lines: i64,
    /// Lines that count.
    pub accepted: i64,
    /// Lines that are refused.
    pub refused: i64,
    /// Lines by verdict.
    pub counts: Vec<ResultCount>,
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
pub struct AcademyLineView {
    /// Number of the data line, from 1.
    pub line: i32,
    /// Row in the sheet as its user sees it, from 1.
    pub sheet_row: i32,
    /// Whether it counts.
    pub accepted: bool,
    /// Why it is refused, as a stable word.
    pub reason: Option<String>,
    /// Why it is refused and what to do, in the reader's language.
    pub detail: Option<String>,
    /// Name as read.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// Course; empty where the sheet names none.
    pub course: String,
    /// Minutes as read.
    pub minutes: i64,
}

page_of!(
    /// A page of academies.
    AcademyPage,
    AcademyView
);
page_of!(
    /// A page of academies' sheets.
    AcademyUploadPage,
    AcademyUploadView
);
page_of!(
    /// A page of verdicts.
    AcademyLinePage,
    AcademyLineView
);

pub(super) fn view(state: &App, academy: Academy) -> AcademyView {
    let columns = academy.mapping.columns.into_iter();
    AcademyView {
        id: academy.id,
        name: academy.name,
        columns: columns
            .map(|(title, meaning)| ColumnView {
                title,
                meaning: Some(meaning),
            })
            .collect(),
        unit: academy.mapping.unit,
        updated_at: state.clock.local(academy.updated_at),
    }
}

pub(super) fn upload_view(state: &App, upload: Upload) -> AcademyUploadView {
    let columns = upload.columns.into_iter();
    let counts = upload.counts.into_iter();
    AcademyUploadView {
        id: upload.id,
        academy_id: upload.academy_id,
        plan_id: upload.plan_id,
        region_id: upload.region_id,
        file_name: upload.file_name,
        state: upload.state,
        columns: columns
            .map(|(title, meaning)| ColumnView { title, meaning })
            .collect(),
        lines: upload.lines,
        accepted: upload.accepted,
        refused: upload.refused,
        counts: counts
            .map(|(code, count)| ResultCount { code, count })
            .collect(),
        job_id: upload.job_id,
        created_at: state.clock.local(upload.created_at),
        committed_at: upload.committed_at.map(|at| state.clock.local(at)),
    }
}

pub(super) fn line_view(line: Verdict, lang: Lang) -> AcademyLineView {
    AcademyLineView {
        line: line.line,
        sheet_row: line.sheet_row,
        accepted: line.reason.is_none(),
        reason: line.reason.map(|code| code.word().to_owned()),
        detail: line.reason.map(|code| error::line_words(code, lang)),
        name: line.name,
        id_number: line.id_masked,
        course: line.course,
        minutes: line.minutes,
    }
}
