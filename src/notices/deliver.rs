//! Sending what stands in the outbox, until the server stops.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::rules::{MAX_ATTEMPTS, wait_seconds};
use super::store::{self, Claimed, Next};
use super::transport::{Failed, Parcel, Transport};
use super::{BODY_PURPOSE, Body, RECIPIENT_PURPOSE};
use crate::platform::{App, Result};

/// How long the other side may take for one message.
const TRY: Duration = Duration::from_secs(20);
/// How often an instance looks for what others posted and for what is due again.
const LOOK: Duration = Duration::from_secs(2);
/// Messages on their way at once.
const HANDS: usize = 4;

/// Sends what is due until the server stops; what is on its way is finished.
pub async fn run(app: App) {
    let transport = match Transport::open(&app.settings) {
        Ok(transport) => Arc::new(transport),
        Err(fault) => {
            tracing::error!(%fault, "the mail settings cannot be used; nothing is sent");
            return;
        }
    };
    if !app.db.is_postgres()
        && let Err(fault) = take_over(&app).await
    {
        tracing::error!(%fault, "the outbox cannot be read");
    }
    let mut hands = tokio::task::JoinSet::new();
    for _ in 0..HANDS {
        hands.spawn(hand(app.clone(), transport.clone()));
    }
    while hands.join_next().await.is_some() {}
}

async fn take_over(app: &App) -> Result<()> {
    let tx = app.db.begin_write().await?;
    store::free_all(&tx).await?;
    Ok(tx.commit().await?)
}

async fn hand(app: App, transport: Arc<Transport>) {
    let mut stopping = app.stopping.subscribe();
    let mut committed = app.db.committed();
    while !*stopping.borrow() {
        match step_with(&app, &transport).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(fault) => tracing::error!(%fault, "the outbox cannot be read"),
        }
        let look = Instant::now() + LOOK;
        loop {
            tokio::select! {
                _ = stopping.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep_until(look) => break,
                // A commit that posted nothing is no reason to look.
                _ = committed.changed() => if app.posted.swap(false, Ordering::SeqCst) { break },
            }
        }
    }
}

/// Sends one message that is due; `false` when there is none. Tests step by hand.
///
/// # Errors
/// `internal` when the settings cannot be used; database faults.
pub async fn step(app: &App) -> Result<bool> {
    step_with(app, &Transport::open(&app.settings)?).await
}

async fn step_with(app: &App, transport: &Transport) -> Result<bool> {
    let tx = app.db.begin_write().await?;
    let now = app.clock.now();
    let lease = i64::from(app.settings.outbox_lease_seconds) * 1_000_000;
    let limit = u64::from(app.settings.recipient_limit);
    let claimed = match store::claim(&tx, now, now + lease, limit).await? {
        Next::Claimed(claimed) => Some(claimed),
        Next::None => None,
        Next::Later => {
            tx.commit().await?;
            return Ok(true);
        }
    };
    // Before the commit: a hand that is slow cannot note it as sent, and let go of it, in between.
    let on_way = claimed.as_ref().map(|one| transport.set_out(one.id));
    tx.commit().await?;
    let Some((claimed, on_way)) = claimed.zip(on_way) else {
        return Ok(false);
    };
    // Slow, and its lease is over: whoever has it in hand goes on with it.
    let Some(_on_way) = on_way else {
        return Ok(true);
    };
    let outcome = match parcel(app, &claimed) {
        // Taken before, when no writer came free for the note: only the note is missing.
        _ if transport.has_taken(claimed.id) => Ok(()),
        Ok(parcel) => tokio::time::timeout(TRY, transport.send(&parcel))
            .await
            .unwrap_or_else(|_| Err(Failed::for_now("no answer in time"))),
        Err(fault) => Err(Failed::for_good(fault.to_string())),
    };
    if outcome.is_ok() {
        transport.remember(claimed.id);
    }
    note(app, &claimed, outcome).await?;
    transport.forget(claimed.id);
    Ok(true)
}

/// Writes what became of a message. Where that cannot be written, the message stays on its way until its lease ends.
async fn note(
    app: &App,
    claimed: &Claimed,
    outcome: std::result::Result<(), Failed>,
) -> Result<()> {
    let tx = app.db.begin_write().await?;
    let now = app.clock.now();
    match outcome {
        Ok(()) => store::note_sent(&tx, claimed.id, now).await?,
        Err(failed) => {
            let again = (!failed.for_good && claimed.attempts < MAX_ATTEMPTS)
                .then(|| now + wait_seconds(claimed.attempts) * 1_000_000);
            tracing::warn!(message = %claimed.id, why = failed.why, again = again.is_some(), "a message was not taken");
            store::note_failed(&tx, claimed.id, &failed.why, again).await?;
        }
    }
    Ok(tx.commit().await?)
}

fn parcel(app: &App, claimed: &Claimed) -> Result<Parcel> {
    let seal = &app.seal;
    let body: Body = serde_json::from_slice(&seal.open(BODY_PURPOSE, &claimed.body_sealed)?)?;
    Ok(Parcel {
        id: claimed.id,
        channel: claimed.channel,
        to: seal.open_text(RECIPIENT_PURPOSE, &claimed.recipient_sealed)?,
        template: claimed.template.clone(),
        words: body.words,
        picture: body.picture,
        written_at: app.clock.local(claimed.created_at),
        now: app.clock.now() / 1_000_000,
    })
}
