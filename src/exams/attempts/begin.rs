//! Beginning an attempt: who may, and the questions drawn for him.

use serde_json::json;
use uuid::Uuid;

use super::{Attempt, examinee, grading, store, store_rows};
use crate::exams::papers::rules::{self, Closed};
use crate::exams::papers::{self, Paper, PaperState};
use crate::exams::questions::store as bank;
use crate::hours::CountedAt;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Caller, Code, Fault, Result, Scope, State, clock, db, seal};
use crate::{audit, fresh, people, plans};

/// What the seal binds phones to: one phone is one word, and tells nothing else.
pub(super) const DEVICE_PURPOSE: &str = "exam device";

/// Begins an attempt at a paper, or gives the one that is under way: on whatever phone it is asked for.
///
/// # Errors
/// `not_found` when the paper is not for the caller; `paper_not_open`, `attempts_used`, `attempt_too_soon`;
/// `questions_too_few` when the bank was emptied since it was published.
pub async fn begin(
    state: &State,
    by: &Caller,
    retry: Retry,
    paper_id: Uuid,
    device: Option<&str>,
) -> Result<Attempt> {
    let person_id = examinee(by)?;
    let work = fresh!(state.begin(by, retry).await?);
    // One beginning of a person's after another: two phones get the same attempt.
    db::lock_in_line(&work.tx, &format!("exam:{paper_id}:{person_id}")).await?;
    let county = Scope::county(by.county_id);
    let paper = papers::store::find(&work.tx, &county, paper_id).await?;
    let paper = paper.filter(|paper| paper.state != PaperState::Draft);
    let paper = paper.ok_or_else(Fault::not_found)?;
    let mut before = store::of_person(&work.tx, by.county_id, paper_id, person_id).await?;
    if let Some(last) = before.last_mut().filter(|last| last.submitted_at.is_none()) {
        if last.is_open(work.now) {
            work.commit(&*last).await?;
            return Ok(last.clone());
        }
        let graded = grading::grade(&work, vec![last.clone()]).await?;
        graded.into_iter().for_each(|graded| *last = graded);
    }
    let at = standing(&work, &paper, person_id).await?;
    may_begin(state, &paper, work.now, &before)?;
    let attempt = drawn(&work, &paper, person_id, at, &before).await?;
    let hash = device.map(|device| state.seal.lookup(DEVICE_PURPOSE, device));
    store_rows::insert(&work, &attempt, hash).await?;
    let detail = json!({"paper": paper_id, "number": attempt.number});
    let told = ("exam_attempt", attempt.id.to_string());
    audit::record(&work, "exams.begin", told, detail).await?;
    work.commit(&attempt).await?;
    Ok(attempt)
}

/// Where a pass of his counts; a paper of a plan that does not ask him is not there for him.
async fn standing(work: &Work<'_>, paper: &Paper, person_id: Uuid) -> Result<Option<CountedAt>> {
    let post = people::post_on(&work.tx, person_id, work.state.clock.today()).await?;
    let at = post.map(|post| CountedAt {
        region_id: post.region_id,
        enterprise_id: post.enterprise_id,
        role: post.role,
    });
    let Some(plan_id) = paper.plan_id else {
        return Ok(at);
    };
    let plan = plans::open_plan(&work.tx, work.by.county_id, plan_id).await?;
    let (today, terms) = (work.state.clock.today(), &plan.terms);
    if !(terms.period_from..=terms.period_to).contains(&today) {
        return Err(Fault::new(Code::PaperNotOpen));
    }
    let asked = |at: &CountedAt| terms.target_roles.contains(&at.role);
    match at {
        Some(at) if asked(&at) => Ok(Some(at)),
        _ => Err(Fault::not_found()),
    }
}

fn may_begin(state: &State, paper: &Paper, now: i64, before: &[Attempt]) -> Result<()> {
    if paper.state != PaperState::Published {
        return Err(Fault::new(Code::PaperNotOpen));
    }
    let attempts = i32::try_from(before.len()).unwrap_or(i32::MAX);
    let ended = before.last().and_then(|last| last.submitted_at);
    match rules::may_begin(&paper.rules, now, attempts, ended) {
        Ok(()) => Ok(()),
        Err(Closed::NotOpen) => Err(Fault::new(Code::PaperNotOpen)),
        Err(Closed::Used) => Err(Fault::new(Code::AttemptsUsed).with("count", attempts)),
        Err(Closed::TooSoon(again)) => {
            let again = state.clock.local(again).format("%Y-%m-%d %H:%M");
            Err(Fault::new(Code::AttemptTooSoon).with("again", again))
        }
    }
}

async fn drawn(
    work: &Work<'_>,
    paper: &Paper,
    person_id: Uuid,
    at: Option<CountedAt>,
    before: &[Attempt],
) -> Result<Attempt> {
    let pools = papers::pools(&work.tx, work.by.county_id, &paper.rules).await?;
    let seed = u64::from_be_bytes(seal::random::<8>()?);
    let drawn = rules::draw(&paper.rules, &pools, seed).map_err(papers::too_few)?;
    let ids: Vec<Uuid> = drawn.iter().flatten().copied().collect();
    let contents = bank::contents(&work.tx, &ids).await?;
    let choices = |id: &Uuid| contents.get(id).map_or(0, |content| content.choices());
    let items = rules::asked(&paper.rules, &drawn, choices, seed);
    Ok(Attempt {
        id: clock::new_id(),
        paper_id: paper.id,
        person_id,
        plan_id: paper.plan_id,
        at,
        number: before.last().map_or(0, |last| last.number) + 1,
        most_points: items.iter().map(|item| item.points).sum(),
        items,
        started_at: work.now,
        ends_at: rules::ends_at(&paper.rules, work.now),
        submitted_at: None,
        points: None,
        passed: None,
    })
}
