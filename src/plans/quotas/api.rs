//! Loans, balances and splits of quotas on the wire.

mod views;

use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::{LoanState, RegionQuota, ShareTable};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};

use views::{
    AcknowledgementInput, QuotaBalanceView, QuotaLoanInput, QuotaLoanPage, QuotaLoanView,
    RegionQuotaList, RegionQuotasInput, SharesInput, SharesView, balance_view, loan_view, new_loan,
    new_shares, new_table, quotas_view, shares_view,
};

/// What becomes of quotas.
pub struct QuotasApi;

#[OpenApi(prefix_path = "/v1/plans", tag = "Tag::Plans")]
impl QuotasApi {
    /// Propose a loan of quota
    ///
    /// By one of the two townships, which thereby agrees, or by the county; the quota moves once both townships agreed.
    #[oai(
        path = "/:plan_id/loans",
        method = "post",
        operation_id = "proposeQuotaLoan"
    )]
    async fn propose_quota_loan(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<QuotaLoanInput>,
    ) -> Result<Json<QuotaLoanView>> {
        let retry = Retry::of(key.0, "proposeQuotaLoan", &(plan_id.0, &body.0))?;
        let loan = super::propose(&state, &caller.0, retry, plan_id.0, new_loan(body.0)).await?;
        Ok(Json(loan_view(&state, loan)))
    }

    /// List loans of quota
    ///
    /// Those of which the caller's township is a side, in the order proposed; the county sees all.
    #[oai(
        path = "/:plan_id/loans",
        method = "get",
        operation_id = "listQuotaLoans"
    )]
    async fn list_quota_loans(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Only those that have come so far.
        loan_state: Query<Option<LoanState>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<QuotaLoanPage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = super::list(&state, &caller.0, plan_id.0, loan_state.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let items = rows.into_iter().map(|loan| loan_view(&state, loan));
        Ok(Json(QuotaLoanPage::new((items.collect(), next))))
    }

    /// Agree to a loan
    ///
    /// The word of the caller's township; with both, the quota moves by two lines that cancel each other.
    #[oai(
        path = "/:plan_id/loans/:loan_id/agreement",
        method = "post",
        operation_id = "consentToQuotaLoan"
    )]
    async fn consent_to_quota_loan(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// The loan.
        loan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<QuotaLoanView>> {
        let retry = Retry::of(key.0, "consentToQuotaLoan", &(plan_id.0, loan_id.0))?;
        let loan = super::consent(&state, &caller.0, retry, plan_id.0, loan_id.0).await?;
        Ok(Json(loan_view(&state, loan)))
    }

    /// Refuse or withdraw a loan
    ///
    /// While it is proposed: withdrawn by whoever proposed it, refused by the other side or the county. The quota stays
    /// as it is.
    #[oai(
        path = "/:plan_id/loans/:loan_id/refusal",
        method = "post",
        operation_id = "refuseQuotaLoan"
    )]
    async fn refuse_quota_loan(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// The loan.
        loan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<QuotaLoanView>> {
        let retry = Retry::of(key.0, "refuseQuotaLoan", &(plan_id.0, loan_id.0))?;
        let loan = super::refuse(&state, &caller.0, retry, plan_id.0, loan_id.0).await?;
        Ok(Json(loan_view(&state, loan)))
    }

    /// List quotas
    ///
    /// Each township of the caller's reach in a row: allotted, adjusted, lent, borrowed, and whether it acknowledged.
    #[oai(path = "/:plan_id/quotas", method = "get", operation_id = "listQuotas")]
    async fn list_quotas(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
    ) -> Result<Json<RegionQuotaList>> {
        let rows = super::overview(&state, &caller.0, plan_id.0).await?;
        Ok(Json(quotas_view(&state, rows)))
    }

    /// Set quotas
    ///
    /// Those of many townships as one change: each that differs gets a dated line with the reason, all of them or none.
    #[oai(path = "/:plan_id/quotas", method = "put", operation_id = "setQuotas")]
    async fn set_quotas(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of the quotas; `stale` when they are others by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<RegionQuotasInput>,
    ) -> Result<Json<RegionQuotaList>> {
        let retry = Retry::of(key.0, "setQuotas", &(plan_id.0, &body.0))?;
        let app = (*state).clone();
        let seen = Seen::of(if_match.0, move |rows: &Vec<RegionQuota>| {
            quotas_view(&app, rows.clone())
        });
        let table = new_table(body.0);
        let rows = super::set_quotas(&state, &caller.0, retry, plan_id.0, table, seen).await?;
        Ok(Json(quotas_view(&state, rows)))
    }

    /// Show a quota's balance
    ///
    /// From nothing to the quota, line by line, in plain words.
    #[oai(
        path = "/:plan_id/quotas/:region_id",
        method = "get",
        operation_id = "getQuotaBalance"
    )]
    async fn get_quota_balance(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// The township.
        region_id: Path<Uuid>,
    ) -> Result<Json<QuotaBalanceView>> {
        let balance = super::balance(&state, &caller.0, plan_id.0, region_id.0).await?;
        Ok(Json(balance_view(&state, balance, caller.0.lang)))
    }

    /// Acknowledge a quota
    ///
    /// The township has seen its lines up to the one named; the county sees that it has.
    #[oai(
        path = "/:plan_id/quotas/:region_id/acknowledgement",
        method = "post",
        operation_id = "acknowledgeQuota"
    )]
    async fn acknowledge_quota(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// The township.
        region_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<AcknowledgementInput>,
    ) -> Result<Json<QuotaBalanceView>> {
        let place = (plan_id.0, region_id.0);
        let retry = Retry::of(key.0, "acknowledgeQuota", &(place, &body.0))?;
        let balance = super::acknowledge(&state, &caller.0, retry, place, body.0.line_id).await?;
        Ok(Json(balance_view(&state, balance, caller.0.lang)))
    }

    /// Show how a quota is split
    ///
    /// Each enterprise's part with what it has done of it; an enterprise manager sees his own.
    #[oai(
        path = "/:plan_id/quotas/:region_id/shares",
        method = "get",
        operation_id = "getQuotaShares"
    )]
    async fn get_quota_shares(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// The township.
        region_id: Path<Uuid>,
        /// The split in force on this day; the newest when absent.
        as_of: Query<Option<NaiveDate>>,
    ) -> Result<Json<SharesView>> {
        let table = super::shares(&state, &caller.0, plan_id.0, region_id.0, as_of.0).await?;
        Ok(Json(shares_view(&state, table)))
    }

    /// Split a quota over enterprises
    ///
    /// The whole split anew, from a day on; what it leaves of the quota is shown, not forced. Earlier splits are kept.
    #[oai(
        path = "/:plan_id/quotas/:region_id/shares",
        method = "put",
        operation_id = "setQuotaShares"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "one argument for each parameter of the request"
    )]
    async fn set_quota_shares(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The plan.
        plan_id: Path<Uuid>,
        /// The township.
        region_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<SharesInput>,
    ) -> Result<Json<SharesView>> {
        let place = (plan_id.0, region_id.0);
        let retry = Retry::of(key.0, "setQuotaShares", &(place, &body.0))?;
        let SharesInput { day, shares } = body.0;
        let split = (day, new_shares(shares));
        let app = (*state).clone();
        let seen = Seen::of(if_match.0, move |table: &ShareTable| {
            shares_view(&app, table.clone())
        });
        let table = super::set_shares(&state, &caller.0, retry, place, split, seen).await?;
        Ok(Json(shares_view(&state, table)))
    }
}
