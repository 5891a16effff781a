//! What a learner has really learnt (学习进度): heartbeats of his players judged by the server's clock.
//!
//! Owns `learner_clock` and `lesson_progress`. Invariants: credit never exceeds the time that went by on the server's
//! clock, on all devices together, nor a lesson's seconds; the same heartbeat again changes nothing; a course's last
//! lesson, its ledger line and the counters are one transaction. May not enter: what a course consists of.

pub mod api;
mod desk;
mod finish;
pub mod rules;
mod store;
mod store_courses;
mod store_rows;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::courses::library;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock, db};
use crate::{audit, fresh};
use desk::ms;
use rules::{Beat, Heard, Player, Tap};

pub use finish::{Done, lessons_done, papers_passed};

/// An opened player, as the phone is told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opened {
    pub player_id: Uuid,
    pub lesson_id: Uuid,
    /// Second to go on from.
    pub place: i64,
    pub seconds: i64,
    pub credited_seconds: i64,
    pub presence_every: i64,
    pub opened_at: i64,
    pub ends_at: i64,
}

/// What one phone sends of one player.
pub struct Batch {
    by: Caller,
    person_id: Uuid,
    player_id: Uuid,
    beats: Vec<Beat>,
    tap: Option<Tap>,
    /// By our clock, in microseconds.
    arrived_at: i64,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub enrolment_id: Uuid,
    pub lesson_id: Uuid,
    pub heard: Vec<Heard>,
    /// Of the lesson.
    pub credited_seconds: i64,
    pub place: i64,
    pub lesson_done: bool,
    pub course_finished: bool,
    /// The number of the presence check to show now.
    pub check: Option<i64>,
    pub tapped: Option<Tapped>,
}

/// What an answer to a presence check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tapped {
    pub passed: bool,
    /// Seconds that are no longer credited.
    pub taken_back: i64,
}

/// One writer of a county's learners after another, until the transaction ends.
async fn in_line(work: &Work<'_>) -> Result<()> {
    db::lock_in_line(&work.tx, &format!("learning:{}", work.by.county_id)).await
}

/// The person a learner is.
fn learner(by: &Caller) -> Result<Uuid> {
    let scope = by.may(Action::Learn)?;
    let person = scope.persons.first().copied();
    person.ok_or_else(|| Fault::new(Code::Forbidden))
}

/// Opens a lesson in a player of its own: from here its heartbeats are judged, also those of hours without a network.
///
/// # Errors
/// `forbidden`; `not_found` when it is not a lesson of a course of the caller's; `invalid_field` for a quiz.
pub async fn open_lesson(
    state: &State,
    by: &Caller,
    retry: Retry,
    enrolment_id: Uuid,
    lesson_id: Uuid,
) -> Result<Opened> {
    let person_id = learner(by)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let terms = finish::terms(&work, person_id, enrolment_id, lesson_id).await?;
    let county = by.county_id;
    let mut clock = store::clocks(&work.tx, county, &[person_id])
        .await?
        .remove(&person_id)
        .unwrap_or_default();
    let standing = store::standings(&work.tx, county, &[person_id], &[lesson_id], &[])
        .await?
        .into_iter()
        .find(|standing| standing.enrolment_id == enrolment_id);
    let place = standing
        .as_ref()
        .map_or(0, |standing| standing.lesson.place);
    let player = Player::open(
        clock::new_id(),
        [enrolment_id, lesson_id],
        terms,
        place,
        ms(work.now),
    );
    let opened = Opened {
        player_id: player.id,
        lesson_id,
        place,
        seconds: terms.seconds,
        credited_seconds: standing.map_or(0, |standing| standing.lesson.covered.total()),
        presence_every: terms.presence_every,
        opened_at: work.now,
        ends_at: work.now + rules::LEASE_DAYS * 86_400_000_000,
    };
    clock.learner.open(player);
    store::save_clocks(&work, &[(person_id, &clock)]).await?;
    let lesson = ("lesson", lesson_id.to_string());
    audit::record(
        &work,
        "courses.open_lesson",
        lesson,
        json!({"player": opened.player_id}),
    )
    .await?;
    work.commit(&opened).await?;
    Ok(opened)
}

/// Takes the heartbeats of one player, in the order sent, and the answer to a presence check; the same again changes
/// nothing.
///
/// Phones that send at the same moment are written together, in one durable transaction, with as many statements as
/// one alone would take.
///
/// # Errors
/// `forbidden` when the caller is nobody on file; `not_found` when the player is not his, or its time is over.
pub async fn send_heartbeats(
    state: &State,
    by: &Caller,
    player_id: Uuid,
    beats: Vec<Beat>,
    tap: Option<Tap>,
) -> Result<Outcome> {
    let batch = Batch {
        by: by.clone(),
        person_id: learner(by)?,
        player_id,
        beats,
        tap,
        arrived_at: state.clock.now(),
    };
    let group = state.groups.of::<Batch, Outcome>(by.county_id);
    group
        .submit(batch, |batches| together(state, batches))
        .await
}

/// Takes several phones' batches at once or, where one of them spoils that, one after another.
async fn together(state: &State, batches: Vec<Batch>) -> Vec<Result<Outcome>> {
    match desk::take(state, &batches).await {
        Ok(answers) => return answers,
        Err(fault) if batches.len() < 2 => return vec![Err(fault)],
        Err(fault) => tracing::warn!(%fault, phones = batches.len(), "one by one instead"),
    }
    let mut answers = Vec::with_capacity(batches.len());
    for batch in &batches {
        let alone = desk::take(state, std::slice::from_ref(batch)).await;
        let answer = alone.map(|mut answers| answers.pop());
        answers.push(answer.and_then(|answer| {
            answer.unwrap_or_else(|| Err(Fault::internal("a batch without an answer")))
        }));
    }
    answers
}

/// What a learner has of one lesson.
#[derive(Clone, Debug)]
pub struct LessonStanding {
    pub lesson_id: Uuid,
    pub title: String,
    pub kind: String,
    /// Which chapter it is of, from 0.
    pub chapter: i32,
    pub seconds: i64,
    pub demanded: i64,
    pub credited_seconds: i64,
    pub unproven_seconds: i64,
    pub place: i64,
    pub done_at: Option<i64>,
    /// Seconds of it played through, from … to ….
    pub covered: Vec<(i64, i64)>,
}

/// What a learner has of a course.
#[derive(Clone, Debug)]
pub struct CourseStanding {
    pub enrolment_id: Uuid,
    pub course_id: Uuid,
    pub title: String,
    pub minutes: i64,
    /// Titles of its chapters.
    pub chapters: Vec<String>,
    pub credited_seconds: i64,
    pub finished_at: Option<i64>,
    pub lessons: Vec<LessonStanding>,
}

/// What the caller has of a course of his.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn my_progress(state: &State, by: &Caller, enrolment_id: Uuid) -> Result<CourseStanding> {
    let scope = by.may(Action::Learn)?;
    let db = state.db.read();
    let course = store_courses::course(db, &scope, enrolment_id).await?;
    let course = course.ok_or_else(Fault::not_found)?;
    let standings = store::standings_of(db, &scope, enrolment_id).await?;
    let version = [course.row.version_id];
    let outline = library::store::contents(db, by.county_id, &version).await?;
    let (version, outline) = (outline.into_iter().next())
        .ok_or_else(|| Fault::internal("an enrolment without its version"))?;
    let lessons = course.lessons.into_iter().map(|lesson| {
        let own = |standing: &&store::Standing| standing.lesson_id == lesson.id;
        let standing = standings.iter().find(own);
        let has = standing.map(|standing| &standing.lesson);
        LessonStanding {
            lesson_id: lesson.id,
            title: lesson.title,
            kind: lesson.kind,
            chapter: lesson.chapter,
            seconds: lesson.seconds,
            demanded: rules::demanded(lesson.seconds),
            credited_seconds: has.map_or(0, |has| has.covered.total()),
            unproven_seconds: has.map_or(0, |has| has.unproven.total()),
            place: has.map_or(0, |has| has.place),
            done_at: standing.and_then(|standing| standing.done_at),
            covered: has
                .map(|has| has.covered.as_slice().to_vec())
                .unwrap_or_default(),
        }
    });
    Ok(CourseStanding {
        enrolment_id,
        course_id: course.row.course_id,
        title: outline.title,
        minutes: version.minutes,
        chapters: (outline.chapters.into_iter())
            .map(|chapter| chapter.title)
            .collect(),
        credited_seconds: course.row.credited_seconds,
        finished_at: course.row.finished_at,
        lessons: lessons.collect(),
    })
}
