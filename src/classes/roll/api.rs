//! The roll and its walk-ins on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{LineState, WalkInState};
use super::{RollLine, Verdict, WalkIn, store};
use crate::classes::store as class_store;
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::error;
use crate::platform::idempotency::Retry;
use crate::platform::locale::Lang;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Code, Fault, Result};

/// A roll, whole or in part.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct RollInput {
    /// Its lines.
    #[oai(validator(min_items = 1, max_items = 1000))]
    pub lines: Vec<RollLineInput>,
}

/// A line of a roll: somebody on file by id, or anybody by name and ID number.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct RollLineInput {
    /// Any word of the client's for this line, once in a roll.
    #[oai(validator(min_length = 1, max_length = 64))]
    pub line: String,
    /// Somebody on file.
    pub person_id: Option<Uuid>,
    /// Name, where no person is named.
    #[oai(validator(max_length = 200))]
    pub name: Option<String>,
    /// ID number, where no person is named.
    #[oai(validator(max_length = 40))]
    pub id_number: Option<String>,
    /// When he came. Absent: as the mark says that stands, else the phone's scan.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// When he left. Absent: as the mark says that stands, else the phone's scan.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// Points of 100. Absent: those that stand.
    pub score: Option<f64>,
}

/// What became of a roll.
#[derive(Debug, Clone, Object)]
pub struct RollView {
    /// Lines that became marks.
    pub accepted: i64,
    /// Lines that wait as walk-ins.
    pub pending: i64,
    /// Lines refused.
    pub refused: i64,
    /// One for each line, in the order sent.
    pub lines: Vec<RollVerdict>,
}

/// The verdict on a line of a roll.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RollVerdict {
    /// The client's word for the line.
    pub line: String,
    /// Accepted, waiting, or refused.
    pub state: LineState,
    /// What it did to the mark: new, changed or unchanged.
    pub effect: Option<String>,
    /// Minutes credited.
    pub minutes: Option<i64>,
    /// The walk-in it became.
    pub walk_in_id: Option<Uuid>,
    /// Why it waits or was refused.
    pub code: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
}

/// Somebody on a roll whom nobody on file matched.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct WalkInView {
    /// Id.
    pub id: Uuid,
    /// The class.
    pub class_id: Uuid,
    /// The client's word for the line.
    pub line: String,
    /// Name.
    pub name: String,
    /// ID number, masked; empty where none was told.
    pub id_number: String,
    /// Why nobody matched.
    pub code: String,
    /// The same in words.
    pub detail: String,
    /// When he came.
    pub check_in: Option<DateTime<FixedOffset>>,
    /// When he left.
    pub check_out: Option<DateTime<FixedOffset>>,
    /// Points of 100.
    pub score: Option<f64>,
    /// Pending, matched or dismissed.
    pub state: WalkInState,
    /// Why he was dismissed.
    pub reason: Option<String>,
    /// Whom he was matched to.
    pub person_id: Option<Uuid>,
    /// Minutes credited by the match.
    pub minutes: Option<i64>,
    /// When he was entered.
    pub created_at: DateTime<FixedOffset>,
    /// When he was matched or dismissed.
    pub settled_at: Option<DateTime<FixedOffset>>,
}

/// Whom a walk-in is.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct WalkInMatchInput {
    /// The person.
    pub person_id: Uuid,
}

/// Why a walk-in counts for nobody.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct WalkInDismissalInput {
    /// The reason.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

page_of!(
    /// A page of walk-ins.
    WalkInPage,
    WalkInView
);

/// The roll and its walk-ins.
pub struct RollApi;

#[OpenApi(prefix_path = "/v1/classes/sessions", tag = "Tag::Classes")]
impl RollApi {
    /// Call the roll
    ///
    /// Everybody in one request, as often as need be: a line that says what stands is `unchanged`. Times and points a
    /// line does not tell stay as they stand, or are the phone's. Who is not on file waits as a walk-in; a line that is
    /// refused holds back no other.
    #[oai(path = "/:class_id/roll", method = "post", operation_id = "callRoll")]
    async fn call_roll(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<RollInput>,
    ) -> Result<Json<RollView>> {
        let micros = |at: DateTime<FixedOffset>| at.timestamp_micros();
        let lines: Vec<RollLine> = body
            .0
            .lines
            .into_iter()
            .map(|line| RollLine {
                line: line.line,
                person_id: line.person_id,
                name: line.name,
                id_number: line.id_number,
                check_in_at: line.check_in.map(micros),
                check_out_at: line.check_out.map(micros),
                score: line.score,
            })
            .collect();
        let retry = Retry::of(key.0, "callRoll", &(class_id.0, &lines))?;
        let verdicts = super::call_roll(&state, &caller.0, retry, class_id.0, lines).await?;
        let count = |state| {
            let of_it = verdicts.iter().filter(|verdict| verdict.state == state);
            i64::try_from(of_it.count()).unwrap_or(i64::MAX)
        };
        Ok(Json(RollView {
            accepted: count(LineState::Accepted),
            pending: count(LineState::Pending),
            refused: count(LineState::Refused),
            lines: verdicts
                .into_iter()
                .map(|verdict| verdict_view(verdict, caller.0.lang))
                .collect(),
        }))
    }

    /// List walk-ins
    ///
    /// Who stands on the roll of a class without being on file, in the order entered.
    #[oai(
        path = "/:class_id/walk-ins",
        method = "get",
        operation_id = "listWalkIns"
    )]
    async fn list_walk_ins(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Only those in this state.
        #[oai(name = "state")]
        wanted: Query<Option<WalkInState>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<WalkInPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        class_store::class(state.db.read(), &scope, class_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        let rows = store::walk_in_page(state.db.read(), class_id.0, wanted.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let items = rows
            .into_iter()
            .map(|row| view(&state, row, None, caller.0.lang));
        Ok(Json(WalkInPage::new((items.collect(), next))))
    }

    /// Match a walk-in
    ///
    /// To a person on file, within the caller's reach: his presence becomes a mark, with its hours and counters.
    #[oai(
        path = "/:class_id/walk-ins/:walk_in_id/match",
        method = "post",
        operation_id = "matchWalkIn"
    )]
    async fn match_walk_in(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// The walk-in.
        walk_in_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<WalkInMatchInput>,
    ) -> Result<Json<WalkInView>> {
        let ids = (class_id.0, walk_in_id.0);
        let retry = Retry::of(key.0, "matchWalkIn", &(ids, &body.0))?;
        let person = body.0.person_id;
        let matched = super::match_walk_in(&state, &caller.0, retry, ids, person).await?;
        let minutes = Some(matched.minutes);
        Ok(Json(view(&state, matched.walk_in, minutes, caller.0.lang)))
    }

    /// Dismiss a walk-in
    ///
    /// With a reason; the line stays on record.
    #[oai(
        path = "/:class_id/walk-ins/:walk_in_id/dismissal",
        method = "post",
        operation_id = "dismissWalkIn"
    )]
    async fn dismiss_walk_in(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// The walk-in.
        walk_in_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<WalkInDismissalInput>,
    ) -> Result<Json<WalkInView>> {
        let ids = (class_id.0, walk_in_id.0);
        let retry = Retry::of(key.0, "dismissWalkIn", &(ids, &body.0))?;
        let gone = super::dismiss_walk_in(&state, &caller.0, retry, ids, body.0.reason).await?;
        Ok(Json(view(&state, gone, None, caller.0.lang)))
    }
}

fn words_of(code: &str, lang: Lang) -> Option<String> {
    Code::of_word(code).map(|code| error::line_words(code, lang))
}

fn verdict_view(verdict: Verdict, lang: Lang) -> RollVerdict {
    RollVerdict {
        detail: verdict
            .code
            .as_deref()
            .and_then(|code| words_of(code, lang)),
        line: verdict.line,
        state: verdict.state,
        effect: verdict.effect,
        minutes: verdict.minutes,
        walk_in_id: verdict.walk_in_id,
        code: verdict.code,
    }
}

fn view(state: &App, row: WalkIn, minutes: Option<i64>, lang: Lang) -> WalkInView {
    let local = |at| state.clock.local(at);
    WalkInView {
        id: row.id,
        class_id: row.class_id,
        line: row.line,
        name: row.name,
        id_number: row.id_masked,
        detail: words_of(&row.why, lang).unwrap_or_default(),
        code: row.why,
        check_in: row.check_in_at.map(local),
        check_out: row.check_out_at.map(local),
        score: row.score_hundredths.map(|score| f64::from(score) / 100.0),
        state: row.state,
        reason: row.reason,
        person_id: row.person_id,
        minutes,
        created_at: local(row.created_at),
        settled_at: row.settled_at.map(local),
    }
}
