//! Classes, rosters and marks on the wire.

mod views;

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::{Class, NewClass, NewMark, store};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};

use views::{
    ClassInput, ClassPage, ClassView, MarkInput, MarkPage, MarkedView, RosterAdded,
    RosterEntryView, RosterInput, RosterPage, mark_view, view,
};

/// Classes.
pub struct ClassesApi;

#[OpenApi(prefix_path = "/v1/classes/sessions", tag = "Tag::Classes")]
impl ClassesApi {
    /// List classes
    ///
    /// Classes of the caller's townships, by id; of one plan or township if named.
    #[oai(path = "/", method = "get", operation_id = "listClasses")]
    async fn list_classes(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only toward this plan.
        plan_id: Query<Option<Uuid>>,
        /// Only of this township.
        region_id: Query<Option<Uuid>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<ClassPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::classes(state.db.read(), &scope, plan_id.0, region_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(ClassPage::new((
            rows.into_iter().map(|row| view(&state, row)).collect(),
            next,
        ))))
    }

    /// Create a class
    ///
    /// Place, times, teacher, seats and the minutes it gives, toward a published plan.
    #[oai(path = "/", method = "post", operation_id = "createClass")]
    async fn create_class(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<ClassInput>,
    ) -> Result<Json<ClassView>> {
        let ClassInput {
            region_id,
            plan_id,
            title,
            place,
            teacher,
            starts,
            ends,
            capacity,
            minutes,
            windows,
        } = body.0;
        let wall =
            |at: DateTime<FixedOffset>| state.clock.local(at.timestamp_micros()).naive_local();
        let (starts, ends) = (wall(starts), wall(ends));
        let new = NewClass {
            region_id,
            plan_id,
            title,
            place,
            teacher,
            starts,
            ends,
            capacity,
            minutes,
            windows: windows.map(Into::into).unwrap_or_default(),
        };
        let retry = Retry::of(key.0, "createClass", &new)?;
        Ok(Json(view(
            &state,
            super::create_class(&state, &caller.0, retry, new).await?,
        )))
    }

    /// Show a class
    ///
    /// One class of the caller's townships.
    #[oai(path = "/:class_id", method = "get", operation_id = "getClass")]
    async fn get_class(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
    ) -> Result<Json<ClassView>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let class = store::class(state.db.read(), &scope, class_id.0).await?;
        class
            .map(|class| Json(view(&state, class)))
            .ok_or_else(Fault::not_found)
    }

    /// Cancel a class
    ///
    /// Only while nobody is marked present.
    #[oai(
        path = "/:class_id/cancellation",
        method = "post",
        operation_id = "cancelClass"
    )]
    async fn cancel_class(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Json<ClassView>> {
        let retry = Retry::of(key.0, "cancelClass", &class_id.0)?;
        let app = state.0.clone();
        let seen = Seen::of(if_match.0, move |class: &Class| view(&app, class.clone()));
        Ok(Json(view(
            &state,
            super::cancel_class(&state, &caller.0, retry, class_id.0, seen).await?,
        )))
    }

    /// List a roster
    ///
    /// Who is expected in a class, by person.
    #[oai(
        path = "/:class_id/roster",
        method = "get",
        operation_id = "listRoster"
    )]
    async fn list_roster(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<RosterPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        store::class(state.db.read(), &scope, class_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        let rows = store::roster(state.db.read(), class_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.person_id);
        let items = rows.into_iter().map(|row| RosterEntryView {
            person_id: row.person_id,
            name: row.name,
            id_number: row.id_masked,
            added_at: state.clock.local(row.what),
        });
        Ok(Json(RosterPage::new((items.collect(), next))))
    }

    /// Put people on a roster
    ///
    /// Who is on it already stays; all of them must be in the caller's reach.
    #[oai(
        path = "/:class_id/roster",
        method = "post",
        operation_id = "addToRoster"
    )]
    async fn add_to_roster(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<RosterInput>,
    ) -> Result<Json<RosterAdded>> {
        let retry = Retry::of(key.0, "addToRoster", &(class_id.0, &body.0))?;
        let added =
            super::add_to_roster(&state, &caller.0, retry, class_id.0, body.0.person_ids).await?;
        Ok(Json(RosterAdded {
            added: i64::try_from(added).unwrap_or(i64::MAX),
        }))
    }

    /// List marks
    ///
    /// Who was in a class, with times and scores; only the marks that stand.
    #[oai(path = "/:class_id/marks", method = "get", operation_id = "listMarks")]
    async fn list_marks(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<MarkPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        store::class(state.db.read(), &scope, class_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        let rows = store::mark_page(state.db.read(), class_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.what.id);
        Ok(Json(MarkPage::new((
            rows.into_iter().map(|row| mark_view(&state, row)).collect(),
            next,
        ))))
    }

    /// Mark somebody present
    ///
    /// By hand; marking him again changes his mark, the old one is kept. Minutes and counters follow at once.
    #[oai(
        path = "/:class_id/marks",
        method = "post",
        operation_id = "markAttendance"
    )]
    async fn mark_attendance(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<MarkInput>,
    ) -> Result<Json<MarkedView>> {
        let MarkInput {
            person_id,
            check_in,
            check_out,
            score,
        } = body.0;
        let wall =
            |at: DateTime<FixedOffset>| state.clock.local(at.timestamp_micros()).naive_local();
        let new = NewMark {
            person_id,
            check_in: check_in.map(wall),
            check_out: check_out.map(wall),
            score,
        };
        let retry = Retry::of(key.0, "markAttendance", &(class_id.0, &new))?;
        let marked = super::mark_attendance(&state, &caller.0, retry, class_id.0, new).await?;
        Ok(Json(MarkedView {
            person_id: marked.person_id,
            minutes: marked.minutes,
            passed: marked.passed,
        }))
    }
}
