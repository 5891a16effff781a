//! Bytes to tabs. The kind is told by the content, never by the name; every limit is checked before memory is spent.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, Ods, Reader, Xls, XlsError, Xlsx, XlsxError};

use super::{Cell, Merge, Row, SheetError, Tab, Workbook};

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
        [b'P', b'K', 3 | 5 | 7, ..] => match unpack_counting(bytes, limits)? {
            Zipped::Xlsx => xlsx(bytes, limits),
            Zipped::Ods => ods(bytes, limits),
        },
        [0xD0, 0xCF, 0x11, 0xE0, ..] => xls(bytes, limits),
        _ => super::delimited::tabs(bytes, limits),
    }
}

enum Zipped {
    Xlsx,
    Ods,
}

/// Unpacks every part into a counter: what a zip says of its own sizes is not to be trusted.
fn unpack_counting(bytes: &[u8], limits: &Limits) -> Result<Zipped, SheetError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| SheetError::Broken)?;
    let (mut left, mut kind) = (limits.unzipped, None);
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|_| SheetError::Broken)?;
        let name = part.name().map_err(|_| SheetError::Broken)?.into_owned();
        match name.as_str() {
            "xl/workbook.xml" => kind = Some(Zipped::Xlsx),
            "content.xml" => kind = Some(Zipped::Ods),
            _ => {}
        }
        let is_content = name == "content.xml";
        if is_content {
            let mut content = Vec::new();
            part.take(left + 1)
                .read_to_end(&mut content)
                .map_err(|_| SheetError::Broken)?;
            check_repeats(&content, limits)?;
            left = left
                .checked_sub(content.len() as u64)
                .ok_or(SheetError::TooLargeUnzipped)?;
        } else {
            let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())
                .map_err(|_| SheetError::Broken)?;
            left = left.checked_sub(size).ok_or(SheetError::TooLargeUnzipped)?;
        }
    }
    kind.ok_or(SheetError::NotASheet)
}

/// In an .ods a few bytes can say "this row a million times": counts filled cells as they would unfold.
fn check_repeats(content: &[u8], limits: &Limits) -> Result<(), SheetError> {
    let text = String::from_utf8_lossy(content);
    let repeat = |piece: &str, name: &str| -> u64 {
        let tag = piece.split_once('>').map_or(piece, |(tag, _)| tag);
        let value = tag
            .split_once(name)
            .and_then(|(_, rest)| rest.split('"').nth(1));
        value.and_then(|number| number.parse().ok()).unwrap_or(1)
    };
    let mut filled: u64 = 0;
    for row in text.split("<table:table-row").skip(1) {
        let cells = row
            .split("<table:table-cell")
            .skip(1)
            .filter(|cell| cell.contains("value-type=\"") || cell.contains("<text:p"));
        let width: u64 = cells
            .map(|cell| repeat(cell, "number-columns-repeated"))
            .fold(0, u64::saturating_add);
        let rows = if width == 0 {
            0
        } else {
            repeat(row, "number-rows-repeated")
        };
        if rows > limits.rows as u64 {
            return Err(SheetError::TooManyRows { limit: limits.rows });
        }
        filled = filled.saturating_add(width.saturating_mul(rows));
        if width > limits.columns as u64 {
            return Err(SheetError::TooManyColumns {
                limit: limits.columns,
            });
        }
    }
    if filled > (limits.rows * 64) as u64 {
        Err(SheetError::TooManyRows { limit: limits.rows })
    } else {
        Ok(())
    }
}

fn xlsx(bytes: &[u8], limits: &Limits) -> Result<Vec<Tab>, SheetError> {
    let broken = |error: XlsxError| match error {
        XlsxError::Password => SheetError::Protected,
        _ => SheetError::Broken,
    };
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let mut left = limits.rows;
    let mut tabs = Vec::new();
    for name in book.sheet_names() {
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
            let value = if unsaved {
                Cell::Formula
            } else {
                cell_of(&Data::from(cell.value), limits)
            };
            rows.put(cell.pos.0, cell.pos.1, value)?;
        }
        drop(cells);
        let rows = rows.done();
        let merges = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        tabs.push(Tab {
            name,
            rows,
            merges: merges.iter().map(merge_of).collect(),
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
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => SheetError::Protected,
        _ => SheetError::Broken,
    })?;
    let mut left = limits.rows;
    let mut tabs = Vec::new();
    for name in book.sheet_names() {
        let range = book
            .worksheet_range(&name)
            .map_err(|_| SheetError::Broken)?;
        let formulas = book.worksheet_formula(&name).ok();
        let rows = rows_of(&range, formulas.as_ref(), limits, &mut left)?;
        let merges = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        tabs.push(Tab {
            name,
            rows,
            merges: merges.iter().map(merge_of).collect(),
        });
    }
    Ok(tabs)
}

fn ods(bytes: &[u8], limits: &Limits) -> Result<Vec<Tab>, SheetError> {
    let mut book: Ods<_> = Ods::new(Cursor::new(bytes)).map_err(|error| match error {
        calamine::OdsError::Password => SheetError::Protected,
        _ => SheetError::Broken,
    })?;
    let mut left = limits.rows;
    let mut tabs = Vec::new();
    for name in book.sheet_names() {
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
    left: &mut usize,
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

/// Collects cells to rows, counting as it goes.
pub(super) struct Rows<'a> {
    rows: Vec<Row>,
    limits: &'a Limits,
    left: &'a mut usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(limits: &'a Limits, left: &'a mut usize) -> Self {
        Self {
            rows: Vec::new(),
            limits,
            left,
        }
    }

    /// Puts a cell; row and column from 0. Blank cells take no room.
    pub(super) fn put(&mut self, row: u32, column: u32, cell: Cell) -> Result<(), SheetError> {
        if cell.is_blank() {
            return Ok(());
        }
        let column = column as usize;
        if column >= self.limits.columns {
            return Err(SheetError::TooManyColumns {
                limit: self.limits.columns,
            });
        }
        let number = row.saturating_add(1);
        if self.rows.last().is_none_or(|last| last.number != number) {
            *self.left = self.left.checked_sub(1).ok_or(SheetError::TooManyRows {
                limit: self.limits.rows,
            })?;
            self.rows.push(Row {
                number,
                cells: Vec::new(),
            });
        }
        if let Some(last) = self.rows.last_mut() {
            if last.cells.len() <= column {
                last.cells.resize(column + 1, Cell::Empty);
            }
            if let Some(place) = last.cells.get_mut(column) {
                *place = cell;
            }
        }
        Ok(())
    }

    /// The rows in the order of their numbers, whatever order the file had.
    pub(super) fn done(mut self) -> Vec<Row> {
        self.rows.sort_by_key(|row| row.number);
        self.rows
    }
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
        Data::String(text) | Data::DurationIso(text) => {
            Cell::Text(text.chars().take(limits.cell).collect())
        }
        Data::Bool(value) => Cell::Bool(*value),
        Data::DateTime(at) => at
            .as_datetime()
            .map_or(Cell::Number(at.as_f64()), Cell::DateTime),
        Data::DateTimeIso(text) => Cell::Text(text.clone()),
        Data::Error(error) => Cell::Error(error.to_string()),
    }
}

const fn merge_of(area: &calamine::Dimensions) -> Merge {
    Merge {
        rows: (area.start.0, area.end.0),
        columns: (area.start.1, area.end.1),
    }
}
