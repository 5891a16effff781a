//! What learning takes and shows.

use chrono::{DateTime, FixedOffset};
use poem_openapi::Object;
use uuid::Uuid;

use crate::courses::library::LessonKind;
use crate::courses::media::{LIFETIME_SECONDS, link};
use crate::courses::study::{Enrolled, MyCourse, PlanLearning, Shown};
use crate::page_of;
use crate::platform::{App, Caller};

/// What a plan asks of learning online.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct PlanLearningInput {
    /// Its courses; they must be published.
    #[oai(validator(max_items = 200))]
    pub course_ids: Vec<Uuid>,
    /// Seconds of credit between presence checks, more or less; no checks when absent.
    #[oai(validator(minimum(value = "60"), maximum(value = "3600")))]
    pub presence_every_seconds: Option<i64>,
}

/// What a plan asks of learning online.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PlanLearningView {
    /// The plan.
    pub plan_id: Uuid,
    /// Its courses, by id.
    pub course_ids: Vec<Uuid>,
    /// Seconds of credit between presence checks, more or less; no checks when absent.
    pub presence_every_seconds: Option<i64>,
}

/// A course to begin.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct EnrolmentInput {
    /// The plan it is to count for.
    pub plan_id: Option<Uuid>,
}

/// A course that was begun.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct EnrolmentView {
    /// The enrolment: lessons are opened in its name.
    pub id: Uuid,
    /// The course.
    pub course_id: Uuid,
    /// The version that is learnt.
    pub version_id: Uuid,
    /// The plan it counts for.
    pub plan_id: Option<Uuid>,
    /// Seconds credited so far.
    pub credited_seconds: i64,
    /// Lessons done so far.
    pub lessons_done: i64,
    /// When it was begun.
    pub started_at: DateTime<FixedOffset>,
    /// When it was finished.
    pub finished_at: Option<DateTime<FixedOffset>>,
}

/// A course that the caller may begin or has begun.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MyCourseView {
    /// The course.
    pub course_id: Uuid,
    /// Title.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// Minutes credited once it is finished.
    pub minutes: i64,
    /// How many lessons it has.
    pub lessons: i64,
    /// Seconds they take.
    pub seconds: i64,
    /// Industries and subjects.
    pub tags: Vec<String>,
    /// Where the caller may look at the picture on its front, for six hours.
    pub cover_path: Option<String>,
    /// Whether it can be begun; a retired course is only gone on with.
    pub is_open: bool,
    /// The caller's open plans that ask for it.
    pub plan_ids: Vec<Uuid>,
    /// What the caller has of it, for each plan.
    pub enrolments: Vec<EnrolmentView>,
}

page_of!(
    /// A page of the caller's courses.
    MyCoursePage,
    MyCourseView
);

/// What a lesson shows.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct LessonContentView {
    /// The lesson.
    pub lesson_id: Uuid,
    /// Title.
    pub title: String,
    /// What it is.
    pub kind: LessonKind,
    /// Seconds it takes.
    pub seconds: i64,
    /// An article, as HTML that is safe to show.
    pub html: Option<String>,
    /// Where a video or a document is read, for six hours; below the service's own address.
    pub content_path: Option<String>,
    /// The paper of a quiz, to be begun with `beginExam`.
    pub paper_id: Option<Uuid>,
}

pub(super) fn plan_view(asked: &PlanLearning) -> PlanLearningView {
    PlanLearningView {
        plan_id: asked.plan_id,
        course_ids: asked.courses.clone(),
        presence_every_seconds: asked.presence_every_seconds,
    }
}

pub(super) fn enrolment_view(state: &App, of: &Enrolled) -> EnrolmentView {
    EnrolmentView {
        id: of.id,
        course_id: of.course_id,
        version_id: of.version_id,
        plan_id: of.plan_id,
        credited_seconds: of.credited_seconds,
        lessons_done: of.lessons_done,
        started_at: state.clock.local(of.started_at),
        finished_at: of.finished_at.map(|at| state.clock.local(at)),
    }
}

pub(super) fn my_view(state: &App, by: &Caller, of: MyCourse) -> MyCourseView {
    let (mut lessons, mut seconds) = (0, 0);
    for (_, _, lesson) in of.outline.lessons() {
        lessons += 1;
        seconds += lesson.seconds;
    }
    let cover = of.outline.cover_id;
    MyCourseView {
        course_id: of.course_id,
        minutes: of.version.minutes,
        lessons,
        seconds,
        cover_path: cover.map(|id| link(state, id, by.account_id, LIFETIME_SECONDS)),
        title: of.outline.title,
        summary: of.outline.summary,
        tags: of.outline.tags,
        is_open: of.is_open,
        plan_ids: of.plans,
        enrolments: (of.enrolments.iter())
            .map(|enrolled| enrolment_view(state, enrolled))
            .collect(),
    }
}

pub(super) fn content_view(shown: Shown) -> LessonContentView {
    LessonContentView {
        lesson_id: shown.lesson_id,
        title: shown.title,
        kind: shown.kind,
        seconds: shown.seconds,
        html: shown.html,
        content_path: shown.content_path,
        paper_id: shown.paper_id,
    }
}
