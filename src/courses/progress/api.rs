//! Opening lessons, heartbeats, presence checks and one's own progress, on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::rules::presence::TAP_WITHIN;
use super::rules::{Beat, Tap, Verdict};
use super::{CourseStanding, LessonStanding, Outcome, Tapped};
use crate::platform::caller::Signed;
use crate::platform::error;
use crate::platform::idempotency::Retry;
use crate::platform::locale::Lang;
use crate::platform::tag::Tag;
use crate::platform::{App, Code, Fault, Result};

/// An opened player.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PlayerView {
    /// The player: heartbeats are sent in its name.
    pub id: Uuid,
    /// The lesson.
    pub lesson_id: Uuid,
    /// The second to go on from: where the learner was last, on any device.
    pub place: i64,
    /// Seconds of the lesson.
    pub seconds: i64,
    /// Seconds credited so far.
    pub credited_seconds: i64,
    /// Seconds of credit between presence checks, more or less; absent when the plan asks for none.
    pub presence_every_seconds: Option<i64>,
    /// When it was opened, by the server's clock.
    pub opened_at: DateTime<FixedOffset>,
    /// Until when its heartbeats are taken, however late they were sent.
    pub ends_at: DateTime<FixedOffset>,
}

/// The heartbeats of one player, in the order made.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct HeartbeatsInput {
    /// One about every ten seconds, one where play begins and one where it stops. The last two are sent again until
    /// they are answered, before all that came later; of the others some may be lost.
    #[oai(validator(min_items = 1, max_items = 500))]
    pub heartbeats: Vec<HeartbeatInput>,
    /// The answer to a presence check, where one was shown.
    pub presence: Option<PresenceInput>,
}

/// A heartbeat: from one second of the lesson to another without a break.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct HeartbeatInput {
    /// Counts up by one from 0 within the player; the same number again changes nothing.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    pub seq: i64,
    /// Second of the lesson at which this stretch begins.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    pub place_from: i64,
    /// Second at which it ends; the same as `place_from` where play just begins.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    pub place_to: i64,
    /// When `place_to` was reached: milliseconds since the answer to the opening came, by a clock that only goes
    /// forward and does not stop while the phone sleeps. No time of day: a phone's calendar may be wrong.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    pub at_ms: i64,
}

/// The answer to a presence check.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct PresenceInput {
    /// The check's number.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000000")))]
    pub number: i64,
    /// When it came up on the screen, by the clock of the heartbeats.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    pub shown_at_ms: i64,
    /// When it was tapped; left out when it was not, within thirty seconds.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    pub tapped_at_ms: Option<i64>,
}

/// What became of heartbeats.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct HeartbeatsView {
    /// The lesson.
    pub lesson_id: Uuid,
    /// One for each heartbeat, in the order sent.
    pub heard: Vec<HeardView>,
    /// Seconds of the lesson credited so far.
    pub credited_seconds: i64,
    /// Where the learner is.
    pub place: i64,
    /// Whether the lesson is done.
    pub lesson_done: bool,
    /// Whether the course was finished by it.
    pub course_finished: bool,
    /// The presence check to show now, until it is answered.
    pub presence_check: Option<PresenceCheckView>,
    /// What the answer to a check came to; absent when none was open, as when it is said again.
    pub presence: Option<PresenceResult>,
}

/// What became of one heartbeat.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct HeardView {
    /// Its number.
    pub seq: i64,
    /// The verdict.
    pub verdict: Verdict,
    /// Seconds newly credited, those of lost heartbeats that it proves among them.
    pub seconds: i64,
    /// Why not all of it counts.
    pub code: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
}

/// A presence check to show.
#[derive(Debug, Clone, Object)]
pub struct PresenceCheckView {
    /// Its number.
    pub number: i64,
    /// Seconds to tap within, once it stands on the screen.
    pub tap_within_seconds: i64,
}

/// What the answer to a presence check came to.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PresenceResult {
    /// Whether it was passed.
    pub passed: bool,
    /// Seconds taken back: those credited since the check before, but for lessons already done.
    pub taken_back_seconds: i64,
    /// Why it was not passed.
    pub code: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
}

/// What the caller has of a course.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CourseProgressView {
    /// The enrolment.
    pub enrolment_id: Uuid,
    /// The course.
    pub course_id: Uuid,
    /// Its title.
    pub title: String,
    /// Minutes credited once it is finished.
    pub minutes: i64,
    /// Titles of its chapters, in order.
    pub chapters: Vec<String>,
    /// Seconds credited in all its lessons.
    pub credited_seconds: i64,
    /// When it was finished; then its minutes stand in the ledger.
    pub finished_at: Option<DateTime<FixedOffset>>,
    /// Its lessons.
    pub lessons: Vec<LessonProgressView>,
}

/// What the caller has of a lesson.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct LessonProgressView {
    /// The lesson.
    pub lesson_id: Uuid,
    /// Its title.
    pub title: String,
    /// video, document, article or quiz.
    pub kind: String,
    /// Which chapter it is of, from 0.
    pub chapter: i32,
    /// Its seconds.
    pub seconds: i64,
    /// Seconds that make it done.
    pub demanded_seconds: i64,
    /// Seconds credited.
    pub credited_seconds: i64,
    /// Those of them that the next presence check decides on.
    pub unproven_seconds: i64,
    /// Where to go on.
    pub place: i64,
    /// Whether it is done.
    pub done: bool,
    /// When it was done.
    pub done_at: Option<DateTime<FixedOffset>>,
    /// What of it was played through.
    pub played: Vec<PlayedView>,
}

/// A stretch of a lesson.
#[derive(Debug, Clone, Object)]
pub struct PlayedView {
    /// First second.
    pub place_from: i64,
    /// The second after its last.
    pub place_to: i64,
}

/// Learning, and progress.
pub struct ProgressApi;

#[OpenApi(prefix_path = "/v1/courses", tag = "Tag::Courses")]
impl ProgressApi {
    /// Open a lesson
    ///
    /// Opens a lesson of a course of the caller's in a player of its own and says where to go on. It is opened with a
    /// network; heartbeats are then taken for seven days, also those of hours without one.
    #[oai(
        path = "/enrolments/:enrolment_id/lessons/:lesson_id/players",
        method = "post",
        operation_id = "openLesson"
    )]
    async fn open_lesson(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The enrolment.
        enrolment_id: Path<Uuid>,
        /// The lesson.
        lesson_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<PlayerView>> {
        let retry = Retry::of(key.0, "openLesson", &(enrolment_id.0, lesson_id.0))?;
        let opened =
            super::open_lesson(&state, &caller.0, retry, enrolment_id.0, lesson_id.0).await?;
        Ok(Json(PlayerView {
            id: opened.player_id,
            lesson_id: opened.lesson_id,
            place: opened.place,
            seconds: opened.seconds,
            credited_seconds: opened.credited_seconds,
            presence_every_seconds: Some(opened.presence_every).filter(|every| *every > 0),
            opened_at: state.clock.local(opened.opened_at),
            ends_at: state.clock.local(opened.ends_at),
        }))
    }

    /// Send heartbeats
    ///
    /// What was played since the last ones, at once or hours later. Seconds played through for the first time are
    /// credited, as far as that much time went by on the server's clock and was not credited elsewhere. The same
    /// again, in any order, changes nothing; lost ones are made good by the next that proves continuous play.
    #[oai(
        path = "/players/:player_id/heartbeats",
        method = "post",
        operation_id = "sendHeartbeats"
    )]
    async fn send_heartbeats(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The player.
        player_id: Path<Uuid>,
        body: Json<HeartbeatsInput>,
    ) -> Result<Json<HeartbeatsView>> {
        let HeartbeatsInput {
            heartbeats,
            presence,
        } = body.0;
        let beats = heartbeats.iter().enumerate().map(|(n, told)| {
            if told.place_to < told.place_from {
                let pointer = format!("/heartbeats/{n}/place_to");
                return Err(Fault::field(&pointer, "< place_from"));
            }
            Ok(Beat {
                seq: told.seq,
                from: told.place_from,
                to: told.place_to,
                at: told.at_ms,
            })
        });
        let beats = beats.collect::<Result<Vec<_>>>()?;
        let tap = presence.as_ref().map(tap_of);
        let outcome = super::send_heartbeats(&state, &caller.0, player_id.0, beats, tap).await?;
        Ok(Json(outcome_view(outcome, caller.0.lang)))
    }

    /// Answer a presence check
    ///
    /// The tap on a presence check, at the moment it is made. Passed, what was credited since the check before stands;
    /// failed, it is taken back, and the answer says so at once: it may be played again. The same again changes nothing.
    #[oai(
        path = "/players/:player_id/presence",
        method = "post",
        operation_id = "answerPresenceCheck"
    )]
    async fn answer_presence_check(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The player that shows it.
        player_id: Path<Uuid>,
        body: Json<PresenceInput>,
    ) -> Result<Json<HeartbeatsView>> {
        let tap = Some(tap_of(&body.0));
        let outcome =
            super::send_heartbeats(&state, &caller.0, player_id.0, Vec::new(), tap).await?;
        Ok(Json(outcome_view(outcome, caller.0.lang)))
    }

    /// Get my progress in a course
    ///
    /// What the caller has of each lesson of a course of his: seconds credited, what was played, where to go on.
    #[oai(
        path = "/enrolments/:enrolment_id/progress",
        method = "get",
        operation_id = "getCourseProgress"
    )]
    async fn get_course_progress(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The enrolment.
        enrolment_id: Path<Uuid>,
    ) -> Result<Json<CourseProgressView>> {
        let course = super::my_progress(&state, &caller.0, enrolment_id.0).await?;
        Ok(Json(course_view(&state, course)))
    }
}

fn tap_of(told: &PresenceInput) -> Tap {
    Tap {
        number: told.number,
        shown_at: told.shown_at_ms,
        tapped_at: told.tapped_at_ms,
    }
}

/// A code and its words.
fn said(code: Option<Code>, lang: Lang) -> (Option<String>, Option<String>) {
    let words = code.map(|code| error::words(code, &[], lang));
    (code.map(|code| code.word().to_owned()), words)
}

fn outcome_view(outcome: Outcome, lang: Lang) -> HeartbeatsView {
    let heard = outcome.heard.into_iter().map(|heard| {
        let (code, detail) = said(code_of(heard.verdict), lang);
        HeardView {
            seq: heard.seq,
            verdict: heard.verdict,
            seconds: heard.seconds,
            code,
            detail,
        }
    });
    HeartbeatsView {
        lesson_id: outcome.lesson_id,
        heard: heard.collect(),
        credited_seconds: outcome.credited_seconds,
        place: outcome.place,
        lesson_done: outcome.lesson_done,
        course_finished: outcome.course_finished,
        presence_check: outcome.check.map(|number| PresenceCheckView {
            number,
            tap_within_seconds: TAP_WITHIN / 1_000,
        }),
        presence: outcome.tapped.map(|tapped| presence_view(tapped, lang)),
    }
}

const fn code_of(verdict: Verdict) -> Option<Code> {
    match verdict {
        Verdict::Taken | Verdict::Repeated => None,
        Verdict::TooFast => Some(Code::HeartbeatTooFast),
        Verdict::Elsewhere => Some(Code::HeartbeatElsewhere),
    }
}

fn presence_view(tapped: Tapped, lang: Lang) -> PresenceResult {
    let (code, detail) = said((!tapped.passed).then_some(Code::PresenceFailed), lang);
    PresenceResult {
        passed: tapped.passed,
        taken_back_seconds: tapped.taken_back,
        code,
        detail,
    }
}

fn course_view(state: &App, course: CourseStanding) -> CourseProgressView {
    let local = |at| state.clock.local(at);
    let lesson = |lesson: LessonStanding| LessonProgressView {
        lesson_id: lesson.lesson_id,
        title: lesson.title,
        kind: lesson.kind,
        chapter: lesson.chapter,
        seconds: lesson.seconds,
        demanded_seconds: lesson.demanded,
        credited_seconds: lesson.credited_seconds,
        unproven_seconds: lesson.unproven_seconds,
        place: lesson.place,
        done: lesson.done_at.is_some(),
        done_at: lesson.done_at.map(local),
        played: (lesson.covered.into_iter())
            .map(|(place_from, place_to)| PlayedView {
                place_from,
                place_to,
            })
            .collect(),
    };
    CourseProgressView {
        enrolment_id: course.enrolment_id,
        course_id: course.course_id,
        title: course.title,
        minutes: course.minutes,
        chapters: course.chapters,
        credited_seconds: course.credited_seconds,
        finished_at: course.finished_at.map(local),
        lessons: course.lessons.into_iter().map(lesson).collect(),
    }
}
