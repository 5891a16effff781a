//! The catalogue, the register, the due list and its claims (作业目录、证书、应领名单、领码).
//!
//! Owns `catalogue_version`, `catalogue_item`, `certificate`, `due_list`, `due_entry`, `claim`, `claim_progress`; the folders
//! `regime/` and `checks/` own a table each. Invariants: a certificate is its number and item; a due list never changes
//! once imported; there is one claim per certificate, and whether it is on the list is decided by the newest due list
//! alone; `claim_progress` changes only in the transaction of the claims and lists it counts; no sheet changes a
//! certificate's standing, and none overrules its issuer. May not enter: the county's safety code for people in risk areas,
//! which is another code with another roster; the colours of a verdict.

pub mod api;
mod catalogue;
pub mod checks;
mod claims;
mod due_lists;
mod refresh;
pub mod regime;
mod register;
mod roster;
pub mod rules;
mod rules_facts;
mod sheet;
mod standing;
mod store;

use crate::platform::Result;
use crate::platform::db;
use crate::platform::idempotency::Work;
use crate::platform::reseal::Column;

pub use catalogue::{catalogues, ensure_catalogue};
pub use checks::{Check, CheckResult, NewCheck, record_issuer_check};
pub use claims::{claim_code, claim_for, import_claims};
pub use due_lists::import_due_list;
pub use refresh::{REFRESH_JOB, facts_changed, people_changed};
pub use regime::{IssuerState, OnRecord, Standing, Status, ensure_rules};
pub use register::{NewCertificate, register};
pub use rules::{Certificate, Claim, ClaimMethod, ClaimProgress, DueList};
pub use standing::{
    CertificateFacts, Picked, Selection, facts_of_people, select, select_all, set_standing,
};
pub use store::claims::{claimants, progress, progress_through};
pub use store::own::progress_of_own;

/// What the seal binds a certificate's number to.
pub const NUMBER_PURPOSE: &str = "certificate.number";

/// The columns of sealed values, to be sealed anew when another key is in use.
pub const SEALED: &[Column] = &[Column::new("certificate", "number_sealed", NUMBER_PURPOSE)];

/// Puts all who change a county's lists and claims in line: an import must not judge by a list that another replaces.
async fn in_line(work: &Work<'_>) -> Result<()> {
    db::lock_in_line(&work.tx, &format!("claims:{}", work.by.county_id)).await
}
