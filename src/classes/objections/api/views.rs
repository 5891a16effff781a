//! What one's own marks and objections look like on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::{Enum, Object};
use serde::Serialize;
use uuid::Uuid;

use crate::classes::objections::store::Version;
use crate::classes::objections::{Objection, ObjectionState, OwnMark};
use crate::classes::store::Listed;
use crate::page_of;
use crate::platform::App;

/// What its worker says of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum WorkersWord {
    /// 未确认
    None,
    /// 已确认
    Confirmed,
    /// 有异议，待答复
    Objected,
}

/// A mark of the caller's own.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MyMarkView {
    /// Id.
    pub id: Uuid,
    /// The class.
    pub class_id: Uuid,
    /// Its title.
    pub title: String,
    /// Where it was held.
    pub place: String,
    /// The day.
    pub day: NaiveDate,
    /// When the caller came.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// When he left.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// Minutes credited.
    pub minutes: i64,
    /// Points of 100.
    pub score: Option<f64>,
    /// Whether the exam was passed, where there was one.
    pub passed: Option<bool>,
    /// What the caller said of it.
    pub word: WorkersWord,
    /// When he confirmed it.
    pub confirmed_at: Option<DateTime<FixedOffset>>,
    /// Whether he is satisfied with the class; absent while he has not said.
    pub satisfied: Option<bool>,
    /// His newest objection to his presence in this class, and its answer.
    pub objection: Option<OwnObjectionView>,
}

/// An objection as its worker sees it.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct OwnObjectionView {
    /// Id.
    pub id: Uuid,
    /// The mark objected to.
    pub mark_id: Uuid,
    /// What is wrong, in the worker's words.
    pub words: String,
    /// Open, accepted or upheld.
    pub state: ObjectionState,
    /// The answer, in the trainer's words.
    pub answer: Option<String>,
    /// The mark that replaced it.
    pub new_mark_id: Option<Uuid>,
    /// When it was raised.
    pub raised_at: DateTime<FixedOffset>,
    /// When it is to be answered: a week later.
    pub due_at: DateTime<FixedOffset>,
    /// Open, and past that time.
    pub overdue: bool,
    /// When it was answered.
    pub answered_at: Option<DateTime<FixedOffset>>,
}

/// An objection, with who raised it.
#[derive(Debug, Clone, Object)]
pub struct ObjectionView {
    /// The class.
    pub class_id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// The objection.
    pub objection: OwnObjectionView,
}

/// A mark as it stood once, or stands.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MarkVersionView {
    /// Id.
    pub id: Uuid,
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
    /// How it came: upload, manual, scan or roll.
    pub method: String,
    /// The account that entered it; absent for the console, and for phones: the scans say whose.
    pub entered_by: Option<Uuid>,
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
    /// When the worker confirmed it.
    pub confirmed_at: Option<DateTime<FixedOffset>>,
    /// Whether it is the one that stands.
    pub stands: bool,
}

/// Every mark there was of somebody in a class.
#[derive(Debug, Clone, Object)]
pub struct MarkHistoryView {
    /// The class.
    pub class_id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// Oldest first.
    pub versions: Vec<MarkVersionView>,
}

/// A mark confirmed.
#[derive(Debug, Clone, Object)]
pub struct MarkConfirmedView {
    /// The mark.
    pub mark_id: Uuid,
    /// When.
    pub confirmed_at: DateTime<FixedOffset>,
}

/// What is wrong with a mark.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct ObjectionInput {
    /// In the worker's own words.
    #[oai(validator(min_length = 1, max_length = 1000))]
    pub words: String,
}

/// The answer to an objection.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct ObjectionAnswerInput {
    /// Whether it is right: then say what the mark should say.
    pub accept: bool,
    /// The answer in words.
    #[oai(validator(min_length = 1, max_length = 1000))]
    pub words: String,
    /// When he really came, if accepted.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// When he really left, if accepted.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// His right points of 100, if accepted.
    pub score: Option<f64>,
}

page_of!(
    /// A page of the caller's own marks.
    MyMarkPage,
    MyMarkView
);
page_of!(
    /// A page of objections.
    ObjectionPage,
    ObjectionView
);

fn points(hundredths: Option<i32>) -> Option<f64> {
    hundredths.map(|score| f64::from(score) / 100.0)
}

pub(super) fn own_view(state: &App, row: OwnMark) -> MyMarkView {
    let local = |at| state.clock.local(at);
    let mark = &row.version.mark;
    let open = row
        .objection
        .as_ref()
        .is_some_and(|said| said.state == ObjectionState::Open);
    MyMarkView {
        id: mark.id,
        class_id: row.class.id,
        title: row.class.title,
        place: row.class.place,
        day: row.class.day,
        check_in: mark.check_in_at.map(local),
        check_out: mark.check_out_at.map(local),
        minutes: mark.minutes,
        score: points(mark.score_hundredths),
        passed: mark.passed,
        word: match row.version.confirmed_at {
            _ if open => WorkersWord::Objected,
            Some(_) => WorkersWord::Confirmed,
            None => WorkersWord::None,
        },
        confirmed_at: row.version.confirmed_at.map(local),
        satisfied: row.satisfied,
        objection: row.objection.map(|said| objection_view(state, said)),
    }
}

pub(super) fn version_view(state: &App, row: &Version) -> MarkVersionView {
    let local = |at| state.clock.local(at);
    MarkVersionView {
        id: row.mark.id,
        check_in: row.mark.check_in_at.map(local),
        check_out: row.mark.check_out_at.map(local),
        minutes: row.mark.minutes,
        score: points(row.mark.score_hundredths),
        passed: row.mark.passed,
        method: row.method.clone(),
        entered_by: row.account_id,
        recorded_at: local(row.recorded_at),
        confirmed_at: row.confirmed_at.map(local),
        stands: row.stands,
    }
}

pub(super) fn objection_view(state: &App, said: Objection) -> OwnObjectionView {
    let local = |at| state.clock.local(at);
    let (due_at, overdue) = (local(said.due_at()), said.is_overdue(state.clock.now()));
    OwnObjectionView {
        id: said.id,
        mark_id: said.mark_id,
        words: said.words,
        state: said.state,
        answer: said.answer,
        new_mark_id: said.new_mark_id,
        raised_at: local(said.raised_at),
        due_at,
        overdue,
        answered_at: said.answered_at.map(local),
    }
}

pub(super) fn listed_view(state: &App, row: Listed<Objection>) -> ObjectionView {
    ObjectionView {
        class_id: row.what.class_id,
        person_id: row.person_id,
        name: row.name,
        id_number: row.id_masked,
        objection: objection_view(state, row.what),
    }
}
