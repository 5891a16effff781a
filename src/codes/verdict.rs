//! The verdict (核验结论): a pure function of what was scanned, the clock, the question and the bundle. 本县规则.
//!
//! What comes first decides. Red and grey end the judging; the yellows are gathered, and the first of them in this order
//! is the reason, the others stand beside it. Without any it is green.
//!
//! | step | asks | may say |
//! | --- | --- | --- |
//! | 1 the thing | is it a code of ours, and whole? | `not_ours`, `malformed` |
//! | 2 the bundle | is there one? | `no_bundle` |
//! | 3 the key | is it known, did it sign, was it allowed to? | `unknown_key`, `forged`, `key_revoked`, `key_out_of_time` |
//! | 4 the status | is the code good still? | `unclaimed`, `revoked`, `suspended`, `superseded` |
//! | 5 the proof | did the holder's phone sign this, now? | `forged`, `challenge_missing`, `challenge_wrong`, `replayed`, `proof_old` |
//! | 6 the dates | of the code; of the item asked about, or of all | `expired`; `not_for_this_item`, `expired`, `review_overdue` |
//! | 7 the doubts | what is genuine but to be looked at? | `paper`, `verifier_clock`, `clocks_differ`, `bundle_old`, `bundle_stale`, `choose_item`, `dates_unknown`, `unverified`, `expires_soon`, `review_soon` |
//! | 8 | nothing | `valid` |
//!
//! All instants are judged at the later of our clock and the bundle's: time cannot be before what the issuer signed.
//! A challenge that is answered stands for freshness where the clocks differ, but never makes it green: who holds a
//! phone for a minute could sign all 10,000 answers for one instant.

mod items;
mod reasons;

use super::bundle::{Doubt, Kept, Policy};
use super::presentation::{self, Challenge, Presentation, Read};
use super::status_list::Status;
use super::tc1::{self, Credential, Parsed};

pub use items::ItemVerdict;
pub use reasons::{Colour, Reason};

/// A scan and its question.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What the camera read.
    pub text: &'a str,
    /// The verifier's clock, in seconds since 1970.
    pub now: i64,
    /// The one item of work that is asked about: [`tc1::item_number`].
    pub for_item: Option<u16>,
    /// The four digits that the verifier shows, in ASCII, while it shows any.
    pub challenge: Option<Challenge>,
    /// Whether the verifier saw this very proof within the last two minutes ([`Verdict::proof_key`]).
    pub seen_before: bool,
}

/// What the server knows of a code beyond the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// As the list has it.
    Listed(Status),
    /// Made, but claimed by nobody yet.
    Unclaimed,
}

/// What to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The colour, always that of the reason.
    pub colour: Colour,
    /// Why.
    pub reason: Reason,
    /// Further doubts, where the reason is yellow.
    pub also: Vec<Reason>,
    /// What the issuer signed; nothing where that is not certain.
    pub credential: Option<Credential>,
    /// Each certificate by its own dates, whatever was asked.
    pub items: Vec<ItemVerdict>,
    /// The verifier's clock, as it was asked.
    pub computed_at: i64,
    /// As of when the status is known: the bundle's instant, or the verifier's own where it asked the server. Nothing
    /// where the list does not reach the code.
    pub status_as_of: Option<i64>,
    /// By which to remember this proof for two minutes; only where the holder's signature is right.
    pub proof_key: Option<[u8; 32]>,
}

/// Judges a scan by the bundle that is kept, without a network.
#[must_use]
pub fn judge(asked: &Asked<'_>, kept: Option<&Kept>) -> Verdict {
    judge_scan(asked, kept, None)
}

/// Judges a scan where the code's status is known from the server itself, by the same rules.
///
/// `kept` gives keys and settings; its age does not count.
#[must_use]
pub fn judge_status(asked: &Asked<'_>, kept: Option<&Kept>, live: Live) -> Verdict {
    judge_scan(asked, kept, Some(live))
}

/// Judges a code that the server found in its own books, with nothing scanned: as paper, and by the same rules.
#[must_use]
pub fn judge_record(
    credential: &Credential,
    live: Live,
    policy: &Policy,
    now: i64,
    for_item: Option<u16>,
) -> Verdict {
    let mut case = Case::new(now, now, *policy);
    case.status_as_of = Some(now);
    let outcome = case.status(live).and_then(|()| {
        case.doubts.push(Reason::Paper);
        case.dates(credential, for_item)
    });
    case.close(outcome, Some(credential.clone()))
}

/// The code's id, before anything of it is verified: where the server looks for its status.
#[must_use]
pub fn code_id(text: &str) -> Option<[u8; 16]> {
    read(text).ok().map(|(parsed, _)| parsed.credential.id)
}

/// A credential read from a scan, and the presentation around it if there is one.
fn read(text: &str) -> Result<(Parsed, Option<Presentation>), Reason> {
    let (parsed, shown) = match presentation::read_text(text) {
        Read::Presentation(shown) => (tc1::decode(&shown.credential), Some(shown)),
        Read::Paper(bytes) => (tc1::decode(&bytes), None),
        Read::NotOurs => return Err(Reason::NotOurs),
        Read::Damaged => return Err(Reason::Malformed),
    };
    Ok((parsed.map_err(|_| Reason::Malformed)?, shown))
}

fn judge_scan(asked: &Asked<'_>, kept: Option<&Kept>, live: Option<Live>) -> Verdict {
    let ended =
        |reason| Case::new(asked.now, asked.now, Policy::default()).close(Err(reason), None);
    let (parsed, shown) = match read(asked.text) {
        Ok(read) => read,
        Err(reason) => return ended(reason),
    };
    let Some(kept) = kept else {
        return ended(Reason::NoBundle);
    };
    let mut case = Case::new(asked.now, asked.now.max(kept.time), kept.policy);
    if let Err(reason) = case.key(&parsed, kept) {
        return case.close(Err(reason), None);
    }
    let credential = parsed.credential;
    let outcome = case.genuine(asked, kept, live, &credential, shown.as_ref());
    case.close(outcome, Some(credential))
}

/// A judging on its way: what it goes by, and what it found so far.
struct Case {
    now: i64,
    at: i64,
    policy: Policy,
    doubts: Vec<Reason>,
    items: Vec<ItemVerdict>,
    status_as_of: Option<i64>,
    proof_key: Option<[u8; 32]>,
}

/// Nothing against it, or what ends the judging.
type Step = Result<(), Reason>;

impl Case {
    const fn new(now: i64, at: i64, policy: Policy) -> Self {
        Self {
            now,
            at,
            policy,
            doubts: Vec::new(),
            items: Vec::new(),
            status_as_of: None,
            proof_key: None,
        }
    }

    /// Steps 4 to 7 for a credential that the issuer signed.
    fn genuine(
        &mut self,
        asked: &Asked<'_>,
        kept: &Kept,
        live: Option<Live>,
        credential: &Credential,
        shown: Option<&Presentation>,
    ) -> Step {
        self.items = items::judge(credential, &self.policy, self.at);
        self.clock(kept, credential);
        if let Some(live) = live {
            self.status_as_of = Some(self.now);
            self.status(live)?;
        } else {
            self.listed(kept, credential)?;
        }
        match shown {
            Some(shown) => self.proof(asked, credential, shown)?,
            None => self.doubts.push(Reason::Paper),
        }
        self.dates(credential, asked.for_item)
    }

    /// Step 3: the issuer's signature.
    fn key(&self, parsed: &Parsed, kept: &Kept) -> Step {
        let key = kept.keys.get(parsed.kid).ok_or(Reason::UnknownKey)?;
        if !parsed.verify(&key.public) {
            return Err(Reason::Forged);
        }
        key.vouches(parsed.credential.issued, self.at)
            .map_err(|doubt| match doubt {
                Doubt::Revoked => Reason::KeyRevoked,
                Doubt::OutOfTime => Reason::KeyOutOfTime,
            })
    }

    /// Step 4 by the bundle's list, and the bundle's age.
    fn listed(&mut self, kept: &Kept, credential: &Credential) -> Step {
        let age = self.at.saturating_sub(kept.time);
        if age > self.policy.bundle_old_seconds.into() {
            self.doubts.push(Reason::BundleOld);
        } else if age > self.policy.bundle_fresh_seconds.into() {
            self.doubts.push(Reason::BundleStale);
        }
        if let Some(status) = kept.status(credential.status_index) {
            self.status_as_of = Some(kept.time);
            return self.status(Live::Listed(status));
        }
        // A shard that was opened after the bundle was made.
        self.doubts.push(Reason::BundleStale);
        Ok(())
    }

    /// Step 4 by what is known.
    #[expect(clippy::unused_self, reason = "a step like the others")]
    const fn status(&self, live: Live) -> Step {
        match live {
            Live::Listed(Status::Valid) => Ok(()),
            Live::Listed(Status::Invalid) => Err(Reason::Revoked),
            Live::Listed(Status::Suspended) => Err(Reason::Suspended),
            Live::Listed(Status::Superseded) => Err(Reason::Superseded),
            Live::Unclaimed => Err(Reason::Unclaimed),
        }
    }

    /// Step 5: the holder's signature, and whether it was made now.
    fn proof(&mut self, asked: &Asked<'_>, credential: &Credential, shown: &Presentation) -> Step {
        // A proof under a credential that no phone is bound to can be nobody's.
        let holder = credential.holder.as_ref().ok_or(Reason::Forged)?;
        if !shown.is_by(holder) {
            return Err(Reason::Forged);
        }
        self.proof_key = Some(shown.memory(&credential.id));
        let answered = match (asked.challenge, shown.challenge) {
            (None, _) => false,
            (Some(_), None) => return Err(Reason::ChallengeMissing),
            (Some(asked), Some(given)) if asked == given => true,
            (Some(_), Some(_)) => return Err(Reason::ChallengeWrong),
        };
        if asked.seen_before {
            return Err(Reason::Replayed);
        }
        if self.at.abs_diff(shown.t) <= self.policy.fresh_seconds.into() {
            return Ok(());
        }
        if !answered {
            return Err(Reason::ProofOld);
        }
        self.doubts.push(Reason::ClocksDiffer);
        Ok(())
    }

    /// Our clock against what was signed: neither the bundle nor the code can be of a time to come.
    fn clock(&mut self, kept: &Kept, credential: &Credential) {
        let latest = kept.time.max(credential.issued);
        if latest.saturating_sub(self.now) > self.policy.fresh_seconds.into() {
            self.doubts.push(Reason::VerifierClock);
        }
    }

    /// Step 6, and the doubts that come of dates.
    fn dates(&mut self, credential: &Credential, for_item: Option<u16>) -> Step {
        if self.items.is_empty() {
            self.items = items::judge(credential, &self.policy, self.at);
        }
        if credential.expires.is_some_and(|expires| expires <= self.at) {
            return Err(Reason::Expired);
        }
        self.doubts.extend(items::together(&self.items, for_item)?);
        Ok(())
    }

    /// Steps 7 and 8.
    fn close(mut self, outcome: Step, credential: Option<Credential>) -> Verdict {
        self.doubts.sort_unstable();
        self.doubts.dedup();
        let mut doubts = self.doubts.into_iter();
        let (reason, also) = match outcome {
            Err(reason) => (reason, Vec::new()),
            Ok(()) => (doubts.next().unwrap_or(Reason::Valid), doubts.collect()),
        };
        Verdict {
            colour: reason.colour(),
            reason,
            also,
            credential,
            items: self.items,
            computed_at: self.now,
            status_as_of: self.status_as_of,
            proof_key: self.proof_key,
        }
    }
}
