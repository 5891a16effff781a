//! A code claimed: on the holder's phone, with an officer's help, or for many at once (领码).

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::ground::Ground;
use super::issue::{Want, issue};
use super::rules::{CLAIM_MINUTES, CodeState, HeldBy, Method, NEW_PHONE_DAYS, NEW_PHONES};
use super::store::{self, Issued};
use super::{Start, in_line, presentation, print, start, words};
use crate::certificates::{self, ClaimMethod, Standing};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock, seal};
use crate::{audit, fresh, people};

const MINUTE: i64 = 60 * 1_000_000;

/// A claim begun: what the phone is to sign.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begun {
    pub id: Uuid,
    pub nonce: Vec<u8>,
    /// Microseconds since 1970.
    pub expires_at: i64,
    pub new_phone: bool,
    /// The certificates that would stand in the code.
    pub certificates: Vec<Shown>,
}

/// A certificate as its holder recognises it before he confirms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shown {
    pub certificate_id: Uuid,
    pub item_code: String,
    pub valid_until: Option<chrono::NaiveDate>,
    pub claimed: bool,
}

/// What a phone sends to complete a claim.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    pub holder_key: Vec<u8>,
    pub signature: Vec<u8>,
}

/// Begins a claim: the certificates of the caller's own, and a nonce for his phone to sign.
///
/// # Errors
/// `no_certificate` when none stands on the register in his name; `certificate_unknown` when he names one that is not
/// his; `code_exists` when he has a living code and does not ask for a new phone; `no_code` when he asks for a new
/// phone and has none; `too_many_phones`.
pub async fn begin(
    state: &State,
    by: &Caller,
    retry: Retry,
    new_phone: bool,
    named: Option<Uuid>,
) -> Result<Begun> {
    by.may(Action::ClaimOwnCode)?;
    let person = by.person().ok_or_else(|| Fault::new(Code::Forbidden))?;
    let work = fresh!(state.begin(by, retry).await?);
    let ground = Ground::of(&work, &[person]).await?;
    let mine = ground.certificates(person);
    if named.is_some_and(|named| mine.iter().all(|one| one.id != named)) {
        return Err(Fault::new(Code::CertificateUnknown).at("/certificate_id"));
    }
    must_have_content(&ground, person)?;
    may_have(&work, person, new_phone).await?;
    let begun = Begun {
        id: clock::new_id(),
        nonce: seal::random::<32>()?.to_vec(),
        expires_at: work.now + CLAIM_MINUTES * MINUTE,
        new_phone,
        certificates: mine
            .iter()
            .filter(|one| one.standing == Standing::Active)
            .map(|one| Shown {
                certificate_id: one.id,
                item_code: one.item_code.clone(),
                valid_until: one.valid_until,
                claimed: one.claimed,
            })
            .collect(),
    };
    let row = store::claims::Begun {
        id: begun.id,
        person_id: person,
        nonce: begun.nonce.clone(),
        new_phone,
        expires_at: begun.expires_at,
        done_at: None,
    };
    store::claims::insert(&work, &row).await?;
    work.commit(&begun).await?;
    Ok(begun)
}

/// Whether there is anything his code could hold.
fn must_have_content(ground: &Ground, person: Uuid) -> Result<()> {
    let content = ground.content(person)?;
    if content.items.is_empty() {
        let code = if content.any_suspended {
            Code::CertificatesSuspended
        } else {
            Code::NoCertificate
        };
        return Err(Fault::new(code));
    }
    Ok(())
}

/// Whether he may have a code, or another one, now.
async fn may_have(work: &Work<'_>, person: Uuid, new_phone: bool) -> Result<Option<Issued>> {
    let county = work.by.county_id;
    let mut living = store::living_of(&work.tx, county, &[person]).await?;
    let living = living.remove(&person);
    if living.is_none() {
        not_revoked(work, person).await?;
    }
    match (&living, new_phone) {
        // A printed code, or one made in bulk, has no phone yet: the first one needs no limit.
        (Some(code), false) if code.holder_key.is_some() => Err(Fault::new(Code::CodeExists)),
        (None, true) => Err(Fault::new(Code::NoCode)),
        (Some(code), _) if code.state == CodeState::Suspended && !own_hold(code) => {
            Err(Fault::new(Code::CodeNotSo).with("state", code.state.word()))
        }
        (_, true) => {
            let since = work.now - NEW_PHONE_DAYS * 24 * 60 * MINUTE;
            let phones = store::claims::new_phones(&work.tx, county, person, since).await?;
            if phones >= NEW_PHONES {
                return Err(Fault::new(Code::TooManyPhones).with("days", NEW_PHONE_DAYS));
            }
            Ok(living)
        }
        _ => Ok(living),
    }
}

/// Whoever's code a person revoked does not claim the next one by himself: that person, or another officer, gives it back.
async fn not_revoked(work: &Work<'_>, person: Uuid) -> Result<()> {
    let county = Scope::county(work.by.county_id);
    let newest = store::newest_of(&work.tx, &county, &[person]).await?;
    match newest.get(&person) {
        Some(code) if code.state == CodeState::Revoked && !code.reason.is_empty() => {
            Err(Fault::new(Code::CodeNotSo).with("state", code.state.word()))
        }
        _ => Ok(()),
    }
}

/// Whether its holder suspended it himself: a new phone is his way back.
fn own_hold(code: &Issued) -> bool {
    code.held_by == Some(HeldBy::Holder)
}

/// Completes a claim: the phone's key is bound, the old code, if there is one, ends.
///
/// # Errors
/// `not_found` for another's claim; `claim_expired`, `claim_done`; `holder_key_invalid`, `proof_invalid`; those of
/// [`begin`], which are asked anew.
pub async fn complete(
    state: &State,
    by: &Caller,
    retry: Retry,
    claim_id: Uuid,
    proof: &Proof,
) -> Result<Issued> {
    let scope = by.may(Action::ClaimOwnCode)?;
    let work = match start(state, by, retry, &scope).await? {
        Start::Fresh(work) => work,
        Start::Again(code) => return Ok(*code),
    };
    in_line(&work).await?;
    let begun = store::claims::for_update(&work.tx, &scope, claim_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if begun.done_at.is_some() {
        return Err(Fault::new(Code::ClaimDone));
    }
    if work.now >= begun.expires_at {
        return Err(Fault::new(Code::ClaimExpired).with("minutes", CLAIM_MINUTES));
    }
    let key = presentation::holder_key(&proof.holder_key)
        .ok_or_else(|| Fault::new(Code::HolderKeyInvalid).at("/holder_key"))?;
    let signed = <[u8; 64]>::try_from(proof.signature.as_slice())
        .is_ok_and(|signature| presentation::verify_claim(&begun.nonce, &key, &signature));
    if !signed {
        return Err(Fault::new(Code::ProofInvalid).at("/signature"));
    }
    let person = begun.person_id;
    let ground = Ground::of(&work, &[person]).await?;
    must_have_content(&ground, person)?;
    let old = may_have(&work, person, begun.new_phone).await?;
    let kind = if begun.new_phone {
        "new_phone"
    } else {
        "claimed"
    };
    let want = Want {
        person_id: person,
        holder_key: Some(key),
        method: Method::Holder,
        content: ground.content(person)?,
    };
    let made = make(&work, &ground, old.into_iter().collect(), vec![want], kind).await?;
    let id = made.first().ok_or_else(|| Fault::internal("no code"))?.id;
    store::claims::finish(&work, claim_id, id).await?;
    words::tell(&work, &[person], kind, "").await?;
    let detail = json!({"new_phone": begun.new_phone});
    audit::record(
        &work,
        "codes.claim",
        ("certificate_code", id.to_string()),
        detail,
    )
    .await?;
    let code = store::code(&work.tx, &scope, id)
        .await?
        .ok_or_else(|| Fault::internal("a code just made is gone"))?;
    work.commit(&id).await?;
    Ok(code)
}

/// An officer claims for somebody without a phone: the code is printed, and its checker compares the ID card.
///
/// # Errors
/// `forbidden`; `person_not_on_file`, `no_certificate`, `certificates_suspended`, `code_exists`.
pub async fn assist(state: &State, by: &Caller, retry: Retry, person: Uuid) -> Result<Issued> {
    let scope = by.may(Action::ManageCodes)?;
    let work = match start(state, by, retry, &scope).await? {
        Start::Fresh(work) => work,
        Start::Again(code) => return Ok(*code),
    };
    if !people::all_visible(&work.tx, &scope, &[person]).await? {
        return Err(Fault::new(Code::PersonNotOnFile).at("/person_id"));
    }
    in_line(&work).await?;
    let living = store::living_of(&work.tx, by.county_id, &[person]).await?;
    if !living.is_empty() {
        return Err(Fault::new(Code::CodeExists));
    }
    not_revoked(&work, person).await?;
    let ground = Ground::of(&work, &[person]).await?;
    must_have_content(&ground, person)?;
    let want = Want {
        person_id: person,
        holder_key: None,
        method: Method::Assisted,
        content: ground.content(person)?,
    };
    let made = make(&work, &ground, Vec::new(), vec![want], "assisted").await?;
    let id = made.first().ok_or_else(|| Fault::internal("no code"))?.id;
    let code = store::code(&work.tx, &Scope::county(by.county_id), id)
        .await?
        .ok_or_else(|| Fault::internal("a code just made is gone"))?;
    let picture = Some(print::inline(state, &code)?);
    words::tell_with(&work, &[person], ("assisted", ""), picture).await?;
    audit::record(
        &work,
        "codes.assist",
        ("certificate_code", id.to_string()),
        json!({}),
    )
    .await?;
    work.commit(&id).await?;
    Ok(code)
}

/// Somebody whose code is to be made without him at hand.
pub struct Bulk {
    pub person_id: Uuid,
    /// The compressed key of his phone, if he has one bound elsewhere.
    pub holder_key: Option<[u8; 33]>,
}

/// Makes codes for people whose claims were brought in from elsewhere; whoever has one, or nothing to put into it, is
/// left alone. Answers how many were made.
///
/// # Errors
/// `forbidden`, `issuer_key_missing`; database faults.
pub async fn issue_for(state: &State, by: &Caller, people: Vec<Bulk>) -> Result<usize> {
    by.may(Action::ManageCodes)?;
    let work = state.begin_plain(by).await?;
    in_line(&work).await?;
    let ids: Vec<Uuid> = people.iter().map(|one| one.person_id).collect();
    let living = store::living_of(&work.tx, by.county_id, &ids).await?;
    let ground = Ground::of(&work, &ids).await?;
    let mut wants = Vec::new();
    for one in people {
        let content = ground.content(one.person_id)?;
        if content.items.is_empty() || living.contains_key(&one.person_id) {
            continue;
        }
        wants.push(Want {
            person_id: one.person_id,
            holder_key: one.holder_key,
            method: Method::Bulk,
            content,
        });
    }
    let count = wants.len();
    if count > 0 {
        make(&work, &ground, Vec::new(), wants, "claimed").await?;
        let subject = ("county", by.county_id.to_string());
        audit::record(&work, "codes.issue_for", subject, json!({"codes": count})).await?;
    }
    work.commit(&()).await?;
    Ok(count)
}

/// Ends the old codes, makes the new ones, notes both, and counts the claims of their certificates.
async fn make(
    work: &Work<'_>,
    ground: &Ground,
    old: Vec<Issued>,
    wants: Vec<Want>,
    kind: &str,
) -> Result<Vec<Issued>> {
    let ended: Vec<Uuid> = old.iter().map(|code| code.id).collect();
    store::set_state(work, &ended, CodeState::Superseded, None, "").await?;
    store::events::insert(work, "superseded", "", &ended).await?;
    let made = issue(work, ground, wants).await?;
    store::name_successors(work, &ended).await?;
    let ids: Vec<Uuid> = made.iter().map(|code| code.id).collect();
    store::events::insert(work, kind, "", &ids).await?;
    count(work, ground, &made).await?;
    Ok(made)
}

/// Counts the claims of all certificates that now stand in these codes and were claimed by nobody before.
pub(super) async fn count(work: &Work<'_>, ground: &Ground, made: &[Issued]) -> Result<()> {
    for (method, told) in [
        (Method::Holder, ClaimMethod::Holder),
        (Method::Assisted, ClaimMethod::Assisted),
        (Method::Bulk, ClaimMethod::Bulk),
    ] {
        let unclaimed: Vec<Uuid> = made
            .iter()
            .filter(|code| code.method == method)
            .flat_map(|code| ground.certificates(code.person_id))
            .filter(|one| one.standing == Standing::Active && !one.claimed)
            .map(|one| one.id)
            .collect();
        if !unclaimed.is_empty() {
            certificates::claim_for(work, &unclaimed, told).await?;
        }
    }
    Ok(())
}
