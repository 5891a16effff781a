//! Who learns which course (选课学习): what plans ask for, what a learner may begin, and what a lesson of his shows.
//!
//! Owns `enrolment`, `plan_course` and `plan_learning`. Invariants: a learner has a course once a plan, in the version
//! that was newest when he began; where his minutes will count is fixed then. May not enter: what was really played.

pub mod api;
mod store;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::courses::library::rules::article;
use crate::courses::library::{Draft, LessonKind, Version};
use crate::courses::{media, progress};
use crate::hours::CountedAt;
use crate::people;
use crate::plans::{self, Plan};
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock, db};
use crate::sheets::posts::TargetRole;
use crate::{audit, fresh};
pub use store::Enrolled;

/// Fewest and most seconds between presence checks.
pub const PRESENCE_SECONDS: (i64, i64) = (60, 3_600);

/// What a plan asks of learning online (线上学习要求).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLearning {
    pub plan_id: Uuid,
    /// Its courses, by id.
    pub courses: Vec<Uuid>,
    /// Seconds of credit between presence checks, more or less; no checks where none.
    pub presence_every_seconds: Option<i64>,
}

/// A course that a learner may begin, or has begun.
#[derive(Clone, Debug)]
pub struct MyCourse {
    pub course_id: Uuid,
    pub version: Version,
    pub outline: Draft,
    /// Whether it can be begun.
    pub is_open: bool,
    /// His open plans that ask for it.
    pub plans: Vec<Uuid>,
    pub enrolments: Vec<Enrolled>,
}

/// What a learner's post lets him see today.
struct Standing {
    person_id: Uuid,
    at: Option<CountedAt>,
    plans: Vec<Plan>,
}

/// A lesson as its learner sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub lesson_id: Uuid,
    pub title: String,
    pub kind: LessonKind,
    pub seconds: i64,
    pub html: Option<String>,
    pub content_path: Option<String>,
    pub paper_id: Option<Uuid>,
}

/// What a plan asks for.
///
/// # Errors
/// `forbidden`; `not_found` for a plan of another county.
pub async fn plan_learning(state: &State, by: &Caller, plan_id: Uuid) -> Result<PlanLearning> {
    by.may(Action::PublishCourses)?;
    let db = state.db.read();
    plans::any_plan(db, by.county_id, plan_id).await?;
    store::plan_learning(db, by.county_id, plan_id).await
}

/// Says anew what a plan asks for. Who has begun a course that it no longer asks for goes on, and it counts.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`; `invalid_field` for a course that is not published.
pub async fn set_plan_learning(
    state: &State,
    by: &Caller,
    retry: Retry,
    mut asked: PlanLearning,
    seen: Seen<PlanLearning>,
) -> Result<PlanLearning> {
    by.may(Action::PublishCourses)?;
    asked.courses.sort_unstable();
    asked.courses.dedup();
    let work = fresh!(state.begin(by, retry).await?);
    plans::any_plan(&work.tx, by.county_id, asked.plan_id).await?;
    db::lock_in_line(&work.tx, &format!("plan_learning:{}", asked.plan_id)).await?;
    let was = store::plan_learning(&work.tx, by.county_id, asked.plan_id).await?;
    seen.check(&was)?;
    let there = store::published(&work.tx, by.county_id, &asked.courses).await?;
    let kept = |id: &Uuid| there.contains(id) || was.courses.contains(id);
    if let Some(place) = asked.courses.iter().position(|id| !kept(id)) {
        return Err(Fault::new(Code::CourseNotOpen).at(&format!("/course_ids/{place}")));
    }
    store::set_plan_learning(&work, &asked).await?;
    let of = ("plan", asked.plan_id.to_string());
    let detail = json!({
        "courses": asked.courses, "presence_every_seconds": asked.presence_every_seconds
    });
    audit::record(&work, "courses.set_plan_learning", of, detail).await?;
    work.commit(&asked).await?;
    Ok(asked)
}

fn learner(by: &Caller) -> Result<Uuid> {
    let scope = by.may(Action::Learn)?;
    let person = scope.persons.first().copied();
    person.ok_or_else(|| Fault::new(Code::Forbidden))
}

async fn standing(
    state: &State,
    db: &impl sea_orm::ConnectionTrait,
    by: &Caller,
) -> Result<Standing> {
    let person_id = learner(by)?;
    let today = state.clock.today();
    let post = people::post_on(db, person_id, today).await?;
    let at = post.map(|post| CountedAt {
        region_id: post.region_id,
        enterprise_id: post.enterprise_id,
        role: post.role,
    });
    let plans = match at {
        Some(at) => plans::asking(db, by.county_id, at.role, today).await?,
        None => Vec::new(),
    };
    Ok(Standing {
        person_id,
        at,
        plans,
    })
}

/// The courses the caller may begin or has begun, by id: those his open plans ask for, those open to his post, his own.
///
/// # Errors
/// `forbidden` for whoever is nobody on file.
pub async fn my_courses(
    state: &State,
    by: &Caller,
    page: &crate::platform::page::Page,
) -> Result<Vec<MyCourse>> {
    let db = state.db.read();
    let standing = standing(state, db, by).await?;
    let role = standing.at.map_or(TargetRole::Other, |at| at.role);
    let plans: Vec<Uuid> = standing.plans.iter().map(|plan| plan.id).collect();
    let who = store::Who {
        county_id: by.county_id,
        person_id: standing.person_id,
        role,
        plans: &plans,
    };
    store::my_courses(db, &who, page).await
}

/// Begins a course in its newest version, for a plan or, where it is open, for its own sake; one that was begun for it is
/// given as it stands.
///
/// Without a plan said, the one that ends first of those that ask for it.
///
/// # Errors
/// `forbidden`; `not_found` when the course is not for the caller; `course_not_open` once it is retired.
pub async fn enrol(
    state: &State,
    by: &Caller,
    retry: Retry,
    course_id: Uuid,
    plan_id: Option<Uuid>,
) -> Result<Enrolled> {
    learner(by)?;
    let work = fresh!(state.begin(by, retry).await?);
    let Standing {
        person_id,
        at,
        plans,
    } = standing(state, &work.tx, by).await?;
    // One beginning of a person's after another: two phones get the same enrolment.
    db::lock_in_line(&work.tx, &format!("enrol:{person_id}")).await?;
    let found = store::offered(&work.tx, by.county_id, course_id).await?;
    let offered = found.ok_or_else(Fault::not_found)?;
    let mut asking: Vec<&Plan> = (plans.iter())
        .filter(|plan| offered.plans.contains(&plan.id))
        .filter(|plan| plan_id.is_none_or(|wanted| wanted == plan.id))
        .collect();
    asking.sort_by_key(|plan| (plan.terms.period_to, plan.id));
    let role = at.map_or(TargetRole::Other, |at| at.role);
    let for_role = offered.roles.is_empty() || offered.roles.contains(&role);
    let plan = match asking.first() {
        Some(plan) => Some(plan.id),
        None if plan_id.is_none() && offered.is_open && for_role => None,
        None => return Err(Fault::not_found()),
    };
    if let Some(begun) = store::begun(&work.tx, by.county_id, person_id, course_id, plan).await? {
        work.commit(&begun).await?;
        return Ok(begun);
    }
    if !offered.is_published {
        return Err(Fault::new(Code::CourseNotOpen));
    }
    let new = store::New {
        id: clock::new_id(),
        person_id,
        course_id,
        version_id: offered.version_id,
        plan_id: plan,
        at,
    };
    store::insert(&work, &new).await?;
    passed_before(&work, &new).await?;
    let begun = store::begun(&work.tx, by.county_id, person_id, course_id, plan).await?;
    let begun = begun.ok_or_else(|| Fault::internal("an enrolment that was just made"))?;
    let detail = json!({"course": course_id, "version": offered.version_id, "plan": plan});
    let of = ("enrolment", begun.id.to_string());
    audit::record(&work, "courses.enrol", of, detail).await?;
    work.commit(&begun).await?;
    Ok(begun)
}

/// Quizzes whose paper the learner has passed already are done.
async fn passed_before(work: &Work<'_>, new: &store::New) -> Result<()> {
    let passed =
        store::passed_quizzes(&work.tx, work.by.county_id, new.person_id, new.version_id).await?;
    let done: Vec<progress::Done> = (passed.into_iter())
        .map(|lesson_id| progress::Done {
            person_id: new.person_id,
            enrolment_id: new.id,
            lesson_id,
        })
        .collect();
    progress::lessons_done(work, &done).await?;
    Ok(())
}

/// What a lesson of the caller's own course shows: an article's HTML, where a video or a document is read for some hours, a
/// quiz's paper.
///
/// # Errors
/// `forbidden`; `not_found` when it is not a lesson of a course of his.
pub async fn lesson(
    state: &State,
    by: &Caller,
    enrolment_id: Uuid,
    lesson_id: Uuid,
) -> Result<Shown> {
    let person_id = learner(by)?;
    let db = state.db.read();
    let found = store::lesson(db, by.county_id, person_id, enrolment_id, lesson_id).await?;
    let (kind, lesson) = found.ok_or_else(Fault::not_found)?;
    let link = |id: Uuid| media::link(state, id, by.account_id, media::LIFETIME_SECONDS);
    Ok(Shown {
        lesson_id,
        title: lesson.title,
        kind,
        seconds: lesson.seconds,
        html: (kind == LessonKind::Article)
            .then(|| article(lesson.body.as_deref().unwrap_or_default(), link)),
        content_path: lesson.media_id.map(link),
        paper_id: lesson.paper_id,
    })
}
