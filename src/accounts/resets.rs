//! A forgotten password: the answer is one and the same for everybody; what is known decides in the background.

use serde_json::{Value, json};
use uuid::Uuid;

use super::secrets::{self, Purpose, Whose};
use super::store::{self, secrets as rows};
use super::{EMAIL_PURPOSE, invitations, password, rules, words};
use crate::audit;
use crate::notices::{self, Channel, Message, read_email};
use crate::platform::limits::{self, Kind};
use crate::platform::locale::Lang;
use crate::platform::reseal::Uses;
use crate::platform::{Caller, Code, Fault, Result, State, jobs, sessions};

/// The kind of job that mails a link, if there is somebody to mail it to.
pub const RESET_JOB: &str = "accounts.reset";

/// The kinds of job that strangers at the door order.
pub const DOOR_JOBS: &[&str] = &[RESET_JOB, super::activation::ACTIVATION_JOB];

/// What the seal binds the name to that waits in a job.
const ASKED_PURPOSE: &str = "accounts.asked";

/// Asks for a reset by login or e-mail. Known or not, it does the same work here and answers the same.
///
/// # Errors
/// `too_many_requests`.
pub async fn ask(state: &State, name: &str, address: &str, lang: Lang) -> Result<()> {
    limits::take(state, Kind::DoorAddress, address).await?;
    // One mailbox however it is spelt.
    let mailbox = read_email(name).unwrap_or_else(|| name.to_owned());
    limits::take(state, Kind::DoorSubject, &format!("reset:{mailbox}")).await?;
    queue(state, RESET_JOB, name, json!({}), lang).await
}

/// Queues what was asked for, its words sealed.
pub(super) async fn queue(
    state: &State,
    kind: &str,
    asked: &str,
    more: Value,
    lang: Lang,
) -> Result<()> {
    let nobody = Caller::console(Uuid::nil());
    let work = state.begin_plain(&nobody).await?;
    let sealed = hex::encode(state.seal.seal(ASKED_PURPOSE, asked.as_bytes())?);
    let payload = json!({"asked": sealed, "more": more, "lang": lang});
    jobs::queue(&work, kind, &payload, 1).await?;
    work.commit(&()).await?;
    jobs::wake(state);
    Ok(())
}

/// What was asked for, opened.
pub(super) fn asked(state: &State, payload: &Value) -> Result<(String, Lang)> {
    let sealed = payload["asked"].as_str().unwrap_or_default();
    let sealed = hex::decode(sealed).map_err(|e| Fault::internal(e.to_string()))?;
    let lang = serde_json::from_value(payload["lang"].clone())?;
    Ok((state.seal.open_text(ASKED_PURPOSE, &sealed)?, lang))
}

/// How many jobs wait whose words each key sealed. Nothing of them outlives its job, so there is nothing to seal anew.
///
/// # Errors
/// Database faults.
pub async fn sealed_in_jobs(state: &State) -> Result<Uses> {
    let mut uses = Uses::new();
    for told in jobs::told_to_open(state, DOOR_JOBS).await? {
        let told: Value = serde_json::from_str(&told)?;
        let sealed = hex::decode(told["asked"].as_str().unwrap_or_default()).unwrap_or_default();
        if let Some(key) = sealed.first() {
            *uses.entry(*key).or_default() += 1;
        }
    }
    Ok(uses)
}

/// Mails a link to each account of that login or e-mail that has an address.
///
/// # Errors
/// Database faults.
pub async fn run(state: &State, job: Uuid, payload: &str) -> Result<Value> {
    let payload: Value = serde_json::from_str(payload)?;
    let (name, lang) = asked(state, &payload)?;
    let hash = read_email(&name).map(|email| state.seal.lookup(EMAIL_PURPOSE, &email));
    let nobody = Caller::console(Uuid::nil());
    let work = state.begin_plain(&nobody).await?;
    for named in rows::named(&work.tx, &name, hash).await? {
        let Some(account) = store::hold(&work.tx, named.id).await? else {
            continue;
        };
        let (Some(sealed), None) = (&account.email_sealed, account.disabled_at) else {
            continue;
        };
        if account.password_hash == invitations::NO_PASSWORD {
            continue;
        }
        // Of one job one mail, and its link stays good, however often the job is run.
        let cause = format!("reset:{job}:{}", account.id);
        if notices::is_posted(&work, account.county_id, &cause).await? {
            continue;
        }
        let to = state.seal.open_text(EMAIL_PURPOSE, sealed)?;
        let whose = Whose::Account(account.id);
        let told = secrets::link(&work, account.county_id, Purpose::Reset, whose).await?;
        let site = state.settings.public_url.trim_end_matches('/');
        let link = format!("{site}/#/reset/{}", told.secret);
        let message = Message {
            cause,
            channel: Channel::Mail,
            to,
            template: "password_reset",
            words: words::reset(lang, &account.login, &link),
            picture: None,
        };
        notices::post(&work, account.county_id, message).await?;
    }
    work.commit(&()).await?;
    Ok(json!({}))
}

/// Sets a new password by a mailed link; every session ends, and a lock on the login is lifted.
///
/// # Errors
/// `secret_refused`, `password_too_weak`, `too_many_requests`, `busy`.
pub async fn complete(state: &State, token: &str, password: String, address: &str) -> Result<()> {
    limits::take(state, Kind::DoorAddress, address).await?;
    invitations::open_door(state, Purpose::Reset, token, password, None).await?;
    Ok(())
}

/// Changes the caller's own password; his other sessions end.
///
/// # Errors
/// `wrong_password`, `password_too_weak`, `too_many_requests`, `busy`.
pub async fn change(state: &State, by: &Caller, old: String, new: String) -> Result<()> {
    let wrong = || Fault::new(Code::WrongPassword).at("/current_password");
    rules::check_password(&by.login, &new)?;
    let place = password::place(state)?;
    limits::take(state, Kind::OwnPassword, &by.login).await?;
    let seen = store::of_id(state.db.read(), by.account_id).await?;
    let stored = seen.map(|account| account.password_hash);
    if !password::matches(state, &place, old, stored.clone()).await? {
        return Err(wrong());
    }
    let hash = password::hash(state, &place, new).await?;
    drop(place);
    let work = state.begin_plain(by).await?;
    // The one that was told may be the one of before by now.
    store::hold(&work.tx, by.account_id)
        .await?
        .filter(|now| Some(&now.password_hash) == stored.as_ref())
        .ok_or_else(wrong)?;
    rows::set_password(&work.tx, by.account_id, &hash).await?;
    let ended = store::end_all_but(&work.tx, by.account_id, by.session, work.now).await?;
    let subject = ("account", by.account_id.to_string());
    audit::record(&work, "accounts.change_password", subject, json!({})).await?;
    limits::clear(&work, Kind::OwnPassword, &by.login).await?;
    work.commit(&()).await?;
    sessions::note(state, &ended);
    Ok(())
}
