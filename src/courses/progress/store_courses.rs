//! What progress reads of courses, and the enrolments it moves.

use std::collections::{BTreeMap, HashMap};

use entity::{course_version, enrolment, lesson, plan_learning};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef,
};
use uuid::Uuid;

use super::finish::{Done, Gain};
use super::store_rows;
use crate::platform::db::IN_LIST;
use crate::platform::idempotency::Work;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use crate::sheets::posts::TargetRole;

/// The kind of a lesson that is done by an exam.
const QUIZ: &str = "quiz";

/// A lesson of somebody's course.
pub(super) struct Asked {
    pub(super) seconds: i64,
    pub(super) is_quiz: bool,
    pub(super) presence_every: i64,
}

/// A course somebody has finished.
pub(super) struct Finished {
    pub(super) enrolment_id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) plan_id: Option<Uuid>,
    pub(super) region_id: Option<Uuid>,
    pub(super) enterprise_id: Option<Uuid>,
    pub(super) role: TargetRole,
    pub(super) minutes: i64,
}

/// Somebody's course, with its lessons.
pub(super) struct Course {
    pub(super) row: enrolment::Model,
    pub(super) lessons: Vec<lesson::Model>,
}

/// A lesson of a person's own course, with what the course's plan asks.
pub(super) async fn lesson(
    work: &Work<'_>,
    person_id: Uuid,
    enrolment_id: Uuid,
    lesson_id: Uuid,
) -> Result<Option<Asked>> {
    let enrolled = enrolment::Entity::find_by_id(enrolment_id)
        .filter(enrolment::Column::CountyId.eq(work.by.county_id))
        .filter(enrolment::Column::PersonId.eq(person_id))
        .one(&work.tx)
        .await?;
    let Some(enrolled) = enrolled else {
        return Ok(None);
    };
    let found = lesson::Entity::find_by_id(lesson_id)
        .filter(lesson::Column::CountyId.eq(work.by.county_id))
        .filter(lesson::Column::VersionId.eq(enrolled.version_id))
        .one(&work.tx)
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let every = match enrolled.plan_id {
        Some(plan_id) => plan_learning::Entity::find_by_id(plan_id)
            .filter(plan_learning::Column::CountyId.eq(work.by.county_id))
            .one(&work.tx)
            .await?
            .and_then(|plan| plan.presence_every_seconds),
        None => None,
    };
    Ok(Some(Asked {
        seconds: found.seconds,
        is_quiz: found.kind == QUIZ,
        presence_every: every.unwrap_or(0),
    }))
}

/// The quizzes of people's unfinished courses whose paper each of them passed: (person, paper).
pub(super) async fn quizzes(work: &Work<'_>, passed: &[(Uuid, Uuid)]) -> Result<Vec<Done>> {
    let of: RelationDef = enrolment::Entity::belongs_to(lesson::Entity)
        .from(enrolment::Column::VersionId)
        .to(lesson::Column::VersionId)
        .into();
    let rows: Vec<(Uuid, Uuid, Uuid, Uuid)> = enrolment::Entity::find()
        .select_only()
        .columns([enrolment::Column::PersonId, enrolment::Column::Id])
        .columns([lesson::Column::Id, lesson::Column::PaperId])
        .join(JoinType::InnerJoin, of)
        .filter(enrolment::Column::CountyId.eq(work.by.county_id))
        .filter(enrolment::Column::PersonId.is_in(passed.iter().map(|pass| pass.0)))
        .filter(enrolment::Column::FinishedAt.is_null())
        .filter(lesson::Column::Kind.eq(QUIZ))
        .filter(lesson::Column::PaperId.is_in(passed.iter().map(|pass| pass.1)))
        .into_tuple()
        .all(&work.tx)
        .await?;
    let own = |row: &(Uuid, Uuid, Uuid, Uuid)| passed.contains(&(row.0, row.3));
    let done = |(person_id, enrolment_id, lesson_id, _)| Done {
        person_id,
        enrolment_id,
        lesson_id,
    };
    Ok(rows.into_iter().filter(own).map(done).collect())
}

/// Somebody's course in scope, its lessons in order.
pub(super) async fn course(
    db: &impl ConnectionTrait,
    scope: &Scope,
    enrolment_id: Uuid,
) -> Result<Option<Course>> {
    let columns = Columns::county(enrolment::Column::CountyId).person(enrolment::Column::PersonId);
    let row = enrolment::Entity::find_by_id(enrolment_id)
        .filter(scope.filter(&columns))
        .one(db)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let lessons = lesson::Entity::find()
        .filter(lesson::Column::CountyId.eq(scope.county_id))
        .filter(lesson::Column::VersionId.eq(row.version_id))
        .order_by_asc(lesson::Column::Position)
        .order_by_asc(lesson::Column::Id)
        .all(db)
        .await?;
    Ok(Some(Course { row, lessons }))
}

/// Adds seconds and lessons to enrolments, in one statement.
pub(super) async fn add_gains(work: &Work<'_>, gains: &BTreeMap<Uuid, Gain>) -> Result<()> {
    if gains.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, i64, i64)> = (gains.iter())
        .map(|(enrolment, gain)| (enrolment.simple().to_string(), gain.seconds, gain.lessons))
        .collect();
    let columns = ["credited_seconds", "lessons_done"];
    let (county, json) = (work.by.county_id.into(), serde_json::to_string(&rows)?);
    store_rows::add(&work.tx, "enrolment", &columns, county, json).await
}

/// Those of these enrolments whose every lesson is done and that are not finished yet.
pub(super) async fn finished(work: &Work<'_>, enrolments: &[Uuid]) -> Result<Vec<Finished>> {
    let county = work.by.county_id;
    let rows = enrolment::Entity::find()
        .filter(enrolment::Column::CountyId.eq(county))
        .filter(enrolment::Column::Id.is_in(enrolments.iter().copied()))
        .filter(enrolment::Column::FinishedAt.is_null())
        .all(&work.tx)
        .await?;
    let mut versions: Vec<Uuid> = rows.iter().map(|row| row.version_id).collect();
    versions.sort_unstable();
    versions.dedup();
    let counts: Vec<(Uuid, i64)> = lesson::Entity::find()
        .select_only()
        .column(lesson::Column::VersionId)
        .column_as(lesson::Column::Id.count(), "lessons")
        .filter(lesson::Column::CountyId.eq(county))
        .filter(lesson::Column::VersionId.is_in(versions.iter().copied()))
        .group_by(lesson::Column::VersionId)
        .into_tuple()
        .all(&work.tx)
        .await?;
    let counts: HashMap<Uuid, i64> = counts.into_iter().collect();
    let minutes: Vec<(Uuid, i64)> = course_version::Entity::find()
        .select_only()
        .columns([course_version::Column::Id, course_version::Column::Minutes])
        .filter(course_version::Column::CountyId.eq(county))
        .filter(course_version::Column::Id.is_in(versions))
        .into_tuple()
        .all(&work.tx)
        .await?;
    let minutes: HashMap<Uuid, i64> = minutes.into_iter().collect();
    let whole = |row: &enrolment::Model| {
        counts
            .get(&row.version_id)
            .is_some_and(|count| row.lessons_done >= *count)
    };
    Ok(rows
        .into_iter()
        .filter(whole)
        .map(|row| Finished {
            enrolment_id: row.id,
            person_id: row.person_id,
            plan_id: row.plan_id,
            region_id: row.region_id,
            enterprise_id: row.enterprise_id,
            role: TargetRole::of_word(&row.role),
            minutes: minutes.get(&row.version_id).copied().unwrap_or(0),
        })
        .collect())
}

/// Marks courses finished now.
pub(super) async fn mark_finished(work: &Work<'_>, enrolments: &[Uuid]) -> Result<()> {
    for chunk in enrolments.chunks(IN_LIST) {
        enrolment::Entity::update_many()
            .col_expr(enrolment::Column::FinishedAt, work.now.into())
            .filter(enrolment::Column::CountyId.eq(work.by.county_id))
            .filter(enrolment::Column::Id.is_in(chunk.iter().copied()))
            .exec(&work.tx)
            .await?;
    }
    Ok(())
}
