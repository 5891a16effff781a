//! Corrections on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{CorrectionState, Subject};
use super::{Answer, Asked, Correction, Listed};
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Result};

/// What shall be put right in one's own file.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct FileCorrectionInput {
    /// What is wrong.
    pub subject: Subject,
    /// What is right, where it is a name, an ID number or a phone number.
    #[oai(validator(max_length = 50))]
    pub wanted: Option<String>,
    /// In the person's own words: what is wrong and how it can be seen.
    #[oai(validator(min_length = 1, max_length = 1000))]
    pub words: String,
}

/// The answer to a request.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct FileCorrectionAnswerInput {
    /// Whether it is right: a name, an ID number or a phone number is then changed at once.
    pub accept: bool,
    /// The answer in words, which the person reads.
    #[oai(validator(min_length = 1, max_length = 1000))]
    pub words: String,
    /// The ID number as it was read from the card, where an ID number is accepted.
    #[oai(validator(max_length = 40))]
    pub id_number: Option<String>,
}

/// A request to put something right.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct FileCorrectionView {
    /// Id.
    pub id: Uuid,
    /// What is wrong.
    pub subject: Subject,
    /// What is right: ID and phone numbers masked.
    pub wanted: Option<String>,
    /// In the person's words.
    pub words: String,
    /// Open, accepted, refused or withdrawn.
    pub state: CorrectionState,
    /// The answer.
    pub answer: Option<String>,
    /// When it was asked.
    pub asked_at: DateTime<FixedOffset>,
    /// When it is to be answered: thirty days later (GB/T 35273-2020, 8.7).
    pub due_at: DateTime<FixedOffset>,
    /// Open, and past that time.
    pub overdue: bool,
    /// When it was answered or withdrawn.
    pub settled_at: Option<DateTime<FixedOffset>>,
}

/// A request, with who asked.
#[derive(Debug, Clone, Object)]
pub struct ListedCorrectionView {
    /// Who asked.
    pub person_id: Uuid,
    /// His name on file.
    pub name: String,
    /// His ID number on file, masked.
    pub id_number: String,
    /// The request.
    pub correction: FileCorrectionView,
}

page_of!(
    /// A page of the caller's own requests, the oldest first.
    MyCorrectionPage,
    FileCorrectionView
);
page_of!(
    /// A page of requests, the oldest first.
    FileCorrectionPage,
    ListedCorrectionView
);

/// Corrections.
pub struct CorrectionsApi;

#[OpenApi(prefix_path = "/v1/corrections", tag = "Tag::Corrections")]
impl CorrectionsApi {
    /// Ask for a correction
    ///
    /// Of the caller's own file (Personal Information Protection Law, art. 46); five may wait at a time.
    #[oai(path = "/", method = "post", operation_id = "askCorrection")]
    async fn ask_correction(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<FileCorrectionInput>,
    ) -> Result<Json<FileCorrectionView>> {
        let retry = Retry::of(key.0, "askCorrection", &body.0)?;
        let asked = Asked {
            subject: body.0.subject,
            wanted: body.0.wanted,
            words: body.0.words,
        };
        let made = super::ask(&state, &caller.0, retry, asked).await?;
        Ok(Json(view(&state, made)))
    }

    /// List my corrections
    ///
    /// What the caller asked to be put right, and the answers.
    #[oai(path = "/mine", method = "get", operation_id = "listMyCorrections")]
    async fn list_my_corrections(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<MyCorrectionPage>> {
        let scope = caller.0.may(Action::ReadOwn)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let (rows, next) = super::page(&state, &scope, (None, false), &page).await?;
        let items = rows.into_iter().map(|row| view(&state, row.correction));
        Ok(Json(MyCorrectionPage::new((items.collect(), next))))
    }

    /// Withdraw a correction
    ///
    /// One of the caller's own that waits.
    #[oai(
        path = "/:correction_id/withdrawal",
        method = "post",
        operation_id = "withdrawCorrection"
    )]
    async fn withdraw_correction(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The request.
        correction_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<FileCorrectionView>> {
        let retry = Retry::of(key.0, "withdrawCorrection", &correction_id.0)?;
        let done = super::withdraw(&state, &caller.0, retry, correction_id.0).await?;
        Ok(Json(view(&state, done)))
    }

    /// List corrections
    ///
    /// What people within the caller's reach asked to be put right, the oldest first; those that wait with
    /// `state=open`, those that have waited too long with `overdue=true`.
    #[oai(path = "/", method = "get", operation_id = "listCorrections")]
    async fn list_corrections(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those in this state.
        #[oai(name = "state")]
        wanted: Query<Option<CorrectionState>>,
        /// Only open ones whose thirty days are over.
        overdue: Query<Option<bool>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<FileCorrectionPage>> {
        let scope = caller.0.may(Action::AnswerCorrections)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let wanted = (wanted.0, overdue.0.unwrap_or(false));
        let (rows, next) = super::page(&state, &scope, wanted, &page).await?;
        let items = rows.into_iter().map(|row| listed_view(&state, row));
        Ok(Json(FileCorrectionPage::new((items.collect(), next))))
    }

    /// Answer a correction
    ///
    /// Refused with a reason, or accepted: a name, an ID number or a phone number then stands in the file at once, and
    /// codes follow; anything else is put right by its own operation before. An ID number is typed again as read from
    /// the card.
    #[oai(
        path = "/:correction_id/answer",
        method = "post",
        operation_id = "answerCorrection"
    )]
    async fn answer_correction(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The request.
        correction_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<FileCorrectionAnswerInput>,
    ) -> Result<Json<FileCorrectionView>> {
        let retry = Retry::of(key.0, "answerCorrection", &(correction_id.0, &body.0))?;
        let answer = Answer {
            accept: body.0.accept,
            words: body.0.words,
            id_number: body.0.id_number,
        };
        let done = super::answer(&state, &caller.0, retry, correction_id.0, answer).await?;
        Ok(Json(view(&state, done)))
    }
}

fn listed_view(state: &App, row: Listed) -> ListedCorrectionView {
    ListedCorrectionView {
        person_id: row.correction.person_id,
        name: row.name,
        id_number: row.id_masked,
        correction: view(state, row.correction),
    }
}

fn view(state: &App, told: Correction) -> FileCorrectionView {
    let local = |at| state.clock.local(at);
    FileCorrectionView {
        due_at: local(told.due_at()),
        overdue: told.is_overdue(state.clock.now()),
        id: told.id,
        subject: told.subject,
        wanted: told.wanted,
        words: told.words,
        state: told.state,
        answer: told.answer,
        asked_at: local(told.asked_at),
        settled_at: told.settled_at.map(local),
    }
}
