//! The rules of the law and the status of a certificate on a day, on the wire.

use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::rules::{Rule, RuleKind, dates, rests_on, status_on};
use super::rules_states::{IssuerState, Standing, Status};
use super::store;
use crate::certificates::store as register;
use crate::platform::caller::Signed;
use crate::platform::locale::Lang;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};

/// One fact of the law on certificates and its days.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CertificateRuleView {
    /// What it says.
    pub kind: RuleKind,
    /// In years, days or points, as its kind names; 0 years of re-examination mean that none is held.
    pub amount: i32,
    /// First day.
    pub effective_from: NaiveDate,
    /// Last day; absent while it is open-ended.
    pub effective_to: Option<NaiveDate>,
    /// Order and article, in the reader's language.
    pub source: String,
    /// Known from a secondary source only; the text itself is still to be checked.
    pub secondary_source: bool,
}

/// Rules, oldest first.
#[derive(Debug, Clone, Object)]
pub struct CertificateRuleList {
    /// They are few.
    pub items: Vec<CertificateRuleView>,
}

/// How a certificate stands on a day.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CertificateStatusView {
    /// The certificate.
    pub certificate_id: Uuid,
    /// The day asked for.
    pub on: NaiveDate,
    /// The status on that day.
    pub status: Status,
    /// That in the reader's words.
    pub status_words: String,
    /// Last day, that day included.
    pub valid_until: Option<NaiveDate>,
    /// It was reckoned from the first issue; it may have been renewed.
    pub valid_until_computed: bool,
    /// Day by which it must be re-examined; absent where no re-examination is to come before the last day.
    pub review_due: Option<NaiveDate>,
    /// It was reckoned from the term; it may have been reviewed.
    pub review_due_computed: bool,
    /// Whether the certificate itself stands, as known now.
    pub standing: Standing,
    /// What is known of it from its issuer, as known now.
    pub issuer_state: IssuerState,
    /// The rules that the dates and the status rest on.
    pub rules: Vec<CertificateRuleView>,
}

/// The law on certificates.
pub struct RegimeApi;

#[OpenApi(prefix_path = "/v1/certificates", tag = "Tag::Certificates")]
impl RegimeApi {
    /// List the law's rules on certificates
    ///
    /// Validity, re-examination, the days in which either may be applied for, and the pass mark, each with its days; those
    /// in force on one day where one is named.
    #[oai(path = "/rules", method = "get", operation_id = "listCertificateRules")]
    async fn list_certificate_rules(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those in force on this day.
        on: Query<Option<NaiveDate>>,
    ) -> Result<Json<CertificateRuleList>> {
        caller.0.may(Action::ReadPlaces)?;
        let rules = store::rules(state.db.read()).await?;
        let kept = rules.all().iter().filter(|rule| {
            on.0.is_none_or(|day| rules.on(rule.kind, day) == Some(*rule))
        });
        let items = kept.map(|rule| rule_view(rule, caller.0.lang)).collect();
        Ok(Json(CertificateRuleList { items }))
    }

    /// Show how a certificate stands on a day
    ///
    /// By the rules of that day; today when none is given. Dates on record go before those reckoned; standing and what is
    /// known from the issuer are as known now, whatever the day.
    #[oai(
        path = "/:certificate_id/status",
        method = "get",
        operation_id = "getCertificateStatus"
    )]
    async fn get_certificate_status(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The certificate.
        certificate_id: Path<Uuid>,
        /// The day.
        on: Query<Option<NaiveDate>>,
    ) -> Result<Json<CertificateStatusView>> {
        let scope = caller.0.may(Action::ReadCertificates)?;
        let db = state.db.read();
        let row = register::certificate(db, &scope, certificate_id.0).await?;
        let row = row.ok_or_else(Fault::not_found)?;
        let rules = store::rules(db).await?;
        let on = on.0.unwrap_or_else(|| state.clock.today());
        let record = row.on_record();
        let dates = dates(&record, &rules, on);
        let status = status_on(&record, row.standing, &rules, on);
        let used = rests_on(&record, &rules, on).into_iter();
        Ok(Json(CertificateStatusView {
            certificate_id: row.id,
            on,
            status,
            status_words: status.text(caller.0.lang).to_owned(),
            valid_until: dates.valid_until,
            valid_until_computed: dates.valid_until_computed,
            review_due: dates.review_due,
            review_due_computed: dates.review_due_computed,
            standing: row.standing,
            issuer_state: row.issuer_state,
            rules: used.map(|rule| rule_view(rule, caller.0.lang)).collect(),
        }))
    }
}

fn rule_view(rule: &Rule, lang: Lang) -> CertificateRuleView {
    CertificateRuleView {
        kind: rule.kind,
        amount: rule.amount,
        effective_from: rule.effective_from,
        effective_to: rule.effective_to,
        source: lang.pick(&rule.source_zh, &rule.source_en).to_owned(),
        secondary_source: rule.secondary_source,
    }
}
