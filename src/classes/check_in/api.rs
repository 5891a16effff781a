//! The code on the wall and the scans of it, on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::rules::{Direction, STEP_SECONDS, ScanState};
use super::store::{self, Kept};
use super::{NewScan, Outcome};
use crate::classes::store as class_store;
use crate::classes::store::Listed;
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::error;
use crate::platform::idempotency::Retry;
use crate::platform::locale::Lang;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Code, Fault, Result};

/// The codes for a class's wall.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CheckInTokens {
    /// The class.
    pub class_id: Uuid,
    /// Into the class, or out of it.
    pub direction: Direction,
    /// The server's time, to set the screen's clock by.
    pub now: DateTime<FixedOffset>,
    /// Seconds each code stands.
    pub step_seconds: i64,
    /// The code of now, and the one after it.
    pub tokens: Vec<CheckInToken>,
    /// When signing in or out opens.
    pub opens: DateTime<FixedOffset>,
    /// From when a sign-in is late.
    pub late_from: Option<DateTime<FixedOffset>>,
    /// When it closes.
    pub closes: DateTime<FixedOffset>,
}

/// One code for the wall.
#[derive(Debug, Clone, Object)]
pub struct CheckInToken {
    /// The text of the QR code.
    pub token: String,
    /// When it goes up.
    pub starts: DateTime<FixedOffset>,
    /// When it comes down.
    pub ends: DateTime<FixedOffset>,
}

/// The scans of a phone, perhaps hours after they were made.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct CheckInInput {
    /// The phone's clock at the moment of sending: a clock that is wrong is wrong in both times, and does no harm.
    pub sent_at: DateTime<FixedOffset>,
    /// The phone, by a name it keeps; stored as a keyed hash.
    #[oai(validator(min_length = 8, max_length = 128))]
    pub device_id: String,
    /// The scans, in the order made.
    #[oai(validator(min_items = 1, max_items = 50))]
    pub scans: Vec<ScanInput>,
}

/// One scan.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct ScanInput {
    /// The text of the QR code.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub token: String,
    /// When it was scanned, by the phone's clock.
    pub scanned_at: DateTime<FixedOffset>,
}

/// What became of the scans of a phone.
#[derive(Debug, Clone, Object)]
pub struct CheckInView {
    /// One for each scan, in the order sent.
    pub outcomes: Vec<ScanOutcome>,
}

/// What became of one scan.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ScanOutcome {
    /// The state; only present, late and pending are kept.
    pub state: ScanState,
    /// Whether an earlier scan stands already; its state and time are the ones told.
    pub again: bool,
    /// The class, where the code is one of this county's.
    pub class_id: Option<Uuid>,
    /// Its title.
    pub title: Option<String>,
    /// Into the class, or out of it.
    pub direction: Option<Direction>,
    /// The time the scan is judged by: when its code was on the wall.
    pub judged_at: Option<DateTime<FixedOffset>>,
    /// When signing in or out opens.
    pub opens: Option<DateTime<FixedOffset>>,
    /// From when a sign-in is late.
    pub late_from: Option<DateTime<FixedOffset>>,
    /// When it closes.
    pub closes: Option<DateTime<FixedOffset>>,
    /// Minutes of the mark that stands now; absent while the sign-in or the sign-out is missing.
    pub minutes: Option<i64>,
    /// Why it was refused.
    pub code: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
}

/// A scan that was kept.
#[derive(Debug, Clone, Object)]
pub struct CheckInEntry {
    /// Id.
    pub id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// Into the class, or out of it.
    pub direction: Direction,
    /// Present, late, or waiting for the trainer.
    pub state: ScanState,
    /// When its code was on the wall: the time it is judged by.
    pub judged_at: DateTime<FixedOffset>,
    /// When the phone says it scanned, by our clock.
    pub scanned_at: DateTime<FixedOffset>,
    /// When it arrived.
    pub arrived_at: DateTime<FixedOffset>,
    /// The phone, by the head of its hash: the same word is the same phone.
    pub device: String,
}

page_of!(
    /// A page of scans.
    CheckInPage,
    CheckInEntry
);

/// Check-in by phone.
pub struct CheckInsApi;

#[OpenApi(prefix_path = "/v1/classes", tag = "Tag::Classes")]
impl CheckInsApi {
    /// Get the codes for the wall
    ///
    /// The code to show now as a QR code, and the next one, so that the screen never goes dark. Each stands for twelve
    /// seconds; the screen asks again before the second runs out. No more are given ahead: who gets hold of an answer
    /// can do nothing with it later.
    #[oai(
        path = "/sessions/:class_id/check-in-token",
        method = "get",
        operation_id = "getCheckInToken"
    )]
    async fn get_check_in_token(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Into the class, or out of it.
        direction: Query<Direction>,
    ) -> Result<Json<CheckInTokens>> {
        let local = |at| state.clock.local(at);
        let (window, codes) = super::wall_codes(&state, &caller.0, class_id.0, direction.0).await?;
        let tokens = codes.into_iter().map(|code| CheckInToken {
            token: code.text,
            starts: local(code.starts),
            ends: local(code.ends),
        });
        Ok(Json(CheckInTokens {
            class_id: class_id.0,
            direction: direction.0,
            now: local(state.clock.now()),
            step_seconds: STEP_SECONDS,
            tokens: tokens.collect(),
            opens: local(window.opens),
            late_from: window.late_from.map(local),
            closes: local(window.closes),
        }))
    }

    /// Sign in or out by phone
    ///
    /// The scans of the caller's own phone, of one class or several, in or out. Each is judged by the time its code
    /// was on the wall, also when it arrives up to 72 hours later. A sign-in with its sign-out makes a mark with its
    /// minutes; one alone makes none: the trainer calls the roll for it. The same again changes nothing.
    #[oai(path = "/check-ins", method = "post", operation_id = "checkIn")]
    async fn check_in(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<CheckInInput>,
    ) -> Result<Json<CheckInView>> {
        let CheckInInput {
            sent_at,
            device_id,
            scans,
        } = body.0;
        let sent_at = sent_at.timestamp_micros();
        let scans: Vec<NewScan> = scans
            .into_iter()
            .map(|scan| NewScan {
                token: scan.token,
                scanned_at: scan.scanned_at.timestamp_micros(),
                device_id: device_id.clone(),
            })
            .collect();
        // When it is sent differs from try to try; what is sent does not.
        let retry = Retry::of(key.0, "checkIn", &scans)?;
        let outcomes = super::check_in(&state, &caller.0, retry, sent_at, scans).await?;
        let lang = caller.0.lang;
        let outcomes = outcomes
            .into_iter()
            .map(|outcome| outcome_view(&state, outcome, lang))
            .collect();
        Ok(Json(CheckInView { outcomes }))
    }

    /// List the scans of a class
    ///
    /// Who signed in and out by phone, when, and from which phone; those that wait for the trainer among them.
    #[oai(
        path = "/sessions/:class_id/check-ins",
        method = "get",
        operation_id = "listCheckIns"
    )]
    async fn list_check_ins(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<CheckInPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        class_store::class(state.db.read(), &scope, class_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        let rows = store::scan_page(state.db.read(), class_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.what.id);
        let items = rows.into_iter().map(|row| entry_view(&state, row));
        Ok(Json(CheckInPage::new((items.collect(), next))))
    }
}

fn outcome_view(state: &App, outcome: Outcome, lang: Lang) -> ScanOutcome {
    let local = |at| state.clock.local(at);
    let detail = outcome
        .code
        .as_deref()
        .and_then(Code::of_word)
        .map(|code| error::words(code, &[], lang));
    let told = outcome.told.as_ref();
    ScanOutcome {
        state: outcome.state,
        again: outcome.again,
        class_id: told.map(|told| told.class_id),
        title: told.map(|told| told.title.clone()),
        direction: told.map(|told| told.direction),
        judged_at: told.map(|told| local(told.judged_at)),
        opens: told.map(|told| local(told.window.opens)),
        late_from: told.and_then(|told| told.window.late_from).map(local),
        closes: told.map(|told| local(told.window.closes)),
        minutes: outcome.minutes,
        code: outcome.code,
        detail,
    }
}

fn entry_view(state: &App, row: Listed<Kept>) -> CheckInEntry {
    let local = |at| state.clock.local(at);
    CheckInEntry {
        id: row.what.id,
        person_id: row.person_id,
        name: row.name,
        id_number: row.id_masked,
        direction: row.what.direction,
        state: row.what.state,
        judged_at: local(row.what.shown_at),
        scanned_at: local(row.what.scanned_at),
        arrived_at: local(row.what.arrived_at),
        device: device_word(&row.what.device_hash),
    }
}

/// A phone as answers show it.
pub(in crate::classes) fn device_word(hash: &[u8]) -> String {
    hash.iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
