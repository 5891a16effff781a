//! Checks in a person's export: of his certificates at their issuer, of his code at a gate.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use uuid::Uuid;

use crate::archives::store::person::{CheckRow, InspectionRow};
use crate::platform::App;

/// A check that was logged.
#[derive(Debug, Clone, Object)]
pub struct ExportedInspection {
    /// When.
    pub at: DateTime<FixedOffset>,
    /// Where.
    pub place: String,
    /// The colour that was seen.
    pub colour: String,
    /// The word of its reason.
    pub reason: String,
    /// The role of whoever checked.
    pub by_role: String,
    /// The township or county of whoever checked.
    pub by_region: String,
}

/// A look at the issuer's site.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ExportedIssuerCheck {
    /// The certificate.
    pub certificate_id: Uuid,
    /// The day it was looked up.
    pub checked_on: NaiveDate,
    /// What was found.
    pub result: String,
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
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
}

pub(super) fn inspection(state: &App, row: InspectionRow) -> ExportedInspection {
    ExportedInspection {
        at: state.clock.local(row.checked_at),
        place: row.place,
        colour: row.colour,
        reason: row.reason,
        by_role: row.by_role,
        by_region: row.by_region,
    }
}

pub(super) fn check(state: &App, row: CheckRow) -> ExportedIssuerCheck {
    ExportedIssuerCheck {
        certificate_id: row.certificate_id,
        checked_on: row.checked_on,
        result: row.result,
        valid_until: row.valid_until,
        review_due: row.review_due,
        reviewed_on: row.reviewed_on,
        unbroken_ten_years: row.unbroken_ten_years,
        note: row.note,
        recorded_at: state.clock.local(row.recorded_at),
    }
}
