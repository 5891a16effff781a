//! What the room's operations take and answer.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use crate::certificates::regime::{IssuerState, Rules, Standing, Status, status_on};
use crate::certificates::rules::{Catalogue, Certificate, Claim, ClaimMethod, DueEntry, DueList};
use crate::page_of;
use crate::platform::App;
use crate::platform::locale::Lang;

/// A catalogue of special-operation items.
#[derive(Debug, Clone, Object)]
pub struct CatalogueView {
    /// Its version.
    pub version: String,
    /// First day it is in force.
    pub effective_from: NaiveDate,
    /// The order that issued it.
    pub source: String,
    /// Its items, in the order of their codes.
    pub items: Vec<CatalogueItemView>,
}

/// A special-operation item (操作项目).
#[derive(Debug, Clone, Object)]
pub struct CatalogueItemView {
    /// Code, such as 1.2; 1.1 and 1.10 are two codes.
    pub code: String,
    /// Category in Chinese.
    pub category_zh: String,
    /// Item in Chinese.
    pub item_zh: String,
    /// Category in English.
    pub category_en: String,
    /// Item in English.
    pub item_en: String,
}

/// A special-operation certificate, its number masked.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CertificateView {
    /// Id.
    pub id: Uuid,
    /// Its holder.
    pub person_id: Uuid,
    /// The holder's name.
    pub person_name: String,
    /// "T" and the holder's ID number, masked.
    pub certificate_number: String,
    /// Code of the item it is for.
    pub item_code: String,
    /// The catalogue the code belongs to.
    pub catalogue_version: String,
    /// First issued on.
    pub first_issued: Option<NaiveDate>,
    /// Valid until, that day included.
    pub valid_until: Option<NaiveDate>,
    /// The township it counts for.
    pub region_id: Uuid,
    /// The holder's enterprise, where it is one on file.
    pub enterprise_id: Option<Uuid>,
    /// Its name as entered.
    pub enterprise_name: String,
    /// Where the holder was trained for it; empty where nobody says.
    pub training_centre: String,
    /// Last re-examination passed.
    pub reviewed_on: Option<NaiveDate>,
    /// Next re-examination, as a list or the issuer has it.
    pub review_due: Option<NaiveDate>,
    /// The issuer has agreed to the longer time for ten years' unbroken lawful work.
    pub unbroken_ten_years: bool,
    /// Whether the certificate itself stands.
    pub standing: Standing,
    /// What is known of it from its issuer.
    pub issuer_state: IssuerState,
    /// How it stands today.
    pub status: Status,
    /// That in the reader's words.
    pub status_words: String,
}

/// A frozen roster of who is due a code.
#[derive(Debug, Clone, Object)]
pub struct DueListView {
    /// Id.
    pub id: Uuid,
    /// The day it was frozen.
    pub frozen_on: NaiveDate,
    /// Who drew it up.
    pub source: String,
    /// Name of the sheet it came as.
    pub file_name: String,
    /// Certificates on it.
    pub entries: i64,
    /// When it was imported.
    pub imported_at: DateTime<FixedOffset>,
}

/// A certificate on a due list.
#[derive(Debug, Clone, Object)]
pub struct DueEntryView {
    /// The certificate.
    pub certificate_id: Uuid,
    /// Its holder.
    pub person_id: Uuid,
    /// The holder's name.
    pub person_name: String,
    /// "T" and the holder's ID number, masked.
    pub certificate_number: String,
    /// Code of the item it is for.
    pub item_code: String,
    /// The township it counts for.
    pub region_id: Uuid,
    /// A code was claimed for it.
    pub claimed: bool,
}

/// A claimed code.
#[derive(Debug, Clone, Object)]
pub struct ClaimView {
    /// Id.
    pub id: Uuid,
    /// The certificate it was claimed for.
    pub certificate_id: Uuid,
    /// The holder.
    pub person_id: Uuid,
    /// The holder's name.
    pub person_name: String,
    /// "T" and the holder's ID number, masked.
    pub certificate_number: String,
    /// Code of the certificate's item.
    pub item_code: String,
    /// The township it counts for: the due list's where it is on it.
    pub region_id: Uuid,
    /// The certificate is on the newest due list.
    pub on_list: bool,
    /// By the holder himself, with many others from a sheet, or with an officer's help.
    pub method: ClaimMethod,
    /// When it was claimed, as far as this service knows.
    pub claimed_at: DateTime<FixedOffset>,
}

/// Which certificate the caller claims a code for.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct ClaimInput {
    /// "T" and the caller's ID number; checked.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub certificate_number: String,
    /// Code of its item, such as 1.2.
    #[oai(validator(min_length = 1, max_length = 8))]
    pub item_code: String,
}

page_of!(
    /// A page of certificates.
    CertificatePage,
    CertificateView
);
page_of!(
    /// A page of due lists.
    DueListPage,
    DueListView
);
page_of!(
    /// A page of a due list's entries.
    DueEntryPage,
    DueEntryView
);
page_of!(
    /// A page of claims.
    ClaimPage,
    ClaimView
);

pub(super) fn catalogue_view(catalogue: &Catalogue) -> CatalogueView {
    let items = catalogue.items.iter().cloned();
    CatalogueView {
        version: catalogue.version.clone(),
        effective_from: catalogue.effective_from,
        source: catalogue.source.clone(),
        items: items
            .map(|item| CatalogueItemView {
                code: item.code,
                category_zh: item.category_zh,
                item_zh: item.item_zh,
                category_en: item.category_en,
                item_en: item.item_en,
            })
            .collect(),
    }
}

/// By what a certificate's status is told.
pub(super) struct Told<'a> {
    pub(super) rules: &'a Rules,
    pub(super) today: NaiveDate,
    pub(super) lang: Lang,
}

impl Told<'_> {
    pub(super) fn view(&self, row: Certificate) -> CertificateView {
        let status = status_on(&row.on_record(), row.standing, self.rules, self.today);
        CertificateView {
            id: row.id,
            person_id: row.person_id,
            person_name: row.person_name,
            certificate_number: row.number_masked,
            item_code: row.item_code,
            catalogue_version: row.catalogue_version,
            first_issued: row.facts.first_issued,
            valid_until: row.facts.valid_until,
            region_id: row.region_id,
            enterprise_id: row.facts.enterprise_id,
            enterprise_name: row.facts.enterprise_name,
            training_centre: row.facts.training_centre,
            reviewed_on: row.facts.reviewed_on,
            review_due: row.facts.review_due,
            unbroken_ten_years: row.unbroken_ten_years,
            standing: row.standing,
            issuer_state: row.issuer_state,
            status,
            status_words: status.text(self.lang).to_owned(),
        }
    }
}

pub(super) fn due_list_view(state: &App, row: DueList) -> DueListView {
    DueListView {
        id: row.id,
        frozen_on: row.frozen_on,
        source: row.source,
        file_name: row.file_name,
        entries: row.entries,
        imported_at: state.clock.local(row.imported_at),
    }
}

pub(super) fn due_entry_view(row: DueEntry) -> DueEntryView {
    DueEntryView {
        certificate_id: row.certificate_id,
        person_id: row.person_id,
        person_name: row.person_name,
        certificate_number: row.number_masked,
        item_code: row.item_code,
        region_id: row.region_id,
        claimed: row.claimed,
    }
}

pub(super) fn claim_view(state: &App, row: Claim) -> ClaimView {
    ClaimView {
        id: row.id,
        certificate_id: row.certificate_id,
        person_id: row.person_id,
        person_name: row.person_name,
        certificate_number: row.number_masked,
        item_code: row.item_code,
        region_id: row.region_id,
        on_list: row.on_list,
        method: row.method,
        claimed_at: state.clock.local(row.claimed_at),
    }
}
