//! Certificates, due lists and claims on the wire.

mod views;

use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::multipart::Upload;
use poem_openapi::{Multipart, OpenApi};
use uuid::Uuid;

use super::regime;
use super::store::{self, due_lists};
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::intake::{self, ImportReport};
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Code, Fault, Result};
use crate::sheets::{Cell, ids};
use views::{
    CatalogueView, CertificatePage, CertificateView, ClaimInput, ClaimPage, ClaimView,
    DueEntryPage, DueListPage, Told, catalogue_view, claim_view, due_entry_view, due_list_view,
};

/// A due list handed in.
#[derive(Debug, Multipart)]
#[oai(deny_unknown_fields)]
pub struct DueListForm {
    /// The sheet: .xlsx, .xls, .ods, .csv or .tsv, at most 32 MB.
    file: Upload,
    /// The day the list was frozen.
    frozen_on: NaiveDate,
    /// Who drew it up; a list is told from others by this and the day.
    #[oai(validator(min_length = 1, max_length = 200))]
    source: String,
    /// Only tell what would happen; write nothing.
    #[oai(default)]
    preview: bool,
}

/// A sheet of claims handed in.
#[derive(Debug, Multipart)]
#[oai(deny_unknown_fields)]
pub struct ClaimsSheetForm {
    /// The sheet: .xlsx, .xls, .ods, .csv or .tsv, at most 32 MB.
    file: Upload,
    /// Only tell what would happen; write nothing.
    #[oai(default)]
    preview: bool,
}

/// Certificates.
pub struct CertificatesApi;

#[OpenApi(prefix_path = "/v1/certificates", tag = "Tag::Certificates")]
impl CertificatesApi {
    /// Show the catalogue
    ///
    /// The special-operation items in force on a day; today when none is given.
    #[oai(path = "/catalogue", method = "get", operation_id = "getCatalogue")]
    async fn get_catalogue(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The day on which it is in force.
        on: Query<Option<NaiveDate>>,
    ) -> Result<Json<CatalogueView>> {
        caller.0.may(Action::ReadPlaces)?;
        let all = store::catalogues(state.db.read()).await?;
        let day = on.0.unwrap_or_else(|| state.clock.today());
        all.on(day)
            .map(|catalogue| Json(catalogue_view(catalogue)))
            .ok_or_else(Fault::not_found)
    }

    /// List certificates
    ///
    /// Certificates in the caller's reach, by id, each with its status today; a worker sees his own.
    #[oai(path = "/", method = "get", operation_id = "listCertificates")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each query parameter is an argument"
    )]
    async fn list_certificates(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those of this township.
        region_id: Query<Option<Uuid>>,
        /// Only those of this person.
        person_id: Query<Option<Uuid>>,
        /// A whole certificate number.
        #[oai(validator(max_length = 50))]
        q: Query<Option<String>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<CertificatePage>> {
        let scope = caller.0.may(Action::ReadCertificates)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let text =
            q.0.as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty());
        let wanted = store::Wanted {
            region_id: region_id.0,
            person_id: person_id.0,
            number_hash: text.map(|text| store::search_hash(&state, text)),
        };
        let rows = store::certificates(state.db.read(), &scope, wanted, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let told = Told {
            rules: &regime::law(state.db.read()).await?,
            today: state.clock.today(),
            lang: caller.0.lang,
        };
        Ok(Json(CertificatePage::new((
            rows.into_iter().map(|row| told.view(row)).collect(),
            next,
        ))))
    }

    /// Show a certificate
    ///
    /// One certificate in the caller's reach, with its status today.
    #[oai(
        path = "/:certificate_id",
        method = "get",
        operation_id = "getCertificate"
    )]
    async fn get_certificate(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The certificate.
        certificate_id: Path<Uuid>,
    ) -> Result<Json<CertificateView>> {
        let scope = caller.0.may(Action::ReadCertificates)?;
        let row = store::certificate(state.db.read(), &scope, certificate_id.0).await?;
        let row = row.ok_or_else(Fault::not_found)?;
        let told = Told {
            rules: &regime::law(state.db.read()).await?,
            today: state.clock.today(),
            lang: caller.0.lang,
        };
        Ok(Json(told.view(row)))
    }

    /// Import a due list
    ///
    /// A frozen roster with its day and source. Good lines make the list, refused ones come back with reason and
    /// remedy; with `preview` nothing is written. The newest list decides which claims are on it, so only who
    /// reaches the whole county may import one. The same file again has no second effect.
    #[oai(
        path = "/due-list-imports",
        method = "post",
        operation_id = "importDueList"
    )]
    async fn import_due_list(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        form: DueListForm,
    ) -> Result<Json<ImportReport>> {
        let DueListForm {
            file,
            frozen_on,
            source,
            preview,
        } = form;
        let sheet = intake::take(file).await?;
        let retry = Retry::of(
            key.0,
            "importDueList",
            &(&sheet.hash, frozen_on, &source, preview),
        )?;
        let report = super::import_due_list(
            &state,
            &caller.0,
            retry,
            sheet.bytes,
            &sheet.name,
            frozen_on,
            &source,
            preview,
        );
        Ok(Json(report.await?))
    }

    /// List due lists
    ///
    /// The county's due lists in the order they were imported.
    #[oai(path = "/due-lists", method = "get", operation_id = "listDueLists")]
    async fn list_due_lists(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<DueListPage>> {
        let scope = caller.0.may(Action::ReadCertificates)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = due_lists::page(state.db.read(), &scope, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(DueListPage::new((
            rows.into_iter()
                .map(|row| due_list_view(&state, row))
                .collect(),
            next,
        ))))
    }

    /// List a due list's entries
    ///
    /// Who of the caller's reach is due a code, by certificate, and whether he has claimed it.
    #[oai(
        path = "/due-lists/:due_list_id/entries",
        method = "get",
        operation_id = "listDueEntries"
    )]
    async fn list_due_entries(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The due list.
        due_list_id: Path<Uuid>,
        /// Only those with a claim, or only those without.
        claimed: Query<Option<bool>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<DueEntryPage>> {
        let scope = caller.0.may(Action::ReadCertificates)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let list = due_lists::due_list(state.db.read(), &scope, due_list_id.0)
            .await?
            .ok_or_else(Fault::not_found)?;
        let rows = due_lists::entries(state.db.read(), &scope, list.id, claimed.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.certificate_id);
        Ok(Json(DueEntryPage::new((
            rows.into_iter().map(due_entry_view).collect(),
            next,
        ))))
    }

    /// Import claims from a sheet
    ///
    /// Codes claimed elsewhere. A claim that is there already is unchanged; what the sheet says of the due list is
    /// not believed. Refused lines come back with reason and remedy; with `preview` nothing is written.
    #[oai(
        path = "/claim-imports",
        method = "post",
        operation_id = "importClaims"
    )]
    async fn import_claims(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        form: ClaimsSheetForm,
    ) -> Result<Json<ImportReport>> {
        let sheet = intake::take(form.file).await?;
        let retry = Retry::of(key.0, "importClaims", &(&sheet.hash, form.preview))?;
        Ok(Json(
            super::import_claims(&state, &caller.0, retry, sheet.bytes, form.preview).await?,
        ))
    }

    /// Claim a code
    ///
    /// For a certificate of the caller's own, once.
    #[oai(path = "/claims", method = "post", operation_id = "claimCode")]
    async fn claim_code(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<ClaimInput>,
    ) -> Result<Json<ClaimView>> {
        let retry = Retry::of(key.0, "claimCode", &body.0)?;
        let ClaimInput {
            certificate_number,
            item_code,
        } = body.0;
        let number = ids::certificate_number(&Cell::Text(certificate_number))
            .map_err(|_| Fault::new(Code::IdNumberInvalid).at("/certificate_number"))?;
        let claim = super::claim_code(&state, &caller.0, retry, &number, item_code.trim()).await?;
        Ok(Json(claim_view(&state, claim)))
    }

    /// List claims
    ///
    /// Claims in the caller's reach, by id; a worker sees his own.
    #[oai(path = "/claims", method = "get", operation_id = "listClaims")]
    async fn list_claims(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those that count for this township.
        region_id: Query<Option<Uuid>>,
        /// Only those on the newest due list, or only those outside it.
        on_list: Query<Option<bool>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<ClaimPage>> {
        let scope = caller.0.may(Action::ReadCertificates)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows =
            store::claims::claims(state.db.read(), &scope, region_id.0, on_list.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        Ok(Json(ClaimPage::new((
            rows.into_iter()
                .map(|row| claim_view(&state, row))
                .collect(),
            next,
        ))))
    }

    /// Show a claim
    ///
    /// One claim in the caller's reach.
    #[oai(path = "/claims/:claim_id", method = "get", operation_id = "getClaim")]
    async fn get_claim(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The claim.
        claim_id: Path<Uuid>,
    ) -> Result<Json<ClaimView>> {
        let scope = caller.0.may(Action::ReadCertificates)?;
        let row = store::claims::claim(state.db.read(), &scope, claim_id.0).await?;
        row.map(|row| Json(claim_view(&state, row)))
            .ok_or_else(Fault::not_found)
    }
}
