//! Durations as people and academies write them.

use super::Unit;
use crate::platform::Code;
use crate::sheets::text::tight;

/// The most minutes of one line: more is a slip of the pen.
const MOST_MINUTES: f64 = 60_000.0;

/// Reads a duration: `150`, `2.5 学时`, `2小时30分`, `01:30:00`; whole minutes, half up.
///
/// # Errors
/// `minutes_unreadable`.
pub fn duration(text: &str, unit: Unit, minutes_per_hour: i32) -> Result<Option<i64>, Code> {
    let text = tight(text).to_lowercase();
    if matches!(text.as_str(), "" | "-" | "/" | "—" | "无") {
        return Ok(None);
    }
    let class_hour = f64::from(minutes_per_hour);
    let minutes = if text.contains(':') {
        by_the_clock(&text)
    } else {
        let plain = match unit {
            Unit::Minutes => 1.0,
            Unit::Hours => 60.0,
            Unit::ClassHours => class_hour,
        };
        with_units(&text, plain, class_hour)
    };
    #[expect(clippy::cast_possible_truncation, reason = "within the range checked")]
    minutes
        .filter(|minutes| (0.0..=MOST_MINUTES).contains(minutes))
        .map(|minutes| Some(minutes.round() as i64))
        .ok_or(Code::MinutesUnreadable)
}

/// `1:30` and `1:30:00` are hours and minutes.
fn by_the_clock(text: &str) -> Option<f64> {
    let parts: Vec<f64> = text
        .split(':')
        .map(|part| {
            let digits = !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        })
        .collect::<Option<_>>()?;
    let below = |part: &f64| *part < 60.0;
    match parts.as_slice() {
        [hours, minutes] if below(minutes) => Some(hours * 60.0 + minutes),
        [hours, minutes, seconds] if below(minutes) && below(seconds) => {
            Some(hours * 60.0 + minutes + seconds / 60.0)
        }
        _ => None,
    }
}

/// Numbers, each with its unit behind it; a number alone counts in `plain`.
fn with_units(text: &str, plain: f64, class_hour: f64) -> Option<f64> {
    let (mut rest, mut sum) = (text, 0.0);
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at_checked(end)?;
        let number: f64 = number.parse().ok()?;
        let next = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (word, after) = behind.split_at_checked(next)?;
        let each = match word {
            "" if sum == 0.0 && after.is_empty() => plain,
            "分" | "分钟" | "min" | "mins" | "minutes" | "m" => 1.0,
            "秒" | "秒钟" | "s" | "sec" => 1.0 / 60.0,
            "小时" | "时" | "h" | "hour" | "hours" => 60.0,
            "学时" | "课时" | "个学时" => class_hour,
            _ => return None,
        };
        sum += number * each;
        rest = after;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        use Unit as U;
        for (text, unit, minutes) in [
            ("150", U::Minutes, Some(150)),
            ("2.5", U::Hours, Some(150)),
            ("4", U::ClassHours, Some(180)),
            ("2.5学时", U::Minutes, Some(113)),
            ("2小时30分", U::Minutes, Some(150)),
            ("2 小时 30 分钟", U::ClassHours, Some(150)),
            ("90分钟", U::Hours, Some(90)),
            ("5400秒", U::Minutes, Some(90)),
            ("1h30m", U::Minutes, Some(90)),
            ("01:30:00", U::Minutes, Some(90)),
            ("1:05", U::Minutes, Some(65)),
            ("25:00:30", U::Minutes, Some(1501)),
            ("", U::Minutes, None),
            ("—", U::Minutes, None),
        ] {
            assert_eq!(duration(text, unit, 45), Ok(minutes), "{text}");
        }
        for text in [
            "很多", "1:75", "-5", "2学时3", "1:2:3:4", "9999999", ":30", "学时", "1..2", "NaN",
            "inf", "1e3",
        ] {
            let told = duration(text, U::Minutes, 45);
            assert_eq!(told, Err(Code::MinutesUnreadable), "{text}");
        }
    }
}
