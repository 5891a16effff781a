//! Courses on the wire, as their authors see them.

mod views;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::{CourseState, store};
use crate::courses::media;
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Fault, Result};
use views::{CourseInput, CoursePage, CourseVersions, CourseView, brief_view, versions, view};

/// Courses.
pub struct LibraryApi;

#[OpenApi(prefix_path = "/v1/courses/courses", tag = "Tag::Courses")]
impl LibraryApi {
    /// List courses
    ///
    /// Those the caller wrote himself; of the county's officers, all of the county's. By id.
    #[oai(path = "/", method = "get", operation_id = "listCourses")]
    async fn list_courses(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// In this state; all when absent. The state is named `status` in the query.
        status: Query<Option<CourseState>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<CoursePage>> {
        let reach = media::reach(&caller.0)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::page(state.db.read(), reach, status.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.into_iter().map(|row| brief_view(&state, row));
        Ok(Json(CoursePage::new((views.collect(), next))))
    }

    /// Draft a course
    ///
    /// Chapters and lessons: videos and documents handed in before (`startMediaUpload`), articles in Markdown, quizzes by
    /// published papers. A draft need not be whole.
    #[oai(path = "/", method = "post", operation_id = "createCourse")]
    async fn create_course(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<CourseInput>,
    ) -> Result<Json<CourseView>> {
        let draft = body.0.draft();
        let retry = Retry::of(key.0, "createCourse", &draft)?;
        let made = super::create(&state, &caller.0, retry, draft).await?;
        Ok(Json(view(&state, &made)))
    }

    /// Show a course
    ///
    /// With its draft, and which version new learners get.
    #[oai(path = "/:course_id", method = "get", operation_id = "getCourse")]
    async fn get_course(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The course.
        course_id: Path<Uuid>,
    ) -> Result<Json<CourseView>> {
        let reach = media::reach(&caller.0)?;
        let found = store::find(state.db.read(), reach, course_id.0).await?;
        Ok(Json(view(&state, &found.ok_or_else(Fault::not_found)?)))
    }

    /// Write a course's draft anew
    ///
    /// What is published stays as it is until the draft is published too.
    #[oai(path = "/:course_id", method = "put", operation_id = "updateCourse")]
    async fn update_course(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The course.
        course_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<CourseInput>,
    ) -> Result<Json<CourseView>> {
        let draft = body.0.draft();
        let retry = Retry::of(key.0, "updateCourse", &(course_id.0, &draft))?;
        let app = state.0.clone();
        let seen = Seen::of(if_match.0, move |course| view(&app, course));
        let made = super::update(&state, &caller.0, retry, course_id.0, draft, seen).await?;
        Ok(Json(view(&state, &made)))
    }

    /// Publish a course
    ///
    /// The draft becomes a version of its own that never changes; whoever learns an older one goes on with that. Refused
    /// with each lesson that is not whole and each file or paper that is not there.
    #[oai(
        path = "/:course_id/publication",
        method = "post",
        operation_id = "publishCourse"
    )]
    async fn publish_course(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The course.
        course_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<CourseView>> {
        let retry = Retry::of(key.0, "publishCourse", &course_id.0)?;
        let made = super::publish(&state, &caller.0, retry, course_id.0).await?;
        Ok(Json(view(&state, &made)))
    }

    /// Retire a course
    ///
    /// Nobody begins it any more; whoever is at it finishes. Publishing it again brings it back.
    #[oai(
        path = "/:course_id/retirement",
        method = "post",
        operation_id = "retireCourse"
    )]
    async fn retire_course(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The course.
        course_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<CourseView>> {
        let retry = Retry::of(key.0, "retireCourse", &course_id.0)?;
        let made = super::retire(&state, &caller.0, retry, course_id.0).await?;
        Ok(Json(view(&state, &made)))
    }

    /// List a course's versions
    ///
    /// All that were published, oldest first.
    #[oai(
        path = "/:course_id/versions",
        method = "get",
        operation_id = "listCourseVersions"
    )]
    async fn list_course_versions(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The course.
        course_id: Path<Uuid>,
    ) -> Result<Json<CourseVersions>> {
        let reach = media::reach(&caller.0)?;
        let db = state.db.read();
        let found = store::find(db, reach, course_id.0).await?;
        let found = found.ok_or_else(Fault::not_found)?;
        let rows = store::versions(db, reach.county_id, found.id).await?;
        Ok(Json(versions(&state, rows)))
    }
}
