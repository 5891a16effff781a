//! Rows of enrolments, and of what plans ask for.

use std::collections::{HashMap, HashSet};

use entity::{
    course, course_word as word, enrolment, exam_attempt, lesson, plan_course, plan_learning,
};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{MyCourse, PlanLearning};
use crate::courses::library::rules::Lesson;
use crate::courses::library::store::{self as library, ROLE};
use crate::courses::library::{CourseState, LessonKind};
use crate::hours::CountedAt;
use crate::platform::Result;
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::sheets::posts::TargetRole;

/// A course that somebody has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromQueryResult)]
pub struct Enrolled {
    pub id: Uuid,
    pub course_id: Uuid,
    pub version_id: Uuid,
    pub plan_id: Option<Uuid>,
    pub credited_seconds: i64,
    pub lessons_done: i64,
    /// Microseconds since 1970.
    pub started_at: i64,
    pub finished_at: Option<i64>,
}

/// For whom courses are looked up.
pub(super) struct Who<'a> {
    pub(super) county_id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) role: TargetRole,
    pub(super) plans: &'a [Uuid],
}

/// A course as it is offered now.
pub(super) struct Offered {
    pub(super) version_id: Uuid,
    pub(super) is_published: bool,
    pub(super) is_open: bool,
    pub(super) roles: Vec<TargetRole>,
    /// All plans that ask for it.
    pub(super) plans: Vec<Uuid>,
}

/// An enrolment to be made.
pub(super) struct New {
    pub(super) id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) course_id: Uuid,
    pub(super) version_id: Uuid,
    pub(super) plan_id: Option<Uuid>,
    pub(super) at: Option<CountedAt>,
}

pub(super) async fn plan_learning(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    plan_id: Uuid,
) -> Result<PlanLearning> {
    let asked = plan_learning::Entity::find_by_id(plan_id)
        .filter(plan_learning::Column::CountyId.eq(county_id))
        .one(db)
        .await?;
    let courses: Vec<Uuid> = plan_course::Entity::find()
        .select_only()
        .column(plan_course::Column::CourseId)
        .filter(plan_course::Column::CountyId.eq(county_id))
        .filter(plan_course::Column::PlanId.eq(plan_id))
        .order_by_asc(plan_course::Column::CourseId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(PlanLearning {
        plan_id,
        courses,
        presence_every_seconds: asked.and_then(|asked| asked.presence_every_seconds),
    })
}

/// Those of these courses that are published.
pub(super) async fn published(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    ids: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let found: Vec<Uuid> = course::Entity::find()
        .select_only()
        .column(course::Column::Id)
        .filter(course::Column::CountyId.eq(county_id))
        .filter(course::Column::Id.is_in(ids.iter().copied()))
        .filter(course::Column::State.eq(CourseState::Published.word()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

pub(super) async fn set_plan_learning(work: &Work<'_>, asked: &PlanLearning) -> Result<()> {
    let county = work.by.county_id;
    plan_course::Entity::delete_many()
        .filter(plan_course::Column::CountyId.eq(county))
        .filter(plan_course::Column::PlanId.eq(asked.plan_id))
        .exec(&work.tx)
        .await?;
    let row = |course: &Uuid| plan_course::ActiveModel {
        plan_id: Set(asked.plan_id),
        course_id: Set(*course),
        county_id: Set(county),
    };
    if !asked.courses.is_empty() {
        plan_course::Entity::insert_many(asked.courses.iter().map(row))
            .exec_without_returning(&work.tx)
            .await?;
    }
    let row = plan_learning::ActiveModel {
        plan_id: Set(asked.plan_id),
        county_id: Set(county),
        presence_every_seconds: Set(asked.presence_every_seconds),
    };
    let again = OnConflict::column(plan_learning::Column::PlanId)
        .update_column(plan_learning::Column::PresenceEverySeconds)
        .to_owned();
    plan_learning::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Ids of courses a person has begun.
fn own(who: &Who<'_>) -> SelectStatement {
    Query::select()
        .column(enrolment::Column::CourseId)
        .from(enrolment::Entity)
        .and_where(enrolment::Column::CountyId.eq(who.county_id))
        .and_where(enrolment::Column::PersonId.eq(who.person_id))
        .take()
}

fn asked(who: &Who<'_>) -> SelectStatement {
    Query::select()
        .column(plan_course::Column::CourseId)
        .from(plan_course::Entity)
        .and_where(plan_course::Column::CountyId.eq(who.county_id))
        .and_where(plan_course::Column::PlanId.is_in(who.plans.iter().copied()))
        .take()
}

/// Ids of courses that are for some roles, or for this one.
fn for_roles(who: &Who<'_>, role: Option<TargetRole>) -> SelectStatement {
    let mut found = Query::select()
        .column(word::Column::CourseId)
        .from(word::Entity)
        .and_where(word::Column::CountyId.eq(who.county_id))
        .and_where(word::Column::Kind.eq(ROLE))
        .take();
    if let Some(role) = role {
        found.and_where(word::Column::Word.eq(role.word()));
    }
    found
}

pub(super) async fn my_courses(
    db: &impl ConnectionTrait,
    who: &Who<'_>,
    page: &Page,
) -> Result<Vec<MyCourse>> {
    use course::Column as C;
    let for_him = Condition::any()
        .add(C::Id.not_in_subquery(for_roles(who, None)))
        .add(C::Id.in_subquery(for_roles(who, Some(who.role))));
    let offered = Condition::all()
        .add(C::State.eq(CourseState::Published.word()))
        .add(
            Condition::any()
                .add(C::Id.in_subquery(asked(who)))
                .add(Condition::all().add(C::IsOpen.eq(true)).add(for_him)),
        );
    let mut query = course::Entity::find()
        .select_only()
        .columns([C::Id, C::VersionId, C::State])
        .filter(C::CountyId.eq(who.county_id))
        .filter(C::VersionId.is_not_null())
        .filter(
            Condition::any()
                .add(C::Id.in_subquery(own(who)))
                .add(offered),
        );
    if let Some(after) = page.after {
        query = query.filter(C::Id.gt(after));
    }
    let rows: Vec<(Uuid, Uuid, String)> = query
        .order_by_asc(C::Id)
        .limit(page.limit + 1)
        .into_tuple()
        .all(db)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
    let versions: Vec<Uuid> = rows.iter().map(|row| row.1).collect();
    let contents = library::contents(db, who.county_id, &versions).await?;
    let mut contents: HashMap<Uuid, _> = (contents.into_iter())
        .map(|(version, outline)| (version.id, (version, outline)))
        .collect();
    let mut begun = begun_of(db, who, &ids).await?;
    let mut plans = plans_of(db, who, &ids).await?;
    let told = rows.into_iter().filter_map(|(id, version, state)| {
        let (version, outline) = contents.remove(&version)?;
        Some(MyCourse {
            course_id: id,
            version,
            outline,
            is_open: state == CourseState::Published.word(),
            plans: plans.remove(&id).unwrap_or_default(),
            enrolments: begun.remove(&id).unwrap_or_default(),
        })
    });
    Ok(told.collect())
}

async fn begun_of(
    db: &impl ConnectionTrait,
    who: &Who<'_>,
    courses: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Enrolled>>> {
    let rows: Vec<Enrolled> = enrolment::Entity::find()
        .filter(enrolment::Column::CountyId.eq(who.county_id))
        .filter(enrolment::Column::PersonId.eq(who.person_id))
        .filter(enrolment::Column::CourseId.is_in(courses.iter().copied()))
        .order_by_asc(enrolment::Column::Id)
        .into_model()
        .all(db)
        .await?;
    let mut of: HashMap<Uuid, Vec<Enrolled>> = HashMap::new();
    for row in rows {
        of.entry(row.course_id).or_default().push(row);
    }
    Ok(of)
}

async fn plans_of(
    db: &impl ConnectionTrait,
    who: &Who<'_>,
    courses: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let rows = plan_course::Entity::find()
        .filter(plan_course::Column::CountyId.eq(who.county_id))
        .filter(plan_course::Column::PlanId.is_in(who.plans.iter().copied()))
        .filter(plan_course::Column::CourseId.is_in(courses.iter().copied()))
        .order_by_asc(plan_course::Column::PlanId)
        .all(db)
        .await?;
    let mut of: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in rows {
        of.entry(row.course_id).or_default().push(row.plan_id);
    }
    Ok(of)
}

/// A course that was published once, as it is offered now.
pub(super) async fn offered(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    course_id: Uuid,
) -> Result<Option<Offered>> {
    let row = course::Entity::find_by_id(course_id)
        .filter(course::Column::CountyId.eq(county_id))
        .one(db)
        .await?;
    let Some((row, version_id)) = row.and_then(|row| {
        let version = row.version_id?;
        Some((row, version))
    }) else {
        return Ok(None);
    };
    let roles: Vec<String> = word::Entity::find()
        .select_only()
        .column(word::Column::Word)
        .filter(word::Column::CourseId.eq(course_id))
        .filter(word::Column::Kind.eq(ROLE))
        .into_tuple()
        .all(db)
        .await?;
    let plans: Vec<Uuid> = plan_course::Entity::find()
        .select_only()
        .column(plan_course::Column::PlanId)
        .filter(plan_course::Column::CourseId.eq(course_id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(Some(Offered {
        version_id,
        is_published: row.state == CourseState::Published.word(),
        is_open: row.is_open,
        roles: (roles.iter())
            .map(|word| TargetRole::of_word(word))
            .collect(),
        plans,
    }))
}

/// The enrolment of a person in a course for a plan.
pub(super) async fn begun(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    person_id: Uuid,
    course_id: Uuid,
    plan_id: Option<Uuid>,
) -> Result<Option<Enrolled>> {
    let of_plan = match plan_id {
        Some(plan) => enrolment::Column::PlanId.eq(plan),
        None => enrolment::Column::PlanId.is_null(),
    };
    let row = enrolment::Entity::find()
        .filter(enrolment::Column::CountyId.eq(county_id))
        .filter(enrolment::Column::PersonId.eq(person_id))
        .filter(enrolment::Column::CourseId.eq(course_id))
        .filter(of_plan)
        .into_model()
        .one(db)
        .await?;
    Ok(row)
}

pub(super) async fn insert(work: &Work<'_>, new: &New) -> Result<()> {
    let role = new.at.map_or(TargetRole::Other, |at| at.role);
    let row = enrolment::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        person_id: Set(new.person_id),
        course_id: Set(new.course_id),
        version_id: Set(new.version_id),
        plan_id: Set(new.plan_id),
        region_id: Set(new.at.map(|at| at.region_id)),
        enterprise_id: Set(new.at.and_then(|at| at.enterprise_id)),
        role: Set(role.word().to_owned()),
        credited_seconds: Set(0),
        lessons_done: Set(0),
        started_at: Set(work.now),
        finished_at: Set(None),
    };
    enrolment::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// The quizzes of a version whose paper a person has passed.
pub(super) async fn passed_quizzes(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    person_id: Uuid,
    version_id: Uuid,
) -> Result<Vec<Uuid>> {
    let of: RelationDef = lesson::Entity::belongs_to(exam_attempt::Entity)
        .from(lesson::Column::PaperId)
        .to(exam_attempt::Column::PaperId)
        .into();
    let found: Vec<Uuid> = lesson::Entity::find()
        .select_only()
        .column(lesson::Column::Id)
        .distinct()
        .join(JoinType::InnerJoin, of)
        .filter(lesson::Column::CountyId.eq(county_id))
        .filter(lesson::Column::VersionId.eq(version_id))
        .filter(lesson::Column::Kind.eq(LessonKind::Quiz.word()))
        .filter(exam_attempt::Column::PersonId.eq(person_id))
        .filter(exam_attempt::Column::Passed.eq(true))
        .into_tuple()
        .all(db)
        .await?;
    Ok(found)
}

/// A lesson of a person's own course.
pub(super) async fn lesson(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    person_id: Uuid,
    enrolment_id: Uuid,
    lesson_id: Uuid,
) -> Result<Option<(LessonKind, Lesson)>> {
    let whose: RelationDef = lesson::Entity::belongs_to(enrolment::Entity)
        .from(lesson::Column::VersionId)
        .to(enrolment::Column::VersionId)
        .into();
    let row = lesson::Entity::find_by_id(lesson_id)
        .join(JoinType::InnerJoin, whose)
        .filter(lesson::Column::CountyId.eq(county_id))
        .filter(enrolment::Column::Id.eq(enrolment_id))
        .filter(enrolment::Column::PersonId.eq(person_id))
        .one(db)
        .await?;
    Ok(row.and_then(|row| {
        let kind = LessonKind::of_word(&row.kind)?;
        let lesson = Lesson {
            title: row.title,
            kind,
            seconds: row.seconds,
            media_id: row.media_id,
            paper_id: row.paper_id,
            body: row.body,
        };
        Some((kind, lesson))
    }))
}
