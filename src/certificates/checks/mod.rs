//! Looks at the issuer's site (发证机关核验): who looked a certificate up, when, with what result.
//!
//! Owns `issuer_check`. Invariants: a look is added and never changed; the latest day of looking decides what is known of
//! the certificate. May not enter: the site itself, which a person opens; the service never reads it.

pub mod api;
pub mod rules;
mod store;

use serde_json::json;
use uuid::Uuid;

use super::{in_line, refresh};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Fault, Result, Scope, State, clock};
use crate::{audit, fresh};

pub use rules::{Check, CheckResult, NewCheck};

/// Records a look at the issuer's site of a certificate in scope: the look itself, and what it makes known.
///
/// A look of an earlier day than one on record is kept and changes nothing of the certificate.
///
/// # Errors
/// `not_found` outside the scope; `invalid_field`.
pub async fn record_issuer_check(
    work: &Work<'_>,
    scope: &Scope,
    id: Uuid,
    told: NewCheck,
) -> Result<Check> {
    in_line(work).await?;
    let certificate = super::store::certificate(&work.tx, scope, id).await?;
    let certificate = certificate.ok_or_else(Fault::not_found)?;
    rules::check(&told, work.state.clock.today())?;
    let last = store::last_day(&work.tx, id).await?;
    let decides = last.is_none_or(|last| last <= told.checked_on);
    let before = certificate.on_record();
    let after = if decides {
        rules::after(&before, &told)
    } else {
        before
    };
    let check = Check {
        id: clock::new_id(),
        certificate_id: id,
        checked_on: told.checked_on,
        result: told.result,
        valid_until: told.valid_until,
        review_due: told.review_due,
        reviewed_on: told.reviewed_on,
        unbroken_ten_years: told.unbroken_ten_years,
        note: told.note,
        checked_by: work.by.account().map(|_| work.by.login.clone()),
        recorded_at: work.now,
    };
    store::insert(work, &check).await?;
    if after != before {
        super::store::register::set_record(&work.tx, id, &after).await?;
        refresh::facts_changed(work, &[id]).await?;
    }
    let detail = json!({
        "result": check.result, "checked_on": check.checked_on, "before": before.issuer_state,
        "after": after.issuer_state, "valid_until": after.valid_until, "review_due": after.review_due,
    });
    let subject = ("certificate", id.to_string());
    audit::record(work, "certificates.record_issuer_check", subject, detail).await?;
    Ok(check)
}

/// Records a look at the issuer's site as a unit of work of its own.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_field`.
pub async fn record(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    told: NewCheck,
) -> Result<Check> {
    let scope = by.may(Action::ManageCertificates)?;
    let work = fresh!(state.begin(by, retry).await?);
    let check = record_issuer_check(&work, &scope, id, told).await?;
    work.commit(&check).await?;
    Ok(check)
}
