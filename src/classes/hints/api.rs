//! Hints on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::hints_of;
use super::rules::{Evidence, Hint, HintKind};
use crate::classes::check_in::api::device_word;
use crate::classes::store as class_store;
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};

/// Something for somebody to look at; it blocks nothing.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct HintView {
    /// The class.
    pub class_id: Uuid,
    /// What looks odd.
    pub kind: HintKind,
    /// How many people it concerns.
    pub count: i64,
    /// The phone, by the head of its hash.
    pub device: Option<String>,
    /// The seats, where there are too many people.
    pub capacity: Option<i32>,
    /// Who and when; at most fifty.
    pub evidence: Vec<HintEvidence>,
}

/// What a hint rests on.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct HintEvidence {
    /// Who.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// When the code was on the wall, or when he came.
    pub at: DateTime<FixedOffset>,
    /// When the scan arrived.
    pub arrived_at: Option<DateTime<FixedOffset>>,
    /// The other class he was in, where the caller may see it.
    pub other_class_id: Option<Uuid>,
    /// Its title.
    pub other_title: Option<String>,
    /// When he came there.
    pub other_from: Option<DateTime<FixedOffset>>,
    /// When he left there.
    pub other_to: Option<DateTime<FixedOffset>>,
}

/// The hints of a class.
#[derive(Debug, Clone, Object)]
pub struct ClassHints {
    /// Empty where nothing looks odd.
    pub items: Vec<HintView>,
}

page_of!(
    /// The hints of a page of classes.
    HintPage,
    HintView
);

/// Hints of odd check-in.
pub struct HintsApi;

#[OpenApi(prefix_path = "/v1/classes", tag = "Tag::Classes")]
impl HintsApi {
    /// List a class's hints
    ///
    /// One phone for many people, one code that arrives late from many phones, times that do not fit, people in two
    /// classes at once, more people than seats: each with its evidence, for somebody to look at. Nothing is blocked.
    #[oai(
        path = "/sessions/:class_id/hints",
        method = "get",
        operation_id = "listClassHints"
    )]
    async fn list_class_hints(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
    ) -> Result<Json<ClassHints>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let class = class_store::class(state.db.read(), &scope, class_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        let hints = hints_of(&state, &scope, &[class]).await?;
        Ok(Json(ClassHints {
            items: hints.into_iter().map(|hint| view(&state, hint)).collect(),
        }))
    }

    /// List hints
    ///
    /// Those of the caller's classes, of one plan or township if named. A page is one of classes: `limit` counts
    /// them, and a page may hold no hint and yet not be the last.
    #[oai(path = "/hints", method = "get", operation_id = "listHints")]
    async fn list_hints(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only toward this plan.
        plan_id: Query<Option<Uuid>>,
        /// Only of this township.
        region_id: Query<Option<Uuid>>,
        /// Classes wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<HintPage>> {
        let scope = caller.0.may(Action::ReadClasses)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let db = state.db.read();
        let rows = class_store::classes(db, &scope, plan_id.0, region_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let hints = hints_of(&state, &scope, &rows).await?;
        let items = hints.into_iter().map(|hint| view(&state, hint)).collect();
        Ok(Json(HintPage::new((items, next))))
    }
}

fn view(state: &App, hint: Hint) -> HintView {
    HintView {
        class_id: hint.class_id,
        kind: hint.kind,
        count: hint.count,
        device: hint.device.as_deref().map(device_word),
        capacity: hint.capacity,
        evidence: hint
            .evidence
            .into_iter()
            .map(|evidence| evidence_view(state, evidence))
            .collect(),
    }
}

fn evidence_view(state: &App, evidence: Evidence) -> HintEvidence {
    let local = |at| state.clock.local(at);
    let times = evidence.other.as_ref().map(|other| (other.from, other.to));
    let (other_class_id, other_title) = evidence.other.and_then(|other| other.class).unzip();
    HintEvidence {
        person_id: evidence.person.person_id,
        name: evidence.person.name,
        id_number: evidence.person.id_masked,
        at: local(evidence.at),
        arrived_at: evidence.arrived_at.map(local),
        other_class_id,
        other_title,
        other_from: times.map(|(from, _)| local(from)),
        other_to: times.map(|(_, to)| local(to)),
    }
}
