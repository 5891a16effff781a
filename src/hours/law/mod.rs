//! What the law asks to be learned (法定学时), as dated data: by role, industry and occasion, from a day on.
//!
//! Owns `hours_rule`. Invariants: a published rule never changes but for its last day, which its successor sets; of one
//! kind one rule at most is in force on a day; nobody publishes what he has not previewed. May not enter: what a plan
//! asks (that is `plans`), the ledger's lines (that is the room around).

pub mod api;
pub mod preview;
pub mod rules;
pub mod rules_due;
#[cfg(test)]
mod rules_samples;
mod seed;
mod store;
mod store_affected;

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use crate::places::tags;
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock, db};
use crate::{audit, fresh, people};

use preview::Drafted;
use rules::{Industry, Occasion, Rule, RuleState, Terms};

pub use seed::ensure_rules;

/// Which rules are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// In force on that day.
    pub on: Option<NaiveDate>,
    /// Published where nothing is said.
    pub state: Option<RuleState>,
}

/// What the law asks of somebody on a day, and what he has.
#[derive(Clone, Debug)]
pub struct Owed {
    pub day: NaiveDate,
    pub industry: Industry,
    /// None of who has no post that day.
    pub occasion: Option<Occasion>,
    /// From which day minutes count.
    pub since: Option<NaiveDate>,
    /// None where the law asks nothing.
    pub rule: Option<Rule>,
    pub has_minutes: i64,
}

/// The reach of who rules for a whole county: the law is the same in every township.
fn county_wide(by: &Caller) -> Result<Scope> {
    let scope = by.may(Action::ManageHoursRules)?;
    if scope.whole_county {
        Ok(scope)
    } else {
        Err(Fault::new(Code::Forbidden))
    }
}

fn line_of(county_id: Uuid) -> String {
    format!("hours-rules:{county_id}")
}

/// Begins a change of the county's rules, one after another.
async fn in_line(work: &Work<'_>) -> Result<()> {
    db::lock_in_line(&work.tx, &line_of(work.by.county_id)).await
}

/// The rules asked for, oldest first. Drafts are seen by who may make them.
///
/// # Errors
/// `forbidden`.
pub async fn list(state: &State, by: &Caller, asked: Asked) -> Result<Vec<Rule>> {
    let scope = by.may(Action::ReadPlans)?;
    let wanted = asked.state.unwrap_or(RuleState::Published);
    if wanted == RuleState::Draft {
        county_wide(by)?;
    }
    let found = store::of_state(state.db.read(), &scope, wanted).await?;
    let kept = found
        .into_iter()
        .filter(|rule| asked.on.is_none_or(|day| rule.in_force(day)));
    Ok(kept.collect())
}

/// A published rule, or a draft for who may make them.
///
/// # Errors
/// `not_found`.
pub async fn show(state: &State, by: &Caller, id: Uuid) -> Result<Rule> {
    let scope = by.may(Action::ReadPlans)?;
    let found = store::rule(state.db.read(), &scope, id).await?;
    found
        .filter(|rule| rule.state == RuleState::Published || county_wide(by).is_ok())
        .ok_or_else(Fault::not_found)
}

/// Drafts a rule: nobody is judged by it yet.
///
/// # Errors
/// `field_missing`, `invalid_field`.
pub async fn draft(state: &State, by: &Caller, retry: Retry, terms: Terms) -> Result<Rule> {
    county_wide(by)?;
    rules::check(&terms)?;
    let work = fresh!(state.begin(by, retry).await?);
    let rule = Rule {
        id: clock::new_id(),
        terms,
        effective_to: None,
        state: RuleState::Draft,
        supersedes: None,
        author_id: by.account(),
        created_at: work.now,
        published_at: None,
        reason: None,
    };
    store::insert(&work.tx, by.county_id, std::slice::from_ref(&rule)).await?;
    note(&work, "hours.draft_rule", &rule).await?;
    work.commit(&rule).await?;
    Ok(rule)
}

/// Takes a draft back.
///
/// # Errors
/// `not_found`, `stale`, `rule_not_draft`.
pub async fn discard(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    seen: Seen<Rule>,
) -> Result<Rule> {
    let scope = county_wide(by)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let now = store::rule(&work.tx, &scope, id).await?;
    seen.check(&now.ok_or_else(Fault::not_found)?)?;
    let rule = Drafted::read(&work.tx, &scope, id, state.clock.today())
        .await?
        .draft;
    store::remove(&work.tx, id).await?;
    note(&work, "hours.discard_rule", &rule).await?;
    work.commit(&rule).await?;
    Ok(rule)
}

/// Puts a draft in force from its day on; the rule before it ends the day before.
///
/// # Errors
/// `not_found`, `rule_not_draft`, `preview_stale` when the token is of another state of things, `rule_begins_in_past`
/// without a reason.
pub async fn publish(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    token: &str,
    reason: Option<String>,
) -> Result<Rule> {
    let scope = county_wide(by)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let today = state.clock.today();
    let drafted = Drafted::read(&work.tx, &scope, id, today).await?;
    if drafted.token(state)? != token {
        return Err(Fault::new(Code::PreviewStale));
    }
    let reason = reason.filter(|text| !text.trim().is_empty());
    let from = drafted.draft.terms.effective_from;
    if from < today && reason.is_none() {
        return Err(Fault::new(Code::RuleBeginsInPast)
            .with("day", from)
            .at("/reason"));
    }
    let place = rules::place_of(&drafted.published, &drafted.draft.terms);
    let rule = Rule {
        state: RuleState::Published,
        effective_to: place.effective_to,
        supersedes: place.supersedes,
        published_at: Some(work.now),
        reason,
        ..drafted.draft
    };
    store::publish(&work.tx, by, &rule).await?;
    note(&work, "hours.publish_rule", &rule).await?;
    work.commit(&rule).await?;
    Ok(rule)
}

async fn note(work: &Work<'_>, action: &str, rule: &Rule) -> Result<()> {
    let terms = &rule.terms;
    let detail = json!({
        "role": terms.role, "industry": terms.industry, "occasion": terms.occasion,
        "minutes": terms.minutes, "from": terms.effective_from, "reason": rule.reason,
    });
    audit::record(work, action, ("hours_rule", rule.id.to_string()), detail).await
}

/// What the law asks of a person in scope on a day, and the minutes he has toward that.
///
/// # Errors
/// `not_found`.
pub async fn owed(state: &State, by: &Caller, person_id: Uuid, day: NaiveDate) -> Result<Owed> {
    let scope = by.may(Action::ReadPeople)?;
    let db = state.db.read();
    let posts = people::employment_of(db, &scope, person_id).await?;
    let spells: Vec<rules_due::Spell> = posts
        .into_iter()
        .map(|post| rules_due::Spell {
            enterprise_id: post.enterprise_id,
            enterprise_name: post.enterprise_name,
            role: post.role,
            from_day: post.from_day,
            to_day: post.to_day,
        })
        .collect();
    let employer = rules_due::held_on(&spells, day).and_then(|spell| spell.enterprise_id);
    let borne = tags::on(db, employer.as_slice(), day).await?;
    let high_risk = borne
        .values()
        .flatten()
        .any(|tag| tags::rules::of_text(tag).is_some_and(|tag| tag.high_risk));
    let industry = if high_risk {
        Industry::HighRisk
    } else {
        Industry::General
    };
    let published = store::of_state(db, &scope, RuleState::Published).await?;
    let due = rules_due::due(&published, &spells, industry, day);
    let has_minutes = match due {
        Some(due) => store::minutes_between(db, person_id, due.since, day).await?,
        None => 0,
    };
    Ok(Owed {
        day,
        industry,
        occasion: due.map(|due| due.occasion),
        since: due.map(|due| due.since),
        rule: due.and_then(|due| due.rule).cloned(),
        has_minutes,
    })
}
