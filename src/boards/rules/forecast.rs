//! The trend against the straight line, and where it ends at this pace.

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::{Decimal, RoundingStrategy};

/// Days over which the present pace is measured: four whole weeks, so that weekends weigh alike.
const PACE_DAYS: i64 = 28;

/// How far apart the points of a trend stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "snake_case")]
pub enum Step {
    /// 每日
    Day,
    /// 每周（周日为止）
    Week,
    /// 每月
    Month,
}

impl Step {
    /// Whether a point stands on this day.
    fn ends_on(self, day: NaiveDate) -> bool {
        match self {
            Self::Day => true,
            Self::Week => day.weekday() == chrono::Weekday::Sun,
            Self::Month => day.succ_opt().is_none_or(|next| next.day() == 1),
        }
    }
}

/// A point of the trend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrendPoint {
    pub day: NaiveDate,
    pub completed: i64,
    pub person_times: i64,
    /// Where the straight line from nothing to the quota stands on that day.
    pub straight_line: i64,
}

/// Where it ends at this pace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Done so far, in the figure that the plan's rate counts.
    pub done: i64,
    /// How far ahead of the straight line; negative when behind.
    pub ahead: i64,
    /// Days the pace was measured over; 0 before the period began.
    pub pace_days: i64,
    /// Done a day over these days, two decimals.
    pub per_day: Decimal,
    /// What stands on the last day at this pace.
    pub ends_at: i64,
    /// What a day must bring to reach the quota on the last day; none when it is reached or no day is left.
    pub needed_per_day: Option<Decimal>,
    /// The day on which the quota is reached at this pace: past, or still to come; none when never.
    pub reaches_on: Option<NaiveDate>,
}

/// The trend of a plan's period through a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend {
    pub points: Vec<TrendPoint>,
    pub forecast: Forecast,
}

/// What is asked of the trend.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub through: NaiveDate,
    pub quota: i64,
    /// Whether the rate counts person-times.
    pub person_times: bool,
    pub step: Step,
}

/// Draws the trend from what each day added (day, people, person-times; in day order).
#[must_use]
pub fn trend(asked: &Asked, days: &[(NaiveDate, i64, i64)]) -> Trend {
    let last = asked.through.min(asked.to);
    let (mut points, mut reached) = (Vec::new(), None);
    let (mut completed, mut person_times) = (0, 0);
    let mut added = days.iter().peekable();
    for day in asked.from.iter_days().take_while(|day| *day <= last) {
        while let Some((_, people, times)) = added.next_if(|(at, ..)| *at <= day) {
            completed += people;
            person_times += times;
        }
        let done = if asked.person_times {
            person_times
        } else {
            completed
        };
        // The last day on which the quota was passed from below: a correction may have undone an earlier one.
        if done < asked.quota {
            reached = None;
        } else if reached.is_none() && asked.quota > 0 {
            reached = Some(day);
        }
        if asked.step.ends_on(day) || day == last {
            points.push(TrendPoint {
                day,
                completed,
                person_times,
                straight_line: straight_line(asked, day),
            });
        }
    }
    let figure = |(_, people, times): &(NaiveDate, i64, i64)| {
        if asked.person_times { *times } else { *people }
    };
    let through =
        |day: NaiveDate| -> i64 { days.iter().filter(|(at, ..)| *at <= day).map(figure).sum() };
    let done = through(last);
    let forecast = forecast(asked, last, done, &through, reached);
    Trend { points, forecast }
}

fn straight_line(asked: &Asked, day: NaiveDate) -> i64 {
    expected(asked.quota, (asked.from, asked.to), day)
}

/// What the straight line through a plan's days asks for at the end of one: nothing before it, the quota after it.
#[must_use]
pub fn expected(quota: i64, (from, to): (NaiveDate, NaiveDate), day: NaiveDate) -> i64 {
    let all = (to - from).num_days() + 1;
    let gone = ((day - from).num_days() + 1).clamp(0, all);
    half_up(
        Decimal::from(quota) * Decimal::from(gone) / Decimal::from(all.max(1)),
        0,
    )
    .try_into()
    .unwrap_or(quota)
}

fn forecast(
    asked: &Asked,
    last: NaiveDate,
    done: i64,
    through: &impl Fn(NaiveDate) -> i64,
    reached: Option<NaiveDate>,
) -> Forecast {
    let gone = ((last - asked.from).num_days() + 1).max(0);
    let pace_days = gone.min(PACE_DAYS);
    let before = u64::try_from(pace_days)
        .ok()
        .and_then(|days| last.checked_sub_days(Days::new(days)))
        .map_or(0, through);
    let exact = if pace_days == 0 {
        Decimal::ZERO
    } else {
        Decimal::from(done - before) / Decimal::from(pace_days)
    };
    let left = (asked.to - last).num_days().max(0);
    let ends_at = i64::try_from(half_up(
        Decimal::from(done) + exact * Decimal::from(left),
        0,
    ))
    .unwrap_or(done);
    let missing = asked.quota - done;
    let needed_per_day =
        (missing > 0 && left > 0).then(|| half_up(Decimal::from(missing) / Decimal::from(left), 2));
    let reaches_on = reached.or_else(|| {
        let days = (missing > 0 && exact > Decimal::ZERO)
            .then(|| (Decimal::from(missing) / exact).ceil())
            .and_then(|days| u64::try_from(days).ok())
            // Beyond ten years a pace says nothing.
            .filter(|days| *days <= 3_660)?;
        last.checked_add_days(Days::new(days))
    });
    Forecast {
        done,
        ahead: done - straight_line(asked, last),
        pace_days,
        per_day: half_up(exact, 2),
        ends_at,
        needed_per_day,
        reaches_on,
    }
}

fn half_up(figure: Decimal, decimals: u32) -> Decimal {
    let mut figure =
        figure.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    figure.rescale(decimals);
    figure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2020, month, day).unwrap()
    }

    fn asked(through: NaiveDate, quota: i64) -> Asked {
        Asked {
            from: day(1, 1),
            to: day(12, 31),
            through,
            quota,
            person_times: false,
            step: Step::Month,
        }
    }

    #[test]
    fn the_straight_line_runs_from_nothing_to_the_quota() {
        // 2020 has 366 days; 30 June is the 182nd.
        let table = [(day(1, 1), 10), (day(6, 30), 1_820), (day(12, 31), 3_660)];
        for (at, expected) in table {
            assert_eq!(straight_line(&asked(at, 3_660), at), expected, "{at}");
        }
    }

    #[test]
    fn the_pace_of_four_weeks_says_where_it_ends() {
        // 280 people over the 28 days to 30 June, 100 before them.
        let days = [
            (day(3, 2), 100, 120),
            (day(6, 3), 140, 140),
            (day(6, 30), 140, 150),
        ];
        let seen = trend(&asked(day(6, 30), 3_660), &days).forecast;
        let text = |figure: Decimal| figure.to_string();
        assert_eq!((seen.done, seen.ahead), (380, 380 - 1_820));
        assert_eq!((seen.pace_days, text(seen.per_day)), (28, "10.00".into()));
        assert_eq!(seen.ends_at, 380 + 184 * 10);
        assert_eq!(seen.needed_per_day.map(text), Some("17.83".into()));
        assert_eq!(seen.reaches_on, day(6, 30).checked_add_days(Days::new(328)));
    }

    #[test]
    fn a_quota_that_is_reached_tells_the_day_and_the_rate_is_never_clamped() {
        let days = [
            (day(2, 10), 60, 60),
            (day(3, 10), 60, 60),
            (day(3, 20), -30, 0),
            (day(4, 1), 40, 40),
        ];
        let seen = trend(&asked(day(5, 31), 100), &days);
        assert_eq!(
            seen.forecast.reaches_on,
            Some(day(4, 1)),
            "a correction undid the first time"
        );
        assert_eq!((seen.forecast.done, seen.forecast.ends_at), (130, 130));
        assert_eq!(seen.forecast.needed_per_day, None);
        let told: Vec<_> = seen.points.iter().map(|p| (p.day, p.completed)).collect();
        assert_eq!(
            told,
            [
                (day(1, 31), 0),
                (day(2, 29), 60),
                (day(3, 31), 90),
                (day(4, 30), 130),
                (day(5, 31), 130)
            ]
        );
    }

    #[test]
    fn before_the_period_and_without_a_quota_nothing_is_promised() {
        let early = NaiveDate::from_ymd_opt(2019, 12, 1).unwrap();
        let seen = trend(&asked(early, 100), &[]);
        assert_eq!(seen.points, []);
        assert_eq!(
            (seen.forecast.pace_days, seen.forecast.reaches_on),
            (0, None)
        );
        let none = trend(&asked(day(5, 1), 0), &[(day(2, 1), 5, 5)]).forecast;
        assert_eq!(
            (none.ahead, none.needed_per_day, none.reaches_on),
            (5, None, None)
        );
    }
}
