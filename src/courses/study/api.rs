//! Courses on the wire, as plans ask for them and learners see them.

mod views;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::PlanLearning;
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};
use views::{
    EnrolmentInput, EnrolmentView, LessonContentView, MyCoursePage, PlanLearningInput,
    PlanLearningView, content_view, enrolment_view, my_view, plan_view,
};

/// What plans ask for, and what learners may begin.
pub struct StudyApi;

#[OpenApi(prefix_path = "/v1/courses", tag = "Tag::Courses")]
impl StudyApi {
    /// Show what a plan asks of learning online
    ///
    /// Its courses, and how often learners are asked whether they are there.
    #[oai(
        path = "/plans/:plan_id",
        method = "get",
        operation_id = "getPlanLearning"
    )]
    async fn get_plan_learning(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
    ) -> Result<Json<PlanLearningView>> {
        let asked = super::plan_learning(&state, &caller.0, plan_id.0).await?;
        Ok(Json(plan_view(&asked)))
    }

    /// Say what a plan asks of learning online
    ///
    /// All of it anew. Whoever has begun a course that is no longer asked for goes on, and it counts.
    #[oai(
        path = "/plans/:plan_id",
        method = "put",
        operation_id = "setPlanLearning"
    )]
    async fn set_plan_learning(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<PlanLearningInput>,
    ) -> Result<Json<PlanLearningView>> {
        let asked = PlanLearning {
            plan_id: plan_id.0,
            courses: body.0.course_ids,
            presence_every_seconds: body.0.presence_every_seconds,
        };
        let retry = Retry::of(key.0, "setPlanLearning", &asked)?;
        let seen = Seen::of(if_match.0, plan_view);
        let made = super::set_plan_learning(&state, &caller.0, retry, asked, seen).await?;
        Ok(Json(plan_view(&made)))
    }

    /// List my courses
    ///
    /// Those that the caller's open plans ask for, those open to his post, and those he has begun; by id.
    #[oai(path = "/mine", method = "get", operation_id = "listMyCourses")]
    async fn list_my_courses(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<MyCoursePage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = super::my_courses(&state, &caller.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.course_id);
        let views = rows.into_iter().map(|row| my_view(&state, &caller.0, row));
        Ok(Json(MyCoursePage::new((views.collect(), next))))
    }

    /// Begin a course
    ///
    /// In its newest version, which stays the caller's whatever is published later. For the plan said, or for the one that
    /// ends first of those that ask for it, or for its own sake where it is open. One begun before is given as it stands.
    #[oai(
        path = "/courses/:course_id/enrolments",
        method = "post",
        operation_id = "enrolInCourse"
    )]
    async fn enrol_in_course(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The course.
        course_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<EnrolmentInput>,
    ) -> Result<Json<EnrolmentView>> {
        let plan = body.0.plan_id;
        let retry = Retry::of(key.0, "enrolInCourse", &(course_id.0, plan))?;
        let begun = super::enrol(&state, &caller.0, retry, course_id.0, plan).await?;
        Ok(Json(enrolment_view(&state, &begun)))
    }

    /// Read a lesson
    ///
    /// Of a course of the caller's own: an article's HTML, safe to show; where a video or a document is read for six hours,
    /// a range of it at a time; a quiz's paper. Its minutes are credited through `openLesson`.
    #[oai(
        path = "/enrolments/:enrolment_id/lessons/:lesson_id",
        method = "get",
        operation_id = "getLessonContent"
    )]
    async fn get_lesson_content(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The enrolment.
        enrolment_id: Path<Uuid>,
        /// The lesson.
        lesson_id: Path<Uuid>,
    ) -> Result<Json<LessonContentView>> {
        let shown = super::lesson(&state, &caller.0, enrolment_id.0, lesson_id.0).await?;
        Ok(Json(content_view(shown)))
    }
}
