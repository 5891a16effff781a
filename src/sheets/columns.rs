//! Which column means what: the words above it against the words people write.

use std::collections::HashMap;

use super::header::Schema;
use super::text::{chinese_part, header_word};
use super::{Cell, Merge, Row, Tab, cells};

/// A schema with its words as headers are compared.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    fields: Vec<(&'static str, Vec<String>)>,
    pub(super) required: &'static [&'static str],
}

impl Vocabulary {
    pub(super) fn of(schema: &Schema) -> Self {
        let fields = schema.fields.iter().map(|field| {
            (
                field.key,
                field.words.iter().map(|w| header_word(w)).collect(),
            )
        });
        Self {
            fields: fields.collect(),
            required: schema.required,
        }
    }

    pub(super) fn knows(&self, word: &str) -> bool {
        !word.is_empty() && self.fields.iter().any(|(key, _)| self.means(key, word))
    }

    pub(super) fn means(&self, key: &str, word: &str) -> bool {
        let chinese = chinese_part(word);
        let same = |known: &String| known == word || *known == chinese;
        self.fields
            .iter()
            .any(|(field, words)| *field == key && words.iter().any(same))
    }
}

/// Bytes beyond which a cell is prose, not a column's name.
const PROSE: usize = 400;

/// A cell as a column's name; nothing where it is too long to be one.
fn word(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) if text.len() > PROSE => String::new(),
        cell => header_word(&cells::text(cell)),
    }
}

/// The words over each column; a stacked header's two rows are read together, merged cells over all they cover.
pub(super) fn header_words(tab: &Tab, rows: &[&Row]) -> Vec<Vec<String>> {
    let width = rows
        .iter()
        .map(|row| row.cells.len())
        .max()
        .unwrap_or_default();
    // Those of each row picked out once: a sheet may have very many.
    let areas: Vec<(&Row, Vec<&Merge>)> = rows
        .iter()
        .map(|row| {
            let own = tab.merges.iter().filter(|m| m.rows.0 == row.number - 1);
            (*row, own.collect())
        })
        .collect();
    (0..width)
        .map(|column| {
            let words: Vec<String> = areas
                .iter()
                .map(|(row, areas)| word(spread(row, areas, column)))
                .collect();
            let joined = words.concat();
            // The lowest word says most: 签到时间 over 上午; then both together; then the upper one.
            let mut all: Vec<String> = words.into_iter().rev().collect();
            all.push(joined);
            let chinese: Vec<String> = all.iter().map(|word| chinese_part(word)).collect();
            all.extend(chinese);
            all.retain(|word| !word.is_empty());
            all.dedup();
            all
        })
        .collect()
}

/// The cell, or for a cell merged from the left, the one that holds its text.
fn spread<'a>(row: &'a Row, areas: &[&Merge], column: usize) -> &'a Cell {
    let own = row.cells.get(column).unwrap_or(&Cell::Empty);
    if !own.is_blank() {
        return own;
    }
    let at = u32::try_from(column).unwrap_or(u32::MAX);
    let area = areas
        .iter()
        .find(|m| m.columns.0 <= at && at <= m.columns.1);
    area.and_then(|area| row.cells.get(area.columns.0 as usize))
        .unwrap_or(own)
}

/// Whether a row belongs to the header above it: it holds a column's word and no person.
pub(super) fn under_header(
    row: &Row,
    columns: &HashMap<&'static str, usize>,
    schema: &Vocabulary,
) -> bool {
    let empty_or_word = |key: &&str| {
        let Some(column) = columns.get(*key) else {
            return true;
        };
        let cell = row.cells.get(*column).unwrap_or(&Cell::Empty);
        cell.is_blank() || schema.knows(&word(cell))
    };
    let words = row
        .cells
        .iter()
        .filter(|cell| schema.knows(&word(cell)))
        .count();
    words > 0
        && !columns.is_empty()
        && schema.required.iter().all(empty_or_word)
        && row
            .cells
            .iter()
            .all(|cell| !matches!(cell, Cell::Number(_) | Cell::DateTime(_)))
}

/// Gives each meaning its best column: the word itself, else a word that holds it, the longest first.
pub(super) fn map(words: &[Vec<String>], schema: &Vocabulary) -> HashMap<&'static str, usize> {
    let mut hits: Vec<(usize, &'static str, usize)> = Vec::new();
    for (column, candidates) in words.iter().enumerate() {
        for (key, known) in &schema.fields {
            let weight = candidates
                .iter()
                .flat_map(|c| known.iter().map(move |w| fit(c, w)))
                .max();
            if let Some(weight) = weight.filter(|weight| *weight > 0) {
                hits.push((weight, *key, column));
            }
        }
    }
    // Best fit first, then the leftmost column.
    hits.sort_by(|a, b| b.0.cmp(&a.0).then(a.2.cmp(&b.2)));
    let mut columns: HashMap<&'static str, usize> = HashMap::new();
    for (_, key, column) in hits {
        if !columns.contains_key(key) && !columns.values().any(|taken| *taken == column) {
            columns.insert(key, column);
        }
    }
    columns
}

/// How well a header's word fits a known one: 0 not at all, 1000 exactly.
fn fit(word: &str, known: &str) -> usize {
    let (length, whole) = (known.chars().count(), word.chars().count());
    if word == known {
        return 1_000;
    }
    let chinese = !known.is_ascii();
    // A title is no header: a word may hold a few letters more, not a sentence.
    if !chinese || whole > length + 8 || whole > 16 {
        return 0;
    }
    if length >= 3 && word.contains(known) {
        return 100 + length;
    }
    if length == 2 && word.ends_with(known) && whole <= 6 {
        10
    } else {
        0
    }
}
