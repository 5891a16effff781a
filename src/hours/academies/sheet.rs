//! The columns of an academy's sheet: by its mapping first, by the field's own words second.

use super::rules::{AcademyLine, Mapping, Meaning, Unit, duration};
use crate::platform::Code;
use crate::sheets::text::{tidy, tight};
use crate::sheets::{
    self, Cell, Field, Line, Schema, SheetError, Table, Workbook, cells, ids, words,
};

/// Rows at the top of a tab among which a mapped header is looked for.
const SEARCHED: usize = 200;
/// Columns of a sheet that an answer names.
const MOST_COLUMNS: usize = 100;

/// Every meaning with the key and the words it is found by; the first word is what a mapped column is renamed to.
const MEANINGS: [(Meaning, &str, &[&str]); 9] = [
    (Meaning::Name, "name", words::NAME),
    (Meaning::IdNumber, "id_number", words::ID_NUMBER),
    (Meaning::Enterprise, "enterprise", words::ENTERPRISE),
    (Meaning::CreditCode, "credit_code", words::CREDIT_CODE),
    (Meaning::Course, "course", words::COURSE),
    (Meaning::Duration, "duration", words::DURATION),
    (Meaning::Score, "score", words::SCORE),
    (Meaning::FinishedOn, "finished_on", words::FINISHED_ON),
    (Meaning::Finished, "finished", words::FINISHED),
];

const SCHEMA: Schema = Schema {
    fields: &{
        let mut fields = [Field {
            key: "",
            words: &[],
        }; MEANINGS.len()];
        let mut place = 0;
        while place < MEANINGS.len() {
            let (_, key, words) = MEANINGS[place];
            fields[place] = Field { key, words };
            place += 1;
        }
        fields
    },
    required: &["name", "id_number"],
};

/// An academy's sheet, read.
#[derive(Clone, Debug)]
pub struct AcademySheet {
    pub lines: Vec<AcademyLine>,
    /// The header as written.
    pub header: Vec<String>,
    /// Each column that has a title, with what it was read as.
    pub columns: Vec<(String, Option<Meaning>)>,
}

/// Reads every table of a file.
///
/// # Errors
/// `NoHeader` when no tab has a column of names and one of ID numbers, `Empty` when nobody stands below them.
pub fn read_results(
    book: &Workbook,
    mapping: &Mapping,
    minutes_per_hour: i32,
) -> Result<AcademySheet, SheetError> {
    let named = renamed(book, mapping);
    let mut sheet = AcademySheet {
        lines: Vec::new(),
        header: Vec::new(),
        columns: Vec::new(),
    };
    for table in sheets::tables(&named, &SCHEMA)? {
        if sheet.header.is_empty() {
            sheet.header = written(book, &table);
            sheet.columns = columns(&sheet.header, &table);
        }
        let title = title_of(&sheet.columns, Meaning::Duration);
        let unit = mapping.unit.unwrap_or_else(|| Unit::of_title(title));
        for line in table.lines() {
            let number = u32::try_from(sheet.lines.len() + 1).unwrap_or(u32::MAX);
            sheet
                .lines
                .push(one(&line, &table, unit, minutes_per_hour, number));
        }
    }
    if sheet.lines.is_empty() {
        return Err(SheetError::Empty);
    }
    Ok(sheet)
}

/// The book with the titles of mapped columns put into the words of their meaning. A title that would else be read as
/// the same meaning is put out of the way.
fn renamed(book: &Workbook, mapping: &Mapping) -> Workbook {
    let mut book = book.clone();
    if mapping.columns.is_empty() {
        return book;
    }
    for tab in &mut book.tabs {
        let header = tab.rows.iter_mut().take(SEARCHED).find(|row| {
            let found = |wanted: Meaning| {
                let means = |cell: &Cell| mapping.of(&cells::text(cell)) == Some(wanted);
                row.cells.iter().any(means)
            };
            let mapped = |wanted| {
                mapping
                    .columns
                    .iter()
                    .any(|(_, meaning)| *meaning == wanted)
            };
            [Meaning::Name, Meaning::IdNumber]
                .into_iter()
                .all(|wanted| !mapped(wanted) || found(wanted))
                && row
                    .cells
                    .iter()
                    .any(|cell| mapping.of(&cells::text(cell)).is_some())
        });
        for cell in header.into_iter().flat_map(|row| &mut row.cells) {
            let told = mapping.of(&cells::text(cell));
            let by_itself = told.is_none().then(|| known(&cells::text(cell))).flatten();
            let taken = by_itself
                .is_some_and(|meaning| mapping.columns.iter().any(|(_, other)| *other == meaning));
            let word = told.and_then(|meaning| {
                let mut all = MEANINGS.iter();
                all.find(|(known, ..)| *known == meaning)
                    .and_then(|(_, _, words)| words.first())
            });
            match (word, told) {
                (Some(word), _) => *cell = Cell::Text((*word).to_owned()),
                (None, Some(_)) => *cell = Cell::Text("不用".to_owned()),
                (None, None) if taken => *cell = Cell::Text("不用".to_owned()),
                (None, None) => {}
            }
        }
    }
    book
}

/// The meaning that a title has by the field's own words.
fn known(title: &str) -> Option<Meaning> {
    let word = sheets::text::header_word(title);
    let says = |words: &[&str]| {
        words
            .iter()
            .any(|known| sheets::text::header_word(known) == word)
    };
    MEANINGS
        .iter()
        .find(|(_, _, words)| !word.is_empty() && says(words))
        .map(|(meaning, ..)| *meaning)
}

/// The header as it stands in the file.
fn written(book: &Workbook, table: &Table<'_>) -> Vec<String> {
    let above = table.above().len();
    let tab = book.tabs.iter().find(|tab| tab.name == table.tab_name());
    let row = tab.and_then(|tab| tab.rows.get(above));
    row.map(|row| row.cells.iter().map(cells::text).collect())
        .unwrap_or_default()
}

fn columns(header: &[String], table: &Table<'_>) -> Vec<(String, Option<Meaning>)> {
    let meaning = |place: usize| {
        let mut all = MEANINGS.iter();
        all.find(|(_, key, _)| table.column(key) == Some(place))
            .map(|(meaning, ..)| *meaning)
    };
    header
        .iter()
        .enumerate()
        .filter(|(_, title)| !title.is_empty())
        .take(MOST_COLUMNS)
        .map(|(place, title)| (title.chars().take(100).collect(), meaning(place)))
        .collect()
}

fn title_of(columns: &[(String, Option<Meaning>)], wanted: Meaning) -> &str {
    columns
        .iter()
        .find(|(_, meaning)| *meaning == Some(wanted))
        .map_or("", |(title, _)| title)
}

fn one(
    line: &Line<'_>,
    table: &Table<'_>,
    unit: Unit,
    minutes_per_hour: i32,
    number: u32,
) -> AcademyLine {
    let day = line.cell("finished_on");
    AcademyLine {
        line: number,
        sheet_row: line.sheet_row,
        name: sheets::person_name(line.cell("name")).map_err(|fault| fault.code),
        id: ids::id_number(line.cell("id_number")),
        enterprise_name: line.text("enterprise"),
        credit_code: ids::credit_code(&line.text("credit_code")).unwrap_or_default(),
        course: tidy(&line.text("course")).chars().take(200).collect(),
        minutes: minutes(line.cell("duration"), unit, minutes_per_hour),
        score: cells::score(line.cell("score")).map_err(|_| Code::ScoreUnreadable),
        day: match (day.is_blank(), cells::day(day)) {
            (true, _) => Err(Code::FinishDayMissing),
            (false, found) => found.ok_or(Code::FinishDayUnreadable),
        },
        finished: !table.has("finished") || finished(line.cell("finished")),
    }
}

/// A cell of durations; a time of day in it is one of the clock.
fn minutes(cell: &Cell, unit: Unit, minutes_per_hour: i32) -> Result<Option<i64>, Code> {
    use chrono::Timelike;
    match cell {
        Cell::DateTime(at) => {
            let first = chrono::NaiveDate::from_ymd_opt(1899, 12, 31).unwrap_or_default();
            let days = (at.date() - first).num_days().max(0);
            let seconds = days * 86_400 + i64::from(at.time().num_seconds_from_midnight());
            let minutes = (seconds + 30) / 60;
            Some(minutes)
                .filter(|minutes| *minutes <= 60_000)
                .map(Some)
                .ok_or(Code::MinutesUnreadable)
        }
        Cell::Formula => Err(Code::FormulaWithoutValue),
        Cell::Error(_) => Err(Code::CellError),
        cell => duration(&cells::text(cell), unit, minutes_per_hour),
    }
}

fn finished(cell: &Cell) -> bool {
    let text = tight(&cells::text(cell)).to_lowercase();
    let no = [
        "否",
        "未",
        "不",
        "×",
        "x",
        "no",
        "false",
        "0",
        "in progress",
        "学习中",
        "进行中",
    ];
    !text.is_empty() && !no.iter().any(|word| text.starts_with(word)) && text != "0%"
}

/// The wanted data lines as they were written, by number, for the sheet of refused lines.
///
/// # Errors
/// As [`read_results`].
pub fn raw_lines(
    book: &Workbook,
    mapping: &Mapping,
    wanted: &std::collections::HashMap<u32, String>,
) -> Result<Vec<(Vec<String>, String)>, SheetError> {
    let named = renamed(book, mapping);
    let mut number = 0;
    let mut found = Vec::with_capacity(wanted.len());
    for table in sheets::tables(&named, &SCHEMA)? {
        for line in table.lines() {
            number += 1;
            if let Some(reason) = wanted.get(&number) {
                found.push((line.raw(), reason.clone()));
            }
        }
    }
    Ok(found)
}
