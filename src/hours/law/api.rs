//! What the law asks, on the wire.

mod views;

use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::Asked;
use super::preview::Effect;
use super::rules::{Rule, RuleState};
use super::store_affected::Wanted;
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};

use views::{
    AffectedPage, HoursRuleInput, HoursRuleList, HoursRulePreview, HoursRuleView, LegalHoursView,
    PublicationInput, affected_view, owed_view, preview_view, terms, view,
};

/// What the law asks.
pub struct LawApi;

#[OpenApi(prefix_path = "/v1/hours", tag = "Tag::Hours")]
impl LawApi {
    /// List the law's training hours
    ///
    /// Published rules by role, industry and occasion with their days; those in force on one day where one is named.
    /// Drafts are shown to who may make them.
    #[oai(path = "/rules", method = "get", operation_id = "listHoursRules")]
    async fn list_hours_rules(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those in force on this day.
        on: Query<Option<NaiveDate>>,
        /// Drafts or published ones; published when absent.
        rule_state: Query<Option<RuleState>>,
    ) -> Result<Json<HoursRuleList>> {
        let asked = Asked {
            on: on.0,
            state: rule_state.0,
        };
        let rules = super::list(&state, &caller.0, asked).await?;
        let items = rules.into_iter().map(|rule| view(&state, rule)).collect();
        Ok(Json(HoursRuleList { items }))
    }

    /// Show a rule
    ///
    /// A published one; a draft to who may make drafts.
    #[oai(
        path = "/rules/:rule_id",
        method = "get",
        operation_id = "getHoursRule"
    )]
    async fn get_hours_rule(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The rule.
        rule_id: Path<Uuid>,
    ) -> Result<Json<HoursRuleView>> {
        let rule = super::show(&state, &caller.0, rule_id.0).await?;
        Ok(Json(view(&state, rule)))
    }

    /// Draft a rule
    ///
    /// Nobody is judged by a draft; preview it, then publish it.
    #[oai(path = "/rules", method = "post", operation_id = "draftHoursRule")]
    async fn draft_hours_rule(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<HoursRuleInput>,
    ) -> Result<Json<HoursRuleView>> {
        let retry = Retry::of(key.0, "draftHoursRule", &body.0)?;
        let rule = super::draft(&state, &caller.0, retry, terms(body.0)).await?;
        Ok(Json(view(&state, rule)))
    }

    /// Discard a draft
    ///
    /// A published rule cannot be discarded: another one takes its place from a day on.
    #[oai(
        path = "/rules/:rule_id/discard",
        method = "post",
        operation_id = "discardHoursRule"
    )]
    async fn discard_hours_rule(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The draft.
        rule_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Json<HoursRuleView>> {
        let retry = Retry::of(key.0, "discardHoursRule", &rule_id.0)?;
        let app = state.0.clone();
        let seen = Seen::of(if_match.0, move |rule: &Rule| view(&app, rule.clone()));
        let rule = super::discard(&state, &caller.0, retry, rule_id.0, seen).await?;
        Ok(Json(view(&state, rule)))
    }

    /// Preview a draft
    ///
    /// Whom it affects, by township and size of enterprise, judged on its first day or today if that is later; with the
    /// token that its publication must name.
    #[oai(
        path = "/rules/:rule_id/preview",
        method = "get",
        operation_id = "previewHoursRule"
    )]
    async fn preview_hours_rule(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The draft.
        rule_id: Path<Uuid>,
    ) -> Result<Json<HoursRulePreview>> {
        let seen = super::preview::preview(&state, &caller.0, rule_id.0).await?;
        Ok(Json(preview_view(&state, seen)))
    }

    /// List the people a draft affects
    ///
    /// Each with the minutes asked before and after, and those he has.
    #[oai(
        path = "/rules/:rule_id/affected",
        method = "get",
        operation_id = "listAffectedPeople"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "one argument for each parameter of the request"
    )]
    async fn list_affected_people(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The draft.
        rule_id: Path<Uuid>,
        /// Only of this township.
        region_id: Query<Option<Uuid>>,
        /// Only those for whom this changes.
        effect: Query<Option<Effect>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<AffectedPage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let wanted = Wanted {
            region_id: region_id.0,
            effect: effect.0,
        };
        let rows = super::preview::people(&state, &caller.0, rule_id.0, &wanted, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.person_id);
        let items = rows.into_iter().map(affected_view).collect();
        Ok(Json(AffectedPage::new((items, next))))
    }

    /// Publish a draft
    ///
    /// From its first day on it is the law; the rule before it ends the day before. It never changes again.
    #[oai(
        path = "/rules/:rule_id/publication",
        method = "post",
        operation_id = "publishHoursRule"
    )]
    async fn publish_hours_rule(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The draft.
        rule_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<PublicationInput>,
    ) -> Result<Json<HoursRuleView>> {
        let retry = Retry::of(key.0, "publishHoursRule", &(rule_id.0, &body.0))?;
        let PublicationInput {
            preview_token,
            reason,
        } = body.0;
        let rule =
            super::publish(&state, &caller.0, retry, rule_id.0, &preview_token, reason).await?;
        Ok(Json(view(&state, rule)))
    }

    /// Show what the law asks of a person
    ///
    /// On a day: the occasion, the minutes asked by the rule in force that day, and those he has.
    #[oai(
        path = "/people/:person_id/law",
        method = "get",
        operation_id = "getLegalHours"
    )]
    async fn get_legal_hours(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
        /// The day; today when absent.
        on: Query<Option<NaiveDate>>,
    ) -> Result<Json<LegalHoursView>> {
        let day = on.0.unwrap_or_else(|| state.clock.today());
        let owed = super::owed(&state, &caller.0, person_id.0, day).await?;
        Ok(Json(owed_view(owed, caller.0.lang)))
    }
}
