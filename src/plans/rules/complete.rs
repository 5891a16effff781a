//! The one computation of "complete": what a plan demands, what somebody has of it, what is missing.
//!
//! Counters, boards, the page that tells a worker why and the officer's call list all ask this and nothing else.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Counters, Credit, Progress, Terms};
use crate::sheets::posts::TargetRole;

/// What a plan can demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, poem_openapi::Enum)]
#[oai(rename_all = "snake_case")]
pub enum DemandKind {
    /// 线上学时
    OnlineMinutes,
    /// 线下学时
    OfflineMinutes,
    /// 考试合格
    Exam,
    /// 至少完成一个班或一门课程：要求很少的方案，也不能什么都没学就算完成
    FinishedTraining,
}

/// One demand of a plan and what somebody has of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    pub kind: DemandKind,
    /// Minutes, or 1 for an exam or a finished class.
    pub required: i64,
    /// Minutes, passed exams, finished classes; below 0 never.
    pub has: i64,
}

impl Demand {
    /// How much is missing; 0 when the demand is met.
    #[must_use]
    pub const fn missing(&self) -> i64 {
        if self.has >= self.required {
            0
        } else {
            self.required - self.has
        }
    }
}

/// Every demand of a plan, met or not, in the order in which people are told of it.
#[must_use]
pub fn demands(terms: &Terms, progress: &Progress) -> Vec<Demand> {
    let demand = |kind, required, has: i64| Demand {
        kind,
        required,
        has: has.max(0),
    };
    let minutes =
        |kind, required: i32, has| (required > 0).then(|| demand(kind, i64::from(required), has));
    let exam = terms
        .pass_mark
        .map(|_| demand(DemandKind::Exam, 1, progress.passes));
    [
        minutes(
            DemandKind::OnlineMinutes,
            terms.required_online,
            progress.minutes_online,
        ),
        minutes(
            DemandKind::OfflineMinutes,
            terms.required_offline,
            progress.minutes_offline,
        ),
        exam,
        Some(demand(
            DemandKind::FinishedTraining,
            1,
            progress.person_times,
        )),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether a person has met a plan: nothing is missing.
#[must_use]
pub fn is_complete(terms: &Terms, progress: &Progress) -> bool {
    demands(terms, progress)
        .iter()
        .all(|demand| demand.missing() == 0)
}

/// How far somebody is from done, in minutes: what is missing of each part, and a class hour for a missing exam.
/// 0 exactly when he is complete.
#[must_use]
pub fn effort(terms: &Terms, progress: &Progress) -> i64 {
    let minutes: i64 = demands(terms, progress)
        .iter()
        .map(|demand| match demand.kind {
            DemandKind::OnlineMinutes | DemandKind::OfflineMinutes => demand.missing(),
            DemandKind::Exam => demand.missing() * i64::from(terms.minutes_per_hour),
            // Whoever lacks minutes finishes a class on the way; alone it weighs the least there is.
            DemandKind::FinishedTraining => 0,
        })
        .sum();
    if minutes == 0 && !is_complete(terms, progress) {
        1
    } else {
        minutes
    }
}

/// What the ledger holds of one day at one place: corrections of that day taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taught {
    pub day: NaiveDate,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub role: TargetRole,
    pub given: Progress,
}

impl Taught {
    /// What a line of the ledger says by itself.
    #[must_use]
    pub fn of(credit: &Credit) -> Self {
        let counted = Counters::of(credit);
        Self {
            day: credit.day,
            region_id: credit.region_id,
            enterprise_id: credit.enterprise_id,
            role: credit.role,
            given: Progress {
                minutes_online: counted.minutes_online,
                minutes_offline: counted.minutes_offline,
                person_times: credit.person_times,
                passes: credit.passes,
            },
        }
    }
}

/// Where and for which day a completion counts: the day from which on everything was met, at the place that gave most of
/// it that day. A function of what the ledger holds, in whatever order it arrived; none where the demand is not met.
#[must_use]
pub fn completion(terms: &Terms, taught: &[Taught]) -> Option<Taught> {
    let mut days: BTreeMap<NaiveDate, Vec<&Taught>> = BTreeMap::new();
    for line in taught {
        days.entry(line.day).or_default().push(line);
    }
    let (mut has, mut met) = (Progress::default(), None);
    for (day, lines) in &days {
        lines.iter().for_each(|line| has.add(&line.given));
        // Training that a later day takes away again met nothing.
        met = is_complete(terms, &has).then(|| met.unwrap_or(*day));
    }
    let lines = days.get(&met?)?;
    place_of(lines)
}

/// The place that gave most on a day; of equals the first by id, so that it is one whatever the order.
fn place_of(lines: &[&Taught]) -> Option<Taught> {
    let mut places: BTreeMap<(Uuid, Option<Uuid>, TargetRole), Taught> = BTreeMap::new();
    for line in lines {
        let key = (line.region_id, line.enterprise_id, line.role);
        let sum = places.entry(key).or_insert(Taught {
            given: Progress::default(),
            ..**line
        });
        sum.given.add(&line.given);
    }
    let weight = |line: &Taught| {
        let Progress {
            minutes_online,
            minutes_offline,
            person_times,
            passes,
        } = line.given;
        (person_times, minutes_online + minutes_offline, passes)
    };
    let most = places.values().map(weight).max()?;
    places.into_values().find(|line| weight(line) == most)
}

#[cfg(test)]
mod tests {
    use super::super::tests::terms;
    use super::*;
    use proptest::prelude::*;

    fn has(minutes_online: i64, minutes_offline: i64, person_times: i64, passes: i64) -> Progress {
        Progress {
            minutes_online,
            minutes_offline,
            person_times,
            passes,
        }
    }

    #[test]
    fn complete_means_each_part_and_the_exam() {
        let table = [
            ((0, 360, None), has(0, 360, 1, 0), true),
            ((0, 360, None), has(500, 359, 2, 3), false),
            ((0, 360, Some(80)), has(0, 400, 1, 0), false),
            ((0, 360, Some(80)), has(0, 400, 1, 1), true),
            ((90, 360, None), has(90, 360, 2, 0), true),
            ((90, 360, None), has(89, 360, 2, 0), false),
            ((0, 0, Some(80)), has(0, 0, 0, 0), false),
        ];
        for ((online, offline, mark), progress, expected) in table {
            assert_eq!(
                is_complete(&terms(online, offline, mark), &progress),
                expected,
                "{progress:?}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_told_part_by_part() {
        use DemandKind as K;
        let told = |progress| -> Vec<(DemandKind, i64)> {
            demands(&terms(90, 360, Some(80)), &progress)
                .into_iter()
                .filter(|demand| demand.missing() > 0)
                .map(|demand| (demand.kind, demand.missing()))
                .collect()
        };
        let table = [
            (
                has(0, 0, 0, 0),
                vec![
                    (K::OnlineMinutes, 90),
                    (K::OfflineMinutes, 360),
                    (K::Exam, 1),
                    (K::FinishedTraining, 1),
                ],
            ),
            (
                has(90, 240, 2, 0),
                vec![(K::OfflineMinutes, 120), (K::Exam, 1)],
            ),
            // A correction may take back more than there is: never more missing than asked.
            (has(-5, 360, 1, 1), vec![(K::OnlineMinutes, 90)]),
            (has(120, 400, 3, 2), Vec::new()),
        ];
        for (progress, expected) in table {
            assert_eq!(told(progress), expected, "{progress:?}");
        }
        assert_eq!(effort(&terms(90, 360, Some(80)), &has(90, 240, 2, 0)), 165);
        assert_eq!(effort(&terms(0, 360, None), &has(0, 360, 0, 0)), 1);
    }

    proptest! {
        #[test]
        fn complete_nothing_missing_and_no_effort_are_one_thing(
            online in 0..200_i32, offline in 0..200_i32, mark in proptest::option::of(0..=100_i32),
            a in -50..300_i64, b in -50..300_i64, times in -1..3_i64, passes in -1..3_i64,
        ) {
            let (terms, progress) = (terms(online, offline, mark), has(a, b, times, passes));
            let complete = is_complete(&terms, &progress);
            let missing: i64 = demands(&terms, &progress).iter().map(Demand::missing).sum();
            prop_assert_eq!(complete, missing == 0);
            prop_assert_eq!(complete, effort(&terms, &progress) == 0);
            prop_assert_eq!(
                complete,
                a.max(0) >= i64::from(online) && b.max(0) >= i64::from(offline)
                    && (mark.is_none() || passes > 0) && times > 0
            );
        }
    }

    fn taught(day: u32, region: u128, minutes: i64, times: i64) -> Taught {
        Taught {
            day: NaiveDate::from_ymd_opt(2020, 5, day).unwrap(),
            region_id: Uuid::from_u128(region),
            enterprise_id: None,
            role: TargetRole::Other,
            given: has(0, minutes, times, 0),
        }
    }

    #[test]
    fn a_completion_counts_where_and_when_the_demand_was_met() {
        type Case = (&'static str, Vec<Taught>, Option<(u32, u128)>);
        let table: [Case; 9] = [
            ("at once", vec![taught(12, 1, 360, 1)], Some((12, 1))),
            (
                "by two classes, the later one arriving first",
                vec![taught(20, 2, 180, 1), taught(12, 1, 180, 1)],
                Some((20, 2)),
            ),
            (
                "more than enough by a class that arrives late and was before",
                vec![taught(20, 2, 360, 1), taught(5, 1, 360, 1)],
                Some((5, 1)),
            ),
            (
                "corrected away and back after he moved",
                vec![
                    taught(12, 1, 360, 1),
                    taught(12, 1, -360, -1),
                    taught(12, 1, 360, 1),
                    taught(20, 2, 90, 1),
                ],
                Some((12, 1)),
            ),
            (
                "corrected away, met by later training",
                vec![
                    taught(12, 1, 360, 1),
                    taught(12, 1, -200, 0),
                    taught(20, 2, 200, 1),
                ],
                Some((20, 2)),
            ),
            (
                "the old place was a mistake",
                vec![
                    taught(12, 1, 360, 1),
                    taught(12, 1, -360, -1),
                    taught(12, 2, 360, 1),
                ],
                Some((12, 2)),
            ),
            (
                "taken away by a later day",
                vec![taught(12, 1, 360, 1), taught(13, 1, -10, 0)],
                None,
            ),
            (
                "taken away and given back by later days",
                vec![
                    taught(12, 1, 360, 1),
                    taught(13, 1, -10, 0),
                    taught(14, 3, 30, 1),
                ],
                Some((14, 3)),
            ),
            ("never", vec![taught(12, 1, 359, 1)], None),
        ];
        for (story, lines, expected) in table {
            let told = completion(&terms(0, 360, None), &lines);
            let day = |n| NaiveDate::from_ymd_opt(2020, 5, n).unwrap();
            let expected = expected.map(|(on, region)| (day(on), Uuid::from_u128(region)));
            assert_eq!(told.map(|at| (at.day, at.region_id)), expected, "{story}");
        }
    }

    proptest! {
        #[test]
        fn a_completion_is_the_same_in_whatever_order_the_ledger_was_written(
            lines in prop::collection::vec((1..5_u32, 1..3_u128, -90..200_i64, -1..2_i64), 0..8), turn in 0..8_usize,
        ) {
            let lines: Vec<Taught> =
                lines.into_iter().map(|(day, at, minutes, times)| taught(day, at, minutes, times)).collect();
            let terms = terms(0, 200, None);
            let mut other = lines.clone();
            other.reverse();
            let turn = turn % other.len().max(1);
            other.rotate_left(turn);
            let told = completion(&terms, &lines);
            prop_assert_eq!(told, completion(&terms, &other));
            let mut sum = Progress::default();
            lines.iter().for_each(|line| sum.add(&line.given));
            prop_assert_eq!(told.is_some(), is_complete(&terms, &sum));
        }
    }
}
