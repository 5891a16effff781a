//! Finding the header among titles, mapping its words to meanings, and walking the data lines below it.

use std::collections::HashMap;

use super::columns::{Vocabulary, header_words, map, under_header};
use super::text::{header_word, tight};
use super::{Cell, Row, SheetError, Tab, Workbook, cells};

/// A meaning a column can have, and the words people write above it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub key: &'static str,
    pub words: &'static [&'static str],
}

/// The columns one kind of sheet can have; a header must name all the required ones.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    pub fields: &'static [Field],
    pub required: &'static [&'static str],
}

/// Rows at the top of a tab among which the header is looked for.
const SEARCHED: usize = 200;
/// A cell in one of these makes a row a data line; a number and a date alone do not.
const TELLING: &[&str] = &[
    "name",
    "id_number",
    "certificate_number",
    "question",
    "phone",
    "check_in",
    "check_out",
    "score",
];
/// Written once for many lines, in merged cells or with blanks below.
const SHARED: &[&[&str]] = &[
    &["enterprise", "credit_code"],
    &["region", "region_code"],
    &["class"],
    &["day"],
];

/// The tables of a file: one a tab that has a header.
///
/// # Errors
/// `NoHeader` when no tab has one.
pub fn tables<'a>(book: &'a Workbook, schema: &Schema) -> Result<Vec<Table<'a>>, SheetError> {
    let words = Vocabulary::of(schema);
    let found: Vec<_> = book
        .tabs
        .iter()
        .filter_map(|tab| Table::find(tab, &words))
        .collect();
    if found.is_empty() {
        Err(SheetError::NoHeader)
    } else {
        Ok(found)
    }
}

/// A header and the lines below it.
pub struct Table<'a> {
    tab: &'a Tab,
    words: Vocabulary,
    /// Places of the header's first row and of the first row below it.
    top: usize,
    below: usize,
    columns: HashMap<&'static str, usize>,
    /// Rows under which a merged area runs on: (row, column) → the row that holds the value.
    merged: HashMap<(u32, u32), u32>,
}

impl<'a> Table<'a> {
    fn find(tab: &'a Tab, schema: &Vocabulary) -> Option<Self> {
        for (top, row) in tab.rows.iter().enumerate().take(SEARCHED) {
            let single = header_words(tab, &[row]);
            let next = tab
                .rows
                .get(top + 1)
                .filter(|next| next.number == row.number + 1);
            let columns = map(&single, schema);
            // One word alone may be a title: 东山街道 over a whole header is no column of townships.
            let stacked = next
                .filter(|_| columns.len() > 1)
                .filter(|next| under_header(next, &columns, schema))
                .map(|next| header_words(tab, &[row, next]));
            let (columns, height) = match &stacked {
                Some(words) => (map(words, schema), 2),
                None => (columns, 1),
            };
            if schema.required.iter().all(|key| columns.contains_key(key)) {
                let merged = merged_down(tab);
                return Some(Self {
                    tab,
                    words: schema.clone(),
                    top,
                    below: top + height,
                    columns,
                    merged,
                });
            }
        }
        None
    }

    /// The tab's name; empty for text files.
    #[must_use]
    pub fn tab_name(&self) -> &str {
        &self.tab.name
    }

    /// The rows above the header.
    #[must_use]
    pub fn above(&self) -> &'a [Row] {
        self.tab.rows.get(..self.top).unwrap_or_default()
    }

    /// Whether the sheet has a column of this meaning.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.columns.contains_key(key)
    }

    /// The place of the column of a meaning, from 0.
    #[must_use]
    pub fn column(&self, key: &str) -> Option<usize> {
        self.columns.get(key).copied()
    }

    /// The header as written.
    #[must_use]
    pub fn header(&self) -> Vec<String> {
        let row = self.tab.rows.get(self.top);
        row.map(|row| row.cells.iter().map(cells::text).collect())
            .unwrap_or_default()
    }

    /// The data lines, in order: no titles, totals, signatures, repeated headers or blank templates.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let rows = self.tab.rows.get(self.below..).unwrap_or_default();
        let mut last: Option<HashMap<&'static str, &Cell>> = None;
        // Where merged areas are known a blank is a blank; elsewhere it means "as above".
        let guess = self.merged.is_empty();
        rows.iter().filter(|row| self.is_data(row)).map(move |row| {
            let mut values: HashMap<&'static str, &Cell> =
                HashMap::with_capacity(self.columns.len());
            for (key, column) in &self.columns {
                values.insert(key, self.value(row, *column));
            }
            let filled = guess && fill_down(&mut values, last.as_ref());
            last = Some(values.clone());
            Line {
                sheet_row: row.number,
                values,
                filled,
                row,
            }
        })
    }

    fn cell<'r>(&self, row: &'r Row, key: &str) -> &'r Cell {
        self.columns
            .get(key)
            .and_then(|column| row.cells.get(*column))
            .unwrap_or(&Cell::Empty)
    }

    /// The cell, or the one it is merged into.
    fn value<'r>(&'r self, row: &'r Row, column: usize) -> &'r Cell {
        let own = row.cells.get(column).unwrap_or(&Cell::Empty);
        if !own.is_blank() {
            return own;
        }
        let at = (row.number - 1, u32::try_from(column).unwrap_or(u32::MAX));
        let Some(top) = self.merged.get(&at) else {
            return own;
        };
        let holder = self
            .tab
            .rows
            .binary_search_by_key(&(top + 1), |row| row.number)
            .ok();
        holder
            .and_then(|place| self.tab.rows.get(place))
            .and_then(|row| row.cells.get(column))
            .unwrap_or(own)
    }

    fn is_data(&self, row: &Row) -> bool {
        let telling = TELLING
            .iter()
            .chain(self.words.required)
            .any(|key| !self.cell(row, key).is_blank());
        telling && !self.is_footer(row) && !self.is_header_again(row)
    }

    fn is_header_again(&self, row: &Row) -> bool {
        let word = |key| header_word(&cells::text(self.cell(row, key)));
        self.words
            .required
            .iter()
            .all(|key| self.words.means(key, &word(key)))
    }

    /// Totals, signatures and notes below the list. A row with something like an ID number is never one.
    fn is_footer(&self, row: &Row) -> bool {
        let id_like = |key: &str| {
            let text = tight(&cells::text(self.cell(row, key)));
            text.chars().filter(char::is_ascii_digit).count() >= 6
        };
        if id_like("id_number") || id_like("certificate_number") {
            return false;
        }
        let first = row.cells.iter().find(|cell| !cell.is_blank());
        let named = ["name", "id_number"].map(|key| self.cell(row, key));
        first
            .into_iter()
            .chain(named)
            .any(|cell| footer_word(&tight(&cells::text(cell))))
    }
}

/// What a line of totals begins with.
const TOTALS: &[&str] = &[
    "合计",
    "总计",
    "小计",
    "共计",
    "累计",
    "总人数",
    "本页",
    "total",
    "sum",
    "subtotal",
];
/// What a line of signatures or notes begins with.
const SIGNED: &[&str] = &[
    "填表",
    "制表",
    "审核",
    "复核",
    "经办",
    "审批",
    "单位(盖章",
    "单位盖章",
    "盖章",
    "签字",
    "签章",
    "填报",
    "负责人:",
    "负责人签",
    "联系人:",
    "日期:",
    "授课人:",
    "教师签",
    "培训单位",
    "主办单位",
    "注:",
    "备注:",
    "说明:",
    "注1",
    "preparedby",
    "signature",
    "note:",
];

fn footer_word(text: &str) -> bool {
    let text = text.to_lowercase();
    let people = text
        .strip_prefix('共')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    people
        || TOTALS.iter().any(|word| {
            text.strip_prefix(word).is_some_and(|rest| {
                !rest.starts_with(char::is_alphabetic) || rest.starts_with(['人', '数'])
            })
        })
        || SIGNED.iter().any(|word| text.starts_with(word))
}

/// A data line.
pub struct Line<'a> {
    /// As the sheet's user sees it, from 1.
    pub sheet_row: u32,
    values: HashMap<&'static str, &'a Cell>,
    filled: bool,
    row: &'a Row,
}

impl<'a> Line<'a> {
    /// The cell of a meaning; empty when the sheet has no such column.
    #[must_use]
    pub fn cell(&self, key: &str) -> &'a Cell {
        self.values.get(key).copied().unwrap_or(&Cell::Empty)
    }

    /// The tidied text of a meaning.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        cells::text(self.cell(key))
    }

    /// The enterprise was taken from the line above.
    #[must_use]
    pub const fn filled_down(&self) -> bool {
        self.filled
    }

    /// Every cell as written.
    #[must_use]
    pub fn raw(&self) -> Vec<String> {
        self.row.cells.iter().map(cells::text).collect()
    }
}

fn merged_down(tab: &Tab) -> HashMap<(u32, u32), u32> {
    // As many entries as rows at most make sense; a file that claims more is cut there.
    let most = tab.rows.len().saturating_mul(8);
    let last = tab.rows.last().map_or(0, |row| row.number);
    tab.merges
        .iter()
        .filter(|area| area.rows.1 > area.rows.0)
        .flat_map(|area| {
            let rows = area.rows.0 + 1..=area.rows.1.min(last);
            rows.flat_map(move |row| {
                (area.columns.0..=area.columns.1).map(move |column| ((row, column), area.rows.0))
            })
        })
        .take(most)
        .collect()
}

/// Takes over from the line above what is written once for many; tells whether the employer was.
fn fill_down<'a>(
    values: &mut HashMap<&'static str, &'a Cell>,
    last: Option<&HashMap<&'static str, &'a Cell>>,
) -> bool {
    let Some(last) = last else { return false };
    let people = values.contains_key("id_number") || values.contains_key("certificate_number");
    let mut employer = false;
    for group in SHARED {
        // An enterprise without a code in a list of enterprises has not the code of the one above.
        if !people && group.contains(&"credit_code") {
            continue;
        }
        if group
            .iter()
            .any(|key| values.get(key).is_some_and(|cell| !cell.is_blank()))
        {
            continue;
        }
        for key in *group {
            if let (Some(cell), Some(above)) = (values.get_mut(key), last.get(key)) {
                employer |= group.contains(&"enterprise") && !above.is_blank();
                *cell = above;
            }
        }
    }
    employer
}
