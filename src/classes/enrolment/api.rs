//! Enrolment on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::rules::SeatVerdict;
use super::{Enrolled, Open, Report};
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};

/// A class to come, with its seats.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct OpenClassView {
    /// Id.
    pub id: Uuid,
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
    /// Minutes of training it gives.
    pub minutes: i32,
    /// Seats; absent where they are not counted.
    pub capacity: Option<i32>,
    /// Seats nobody has; absent where they are not counted.
    pub left: Option<i64>,
    /// The caller's own people on its list.
    pub own: i64,
}

page_of!(
    /// A page of classes to come.
    OpenClassPage,
    OpenClassView
);

/// A person of the caller's own on a class's list.
#[derive(Debug, Clone, Object)]
pub struct EnrolledStaffView {
    /// Who.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// When he was put on it.
    pub added_at: DateTime<FixedOffset>,
}

page_of!(
    /// A page of the caller's own people on a class's list.
    EnrolledStaffPage,
    EnrolledStaffView
);

/// Whom to enrol.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct StaffEnrolmentInput {
    /// People who work at the caller's enterprise now.
    #[oai(validator(min_items = 1, max_items = 500))]
    pub person_ids: Vec<Uuid>,
    /// Only tell what would happen; write nothing.
    #[oai(default)]
    pub preview: bool,
}

/// Whom to take off a list.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct StaffWithdrawalInput {
    /// People who work at the caller's enterprise now.
    #[oai(validator(min_items = 1, max_items = 500))]
    pub person_ids: Vec<Uuid>,
}

/// What became of a person.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct StaffEnrolmentVerdict {
    /// Who.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// Enrolled, on the list already, or left out for another class at that time.
    pub verdict: SeatVerdict,
    /// That other class.
    pub clash: Option<String>,
}

/// What an enrolment comes to.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct StaffEnrolmentReport {
    /// Whether nothing was written.
    pub preview: bool,
    /// How many were put on the list.
    pub added: i64,
    /// Seats left after it; absent where they are not counted.
    pub left: Option<i64>,
    /// Each person named, in that order.
    pub people: Vec<StaffEnrolmentVerdict>,
}

/// How many were taken off.
#[derive(Debug, Clone, Object)]
pub struct StaffWithdrawn {
    /// How many.
    pub removed: i64,
}

/// Enrolment of an enterprise's people.
pub struct EnrolmentApi;

#[OpenApi(prefix_path = "/v1/classes/open", tag = "Tag::Classes")]
impl EnrolmentApi {
    /// List open classes
    ///
    /// Classes to come in the township of the caller's enterprise, with the seats left and how many of his people are
    /// on the list.
    #[oai(path = "/", method = "get", operation_id = "listOpenClasses")]
    async fn list_open_classes(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<OpenClassPage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let (rows, next) = super::list(&state, &caller.0, &page).await?;
        let items = rows.into_iter().map(|row| view(&state, row));
        Ok(Json(OpenClassPage::new((items.collect(), next))))
    }

    /// List enrolled staff
    ///
    /// The caller's own people on a class's list, by person; nobody else's.
    #[oai(
        path = "/:class_id/enrolments",
        method = "get",
        operation_id = "listEnrolledStaff"
    )]
    async fn list_enrolled_staff(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<EnrolledStaffPage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let (rows, next) = super::enrolled(&state, &caller.0, class_id.0, &page).await?;
        let items = rows.into_iter().map(|row| enrolled_view(&state, row));
        Ok(Json(EnrolledStaffPage::new((items.collect(), next))))
    }

    /// Enrol staff
    ///
    /// Puts the caller's own people on the list of a class to come. Who is in another class at that time is left out
    /// and told; where seats are too few nobody is enrolled. With `preview` nothing is written.
    #[oai(
        path = "/:class_id/enrolments",
        method = "post",
        operation_id = "enrolStaff"
    )]
    async fn enrol_staff(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<StaffEnrolmentInput>,
    ) -> Result<Json<StaffEnrolmentReport>> {
        let StaffEnrolmentInput {
            person_ids,
            preview,
        } = &body.0;
        let retry = if *preview {
            Retry::never()
        } else {
            Retry::of(key.0, "enrolStaff", &(class_id.0, &body.0))?
        };
        let named = (person_ids.as_slice(), *preview);
        let told = super::enrol(&state, &caller.0, retry, class_id.0, named).await?;
        Ok(Json(report_view(told, *preview)))
    }

    /// Withdraw staff
    ///
    /// Takes the caller's own people off the list of a class that has not begun.
    #[oai(
        path = "/:class_id/withdrawals",
        method = "post",
        operation_id = "withdrawStaff"
    )]
    async fn withdraw_staff(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<StaffWithdrawalInput>,
    ) -> Result<Json<StaffWithdrawn>> {
        let retry = Retry::of(key.0, "withdrawStaff", &(class_id.0, &body.0))?;
        let named = &body.0.person_ids;
        let removed = super::withdraw(&state, &caller.0, retry, class_id.0, named).await?;
        Ok(Json(StaffWithdrawn { removed }))
    }
}

fn view(state: &App, open: Open) -> OpenClassView {
    let class = open.class;
    OpenClassView {
        id: class.id,
        plan_id: class.plan_id,
        title: class.title,
        place: class.place,
        teacher: class.teacher,
        day: class.day,
        starts: state.clock.local(class.starts_at),
        ends: state.clock.local(class.ends_at),
        minutes: class.minutes,
        capacity: class.capacity,
        left: open.left,
        own: open.own,
    }
}

fn enrolled_view(state: &App, row: Enrolled) -> EnrolledStaffView {
    EnrolledStaffView {
        person_id: row.person_id,
        name: row.name,
        id_number: row.id_masked,
        added_at: state.clock.local(row.added_at),
    }
}

fn report_view(told: Report, preview: bool) -> StaffEnrolmentReport {
    let people = told.people.into_iter().map(|one| StaffEnrolmentVerdict {
        person_id: one.person_id,
        name: one.name,
        verdict: one.verdict,
        clash: one.clash,
    });
    StaffEnrolmentReport {
        preview,
        added: told.added,
        left: told.left,
        people: people.collect(),
    }
}
