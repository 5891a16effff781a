//! Certificates of training (培训合格证明): a number, a page to print, and a way for anybody to ask whether it is genuine.
//!
//! Owns `training_proof`. Invariants: one for each time somebody met a plan's demand, in the words of the day it was
//! issued; it is as good as that completion is now, so that a correction of the ledger ends it. May not enter: what is
//! asked of whom.

pub mod api;
mod sheet;
mod store;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::codes::render;
use crate::codes::rules::{masked_name, read_typed};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock, db, limits};
use crate::{audit, codes, fresh, people, plans};
pub use store::Filter;

/// What stands on a certificate, as it was when it was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub name: String,
    pub id_masked: String,
    pub enterprise: Option<String>,
    pub region: String,
    pub county: String,
    pub plan: String,
    pub period_from: NaiveDate,
    pub period_to: NaiveDate,
    /// Minutes in the ledger on the day of issue.
    pub minutes: i64,
    /// Minutes of one hour of training (学时).
    pub minutes_per_hour: i32,
    pub completed_on: NaiveDate,
}

/// A certificate of training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub id: Uuid,
    pub person_id: Uuid,
    pub plan_id: Uuid,
    /// As `330624-2020-7KQ2M4XP`: county, year, eight signs of which the last is a check sign.
    pub number: String,
    pub content: Content,
    /// Microseconds since 1970.
    pub issued_at: i64,
    /// When the completion it stands for was withdrawn.
    pub withdrawn_at: Option<i64>,
}

/// What came of issuing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Issued {
    pub proofs: Vec<Proof>,
    /// Who has not met the plan's demand, as far as the caller may know.
    pub not_due: Vec<Uuid>,
}

/// What anybody is told of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    pub number: String,
    pub is_valid: bool,
    pub name_masked: String,
    pub plan: String,
    pub county: String,
    pub minutes: i64,
    pub minutes_per_hour: i32,
    pub completed_on: NaiveDate,
    pub issued_at: i64,
}

/// Issues certificates to people who have met a plan's demand; who has one already gets that.
///
/// # Errors
/// `forbidden`; `not_found` for a plan of another county; `person_not_on_file` for anybody out of the caller's reach.
pub async fn issue(
    state: &State,
    by: &Caller,
    retry: Retry,
    plan_id: Uuid,
    persons: Vec<Uuid>,
) -> Result<Issued> {
    let scope = by.may(Action::IssueProofs)?;
    let work = fresh!(state.begin(by, retry).await?);
    let known = people::visible_of(&work.tx, &scope, &persons).await?;
    if let Some(place) = persons.iter().position(|person| !known.contains(person)) {
        return Err(Fault::new(Code::PersonNotOnFile).at(&format!("/person_ids/{place}")));
    }
    let plan = plans::any_plan(&work.tx, by.county_id, plan_id).await?;
    db::lock_in_line(&work.tx, &format!("proofs:{plan_id}")).await?;
    let due = store::due(&work.tx, &scope, plan_id, &persons).await?;
    let had = store::of_completions(&work.tx, by.county_id, plan_id, &persons).await?;
    let mut issued = Issued::default();
    let mut new = Vec::new();
    for person in persons {
        let Some(due) = due.iter().find(|due| due.person_id == person) else {
            issued.not_due.push(person);
            continue;
        };
        if let Some(proof) = had.get(&due.completion_id) {
            issued.proofs.push(proof.clone());
            continue;
        }
        let number = number(&due.county_code, plan.terms.year)?;
        let proof = due.proof(&plan, number, work.now);
        issued.proofs.push(proof.clone());
        new.push((proof, due));
    }
    store::insert(&work, &new).await?;
    let numbers: Vec<&str> = new.iter().map(|(proof, _)| proof.number.as_str()).collect();
    if !numbers.is_empty() {
        record(&work, "proofs.issue", plan_id, json!({"numbers": numbers})).await?;
    }
    work.commit(&issued).await?;
    Ok(issued)
}

fn number(county_code: &str, year: i32) -> Result<String> {
    // 31⁷ of them a county and year, and the table takes none twice: a repeated one is drawn again by the next request.
    Ok(format!("{county_code}-{year}-{}", codes::random_typed()?))
}

impl store::Due {
    fn proof(&self, plan: &plans::Plan, number: String, now: i64) -> Proof {
        Proof {
            id: clock::new_id(),
            person_id: self.person_id,
            plan_id: plan.id,
            number,
            content: Content {
                name: self.name.clone(),
                id_masked: self.id_masked.clone(),
                enterprise: self.enterprise.clone(),
                region: self.region.clone(),
                county: self.county.clone(),
                plan: plan.terms.title.clone(),
                period_from: plan.terms.period_from,
                period_to: plan.terms.period_to,
                minutes: self.minutes,
                minutes_per_hour: plan.terms.minutes_per_hour,
                completed_on: self.completed_on,
            },
            issued_at: now,
            withdrawn_at: None,
        }
    }
}

/// One in the caller's reach.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn one(state: &State, by: &Caller, id: Uuid) -> Result<Proof> {
    let scope = by.may(Action::IssueProofs)?;
    let found = store::find(state.db.read(), &scope, id).await?;
    found.ok_or_else(Fault::not_found)
}

/// One as a page to print, A4 across; whoever prints another's is audited.
///
/// # Errors
/// `forbidden`, `not_found`; `proof_withdrawn`.
pub async fn sheet(state: &State, by: &Caller, id: Uuid) -> Result<String> {
    let proof = one(state, by, id).await?;
    if proof.withdrawn_at.is_some() {
        return Err(Fault::new(Code::ProofWithdrawn));
    }
    if by.person() != Some(proof.person_id) {
        let work = state.begin_plain(by).await?;
        record(
            &work,
            "proofs.print",
            proof.plan_id,
            json!({"number": proof.number}),
        )
        .await?;
        work.commit(&()).await?;
    }
    let home = state.settings.public_url.trim_end_matches('/');
    let address = format!("{home}/t?n={}", proof.number);
    let matrix = render::plain(&address).map_err(|e| Fault::internal(e.to_string()))?;
    let issued = state.clock.local(proof.issued_at).date_naive();
    Ok(sheet::svg(&sheet::Sheet {
        proof: &proof,
        matrix: &matrix,
        address: &address,
        issued,
        hotline: state.settings.hotline.as_deref(),
    }))
}

/// What anybody may know of a number, so many times a minute from one address.
///
/// # Errors
/// `too_many_requests`; `typed_code_invalid` for what is no number of ours; `not_found`.
pub async fn look_up(state: &State, address: &str, number: &str) -> Result<LookedUp> {
    limits::take(state, limits::Kind::TypedCode, address).await?;
    let number = read_number(number).ok_or_else(|| Fault::new(Code::TypedCodeInvalid))?;
    let found = store::of_number(state.db.read(), &number).await?;
    let proof = found.ok_or_else(Fault::not_found)?;
    Ok(LookedUp {
        is_valid: proof.withdrawn_at.is_none(),
        name_masked: masked_name(&proof.content.name),
        number: proof.number,
        plan: proof.content.plan,
        county: proof.content.county,
        minutes: proof.content.minutes,
        minutes_per_hour: proof.content.minutes_per_hour,
        completed_on: proof.content.completed_on,
        issued_at: proof.issued_at,
    })
}

/// A number as it was typed, as it is kept.
fn read_number(text: &str) -> Option<String> {
    let clean: String = text
        .trim()
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '－' | '–' | '—' => '-',
            c => c.to_ascii_uppercase(),
        })
        .collect();
    let mut parts = clean.splitn(3, '-');
    let (county, year, signs) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(county, 4, 12) || !digits(year, 4, 4) {
        return None;
    }
    let signs = read_typed(signs)?;
    Some(format!("{county}-{year}-{signs}"))
}

async fn record(
    work: &Work<'_>,
    action: &'static str,
    plan_id: Uuid,
    detail: serde_json::Value,
) -> Result<()> {
    audit::record(work, action, ("plan", plan_id.to_string()), detail).await
}

#[cfg(test)]
mod tests {
    use super::read_number;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let signs = crate::codes::rules::typed_code([1, 2, 3, 4, 5, 6, 7]);
        let kept = format!("330624-2020-{signs}");
        for written in [
            kept.clone(),
            format!("  330624－2020－{}  ", signs.to_lowercase()),
            format!("330624 - 2020 - {} {}", &signs[..4], &signs[4..]),
            format!("330624-2020-{}-{}", &signs[..4], &signs[4..]),
        ] {
            assert_eq!(read_number(&written).as_ref(), Some(&kept), "{written}");
        }
        for wrong in [
            "",
            "330624",
            "330624-2020",
            "330624-20-34567823",
            "abc-2020-34567823",
            "330624-2020-3456782",
        ] {
            assert_eq!(read_number(wrong), None, "{wrong}");
        }
    }
}
