//! Classes, rosters and marks on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::store::{self, Listed, Mark};
use super::{Class, ClassState, NewClass, NewMark};
use crate::page_of;
use crate::plans::Part;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};

/// A class to be held.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct ClassInput {
    /// The township that holds it.
    pub region_id: Uuid,
    /// The plan it counts toward.
    pub plan_id: Uuid,
    /// Title.
    #[oai(validator(min_length = 2, max_length = 200))]
    pub title: String,
    /// Where.
    #[oai(default, validator(max_length = 200))]
    pub place: String,
    /// Who teaches.
    #[oai(default, validator(max_length = 100))]
    pub teacher: String,
    /// When it begins.
    pub starts: DateTime<FixedOffset>,
    /// When it ends.
    pub ends: DateTime<FixedOffset>,
    /// Seats.
    pub capacity: Option<i32>,
    /// Minutes of training it gives.
    pub minutes: i32,
}

/// A class.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ClassView {
    /// Id.
    pub id: Uuid,
    /// The township that holds it.
    pub region_id: Uuid,
    /// The plan it counts toward.
    pub plan_id: Uuid,
    /// Title.
    pub title: String,
    /// Where.
    pub place: String,
    /// Who teaches.
    pub teacher: String,
    /// The day.
    pub day: NaiveDate,
    /// When it begins.
    pub starts: DateTime<FixedOffset>,
    /// When it ends.
    pub ends: DateTime<FixedOffset>,
    /// Seats.
    pub capacity: Option<i32>,
    /// Minutes of training it gives.
    pub minutes: i32,
    /// Online or in a room.
    pub part: Part,
    /// Planned, held or cancelled.
    pub state: ClassState,
}

/// People for a roster.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct RosterInput {
    /// The people.
    #[oai(validator(min_items = 1, max_items = 1000))]
    pub person_ids: Vec<Uuid>,
}

/// What became of a roster.
#[derive(Debug, Clone, Object)]
pub struct RosterAdded {
    /// People newly on it; the others were on it already.
    pub added: i64,
}

/// A person on a roster.
#[derive(Debug, Clone, Object)]
pub struct RosterEntryView {
    /// The person.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// Since when.
    pub added_at: DateTime<FixedOffset>,
}

/// Somebody's presence, entered by hand.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct MarkInput {
    /// Who.
    pub person_id: Uuid,
    /// When he came.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// When he left.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// Points of 100.
    pub score: Option<f64>,
}

/// What a mark gave.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MarkedView {
    /// Who.
    pub person_id: Uuid,
    /// Minutes credited.
    pub minutes: i64,
    /// Whether the exam was passed, where there was one.
    pub passed: Option<bool>,
}

/// A mark that stands.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MarkView {
    /// Id.
    pub id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// When he came.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// When he left.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// Minutes credited.
    pub minutes: i64,
    /// Points of 100.
    pub score: Option<f64>,
    /// Whether the exam was passed, where there was one.
    pub passed: Option<bool>,
}

page_of!(
    /// A page of classes.
    ClassPage,
    ClassView
);
page_of!(
    /// A page of a roster.
    RosterPage,
    RosterEntryView
);
page_of!(
    /// A page of marks.
    MarkPage,
    MarkView
);

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
    ) -> Result<Json<ClassView>> {
        let retry = Retry::of(key.0, "cancelClass", &class_id.0)?;
        Ok(Json(view(
            &state,
            super::cancel_class(&state, &caller.0, retry, class_id.0).await?,
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

fn view(state: &App, class: Class) -> ClassView {
    ClassView {
        id: class.id,
        region_id: class.region_id,
        plan_id: class.plan_id,
        title: class.title,
        place: class.place,
        teacher: class.teacher,
        day: class.day,
        starts: state.clock.local(class.starts_at),
        ends: state.clock.local(class.ends_at),
        capacity: class.capacity,
        minutes: class.minutes,
        part: class.part,
        state: class.state,
    }
}

fn mark_view(state: &App, row: Listed<Mark>) -> MarkView {
    let at = |micros| state.clock.local(micros);
    MarkView {
        id: row.what.id,
        person_id: row.person_id,
        name: row.name,
        id_number: row.id_masked,
        check_in: row.what.check_in_at.map(at),
        check_out: row.what.check_out_at.map(at),
        minutes: row.what.minutes,
        score: row
            .what
            .score_hundredths
            .map(|score| f64::from(score) / 100.0),
        passed: row.what.passed,
    }
}
