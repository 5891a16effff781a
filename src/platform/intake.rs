//! Sheets people hand in: what every import answers, whichever room takes it.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use super::error::{Code, words};
use super::locale::Lang;

/// Refused lines named in one report; more of them are counted only.
const NAMED: usize = 1_000;

/// What an import did, or in a preview would do.
#[derive(Debug, Clone, Default, Object, Serialize, Deserialize)]
pub struct ImportReport {
    /// Nothing was written: this tells what would happen.
    pub preview: bool,
    /// Data lines read.
    pub lines: i64,
    /// Lines taken.
    pub accepted: i64,
    /// Lines refused; the rest went in all the same.
    pub refused: i64,
    /// Things made anew.
    pub created: i64,
    /// Things changed.
    pub changed: i64,
    /// Things already as the sheet says.
    pub unchanged: i64,
    /// The refused lines with reason and remedy, the first thousand of them.
    pub refused_lines: Vec<RefusedLine>,
}

/// A refused line of a sheet.
#[derive(Debug, Clone, Object, Serialize, Deserialize)]
pub struct RefusedLine {
    /// Number of the data line, from 1.
    pub line: i32,
    /// Row in the sheet as its user sees it, from 1.
    pub sheet_row: i32,
    /// The column at fault.
    pub field: String,
    /// Stable word of the reason.
    pub code: String,
    /// Reason and remedy in the reader's language.
    pub detail: String,
}

/// Where a line of a sheet stands.
#[derive(Debug, Clone, Copy)]
pub struct LinePlace {
    pub line: u32,
    pub sheet_row: u32,
}

/// Why a line is refused.
#[derive(Debug, Clone)]
pub struct LineFault {
    pub field: &'static str,
    pub code: Code,
    pub args: Vec<(&'static str, String)>,
}

impl LineFault {
    /// A fault of one column.
    #[must_use]
    pub fn new(field: &'static str, code: Code) -> Self {
        Self {
            field,
            code,
            args: Vec::new(),
        }
    }

    /// Adds what the code's words need.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.args.push((key, value.to_string()));
        self
    }
}

/// A line as read, or why it is refused.
pub type ReadLine<T> = Result<T, (LinePlace, LineFault)>;

impl ImportReport {
    /// Counts and names a refused line.
    pub fn refuse(&mut self, place: LinePlace, fault: &LineFault, lang: Lang) {
        self.refused += 1;
        if self.refused_lines.len() < NAMED {
            self.refused_lines.push(RefusedLine {
                line: i32::try_from(place.line).unwrap_or(i32::MAX),
                sheet_row: i32::try_from(place.sheet_row).unwrap_or(i32::MAX),
                field: fault.field.to_owned(),
                code: fault.code.word().to_owned(),
                detail: words(fault.code, &fault.args, lang),
            });
        }
    }
}

/// A file that was handed in, whole in memory (its size was bounded on the way in).
pub struct Handed {
    pub name: String,
    pub bytes: Vec<u8>,
    /// SHA-256, in hex.
    pub hash: String,
}

/// Takes an uploaded file.
///
/// # Errors
/// `bad_request` when the upload breaks off.
pub async fn take(file: poem_openapi::types::multipart::Upload) -> super::Result<Handed> {
    // Some browsers send the whole path; only its last part is a name.
    let name = file
        .file_name()
        .and_then(|name| name.rsplit(['/', '\\']).next())
        .unwrap_or("sheet")
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    let bytes = file
        .into_vec()
        .await
        .map_err(|e| super::Fault::new(Code::BadRequest).with("reason", e))?;
    let hash = hex::encode(super::seal::sha256(&bytes));
    Ok(Handed { name, bytes, hash })
}

/// A file on this machine's disk, as an upload would hand it in.
///
/// # Errors
/// `bad_request` when it cannot be read.
pub fn handed(path: &std::path::Path) -> super::Result<Handed> {
    let unreadable =
        |e| super::Fault::new(Code::BadRequest).with("reason", format!("{}: {e}", path.display()));
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let hash = hex::encode(super::seal::sha256(&bytes));
    Ok(Handed { name, bytes, hash })
}
