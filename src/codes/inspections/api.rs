//! Inspections on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::rules::{InspectionState, Outcome};
use super::store::{Inspection, Settled, Wanted};
use super::{NewInspection, get, list, log, settle};
use crate::codes::api::verdicts::{VerdictColour, VerdictReason, colour, reason};
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::locale::Lang;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Result, Role};

/// What somebody on duty found.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct InspectionInput {
    /// The client's own id of it: a queue that is sent twice has one effect.
    pub client_id: Uuid,
    /// The colour he saw.
    pub colour: VerdictColour,
    /// The word of its reason, as the verdict gave it; one of that colour.
    #[oai(validator(min_length = 1, max_length = 24))]
    pub reason: String,
    /// The code, where it was certain which: green and yellow always are.
    pub code_id: Option<Uuid>,
    /// The item of work asked about, as 2.1.
    #[oai(rename = "for", validator(max_length = 8))]
    pub for_item: Option<String>,
    /// Where, in words.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub place: String,
    /// The township where it was; the code's or the inspector's own when absent.
    pub region_id: Option<Uuid>,
    /// Anything to add.
    #[oai(validator(max_length = 500))]
    pub note: Option<String>,
    /// When, at most 30 days ago: a phone sends later what it kept. Now when absent.
    pub checked_at: Option<DateTime<FixedOffset>>,
}

/// What became of a red.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct InspectionSettlementInput {
    /// What became of it.
    pub outcome: Outcome,
    /// In words.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub words: String,
}

/// A check that was logged.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct InspectionView {
    /// Id.
    pub id: Uuid,
    /// The client's own id of it.
    pub client_id: Uuid,
    /// Whether it waits for somebody.
    pub state: InspectionState,
    /// The colour that was seen.
    pub colour: VerdictColour,
    /// Why.
    pub reason: VerdictReason,
    /// The code, where it was certain which.
    pub code_id: Option<Uuid>,
    /// Its holder.
    pub person_id: Option<Uuid>,
    /// The holder's name.
    pub person_name: Option<String>,
    /// The holder's ID number, masked.
    pub id_number: Option<String>,
    /// The item of work asked about.
    #[oai(rename = "for")]
    pub for_item: Option<String>,
    /// Where, in words.
    pub place: String,
    /// The township where it was.
    pub region_id: Uuid,
    /// What was added.
    pub note: Option<String>,
    /// The login of whoever checked.
    pub checked_by: String,
    /// His role.
    pub by_role: String,
    /// The region at which he holds it.
    pub by_region_id: Uuid,
    /// When it was.
    pub checked_at: DateTime<FixedOffset>,
    /// When it came to us.
    pub logged_at: DateTime<FixedOffset>,
    /// What became of it, once it is settled.
    pub settlement: Option<InspectionSettlementView>,
}

/// What became of a red.
#[derive(Debug, Clone, Object)]
pub struct InspectionSettlementView {
    /// What became of it.
    pub outcome: Outcome,
    /// In words.
    pub words: String,
    /// The login of whoever settled it.
    pub settled_by: String,
    /// When.
    pub settled_at: DateTime<FixedOffset>,
}

page_of!(
    /// Inspections.
    InspectionPage,
    InspectionView
);

/// Inspections.
pub struct InspectionsApi;

#[OpenApi(prefix_path = "/v1/codes/inspections", tag = "Tag::Codes")]
impl InspectionsApi {
    /// Log a check
    ///
    /// Checking leaves no trace; whoever checked may choose to log what he found. A red stays open until the township has
    /// settled it, and the township's officers get a mail. The holder is shown who checked him.
    #[oai(path = "/", method = "post", operation_id = "logInspection")]
    async fn log_inspection(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<InspectionInput>,
    ) -> Result<Json<InspectionView>> {
        let seen = body.0.colour.read();
        let new = read(body.0);
        let retry = Retry::of(key.0, "logInspection", &new)?;
        let logged = log(&state, &caller.0, retry, seen, new).await?;
        Ok(Json(view(&state, caller.0.lang, &logged)))
    }

    /// List inspections
    ///
    /// By id: an inspector's own, and for officers all of their townships.
    #[oai(path = "/", method = "get", operation_id = "listInspections")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each query parameter is an argument"
    )]
    async fn list_inspections(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// `true`: only reds that are not settled; `false`: all others.
        open: Query<Option<bool>>,
        /// Only those of this colour.
        #[oai(name = "colour")]
        wanted: Query<Option<VerdictColour>>,
        /// Only those in this township.
        region_id: Query<Option<Uuid>>,
        /// Only those of this person.
        person_id: Query<Option<Uuid>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<InspectionPage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let wanted = Wanted {
            open: open.0,
            colour: wanted.0.map(VerdictColour::read),
            region_id: region_id.0,
            person_id: person_id.0,
        };
        let rows = list(&state, &caller.0, &wanted, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let lang = caller.0.lang;
        let items = rows.iter().map(|row| view(&state, lang, row)).collect();
        Ok(Json(InspectionPage::new((items, next))))
    }

    /// Show an inspection
    #[oai(
        path = "/:inspection_id",
        method = "get",
        operation_id = "getInspection"
    )]
    async fn get_inspection(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The inspection.
        inspection_id: Path<Uuid>,
    ) -> Result<Json<InspectionView>> {
        let row = get(&state, &caller.0, inspection_id.0).await?;
        Ok(Json(view(&state, caller.0.lang, &row)))
    }

    /// Settle a red
    ///
    /// An officer of the township, or of the county, says what became of it. Said once.
    #[oai(
        path = "/:inspection_id/settlement",
        method = "post",
        operation_id = "settleInspection"
    )]
    async fn settle_inspection(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The inspection.
        inspection_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<InspectionSettlementInput>,
    ) -> Result<Json<InspectionView>> {
        let InspectionSettlementInput { outcome, words } = body.0;
        let retry = Retry::of(
            key.0,
            "settleInspection",
            &(inspection_id.0, outcome, &words),
        )?;
        let lang = caller.0.lang;
        let shown = state.clone();
        let seen = Seen::of(if_match.0, move |row: &Inspection| view(&shown, lang, row));
        let id = inspection_id.0;
        let settled = settle(&state, &caller.0, retry, id, (outcome, &words), seen).await?;
        Ok(Json(view(&state, lang, &settled)))
    }
}

fn read(input: InspectionInput) -> NewInspection {
    NewInspection {
        client_id: input.client_id,
        colour: input.colour.read().word(),
        reason: input.reason,
        code_id: input.code_id,
        for_item: input.for_item,
        place: input.place,
        region_id: input.region_id,
        note: input.note.unwrap_or_default(),
        checked_at: input.checked_at.map(|at| at.timestamp_micros()),
    }
}

fn view(state: &App, lang: Lang, row: &Inspection) -> InspectionView {
    InspectionView {
        id: row.id,
        client_id: row.client_id,
        state: row.state(),
        colour: colour(row.colour),
        reason: reason(row.reason, lang),
        code_id: row.code_id,
        person_id: row.person_id,
        person_name: row.person_name.clone(),
        id_number: row.id_masked.clone(),
        for_item: row.for_item.clone(),
        place: row.place.clone(),
        region_id: row.region_id,
        note: Some(row.note.clone()).filter(|note| !note.is_empty()),
        checked_by: row.checked_by.clone(),
        by_role: row.by_role.map_or("", Role::word).to_owned(),
        by_region_id: row.by_region_id,
        checked_at: state.clock.local(row.checked_at),
        logged_at: state.clock.local(row.logged_at),
        settlement: row
            .settled
            .as_ref()
            .map(|settled| settled_view(state, settled)),
    }
}

fn settled_view(state: &App, settled: &Settled) -> InspectionSettlementView {
    InspectionSettlementView {
        outcome: settled.outcome,
        words: settled.words.clone(),
        settled_by: settled.by.clone(),
        settled_at: state.clock.local(settled.at),
    }
}
