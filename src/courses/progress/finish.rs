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

/// A lesson that is not played, done by somebody.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    pub person_id: Uuid,
    pub enrolment_id: Uuid,
    pub lesson_id: Uuid,
}

/// Marks lessons done that are not played: quizzes whose exam is passed. The enrolments that are finished by it; the same
/// again changes nothing.
///
/// # Errors
/// Database faults.
pub async fn lessons_done(work: &Work<'_>, done: &[Done]) -> Result<Vec<Uuid>> {
    if done.is_empty() {
        return Ok(Vec::new());
    }
    in_line(work).await?;
    let people: Vec<Uuid> = done.iter().map(|done| done.person_id).collect();
    let lessons: Vec<Uuid> = done.iter().map(|done| done.lesson_id).collect();
    let before = store::standings(&work.tx, work.by.county_id, &people, &lessons, &[]).await?;
    let mut before: HashMap<(Uuid, Uuid), Standing> = (before.into_iter())
        .map(|standing| ((standing.enrolment_id, standing.lesson_id), standing))
        .collect();
    let (mut changed, mut gains): (Vec<Standing>, HashMap<Uuid, Gain>) = Default::default();
    for one in done {
        let new = || Standing::new(one.enrolment_id, one.lesson_id, one.person_id, 0);
        let standing = before.remove(&(one.enrolment_id, one.lesson_id));
        let mut standing = standing.unwrap_or_else(new);
        if standing.done_at.is_none() {
            standing.done_at = Some(work.now);
            changed.push(standing);
            gains.entry(one.enrolment_id).or_default().lessons += 1;
        }
    }
    store::save_standings(work, &changed.iter().collect::<Vec<_>>()).await?;
    gain(work, &gains).await
}

/// Quizzes of these people's courses are done: each passed this paper. To be told before a pass is credited, so that
/// learners and examinees wait for one another in the same order.
///
/// # Errors
/// Database faults.
pub async fn papers_passed(work: &Work<'_>, passed: &[(Uuid, Uuid)]) -> Result<()> {
    if passed.is_empty() {
        return Ok(());
    }
    let quizzes = store_courses::quizzes(work, passed).await?;
    lessons_done(work, &quizzes).await?;
    Ok(())
}
