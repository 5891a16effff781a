//! Reading people's sheets: the words above columns, the shapes of tables, the kinds of files, and anything at all.

mod cells;
pub(crate) mod files;
pub(crate) mod hostile;
mod layouts;
mod old_format;
mod words;

use anpei::classes::sheet::{AttendanceSheet, TimeCell, read_attendance};
use anpei::sheets::{self, Limits, SheetError};

/// A table as somebody would type it.
type Rows = Vec<Vec<String>>;

fn read(bytes: &[u8]) -> Result<AttendanceSheet, SheetError> {
    let book = sheets::read(bytes, &Limits::default())?;
    read_attendance(&book, "签到表.xlsx", 45)
}

fn rows(text: &str) -> Rows {
    let row = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
    text.trim_matches('\n').lines().map(row).collect()
}

fn csv(rows: &Rows, delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

fn xlsx(rows: &Rows) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    fill(sheet, rows);
    book.save_to_buffer().unwrap()
}

fn fill(sheet: &mut rust_xlsxwriter::Worksheet, rows: &Rows) {
    for (r, row) in (0..).zip(rows) {
        for (c, text) in (0..).zip(row).filter(|(_, text)| !text.is_empty()) {
            sheet.write_string(r, c, text).unwrap();
        }
    }
}

/// What was read, in short: name, number, employer, in, out, score.
fn told(sheet: &AttendanceSheet) -> Vec<String> {
    let time = |cell: &TimeCell| match cell {
        TimeCell::At(at) => at.format("%m-%d %H:%M").to_string(),
        TimeCell::NoColumn => String::new(),
        other => format!("{other:?}"),
    };
    let line = |line: &anpei::classes::sheet::AttendanceLine| {
        format!(
            "{}|{}|{}|{}|{}|{}",
            line.name.as_deref().unwrap_or("?"),
            line.id.as_ref().map_or("?", |id| id.number()),
            line.enterprise_name,
            time(&line.check_in),
            time(&line.check_out),
            line.score.as_ref().map_or("?".into(), |score| score
                .map_or(String::new(), |s| format!("{s:?}")))
        )
    };
    sheet.lines.iter().map(line).collect()
}
