//! The certificate code TC1: claimed, bound to a phone, signed, shown, checked, ended (安全码).
//!
//! Owns `code_root`, `issuer_key`, `key_set`, `trust_bundle`, `certificate_code`, `code_claim`, `code_event`,
//! `code_proof`, in `reviews/` `claim_review`, in `inspections/` `inspection`, in `batches/` `suspension_batch` and
//! `suspension_batch_item`.
//! Invariants: a person has one living code; a code's place in the status list is drawn at random and never used
//! again; no private half of a root is ever in the database; the version of a trust bundle only rises, and whatever
//! changes a code makes the bundle stale in its own transaction; a code follows its certificates, unless a person
//! holds it. May not enter: which certificates there are and what the law makes of them (that is `certificates`), and
//! the county's safety code for people in risk areas, which is another code with another roster.

pub mod api;
pub mod base41;
pub mod batches;
pub mod bundle;
mod card;
pub mod cbor;
pub mod check;
pub mod claim;
pub mod cose;
mod ground;
pub mod inspections;
mod issue;
pub mod keys;
pub mod life;
pub mod presentation;
pub mod print;
pub mod refresh;
pub mod render;
pub mod reviews;
pub mod rules;
pub mod status_list;
mod store;
pub mod tc1;
pub mod trust;
pub mod verdict;
mod words;

use crate::platform::db;
use crate::platform::idempotency::{Begun, Retry, Work};
use crate::platform::reseal::Column;
use crate::platform::{Caller, Fault, Result, Scope, State};

pub use issue::one_typed as random_typed;
pub use store::Issued;
pub use store::events::Event;

/// What the seal binds an issuer key's private half to.
const ISSUER_PURPOSE: &str = "issuer.key";

/// The columns of sealed values, to be sealed anew when another key is in use.
pub const SEALED: &[Column] = &[Column::new("issuer_key", "private_sealed", ISSUER_PURPOSE)];

/// Puts all who change a county's codes or make its bundle in line: none may tell what another is changing.
async fn in_line(work: &Work<'_>) -> Result<()> {
    db::lock_in_line(&work.tx, &format!("codes:{}", work.by.county_id)).await
}

/// Work that is to be done, or the code that the same request made or changed before.
enum Start<'a> {
    Fresh(Work<'a>),
    Again(Box<Issued>),
}

/// Begins work on a code whose id is kept for a retry.
async fn start<'a>(
    state: &'a State,
    by: &'a Caller,
    retry: Retry,
    scope: &Scope,
) -> Result<Start<'a>> {
    match state.begin(by, retry).await? {
        Begun::Fresh(work) => Ok(Start::Fresh(work)),
        Begun::Again(id) => {
            let code = store::code(state.db.read(), scope, id).await?;
            code.map(|code| Start::Again(Box::new(code)))
                .ok_or_else(Fault::not_found)
        }
    }
}
