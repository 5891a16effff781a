//! Files of questions: sheets (题库模板), GIFT and Aiken. Each question is read for itself; one that cannot be is named.

mod aiken;
mod gift;
mod sheet;

use super::rules::{Content, Kind, USUAL_DIFFICULTY};
use crate::platform::Code;
use crate::platform::intake::{LineFault, LinePlace};
use crate::sheets::text::plain;
use crate::sheets::{SheetError, decode};

pub use sheet::{HEADER, row};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename = "QuestionFormat", rename_all = "snake_case")]
pub enum Format {
    /// 表格：.xlsx .xls .ods .csv .tsv
    Sheet,
    /// Moodle 的 GIFT 文本
    Gift,
    /// Aiken 文本
    Aiken,
}

/// Most questions of one file.
pub const MOST: usize = 20_000;

/// A question as it was read, with where it stood.
pub struct Line {
    pub place: LinePlace,
    pub content: Result<Content, LineFault>,
}

/// Reads a file of questions; where nobody says how it is written, its content tells.
///
/// # Errors
/// The file's own faults; `EmptyFile` when it holds no question.
pub fn read(bytes: &[u8], format: Option<Format>) -> Result<Vec<Line>, SheetError> {
    let format = format.unwrap_or_else(|| told(bytes));
    let lines = match format {
        Format::Sheet => sheet::read(bytes)?,
        Format::Gift => gift::read(&decode(bytes)?),
        Format::Aiken => aiken::read(&decode(bytes)?),
    };
    if lines.is_empty() {
        return Err(SheetError::Empty);
    }
    if lines.len() > MOST {
        return Err(SheetError::TooManyRows { limit: MOST });
    }
    Ok(lines.into_iter().map(checked).collect())
}

fn checked(line: Line) -> Line {
    let content = line.content.and_then(|content| {
        let content = content.tidied();
        content.check().map(|()| content)
    });
    Line { content, ..line }
}

/// A text with answers in braces is GIFT, one with `ANSWER:` below options is Aiken; all else is a sheet.
fn told(bytes: &[u8]) -> Format {
    if bytes.starts_with(b"PK") || bytes.starts_with(&[0xD0, 0xCF]) {
        return Format::Sheet;
    }
    let Ok(text) = decode(bytes) else {
        return Format::Sheet;
    };
    let starts = |line: &str| aiken::answer(line).is_some();
    if text.lines().any(starts) {
        Format::Aiken
    } else if gift::has_answers(&text) {
        Format::Gift
    } else {
        Format::Sheet
    }
}

fn place(line: usize, row: usize) -> LinePlace {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    LinePlace {
        line: small(line),
        sheet_row: small(row),
    }
}

/// Places of letters like `A、C`, `acd`, `Ａ Ｂ`; none where something else stands there.
fn letters(text: &str) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    for c in plain(text).chars() {
        match c.to_ascii_uppercase() {
            c @ 'A'..='H' => places.push(usize::from(u8::try_from(c).ok()? - b'A')),
            c if c.is_whitespace() || ",，、;；/".contains(c) => {}
            _ => return None,
        }
    }
    (!places.is_empty()).then_some(places)
}

/// Whether an answer says true or false: 0 or 1, as a question's answer is kept.
fn truth(text: &str) -> Option<usize> {
    match plain(text).trim().to_lowercase().as_str() {
        "对" | "正确" | "√" | "✓" | "是" | "t" | "true" | "y" | "yes" | "1" => Some(0),
        "错" | "错误" | "×" | "x" | "✗" | "否" | "不对" | "f" | "false" | "n" | "no" | "0" => {
            Some(1)
        }
        _ => None,
    }
}

fn unsupported() -> LineFault {
    LineFault::new("kind", Code::QuestionKindUnknown)
}

fn content(kind: Kind, text: String) -> Content {
    Content {
        kind,
        text,
        options: Vec::new(),
        answer: Vec::new(),
        explanation: String::new(),
        difficulty: USUAL_DIFFICULTY,
        tags: Vec::new(),
        picture_id: None,
    }
}
