//! A person's data and times of keeping on the wire.

mod checks;
mod views;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::rules::Rule;
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};
use views::{
    ExportInput, PersonExport, RetentionInput, RetentionReport, RetentionView, export_view,
    report_view, retention_view,
};

/// Archives.
pub struct ArchivesApi;

#[OpenApi(prefix_path = "/v1/archives", tag = "Tag::Archives")]
impl ArchivesApi {
    /// Export a person's data
    ///
    /// Everything kept of a person in one document. A worker takes his own, numbers in full and without a reason; an
    /// officer or manager takes that of somebody in his reach, as far as he reaches, numbers masked and for a reason.
    /// Each time is noted in the audit log, and the person sees it.
    #[oai(
        path = "/people/:person_id/exports",
        method = "post",
        operation_id = "exportPerson"
    )]
    async fn export_person(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
        body: Json<ExportInput>,
    ) -> Result<Json<PersonExport>> {
        let reason = body.0.reason.as_deref();
        let file = super::export_person(&state, &caller.0, person_id.0, reason).await?;
        Ok(Json(export_view(&state, file)))
    }

    /// Show how long what is kept
    ///
    /// The county's time for each kind of data, with the shortest the law allows and what is usual.
    #[oai(path = "/retention", method = "get", operation_id = "getRetention")]
    async fn get_retention(
        &self,
        state: Data<&App>,
        caller: Signed,
    ) -> Result<Json<RetentionView>> {
        let rules = super::rules_of(&state, &caller.0).await?;
        Ok(Json(retention_view(&rules)))
    }

    /// Set how long what is kept
    ///
    /// A kind not named is as usual again. No time is shorter than the law says; the ledger and the audit log are
    /// never removed by the service itself.
    #[oai(path = "/retention", method = "put", operation_id = "setRetention")]
    async fn set_retention(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<RetentionInput>,
    ) -> Result<Json<RetentionView>> {
        let new: Vec<Rule> = body.0.items.iter().map(views::rule).collect();
        let retry = Retry::of(key.0, "setRetention", &new)?;
        let seen = Seen::of(if_match.0, |rules: &Vec<Rule>| retention_view(rules));
        let rules = super::set_rules(&state, &caller.0, retry, new, seen).await?;
        Ok(Json(retention_view(&rules)))
    }

    /// Show what may go
    ///
    /// How much of each kind is older than its time, without changing anything, and what the last round removed.
    #[oai(
        path = "/retention/report",
        method = "get",
        operation_id = "getRetentionReport"
    )]
    async fn get_retention_report(
        &self,
        state: Data<&App>,
        caller: Signed,
    ) -> Result<Json<RetentionReport>> {
        let report = super::report(&state, &caller.0).await?;
        Ok(Json(report_view(&state, report)))
    }
}
