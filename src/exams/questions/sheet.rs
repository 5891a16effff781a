//! The bank as a sheet, row by row, and the empty template.

use rust_xlsxwriter::{Color, Format, Workbook, XlsxError};

use super::formats::{HEADER, row};
use super::rules::Content;
use crate::platform::{Fault, Result};

/// Writes questions into the columns of the template.
///
/// # Errors
/// `internal` when the file cannot be made.
pub fn bank(questions: impl IntoIterator<Item = Content>) -> Result<Vec<u8>> {
    written(questions).map_err(|e| Fault::internal(e.to_string()))
}

fn written(
    questions: impl IntoIterator<Item = Content>,
) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0x00E8_F0FE));
    let text = Format::new().set_num_format("@").set_text_wrap();
    // Row by row: nothing of the bank stays in memory.
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_freeze_panes(1, 0)?;
    let widths = [8, 60, 20, 20, 20, 20, 20, 20, 20, 20, 8, 60, 8, 24];
    for (column, width) in (0u16..).zip(widths) {
        sheet.set_column_width(column, width)?;
    }
    for (column, title) in (0u16..).zip(HEADER) {
        sheet.write_string_with_format(0, column, title, &bold)?;
    }
    for (place, question) in (1u32..).zip(questions) {
        for (column, cell) in (0u16..).zip(row(&question)) {
            sheet.write_string_with_format(place, column, cell, &text)?;
        }
    }
    book.save_to_buffer()
}
