//! The refused lines as a sheet of the same shape, with the reason beside each: mend it and send it again.

use std::borrow::Cow;

use rust_xlsxwriter::{Color, Format, Workbook as Book, XlsxError};

use crate::platform::{Fault, Result};

/// Characters a spreadsheet's cell can hold, counted as the format counts them (UTF-16).
const MOST: usize = 32_767;

/// A text as far as a cell can hold it: what was read may have grown as it was made plain.
fn fitting(text: &str) -> Cow<'_, str> {
    if text.len() <= MOST {
        return text.into();
    }
    let mut left = MOST;
    let within = |c: &char| {
        let rest = left.checked_sub(c.len_utf16());
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    text.chars().take_while(within).collect::<String>().into()
}

/// Writes a sheet of refused lines: the columns as they came, then reason and remedy. Everything is text, so that a
/// long number stays whole.
///
/// # Errors
/// `internal` when the file cannot be made.
pub fn refused_sheet(
    header: &[String],
    reason_title: &str,
    lines: &[(Vec<String>, String)],
) -> Result<Vec<u8>> {
    written(header, reason_title, lines).map_err(|e| Fault::internal(e.to_string()))
}

fn written(
    header: &[String],
    reason_title: &str,
    lines: &[(Vec<String>, String)],
) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Book::new();
    let bold = Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0x00E8_F0FE));
    let text = Format::new().set_num_format("@");
    let red = Format::new()
        .set_font_color(Color::RGB(0x00B0_0020))
        .set_text_wrap();
    let sheet = book.add_worksheet();
    let width = lines
        .iter()
        .map(|(cells, _)| cells.len())
        .chain([header.len()])
        .max()
        .unwrap_or_default();
    let reason_column = u16::try_from(width).unwrap_or(u16::MAX);
    for (column, title) in header.iter().enumerate() {
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        sheet.write_string_with_format(0, column, fitting(title), &bold)?;
    }
    sheet.write_with_format(0, reason_column, reason_title, &bold)?;
    for column in 0..reason_column {
        sheet.set_column_width(column, 18)?;
    }
    sheet.set_column_width(reason_column, 60)?;
    sheet.set_freeze_panes(1, 0)?;
    for (place, (cells, reason)) in lines.iter().enumerate() {
        let row = u32::try_from(place + 1).unwrap_or(u32::MAX);
        for (column, value) in cells
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_empty())
        {
            sheet.write_string_with_format(
                row,
                u16::try_from(column).unwrap_or(u16::MAX),
                fitting(value),
                &text,
            )?;
        }
        sheet.write_string_with_format(row, reason_column, reason, &red)?;
    }
    book.save_to_buffer()
}
