//! Codes follow their certificates: made anew, held, given back, revoked, in the transaction of what changed or soon
//! after it.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::ground::Ground;
use super::issue::{Want, issue};
use super::rules::{CodeState, HeldBy, Living, Step, follow as next_step};
use super::store::{self, Issued};
use super::{claim, in_line, keys, tc1, words};
use crate::platform::idempotency::Work;
use crate::platform::{App, Caller, Fault, Result, State, jobs};
use crate::{audit, places};

/// People of one step of a long refresh.
const STEP: u64 = 2_000;

/// The name of the daily round in the audit log and the table of rounds.
pub const TASK: &str = "codes";

/// How many codes were changed, by what happened to them.
pub type Changed = HashMap<&'static str, usize>;

#[derive(Deserialize)]
struct Payload {
    people: Vec<Uuid>,
}

/// The job that `certificates` queues when an import or a check changed what certificates say.
///
/// # Errors
/// Database faults; then it is tried again.
pub async fn run(state: &App, id: Uuid, county_id: Uuid, payload: &str) -> Result<Value> {
    let payload: Payload = serde_json::from_str(payload)?;
    let by = Caller::console(county_id);
    let total = i64::try_from(payload.people.len()).unwrap_or(i64::MAX);
    let (mut done, mut changed) = (0, Changed::new());
    let step = usize::try_from(STEP).unwrap_or(usize::MAX);
    for people in payload.people.chunks(step) {
        add(&mut changed, settle(state, &by, people).await?);
        done += i64::try_from(people.len()).unwrap_or(0);
        jobs::note_progress(id, done, total);
    }
    Ok(json!({"people": done, "changed": changed}))
}

/// The daily round: a day that passed may say more of a certificate than the day its code was made.
///
/// # Errors
/// Database faults; what was done by then stands.
pub async fn daily(state: App) -> Result<Value> {
    let mut changed = Changed::new();
    for county_id in places::counties(&state).await? {
        let by = Caller {
            login: TASK.to_owned(),
            ..Caller::console(county_id)
        };
        add(&mut changed, reissue_all(&state, &by, |_| ()).await?);
    }
    Ok(json!(changed))
}

/// Makes every living code of a county anew that its certificates, or a key that was rotated or revoked, ask for.
///
/// # Errors
/// `issuer_key_missing`; database faults: what was done by then stands.
pub async fn reissue_all(
    state: &State,
    by: &Caller,
    told: impl Fn(usize) + Send + Sync,
) -> Result<Changed> {
    let (mut after, mut changed) = (None, Changed::new());
    loop {
        let people = store::holders(state.db.read(), by.county_id, after, STEP).await?;
        let Some(last) = people.last() else {
            return Ok(changed);
        };
        after = Some(*last);
        add(&mut changed, settle(state, by, &people).await?);
        told(people.len());
    }
}

/// How many codes of a county live.
///
/// # Errors
/// Database faults.
pub async fn living(state: &State, by: &Caller) -> Result<u64> {
    store::living(state.db.read(), by.county_id).await
}

fn add(all: &mut Changed, more: Changed) {
    for (kind, count) in more {
        *all.entry(kind).or_default() += count;
    }
}

/// One transaction over some people, with its audit entry where something changed.
async fn settle(state: &State, by: &Caller, people: &[Uuid]) -> Result<Changed> {
    let work = state.begin_plain(by).await?;
    in_line(&work).await?;
    let changed = follow(&work, people).await?;
    if !changed.is_empty() {
        let subject = ("county", by.county_id.to_string());
        audit::record(&work, "codes.refresh", subject, json!(changed)).await?;
    }
    work.commit(&()).await?;
    Ok(changed)
}

/// Lets the living codes of these people follow their certificates, within a transaction that stands in line.
///
/// # Errors
/// `issuer_key_missing` when one has to be made anew; database faults.
pub(super) async fn follow(work: &Work<'_>, people: &[Uuid]) -> Result<Changed> {
    follow_because(work, people, "").await
}

/// As [`follow`], for a reason that the holders are told.
///
/// # Errors
/// As [`follow`].
pub(super) async fn follow_because(
    work: &Work<'_>,
    people: &[Uuid],
    reason: &str,
) -> Result<Changed> {
    let living = store::living_of(&work.tx, work.by.county_id, people).await?;
    if living.is_empty() {
        return Ok(Changed::new());
    }
    let holders: Vec<Uuid> = living.keys().copied().collect();
    let ground = Ground::of(work, &holders).await?;
    let good_keys = keys::good(work).await?;
    let mut steps: HashMap<&'static str, Vec<Issued>> = HashMap::new();
    for code in living.into_values() {
        let content = ground.content(code.person_id)?;
        let brief = ground.brief(code.person_id)?;
        let told = tc1::decode(&code.credential).map_err(|e| Fault::internal(e.to_string()))?;
        let told = told.credential;
        let now = Living {
            state: code.state,
            held_by: code.held_by,
            current: told.name == brief.name
                && told.id_tail == brief.id_tail
                && good_keys.contains(&code.kid),
            items: told.items.clone(),
        };
        let kind = match next_step(&now, &content) {
            Step::Keep => continue,
            Step::Reissue => "reissued",
            Step::Hold => "held",
            Step::Release => "released",
            Step::Revoke => "revoked",
        };
        steps.entry(kind).or_default().push(code);
    }
    let mut changed = Changed::new();
    for (kind, codes) in steps {
        take(work, &ground, (kind, reason), &codes).await?;
        changed.insert(kind, codes.len());
    }
    Ok(changed)
}

async fn take(
    work: &Work<'_>,
    ground: &Ground,
    (kind, reason): (&'static str, &str),
    codes: &[Issued],
) -> Result<()> {
    let ids: Vec<Uuid> = codes.iter().map(|code| code.id).collect();
    let people: Vec<Uuid> = codes.iter().map(|code| code.person_id).collect();
    match kind {
        "reissued" => {
            replace(work, ground, codes).await?;
        }
        "held" => {
            let held = Some(HeldBy::Certificates);
            store::set_state(work, &ids, CodeState::Suspended, held, reason).await?;
        }
        "released" => store::set_state(work, &ids, CodeState::Active, None, reason).await?,
        _ => store::set_state(work, &ids, CodeState::Revoked, None, reason).await?,
    }
    store::events::insert(work, kind, reason, &ids).await?;
    store::keys::mark_stale(work).await?;
    words::tell(work, &people, kind, reason).await
}

/// Puts new codes, bound to the same phones, in the place of these.
async fn replace(work: &Work<'_>, ground: &Ground, codes: &[Issued]) -> Result<()> {
    let ids: Vec<Uuid> = codes.iter().map(|code| code.id).collect();
    store::set_state(work, &ids, CodeState::Superseded, None, "").await?;
    let mut wants = Vec::with_capacity(codes.len());
    for code in codes {
        wants.push(Want {
            person_id: code.person_id,
            holder_key: code
                .holder_key
                .as_deref()
                .and_then(|key| key.try_into().ok()),
            method: code.method,
            content: ground.content(code.person_id)?,
        });
    }
    let made = issue(work, ground, wants).await?;
    claim::count(work, ground, &made).await?;
    store::name_successors(work, &ids).await
}
