//! What an .ods unfolds to: in a few bytes it says "this cell a million times", or "three thousand million spaces".
//!
//! Only what such programs write is let through: no comments, no document types, one encoding, every tag closed in its
//! turn. Anything else could show this look one table and the reader another; and in a table that never ends the
//! reader never ends either.

use super::SheetError;
use super::read::Limits;

/// Tags within tags; a sheet needs about ten.
const DEEPEST: usize = 256;

/// Counts rows, columns and text as they would unfold.
pub(super) fn check(content: &[u8], limits: &Limits) -> Result<(), SheetError> {
    let text = std::str::from_utf8(content).map_err(|_| SheetError::Broken)?;
    let mut rest = body(text)?;
    let mut count = Count::new(limits);
    let mut open: Vec<&str> = Vec::new();
    while let Some((before, tail)) = rest.split_once('<') {
        count.bytes(before.len());
        let end = end_of_tag(tail).ok_or(SheetError::Broken)?;
        let (tag, after) = tail.split_at(end);
        if tag.starts_with(['!', '?']) || tag.contains('<') {
            return Err(SheetError::Broken);
        }
        nest(&mut open, tag)?;
        count.tag(tag)?;
        rest = after.get(1..).unwrap_or_default();
    }
    if !open.is_empty() {
        return Err(SheetError::Broken);
    }
    count.end_row()
}

/// Opens or closes a tag; the one that closes must be the last that opened.
fn nest<'t>(open: &mut Vec<&'t str>, tag: &'t str) -> Result<(), SheetError> {
    if let Some(closed) = tag.strip_prefix('/') {
        let last = open.pop();
        return if last == Some(closed.trim_end()) {
            Ok(())
        } else {
            Err(SheetError::Broken)
        };
    }
    if !tag.ends_with('/') {
        open.push(name(tag));
    }
    if open.len() > DEEPEST {
        return Err(SheetError::Broken);
    }
    Ok(())
}

fn name(tag: &str) -> &str {
    tag.split(|c: char| c.is_whitespace() || c == '/')
        .next()
        .unwrap_or_default()
}

/// What follows the XML declaration, if that says UTF-8 or nothing.
fn body(text: &str) -> Result<&str, SheetError> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let Some(head) = text.strip_prefix("<?xml") else {
        return Ok(text);
    };
    let (head, rest) = head.split_once("?>").ok_or(SheetError::Broken)?;
    let head = head.to_ascii_lowercase();
    if head.contains("encoding") && !head.contains("utf-8") {
        return Err(SheetError::Broken);
    }
    Ok(rest)
}

/// The place of the `>` that ends a tag: one inside quotes does not.
fn end_of_tag(tail: &str) -> Option<usize> {
    let mut quote = None;
    for (place, byte) in tail.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(place),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The largest number an attribute gives; one that is no plain number is taken for the worst.
fn number(tag: &str, name: &str) -> Result<Option<u64>, SheetError> {
    let mut found = None;
    let (_, mut rest) = tag
        .split_once(char::is_whitespace)
        .unwrap_or((tag, Default::default()));
    while let Some((key, tail)) = rest.split_once('=') {
        let tail = tail.trim_start();
        let quote = tail.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, after) = quote
            .and_then(|quote| tail.get(1..)?.split_once(quote))
            .ok_or(SheetError::Broken)?;
        if key.trim() == name {
            found = found.max(Some(value.trim().parse().unwrap_or(u64::MAX)));
        }
        rest = after;
    }
    Ok(found)
}

#[derive(Default)]
struct Cell {
    repeat: u64,
    bytes: u64,
    filled: bool,
}

/// A row as far as it was read: columns so far, those up to the last filled cell, and the text in them.
#[derive(Default)]
struct Row {
    repeat: u64,
    columns: u64,
    width: u64,
    bytes: u64,
}

struct Count<'a> {
    limits: &'a Limits,
    cell: Option<Cell>,
    row: Option<Row>,
    /// Of the present table: rows so far, the first and the end of the filled ones, the widest.
    rows: u64,
    span: Option<(u64, u64)>,
    width: u64,
    /// Of all tables.
    filled: u64,
    text: u64,
    area: u64,
}

impl<'a> Count<'a> {
    const fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            cell: None,
            row: None,
            rows: 0,
            span: None,
            width: 0,
            filled: 0,
            text: 0,
            area: 0,
        }
    }

    fn bytes(&mut self, bytes: usize) {
        if let Some(cell) = &mut self.cell {
            cell.bytes = cell.bytes.saturating_add(bytes as u64);
        }
    }

    fn tag(&mut self, tag: &str) -> Result<(), SheetError> {
        match name(tag) {
            "table:table" => {
                self.end_row()?;
                self.area = self.area.saturating_add(self.table());
                (self.rows, self.span, self.width) = (0, None, 0);
            }
            "table:table-row" => {
                self.end_row()?;
                let repeat = number(tag, "table:number-rows-repeated")?.unwrap_or(1);
                self.row = Some(Row {
                    repeat,
                    ..Row::default()
                });
            }
            "table:table-cell" | "table:covered-table-cell" => {
                self.end_cell()?;
                let repeat = number(tag, "table:number-columns-repeated")?.unwrap_or(1);
                self.cell = Some(Cell {
                    repeat,
                    bytes: tag.len() as u64,
                    filled: tag.contains("value") || tag.contains("formula"),
                });
            }
            "text:s" => {
                let spaces = number(tag, "text:c")?.unwrap_or(1);
                if let Some(cell) = &mut self.cell {
                    cell.bytes = cell.bytes.saturating_add(spaces);
                }
            }
            "text:p" => {
                if let Some(cell) = &mut self.cell {
                    cell.filled = true;
                }
            }
            _ if tag.starts_with("/table:table-row") => self.end_row()?,
            _ => self.bytes(tag.len()),
        }
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), SheetError> {
        let (Some(cell), Some(row)) = (self.cell.take(), &mut self.row) else {
            return Ok(());
        };
        row.columns = row.columns.saturating_add(cell.repeat);
        if cell.filled {
            row.width = row.columns;
            row.bytes = row
                .bytes
                .saturating_add(cell.bytes.saturating_mul(cell.repeat));
        }
        if row.width > self.limits.columns as u64 {
            return Err(SheetError::TooManyColumns {
                limit: self.limits.columns,
            });
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), SheetError> {
        self.end_cell()?;
        let Some(row) = self.row.take() else {
            return Ok(());
        };
        let from = self.rows;
        self.rows = self.rows.saturating_add(row.repeat);
        if row.width == 0 {
            return Ok(());
        }
        self.span = Some((self.span.map_or(from, |(first, _)| first), self.rows));
        self.width = self.width.max(row.width);
        self.filled = self.filled.saturating_add(row.repeat);
        self.text = self
            .text
            .saturating_add(row.bytes.saturating_mul(row.repeat));
        let limits = self.limits;
        if self.filled > limits.rows as u64
            || self.area.saturating_add(self.table()) > limits.cells as u64
        {
            Err(SheetError::TooManyRows { limit: limits.rows })
        } else if self.text > limits.unzipped {
            Err(SheetError::TooLargeUnzipped)
        } else {
            Ok(())
        }
    }

    /// Cells from the present table's first filled row to its last: the reader holds the blank ones too.
    fn table(&self) -> u64 {
        self.span
            .map_or(0, |(first, end)| (end - first).saturating_mul(self.width))
    }
}
