//! Reading people's spreadsheets: bytes to tabs, tabs to tables, cells to clean values.
//!
//! May not enter: what the values mean for a plan or a class. Everything here is pure and bounded; a hostile file
//! gets a clear error, never memory or a panic.

pub mod cells;
mod columns;
mod container;
mod delimited;
mod header;
pub mod ids;
mod offload;
pub mod posts;
mod read;
mod records;
mod repeats;
mod rows;
pub mod text;
mod unzip;
pub mod words;
mod write;

use chrono::NaiveDateTime;
use thiserror::Error;

pub use delimited::decode;
pub use header::{Field, Line, Schema, Table, tables};
pub use offload::{off_thread, person_name};
pub use read::{Limits, read};
pub use write::refused_sheet;

/// One cell as the file has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    #[default]
    Empty,
    Text(String),
    Number(f64),
    DateTime(NaiveDateTime),
    Bool(bool),
    /// `#N/A`, `#REF!` …
    Error(String),
    /// A formula that was saved without its result.
    Formula,
}

impl Cell {
    /// Nothing a reader would see.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.chars().all(text::is_space),
            _ => false,
        }
    }
}

/// A row with something in it.
#[derive(Clone, Debug)]
pub struct Row {
    /// As the sheet's user sees it, from 1.
    pub number: u32,
    pub cells: Vec<Cell>,
}

/// A rectangle merged to one cell; rows and columns from 0, both ends within.
#[derive(Clone, Copy, Debug)]
pub struct Merge {
    pub rows: (u32, u32),
    pub columns: (u32, u32),
}

/// One tab.
#[derive(Clone, Debug, Default)]
pub struct Tab {
    pub name: String,
    pub rows: Vec<Row>,
    pub merges: Vec<Merge>,
}

/// A file, read.
#[derive(Clone, Debug)]
pub struct Workbook {
    pub tabs: Vec<Tab>,
}

/// Why a file cannot be read as a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SheetError {
    #[error("larger than {limit_mb} MB")]
    FileTooLarge { limit_mb: usize },
    #[error("unpacks to more than is allowed")]
    TooLargeUnzipped,
    #[error("more than {limit} rows")]
    TooManyRows { limit: usize },
    #[error("more than {limit} columns")]
    TooManyColumns { limit: usize },
    #[error("not a sheet")]
    NotASheet,
    #[error("cut short or damaged")]
    Broken,
    #[error("protected by a password")]
    Protected,
    #[error("an unpaired quote in line {line}")]
    StrayQuote { line: u64 },
    #[error("no header row")]
    NoHeader,
    #[error("empty")]
    Empty,
}
