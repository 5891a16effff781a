//! When somebody is told of a day that comes near, and what a report of a week says.

use chrono::{Datelike, NaiveDate};

use crate::boards::rules::expected;

/// Days ahead at which a certificate's end, or its review, is told: the widest first.
pub const AHEAD: [i64; 3] = [90, 30, 7];

/// Days ahead at which a plan's end is told.
pub const PLAN_AHEAD: [i64; 2] = [30, 7];

/// The notice a day that comes near has come to: the narrowest whose time has begun. None while it is far, or gone by.
#[must_use]
pub fn step(steps: &[i64], today: NaiveDate, day: NaiveDate) -> Option<i64> {
    let left = (day - today).num_days();
    let begun = steps.iter().copied().filter(|ahead| left <= *ahead);
    begun.min().filter(|_| left >= 0)
}

/// The week a report is of, as `2020-W19`: one report a week, whenever in it the first round came.
#[must_use]
pub fn week(day: NaiveDate) -> String {
    let week = day.iso_week();
    format!("{}-W{:02}", week.year(), week.week())
}

/// The month a report is of, as `2020-05`.
#[must_use]
pub fn month(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

/// How a township stands against the straight line through its plan's days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// What the line asks for by the day.
    pub expected: i64,
    /// People behind it; below 0 when ahead.
    pub behind: i64,
}

/// How a quota stands on a day of its plan's days.
#[must_use]
pub fn pace(quota: i64, done: i64, span: (NaiveDate, NaiveDate), day: NaiveDate) -> Pace {
    let expected = expected(quota, span, day);
    Pace {
        expected,
        behind: expected - done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_told_at_the_narrowest_step_that_has_begun() {
        let today = day("2020-06-01");
        for (on, told) in [
            ("2020-08-31", None),
            ("2020-08-30", Some(90)),
            ("2020-07-02", Some(90)),
            ("2020-07-01", Some(30)),
            ("2020-06-09", Some(30)),
            ("2020-06-08", Some(7)),
            ("2020-06-01", Some(7)),
            ("2020-05-31", None),
        ] {
            assert_eq!(step(&AHEAD, today, day(on)), told, "{on}");
        }
        assert_eq!(step(&PLAN_AHEAD, today, day("2020-07-05")), None);
    }

    #[test]
    fn a_week_and_a_month_have_one_name_each() {
        assert_eq!(week(day("2020-12-28")), "2020-W53");
        assert_eq!(week(day("2021-01-03")), "2020-W53");
        assert_eq!(week(day("2021-01-04")), "2021-W01");
        assert_eq!(month(day("2020-05-31")), "2020-05");
    }

    #[test]
    fn the_line_goes_from_nothing_to_the_quota() {
        let year = (day("2020-01-01"), day("2020-12-31"));
        for (on, done, expected, behind) in [
            ("2019-12-31", 0, 0, 0),
            ("2020-01-01", 0, 1, 1),
            ("2020-07-01", 200, 183, -17),
            ("2020-12-31", 366, 366, 0),
            ("2021-03-01", 400, 366, -34),
        ] {
            let told = pace(366, done, year, day(on));
            assert_eq!((told.expected, told.behind), (expected, behind), "{on}");
        }
    }
}
