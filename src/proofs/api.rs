//! Certificates of training on the wire.

pub mod page;

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem::Request;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use super::{Filter, Issued, LookedUp, Proof, store};
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result, address};

/// Certificates to be issued.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct ProofsInput {
    /// The plan.
    pub plan_id: Uuid,
    /// Whose; a worker leaves it out and is himself meant.
    #[oai(validator(min_items = 1, max_items = 200))]
    pub person_ids: Option<Vec<Uuid>>,
}

/// What came of issuing.
#[derive(Debug, Clone, Object)]
pub struct IssuedProofsView {
    /// Those issued now or before.
    pub items: Vec<ProofView>,
    /// Who has not met the plan's demand.
    pub not_due: Vec<Uuid>,
}

/// A certificate of training.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ProofView {
    /// Id.
    pub id: Uuid,
    /// Its number: county, year, and eight signs of which the last is a check sign.
    pub number: String,
    /// Whose it is.
    pub person_id: Uuid,
    /// His name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// The enterprise he completed it with.
    pub enterprise_name: Option<String>,
    /// The plan.
    pub plan_id: Uuid,
    /// The plan's title.
    pub plan_title: String,
    /// Minutes in the ledger on the day of issue.
    pub minutes: i64,
    /// When the plan's demand was met.
    pub completed_on: NaiveDate,
    /// When it was issued.
    pub issued_at: DateTime<FixedOffset>,
    /// When a correction of the ledger ended it.
    pub withdrawn_at: Option<DateTime<FixedOffset>>,
}

page_of!(
    /// A page of certificates of training.
    ProofPage,
    ProofView
);

/// What anybody is told of a number.
#[derive(Debug, Clone, Object)]
pub struct ProofCheckView {
    /// The number, as it is kept.
    pub number: String,
    /// Whether it is in force; a correction of the ledger may have ended it.
    pub is_valid: bool,
    /// The holder's name, masked.
    pub name_masked: String,
    /// The plan's title.
    pub plan_title: String,
    /// The issuing county.
    pub county_name: String,
    /// Minutes of training.
    pub minutes: i64,
    /// When the plan's demand was met.
    pub completed_on: NaiveDate,
    /// When it was issued.
    pub issued_at: DateTime<FixedOffset>,
}

/// A page to print.
#[derive(ApiResponse)]
enum Sheet {
    /// A4 across; it fetches nothing.
    #[oai(status = 200, content_type = "image/svg+xml")]
    Drawn(
        Binary<Vec<u8>>,
        /// How to save it.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

/// Certificates of training.
pub struct ProofsApi;

#[OpenApi(prefix_path = "/v1/proofs", tag = "Tag::Proofs")]
impl ProofsApi {
    /// Issue certificates of training
    ///
    /// To people who have met a plan's demand; who has one already gets that. A correction of the ledger by which the demand
    /// is no longer met ends it.
    #[oai(path = "/", method = "post", operation_id = "issueProofs")]
    async fn issue_proofs(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<ProofsInput>,
    ) -> Result<Json<IssuedProofsView>> {
        let ProofsInput {
            plan_id,
            person_ids,
        } = body.0;
        let own = || caller.0.person().map(|person| vec![person]);
        let mut persons = person_ids
            .or_else(own)
            .ok_or_else(|| Fault::field("/person_ids", "1–200"))?;
        persons.sort_unstable();
        persons.dedup();
        let retry = Retry::of(key.0, "issueProofs", &(plan_id, &persons))?;
        let issued = super::issue(&state, &caller.0, retry, plan_id, persons).await?;
        Ok(Json(issued_view(&state, issued)))
    }

    /// List certificates of training
    ///
    /// Those in the caller's reach, by id.
    #[oai(path = "/", method = "get", operation_id = "listProofs")]
    async fn list_proofs(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Of this plan.
        plan_id: Query<Option<Uuid>>,
        /// Of this person.
        person_id: Query<Option<Uuid>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<ProofPage>> {
        let scope = caller.0.may(Action::IssueProofs)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let of = Filter {
            plan_id: plan_id.0,
            person_id: person_id.0,
        };
        let rows = store::page(state.db.read(), &scope, of, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.into_iter().map(|row| view(&state, row)).collect();
        Ok(Json(ProofPage::new((views, next))))
    }

    /// Show a certificate of training
    ///
    /// As it was issued, and whether it stands.
    #[oai(path = "/:proof_id", method = "get", operation_id = "getProof")]
    async fn get_proof(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The certificate.
        proof_id: Path<Uuid>,
    ) -> Result<Json<ProofView>> {
        let proof = super::one(&state, &caller.0, proof_id.0).await?;
        Ok(Json(view(&state, proof)))
    }

    /// Print a certificate of training
    ///
    /// A page of A4 across with a QR code that anybody's camera opens. Whoever prints another's is audited.
    #[oai(
        path = "/:proof_id/sheet.svg",
        method = "get",
        operation_id = "getProofSheet"
    )]
    async fn get_proof_sheet(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The certificate.
        proof_id: Path<Uuid>,
    ) -> Result<Sheet> {
        let drawn = super::sheet(&state, &caller.0, proof_id.0).await?;
        let named = "inline; filename=\"training-certificate.svg\"".to_owned();
        Ok(Sheet::Drawn(Binary(drawn.into_bytes()), named))
    }

    /// Check a certificate of training
    ///
    /// By its number, for anybody, so many a minute from one address; the holder's name is masked.
    #[oai(
        path = "/numbers/:number",
        method = "get",
        operation_id = "lookUpProof"
    )]
    async fn look_up_proof(
        &self,
        state: Data<&App>,
        request: &Request,
        /// The number; small letters and spaces make no difference.
        number: Path<String>,
    ) -> Result<Json<ProofCheckView>> {
        let from = address::of(request, &state.settings.trusted_proxies);
        let found = super::look_up(&state, &from, &number.0).await?;
        Ok(Json(check_view(&state, found)))
    }
}

fn issued_view(state: &App, issued: Issued) -> IssuedProofsView {
    IssuedProofsView {
        items: (issued.proofs.into_iter())
            .map(|proof| view(state, proof))
            .collect(),
        not_due: issued.not_due,
    }
}

fn view(state: &App, proof: Proof) -> ProofView {
    ProofView {
        id: proof.id,
        number: proof.number,
        person_id: proof.person_id,
        name: proof.content.name,
        id_number: proof.content.id_masked,
        enterprise_name: proof.content.enterprise,
        plan_id: proof.plan_id,
        plan_title: proof.content.plan,
        minutes: proof.content.minutes,
        completed_on: proof.content.completed_on,
        issued_at: state.clock.local(proof.issued_at),
        withdrawn_at: proof.withdrawn_at.map(|at| state.clock.local(at)),
    }
}

fn check_view(state: &App, found: LookedUp) -> ProofCheckView {
    ProofCheckView {
        number: found.number,
        is_valid: found.is_valid,
        name_masked: found.name_masked,
        plan_title: found.plan,
        county_name: found.county,
        minutes: found.minutes,
        completed_on: found.completed_on,
        issued_at: state.clock.local(found.issued_at),
    }
}
