//! Rows of learners' clocks and of what they have of lessons.

use std::collections::HashMap;

use entity::{learner_clock as clock_row, lesson_progress as progress};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::rules::{Check, Learner, Lesson, Spans, decode_players, encode_players};
use super::store_rows::{self, Holds};
use crate::platform::db::IN_LIST;
use crate::platform::idempotency::Work;
use crate::platform::scope::Columns;
use crate::platform::{Fault, Result, Scope};

/// A learner's clock, with what his checks came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    pub(super) learner: Learner,
    pub(super) passed: i64,
    pub(super) failed: i64,
}

/// What somebody has of a lesson in a course.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) enrolment_id: Uuid,
    pub(super) lesson_id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) lesson: Lesson,
    /// Seconds that make it done.
    pub(super) demanded: i64,
    pub(super) done_at: Option<i64>,
    pub(super) too_fast: i64,
    pub(super) elsewhere: i64,
}

impl Standing {
    pub(super) fn new(enrolment_id: Uuid, lesson_id: Uuid, person_id: Uuid, demanded: i64) -> Self {
        Self {
            enrolment_id,
            lesson_id,
            person_id,
            lesson: Lesson::default(),
            demanded,
            done_at: None,
            too_fast: 0,
            elsewhere: 0,
        }
    }
}

fn broken() -> Fault {
    Fault::internal("a learner's progress cannot be read")
}

/// The clocks of these people; who never opened a lesson has none.
pub(super) async fn clocks(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, Clock>> {
    let mut found = HashMap::new();
    for chunk in persons.chunks(IN_LIST) {
        let rows = clock_row::Entity::find()
            .filter(clock_row::Column::CountyId.eq(county_id))
            .filter(clock_row::Column::PersonId.is_in(padded(chunk)))
            .all(db)
            .await?;
        for row in rows {
            found.insert(row.person_id, to_clock(&row)?);
        }
    }
    Ok(found)
}

fn to_clock(row: &clock_row::Model) -> Result<Clock> {
    Ok(Clock {
        learner: Learner {
            spent: Spans::decode(&row.spent).ok_or_else(broken)?,
            players: decode_players(&row.players).ok_or_else(broken)?,
            check: Check {
                number: row.check_number,
                since: row.check_since,
                told_at: row.check_told_at,
            },
        },
        passed: row.checks_passed,
        failed: row.checks_failed,
    })
}

/// What these people have of these lessons; of `all` of them also what no check has proven yet.
pub(super) async fn standings(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    persons: &[Uuid],
    lessons: &[Uuid],
    all: &[Uuid],
) -> Result<Vec<Standing>> {
    let of_these = Condition::all()
        .add(progress::Column::PersonId.is_in(padded(persons)))
        .add(progress::Column::LessonId.is_in(padded(lessons)));
    let mut wanted = Condition::any().add(of_these);
    if !all.is_empty() {
        let unproven = Condition::all()
            .add(progress::Column::PersonId.is_in(padded(all)))
            .add(progress::Column::Unproven.ne(Vec::<u8>::new()));
        wanted = wanted.add(unproven);
    }
    let rows = progress::Entity::find()
        .filter(progress::Column::CountyId.eq(county_id))
        .filter(wanted)
        .all(db)
        .await?;
    rows.into_iter().map(to_standing).collect()
}

/// What a person in scope has of a course's lessons.
pub(super) async fn standings_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    enrolment_id: Uuid,
) -> Result<Vec<Standing>> {
    let columns = Columns::county(progress::Column::CountyId).person(progress::Column::PersonId);
    let rows = progress::Entity::find()
        .filter(scope.filter(&columns))
        .filter(progress::Column::EnrolmentId.eq(enrolment_id))
        .all(db)
        .await?;
    rows.into_iter().map(to_standing).collect()
}

fn to_standing(row: progress::Model) -> Result<Standing> {
    Ok(Standing {
        enrolment_id: row.enrolment_id,
        lesson_id: row.lesson_id,
        person_id: row.person_id,
        lesson: Lesson {
            covered: Spans::decode(&row.covered).ok_or_else(broken)?,
            unproven: Spans::decode(&row.unproven).ok_or_else(broken)?,
            place: row.place,
            place_at: row.place_at,
            done: row.done_at.is_some(),
        },
        demanded: row.demanded,
        done_at: row.done_at,
        too_fast: row.too_fast,
        elsewhere: row.elsewhere,
    })
}

/// Writes clocks as they are now.
pub(super) async fn save_clocks(work: &Work<'_>, clocks: &[(Uuid, &Clock)]) -> Result<()> {
    if clocks.is_empty() {
        return Ok(());
    }
    let columns = [
        ("person_id", Holds::Id),
        ("spent", Holds::Bytes),
        ("players", Holds::Bytes),
        ("check_number", Holds::Number),
        ("check_since", Holds::Number),
        ("check_told_at", Holds::Number),
        ("checks_passed", Holds::Number),
        ("checks_failed", Holds::Number),
    ];
    let rows = clocks.iter().map(|(person_id, clock)| {
        let check = clock.learner.check;
        (
            person_id.simple().to_string(),
            hex::encode(clock.learner.spent.encode()),
            hex::encode(encode_players(&clock.learner.players)),
            check.number,
            check.since,
            check.told_at,
            clock.passed,
            clock.failed,
        )
    });
    let json = serde_json::to_string(&rows.collect::<Vec<_>>())?;
    let same = [
        ("county_id", work.by.county_id.into()),
        ("updated_at", work.now.into()),
    ];
    store_rows::put(
        &work.tx,
        "learner_clock",
        &["person_id"],
        &columns,
        &same,
        json,
    )
    .await
}

/// Writes what people have of lessons as it is now.
pub(super) async fn save_standings(work: &Work<'_>, standings: &[&Standing]) -> Result<()> {
    if standings.is_empty() {
        return Ok(());
    }
    let columns = [
        ("enrolment_id", Holds::Id),
        ("lesson_id", Holds::Id),
        ("person_id", Holds::Id),
        ("credited_seconds", Holds::Number),
        ("covered", Holds::Bytes),
        ("unproven", Holds::Bytes),
        ("place", Holds::Number),
        ("place_at", Holds::Number),
        ("demanded", Holds::Number),
        ("done_at", Holds::Number),
        ("too_fast", Holds::Number),
        ("elsewhere", Holds::Number),
    ];
    let rows = standings.iter().map(|standing| {
        let lesson = &standing.lesson;
        (
            standing.enrolment_id.simple().to_string(),
            standing.lesson_id.simple().to_string(),
            standing.person_id.simple().to_string(),
            lesson.covered.total(),
            hex::encode(lesson.covered.encode()),
            hex::encode(lesson.unproven.encode()),
            lesson.place,
            lesson.place_at,
            standing.demanded,
            standing.done_at,
            standing.too_fast,
            standing.elsewhere,
        )
    });
    let json = serde_json::to_string(&rows.collect::<Vec<_>>())?;
    let same = [
        ("county_id", work.by.county_id.into()),
        ("updated_at", work.now.into()),
    ];
    let key = ["enrolment_id", "lesson_id"];
    store_rows::put(&work.tx, "lesson_progress", &key, &columns, &same, json).await
}

/// Ids for an `IN (…)`, the last one said again up to a power of two: few statements to prepare, for any count.
fn padded(ids: &[Uuid]) -> Vec<Uuid> {
    let mut padded = ids.to_vec();
    if let Some(last) = ids.last() {
        padded.resize(ids.len().next_power_of_two(), *last);
    }
    padded
}
