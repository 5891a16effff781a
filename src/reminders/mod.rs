//! Reminders (催办): whoever still misses something of a plan is told what, and where to get it.
//!
//! Owns nothing: notices and the outbox keep what was said. Invariants: a person is reminded of a plan once a day at
//! most, whoever reminds; a preview writes nothing. May not enter: who is missing what (boards), how a message travels
//! (notices).

pub mod api;
pub mod rounds;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::boards::missing::{Missing, Of, missing};
use crate::notices::inbox;
use crate::people::letters::{self, Letter};
use crate::plans::Plan;
use crate::platform::idempotency::Retry;
use crate::platform::{Action, Caller, Result, State};
use crate::{audit, fresh, people};

/// Most people one reminder goes to.
pub const MOST: u64 = 500;

/// What a reminder comes to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub plan_id: Uuid,
    pub plan_title: String,
    /// People who still miss something, [`MOST`] at most.
    pub people: u64,
    /// Of these, who were reminded of this plan today before.
    pub already: u64,
    /// Of these, who left an e-mail address.
    pub by_mail: u64,
    /// How it reads to the first of them.
    pub subject: String,
    pub text: String,
}

/// What a reminder would come to; nothing is written.
///
/// # Errors
/// `forbidden`; `region_unknown`, `enterprise_unknown`, `person_not_on_file` for what is out of reach; `not_found` for a
/// plan.
pub async fn preview(state: &State, by: &Caller, plan_id: Option<Uuid>, of: &Of) -> Result<Report> {
    let scope = by.may(Action::RemindPeople)?;
    let tx = state.db.begin_read().await?;
    let (plan, people) = missing(&tx, &scope, plan_id, of, MOST).await?;
    let ids = ids(&people);
    let already = inbox::already(&tx, &ids, &cause(state, &plan)).await?;
    let reached = people::reachable(&tx, state, by.county_id, &ids).await?;
    tx.commit().await?;
    let by_mail = reached.iter().filter(|one| one.email.is_some()).count();
    Ok(report(state, by, &plan, &people, already, by_mail))
}

/// Reminds everybody who still misses something: in the app, and by mail where an address is known.
///
/// # Errors
/// `forbidden`; `region_unknown`, `enterprise_unknown`, `person_not_on_file` for what is out of reach; `not_found` for a
/// plan.
pub async fn send(
    state: &State,
    by: &Caller,
    retry: Retry,
    plan_id: Option<Uuid>,
    of: &Of,
) -> Result<Report> {
    let scope = by.may(Action::RemindPeople)?;
    let work = fresh!(state.begin(by, retry).await?);
    let (plan, people) = missing(&work.tx, &scope, plan_id, of, MOST).await?;
    let cause = cause(state, &plan);
    let letters = people.iter().map(|one| Letter {
        person_id: one.called.person_id,
        cause: cause.clone(),
        template: "plan_reminder",
        words: words::both(state, &plan, one),
        sent: None,
        picture: None,
    });
    let told = letters::write(&work, letters.collect()).await?;
    let by_mail = usize::try_from(told.sent).unwrap_or(usize::MAX);
    let already = u64::try_from(people.len()).unwrap_or(u64::MAX) - told.new;
    let told = report(state, by, &plan, &people, already, by_mail);
    let detail = json!({"people": told.people, "already": told.already});
    audit::record(
        &work,
        "reminders.send",
        ("plan", plan.id.to_string()),
        detail,
    )
    .await?;
    work.commit(&told).await?;
    Ok(told)
}

/// Once a day of the county for a plan.
fn cause(state: &State, plan: &Plan) -> String {
    format!("remind:{}:{}", plan.id, state.clock.today())
}

fn ids(people: &[Missing]) -> Vec<Uuid> {
    people.iter().map(|one| one.called.person_id).collect()
}

fn report(
    state: &State,
    by: &Caller,
    plan: &Plan,
    people: &[Missing],
    already: u64,
    by_mail: usize,
) -> Report {
    let sample = people.first().map(|one| words::both(state, plan, one));
    let (subject, text) = sample
        .map(|both| both.in_lang(by.lang))
        .map(|words| (words.subject, words.text))
        .unwrap_or_default();
    Report {
        plan_id: plan.id,
        plan_title: plan.terms.title.clone(),
        people: u64::try_from(people.len()).unwrap_or(u64::MAX),
        already,
        by_mail: u64::try_from(by_mail).unwrap_or(u64::MAX),
        subject,
        text,
    }
}
