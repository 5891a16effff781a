//! Codes on the wire: the holder's own, and those an officer looks after. What strangers may ask stands in `open`.

pub mod open;
pub mod page;
pub mod print;
pub(super) mod verdicts;
mod views;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::claim::{self, Proof};
use super::rules::{CodeState, Deed};
use super::store::{self, Issued};
use super::{check, life};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Caller, Fault, Result};
use verdicts::{CheckedCodeView, checked_view};
use views::{
    AssistedClaimInput, CodeCheckInput, CodeClaimInput, CodeClaimProofInput, CodeClaimView,
    CodePage, CodeReasonInput, CodeView, MyCodeView, claim_view, code_view, question,
};

/// Codes.
pub struct CodesApi;

#[OpenApi(prefix_path = "/v1/codes", tag = "Tag::Codes")]
impl CodesApi {
    /// Begin a claim
    ///
    /// Answers the caller's own certificates, so that he sees what he claims, and a nonce for his phone to sign within
    /// 10 minutes. With `new_phone` the code he has moves to this phone; the old one ends when the claim is completed.
    #[oai(path = "/claims", method = "post", operation_id = "beginCodeClaim")]
    async fn begin_code_claim(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<CodeClaimInput>,
    ) -> Result<Json<CodeClaimView>> {
        let CodeClaimInput {
            new_phone,
            certificate_id,
        } = body.0;
        let retry = Retry::of(key.0, "beginCodeClaim", &(new_phone, certificate_id))?;
        let begun = claim::begin(&state, &caller.0, retry, new_phone, certificate_id).await?;
        Ok(Json(claim_view(&state, begun)))
    }

    /// Complete a claim
    ///
    /// Binds the code to the phone's key, which signed the nonce: the private half never leaves the phone.
    #[oai(
        path = "/claims/:code_claim_id/proof",
        method = "post",
        operation_id = "completeCodeClaim"
    )]
    async fn complete_code_claim(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The claim begun before.
        code_claim_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<CodeClaimProofInput>,
    ) -> Result<Json<MyCodeView>> {
        let proof: Proof = body.0.read()?;
        let retry = Retry::of(key.0, "completeCodeClaim", &(code_claim_id.0, &proof))?;
        let code = claim::complete(&state, &caller.0, retry, code_claim_id.0, &proof).await?;
        views::mine(&state, caller.0.lang, code).await.map(Json)
    }

    /// Show my code
    ///
    /// The code the caller's phone shows, with all that happened to it; its newest, where none lives.
    #[oai(path = "/mine", method = "get", operation_id = "getMyCode")]
    async fn get_my_code(&self, state: Data<&App>, caller: Signed) -> Result<Json<MyCodeView>> {
        let scope = caller.0.may(Action::ClaimOwnCode)?;
        let mut found = store::newest_of(state.db.read(), &scope, &scope.persons).await?;
        let code = caller
            .0
            .person()
            .and_then(|person| found.remove(&person))
            .ok_or_else(Fault::not_found)?;
        views::mine(&state, caller.0.lang, code).await.map(Json)
    }

    /// Suspend my code
    ///
    /// For a phone that is lost or stolen: verifiers refuse the code from now on. It comes back with a new phone, or
    /// through the township.
    #[oai(
        path = "/mine/suspension",
        method = "post",
        operation_id = "suspendMyCode"
    )]
    async fn suspend_my_code(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<CodeReasonInput>,
    ) -> Result<Json<MyCodeView>> {
        let retry = Retry::of(key.0, "suspendMyCode", &body.0.reason)?;
        let code = life::suspend_own(&state, &caller.0, retry, &body.0.reason).await?;
        views::mine(&state, caller.0.lang, code).await.map(Json)
    }

    /// List codes
    ///
    /// Codes in the caller's reach, by id; a worker sees his own.
    #[oai(path = "/", method = "get", operation_id = "listCodes")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each query parameter is an argument"
    )]
    async fn list_codes(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those in this state.
        #[oai(name = "state")]
        wanted: Query<Option<CodeState>>,
        /// Only those of this township.
        region_id: Query<Option<Uuid>>,
        /// Only those of this person.
        person_id: Query<Option<Uuid>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<CodePage>> {
        let scope = caller.0.may(Action::ReadCodes)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let wanted = store::Wanted {
            state: wanted.0,
            region_id: region_id.0,
            person_id: person_id.0,
        };
        let rows = store::codes(state.db.read(), &scope, &wanted, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let items = rows.iter().map(|row| code_view(&state, row)).collect();
        Ok(Json(CodePage::new((items, next))))
    }

    /// Show a code
    #[oai(path = "/:code_id", method = "get", operation_id = "getCode")]
    async fn get_code(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The code.
        code_id: Path<Uuid>,
    ) -> Result<Json<CodeView>> {
        let scope = caller.0.may(Action::ReadCodes)?;
        let row = store::code(state.db.read(), &scope, code_id.0).await?;
        row.map(|row| Json(code_view(&state, &row)))
            .ok_or_else(Fault::not_found)
    }

    /// Claim for somebody
    ///
    /// An officer claims for somebody without a phone. The code is printed: a verifier finds it genuine and asks for the
    /// ID card.
    #[oai(
        path = "/assisted-claims",
        method = "post",
        operation_id = "assistCodeClaim"
    )]
    async fn assist_code_claim(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<AssistedClaimInput>,
    ) -> Result<Json<CodeView>> {
        let retry = Retry::of(key.0, "assistCodeClaim", &body.0.person_id)?;
        let code = claim::assist(&state, &caller.0, retry, body.0.person_id).await?;
        Ok(Json(code_view(&state, &code)))
    }

    /// Suspend a code
    ///
    /// Verifiers refuse it from now on: at once online, offline with their next trust bundle. Its holder is told.
    #[oai(
        path = "/:code_id/suspension",
        method = "post",
        operation_id = "suspendCode"
    )]
    async fn suspend_code(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The code.
        code_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<CodeReasonInput>,
    ) -> Result<Json<CodeView>> {
        let retry = Retry::of(key.0, "suspendCode", &(code_id.0, &body.0.reason))?;
        let done = (Deed::SuspendByOfficer, body.0.reason.as_str());
        change(&state, &caller.0, retry, code_id.0, done, if_match.0).await
    }

    /// Revoke a code
    ///
    /// As a suspension, but meant to last; `reinstateCode` takes it back.
    #[oai(
        path = "/:code_id/revocation",
        method = "post",
        operation_id = "revokeCode"
    )]
    async fn revoke_code(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The code.
        code_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<CodeReasonInput>,
    ) -> Result<Json<CodeView>> {
        let retry = Retry::of(key.0, "revokeCode", &(code_id.0, &body.0.reason))?;
        let done = (Deed::Revoke, body.0.reason.as_str());
        change(&state, &caller.0, retry, code_id.0, done, if_match.0).await
    }

    /// Reinstate a code
    ///
    /// Gives back a code that was suspended or revoked, unless its holder has another by now.
    #[oai(
        path = "/:code_id/reinstatement",
        method = "post",
        operation_id = "reinstateCode"
    )]
    async fn reinstate_code(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The code.
        code_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<CodeReasonInput>,
    ) -> Result<Json<CodeView>> {
        let retry = Retry::of(key.0, "reinstateCode", &(code_id.0, &body.0.reason))?;
        let done = (Deed::Reinstate, body.0.reason.as_str());
        change(&state, &caller.0, retry, code_id.0, done, if_match.0).await
    }

    /// Check a code on duty
    ///
    /// The verdict on what was scanned, with the status of this moment and the holder's name in full. A proof that this
    /// account saw within two minutes is `replayed`. Nothing is kept of whose it was.
    #[oai(path = "/checks", method = "post", operation_id = "checkCode")]
    async fn check_code(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<CodeCheckInput>,
    ) -> Result<Json<CheckedCodeView>> {
        let question = question(&body.0)?;
        let retry = Retry::of(key.0, "checkCode", &question)?;
        let checked = check::check(&state, &caller.0, retry, &question).await?;
        Ok(Json(checked_view(&state, caller.0.lang, checked)))
    }
}

async fn change(
    state: &App,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    done: (Deed, &str),
    if_match: Option<String>,
) -> Result<Json<CodeView>> {
    let shown = state.clone();
    let seen = Seen::of(if_match, move |row: &Issued| code_view(&shown, row));
    let code = life::change(state, by, retry, id, done, seen).await?;
    Ok(Json(code_view(state, &code)))
}
