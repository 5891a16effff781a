//! The daily rounds: whose certificate ends or is to be re-examined, whose plan ends, and how each township and the
//! county stand, told once each (到期提醒、截止提醒、周报、月报).
//!
//! Safe to repeat and to be cut off: each letter has a cause of its own, and what was told is not told again. May not
//! enter: what somebody decides to remind of (that is the room around).

mod reports;
pub mod rules;
mod store;
mod words;

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::certificates::regime::{self, Rules};
use crate::certificates::{self, rules::Item};
use crate::people::letters::{self, Letter};
use crate::places;
use crate::plans::{self, Plan};
use crate::platform::{App, Caller, Result, State};
use rules::{AHEAD, PLAN_AHEAD, step};
use store::Due;
use words::Near;

/// The recurring task's name.
pub const TASK: &str = "letters";

/// People or certificates of one transaction.
const STEP: u64 = 500;

/// A round over every county.
///
/// # Errors
/// Database faults; what was told by then stays told.
pub async fn round(app: App) -> Result<Value> {
    let (mut expiries, mut deadlines, mut reports) = (0, 0, 0);
    for county in places::counties(&app).await? {
        let by = Caller {
            login: TASK.to_owned(),
            ..Caller::console(county)
        };
        expiries += certificates_near(&app, &by).await?;
        let open = plans::open_on(app.db.read(), county, app.clock.today()).await?;
        for plan in &open {
            deadlines += plan_near(&app, &by, plan).await?;
            reports += reports::post(&app, &by, plan).await?;
        }
    }
    Ok(json!({"certificates": expiries, "deadlines": deadlines, "reports": reports}))
}

/// Tells whose certificates come near a day of theirs.
async fn certificates_near(state: &State, by: &Caller) -> Result<u64> {
    let today = state.clock.today();
    let through = today + chrono::Days::new(AHEAD.into_iter().max().unwrap_or(0).unsigned_abs());
    let law = regime::law(state.db.read()).await?;
    let catalogues = certificates::catalogues(state.db.read()).await?;
    let known = catalogues.on(today).map_or(&[][..], |known| &known.items);
    let items: HashMap<&str, &Item> = known
        .iter()
        .map(|item| (item.code.as_str(), item))
        .collect();
    let (mut after, mut told) = (None, 0);
    loop {
        let db = state.db.read();
        let span = (today, through);
        let due = store::certificates(db, by.county_id, span, after, STEP).await?;
        let Some(last) = due.last() else {
            return Ok(told);
        };
        after = Some(last.id);
        let letters = due
            .iter()
            .flat_map(|one| letters_of(one, (&items, &law), today));
        let work = state.begin_plain(by).await?;
        told += letters::write(&work, letters.collect()).await?.new;
        work.commit(&()).await?;
    }
}

/// A letter for each day of a certificate that comes near: days on record, of which the law decides whether they count.
fn letters_of(
    due: &Due,
    (items, law): (&HashMap<&str, &Item>, &Rules),
    today: chrono::NaiveDate,
) -> impl Iterator<Item = Letter> {
    let item = items.get(due.item_code.as_str());
    let (zh, en) = item.map_or((due.item_code.clone(), due.item_code.clone()), |item| {
        (item.item_zh.clone(), item.item_en.clone())
    });
    let (id, person_id) = (due.id, due.person_id);
    let dates = regime::dates(&due.record, law, today);
    let end = dates.valid_until.filter(|_| !dates.valid_until_computed);
    let review = dates.review_due.filter(|_| !dates.review_due_computed);
    let days = [(Near::End, end), (Near::Review, review)];
    days.into_iter().filter_map(move |(near, day)| {
        let day = day?;
        let ahead = step(&AHEAD, today, day)?;
        let (template, word) = match near {
            Near::End => ("certificate_expiry", "expiry"),
            Near::Review => ("certificate_review", "review"),
        };
        let left = (day - today).num_days();
        Some(Letter {
            person_id,
            cause: format!("certificate.{word}:{id}:{day}:{ahead}"),
            template,
            words: words::certificate(near, (&zh, &en), day, left),
            sent: None,
            picture: None,
        })
    })
}

/// Tells who has not met a plan that its end comes near.
async fn plan_near(state: &State, by: &Caller, plan: &Plan) -> Result<u64> {
    let today = state.clock.today();
    let Some(ahead) = step(&PLAN_AHEAD, today, plan.terms.period_to) else {
        return Ok(0);
    };
    let left = (plan.terms.period_to - today).num_days();
    let cause = format!("plan.deadline:{}:{ahead}", plan.id);
    let both = words::deadline(plan, left);
    let mut told = 0;
    loop {
        let work = state.begin_plain(by).await?;
        let people: Vec<Uuid> = store::not_done(&work.tx, plan, &cause, STEP).await?;
        if people.is_empty() {
            return Ok(told);
        }
        let letters = people.into_iter().map(|person_id| Letter {
            person_id,
            cause: cause.clone(),
            template: "plan_deadline",
            words: both.clone(),
            sent: None,
            picture: None,
        });
        told += letters::write(&work, letters.collect()).await?.new;
        work.commit(&()).await?;
    }
}
