//! The columns of a sign-in sheet, and the classes its lines belong to.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};

use super::rules::Reason;
use crate::sheets::cells::Score;
use crate::sheets::ids::{IdFault, IdNumber};
use crate::sheets::posts::TargetRole;
use crate::sheets::text::{tidy, tight};
use crate::sheets::{
    self, Cell, Field, Line, Schema, SheetError, Table, Workbook, cells, ids, posts, words,
};

/// One line of a sign-in sheet.
#[derive(Clone, Debug)]
pub struct AttendanceLine {
    /// From 1 over all data lines of the file.
    pub line: u32,
    pub tab: String,
    pub sheet_row: u32,
    /// Place in [`AttendanceSheet::sessions`].
    pub session: usize,
    pub name: Result<String, Reason>,
    pub id: Result<IdNumber, IdFault>,
    pub enterprise_name: String,
    pub credit_code: String,
    pub role: TargetRole,
    pub phone: Option<String>,
    pub check_in: TimeCell,
    pub check_out: TimeCell,
    /// From a column of hours, where there is one.
    pub minutes: Option<i32>,
    pub score: Result<Option<Score>, String>,
    /// The employer was written once for several lines.
    pub employer_filled_down: bool,
}

/// What a column of times says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeCell {
    NoColumn,
    Empty,
    /// A tick, a signature: present, without a time.
    Attended,
    At(NaiveDateTime),
    Unreadable(String),
}

impl TimeCell {
    /// The time, where there is one.
    #[must_use]
    pub const fn at(&self) -> Option<NaiveDateTime> {
        match self {
            Self::At(at) => Some(*at),
            _ => None,
        }
    }
}

/// A class as its sheet tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub title: String,
    pub day: Option<NaiveDate>,
    pub place: String,
    pub teacher: String,
    pub starts: Option<NaiveDateTime>,
    pub ends: Option<NaiveDateTime>,
    /// Every text that may name its township, the surest first.
    pub region_hints: Vec<String>,
}

/// A sign-in sheet, read.
#[derive(Clone, Debug)]
pub struct AttendanceSheet {
    pub sessions: Vec<Session>,
    pub lines: Vec<AttendanceLine>,
    /// The header as written.
    pub header: Vec<String>,
}

const SCHEMA: Schema = Schema {
    fields: &[
        Field {
            key: "name",
            words: words::NAME,
        },
        Field {
            key: "id_number",
            words: words::ID_NUMBER,
        },
        Field {
            key: "enterprise",
            words: words::ENTERPRISE,
        },
        Field {
            key: "credit_code",
            words: words::CREDIT_CODE,
        },
        Field {
            key: "role",
            words: words::ROLE,
        },
        Field {
            key: "phone",
            words: words::PHONE,
        },
        Field {
            key: "check_in",
            words: words::CHECK_IN,
        },
        Field {
            key: "check_out",
            words: words::CHECK_OUT,
        },
        Field {
            key: "score",
            words: words::SCORE,
        },
        Field {
            key: "hours",
            words: words::HOURS,
        },
        Field {
            key: "day",
            words: words::DAY,
        },
        Field {
            key: "class",
            words: words::CLASS,
        },
        Field {
            key: "region",
            words: words::REGION,
        },
        Field {
            key: "region_code",
            words: words::REGION_CODE,
        },
        Field {
            key: "id_kind",
            words: words::ID_KIND,
        },
    ],
    required: &["name", "id_number"],
};

/// Reads every table of a file into lines and the classes they belong to.
///
/// # Errors
/// `NoHeader` when no tab has the columns of a sign-in sheet, `Empty` when nobody stands below them.
pub fn read_attendance(
    book: &Workbook,
    file_name: &str,
    minutes_per_hour: i32,
) -> Result<AttendanceSheet, SheetError> {
    let tables = sheets::tables(book, &SCHEMA)?;
    let mut sheet = AttendanceSheet {
        sessions: Vec::new(),
        lines: Vec::new(),
        header: Vec::new(),
    };
    let several = tables.len() > 1;
    for table in &tables {
        let about = About::read(table, file_name, several);
        if sheet.header.is_empty() {
            sheet.header = table.header();
        }
        let mut keys: HashMap<(String, String, Option<NaiveDate>), usize> = HashMap::new();
        for line in table.lines() {
            let number = u32::try_from(sheet.lines.len() + 1).unwrap_or(u32::MAX);
            let mut read = one(&line, table, about.day, minutes_per_hour, number);
            let (class, region) = (line.text("class"), region_of(&line));
            let own_day = cells::day(line.cell("day"));
            let day = read
                .check_in
                .at()
                .map(|at| at.date())
                .or(own_day)
                .or(about.day);
            let next = sheet.sessions.len();
            let place = *keys
                .entry((class.clone(), region.clone(), day))
                .or_insert(next);
            if place == next {
                sheet.sessions.push(about.session(&class, &region, day));
            }
            if let Some(session) = sheet.sessions.get_mut(place) {
                widen(session, read.check_in.at(), read.check_out.at());
            }
            read.session = place;
            sheet.lines.push(read);
        }
    }
    if sheet.lines.is_empty() {
        return Err(SheetError::Empty);
    }
    Ok(sheet)
}

fn region_of(line: &Line<'_>) -> String {
    let code = line.text("region_code");
    if code.is_empty() {
        line.text("region")
    } else {
        code
    }
}

fn widen(session: &mut Session, check_in: Option<NaiveDateTime>, check_out: Option<NaiveDateTime>) {
    if let Some(at) = check_in {
        session.starts = Some(session.starts.map_or(at, |known| known.min(at)));
    }
    if let Some(at) = check_out {
        session.ends = Some(session.ends.map_or(at, |known| known.max(at)));
    }
}

fn one(
    line: &Line<'_>,
    table: &Table<'_>,
    day: Option<NaiveDate>,
    minutes_per_hour: i32,
    number: u32,
) -> AttendanceLine {
    let day = cells::day(line.cell("day")).or(day);
    let check_in = time(line, table, "check_in", day);
    // A sign-out given as a time alone falls on the day of the sign-in.
    let check_out = time(
        line,
        table,
        "check_out",
        check_in.at().map(|at| at.date()).or(day),
    );
    let hours: Option<f64> = line.text("hours").trim_end_matches("学时").parse().ok();
    #[expect(clippy::cast_possible_truncation, reason = "at most a thousand hours")]
    let minutes = hours
        .filter(|hours| (0.0..=1_000.0).contains(hours))
        .map(|hours| (hours * f64::from(minutes_per_hour)).round() as i32);
    AttendanceLine {
        line: number,
        tab: table.tab_name().to_owned(),
        sheet_row: line.sheet_row,
        session: 0,
        name: sheets::person_name(line.cell("name")).map_err(|fault| Reason::of_code(fault.code)),
        id: ids::id_number(line.cell("id_number")),
        enterprise_name: line.text("enterprise"),
        credit_code: ids::credit_code(&line.text("credit_code")).unwrap_or_default(),
        role: posts::role(&line.text("role")),
        phone: cells::phone(line.cell("phone")),
        check_in,
        check_out,
        minutes,
        score: cells::score(line.cell("score")),
        employer_filled_down: line.filled_down(),
    }
}

fn time(line: &Line<'_>, table: &Table<'_>, key: &str, day: Option<NaiveDate>) -> TimeCell {
    if !table.has(key) {
        return TimeCell::NoColumn;
    }
    let cell = line.cell(key);
    if cell.is_blank() {
        return TimeCell::Empty;
    }
    if let Some(at) = cells::moment(cell, day) {
        return TimeCell::At(at);
    }
    let text = tight(&cells::text(cell));
    // Digits that make no time are a slip of the pen; letters and ticks are a signature.
    let absent = matches!(
        text.as_str(),
        "×" | "x" | "X" | "缺勤" | "未到" | "请假" | "缺席" | "否" | "未签"
    );
    match cell {
        Cell::Text(_) if absent => TimeCell::Empty,
        Cell::Text(_) if !text.chars().any(|c| c.is_ascii_digit()) => TimeCell::Attended,
        Cell::Bool(true) => TimeCell::Attended,
        _ => TimeCell::Unreadable(text),
    }
}

/// What the rows above a header tell of the class.
struct About {
    title: String,
    day: Option<NaiveDate>,
    place: String,
    teacher: String,
    hints: Vec<String>,
}

impl About {
    fn read(table: &Table<'_>, file_name: &str, several_tabs: bool) -> Self {
        let stem = file_name
            .rsplit_once('.')
            .map_or(file_name, |(stem, _)| stem);
        let stem = stem.rsplit(['/', '\\']).next().unwrap_or(stem);
        let (mut title, mut day, mut place, mut teacher) =
            (None, None, String::new(), String::new());
        for row in table.above() {
            let texts: Vec<String> = row.cells.iter().map(cells::text).collect();
            for (column, text) in texts
                .iter()
                .enumerate()
                .filter(|(_, text)| !text.is_empty())
            {
                let next = texts
                    .iter()
                    .skip(column + 1)
                    .find(|text| !text.is_empty())
                    .map_or("", String::as_str);
                match label(text) {
                    Some((Label::Place, value)) => place = valued(value, next),
                    Some((Label::Teacher, value)) => teacher = valued(value, next),
                    Some((Label::Day, value)) => {
                        day = day
                            .or_else(|| cells::day_in(value))
                            .or_else(|| cells::day_in(next))
                    }
                    None => {
                        day = day.or_else(|| cells::day_in(text));
                        if title.is_none() && text.chars().count() >= 4 {
                            title = Some(text.clone());
                        }
                    }
                }
            }
        }
        let tab = table.tab_name();
        let telling_tab = several_tabs && !tab.is_empty();
        let title = match title {
            // Copied from tab to tab, a title alone would make several classes one.
            Some(title) if telling_tab && !title.contains(tab) => format!("{title} {tab}"),
            Some(title) => title,
            None if telling_tab => format!("{stem} {tab}"),
            None => stem.to_owned(),
        };
        let day = day
            .or_else(|| cells::day_in(tab))
            .or_else(|| cells::day_in(stem));
        let hints = if several_tabs {
            vec![tab, &title, stem]
        } else {
            vec![stem, &title, tab]
        };
        let hints = hints
            .into_iter()
            .filter(|hint| !hint.is_empty())
            .map(str::to_owned)
            .collect();
        Self {
            title,
            day,
            place,
            teacher,
            hints,
        }
    }

    fn session(&self, class: &str, region: &str, day: Option<NaiveDate>) -> Session {
        let title = if class.is_empty() {
            self.title.clone()
        } else {
            format!("{} {class}", self.title)
        };
        let own = [region, class]
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(str::to_owned);
        Session {
            title: tidy(&title).chars().take(200).collect(),
            day,
            place: self.place.chars().take(200).collect(),
            teacher: self.teacher.chars().take(100).collect(),
            starts: None,
            ends: None,
            region_hints: own.chain(self.hints.iter().cloned()).collect(),
        }
    }
}

enum Label {
    Place,
    Teacher,
    Day,
}

/// A cell such as `地点：三楼会议室`: what it tells of, and what stands behind the colon.
fn label(text: &str) -> Option<(Label, &str)> {
    let (word, value) = text.split_once([':', '：'])?;
    let word = sheets::text::header_word(word);
    let known = |words: &[&str]| {
        words
            .iter()
            .any(|known| sheets::text::header_word(known) == word)
    };
    if known(words::PLACE) {
        Some((Label::Place, value))
    } else if known(words::TEACHER) {
        Some((Label::Teacher, value))
    } else if known(words::DAY) {
        Some((Label::Day, value))
    } else {
        None
    }
}

fn valued(value: &str, next: &str) -> String {
    let value = value.trim();
    // The next cell is the value only where it is no label of its own.
    if value.is_empty() && !next.contains([':', '：']) {
        next.to_owned()
    } else {
        value.to_owned()
    }
}

/// The wanted data lines as they were written, by number, for the sheet of refused lines.
///
/// # Errors
/// `NoHeader`.
pub fn raw_lines(
    book: &Workbook,
    wanted: &HashMap<u32, String>,
) -> Result<Vec<(Vec<String>, String)>, SheetError> {
    let mut number = 0;
    let mut found = Vec::with_capacity(wanted.len());
    for table in sheets::tables(book, &SCHEMA)? {
        for line in table.lines() {
            number += 1;
            if let Some(reason) = wanted.get(&number) {
                found.push((line.raw(), reason.clone()));
            }
        }
    }
    Ok(found)
}
