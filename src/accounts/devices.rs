//! The sessions of an account: listed and ended by their owner, ended when the account is (登录设备).

use serde_json::json;
use uuid::Uuid;

use super::store;
use crate::audit;
use crate::platform::{Caller, Fault, Result, State, sessions};

pub use super::store::devices::Device;

/// The caller's sessions that can still be refreshed, newest first.
///
/// # Errors
/// Database faults.
pub async fn list(state: &State, by: &Caller) -> Result<Vec<Device>> {
    store::devices::of_account(state.db.read(), by.account_id, state.clock.now()).await
}

/// Ends one session of the caller's; one that is ended already stays so.
///
/// # Errors
/// `not_found` for a session that is none of his.
pub async fn end(state: &State, by: &Caller, session: Uuid) -> Result<()> {
    let work = state.begin_plain(by).await?;
    if !store::devices::is_of_account(&work.tx, by.account_id, session).await? {
        return Err(Fault::not_found());
    }
    store::end_family(&work.tx, by.account_id, session, work.now).await?;
    audit::record(
        &work,
        "accounts.end_device",
        ("account", by.account_id.to_string()),
        json!({"session": session}),
    )
    .await?;
    work.commit(&()).await?;
    sessions::note(state, &[session]);
    Ok(())
}

/// Ends every session of the caller's, this one too.
///
/// # Errors
/// Database faults.
pub async fn end_all(state: &State, by: &Caller) -> Result<()> {
    let work = state.begin_plain(by).await?;
    let mut ended = store::end_all(&work.tx, by.account_id, work.now).await?;
    if !ended.contains(&by.session) {
        // Its refresh token may have run out before its access token does.
        sessions::end(&work.tx, &[by.session], work.now).await?;
        ended.push(by.session);
    }
    audit::record(
        &work,
        "accounts.end_all_devices",
        ("account", by.account_id.to_string()),
        json!({"sessions": ended.len()}),
    )
    .await?;
    work.commit(&()).await?;
    sessions::note(state, &ended);
    Ok(())
}
