//! Classes, their rosters and marks, and the upload of sign-in sheets (培训班、签到、签到表上传).
//!
//! Owns `class_session`, `roster_entry`, `attendance_mark`, `attendance_upload`, `upload_line`, `class_scan`,
//! `walk_in`, `mark_objection`. Invariants: one standing mark per person and class; a changed mark is a new row, the
//! old one stays; marks, ledger and counters change in one transaction; a scan makes a mark only with its pair and
//! only where none stands. May not enter: how a plan counts.

pub mod api;
pub mod assess;
pub mod check_in;
pub mod enrolment;
pub mod evidence;
pub mod hints;
mod marks;
pub mod objections;
pub mod purge;
pub mod ratings;
pub mod roll;
pub mod rules;
pub mod sheet;
mod store;
mod store_purge;
mod store_uploads;
pub mod upload_api;
pub mod uploads;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::plans::{Part, Plan};
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::reseal::Column;
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock};
use crate::{audit, fresh, people, places, plans};

pub use check_in::rules::Windows;
pub use marks::{NewMark, mark_attendance};
pub use store_uploads::Upload;

/// The columns of sealed values, to be sealed anew when another key is in use.
pub const SEALED: &[Column] = &[
    Column::new("walk_in", "id_sealed", people::ID_PURPOSE),
    Column::new("class_rating", "words_sealed", ratings::WORDS_PURPOSE),
];

/// The operations beside classes and uploads, in one.
pub type FurtherApis = (
    check_in::api::CheckInsApi,
    roll::api::RollApi,
    objections::api::ObjectionsApi,
    hints::api::HintsApi,
    evidence::api::EvidenceApi,
    enrolment::api::EnrolmentApi,
    ratings::api::RatingsApi,
);

/// Those operations.
#[must_use]
pub const fn further_apis() -> FurtherApis {
    (
        check_in::api::CheckInsApi,
        roll::api::RollApi,
        objections::api::ObjectionsApi,
        hints::api::HintsApi,
        evidence::api::EvidenceApi,
        enrolment::api::EnrolmentApi,
        ratings::api::RatingsApi,
    )
}

/// Whether a class is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum ClassState {
    /// 计划中
    Planned,
    /// 已举办
    Held,
    /// 已取消
    Cancelled,
}

impl ClassState {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Held => "held",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "held" => Self::Held,
            "cancelled" => Self::Cancelled,
            _ => Self::Planned,
        }
    }
}

/// A class (培训班/期).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    pub id: Uuid,
    /// The township that holds it.
    pub region_id: Uuid,
    pub plan_id: Uuid,
    pub title: String,
    pub place: String,
    pub teacher: String,
    pub day: NaiveDate,
    /// Instants in microseconds.
    pub starts_at: i64,
    pub ends_at: i64,
    /// Seats, where they are counted.
    pub capacity: Option<i32>,
    /// Minutes of training it gives.
    pub minutes: i32,
    pub part: Part,
    pub state: ClassState,
    /// When it takes sign-ins and sign-outs.
    #[serde(default)]
    pub windows: Windows,
}

/// What is told of a new class.
#[derive(Clone, Debug, Serialize)]
pub struct NewClass {
    pub region_id: Uuid,
    pub plan_id: Uuid,
    pub title: String,
    pub place: String,
    pub teacher: String,
    pub starts: NaiveDateTime,
    pub ends: NaiveDateTime,
    pub capacity: Option<i32>,
    pub minutes: i32,
    pub windows: Windows,
}

/// Creates a class.
///
/// # Errors
/// `forbidden`, `region_unknown`, `plan_not_published`, `outside_plan_period`, `period_reversed`, `class_exists`.
pub async fn create_class(
    state: &State,
    by: &Caller,
    retry: Retry,
    new: NewClass,
) -> Result<Class> {
    let scope = by.may(Action::ManageClasses)?;
    let work = fresh!(state.begin(by, retry).await?);
    let all = places::regions(&work.tx, by.county_id).await?;
    if all
        .get(new.region_id)
        .is_none_or(|region| !scope.reaches_region(region.id))
    {
        return Err(Fault::new(Code::RegionUnknown)
            .with("region", new.region_id)
            .at("/region_id"));
    }
    let plan = plans::open_plan(&work.tx, by.county_id, new.plan_id).await?;
    check_class(&new, &plan)?;
    let class = Class {
        id: clock::new_id(),
        region_id: new.region_id,
        plan_id: plan.id,
        title: new.title.trim().to_owned(),
        place: new.place,
        teacher: new.teacher,
        day: new.starts.date(),
        starts_at: state.clock.micros(new.starts),
        ends_at: state.clock.micros(new.ends),
        capacity: new.capacity,
        minutes: new.minutes,
        part: Part::Offline,
        state: ClassState::Planned,
        windows: new.windows,
    };
    let key = (class.region_id, class.day, class.title.clone());
    if store::classes_of_keys(&work.tx, plan.id, std::slice::from_ref(&key))
        .await?
        .contains_key(&key)
    {
        return Err(Fault::new(Code::ClassExists).at("/title"));
    }
    store::insert_classes(&work, std::slice::from_ref(&class)).await?;
    let detail = json!({"title": class.title, "day": class.day});
    audit::record(
        &work,
        "classes.create",
        ("class", class.id.to_string()),
        detail,
    )
    .await?;
    work.commit(&class).await?;
    Ok(class)
}

fn check_class(new: &NewClass, plan: &Plan) -> Result<()> {
    if !(2..=200).contains(&new.title.trim().chars().count()) {
        return Err(Fault::field("/title", "2–200"));
    }
    if new.ends <= new.starts {
        return Err(Fault::new(Code::PeriodReversed).at("/ends"));
    }
    if !(1..=6_000).contains(&new.minutes) {
        return Err(Fault::field("/minutes", "1–6000"));
    }
    if new
        .capacity
        .is_some_and(|seats| !(1..=100_000).contains(&seats))
    {
        return Err(Fault::field("/capacity", "1–100000"));
    }
    if let Some((field, reason)) = new.windows.fault() {
        return Err(Fault::field(field, reason));
    }
    let day = new.starts.date();
    if day < plan.terms.period_from || day > plan.terms.period_to {
        return Err(Fault::new(Code::OutsidePlanPeriod).at("/starts"));
    }
    Ok(())
}

/// Cancels a class that has no marks.
///
/// # Errors
/// `not_found`, `stale`; `conflict` when somebody is marked present.
pub async fn cancel_class(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    seen: Seen<Class>,
) -> Result<Class> {
    let scope = by.may(Action::ManageClasses)?;
    let work = fresh!(state.begin(by, retry).await?);
    let mut class = store::class_for_update(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&class)?;
    if !store::marks_of(&work.tx, &[id]).await?.is_empty() {
        return Err(Fault::new(Code::Conflict).with("what", "marks"));
    }
    class.state = ClassState::Cancelled;
    store::set_state(&work.tx, &[id], class.state, work.now).await?;
    if work.now < class.ends_at {
        enrolment::tell_cancelled(&work, &class).await?;
    }
    audit::record(
        &work,
        "classes.cancel",
        ("class", id.to_string()),
        json!({}),
    )
    .await?;
    work.commit(&class).await?;
    Ok(class)
}

/// Puts people on a class's roster; who is on it already stays.
///
/// # Errors
/// `not_found` for the class or for a person outside the caller's reach; `class_cancelled`.
pub async fn add_to_roster(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    persons: Vec<Uuid>,
) -> Result<u64> {
    let scope = by.may(Action::ManageClasses)?;
    let reach = by.may(Action::ReadPeople)?;
    let work = fresh!(state.begin(by, retry).await?);
    let class = store::class(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if class.state == ClassState::Cancelled {
        return Err(Fault::new(Code::ClassCancelled));
    }
    if !people::all_visible(&work.tx, &reach, &persons).await? {
        return Err(Fault::not_found());
    }
    let there = enrolment::on_list(&work.tx, id, &persons).await?;
    let new: Vec<Uuid> = persons
        .iter()
        .copied()
        .filter(|person| !there.contains(person))
        .collect();
    let added = store::insert_roster(&work, id, &persons).await?;
    if class.state == ClassState::Planned && work.now < class.starts_at {
        enrolment::words::enrolled(&work, &class, &new).await?;
    }
    audit::record(
        &work,
        "classes.add_to_roster",
        ("class", id.to_string()),
        json!({"added": added}),
    )
    .await?;
    work.commit(&added).await?;
    Ok(added)
}
