//! Staff come in by invitation: somebody whose reach holds the role's place asks them, a mail brings the link.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::rules::{self, Place};
use super::secrets::{self, Purpose, Whose};
use super::store::{self, Held, secrets as rows};
use super::{EMAIL_PURPOSE, Tokens, password, words};
use crate::notices::{self, Channel, Message, mask_email, read_email};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::limits::{self, Kind};
use crate::platform::{Action, Caller, Code, Fault, Result, Role, Scope, State, clock, sessions};
use crate::{audit, fresh, places};

/// No argon2 hash looks like this: no password opens the account before the invitation is taken.
pub(super) const NO_PASSWORD: &str = "!";

/// Whom to invite, to what.
#[derive(Clone, Debug, Serialize)]
pub struct Invite {
    pub login: String,
    pub name: String,
    pub email: String,
    pub seat: Seat,
}

/// A role to be given, and where.
#[derive(Clone, Debug, Serialize)]
pub struct Seat {
    pub role: Role,
    pub region_id: Option<Uuid>,
    pub enterprise_id: Option<Uuid>,
}

/// An invitation on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invited {
    pub account_id: Uuid,
    pub email_masked: String,
    /// Microseconds since 1970.
    pub expires_at: i64,
}

/// Invites somebody to a role within the caller's own reach; asked again, an invitation not yet taken is renewed.
///
/// # Errors
/// `forbidden` for a role he may not give; `invalid_field`, `region_unknown`, `enterprise_unknown`; `login_taken`,
/// also for an invitation that waits outside his reach; `account_disabled`.
pub async fn invite(state: &State, by: &Caller, retry: Retry, new: Invite) -> Result<Invited> {
    by.may(Action::InviteAccounts)?;
    rules::check_login(&new.login)?;
    let email = read_email(&new.email).ok_or_else(|| Fault::field("/email", "name@example.com"))?;
    // Who may not give a role at all is told so before anything is written.
    giver_scope(by, new.seat.role).ok_or_else(|| Fault::new(Code::Forbidden))?;
    let work = fresh!(state.begin(by, retry).await?);
    let held = place(&work, &new.seat).await?;
    let account_id = account(&work, &new, &held).await?;
    let seal = &state.seal;
    let address = rows::Address {
        sealed: seal.seal(EMAIL_PURPOSE, email.as_bytes())?,
        hash: seal.lookup(EMAIL_PURPOSE, &email),
        masked: mask_email(&email),
    };
    rows::set_email(&work.tx, account_id, address).await?;
    let whose = Whose::Account(account_id);
    let told = secrets::link(&work, by.county_id, Purpose::Invite, whose).await?;
    let link = format!(
        "{}/#/invitation/{}",
        state.settings.public_url.trim_end_matches('/'),
        told.secret
    );
    let message = Message {
        cause: format!("invite:{}", told.id),
        channel: Channel::Mail,
        to: email.clone(),
        template: "account_invitation",
        words: words::invitation(by.lang, &new.name, &new.login, &link),
        picture: None,
    };
    notices::post(&work, by.county_id, message).await?;
    let detail = json!({"login": new.login, "role": new.seat.role.word()});
    let subject = ("account", account_id.to_string());
    audit::record(&work, "accounts.invite", subject, detail).await?;
    let invited = Invited {
        account_id,
        email_masked: mask_email(&email),
        expires_at: told.expires_at,
    };
    work.commit(&invited).await?;
    Ok(invited)
}

/// What the caller's grants reach that may give this role.
fn giver_scope(by: &Caller, role: Role) -> Option<Scope> {
    let givers: Vec<_> = by
        .grants
        .iter()
        .filter(|grant| rules::may_give(grant.role, role))
        .cloned()
        .collect();
    Scope::of(by.county_id, &givers, Action::InviteAccounts)
}

/// Where a role is held, if the caller may give it there.
pub(super) async fn place(work: &Work<'_>, new: &Seat) -> Result<Held> {
    let scope = giver_scope(work.by, new.role).ok_or_else(|| Fault::new(Code::Forbidden))?;
    let scope = &scope;
    let unknown = |code, pointer: &str, id: Option<Uuid>| {
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        Fault::new(code)
            .with("region", &id)
            .with("enterprise", id)
            .at(pointer)
    };
    let held = |region_id, enterprise_id| Held {
        role: new.role,
        region_id,
        enterprise_id,
        person_id: None,
    };
    match rules::place_of(new.role) {
        Place::County if scope.whole_county => Ok(held(Some(scope.county_id), None)),
        Place::County | Place::Person => Err(Fault::new(Code::Forbidden)),
        Place::Region => {
            let all = places::regions(&work.tx, scope.county_id).await?;
            let region = new
                .region_id
                .filter(|id| all.get(*id).is_some() && scope.reaches_region(*id))
                .ok_or_else(|| unknown(Code::RegionUnknown, "/region_id", new.region_id))?;
            Ok(held(Some(region), None))
        }
        Place::Enterprise => {
            let refused = || unknown(Code::EnterpriseUnknown, "/enterprise_id", new.enterprise_id);
            let id = new.enterprise_id.ok_or_else(refused)?;
            let found = places::enterprise_in(&work.tx, scope, id).await?;
            Ok(held(None, Some(found.ok_or_else(refused)?.id)))
        }
    }
}

/// The account to be invited: a new one, or one whose invitation was not taken yet and that the caller could have
/// invited to what it is to be until now.
async fn account(work: &Work<'_>, new: &Invite, held: &Held) -> Result<Uuid> {
    let county_id = work.by.county_id;
    let taken = || {
        Fault::new(Code::LoginTaken)
            .with("login", &new.login)
            .at("/login")
    };
    let id = match store::of_login(&work.tx, &new.login).await? {
        Some(known) => {
            // As it stands once it is held: somebody may be taking the invitation at this moment.
            let known = store::hold(&work.tx, known.id).await?.ok_or_else(taken)?;
            let waits = known.county_id == county_id && known.password_hash == NO_PASSWORD;
            if !waits || !reaches(work, known.id).await? {
                return Err(taken());
            }
            if known.disabled_at.is_some() {
                return Err(Fault::new(Code::AccountDisabled)
                    .with("login", &new.login)
                    .at("/login"));
            }
            store::rename(&work.tx, known.id, &new.name).await?;
            known.id
        }
        None => {
            let id = clock::new_id();
            store::insert(
                &work.tx,
                id,
                county_id,
                &new.login,
                &new.name,
                NO_PASSWORD,
                held,
                work.now,
            )
            .await?;
            id
        }
    };
    store::set_role(&work.tx, county_id, id, held, work.now).await?;
    Ok(id)
}

/// Whether the caller could invite to every role an account holds, where it holds it.
pub(super) async fn reaches(work: &Work<'_>, account_id: Uuid) -> Result<bool> {
    for held in store::roles(&work.tx, account_id).await? {
        let Some(scope) = giver_scope(work.by, held.role) else {
            return Ok(false);
        };
        let within = match (held.region_id, held.enterprise_id) {
            (_, Some(id)) => places::enterprise_in(&work.tx, &scope, id).await?.is_some(),
            (Some(id), None) if id == scope.county_id => scope.whole_county,
            (Some(id), None) => scope.reaches_region(id),
            (None, None) => false,
        };
        if !within {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes an invitation: sets the password and signs in.
///
/// # Errors
/// `secret_refused`, `password_too_weak`, `too_many_requests`, `busy`.
pub async fn accept(
    state: &State,
    token: &str,
    password: String,
    (device, address): (&str, &str),
) -> Result<Tokens> {
    limits::take(state, Kind::DoorAddress, address).await?;
    let tokens = open_door(state, Purpose::Invite, token, password, Some(device)).await?;
    tokens.ok_or_else(|| Fault::internal("no tokens"))
}

/// Takes a link: sets the password, ends every session there was, and signs in where a device is named. What the
/// address may ask was counted before.
pub(super) async fn open_door(
    state: &State,
    purpose: Purpose,
    token: &str,
    password: String,
    device: Option<&str>,
) -> Result<Option<Tokens>> {
    rules::check_password("", &password)?;
    // Nobody guesses 32 bytes, so it tells nothing that a wrong link is refused sooner; and a flood of them hashes nothing.
    let account_id = secrets::account_of(state, purpose, token).await?;
    let place = password::place(state)?;
    let hash = password::hash(state, &place, password.clone()).await?;
    drop(place);
    let nobody = Caller::console(Uuid::nil());
    let work = state.begin_plain(&nobody).await?;
    let account = store::hold(&work.tx, account_id)
        .await?
        .filter(|account| account.disabled_at.is_none())
        .ok_or_else(secrets::refused)?;
    secrets::take(&work, purpose, None, token).await?;
    rules::check_password(&account.login, &password)?;
    rows::set_password(&work.tx, account.id, &hash).await?;
    let ended = store::end_all(&work.tx, account.id, work.now).await?;
    let caller = super::caller_of(&work.tx, &account, clock::new_id()).await?;
    let work = work.in_the_name_of(&caller);
    let refresh = match device {
        Some(device) => Some(super::new_refresh(&work, device).await?),
        None => None,
    };
    let action = match purpose {
        Purpose::Reset => "accounts.reset_password",
        _ => "accounts.accept_invitation",
    };
    let subject = ("account", account.id.to_string());
    audit::record(&work, action, subject, json!({})).await?;
    // Whoever has the link need not wait for the end of a lock that others brought about.
    limits::clear(&work, Kind::SignInLogin, &account.login).await?;
    work.commit(&()).await?;
    sessions::note(state, &ended);
    refresh
        .map(|refresh| super::tokens(state, &caller, refresh))
        .transpose()
}
