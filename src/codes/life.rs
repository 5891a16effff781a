//! A code suspended, revoked, given back: by its holder or by an officer (暂停、撤销、恢复).

use serde_json::json;
use uuid::Uuid;

use super::rules::{self, CodeState, Deed, MAX_REASON};
use super::store::{self, Issued};
use super::{Start, in_line, refresh, start, words};
use crate::audit;
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State};

/// An officer suspends, revokes or reinstates a code in his reach.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`, `field_missing` without a reason, `code_not_so` when it cannot be done to a code
/// as it is, `code_exists` when its holder has another living code.
pub async fn change(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    (deed, reason): (Deed, &str),
    seen: Seen<Issued>,
) -> Result<Issued> {
    let scope = by.may(Action::ManageCodes)?;
    let reason = read_reason(reason)?;
    let work = match start(state, by, retry, &scope).await? {
        Start::Fresh(work) => work,
        Start::Again(code) => return Ok(*code),
    };
    in_line(&work).await?;
    let code = store::code(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&code)?;
    let changed = apply(&work, code, deed, &reason).await?;
    work.commit(&changed.id).await?;
    Ok(changed)
}

/// A holder suspends his own code: the phone is lost or stolen.
///
/// # Errors
/// `forbidden`, `not_found` when he has none, `code_not_so` when it is suspended already.
pub async fn suspend_own(state: &State, by: &Caller, retry: Retry, reason: &str) -> Result<Issued> {
    let scope = by.may(Action::ClaimOwnCode)?;
    let reason = read_reason(reason)?;
    let work = match start(state, by, retry, &scope).await? {
        Start::Fresh(work) => work,
        Start::Again(code) => return Ok(*code),
    };
    in_line(&work).await?;
    let people: Vec<Uuid> = scope.persons.clone();
    let code = store::living_of(&work.tx, by.county_id, &people)
        .await?
        .into_values()
        .next()
        .ok_or_else(Fault::not_found)?;
    let changed = apply(&work, code, Deed::SuspendByHolder, &reason).await?;
    work.commit(&changed.id).await?;
    Ok(changed)
}

/// A reason: something, and not a novel.
pub(super) fn read_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Fault::new(Code::FieldMissing)
            .with("field", "reason")
            .at("/reason"));
    }
    if reason.chars().count() > MAX_REASON {
        return Err(Fault::field("/reason", format!("1–{MAX_REASON}")));
    }
    Ok(reason.to_owned())
}

/// The words by which a deed is kept: in the code's history, the audit log and the mail to its owner.
const fn word(deed: Deed) -> &'static str {
    match deed {
        Deed::SuspendByHolder => "suspended_by_holder",
        Deed::SuspendByOfficer => "suspended",
        Deed::Revoke => "revoked",
        Deed::Reinstate => "reinstated",
    }
}

async fn apply(work: &Work<'_>, code: Issued, deed: Deed, reason: &str) -> Result<Issued> {
    let (state, held_by) = rules::after(code.state, code.held_by, deed)
        .ok_or_else(|| Fault::new(Code::CodeNotSo).with("state", code.state.word()))?;
    let comes_back = state.lives() && !code.state.lives();
    if comes_back {
        let living = store::living_of(&work.tx, code.county_id, &[code.person_id]).await?;
        if !living.is_empty() {
            return Err(Fault::new(Code::CodeExists));
        }
    }
    store::set_state(work, &[code.id], state, held_by, reason).await?;
    store::events::insert(work, word(deed), reason, &[code.id]).await?;
    store::keys::mark_stale(work).await?;
    if state == CodeState::Active {
        // While a person held it, its certificates may have changed.
        refresh::follow(work, &[code.person_id]).await?;
    }
    let action = format!("codes.{}", word(deed));
    let detail = json!({"reason": reason, "was": code.state.word()});
    words::tell(work, &[code.person_id], word(deed), reason).await?;
    audit::record(
        work,
        &action,
        ("certificate_code", code.id.to_string()),
        detail,
    )
    .await?;
    let county = Scope::county(code.county_id);
    store::code(&work.tx, &county, code.id)
        .await?
        .ok_or_else(|| Fault::internal("a code just changed is gone"))
}
