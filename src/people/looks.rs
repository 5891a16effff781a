//! Looks at what is personal: each has a reason, stands in the audit log, and is shown to whom it was about (谁看过我).

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ID_PURPOSE, PHONE_PURPOSE, contacts, rules, store};
use crate::audit;
use crate::platform::{Action, Caller, Fault, Result, Scope, State};

/// The audit log's word for a number shown in full.
const REVEALED: &str = "people.reveal_id_number";
/// The audit log's word for somebody's data taken away whole: written by the archives.
pub const EXPORTED: &str = "archives.export_person";
/// The audit log's word for a photo of his certificate: written by the codes.
pub const PHOTO_SEEN: &str = "codes.see_photo";

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "snake_case")]
pub enum LookKind {
    /// 完整证件号码
    IdNumber,
    /// 全部个人数据导出
    Export,
    /// 证件照片
    Photo,
}

/// One look at what is personal.
#[derive(Clone, Debug)]
pub struct Look {
    /// Place in the audit chain.
    pub seq: i64,
    /// Microseconds since 1970.
    pub at: i64,
    /// The login that looked.
    pub actor: String,
    pub kind: LookKind,
    /// Why; empty where somebody looked at himself.
    pub reason: String,
}

/// Numbers in full.
#[derive(Clone, Debug)]
pub struct InFull {
    pub id_number: String,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// Shows an ID number in full, for a reason; each look is in the audit log.
///
/// # Errors
/// `forbidden`, `invalid_field`, `not_found`.
pub async fn reveal_id_number(
    state: &State,
    by: &Caller,
    person_id: Uuid,
    reason: &str,
) -> Result<String> {
    let scope = by.may(Action::RevealIdNumber)?;
    let reason = rules::reason(reason)?;
    let work = state.begin_plain(by).await?;
    let seen = in_full(&work.tx, state, &scope, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    audit::record(
        &work,
        REVEALED,
        ("person", person_id.to_string()),
        json!({"reason": reason}),
    )
    .await?;
    work.commit(&()).await?;
    Ok(seen.id_number)
}

/// The numbers of a person in scope, in full. Whoever calls this records it.
///
/// # Errors
/// `internal` when a number cannot be opened.
pub async fn in_full(
    db: &impl ConnectionTrait,
    state: &State,
    scope: &Scope,
    person_id: Uuid,
) -> Result<Option<InFull>> {
    let Some((id, phone)) = store::sealed_numbers(db, scope, person_id).await? else {
        return Ok(None);
    };
    let phone = phone.map(|phone| state.seal.open_text(PHONE_PURPOSE, &phone));
    let reached = contacts::reachable(db, state, scope.county_id, &[person_id]).await?;
    Ok(Some(InFull {
        id_number: state.seal.open_text(ID_PURPOSE, &id)?,
        phone: phone.transpose()?,
        email: reached.into_iter().next().and_then(|found| found.email),
    }))
}

/// Who looked at a person's data, newest first; the caller has made sure that the person may be seen.
///
/// # Errors
/// Database faults.
pub async fn looks(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    person_id: Uuid,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Look>> {
    let kinds = [REVEALED, EXPORTED, PHOTO_SEEN];
    let entries =
        audit::done_to(db, county_id, ("person", person_id), &kinds, before, limit).await?;
    Ok(entries.into_iter().map(look).collect())
}

fn look(entry: audit::Entry) -> Look {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    Look {
        seq: entry.seq,
        at: entry.at,
        actor: entry.actor,
        kind: match entry.action.as_str() {
            EXPORTED => LookKind::Export,
            PHOTO_SEEN => LookKind::Photo,
            _ => LookKind::IdNumber,
        },
        reason: detail["reason"].as_str().unwrap_or_default().to_owned(),
    }
}
