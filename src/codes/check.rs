//! A code checked by the server itself: by a stranger, by somebody on duty, or by its typed code (在线核验).
//!
//! The same pure verdict as on a phone without a network; what differs is that the status is today's.

use std::sync::Arc;

use uuid::Uuid;

use super::bundle::Kept;
use super::presentation::Challenge;
use super::rules::read_typed;
use super::store::{self, Issued};
use super::tc1::{self, item_code, item_number};
use super::trust;
use super::verdict::{self, Asked, Live, Verdict};
use crate::platform::idempotency::{Begun, Retry};
use crate::platform::{Action, Caller, Code, Fault, Result, State, limits};

/// What is asked of a code.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Question {
    /// What the camera read.
    pub scanned: String,
    /// The item of work asked about, as `2.1`.
    pub for_item: Option<String>,
    /// The digits the verifier shows.
    pub challenge: Option<Challenge>,
}

/// A verdict, with the code as the register has it where it is certain which.
pub struct Checked {
    pub verdict: Verdict,
    pub code: Option<Issued>,
}

/// Checks a scan for anybody. Nothing is remembered of it.
///
/// # Errors
/// `item_unknown`; `issuer_key_missing` where the county has no codes yet.
pub async fn verify(state: &State, county_id: Uuid, question: &Question) -> Result<Checked> {
    Scan::of(state, county_id, question)
        .await?
        .judge(question, false)
}

/// Checks a scan for somebody on duty; the same proof within two minutes is a picture of the one before.
///
/// # Errors
/// `forbidden`; those of [`verify`].
pub async fn check(
    state: &State,
    by: &Caller,
    retry: Retry,
    question: &Question,
) -> Result<Checked> {
    by.may(Action::CheckCodes)?;
    let scan = Scan::of(state, by.county_id, question).await?;
    let first = scan.judge(question, false)?;
    let Some(proof) = first.verdict.proof_key else {
        return Ok(first);
    };
    // A retry of a lost answer is no second sight of it.
    let seen = match state.begin(by, retry).await? {
        Begun::Again(seen) => seen,
        Begun::Fresh(work) => {
            let seen = store::proofs::remember(&work, &proof).await?;
            work.commit(&seen).await?;
            seen
        }
    };
    if seen {
        scan.judge(question, true)
    } else {
        Ok(first)
    }
}

/// Looks a typed code up for anybody, so many times a minute from one address; it is as good as paper.
///
/// # Errors
/// `too_many_requests`, `typed_code_invalid`, `not_found`, `item_unknown`, `issuer_key_missing`.
pub async fn typed(
    state: &State,
    county_id: Uuid,
    address: &str,
    text: &str,
    for_item: Option<&str>,
) -> Result<Checked> {
    limits::take(state, limits::Kind::TypedCode, address).await?;
    let typed = read_typed(text).ok_or_else(|| Fault::new(Code::TypedCodeInvalid))?;
    let code = store::by_typed(state.db.read(), county_id, &typed)
        .await?
        .ok_or_else(Fault::not_found)?;
    let kept = trust::verified(state, county_id).await?;
    let parsed = tc1::decode(&code.credential).map_err(|e| Fault::internal(e.to_string()))?;
    let item = number(for_item, Some(&parsed.credential))?;
    let verdict = verdict::judge_record(
        &parsed.credential,
        Live::Listed(trust::status(code.state)),
        &kept.policy,
        state.clock.now() / 1_000_000,
        item,
    );
    Ok(Checked {
        verdict,
        code: Some(code),
    })
}

/// A scan with what the server knows of it.
struct Scan {
    kept: Arc<Kept>,
    code: Option<Issued>,
    item: Option<u16>,
    /// Seconds since 1970.
    now: i64,
}

impl Scan {
    async fn of(state: &State, county_id: Uuid, question: &Question) -> Result<Self> {
        let kept = trust::verified(state, county_id).await?;
        let code = match verdict::code_id(&question.scanned) {
            Some(id) => store::by_id(state.db.read(), county_id, Uuid::from_bytes(id)).await?,
            None => None,
        };
        let parsed = code
            .as_ref()
            .and_then(|code| tc1::decode(&code.credential).ok());
        let credential = parsed.as_ref().map(|parsed| &parsed.credential);
        Ok(Self {
            item: number(question.for_item.as_deref(), credential)?,
            kept,
            code,
            now: state.clock.now() / 1_000_000,
        })
    }

    fn judge(&self, question: &Question, seen_before: bool) -> Result<Checked> {
        let asked = Asked {
            text: &question.scanned,
            now: self.now,
            for_item: self.item,
            challenge: question.challenge,
            seen_before,
        };
        let verdict = match &self.code {
            Some(code) => {
                let live = Live::Listed(trust::status(code.state));
                verdict::judge_status(&asked, Some(&self.kept), live)
            }
            // Signed by us and not in our books: as the list has it, which is all there is.
            None => verdict::judge(&asked, Some(&self.kept)),
        };
        // Whose code it is is certain only where the issuer's signature is.
        let certain = verdict.credential.is_some();
        Ok(Checked {
            code: self.code.clone().filter(|_| certain),
            verdict,
        })
    }
}

/// The number of the item asked about: as the code has it, else as the first catalogue does.
fn number(for_item: Option<&str>, credential: Option<&tc1::Credential>) -> Result<Option<u16>> {
    let Some(wanted) = for_item else {
        return Ok(None);
    };
    let held = credential.and_then(|credential| {
        let of_code = |item: &&tc1::Item| item_code(item.number).1 == wanted;
        credential.items.iter().find(of_code)
    });
    held.map(|item| item.number)
        .or_else(|| item_number(0, wanted))
        .map(Some)
        .ok_or_else(|| {
            Fault::new(Code::ItemUnknown)
                .with("code", wanted)
                .at("/for")
        })
}
