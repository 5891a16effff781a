//! Messages to people: written with their cause, sent by a task of their own (通知、发件箱).
//!
//! Owns `outbox_message`; `inbox` and `choices` each own one more. Invariants: a message stands in the transaction of what it tells of; one cause, one message;
//! addresses and texts are sealed, and shown masked. A message may be handed over twice only if an instance dies
//! between the other side's "taken" and our note of it; both carry one Message-ID, by which mail stores know it again.
//! May not enter: who is told what (that is the room of the cause).

pub mod api;
pub mod choices;
mod deliver;
mod html;
pub mod inbox;
pub mod purge;
mod rules;
mod store;
mod transport;

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::audit;
use crate::fresh;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::reseal::Column;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock};

pub use deliver::{run, step};
pub use rules::{Channel, mask_email, read_email};

/// What the seal binds a message's address to.
pub const RECIPIENT_PURPOSE: &str = "outbox.recipient";
/// What the seal binds a message's words to.
pub const BODY_PURPOSE: &str = "outbox.body";

/// The columns of sealed values, to be sealed anew when another key is in use.
pub const SEALED: &[Column] = &[
    Column::new("outbox_message", "recipient_sealed", RECIPIENT_PURPOSE),
    Column::new("outbox_message", "body_sealed", BODY_PURPOSE),
    Column::new("notice", "words_sealed", inbox::WORDS_PURPOSE),
];

/// A message to somebody.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it tells of, once: `invite:<account>:<secret>`. A second one of the same cause is not written.
    pub cause: String,
    pub channel: Channel,
    /// An e-mail address or a phone number.
    pub to: String,
    /// The kind of message, for those who look after the outbox and for a gateway's own templates.
    pub template: &'static str,
    pub words: Words,
    /// A picture that a mail shows (PNG, base64).
    pub picture: Option<String>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub subject: String,
    pub text: String,
}

/// What is kept sealed of a message until it is sent.
#[derive(Debug, Serialize, Deserialize)]
struct Body {
    #[serde(flatten)]
    words: Words,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
}

/// A message as the outbox shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Posted {
    pub id: Uuid,
    pub channel: Channel,
    pub recipient_masked: String,
    pub template: String,
    /// `queued`, `sending`, `sent` or `failed`.
    pub state: String,
    pub attempts: i32,
    pub fault: Option<String>,
    pub created_at: i64,
    pub sent_at: Option<i64>,
}

/// Writes a message into the work's own transaction; it goes out once that is committed.
///
/// # Errors
/// Database faults; then the work fails too.
pub async fn post(work: &Work<'_>, county_id: Uuid, message: Message) -> Result<()> {
    post_all(work, county_id, vec![message]).await
}

/// Writes messages into the work's own transaction, all at once; they go out once that is committed.
///
/// # Errors
/// Database faults; then the work fails too.
pub async fn post_all(work: &Work<'_>, county_id: Uuid, messages: Vec<Message>) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let seal = &work.state.seal;
    let rows = messages.into_iter().map(|mut message| {
        let body = serde_json::to_vec(&Body {
            words: message.words.clone(),
            picture: message.picture.take(),
        })?;
        Ok(store::NewRow {
            id: clock::new_id(),
            county_id,
            recipient_sealed: seal.seal(RECIPIENT_PURPOSE, message.to.as_bytes())?,
            recipient_hash: seal.lookup(RECIPIENT_PURPOSE, &message.to),
            run_after: rules::earliest(work.state, message.template, work.now),
            recipient_masked: rules::mask(message.channel, &message.to),
            body_sealed: seal.seal(BODY_PURPOSE, &body)?,
            message,
        })
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    store::insert(&work.tx, rows, work.now).await?;
    work.state.posted.store(true, Ordering::SeqCst);
    Ok(())
}

/// Whether a message of this cause was written: asked by work that may be done again, before it makes a secret anew.
///
/// # Errors
/// Database faults.
pub async fn is_posted(work: &Work<'_>, county_id: Uuid, cause: &str) -> Result<bool> {
    store::is_there(&work.tx, county_id, cause).await
}

/// Queues a message anew that was given up.
///
/// # Errors
/// `not_found`; `conflict` when it was not given up.
pub async fn resend(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Posted> {
    let scope = by.may(Action::ManageOutbox)?;
    let work = fresh!(state.begin(by, retry).await?);
    let message = store::posted(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if message.state != "failed" {
        return Err(Fault::new(Code::Conflict).with("what", message.state));
    }
    store::queue_again(&work.tx, id, work.now).await?;
    audit::record(
        &work,
        "notices.resend",
        ("message", id.to_string()),
        json!({}),
    )
    .await?;
    let told = Posted {
        state: "queued".to_owned(),
        attempts: 0,
        fault: None,
        ..message
    };
    state.posted.store(true, Ordering::SeqCst);
    work.commit(&told).await?;
    Ok(told)
}

/// How the outbox of an instance stands, over all counties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backlog {
    /// Queued or on their way.
    pub waiting: usize,
    /// Given up, to be looked at.
    pub failed: usize,
    /// How long the one that should have gone first has waited since it was due, in seconds.
    pub oldest_seconds: f64,
}

/// How many messages wait, how many were given up, and how long the first of them has been due.
///
/// # Errors
/// Database faults.
pub async fn waiting(state: &State) -> Result<Backlog> {
    let (waiting, failed, due) = store::backlog(state.db.read(), state.clock.now()).await?;
    let since = due.map_or(0, |due| (state.clock.now() - due).max(0));
    let seconds = i32::try_from(since / 1_000_000).unwrap_or(i32::MAX);
    let count = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
    Ok(Backlog {
        waiting: count(waiting),
        failed: count(failed),
        oldest_seconds: f64::from(seconds),
    })
}

/// The outbox of a county, newest last.
///
/// # Errors
/// Database faults.
pub(crate) async fn outbox(
    state: &State,
    scope: &Scope,
    wanted: Option<&str>,
    page: &crate::platform::page::Page,
) -> Result<Vec<Posted>> {
    store::page(state.db.read(), scope, wanted, page).await
}
