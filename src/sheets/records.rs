//! The records of an old workbook (.xls), looked through before a reader makes room for what they claim.

use super::SheetError;
use super::container::{u16_at, u32_at, workbooks};
use super::read::Limits;

const BOUND_SHEET: u16 = 0x0085;
const BEGIN: u16 = 0x0809;
const END: u16 = 0x000A;
const CONTINUE: u16 = 0x003C;
const NAME: u16 = 0x0018;
const TEXTS: u16 = 0x00FC;
const TEXT_REF: u16 = 0x00FD;
const FORMULA: u16 = 0x0006;
const NUMBERS: u16 = 0x00BD;
const DIMENSIONS: u16 = 0x0200;
/// Cells of other kinds: numbers, texts, truths.
const CELLS: [u16; 5] = [0x0203, 0x0204, 0x00D6, 0x0205, 0x027E];
/// All the cells that a sheet of this format can have.
const WHOLE_SHEET: u64 = 65_536 * 256;
/// Sheets a workbook may have.
const SHEETS: usize = 1_024;

/// Checks ranges, texts and chains against the limits.
///
/// # Errors
/// `Broken`, `TooManyColumns`, `TooManyRows`, `TooLargeUnzipped`.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<(), SheetError> {
    for stream in workbooks(bytes)? {
        check_stream(&stream, limits)?;
    }
    Ok(())
}

/// The records of a stream: kind and content.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, length) = (u16_at(self.0, 0)?, u16_at(self.0, 2)?);
        let end = 4 + usize::from(length);
        let content = self.0.get(4..end)?;
        self.0 = self.0.get(end..)?;
        Some((kind, content))
    }
}

/// What the sheets share.
#[derive(Default)]
struct Shared<'a> {
    sheets: Vec<u32>,
    texts: Vec<&'a [u8]>,
    /// The longest name a formula may spell out.
    longest_name: u64,
}

fn check_stream(stream: &[u8], limits: &Limits) -> Result<(), SheetError> {
    let mut shared = Shared::default();
    let mut last = 0;
    for (kind, content) in Records(stream).take_while(|(kind, _)| *kind != END) {
        match kind {
            BOUND_SHEET => shared.sheets.extend(u32_at(content, 0)),
            TEXTS => shared.texts = vec![content],
            CONTINUE if last == TEXTS => shared.texts.push(content),
            _ => {}
        }
        if matches!(kind, BOUND_SHEET | NAME) {
            shared.longest_name = shared.longest_name.max(content.len() as u64);
        }
        if kind != CONTINUE {
            last = kind;
        }
    }
    if shared.sheets.len() > SHEETS {
        return Err(SheetError::Broken);
    }
    let lengths = text_lengths(&shared.texts);
    let (mut area, mut text, mut walked) = (0_u64, 0_u64, 0);
    for start in &shared.sheets {
        let sheet = usize::try_from(*start).ok().and_then(|at| stream.get(at..));
        let seen = look_over(sheet.unwrap_or_default(), &lengths, &shared, limits)?;
        area = area.saturating_add(seen.area());
        text = text.saturating_add(seen.text);
        walked += seen.walked;
        // Sheets lie behind one another; many that share their records would cost what the file never held.
        if walked > stream.len().saturating_mul(4) {
            return Err(SheetError::Broken);
        }
        if area > limits.cells as u64 {
            return Err(SheetError::TooManyRows { limit: limits.rows });
        }
        if text > limits.unzipped {
            return Err(SheetError::TooLargeUnzipped);
        }
    }
    Ok(())
}

/// The range of a sheet's cells, the text they hold, and the bytes it took to see.
#[derive(Default)]
struct Seen {
    rows: Option<(u16, u16)>,
    columns: Option<(usize, usize)>,
    text: u64,
    walked: usize,
}

impl Seen {
    fn area(&self) -> u64 {
        let height = self.rows.map_or(0, |(from, to)| u64::from(to - from) + 1);
        let width = self.columns.map_or(0, |(from, to)| (to - from) as u64 + 1);
        height * width
    }

    fn put(&mut self, content: &[u8], more: usize, limits: &Limits) -> Result<(), SheetError> {
        let (Some(row), Some(column)) = (u16_at(content, 0), u16_at(content, 2)) else {
            return Ok(());
        };
        let (from, to) = (usize::from(column), usize::from(column) + more);
        if to >= limits.columns {
            return Err(SheetError::TooManyColumns {
                limit: limits.columns,
            });
        }
        let rows = self.rows.unwrap_or((row, row));
        self.rows = Some((rows.0.min(row), rows.1.max(row)));
        let columns = self.columns.unwrap_or((from, to));
        self.columns = Some((columns.0.min(from), columns.1.max(to)));
        Ok(())
    }
}

fn look_over(
    sheet: &[u8],
    lengths: &[u64],
    shared: &Shared<'_>,
    limits: &Limits,
) -> Result<Seen, SheetError> {
    let mut seen = Seen::default();
    // A chart within the sheet begins and ends on its own, and its cells are none of the sheet's.
    let (mut begun, mut inner) = (false, 0_usize);
    for (kind, content) in Records(sheet) {
        seen.walked += content.len() + 4;
        match (kind, inner) {
            (BEGIN, _) if begun => inner += 1,
            (BEGIN, _) => begun = true,
            (END, 0) => break,
            (END, _) => inner -= 1,
            (DIMENSIONS, 0) if !sane(content) => return Err(SheetError::Broken),
            (TEXT_REF, 0) => {
                seen.put(content, 0, limits)?;
                let index = u32_at(content, 6).map_or(usize::MAX, |index| index as usize);
                // Beyond those that could be read it may be as long as one can be.
                let length = lengths.get(index).copied().unwrap_or(u64::from(u16::MAX));
                seen.text = seen.text.saturating_add(length);
            }
            (FORMULA, 0) => {
                seen.put(content, 0, limits)?;
                let spelt = (content.len() as u64 / 5).saturating_mul(shared.longest_name);
                seen.text = seen.text.saturating_add(spelt);
            }
            (NUMBERS, 0) => seen.put(content, content.len().saturating_sub(6) / 6, limits)?,
            (kind, 0) if CELLS.contains(&kind) => seen.put(content, 0, limits)?,
            _ => {}
        }
    }
    Ok(seen)
}

/// Whether a range of declared rows and columns is one that a sheet can have: room is made for all of it.
fn sane(content: &[u8]) -> bool {
    let short = |at| u16_at(content, at).map(u64::from);
    let long = |at| u32_at(content, at).map(u64::from);
    let range = match content.len() {
        10 => (short(0), short(2), short(4), short(6)),
        14 | 16 => (long(0), long(4), short(8), short(10)),
        // Refused by the reader itself.
        _ => return true,
    };
    let (Some(top), Some(bottom), Some(left), Some(right)) = range else {
        return true;
    };
    let left = if left > 0xFF || right < left { 0 } else { left };
    if bottom == 0 || right == 0 {
        return true;
    }
    bottom > top && right > left && (bottom - top).saturating_mul(right - left) <= WHOLE_SHEET
}

/// Bytes at most of each shared text, in their order, as far as they can be read.
fn text_lengths(parts: &[&[u8]]) -> Vec<u64> {
    let mut texts = Texts { parts, at: 8 };
    let mut lengths = Vec::new();
    while let Some(length) = texts.length() {
        lengths.push(length);
    }
    lengths
}

/// The table of shared texts, which runs on from record to record.
struct Texts<'a> {
    parts: &'a [&'a [u8]],
    at: usize,
}

impl Texts<'_> {
    fn length(&mut self) -> Option<u64> {
        let characters = usize::from(u16_at(self.take(2)?, 0)?);
        let mut flags = *self.take(1)?.first()?;
        let (styled, extended) = (flags & 8 != 0, flags & 4 != 0);
        let mut skip = 0;
        if styled {
            skip += usize::from(u16_at(self.take(2)?, 0)?) * 4;
        }
        if extended {
            skip += u32_at(self.take(4)?, 0)? as usize;
        }
        let (mut left, mut bytes) = (characters, 0);
        loop {
            // Two bytes a character make up to three of UTF-8; one byte up to two.
            let (unit, most) = if flags & 1 == 1 { (2, 3) } else { (1, 2) };
            let here = left.min(self.left() / unit);
            self.at += here * unit;
            bytes += here as u64 * most;
            left -= here;
            if left == 0 {
                break;
            }
            // A text that runs on says again how wide its characters are.
            self.next_part()?;
            flags = *self.take(1)?.first()?;
        }
        while skip > self.left() {
            skip -= self.left();
            self.next_part()?;
        }
        self.at += skip;
        Some(bytes)
    }

    fn left(&self) -> usize {
        self.parts
            .first()
            .map_or(0, |part| part.len().saturating_sub(self.at))
    }

    fn next_part(&mut self) -> Option<()> {
        self.parts = self.parts.get(1..).filter(|parts| !parts.is_empty())?;
        self.at = 0;
        Some(())
    }

    fn take(&mut self, bytes: usize) -> Option<&[u8]> {
        if self.left() == 0 {
            self.next_part()?;
        }
        let from = self.at;
        self.at += bytes;
        self.parts.first()?.get(from..from + bytes)
    }
}
