//! Signs of learning that was not one's own, on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::rules::SignKind;
use super::{Asked, Evidence, Sign};
use crate::platform::caller::Signed;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};

/// Signs.
#[derive(Debug, Clone, Object)]
pub struct SignsView {
    /// Of each kind those with most people first.
    pub items: Vec<SignView>,
    /// Whether there are more of some kind: look through fewer days.
    pub is_cut: bool,
}

/// Something for somebody to look at; it blocks nothing.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SignView {
    /// What looks odd.
    pub kind: SignKind,
    /// The paper of an exam, or the course.
    pub about_id: Uuid,
    /// Its title.
    pub title: String,
    /// How many people it concerns, within the caller's reach.
    pub people: i64,
    /// When it began.
    pub from: DateTime<FixedOffset>,
    /// When it ended.
    pub to: DateTime<FixedOffset>,
    /// The phone, by the head of its hash.
    pub device: Option<String>,
    /// Wrong answers that are alike.
    pub wrong_answers: Option<i32>,
    /// Who and when; at most fifty.
    pub evidence: Vec<SignEvidence>,
}

/// What a sign rests on.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SignEvidence {
    /// Who.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// The class he was in at that time.
    pub class_id: Option<Uuid>,
    /// Its title.
    pub class_title: Option<String>,
}

/// Signs of learning that was not one's own.
pub struct SignsApi;

#[OpenApi(prefix_path = "/v1/boards", tag = "Tag::Boards")]
impl SignsApi {
    /// List signs of learning that was not one's own
    ///
    /// Exams of three or more people on one phone, five or more people of one enterprise who finish a course in the same
    /// minute, two or more with the same four or more wrong answers, online learning while in a class: each with its
    /// evidence, for somebody to look at. Nothing follows from them by itself.
    #[oai(
        path = "/learning-signs",
        method = "get",
        operation_id = "listLearningSigns"
    )]
    async fn list_learning_signs(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only of this kind.
        kind: Query<Option<SignKind>>,
        /// First day looked through; thirty days before the last when absent, ninety-two at most.
        from_day: Query<Option<NaiveDate>>,
        /// Last day looked through; today when absent.
        to_day: Query<Option<NaiveDate>>,
        /// Signs of each kind, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
    ) -> Result<Json<SignsView>> {
        let asked = Asked {
            kind: kind.0,
            from_day: from_day.0,
            to_day: to_day.0,
            limit: Page::read(limit.0, None)?.limit,
        };
        let (signs, is_cut) = super::list(&state, &caller.0, asked).await?;
        let items = signs.into_iter().map(|sign| view(&state, sign)).collect();
        Ok(Json(SignsView { items, is_cut }))
    }
}

fn view(state: &App, sign: Sign) -> SignView {
    SignView {
        kind: sign.kind,
        about_id: sign.about,
        title: sign.title,
        people: sign.people,
        from: state.clock.local(sign.from),
        to: state.clock.local(sign.to),
        device: sign.device,
        wrong_answers: sign.wrong_answers,
        evidence: (sign.evidence.into_iter())
            .map(|evidence| evidence_view(state, evidence))
            .collect(),
    }
}

fn evidence_view(state: &App, evidence: Evidence) -> SignEvidence {
    let (class_id, class_title) = evidence.class.unzip();
    SignEvidence {
        person_id: evidence.person_id,
        name: evidence.name,
        id_number: evidence.id_masked,
        at: state.clock.local(evidence.at),
        class_id,
        class_title,
    }
}
