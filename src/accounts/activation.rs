//! A worker's way in: name, ID number and a one-time code that reached him by mail, by message or on paper (账号激活).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::secrets::{self, Purpose};
use super::store::{self, Held, secrets as rows};
use super::{Tokens, password, resets, rules, words};
use crate::notices::{self, Channel, Message};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::limits::{self, Kind};
use crate::platform::locale::Lang;
use crate::platform::{Action, Caller, Code, Fault, Result, Role, State, clock, sessions};
use crate::{audit, fresh, people};

/// The kind of job that sends a code, if there is somebody to send it to.
pub const ACTIVATION_JOB: &str = "accounts.activation";

/// Who says he is who.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub name: String,
    /// As read by `sheets::ids`.
    pub id_number: String,
}

/// Asks for a code. Known or not, it does the same work here and answers the same.
///
/// # Errors
/// `too_many_requests`.
pub async fn ask(
    state: &State,
    claimed: &Claimed,
    channel: Channel,
    address: &str,
    lang: Lang,
) -> Result<()> {
    limits::take(state, Kind::DoorAddress, address).await?;
    limits::take(
        state,
        Kind::DoorSubject,
        &format!("activate:{}", claimed.id_number),
    )
    .await?;
    let asked = format!("{}\n{}", claimed.id_number, claimed.name);
    let more = json!({"channel": channel.word()});
    resets::queue(state, ACTIVATION_JOB, &asked, more, lang).await
}

/// Sends a code to the address on file of whoever has this name and ID number.
///
/// # Errors
/// Database faults.
pub async fn run(state: &State, job: Uuid, payload: &str) -> Result<Value> {
    let payload: Value = serde_json::from_str(payload)?;
    let (asked, lang) = resets::asked(state, &payload)?;
    let (number, name) = asked.split_once('\n').unwrap_or_default();
    let channel = Channel::of_word(payload["more"]["channel"].as_str().unwrap_or_default());
    let nobody = Caller::console(Uuid::nil());
    let work = state.begin_plain(&nobody).await?;
    for person in people::anywhere(&work.tx, state, number).await? {
        let to = match channel {
            Channel::Mail => person.email.clone(),
            Channel::Gateway => person.phone.clone(),
        };
        let Some(to) = to.filter(|_| person.name == name) else {
            continue;
        };
        // Of one job one message, and its code stays good, however often the job is run.
        let cause = format!("activate:{job}:{}", person.id);
        if notices::is_posted(&work, person.county_id, &cause).await? {
            continue;
        }
        let told = secrets::code(&work, person.county_id, person.id).await?;
        let message = Message {
            cause,
            channel,
            to,
            template: "activation_code",
            words: words::activation(lang, name, &told.secret),
            picture: None,
        };
        notices::post(&work, person.county_id, message).await?;
    }
    work.commit(&()).await?;
    Ok(json!({}))
}

/// A code to be printed.
#[derive(Clone, Debug)]
pub struct Printed {
    pub name: String,
    pub id_masked: String,
    pub code: String,
    /// Microseconds since 1970.
    pub expires_at: i64,
}

/// What is kept of a printed code for a retried request: all but the code.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    id_masked: String,
    expires_at: i64,
    seed: secrets::Seed,
}

/// Makes a code for a person in the caller's reach, to be handed to him on paper; a code made before works no more. The
/// same request again gives the same code: the paper that was printed meanwhile stays good.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn print(state: &State, by: &Caller, retry: Retry, person_id: Uuid) -> Result<Printed> {
    let kept = make_printed(state, by, retry, person_id).await?;
    Ok(Printed {
        code: secrets::printed_again(state, person_id, &kept.seed)?,
        name: kept.name,
        id_masked: kept.id_masked,
        expires_at: kept.expires_at,
    })
}

async fn make_printed(state: &State, by: &Caller, retry: Retry, person_id: Uuid) -> Result<Kept> {
    let scope = by.may(Action::PrintActivationCode)?;
    let work = fresh!(state.begin(by, retry).await?);
    let person = people::find_visible(&work.tx, &scope, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let (told, seed) = secrets::printed(&work, by.county_id, person_id).await?;
    let subject = ("person", person_id.to_string());
    audit::record(&work, "accounts.print_activation_code", subject, json!({})).await?;
    let kept = Kept {
        name: person.name,
        id_masked: person.id_masked,
        expires_at: told.expires_at,
        seed,
    };
    work.commit(&kept).await?;
    Ok(kept)
}

/// Activates a worker's account by his code, or lets him choose a new password for the one he has, and signs him in.
///
/// A wrong name, number or code give one answer.
///
/// # Errors
/// `secret_refused`, `too_many_requests`, `password_too_weak`, `login_taken`, `busy`.
pub async fn complete(
    state: &State,
    claimed: &Claimed,
    code: &str,
    login: &str,
    new_password: String,
    (device, address): (&str, &str),
) -> Result<Tokens> {
    rules::check_login(login)?;
    rules::check_password(login, &new_password)?;
    limits::take(state, Kind::DoorAddress, address).await?;
    let place = password::place(state)?;
    limits::take(state, Kind::DoorCode, &claimed.id_number).await?;
    // Hashed before anything is looked up: who asks learns not even by its time whether a number is on file.
    let hash = password::hash(state, &place, new_password).await?;
    drop(place);
    let nobody = Caller::console(Uuid::nil());
    let work = state.begin_plain(&nobody).await?;
    let person = opened(&work, claimed, code).await?;
    let (account, ended) = match account(&work, &person, login, &hash).await {
        Ok(made) => made,
        Err(fault) if fault.code == Code::LoginTaken => {
            // The code was right, and stays so: no failure of his.
            drop(work);
            let work = state.begin_plain(&nobody).await?;
            limits::clear(&work, Kind::DoorCode, &claimed.id_number).await?;
            work.commit(&()).await?;
            return Err(fault);
        }
        Err(fault) => return Err(fault),
    };
    let caller = super::caller_of(&work.tx, &account, clock::new_id()).await?;
    let work = work.in_the_name_of(&caller);
    let refresh = super::new_refresh(&work, device).await?;
    let subject = ("account", account.id.to_string());
    audit::record(&work, "accounts.activate", subject, json!({})).await?;
    limits::clear(&work, Kind::DoorCode, &claimed.id_number).await?;
    work.commit(&()).await?;
    sessions::note(state, &ended);
    super::tokens(state, &caller, refresh)
}

/// Whoever of that name and number this code opens for; it is taken by that.
async fn opened(work: &Work<'_>, claimed: &Claimed, code: &str) -> Result<people::Reachable> {
    let code = secrets::cleaned(code);
    let mut opened = None;
    // One county as a rule; the number may be on file in several.
    for person in people::anywhere(&work.tx, work.state, &claimed.id_number).await? {
        match secrets::take(work, Purpose::Activate, Some(person.id), &code).await {
            Ok(_) if person.name == claimed.name => opened = Some(person),
            Ok(_) => return Err(secrets::refused()),
            Err(fault) if fault.code == Code::SecretRefused => {}
            Err(fault) => return Err(fault),
        }
    }
    opened.ok_or_else(secrets::refused)
}

/// The person's account with its new password, and the sessions that ended.
async fn account(
    work: &Work<'_>,
    person: &people::Reachable,
    login: &str,
    hash: &str,
) -> Result<(store::Account, Vec<Uuid>)> {
    let (id, ended) = match rows::of_person(&work.tx, person.id).await? {
        Some(known) => {
            let known = store::hold(&work.tx, known.id)
                .await?
                .filter(|known| known.disabled_at.is_none())
                .ok_or_else(secrets::refused)?;
            rows::set_password(&work.tx, known.id, hash).await?;
            let ended = store::end_all(&work.tx, known.id, work.now).await?;
            (known.id, ended)
        }
        None => {
            if store::of_login(&work.tx, login).await?.is_some() {
                return Err(Fault::new(Code::LoginTaken)
                    .with("login", login)
                    .at("/login"));
            }
            let held = Held {
                role: Role::Worker,
                region_id: None,
                enterprise_id: None,
                person_id: Some(person.id),
            };
            let id = clock::new_id();
            let county = person.county_id;
            let name = &person.name;
            store::insert(&work.tx, id, county, login, name, hash, &held, work.now).await?;
            store::set_role(&work.tx, county, id, &held, work.now).await?;
            (id, Vec::new())
        }
    };
    let account = store::of_id(&work.tx, id).await?;
    Ok((account.ok_or_else(|| Fault::internal("no account"))?, ended))
}
