//! Text files: which encoding, which delimiter, and quotes that would swallow lines.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::read::Limits;
use super::rows::{Budget, Rows};
use super::{Cell, SheetError, Tab};

/// Reads delimited text as one tab.
pub(super) fn tabs(bytes: &[u8], limits: &Limits) -> Result<Vec<Tab>, SheetError> {
    let text = decode(bytes)?;
    let (text, told) = hint(&text);
    if text.trim().is_empty() {
        return Err(SheetError::Empty);
    }
    let delimiter = told.unwrap_or_else(|| delimiter(text));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut left = Budget::of(limits);
    let mut rows = Rows::new(limits, &mut left);
    let mut width = 0;
    let mut record = csv::StringRecord::new();
    // Counted here: the reader is a line behind where lines end in CR LF.
    let (mut line, mut from) = (1, 0);
    while reader
        .read_record(&mut record)
        .map_err(|_| SheetError::Broken)?
    {
        let raw = slice(text, from, reader.position().byte());
        from = reader.position().byte();
        let content = raw.trim_start_matches(['\r', '\n']);
        let breaks = |text: &str| text.matches('\n').count() as u64;
        line += breaks(raw) - breaks(content);
        refuse_stray_quote(&record, content, width, delimiter, line)?;
        width = width.max(record.len());
        let row = u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX);
        for (column, value) in record.iter().enumerate() {
            let kept: String = value.chars().take(limits.cell).collect();
            rows.put(
                row,
                u32::try_from(column).unwrap_or(u32::MAX),
                Cell::Text(kept),
            )?;
        }
        line += breaks(content);
    }
    Ok(vec![Tab {
        name: String::new(),
        rows: rows.done(),
        merges: Vec::new(),
    }])
}

/// The text without Excel's own hint in its first line, and the delimiter that names.
fn hint(text: &str) -> (&str, Option<u8>) {
    match text.strip_prefix("sep=") {
        Some(rest) => (
            rest.split_once('\n').map_or("", |(_, rest)| rest),
            rest.bytes().next(),
        ),
        None => (text, None),
    }
}

fn slice(text: &str, from: u64, to: u64) -> &str {
    let place = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    text.get(place(from)..place(to)).unwrap_or_default()
}

/// The text of a file: by its mark, else UTF-8, else GB18030, and nothing that holds what no text holds.
///
/// # Errors
/// `Broken` when it is no text.
pub fn decode(bytes: &[u8]) -> Result<String, SheetError> {
    let strict = |encoding: &'static Encoding, bytes| {
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(std::borrow::Cow::into_owned)
    };
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => strict(UTF_8, rest),
        [0xFF, 0xFE, rest @ ..] => strict(UTF_16LE, rest),
        [0xFE, 0xFF, rest @ ..] => strict(UTF_16BE, rest),
        _ => strict(UTF_8, bytes).or_else(|| strict(GB18030, bytes)),
    };
    let mut text = text.ok_or(SheetError::NotASheet)?;
    // Excel's "CSV (Macintosh)" ends lines with CR alone.
    if !text.contains('\n') {
        text = text.replace('\r', "\n");
    }
    let odd = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n' | '\u{1a}' | '\u{85}');
    let start = text.trim_start().get(..1).unwrap_or_default();
    // A web page saved as .xls is a common export, and no sheet.
    if text.chars().any(odd) || start == "<" {
        Err(SheetError::NotASheet)
    } else {
        Ok(text)
    }
}

/// The delimiter that most of the first lines agree on.
fn delimiter(text: &str) -> u8 {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(30)
        .collect();
    let count = |sep: char| -> usize { lines.iter().map(|line| line.matches(sep).count()).sum() };
    let best = [(',', b','), ('\t', b'\t'), (';', b';'), ('|', b'|')]
        .into_iter()
        .max_by_key(|(sep, _)| (count(*sep), *sep == ','));
    best.map_or(b',', |(_, byte)| byte)
}

/// A quote without its partner makes a reader take the lines after it for one cell.
fn refuse_stray_quote(
    record: &csv::StringRecord,
    raw: &str,
    width: usize,
    delimiter: u8,
    line: u64,
) -> Result<(), SheetError> {
    if !raw.contains('"') {
        return Ok(());
    }
    let odd = raw.matches('"').count() % 2 == 1;
    let swallowed = |field: &str| {
        // A cell may hold line breaks, but hardly a line with several delimiters.
        field
            .lines()
            .skip(1)
            .any(|line| line.matches(char::from(delimiter)).count() >= 2.max(width / 3))
    };
    let many_lines = record.iter().any(|field| field.contains('\n'));
    if record.iter().any(swallowed) || (odd && (many_lines || record.len() < width)) {
        return Err(SheetError::StrayQuote { line });
    }
    Ok(())
}
