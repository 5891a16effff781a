//! Signing in: accounts, the roles they hold and where, access and refresh tokens (账号).
//!
//! Owns `account`, `role_grant`, `refresh_token`, `one_time_secret`. Invariants: passwords are kept as argon2id only, refresh tokens
//! as hashes only; a refresh token works once, and a second use ends its whole family. May not enter: business data.

pub mod activation;
pub mod api;
pub mod devices;
pub mod invitations;
mod password;
pub mod resets;
pub mod rules;
pub mod secrets;
pub mod staff;
mod store;
mod words;

use serde_json::json;
use uuid::Uuid;

use crate::platform::caller::{ACCESS_MINUTES, sign_token};
use crate::platform::reseal::Column;
use crate::platform::scope::Grant;
use crate::platform::{Caller, Code, Fault, Result, Role, State, clock, limits, seal, sessions};
use crate::{audit, places};

pub use store::mailboxes::{Mailbox, mailboxes, mailboxes_of};
pub use store::{Held, Listed, ended_sessions, list};

/// What the seal binds an account's e-mail address to.
const EMAIL_PURPOSE: &str = "account.email";

/// The columns of sealed values, to be sealed anew when another key is in use.
pub const SEALED: &[Column] = &[Column::new("account", "email_sealed", EMAIL_PURPOSE)];

/// What a sign-in gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    /// Seconds the access token is good for.
    pub expires_in: i64,
}

/// What is told of a new account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub login: String,
    pub name: String,
    pub password: String,
    pub held: Held,
}

/// Creates an account with one role, or gives an account of that login the new password and role.
///
/// # Errors
/// `login_taken` (unless `replace`), `password_too_weak`.
pub async fn add(state: &State, by: &Caller, new: NewAccount, replace: bool) -> Result<Uuid> {
    rules::check_new(&new.login, &new.password)?;
    let place = password::place(state)?;
    let hash = password::hash(state, &place, new.password).await?;
    drop(place);
    let work = state.begin_plain(by).await?;
    let existing = store::of_login(&work.tx, &new.login).await?;
    let mut ended = Vec::new();
    let id = match existing {
        Some(account) if replace && account.county_id == by.county_id => {
            store::replace(&work.tx, account.id, &new.name, &hash).await?;
            ended = store::end_all(&work.tx, account.id, work.now).await?;
            account.id
        }
        Some(_) => {
            return Err(Fault::new(Code::LoginTaken)
                .with("login", &new.login)
                .at("/login"));
        }
        None => {
            let id = clock::new_id();
            store::insert(
                &work.tx,
                id,
                by.county_id,
                &new.login,
                &new.name,
                &hash,
                &new.held,
                work.now,
            )
            .await?;
            id
        }
    };
    store::set_role(&work.tx, by.county_id, id, &new.held, work.now).await?;
    let detail = json!({"login": new.login, "role": new.held.role.word()});
    audit::record(&work, "accounts.add", ("account", id.to_string()), detail).await?;
    work.commit(&()).await?;
    sessions::note(state, &ended);
    Ok(id)
}

/// Disables an account and ends its sessions, here at once and on other instances within two seconds.
///
/// # Errors
/// `not_found`.
pub async fn disable(state: &State, by: &Caller, login: &str) -> Result<()> {
    let work = state.begin_plain(by).await?;
    let account = store::of_login(&work.tx, login)
        .await?
        .filter(|account| account.county_id == by.county_id);
    let account = account.ok_or_else(Fault::not_found)?;
    store::set_disabled(&work.tx, account.id, Some(work.now)).await?;
    let ended = store::end_all(&work.tx, account.id, work.now).await?;
    audit::record(
        &work,
        "accounts.disable",
        ("account", account.id.to_string()),
        json!({"login": login}),
    )
    .await?;
    work.commit(&()).await?;
    sessions::note(state, &ended);
    Ok(())
}

/// Signs in by password. Unknown login, wrong password and disabled account give one answer in one time, and are
/// locked out alike.
///
/// # Errors
/// `wrong_credentials`; `too_many_requests` after too many failures or from too busy an address; `busy`.
pub async fn sign_in(
    state: &State,
    login: &str,
    password: String,
    device: &str,
    address: &str,
) -> Result<Tokens> {
    let wrong = || Fault::new(Code::WrongCredentials);
    limits::take(state, limits::Kind::SignInAddress, address).await?;
    let place = password::place(state)?;
    limits::take(state, limits::Kind::SignInLogin, login).await?;
    let seen = store::of_login(state.db.read(), login)
        .await?
        .filter(|account| account.disabled_at.is_none());
    let stored = seen.as_ref().map(|account| account.password_hash.clone());
    let right = password.chars().count() <= rules::MAX_PASSWORD
        && password::matches(state, &place, password, stored).await?;
    drop(place);
    let seen = seen.filter(|_| right).ok_or_else(wrong)?;
    let nobody = Caller::console(Uuid::nil());
    let work = state.begin_plain(&nobody).await?;
    // Meanwhile it may have been disabled, or its password changed.
    let account = store::hold(&work.tx, seen.id)
        .await?
        .filter(|now| now.disabled_at.is_none() && now.password_hash == seen.password_hash)
        .ok_or_else(wrong)?;
    let caller = caller_of(&work.tx, &account, clock::new_id()).await?;
    let work = work.in_the_name_of(&caller);
    let refresh = new_refresh(&work, device).await?;
    audit::record(
        &work,
        "accounts.sign_in",
        ("account", account.id.to_string()),
        json!({}),
    )
    .await?;
    limits::clear(&work, limits::Kind::SignInLogin, login).await?;
    work.commit(&()).await?;
    tokens(state, &caller, refresh)
}

/// Changes a refresh token for the next one, with a fresh access token.
///
/// # Errors
/// `refresh_refused`; a token used twice ends its family.
pub async fn refresh(state: &State, token: &str) -> Result<Tokens> {
    let refused = || Fault::new(Code::RefreshRefused);
    let hash = seal::sha256(token.as_bytes());
    // Whose it is. One that nobody was given costs no writer.
    let known = store::refresh_token(state.db.read(), &hash)
        .await?
        .ok_or_else(refused)?;
    let nobody = Caller::console(Uuid::nil());
    let work = state.begin_plain(&nobody).await?;
    // Held: two uses at once, and a use beside an end, are judged one after the other.
    let account = store::hold(&work.tx, known.account_id).await?;
    let row = store::refresh_token(&work.tx, &hash)
        .await?
        .ok_or_else(refused)?;
    let ended_at = store::ended_at(&work.tx, row.family_id).await?;
    match rules::judge_refresh(row.expires_at, row.used_at, ended_at, work.now) {
        rules::Refresh::Refuse => return Err(refused()),
        rules::Refresh::EndFamily => {
            store::end_family(&work.tx, row.account_id, row.family_id, work.now).await?;
            work.commit(&()).await?;
            sessions::note(state, &[row.family_id]);
            tracing::warn!(account = %row.account_id, "a refresh token came twice; its family was ended");
            return Err(refused());
        }
        rules::Refresh::Rotate => {}
    }
    let account = account
        .filter(|account| account.disabled_at.is_none())
        .ok_or_else(refused)?;
    store::mark_used(&work.tx, row.id, work.now).await?;
    let caller = caller_of(&work.tx, &account, row.family_id).await?;
    let work = work.in_the_name_of(&caller);
    let next = new_refresh(&work, &row.device).await?;
    work.commit(&()).await?;
    tokens(state, &caller, next)
}

/// Ends the session the caller's token came from.
///
/// # Errors
/// Database faults.
pub async fn sign_out(state: &State, by: &Caller) -> Result<()> {
    let work = state.begin_plain(by).await?;
    store::end_family(&work.tx, by.account_id, by.session, work.now).await?;
    audit::record(
        &work,
        "accounts.sign_out",
        ("account", by.account_id.to_string()),
        json!({}),
    )
    .await?;
    work.commit(&()).await?;
    sessions::note(state, &[by.session]);
    Ok(())
}

/// Forgets a county's refresh tokens and one-time secrets that ran out, were used or were ended before an instant.
///
/// # Errors
/// Database faults.
pub async fn forget_sessions(state: &State, county_id: Uuid, before: i64) -> Result<u64> {
    let tx = state.db.begin_write().await?;
    let gone = store::forget_sessions(&tx, county_id, before).await?;
    tx.commit().await?;
    Ok(gone)
}

/// Who an account is to the rest of the program, with its grants resolved to the regions they reach.
async fn caller_of(
    db: &impl sea_orm::ConnectionTrait,
    account: &store::Account,
    session: Uuid,
) -> Result<Caller> {
    let held = store::roles(db, account.id).await?;
    let regions = places::regions(db, account.county_id).await?;
    let grants = held
        .into_iter()
        .map(|held| Grant {
            role: held.role,
            county: held.region_id == Some(account.county_id),
            regions: held
                .region_id
                .filter(|id| *id != account.county_id)
                .map(|id| regions.with_predecessors(id))
                .unwrap_or_default(),
            enterprise: held.enterprise_id,
            person: account.person_id.filter(|_| held.role == Role::Worker),
        })
        .collect();
    Ok(Caller {
        account_id: account.id,
        county_id: account.county_id,
        login: account.login.clone(),
        grants,
        lang: crate::platform::locale::Lang::default(),
        session,
    })
}

async fn new_refresh(
    work: &crate::platform::idempotency::Work<'_>,
    device: &str,
) -> Result<String> {
    let token = hex::encode(seal::random::<32>()?);
    let expires = work.now + rules::REFRESH_DAYS * 86_400_000_000;
    store::insert_refresh(
        &work.tx,
        work.by,
        &seal::sha256(token.as_bytes()),
        device,
        work.now,
        expires,
    )
    .await?;
    Ok(token)
}

fn tokens(state: &State, caller: &Caller, refresh: String) -> Result<Tokens> {
    Ok(Tokens {
        access: sign_token(state, caller)?,
        refresh,
        expires_in: ACCESS_MINUTES * 60,
    })
}
