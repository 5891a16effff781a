//! Staff (工作人员): who holds which role where, a role changed, an account closed and opened again.
//!
//! Invariants: whoever changes an account could have given every role it holds and the one it gets; nobody changes his
//! own; a change ends the account's sessions. Workers are no staff: their accounts follow their files.

pub mod api;
mod store;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::invitations::{self, Seat};
use super::{rules, store as accounts};
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Code, Fault, Result, Role, Scope, State, sessions};
use crate::{audit, fresh};

/// How far an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum AccountState {
    /// 已邀请，未接受
    Invited,
    /// 正常
    Active,
    /// 已停用
    Disabled,
}

/// A role and where it is held, with the place's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub role: Role,
    pub region_id: Option<Uuid>,
    pub enterprise_id: Option<Uuid>,
    pub place: String,
}

/// An account of somebody on the staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    pub id: Uuid,
    pub login: String,
    pub name: String,
    pub email_masked: Option<String>,
    pub state: AccountState,
    /// Those within the caller's reach.
    pub posts: Vec<Post>,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// When a session of it was last opened or renewed, as far as that is kept.
    pub seen_at: Option<i64>,
}

impl Staff {
    /// Whether a caller could have given all that is held here, and it is not himself.
    #[must_use]
    pub fn may_be_changed_by(&self, by: &Caller) -> bool {
        let gives = |post: &Post| {
            let mut grants = by.grants.iter();
            grants.any(|grant| rules::may_give(grant.role, post.role))
        };
        self.id != by.account_id && self.posts.iter().all(gives)
    }
}

/// Whom a list asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// Part of a name or a login.
    pub text: Option<&'a str>,
    pub role: Option<Role>,
    pub state: Option<AccountState>,
}

/// A page of the staff within the caller's reach, by id.
///
/// # Errors
/// `forbidden`; database faults.
pub async fn list(
    state: &State,
    by: &Caller,
    wanted: &Wanted<'_>,
    page: &Page,
) -> Result<(Vec<Staff>, Option<String>)> {
    let scope = by.may(Action::ReadAccounts)?;
    let tx = state.db.begin_read().await?;
    let rows = store::page(&tx, &scope, wanted, page).await?;
    let (rows, next) = page.cut(rows, |row| row.id);
    let staff = store::staff(&tx, &scope, rows).await?;
    tx.commit().await?;
    Ok((staff, next))
}

/// One of them.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn show(state: &State, by: &Caller, id: Uuid) -> Result<Staff> {
    let scope = by.may(Action::ReadAccounts)?;
    let tx = state.db.begin_read().await?;
    let staff = one(&tx, &scope, id).await?;
    tx.commit().await?;
    Ok(staff)
}

async fn one(db: &impl sea_orm::ConnectionTrait, scope: &Scope, id: Uuid) -> Result<Staff> {
    let row = store::one(db, scope, id).await?;
    let row = row.ok_or_else(Fault::not_found)?;
    let mut staff = store::staff(db, scope, vec![row]).await?;
    staff.pop().ok_or_else(Fault::not_found)
}

/// What is done to an account.
#[derive(Clone, Debug, Serialize)]
pub enum Change {
    /// It holds another role from now on, or the same elsewhere.
    Seat(Seat),
    /// Nobody comes in by it, until it is opened again.
    Disable,
    /// It is open again.
    Enable,
}

/// Changes an account of the staff; its sessions end with it.
///
/// # Errors
/// `forbidden` for a role one may not give; `own_account`; `not_found`; `stale`; `region_unknown`,
/// `enterprise_unknown`.
pub async fn change(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    (change, reason): (Change, &str),
    seen: Seen<Staff>,
) -> Result<Staff> {
    let scope = by.may(Action::InviteAccounts)?;
    let work = fresh!(state.begin(by, retry).await?);
    one(&work.tx, &scope, id).await?;
    if id == by.account_id {
        return Err(Fault::new(Code::OwnAccount));
    }
    accounts::hold(&work.tx, id).await?;
    // As it stands once it is held.
    let was = one(&work.tx, &scope, id).await?;
    seen.check(&was)?;
    if !invitations::reaches(&work, id).await? {
        return Err(Fault::new(Code::Forbidden));
    }
    let told = take(&work, id, &change).await?;
    let ended = accounts::end_all(&work.tx, id, work.now).await?;
    let (action, mut detail) = told;
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("login".to_owned(), json!(was.login));
        fields.insert("reason".to_owned(), json!(reason));
    }
    audit::record(&work, action, ("account", id.to_string()), detail).await?;
    let now = one(&work.tx, &scope, id).await?;
    work.commit(&now).await?;
    sessions::note(state, &ended);
    Ok(now)
}

async fn take(
    work: &Work<'_>,
    id: Uuid,
    change: &Change,
) -> Result<(&'static str, serde_json::Value)> {
    match change {
        Change::Seat(seat) => {
            let held = invitations::place(work, seat).await?;
            accounts::set_role(&work.tx, work.by.county_id, id, &held, work.now).await?;
            Ok(("accounts.set_role", json!({"role": seat.role.word()})))
        }
        Change::Disable => {
            accounts::set_disabled(&work.tx, id, Some(work.now)).await?;
            Ok(("accounts.disable", json!({})))
        }
        Change::Enable => {
            accounts::set_disabled(&work.tx, id, None).await?;
            Ok(("accounts.enable", json!({})))
        }
    }
}
