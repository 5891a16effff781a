//! Bytes to tabs. The kind is told by the content, never by the name; every limit is checked before memory is spent.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, Ods, Reader, SheetVisible, Xls, XlsError, Xlsx, XlsxError};

use super::rows::{Budget, Rows};
use super::unzip::{self, Zipped};
use super::{Cell, Merge, Row, SheetError, Tab, Workbook, records};

/// What a file may cost us.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Bytes it unpacks to, counted by unpacking.
    pub unzipped: u64,
    /// Rows with something in them, over all tabs.
    pub rows: usize,
    pub columns: usize,
    /// Cells over all tabs, the blank ones between filled ones included.
    pub cells: usize,
    /// Characters of a cell that are kept.
    pub cell: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            unzipped: 300 << 20,
            rows: 200_000,
            columns: 256,
            cells: 6_400_000,
            cell: 2_000,
        }
    }
}

/// Reads a file of any kind we know.
///
/// # Errors
/// A [`SheetError`] that tells what is wrong with the file.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Workbook, SheetError> {
    if bytes.len() > limits.bytes {
        return Err(SheetError::FileTooLarge {
            limit_mb: limits.bytes >> 20,
        });
    }
    // A damaged file must not end more than its own reading.
    let tabs = catch_unwind(AssertUnwindSafe(|| tabs(bytes, limits)))
        .unwrap_or(Err(SheetError::Broken))?;
    if tabs.iter().all(|tab| tab.rows.is_empty()) {
        return Err(SheetError::Empty);
    }
    Ok(Workbook { tabs })
}

fn tabs(bytes: &[u8], limits: &Limits) -> Result<Vec<Tab>, SheetError> {
    match bytes {
        [] => Err(SheetError::Empty),
        [b'P', b'K', 3 | 5 | 7, ..] => match unzip::counted(bytes, limits)? {
            Zipped::Xlsx => xlsx(bytes, limits),
            Zipped::Ods => ods(bytes, limits),
        },
        [0xD0, 0xCF, 0x11, 0xE0, ..] => xls(bytes, limits),
        _ => super::delimited::tabs(bytes, limits),
    }
}

/// The tabs somebody who opens the file sees: what nobody sees nobody has checked.
fn shown(tabs: &[calamine::Sheet]) -> Vec<String> {
    let seen = |tab: &&calamine::Sheet| tab.visible == SheetVisible::Visible;
    tabs.iter()
        .filter(seen)
        .map(|tab| tab.name.clone())
        .collect()
}

fn xlsx(bytes: &[u8], limits: &Limits) -> Result<Vec<Tab>, SheetError> {
    let broken = |error: XlsxError| match error {
        XlsxError::Password => SheetError::Protected,
        _ => SheetError::Broken,
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let mut left = Budget::of(limits);
    let mut tabs = Vec::new();
    for name in shown(book.sheets_metadata()) {
        // A chart's tab has no cells.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
            continue;
        };
        let mut rows = Rows::new(limits, &mut left);
        while let Some(cell) = cells.next_cell_with_formula().map_err(broken)? {
            let unsaved = cell.formula.is_some()
                && match &cell.value {
                    DataRef::Empty | DataRef::SharedString("") => true,
                    DataRef::String(text) => text.is_empty(),
                    _ => false,
                };
            let value = match cell.value {
                _ if unsaved => Cell::Formula,
                // Cut before it is copied: one long text may stand in very many cells.
                DataRef::SharedString(text) => kept(text, limits),
                value => cell_of(&Data::from(value), limits),
            };
            rows.put(cell.pos.0, cell.pos.1, value)?;
        }
        drop(cells);
        let rows = rows.done();
        let merges = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        tabs.push(Tab {
            name,
            rows,
            merges: merges.iter().take(limits.rows).map(merge_of).collect(),
        });
    }
    Ok(tabs)
}

fn xls(bytes: &[u8], limits: &Limits) -> Result<Vec<Tab>, SheetError> {
    // An .xlsx with a password is wrapped in the old container.
    let wrapped: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if bytes.windows(wrapped.len()).any(|part| part == wrapped) {
        return Err(SheetError::Protected);
    }
    // The reader takes the file's word for sizes, and what it cannot get ends the whole service.
    records::check(bytes, limits)?;
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => SheetError::Protected,
        _ => SheetError::Broken,
    })?;
    let mut left = Budget::of(limits);
    let mut tabs = Vec::new();
    for name in shown(book.sheets_metadata()) {
        let range = book
            .worksheet_range(&name)
            .map_err(|_| SheetError::Broken)?;
        let formulas = book.worksheet_formula(&name).ok();
        let rows = rows_of(&range, formulas.as_ref(), limits, &mut left)?;
        let merges = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        tabs.push(Tab {
            name,
            rows,
            merges: merges.iter().take(limits.rows).map(merge_of).collect(),
        });
    }
    Ok(tabs)
}

fn ods(bytes: &[u8], limits: &Limits) -> Result<Vec<Tab>, SheetError> {
    let mut book: Ods<_> = Ods::new(Cursor::new(bytes)).map_err(|error| match error {
        calamine::OdsError::Password => SheetError::Protected,
        _ => SheetError::Broken,
    })?;
    let mut left = Budget::of(limits);
    let mut tabs = Vec::new();
    for name in shown(book.sheets_metadata()) {
        let range = book
            .worksheet_range(&name)
            .map_err(|_| SheetError::Broken)?;
        let formulas = book.worksheet_formula(&name).ok();
        // Merged cells of an .ods are not told by the reader: blanks below are filled down as in a CSV.
        tabs.push(Tab {
            name,
            rows: rows_of(&range, formulas.as_ref(), limits, &mut left)?,
            merges: Vec::new(),
        });
    }
    Ok(tabs)
}

fn rows_of(
    range: &calamine::Range<Data>,
    formulas: Option<&calamine::Range<String>>,
    limits: &Limits,
    left: &mut Budget,
) -> Result<Vec<Row>, SheetError> {
    let (top, start) = range.start().unwrap_or_default();
    let mut rows = Rows::new(limits, left);
    for (row, column, value) in range.used_cells() {
        let at = (
            top + u32::try_from(row).unwrap_or(u32::MAX),
            start + u32::try_from(column).unwrap_or(u32::MAX),
        );
        rows.put(at.0, at.1, cell_of(value, limits))?;
    }
    let mut rows = rows.done();
    for (at, formula) in formulas.iter().flat_map(|range| {
        let (top, start) = range.start().unwrap_or_default();
        range
            .used_cells()
            .map(move |(r, c, f)| ((top as usize + r, start as usize + c), f))
    }) {
        let row = rows.binary_search_by_key(&(at.0 + 1), |row| row.number as usize);
        if let Some(cell) = row
            .ok()
            .filter(|_| !formula.is_empty())
            .and_then(|place| rows.get_mut(place))
            .and_then(|row| row.cells.get_mut(at.1))
            .filter(|cell| cell.is_blank())
        {
            *cell = Cell::Formula;
        }
    }
    Ok(rows)
}

fn cell_of(data: &Data, limits: &Limits) -> Cell {
    match data {
        Data::Empty => Cell::Empty,
        #[expect(
            clippy::cast_precision_loss,
            reason = "a spreadsheet's numbers are floats"
        )]
        Data::Int(number) => Cell::Number(*number as f64),
        Data::Float(number) => Cell::Number(*number),
        Data::String(text) => kept(text, limits),
        Data::DurationIso(text) => {
            clock_time(text).map_or_else(|| kept(text, limits), Cell::Number)
        }
        Data::Bool(value) => Cell::Bool(*value),
        Data::DateTime(at) => at
            .as_datetime()
            .map_or(Cell::Number(at.as_f64()), Cell::DateTime),
        Data::DateTimeIso(text) => Cell::Text(text.clone()),
        Data::Error(error) => Cell::Error(error.to_string()),
    }
}

fn kept(text: &str, limits: &Limits) -> Cell {
    // No database holds a NUL, and old workbooks can.
    let letters = text.chars().filter(|c| *c != '\0');
    Cell::Text(letters.take(limits.cell).collect())
}

/// `PT08H30M00S`, a time of day as .ods files write it, as the part of a day it is.
fn clock_time(text: &str) -> Option<f64> {
    let (hours, rest) = text.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M').unwrap_or(("0", rest));
    let seconds = rest.strip_suffix('S').unwrap_or("0");
    let part = |text: &str, most: f64| text.parse().ok().filter(|n| (0.0..most).contains(n));
    let (hours, minutes, seconds) = (
        part(hours, 24.0)?,
        part(minutes, 60.0)?,
        part(seconds, 60.0)?,
    );
    Some((hours * 3_600.0 + minutes * 60.0 + seconds) / 86_400.0)
}

const fn merge_of(area: &calamine::Dimensions) -> Merge {
    Merge {
        rows: (area.start.0, area.end.0),
        columns: (area.start.1, area.end.1),
    }
}
