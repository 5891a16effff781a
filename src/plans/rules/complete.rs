//! The one computation of "complete": what a plan demands, what somebody has of it, what is missing.
//!
//! Counters, boards, the page that tells a worker why and the officer's call list all ask this and nothing else.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Progress, Stand, Terms};
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

/// Where and when a completion that was withdrawn had been counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Former {
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub role: TargetRole,
    pub day: NaiveDate,
    /// The ledger still holds training of that day at that place.
    pub standing: bool,
}

/// Where and for which day a completion counts that is reached now.
///
/// One that a correction took away and a correction gives back goes where it was frozen, wherever he has been trained
/// since; one that rests on later training, or whose old place was itself a mistake, goes where he stands.
#[must_use]
pub fn completed_at(stand: &Stand, newest: NaiveDate, former: Option<&Former>) -> Stand {
    match former {
        Some(former) if former.standing && newest <= former.day => Stand {
            region_id: former.region_id,
            enterprise_id: former.enterprise_id,
            role: former.role,
            last_day: former.day,
            ..*stand
        },
        _ => *stand,
    }
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

    #[test]
    fn a_completion_given_back_goes_where_it_was_frozen() {
        let day = |n| NaiveDate::from_ymd_opt(2020, 5, n).unwrap();
        let stand = Stand {
            progress: Progress::default(),
            region_id: Uuid::from_u128(2),
            enterprise_id: None,
            role: TargetRole::Other,
            last_day: day(20),
        };
        let former = |standing| Former {
            region_id: Uuid::from_u128(1),
            enterprise_id: None,
            role: TargetRole::Other,
            day: day(12),
            standing,
        };
        let table = [
            (
                "corrected back after he moved",
                12,
                Some(former(true)),
                1,
                12,
            ),
            ("completed by later training", 20, Some(former(true)), 2, 20),
            (
                "the old place was a mistake",
                12,
                Some(former(false)),
                2,
                20,
            ),
            ("for the first time", 12, None, 2, 20),
        ];
        for (story, newest, former, region, on) in table {
            let at = completed_at(&stand, day(newest), former.as_ref());
            let told = (at.region_id, at.last_day);
            assert_eq!(told, (Uuid::from_u128(region), day(on)), "{story}");
        }
    }
}
