//! What the room's operations take and answer.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use uuid::Uuid;

use super::verdicts::{VerdictColour, VerdictReason, colour, reason};
use crate::codes::check::Question;
use crate::codes::claim::{Begun, Proof};
use crate::codes::ground::day;
use crate::codes::inspections;
use crate::codes::presentation::Challenge;
use crate::codes::rules::{CodeState, HeldBy, Method};
use crate::codes::store::{self, Issued};
use crate::codes::tc1::{self, Item, item_code};
use crate::codes::trust;
use crate::page_of;
use crate::platform::locale::Lang;
use crate::platform::{App, Code, Fault, Result, Role};

/// Whether a claim is for a new phone, and which certificate is meant.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct CodeClaimInput {
    /// Move the code there is to this phone.
    #[oai(default)]
    pub new_phone: bool,
    /// A certificate the caller believes to be his; refused when it is not.
    pub certificate_id: Option<Uuid>,
}

/// What a phone signed to claim a code.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct CodeClaimProofInput {
    /// The phone's public key on P-256: raw (65 bytes), compressed (33) or SPKI, in base64url.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub holder_key: String,
    /// ES256 (r and s, 64 bytes) over `TC1-claim`, the nonce and the compressed key, in base64url.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub signature: String,
}

/// Somebody to claim for.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct AssistedClaimInput {
    /// The person.
    pub person_id: Uuid,
}

/// Why a code is changed.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct CodeReasonInput {
    /// The reason; the holder reads it.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// What was scanned, and what is asked of it.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct CodeCheckInput {
    /// The text of the scanned code, as it is.
    #[oai(validator(min_length = 1, max_length = 4000))]
    pub scanned: String,
    /// The item of work he is to do, as 2.1: a good code without it is red.
    #[oai(rename = "for", validator(max_length = 8))]
    pub for_item: Option<String>,
    /// The four digits that were shown to the holder.
    #[oai(validator(min_length = 4, max_length = 4, pattern = "^[0-9]{4}$"))]
    pub challenge: Option<String>,
}

/// A claim begun.
#[derive(Debug, Object)]
pub struct CodeClaimView {
    /// Id.
    pub id: Uuid,
    /// 32 bytes for the phone to sign, in base64url.
    pub nonce: String,
    /// Until when.
    pub expires: DateTime<FixedOffset>,
    /// Whether the code there is moves to this phone.
    pub new_phone: bool,
    /// The certificates that would stand in the code.
    pub certificates: Vec<ClaimableCertificate>,
}

/// A certificate of the caller's own.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ClaimableCertificate {
    /// The certificate.
    pub certificate_id: Uuid,
    /// Code of the item it is for.
    pub item_code: String,
    /// Valid until, that day included.
    pub valid_until: Option<NaiveDate>,
    /// A code was claimed for it before.
    pub claimed: bool,
}

/// A certificate as it stands in a code.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CodeItem {
    /// Code of the item, as 2.1.
    pub item_code: String,
    /// Valid until, that day included.
    pub valid_until: Option<NaiveDate>,
    /// The last day for its re-examination.
    pub review_due: Option<NaiveDate>,
    /// Its issuer was asked and said yes.
    pub checked: bool,
}

/// A code as its holder has it.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MyCodeView {
    /// Id.
    pub id: Uuid,
    /// Where it is in its life.
    pub state: CodeState,
    /// Who or what keeps it suspended.
    pub held_by: Option<HeldBy>,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// The signed credential, in base64url: the phone shows it with a proof of its own.
    pub credential: String,
    /// The host that stands in the code's text.
    pub host: String,
    /// To be read out where no camera works.
    pub typed_code: String,
    /// Whether a phone is bound to it.
    pub bound: bool,
    /// The holder's name.
    pub name: String,
    /// The last four characters of his ID number.
    pub id_tail: String,
    /// The certificates in it.
    pub items: Vec<CodeItem>,
    /// When it was made.
    pub issued: DateTime<FixedOffset>,
    /// What happened to it, oldest first.
    pub events: Vec<CodeEvent>,
    /// Checks of the holder that somebody on duty chose to log, newest first; at most 20.
    pub checks: Vec<CodeCheckView>,
}

/// A check of the holder that was logged.
#[derive(Debug, Object)]
pub struct CodeCheckView {
    /// When.
    pub at: DateTime<FixedOffset>,
    /// Where.
    pub place: String,
    /// The colour he who checked saw.
    pub colour: VerdictColour,
    /// Why.
    pub reason: VerdictReason,
    /// The role of whoever checked.
    pub by_role: String,
    /// The township or county of whoever checked.
    pub by_region: String,
}

/// Something that happened to a code.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CodeEvent {
    /// What, as a stable word.
    pub kind: String,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<FixedOffset>,
}

/// A code as an officer sees it.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CodeView {
    /// Id.
    pub id: Uuid,
    /// Its holder.
    pub person_id: Uuid,
    /// The holder's name.
    pub person_name: String,
    /// The holder's ID number, masked.
    pub id_number: String,
    /// The township it counts for.
    pub region_id: Uuid,
    /// The holder's enterprise, where it is one on file.
    pub enterprise_id: Option<Uuid>,
    /// Where it is in its life.
    pub state: CodeState,
    /// Who or what keeps it suspended.
    pub held_by: Option<HeldBy>,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// How it came to its holder.
    pub method: Method,
    /// Whether a phone is bound to it.
    pub bound: bool,
    /// The certificates in it.
    pub items: Vec<CodeItem>,
    /// The one that took its place.
    pub replaced_by: Option<Uuid>,
    /// When it was made.
    pub issued: DateTime<FixedOffset>,
    /// When it last changed.
    pub changed: DateTime<FixedOffset>,
}

page_of!(
    /// Codes.
    CodePage,
    CodeView
);

impl CodeClaimProofInput {
    /// The bytes.
    pub(super) fn read(&self) -> Result<Proof> {
        let bytes = |text: &str, code, at| {
            let text = text.trim_end_matches('=');
            BASE64.decode(text).map_err(|_| Fault::new(code).at(at))
        };
        Ok(Proof {
            holder_key: bytes(&self.holder_key, Code::HolderKeyInvalid, "/holder_key")?,
            signature: bytes(&self.signature, Code::ProofInvalid, "/signature")?,
        })
    }
}

/// What is asked, read.
pub(super) fn question(input: &CodeCheckInput) -> Result<Question> {
    let challenge = input.challenge.as_deref().map(|digits| {
        Challenge::try_from(digits.as_bytes()).map_err(|_| Fault::field("/challenge", "0000–9999"))
    });
    Ok(Question {
        scanned: input.scanned.trim().to_owned(),
        for_item: input.for_item.clone().filter(|item| !item.is_empty()),
        challenge: challenge.transpose()?,
    })
}

pub(super) fn claim_view(state: &App, begun: Begun) -> CodeClaimView {
    let certificates = begun.certificates.into_iter();
    CodeClaimView {
        id: begun.id,
        nonce: BASE64.encode(&begun.nonce),
        expires: state.clock.local(begun.expires_at),
        new_phone: begun.new_phone,
        certificates: certificates
            .map(|shown| ClaimableCertificate {
                certificate_id: shown.certificate_id,
                item_code: shown.item_code,
                valid_until: shown.valid_until,
                claimed: shown.claimed,
            })
            .collect(),
    }
}

/// The holder's own view, with what happened to his code.
pub(super) async fn mine(state: &App, lang: Lang, code: Issued) -> Result<MyCodeView> {
    let checks = inspections::of_person(state, code.county_id, code.person_id).await?;
    let events = store::events::of(state.db.read(), code.county_id, code.id).await?;
    let parsed = tc1::decode(&code.credential).map_err(|e| Fault::internal(e.to_string()))?;
    Ok(MyCodeView {
        id: code.id,
        state: code.state,
        held_by: code.held_by,
        reason: Some(code.reason).filter(|reason| !reason.is_empty()),
        credential: BASE64.encode(&code.credential),
        host: trust::host(&state.settings.public_url),
        typed_code: code.typed_code,
        bound: code.holder_key.is_some(),
        name: parsed.credential.name,
        id_tail: parsed.credential.id_tail,
        items: parsed.credential.items.iter().map(item_view).collect(),
        issued: state.clock.local(code.issued_at),
        events: events
            .into_iter()
            .map(|event| CodeEvent {
                kind: event.kind,
                reason: Some(event.reason).filter(|reason| !reason.is_empty()),
                at: state.clock.local(event.at),
            })
            .collect(),
        checks: checks
            .into_iter()
            .map(|check| CodeCheckView {
                at: state.clock.local(check.at),
                place: check.place,
                colour: colour(check.colour),
                reason: reason(check.reason, lang),
                by_role: check.by_role.map_or("", Role::word).to_owned(),
                by_region: check.by_region,
            })
            .collect(),
    })
}

pub(super) fn code_view(state: &App, code: &Issued) -> CodeView {
    let items = tc1::decode(&code.credential).map(|parsed| parsed.credential.items);
    CodeView {
        id: code.id,
        person_id: code.person_id,
        person_name: code.person_name.clone(),
        id_number: code.id_masked.clone(),
        region_id: code.region_id,
        enterprise_id: code.enterprise_id,
        state: code.state,
        held_by: code.held_by,
        reason: Some(code.reason.clone()).filter(|reason| !reason.is_empty()),
        method: code.method,
        bound: code.holder_key.is_some(),
        items: items.unwrap_or_default().iter().map(item_view).collect(),
        replaced_by: code.replaced_by,
        issued: state.clock.local(code.issued_at),
        changed: state.clock.local(code.changed_at),
    }
}

pub(super) fn item_view(item: &Item) -> CodeItem {
    CodeItem {
        item_code: item_code(item.number).1,
        valid_until: item.valid_until.and_then(day),
        review_due: item.review_due.and_then(day),
        checked: item.checked,
    }
}
