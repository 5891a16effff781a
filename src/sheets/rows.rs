//! Cells to rows, within what a file may cost.

use super::read::Limits;
use super::{Cell, Row, SheetError};

/// What a file may still cost, over all its tabs.
pub(super) struct Budget {
    rows: usize,
    cells: usize,
    text: usize,
}

impl Budget {
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            rows: limits.rows,
            cells: limits.cells,
            text: usize::try_from(limits.unzipped).unwrap_or(usize::MAX),
        }
    }
}

/// Collects cells to rows, counting as it goes.
pub(super) struct Rows<'a> {
    rows: Vec<Row>,
    limits: &'a Limits,
    left: &'a mut Budget,
}

impl<'a> Rows<'a> {
    pub(super) fn new(limits: &'a Limits, left: &'a mut Budget) -> Self {
        Self {
            rows: Vec::new(),
            limits,
            left,
        }
    }

    /// Puts a cell; row and column from 0. Blank cells take no room, unless a filled one stands behind them.
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
        if let Cell::Text(text) = &cell {
            let left = self.left.text.checked_sub(text.len());
            self.left.text = left.ok_or(SheetError::TooLargeUnzipped)?;
        }
        let too_many = SheetError::TooManyRows {
            limit: self.limits.rows,
        };
        let number = row.saturating_add(1);
        if self.rows.last().is_none_or(|last| last.number != number) {
            self.left.rows = self.left.rows.checked_sub(1).ok_or(too_many.clone())?;
            self.rows.push(Row {
                number,
                cells: Vec::new(),
            });
        }
        if let Some(last) = self.rows.last_mut() {
            let more = (column + 1).saturating_sub(last.cells.len());
            if more > 0 {
                self.left.cells = self.left.cells.checked_sub(more).ok_or(too_many)?;
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
