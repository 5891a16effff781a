//! From lessons done to a course finished: enrolments, then the ledger and the counters, all in one transaction.
//!
//! Called once for a group of phones, so that fifteen thousand who finish in one evening move the counters some
//! hundred times, not fifteen thousand.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::in_line;
use super::rules::{self, Terms};
use super::store::{self, Standing};
use super::store_courses::{self, Finished};
use crate::hours::{self, CountedAt, From, Given, Source};
use crate::plans::{self, Part};
use crate::platform::idempotency::Work;
use crate::platform::{Code, Fault, Result};

/// What an enrolment gains at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gain {
    pub(super) seconds: i64,
    pub(super) lessons: i64,
}

/// What a lesson of a learner's own course asks of him.
pub(super) async fn terms(
    work: &Work<'_>,
    person_id: Uuid,
    enrolment_id: Uuid,
    lesson_id: Uuid,
) -> Result<Terms> {
    let found = store_courses::lesson(work, person_id, enrolment_id, lesson_id).await?;
    let lesson = found.ok_or_else(Fault::not_found)?;
    if lesson.is_quiz {
        return Err(Fault::new(Code::LessonNotPlayed));
    }
    Ok(Terms {
        seconds: lesson.seconds,
        demanded: rules::demanded(lesson.seconds),
        presence_every: lesson.presence_every,
    })
}

/// Adds what enrolments gained; the courses that are finished by it go to the ledger. Their enrolments.
pub(super) async fn gain(work: &Work<'_>, gains: &HashMap<Uuid, Gain>) -> Result<Vec<Uuid>> {
    let gains: BTreeMap<Uuid, Gain> = (gains.iter())
        .filter(|(_, gain)| **gain != Gain::default())
        .map(|(enrolment, gain)| (*enrolment, *gain))
        .collect();
    store_courses::add_gains(work, &gains).await?;
    let done = gains.iter().filter(|(_, gain)| gain.lessons > 0);
    let done: Vec<Uuid> = done.map(|(enrolment, _)| *enrolment).collect();
    if done.is_empty() {
        return Ok(Vec::new());
    }
    let finished = store_courses::finished(work, &done).await?;
    let ids: Vec<Uuid> = finished
        .iter()
        .map(|finished| finished.enrolment_id)
        .collect();
    store_courses::mark_finished(work, &ids).await?;
    credit(work, finished).await?;
    Ok(ids)
}

/// A line in the ledger for each finished course of a plan, counted at once.
async fn credit(work: &Work<'_>, finished: Vec<Finished>) -> Result<()> {
    let day = work.state.clock.local(work.now).date_naive();
    let mut by_plan: BTreeMap<Uuid, Vec<(From, Given)>> = BTreeMap::new();
    for course in finished {
        let (Some(plan_id), Some(region_id)) = (course.plan_id, course.region_id) else {
            continue;
        };
        let from = From {
            source: Source::Course,
            source_id: course.enrolment_id,
            part: Part::Online,
            evidence_id: None,
        };
        let given = Given {
            person_id: course.person_id,
            at: CountedAt {
                region_id,
                enterprise_id: course.enterprise_id,
                role: course.role,
            },
            minutes: course.minutes,
            person_times: 1,
            passes: 0,
            score_hundredths: None,
            day,
        };
        by_plan.entry(plan_id).or_default().push((from, given));
    }
    for (plan_id, given) in by_plan {
        // Who learnt what was asked has it, also when the plan was closed meanwhile.
        let plan = plans::any_plan(&work.tx, work.by.county_id, plan_id).await?;
        hours::credit(work, &plan, &given).await?;
    }
    Ok(())
}

/// Marks a lesson done that is not played, as a quiz once its exam is passed; whether the course is finished by it.
/// The same again changes nothing.
///
/// # Errors
/// `not_found` when it is not a lesson of the enrolment's course; database faults.
pub async fn lesson_done(
    work: &Work<'_>,
    person_id: Uuid,
    enrolment_id: Uuid,
    lesson_id: Uuid,
) -> Result<bool> {
    in_line(work).await?;
    let found = store_courses::lesson(work, person_id, enrolment_id, lesson_id).await?;
    found.ok_or_else(Fault::not_found)?;
    let county = work.by.county_id;
    let standing = store::standings(&work.tx, county, &[person_id], &[lesson_id], &[])
        .await?
        .into_iter()
        .find(|standing| standing.enrolment_id == enrolment_id);
    let new = || Standing::new(enrolment_id, lesson_id, person_id, 0);
    let mut standing = standing.unwrap_or_else(new);
    if standing.done_at.is_some() {
        return Ok(false);
    }
    standing.done_at = Some(work.now);
    store::save_standings(work, &[&standing]).await?;
    let gain_one = Gain {
        seconds: 0,
        lessons: 1,
    };
    let finished = gain(work, &HashMap::from([(enrolment_id, gain_one)])).await?;
    Ok(!finished.is_empty())
}
