//! Cells to values: names, phones, days, times, scores. Pure; what cannot be read is said, not guessed.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime};

use super::Cell;
use super::text::{is_space, plain, tidy, tight};

/// The text of a cell, tidied; whole numbers without a decimal tail.
#[must_use]
pub fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => tidy(text),
        Cell::Number(number) => number_text(*number),
        Cell::DateTime(at) if at.time() == NaiveTime::MIN => at.date().to_string(),
        Cell::DateTime(at) => at.format("%Y-%m-%d %H:%M:%S").to_string(),
        Cell::Bool(value) => value.to_string(),
        Cell::Error(error) => error.clone(),
        Cell::Empty | Cell::Formula => String::new(),
    }
}

fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

/// A person's name: no space between Chinese characters, one between Latin words, one kind of middle dot.
///
/// Empty when there is no letter in it: a number is no name.
#[must_use]
pub fn name(cell: &Cell) -> String {
    let Cell::Text(raw) = cell else {
        return String::new();
    };
    let tidied = tidy(raw).replace(['•', '‧', '∙', '．', '・', '･', '●'], "·");
    let letters: Vec<char> = tidied
        .trim_matches(|c| matches!(c, '\'' | '"' | '‘' | '’'))
        .chars()
        .collect();
    let latin = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '.');
    let mut name = String::with_capacity(tidied.len());
    for (place, letter) in letters.iter().enumerate() {
        let between_words = latin(place.checked_sub(1).and_then(|p| letters.get(p)))
            && latin(letters.get(place + 1));
        if *letter != ' ' || between_words {
            name.push(*letter);
        }
    }
    if name.chars().any(char::is_alphabetic) {
        name
    } else {
        String::new()
    }
}

/// A phone number's digits, with a leading + where written; `None` when it cannot be one.
#[must_use]
pub fn phone(cell: &Cell) -> Option<String> {
    let text = match cell {
        Cell::Number(number) => number_text(*number),
        Cell::Text(text) => {
            let text = tight(text);
            match text.parse::<f64>() {
                // 1.5395926631E10, or 15395926631.0
                Ok(number) if text.contains(['.', 'E', 'e']) && number.fract() == 0.0 => {
                    number_text(number)
                }
                _ => text,
            }
        }
        _ => return None,
    };
    let digits: String = text
        .chars()
        .enumerate()
        .filter(|(i, c)| c.is_ascii_digit() || (*c == '+' && *i == 0))
        .map(|(_, c)| c)
        .collect();
    let digits = digits
        .strip_prefix("+86")
        .filter(|rest| rest.len() == 11)
        .unwrap_or(&digits);
    (7..=20).contains(&digits.len()).then(|| digits.to_owned())
}

/// Days a spreadsheet counts from (the 1900 system, its leap-year error included).
fn of_serial(serial: f64) -> Option<NaiveDateTime> {
    // 1950 to 2100: a plain number outside is no date.
    if !(18_264.0..73_051.0).contains(&serial) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the range checked above"
    )]
    let (days, seconds) = (
        serial.trunc() as u64,
        (serial.fract() * 86_400.0).round() as i64,
    );
    let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))?;
    day.and_time(NaiveTime::MIN)
        .checked_add_signed(chrono::TimeDelta::seconds(seconds))
}

/// The day a cell names.
#[must_use]
pub fn day(cell: &Cell) -> Option<NaiveDate> {
    match cell {
        Cell::DateTime(at) => Some(at.date()).filter(|day| *day > NaiveDate::default()),
        Cell::Number(number) => of_serial(*number).map(|at| at.date()).or_else(|| {
            // 20200512 typed as a number
            (number.fract() == 0.0)
                .then(|| day_in(&number_text(*number)))
                .flatten()
        }),
        Cell::Text(text) => day_in(text).or_else(|| {
            tight(text)
                .parse()
                .ok()
                .and_then(of_serial)
                .map(|at| at.date())
        }),
        _ => None,
    }
}

/// The first day named inside a text: 2020年5月12日, 2020-5-12, 2020/05/12, 2020.5.12, 20200512.
#[must_use]
pub fn day_in(text: &str) -> Option<NaiveDate> {
    let plain = plain(text);
    let numbers = numbers_of(&plain);
    for (place, (year, _)) in numbers.iter().enumerate() {
        if year.len() == 8
            && let Ok(day) = NaiveDate::parse_from_str(year, "%Y%m%d")
        {
            return Some(day);
        }
        let (Some((month, before_month)), Some((date, before_date))) =
            (numbers.get(place + 1), numbers.get(place + 2))
        else {
            continue;
        };
        let joined = |sep: &str| {
            matches!(
                sep.trim_matches(is_space),
                "年" | "月" | "-" | "/" | "." | "—" | "–"
            )
        };
        if year.len() == 4 && joined(before_month) && joined(before_date) {
            let (year, month, date) = (year.parse().ok()?, month.parse().ok()?, date.parse().ok()?);
            if let Some(day) = NaiveDate::from_ymd_opt(year, month, date) {
                return Some(day);
            }
        }
    }
    None
}

/// The runs of digits of a text, each with what stands before it.
fn numbers_of(text: &str) -> Vec<(&str, &str)> {
    let mut numbers = Vec::new();
    let (mut rest, mut before_end) = (text, 0);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let tail = rest.get(start..).unwrap_or_default();
        let length = tail
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len());
        numbers.push((
            tail.get(..length).unwrap_or_default(),
            rest.get(..start).unwrap_or_default(),
        ));
        rest = tail.get(length..).unwrap_or_default();
        before_end += 1;
        if before_end > 64 {
            break;
        }
    }
    numbers
}

/// The instant a cell names; a time alone takes the day given. `None` when it cannot be read.
#[must_use]
pub fn moment(cell: &Cell, day: Option<NaiveDate>) -> Option<NaiveDateTime> {
    match cell {
        // A time alone arrives as a date near the calendar's zero.
        Cell::DateTime(at) if at.date() < NaiveDate::from_ymd_opt(1950, 1, 1)? => {
            Some(day?.and_time(round(at.time())))
        }
        Cell::DateTime(at) => Some(round_minute(*at)),
        Cell::Number(number) if (0.0..1.0).contains(number) => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a fraction of a day"
            )]
            let seconds = (number * 86_400.0).round() as u32;
            Some(day?.and_time(NaiveTime::from_num_seconds_from_midnight_opt(
                seconds.min(86_399),
                0,
            )?))
        }
        Cell::Number(number) => of_serial(*number).map(round_minute),
        Cell::Text(text) => moment_in(&plain(text), day).or_else(|| {
            // 43963.354 in a text file: the cell was saved without its format.
            let text = tight(text);
            let serial: Option<f64> = text.contains('.').then(|| text.parse().ok())?;
            let serial = serial?;
            moment(&Cell::Number(serial), day)
        }),
        _ => None,
    }
}

fn round(time: NaiveTime) -> NaiveTime {
    round_minute(NaiveDate::default().and_time(time)).time()
}

/// A serial's fraction of a day misses the second by a hair.
fn round_minute(at: NaiveDateTime) -> NaiveDateTime {
    let seconds = at
        .and_utc()
        .timestamp_millis()
        .saturating_add(500)
        .div_euclid(1_000);
    DateTime::from_timestamp(seconds, 0).map_or(at, |at| at.naive_utc())
}

fn moment_in(text: &str, default_day: Option<NaiveDate>) -> Option<NaiveDateTime> {
    let own_day = day_in(text);
    let day = own_day.or(default_day)?;
    let rest = if own_day.is_some() {
        after_day(text)
    } else {
        text
    };
    let numbers = numbers_of(rest);
    let (hour, _) = numbers.first()?;
    let joined = |place: usize| {
        numbers.get(place).filter(|(_, before)| {
            matches!(
                before.trim_matches(is_space),
                ":" | "时" | "点" | "分" | "h"
            )
        })
    };
    let minute = match joined(1) {
        Some((minute, _)) => minute.parse().ok()?,
        // "8点" and "8时" are whole hours; a bare number is no time.
        None if rest.contains(['点', '时']) => 0,
        None => return None,
    };
    let second = joined(2)
        .and_then(|(second, _)| second.parse().ok())
        .unwrap_or(0);
    let mut hour: u32 = hour.parse().ok()?;
    let lower = rest.to_lowercase();
    let afternoon = ["下午", "晚上", "中午", "pm"]
        .iter()
        .any(|word| lower.contains(word));
    if afternoon && hour < 12 && !(lower.contains("中午") && hour == 11) {
        hour += 12;
    }
    if hour == 12 && (lower.contains("am") || lower.contains("凌晨")) {
        hour = 0;
    }
    let half = if rest.contains("点半") || rest.contains("时半") {
        30
    } else {
        minute
    };
    Some(day.and_time(NaiveTime::from_hms_opt(hour, half, second)?))
}

/// What stands behind the day in a text.
fn after_day(text: &str) -> &str {
    let numbers = numbers_of(text);
    let compact = numbers.first().is_some_and(|(number, _)| number.len() == 8);
    let skip = if compact { 1 } else { 3 };
    let mut rest = text;
    for (number, _) in numbers.iter().take(skip) {
        let at = rest.find(number).map_or(0, |place| place + number.len());
        rest = rest.get(at..).unwrap_or_default();
    }
    rest.trim_start_matches(|c: char| is_space(c) || matches!(c, '日' | 'T' | ',' | '，'))
}

/// What an exam gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Score {
    /// Points, in hundredths.
    Hundredths(i32),
    Passed,
    Failed,
}

/// Reads a score; `Ok(None)` when there is none.
///
/// # Errors
/// The text that cannot be read.
pub fn score(cell: &Cell) -> Result<Option<Score>, String> {
    let points = |number: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "within the range checked")]
        (0.0..=1_000.0)
            .contains(&number)
            .then(|| Score::Hundredths((number * 100.0).round() as i32))
    };
    match cell {
        Cell::Empty => Ok(None),
        Cell::Number(number) => points(*number).map(Some).ok_or_else(|| number.to_string()),
        Cell::Text(raw) => {
            let text = tight(raw);
            match text.as_str() {
                "" | "-" | "/" | "—" | "无" => Ok(None),
                "合格" | "通过" | "及格" | "优秀" | "良好" | "是" | "√" | "pass" | "passed" => {
                    Ok(Some(Score::Passed))
                }
                "不合格" | "未通过" | "不及格" | "否" | "×" | "缺考" | "fail" | "failed" => {
                    Ok(Some(Score::Failed))
                }
                _ => {
                    let number = text.trim_end_matches('分').parse().ok().and_then(points);
                    number.map(Some).ok_or(text)
                }
            }
        }
        other => Err(self::text(other)),
    }
}
