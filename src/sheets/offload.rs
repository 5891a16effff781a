//! Reading files off the async threads, a bounded number at a time, and a sheet's errors as faults.

use std::sync::LazyLock;

use tokio::sync::Semaphore;

use super::{Cell, SheetError, cells};
use crate::platform::intake::LineFault;
use crate::platform::{Code, Fault, Result};

/// Longest name, in characters.
pub const MAX_NAME: usize = 50;

// A file being read takes some hundred megabytes at worst; two at a time stay within a small machine.
static SLOTS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// Reads a file on a blocking thread: a sheet, or a photo.
///
/// # Errors
/// The file's own fault, or `internal` when the thread failed.
pub async fn off_thread<T: Send + 'static, E: Into<Fault> + Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, E> + Send + 'static,
) -> Result<T> {
    let _slot = SLOTS.acquire().await.map_err(|_| Fault::new(Code::Busy))?;
    let read = tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Fault::internal(e.to_string()))?;
    read.map_err(Into::into)
}

/// A person's name from a cell, or why it is none.
///
/// # Errors
/// `name_missing`, `name_too_long`, `formula_without_value`, `cell_error`.
pub fn person_name(cell: &Cell) -> std::result::Result<String, LineFault> {
    let fault = |code| Err(LineFault::new("name", code));
    match cell {
        Cell::Formula => return fault(Code::FormulaWithoutValue),
        Cell::Error(_) => return fault(Code::CellError),
        _ => {}
    }
    let name = cells::name(cell);
    match name.chars().count() {
        0 => fault(Code::NameMissing),
        n if n > MAX_NAME => fault(Code::NameTooLong),
        _ => Ok(name),
    }
}

impl From<SheetError> for Fault {
    fn from(error: SheetError) -> Self {
        match error {
            SheetError::FileTooLarge { limit_mb } => {
                Self::new(Code::FileTooLarge).with("limit", limit_mb)
            }
            SheetError::TooLargeUnzipped => Self::new(Code::FileTooLargeUnzipped),
            SheetError::TooManyRows { limit } => Self::new(Code::TooManyRows).with("limit", limit),
            SheetError::TooManyColumns { limit } => {
                Self::new(Code::TooManyColumns).with("limit", limit)
            }
            SheetError::NotASheet => Self::new(Code::NotASheet),
            SheetError::Broken => Self::new(Code::FileBroken),
            SheetError::Protected => Self::new(Code::FileProtected),
            SheetError::StrayQuote { line } => Self::new(Code::StrayQuote).with("line", line),
            SheetError::NoHeader => Self::new(Code::NoHeader),
            SheetError::Empty => Self::new(Code::EmptyFile),
        }
    }
}
