//! What classes, rosters and marks look like on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use crate::classes::store::{Listed, Mark};
use crate::classes::{Class, ClassState, Windows};
use crate::page_of;
use crate::plans::Part;
use crate::platform::App;

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
    /// When it takes sign-ins and sign-outs; the usual times when absent.
    pub windows: Option<CheckInWindows>,
}

/// When a class takes sign-ins and sign-outs by phone, in minutes.
#[derive(Debug, Clone, Copy, Object)]
#[oai(deny_unknown_fields)]
pub struct CheckInWindows {
    /// Sign-in opens so long before the class begins.
    #[oai(
        default = "thirty",
        validator(minimum(value = "0"), maximum(value = "1440"))
    )]
    pub check_in_opens_before: i32,
    /// Who signs in later than this after the begin is late.
    #[oai(
        default = "ten",
        validator(minimum(value = "0"), maximum(value = "1440"))
    )]
    pub late_after: i32,
    /// Sign-in closes so long after the begin.
    #[oai(
        default = "sixty",
        validator(minimum(value = "0"), maximum(value = "1440"))
    )]
    pub check_in_closes_after: i32,
    /// Sign-out opens so long before the end.
    #[oai(
        default = "thirty",
        validator(minimum(value = "0"), maximum(value = "1440"))
    )]
    pub check_out_opens_before: i32,
    /// Sign-out closes so long after the end.
    #[oai(
        default = "sixty",
        validator(minimum(value = "0"), maximum(value = "1440"))
    )]
    pub check_out_closes_after: i32,
}

fn ten() -> i32 {
    Windows::default().late_after
}

fn thirty() -> i32 {
    Windows::default().check_in_opens_before
}

fn sixty() -> i32 {
    Windows::default().check_in_closes_after
}

impl From<CheckInWindows> for Windows {
    fn from(told: CheckInWindows) -> Self {
        Self {
            check_in_opens_before: told.check_in_opens_before,
            late_after: told.late_after,
            check_in_closes_after: told.check_in_closes_after,
            check_out_opens_before: told.check_out_opens_before,
            check_out_closes_after: told.check_out_closes_after,
        }
    }
}

impl From<Windows> for CheckInWindows {
    fn from(kept: Windows) -> Self {
        Self {
            check_in_opens_before: kept.check_in_opens_before,
            late_after: kept.late_after,
            check_in_closes_after: kept.check_in_closes_after,
            check_out_opens_before: kept.check_out_opens_before,
            check_out_closes_after: kept.check_out_closes_after,
        }
    }
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
    /// When it takes sign-ins and sign-outs.
    pub windows: CheckInWindows,
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

pub(super) fn view(state: &App, class: Class) -> ClassView {
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
        windows: class.windows.into(),
    }
}

pub(super) fn mark_view(state: &App, row: Listed<Mark>) -> MarkView {
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
