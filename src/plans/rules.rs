//! When a person has met a plan, and how progress is set against a quota.

mod complete;

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::{Code, Fault, Result};
use crate::sheets::posts::TargetRole;

pub use complete::{Demand, DemandKind, Taught, completion, demands, effort, is_complete};

/// Where a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum PlanState {
    /// 草稿
    Draft,
    /// 已发布
    Published,
    /// 已结束
    Closed,
}

impl PlanState {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Closed => "closed",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "published" => Self::Published,
            "closed" => Self::Closed,
            _ => Self::Draft,
        }
    }
}

/// Which figure a plan's rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Counts {
    /// 人数：完成方案的不同人
    People,
    /// 人次：完成的每一个班或课程
    PersonTimes,
}

impl Counts {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::PersonTimes => "person_times",
        }
    }

    /// The choice of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        if word == "person_times" {
            Self::PersonTimes
        } else {
            Self::People
        }
    }
}

/// Whether training was online or in a room.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    poem_openapi::Enum,
)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Part {
    /// 线上
    Online,
    /// 线下
    Offline,
}

impl Part {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
        }
    }

    /// The part of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        if word == "online" {
            Self::Online
        } else {
            Self::Offline
        }
    }
}

/// What a plan says; a draft until it is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub title: String,
    pub year: i32,
    pub period_from: NaiveDate,
    pub period_to: NaiveDate,
    pub target_roles: Vec<TargetRole>,
    /// Minutes online that complete it; 0 when none are asked.
    pub required_online: i32,
    /// Minutes in a room that complete it; 0 when none are asked.
    pub required_offline: i32,
    /// Points of 100 that pass its exam; none when it asks for no exam.
    pub pass_mark: Option<i32>,
    pub counts: Counts,
    /// Decimals of its rate in reports.
    pub rate_decimals: i32,
    /// Minutes of one hour of training (学时), 45 unless the county says otherwise.
    pub minutes_per_hour: i32,
}

/// A training plan (实施方案).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub id: Uuid,
    pub county_id: Uuid,
    pub state: PlanState,
    /// 0 until first published.
    pub version: i32,
    pub terms: Terms,
}

/// Checks what a plan says.
pub(super) fn check_terms(terms: &Terms) -> Result<()> {
    let within = |value: i32, low, high, pointer: &str| {
        if (low..=high).contains(&value) {
            Ok(())
        } else {
            Err(Fault::field(pointer, format!("{low}–{high}")))
        }
    };
    if !(2..=200).contains(&terms.title.trim().chars().count()) {
        return Err(Fault::field("/title", "2–200"));
    }
    if terms.period_to < terms.period_from {
        return Err(Fault::new(Code::PeriodReversed).at("/period_to"));
    }
    if terms.target_roles.is_empty() {
        return Err(Fault::new(Code::FieldMissing)
            .with("field", "target_roles")
            .at("/target_roles"));
    }
    within(terms.year, 2000, 2100, "/year")?;
    within(terms.required_online, 0, 100_000, "/required_online")?;
    within(terms.required_offline, 0, 100_000, "/required_offline")?;
    within(terms.rate_decimals, 0, 4, "/rate_decimals")?;
    within(terms.minutes_per_hour, 1, 60, "/minutes_per_hour")?;
    if terms.required_online + terms.required_offline == 0 && terms.pass_mark.is_none() {
        return Err(Fault::field("/required_offline", "> 0"));
    }
    terms
        .pass_mark
        .map_or(Ok(()), |mark| within(mark, 0, 100, "/pass_mark"))
}

/// What one person has toward one plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub minutes_online: i64,
    pub minutes_offline: i64,
    pub person_times: i64,
    pub passes: i64,
}

impl Progress {
    /// Adds another's figures.
    pub fn add(&mut self, other: &Self) {
        self.minutes_online += other.minutes_online;
        self.minutes_offline += other.minutes_offline;
        self.person_times += other.person_times;
        self.passes += other.passes;
    }
}

/// What somebody has toward a plan, and where he stands: with the employer of his latest day of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    pub progress: Progress,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub role: TargetRole,
    /// The latest day on which anything was learned or corrected.
    pub last_day: NaiveDate,
}

impl Stand {
    /// Nothing yet, at the place of a first credit.
    #[must_use]
    pub fn before(credit: &Credit) -> Self {
        Self {
            progress: Progress::default(),
            region_id: credit.region_id,
            enterprise_id: credit.enterprise_id,
            role: credit.role,
            last_day: credit.day,
        }
    }

    /// Takes a ledger line in; the latest day says where he stands, of one day the line written last.
    pub fn take(&mut self, credit: &Credit) {
        let counted = Counters::of(credit);
        self.progress.add(&Progress {
            minutes_online: counted.minutes_online,
            minutes_offline: counted.minutes_offline,
            person_times: credit.person_times,
            passes: credit.passes,
        });
        if credit.day >= self.last_day {
            self.region_id = credit.region_id;
            self.enterprise_id = credit.enterprise_id;
            self.role = credit.role;
            self.last_day = credit.day;
        }
    }
}

/// A line of the ledger as progress sees it; negative in a correction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    pub person_id: Uuid,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub role: TargetRole,
    pub part: Part,
    pub minutes: i64,
    pub person_times: i64,
    pub passes: i64,
    pub day: NaiveDate,
}

/// Counters of a region or enterprise in one role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub people: i64,
    pub person_times: i64,
    pub online_times: i64,
    pub offline_times: i64,
    pub passes: i64,
    pub minutes_online: i64,
    pub minutes_offline: i64,
    /// People with a finished class or course, where they stand now.
    pub attended: i64,
    /// People with a passed exam, where they stand now.
    pub passed_people: i64,
}

impl Counters {
    /// What one credit adds.
    #[must_use]
    pub fn of(credit: &Credit) -> Self {
        let online = credit.part == Part::Online;
        let when = |yes, amount| if yes { amount } else { 0 };
        Self {
            people: 0,
            person_times: credit.person_times,
            online_times: when(online, credit.person_times),
            offline_times: when(!online, credit.person_times),
            passes: credit.passes,
            minutes_online: when(online, credit.minutes),
            minutes_offline: when(!online, credit.minutes),
            ..Self::default()
        }
    }

    /// How far up the funnel one person is, counted once (1) or taken out (-1).
    #[must_use]
    pub fn funnel(progress: &Progress, people: i64) -> Self {
        Self {
            attended: if progress.person_times > 0 { people } else { 0 },
            passed_people: if progress.passes > 0 { people } else { 0 },
            ..Self::default()
        }
    }

    /// One person completed (1) or withdrawn (-1).
    #[must_use]
    pub fn people(people: i64) -> Self {
        Self {
            people,
            ..Self::default()
        }
    }

    /// Adds another's figures.
    pub fn add(&mut self, other: &Self) {
        self.people += other.people;
        self.person_times += other.person_times;
        self.online_times += other.online_times;
        self.offline_times += other.offline_times;
        self.passes += other.passes;
        self.minutes_online += other.minutes_online;
        self.minutes_offline += other.minutes_offline;
        self.attended += other.attended;
        self.passed_people += other.passed_people;
    }
}

/// Done against quota in percent, as people print it: 120.2 for 15,506 of 12,900 at one decimal.
///
/// Rounds half up, never clamps; `None` where the quota is 0, shown as "—".
#[must_use]
pub fn rate_percent(done: i64, quota: i64, decimals: u32) -> Option<Decimal> {
    if quota <= 0 {
        return None;
    }
    let mut rate = (Decimal::from(done) * Decimal::ONE_HUNDRED / Decimal::from(quota))
        .round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    rate.rescale(decimals);
    Some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_rounds_half_up_and_passes_a_hundred() {
        let table = [
            (15_506, 12_900, 1, Some("120.2")),
            (4_398, 3_688, 2, Some("119.25")),
            (1, 8, 1, Some("12.5")),
            (1, 16, 1, Some("6.3")),
            (125, 100_000, 2, Some("0.13")),
            (0, 10, 1, Some("0.0")),
            (3, 3, 0, Some("100")),
            (5, 0, 1, None),
            (0, 0, 1, None),
        ];
        for (done, quota, decimals, expected) in table {
            let rate = rate_percent(done, quota, decimals).map(|rate| rate.to_string());
            assert_eq!(rate.as_deref(), expected, "{done} of {quota}");
        }
    }

    pub(super) fn terms(online: i32, offline: i32, pass_mark: Option<i32>) -> Terms {
        Terms {
            title: "方案".into(),
            year: 2020,
            period_from: NaiveDate::from_ymd_opt(2020, 1, 1).unwrap(),
            period_to: NaiveDate::from_ymd_opt(2020, 12, 31).unwrap(),
            target_roles: vec![TargetRole::Other],
            required_online: online,
            required_offline: offline,
            pass_mark,
            counts: Counts::People,
            rate_decimals: 1,
            minutes_per_hour: 45,
        }
    }

    #[test]
    fn a_plan_that_asks_for_nothing_or_ends_before_it_begins_is_refused() {
        assert!(check_terms(&terms(0, 360, None)).is_ok());
        assert!(check_terms(&terms(0, 0, None)).is_err());
        assert!(check_terms(&terms(0, 360, Some(101))).is_err());
        let mut reversed = terms(0, 360, None);
        std::mem::swap(&mut reversed.period_from, &mut reversed.period_to);
        assert!(check_terms(&reversed).is_err());
    }
}
