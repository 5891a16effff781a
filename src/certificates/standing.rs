//! The standing of certificates, changed for many at once, and what the codes need to know of them.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::regime::{IssuerState, OnRecord, Standing};
use super::rules::Certificate;
use super::{in_line, store};
use crate::platform::db::IN_LIST;
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::{Fault, Result, Scope};

/// Which certificates are picked; what is not said picks all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    /// Of these; at most 5,000.
    pub ids: Option<Vec<Uuid>>,
    /// Where their holders were trained for them (培训机构), as written.
    pub training_centre: Option<String>,
    pub item_code: Option<String>,
    pub region_id: Option<Uuid>,
    pub enterprise_id: Option<Uuid>,
    /// First issued on that day or later.
    pub issued_from: Option<NaiveDate>,
    /// First issued on that day or before.
    pub issued_to: Option<NaiveDate>,
}

/// Certificates that were picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// All of them in reach, not only those of this page.
    pub count: u64,
    /// A page of them by id, with one row more where another page follows.
    pub rows: Vec<Certificate>,
}

/// What a person's code is made of: one certificate with all that its dates and its status rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    pub id: Uuid,
    pub item_code: String,
    /// Place of its catalogue among all, by their first days: 0 is the oldest.
    pub catalogue: u8,
    pub first_issued: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub reviewed_on: Option<NaiveDate>,
    pub review_due: Option<NaiveDate>,
    pub unbroken_ten_years: bool,
    pub standing: Standing,
    pub issuer_state: IssuerState,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub training_centre: String,
    /// A code was claimed for it.
    pub claimed: bool,
}

impl CertificateFacts {
    /// What its dates and its status rest on: for `regime::dates` and `regime::status_on`.
    #[must_use]
    pub const fn on_record(&self) -> OnRecord {
        OnRecord {
            first_issued: self.first_issued,
            valid_until: self.valid_until,
            reviewed_on: self.reviewed_on,
            review_due: self.review_due,
            unbroken_ten_years: self.unbroken_ten_years,
            issuer_state: self.issuer_state,
        }
    }
}

/// Gives certificates in scope another standing, all at once, and tells how each stood before, in the order of ids.
///
/// Those outside the scope are left out and left alone; one that stands so already is told with that. Whoever calls this
/// records it and sees to the codes.
///
/// # Errors
/// Database faults.
pub async fn set_standing(
    work: &Work<'_>,
    scope: &Scope,
    ids: &[Uuid],
    standing: Standing,
) -> Result<Vec<(Uuid, Standing)>> {
    in_line(work).await?;
    store::standing::set(&work.tx, scope, ids, standing).await
}

/// Certificates in scope that fit, counted, with a page of them by id: cut it with [`Page::cut`].
///
/// # Errors
/// `invalid_field` when more than 5,000 ids are named.
pub async fn select(
    db: &impl ConnectionTrait,
    scope: &Scope,
    picked: &Picked,
    page: &Page,
) -> Result<Selection> {
    bounded(picked)?;
    Ok(Selection {
        count: store::standing::count(db, scope, picked).await?,
        rows: store::standing::page(db, scope, picked, page).await?,
    })
}

/// Every certificate in scope that fits, with its holder, in the order of ids.
///
/// # Errors
/// `invalid_field` when more than 5,000 ids are named.
pub async fn select_all(
    db: &impl ConnectionTrait,
    scope: &Scope,
    picked: &Picked,
) -> Result<Vec<(Uuid, Uuid)>> {
    bounded(picked)?;
    store::standing::all(db, scope, picked).await
}

fn bounded(picked: &Picked) -> Result<()> {
    if picked.ids.as_ref().is_some_and(|ids| ids.len() > IN_LIST) {
        return Err(Fault::field("/ids", format!("≤ {IN_LIST}")));
    }
    Ok(())
}

/// All certificates of these people of a county, by person, each person's in the order of ids.
///
/// # Errors
/// Database faults.
pub async fn facts_of_people(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    people: &[Uuid],
) -> Result<HashMap<Uuid, Vec<CertificateFacts>>> {
    store::standing::facts_of_people(db, county_id, people).await
}
