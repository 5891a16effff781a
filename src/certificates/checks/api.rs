//! Looks at the issuer's site, on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{Check, CheckResult, NewCheck};
use super::store;
use crate::certificates::store as register;
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::locale::Lang;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};

/// A look at the issuer's site, as it is told.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct IssuerCheckInput {
    /// The day it was looked up; not one to come.
    pub checked_on: NaiveDate,
    /// What was found.
    pub result: CheckResult,
    /// Last day as the issuer has it; told of what was found alone.
    pub valid_until: Option<NaiveDate>,
    /// Next re-examination as the issuer has it; told of what was found alone.
    pub review_due: Option<NaiveDate>,
    /// Last re-examination as the issuer has it; told of what was found alone.
    pub reviewed_on: Option<NaiveDate>,
    /// The issuer has agreed to the longer time for ten years' unbroken lawful work; told of what was found alone.
    pub unbroken_ten_years: Option<bool>,
    /// What else was seen; no personal numbers.
    #[oai(validator(max_length = 500))]
    pub note: Option<String>,
}

/// A look at the issuer's site on record.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct IssuerCheckView {
    /// Id.
    pub id: Uuid,
    /// The certificate that was looked up.
    pub certificate_id: Uuid,
    /// The day it was looked up.
    pub checked_on: NaiveDate,
    /// What was found.
    pub result: CheckResult,
    /// That in the reader's words, with what it means.
    pub result_words: String,
    /// Last day as the issuer had it.
    pub valid_until: Option<NaiveDate>,
    /// Next re-examination as the issuer had it.
    pub review_due: Option<NaiveDate>,
    /// Last re-examination as the issuer had it.
    pub reviewed_on: Option<NaiveDate>,
    /// Whether the issuer had agreed to the longer time.
    pub unbroken_ten_years: Option<bool>,
    /// What else was seen.
    pub note: String,
    /// The login that entered it; absent for the console.
    pub checked_by: Option<String>,
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
}

page_of!(
    /// A page of looks at the issuer's site.
    IssuerCheckPage,
    IssuerCheckView
);

/// Looks at the issuer's site.
pub struct IssuerChecksApi;

#[OpenApi(prefix_path = "/v1/certificates", tag = "Tag::Certificates")]
impl IssuerChecksApi {
    /// Record a look at the issuer's site
    ///
    /// Somebody looked the certificate up at cx.mem.gov.cn: when, and what was found. A look of the latest day decides what
    /// is known of the certificate, and the dates it tells take the place of those on record. The service never reads the
    /// site itself.
    #[oai(
        path = "/:certificate_id/issuer-checks",
        method = "post",
        operation_id = "recordIssuerCheck"
    )]
    async fn record_issuer_check(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The certificate.
        certificate_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<IssuerCheckInput>,
    ) -> Result<Json<IssuerCheckView>> {
        let retry = Retry::of(key.0, "recordIssuerCheck", &(certificate_id.0, &body.0))?;
        let IssuerCheckInput {
            checked_on,
            result,
            valid_until,
            review_due,
            reviewed_on,
            unbroken_ten_years,
            note,
        } = body.0;
        let told = NewCheck {
            checked_on,
            result,
            valid_until,
            review_due,
            reviewed_on,
            unbroken_ten_years,
            note: note.unwrap_or_default().trim().to_owned(),
        };
        let check = super::record(&state, &caller.0, retry, certificate_id.0, told).await?;
        Ok(Json(view(&state, check, caller.0.lang)))
    }

    /// List looks at the issuer's site
    ///
    /// Who looked a certificate up, when, and what was found, in the order they were entered. The holder sees those of his
    /// own.
    #[oai(
        path = "/:certificate_id/issuer-checks",
        method = "get",
        operation_id = "listIssuerChecks"
    )]
    async fn list_issuer_checks(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The certificate.
        certificate_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<IssuerCheckPage>> {
        let scope = caller.0.may(Action::ReadCertificates)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let certificate = register::certificate(state.db.read(), &scope, certificate_id.0).await?;
        let certificate = certificate.ok_or_else(Fault::not_found)?;
        let rows = store::page(state.db.read(), &scope, certificate.id, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let rows = rows.into_iter();
        Ok(Json(IssuerCheckPage::new((
            rows.map(|row| view(&state, row, caller.0.lang)).collect(),
            next,
        ))))
    }
}

fn view(state: &App, row: Check, lang: Lang) -> IssuerCheckView {
    IssuerCheckView {
        id: row.id,
        certificate_id: row.certificate_id,
        checked_on: row.checked_on,
        result: row.result,
        result_words: row.result.text(lang).to_owned(),
        valid_until: row.valid_until,
        review_due: row.review_due,
        reviewed_on: row.reviewed_on,
        unbroken_ten_years: row.unbroken_ten_years,
        note: row.note,
        checked_by: row.checked_by,
        recorded_at: state.clock.local(row.recorded_at),
    }
}
