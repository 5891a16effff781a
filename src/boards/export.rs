//! The board as the report people hand in: an .xlsx in the columns in use, long numbers as text.

use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::rules::{Board, RegionRow};
use crate::platform::{Fault, Result};

const COLUMNS: [(&str, &str, f64); 21] = [
    ("序号", "No.", 6.0),
    ("乡镇（街道）", "Township", 16.0),
    ("代码", "Code", 12.0),
    ("任务数", "Quota", 10.0),
    ("培训人次", "Person-times", 12.0),
    ("培训人数", "People", 10.0),
    ("主要负责人", "Principals", 12.0),
    ("安全管理人员", "Safety managers", 14.0),
    ("重点岗位人员", "Key posts", 14.0),
    ("其他从业人员", "Others", 14.0),
    ("线上人次", "Online", 10.0),
    ("线下人次", "Offline", 10.0),
    ("举办班次", "Classes held", 12.0),
    ("考核合格", "Passed", 10.0),
    ("完成率(%)", "Rate (%)", 11.0),
    ("应领码", "Codes due", 10.0),
    ("已领码", "Claimed", 10.0),
    ("名单内", "On list", 10.0),
    ("名单外", "Off list", 10.0),
    ("领码率(%)", "Claim rate (%)", 13.0),
    ("备注", "Remarks", 20.0),
];

/// Writes the report. `as_of` is the instant as the county writes it.
///
/// # Errors
/// `internal` when the file cannot be made.
pub fn sheet(board: &Board, as_of: &str) -> Result<Vec<u8>> {
    written(board, as_of).map_err(|e| Fault::internal(e.to_string()))
}

fn written(board: &Board, as_of: &str) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let title = Format::new()
        .set_bold()
        .set_font_size(16)
        .set_align(FormatAlign::Center);
    let head = Format::new()
        .set_bold()
        .set_align(FormatAlign::Center)
        .set_border(FormatBorder::Thin)
        .set_text_wrap();
    let last = u16::try_from(COLUMNS.len() - 1).unwrap_or(u16::MAX);
    let name = board
        .plan
        .as_ref()
        .map_or("", |(_, title, _)| title.as_str());
    sheet.merge_range(0, 0, 0, last, &format!("{name} 进度表"), &title)?;
    sheet.write(1, 0, format!("数据截至 data as of {as_of}"))?;
    for (column, (zh, en, width)) in COLUMNS.iter().enumerate() {
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        sheet.write_with_format(2, column, *zh, &head)?;
        sheet.write_with_format(3, column, *en, &head)?;
        sheet.set_column_width(column, *width)?;
    }
    sheet.set_freeze_panes(4, 2)?;
    for (place, row) in board.regions.iter().enumerate() {
        let at = u32::try_from(place + 4).unwrap_or(u32::MAX);
        line(sheet, at, &(place + 1).to_string(), row, board.decimals)?;
    }
    let total = RegionRow {
        name: "合计 Total".to_owned(),
        ..board.total.clone()
    };
    line(
        sheet,
        u32::try_from(board.regions.len() + 4).unwrap_or(u32::MAX),
        "",
        &total,
        board.decimals,
    )?;
    book.save_to_buffer()
}

fn line(
    sheet: &mut Worksheet,
    at: u32,
    number: &str,
    row: &RegionRow,
    decimals: u32,
) -> std::result::Result<(), XlsxError> {
    let cell = Format::new().set_border(FormatBorder::Thin);
    let text = cell.clone().set_num_format("@");
    sheet.write_string_with_format(at, 0, number, &text)?;
    sheet.write_string_with_format(at, 1, &row.name, &text)?;
    sheet.write_string_with_format(at, 2, &row.code, &text)?;
    let [principals, managers, key_posts, others] = row.by_role;
    let figures = [
        row.quota,
        row.person_times,
        row.completed,
        principals,
        managers,
        key_posts,
        others,
        row.online_times,
        row.offline_times,
        row.classes_held,
        row.passed,
    ];
    for (column, figure) in (3..).zip(figures) {
        sheet.write_with_format(at, column, figure, &cell)?;
    }
    rate(sheet, at, 14, row.rate, decimals, &cell)?;
    for (column, figure) in (15..).zip([
        row.due,
        row.claimed,
        row.claimed_on_list,
        row.claimed_outside_list,
    ]) {
        sheet.write_with_format(at, column, figure, &cell)?;
    }
    rate(sheet, at, 19, row.claim_rate, 2, &cell)?;
    sheet.write_with_format(at, 20, remark(row), &cell)?;
    Ok(())
}

/// What corrections changed since the plan was settled, in words.
fn remark(row: &RegionRow) -> String {
    let Some(later) = &row.later else {
        return String::new();
    };
    let changes = [
        ("任务数 quota", later.quota),
        ("人次 person-times", later.person_times),
        ("人数 people", later.completed),
        ("合格 passed", later.passed),
    ];
    let changed = changes.iter().filter(|(_, change)| *change != 0);
    let told: Vec<_> = changed.map(|(what, n)| format!("{what} {n:+}")).collect();
    if told.is_empty() {
        "结算数 settled".to_owned()
    } else {
        format!("结算数 settled；其后更正 since: {}", told.join("，"))
    }
}

fn rate(
    sheet: &mut Worksheet,
    at: u32,
    column: u16,
    rate: Option<rust_decimal::Decimal>,
    decimals: u32,
    cell: &Format,
) -> std::result::Result<(), XlsxError> {
    let zeros = "0".repeat(decimals as usize);
    let shown = cell.clone().set_num_format(if decimals == 0 {
        "0".to_owned()
    } else {
        format!("0.{zeros}")
    });
    match rate.and_then(|rate| rate.to_f64()) {
        Some(rate) => sheet.write_with_format(at, column, rate, &shown)?,
        None => {
            sheet.write_with_format(at, column, "—", &cell.clone().set_align(FormatAlign::Right))?
        }
    };
    Ok(())
}
