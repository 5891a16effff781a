//! What a ledger line says, and which lines make the ledger say something else.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::plans::Part;
use crate::sheets::cells::Score;
use crate::sheets::posts::TargetRole;

/// Where minutes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Source {
    /// 培训班
    Class,
    /// 线上课程
    Course,
    /// 外部学习平台导入
    AcademyImport,
    /// 线上考试
    Exam,
    /// 转入
    Transfer,
}

impl Source {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Course => "course",
            Self::AcademyImport => "academy_import",
            Self::Exam => "exam",
            Self::Transfer => "transfer",
        }
    }

    /// The source of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "course" => Self::Course,
            "academy_import" => Self::AcademyImport,
            "exam" => Self::Exam,
            "transfer" => Self::Transfer,
            _ => Self::Class,
        }
    }
}

/// Where a line counts: the employer of that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CountedAt {
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub role: TargetRole,
}

/// What a source gives a person: said in full, however often it is said.
#[derive(Clone, Debug)]
pub struct Given {
    pub person_id: Uuid,
    pub at: CountedAt,
    pub minutes: i64,
    /// 1 for a finished class or course, 0 for none.
    pub person_times: i64,
    /// 1 for a passed exam.
    pub passes: i64,
    pub score_hundredths: Option<i32>,
    pub day: NaiveDate,
}

/// A line of the ledger (培训台账).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub id: Uuid,
    pub plan_id: Uuid,
    pub person_id: Uuid,
    pub at: CountedAt,
    pub part: Part,
    pub minutes: i64,
    pub person_times: i64,
    pub passes: i64,
    pub score_hundredths: Option<i32>,
    pub source: Source,
    pub source_id: Uuid,
    pub day: NaiveDate,
    pub recorded_at: i64,
    pub corrects_id: Option<Uuid>,
    pub reason: Option<String>,
}

/// Whether a score passes; `None` where there is no exam to pass or no score.
#[must_use]
pub fn passed(score: Option<Score>, pass_mark: Option<i32>) -> Option<bool> {
    match (score?, pass_mark) {
        (Score::Passed, _) => Some(true),
        (Score::Failed, _) => Some(false),
        (Score::Hundredths(points), mark) => mark.map(|mark| points >= mark * 100),
    }
}

/// The differences that make a source's lines for one person add up to `given`.
///
/// `chain` holds the lines written so far, first one first. Nothing when they say it already; one line when only
/// figures differ; two when the place differs: all is taken back there and given here.
#[must_use]
pub fn differences(chain: &[Record], given: &Given) -> Vec<(CountedAt, [i64; 3])> {
    let sum = |at: Option<CountedAt>| {
        chain
            .iter()
            .filter(|line| at.is_none_or(|at| line.at == at))
            .fold([0; 3], |sum, line| {
                [
                    sum[0] + line.minutes,
                    sum[1] + line.person_times,
                    sum[2] + line.passes,
                ]
            })
    };
    let target = [given.minutes, given.person_times, given.passes];
    let Some(last) = chain.last() else {
        return vec![(given.at, target)];
    };
    let (old_place, now) = (last.at, sum(None));
    if old_place == given.at {
        let missing = [target[0] - now[0], target[1] - now[1], target[2] - now[2]];
        return if missing == [0; 3] {
            Vec::new()
        } else {
            vec![(given.at, missing)]
        };
    }
    let standing = sum(Some(old_place));
    vec![
        (old_place, standing.map(|figure| -figure)),
        (given.at, target),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(n: u128) -> CountedAt {
        CountedAt {
            region_id: Uuid::from_u128(n),
            enterprise_id: None,
            role: TargetRole::Other,
        }
    }

    fn given(at: u128, minutes: i64, passes: i64) -> Given {
        Given {
            person_id: Uuid::nil(),
            at: place(at),
            minutes,
            person_times: 1,
            passes,
            score_hundredths: None,
            day: NaiveDate::from_ymd_opt(2020, 5, 1).unwrap(),
        }
    }

    /// Applies what the rule says, as the store would.
    fn say(chain: &mut Vec<Record>, given: &Given) -> usize {
        let lines = differences(chain, given);
        for (at, [minutes, person_times, passes]) in &lines {
            chain.push(Record {
                id: Uuid::nil(),
                plan_id: Uuid::nil(),
                person_id: given.person_id,
                at: *at,
                part: Part::Offline,
                minutes: *minutes,
                person_times: *person_times,
                passes: *passes,
                score_hundredths: None,
                source: Source::Class,
                source_id: Uuid::nil(),
                day: given.day,
                recorded_at: 0,
                corrects_id: None,
                reason: None,
            });
        }
        lines.len()
    }

    #[test]
    fn saying_it_again_writes_nothing_and_saying_it_otherwise_writes_the_difference() {
        let mut chain = Vec::new();
        let story = [
            (given(1, 360, 1), 1),
            (given(1, 360, 1), 0),
            (given(1, 300, 1), 1),
            (given(1, 300, 0), 1),
            (given(2, 300, 0), 2),
            (given(2, 300, 0), 0),
            (given(1, 360, 1), 2),
            (given(1, 360, 1), 0),
        ];
        for (step, (said, lines)) in story.iter().enumerate() {
            assert_eq!(say(&mut chain, said), *lines, "step {step}");
            let here = |n| {
                chain
                    .iter()
                    .filter(|l| l.at == place(n))
                    .map(|l| l.minutes)
                    .sum::<i64>()
            };
            let expected = if said.at == place(1) {
                (said.minutes, 0)
            } else {
                (0, said.minutes)
            };
            assert_eq!((here(1), here(2)), expected, "step {step}");
        }
    }

    #[test]
    fn a_score_passes_at_the_mark() {
        assert_eq!(passed(Some(Score::Hundredths(8_000)), Some(80)), Some(true));
        assert_eq!(
            passed(Some(Score::Hundredths(7_999)), Some(80)),
            Some(false)
        );
        assert_eq!(passed(Some(Score::Passed), Some(80)), Some(true));
        assert_eq!(passed(None, Some(80)), None);
        assert_eq!(passed(Some(Score::Hundredths(10)), None), None);
    }
}
