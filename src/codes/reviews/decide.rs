//! A review decided: approved, refused, or left until the issuer has entered the certificate.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::rules::{self, Dates, ReviewState};
use super::store::{self, Review};
use super::{SUBJECT, Start, start};
use crate::audit;
use crate::certificates::{self, CheckResult, NewCertificate, NewCheck};
use crate::codes::{in_line, life, refresh, words};
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State};

/// What an officer read off the card.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Approval {
    /// Where the worker typed something else.
    pub first_issued: Option<chrono::NaiveDate>,
    pub valid_until: Option<chrono::NaiveDate>,
    pub review_due: Option<chrono::NaiveDate>,
    /// He looked it up at the issuer's, today, and found it so.
    pub issuer_checked: bool,
}

impl Approval {
    fn dates(&self, typed: &Dates) -> Dates {
        Dates {
            first_issued: self.first_issued.unwrap_or(typed.first_issued),
            valid_until: self.valid_until.unwrap_or(typed.valid_until),
            review_due: self.review_due.or(typed.review_due),
        }
    }
}

/// A review begun to be decided, or what the same request made of it before.
enum Decision<'a> {
    Fresh(Box<(Work<'a>, Scope, Review)>),
    Again(Box<Review>),
}

async fn begin<'a>(
    state: &'a State,
    by: &'a Caller,
    retry: Retry,
    id: Uuid,
    seen: &Seen<Review>,
) -> Result<Decision<'a>> {
    let scope = by.may(Action::ManageCodes)?;
    let work = match start(state, by, retry, &scope).await? {
        Start::Fresh(work) => work,
        Start::Again(review) => return Ok(Decision::Again(review)),
    };
    // Whoever decides stands in line: the row is nobody else's until the end.
    in_line(&work).await?;
    let review = store::review(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    seen.check(&review)?;
    if !review.state.is_undecided() {
        return Err(Fault::new(Code::ReviewDecided));
    }
    Ok(Decision::Fresh(Box::new((work, scope, review))))
}

/// Writes what became of it, tells the worker, and commits.
async fn finish(work: Work<'_>, review: Review, detail: Value) -> Result<Review> {
    store::save(&work, &review).await?;
    let kind = match review.state {
        ReviewState::Approved => "review_approved",
        ReviewState::Refused => "review_refused",
        ReviewState::Open | ReviewState::Waiting => "review_waiting",
    };
    words::tell(&work, &[review.person_id], kind, &review.reason).await?;
    let subject = (SUBJECT, review.id.to_string());
    audit::record(&work, &format!("codes.{kind}"), subject, detail).await?;
    work.commit(&review.id).await?;
    Ok(review)
}

/// The card is good: its certificate goes on the register, and its holder may claim a code. Until the issuer confirms it,
/// the code is yellow.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`, `review_decided`, `invalid_field`; those of the register.
pub async fn approve(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    told: Approval,
    seen: Seen<Review>,
) -> Result<Review> {
    let (work, scope, mut review) = match begin(state, by, retry, id, &seen).await? {
        Decision::Fresh(fresh) => *fresh,
        Decision::Again(review) => return Ok(*review),
    };
    let today = state.clock.today();
    review.dates = told.dates(&review.dates);
    rules::check(&review.dates, today)?;
    let new = NewCertificate {
        person_id: review.person_id,
        item: review.item_code.clone(),
        first_issued: Some(review.dates.first_issued),
        valid_until: Some(review.dates.valid_until),
        review_due: review.dates.review_due,
        region_id: review.region_id,
        ..NewCertificate::default()
    };
    let certificate = certificates::register(&work, &new).await?;
    if told.issuer_checked {
        let check = NewCheck {
            checked_on: today,
            result: CheckResult::Confirmed,
            valid_until: Some(review.dates.valid_until),
            review_due: review.dates.review_due,
            reviewed_on: None,
            unbroken_ten_years: None,
            note: String::new(),
        };
        certificates::record_issuer_check(&work, &scope, certificate, check).await?;
    }
    review.state = ReviewState::Approved;
    review.issuer_checked = told.issuer_checked;
    review.certificate_id = Some(certificate);
    review.reason.clear();
    review.decided_at = Some(work.now);
    // Whoever has a code for another item gets this one into it.
    refresh::follow(&work, &[review.person_id]).await?;
    let detail = json!({
        "person": review.person_id, "item": review.item_code, "certificate": certificate, "told": told
    });
    finish(work, review, detail).await
}

/// The card is not good.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`, `review_decided`, `field_missing` without a reason.
pub async fn refuse(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    reason: &str,
    seen: Seen<Review>,
) -> Result<Review> {
    let reason = life::read_reason(reason)?;
    let (work, _, mut review) = match begin(state, by, retry, id, &seen).await? {
        Decision::Fresh(fresh) => *fresh,
        Decision::Again(review) => return Ok(*review),
    };
    review.state = ReviewState::Refused;
    review.reason = reason;
    review.decided_at = Some(work.now);
    let detail = json!({"person": review.person_id, "reason": review.reason});
    finish(work, review, detail).await
}

/// The card may be good, but its issuer does not know it yet: new ones are entered days late.
///
/// # Errors
/// `forbidden`, `not_found`, `stale`, `review_decided`.
pub async fn await_issuer(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    seen: Seen<Review>,
) -> Result<Review> {
    let (work, _, mut review) = match begin(state, by, retry, id, &seen).await? {
        Decision::Fresh(fresh) => *fresh,
        Decision::Again(review) => return Ok(*review),
    };
    review.state = ReviewState::Waiting;
    let detail = json!({"person": review.person_id});
    finish(work, review, detail).await
}
