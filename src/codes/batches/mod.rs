//! Certificates suspended many at once for one cause, and given back (批量暂停、撤回).
//!
//! Owns `suspension_batch`, `suspension_batch_item`. Invariants: a batch's list is frozen when it is staged, and is what
//! its preview showed; only what stood active is suspended; undoing gives back only what this batch suspended, what still
//! stands suspended, and what no other batch asks to stay so; codes follow in the transaction of their certificates. May
//! not enter: which certificates there are (that is `certificates`), what a code makes of them (that is `refresh`).

pub mod api;
pub mod rules;
mod run;
mod stage;
mod store;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::certificates::Picked;
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Code, Fault, Result, State};

pub use run::{BATCH_JOB, apply, run_job, undo};
pub use stage::{Preview, preview, stage};
pub use store::{Batch, Member};

/// Which certificates are meant: all that fit everything that is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    pub training_centre: Option<String>,
    pub item_code: Option<String>,
    pub region_id: Option<Uuid>,
    pub enterprise_id: Option<Uuid>,
    pub issued_from: Option<NaiveDate>,
    pub issued_to: Option<NaiveDate>,
    pub certificate_ids: Option<Vec<Uuid>>,
}

impl Selection {
    fn picked(&self) -> Picked {
        Picked {
            ids: self.certificate_ids.clone(),
            training_centre: self.training_centre.clone(),
            item_code: self.item_code.clone(),
            region_id: self.region_id,
            enterprise_id: self.enterprise_id,
            issued_from: self.issued_from,
            issued_to: self.issued_to,
        }
    }

    /// Whether it says anything: nobody suspends a whole county by leaving a form empty.
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A batch of the caller's county.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn get(state: &State, by: &Caller, id: Uuid) -> Result<Batch> {
    let scope = by.may(Action::ManageBatches)?;
    store::batch(state.db.read(), &scope, id)
        .await?
        .ok_or_else(Fault::not_found)
}

/// A page of batches, by id.
///
/// # Errors
/// `forbidden`.
pub async fn list(state: &State, by: &Caller, page: &Page) -> Result<Vec<Batch>> {
    let scope = by.may(Action::ManageBatches)?;
    store::batches(state.db.read(), &scope, page).await
}

/// A page of a batch's certificates, by certificate.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn members(state: &State, by: &Caller, id: Uuid, page: &Page) -> Result<Vec<Member>> {
    let batch = get(state, by, id).await?;
    store::members(state.db.read(), batch.id, page).await
}

/// Words that a holder will read: something, and not a novel.
fn said(words: &str, field: &'static str) -> Result<String> {
    let words = words.trim();
    let at = format!("/{field}");
    if words.is_empty() {
        return Err(Fault::new(Code::FieldMissing).with("field", field).at(&at));
    }
    if words.chars().count() > rules::MAX_CAUSE {
        return Err(Fault::field(&at, format!("1–{}", rules::MAX_CAUSE)));
    }
    Ok(words.to_owned())
}
