//! How loans, balances and splits look on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use serde::Serialize;
use uuid::Uuid;

use crate::page_of;
use crate::plans::quotas::{
    Balance, BalanceLine, LineKind, Loan, LoanState, NewLoan, NewShare, RegionQuota, Row,
    ShareTable, Table,
};
use crate::platform::App;
use crate::platform::locale::Lang;

/// What is told of a loan.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct QuotaLoanInput {
    /// The township that lends.
    pub from_region_id: Uuid,
    /// The township that borrows.
    pub to_region_id: Uuid,
    /// How many people of its quota.
    #[oai(validator(minimum(value = "1"), maximum(value = "100000000")))]
    pub amount: i64,
    /// The day from which it holds, within the plan's period.
    pub day: NaiveDate,
    /// Why.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// Quota lent by one township to another.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct QuotaLoanView {
    /// Id.
    pub id: Uuid,
    /// The plan.
    pub plan_id: Uuid,
    /// The township that lends.
    pub from_region_id: Uuid,
    /// The township that borrows.
    pub to_region_id: Uuid,
    /// How many people of its quota.
    pub amount: i64,
    /// The day from which it holds.
    pub day: NaiveDate,
    /// Why.
    pub reason: String,
    /// How far it has come; the quota moves when it is agreed.
    pub state: LoanState,
    /// When it was proposed.
    pub proposed_at: DateTime<FixedOffset>,
    /// When the lender agreed.
    pub lender_agreed_at: Option<DateTime<FixedOffset>>,
    /// When the borrower agreed.
    pub borrower_agreed_at: Option<DateTime<FixedOffset>>,
    /// When it was agreed by both, refused or withdrawn.
    pub closed_at: Option<DateTime<FixedOffset>>,
}

page_of!(
    /// A page of loans.
    QuotaLoanPage,
    QuotaLoanView
);

/// A line of a balance.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct BalanceLineView {
    /// Id.
    pub id: Uuid,
    /// What moved the quota.
    pub kind: LineKind,
    /// The line in plain words.
    pub words: String,
    /// People added; negative when taken away.
    pub amount: i64,
    /// The quota after this line.
    pub balance: i64,
    /// The day from which it holds.
    pub day: NaiveDate,
    /// Why.
    pub reason: String,
    /// When it was entered.
    pub recorded_at: DateTime<FixedOffset>,
    /// The loan behind it.
    pub loan_id: Option<Uuid>,
    /// The neighbour of a loan.
    pub other_region_id: Option<Uuid>,
    /// Its name.
    pub other_region_name: Option<String>,
    /// When the township acknowledged it; absent while it has not.
    pub acknowledged_at: Option<DateTime<FixedOffset>>,
    /// It came after the plan was settled: it shows beside the settled quota.
    pub after_settlement: bool,
}

/// A township's quota, explained line by line.
#[derive(Debug, Clone, Object)]
pub struct QuotaBalanceView {
    /// The township.
    pub region_id: Uuid,
    /// Its name.
    pub region_name: String,
    /// The quota: the sum of the lines.
    pub quota: i64,
    /// Lines the township has not acknowledged.
    pub unacknowledged: i64,
    /// From nothing to the quota, in the order entered.
    pub lines: Vec<BalanceLineView>,
}

/// A township's quota in a row.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RegionQuotaView {
    /// The township.
    pub region_id: Uuid,
    /// Its name.
    pub region_name: String,
    /// Allotted at first.
    pub allotted: i64,
    /// Adjusted since.
    pub adjusted: i64,
    /// Lent, not above 0.
    pub lent: i64,
    /// Borrowed.
    pub borrowed: i64,
    /// The sum.
    pub quota: i64,
    /// Lines the township has not acknowledged.
    pub unacknowledged: i64,
    /// When it last acknowledged a line.
    pub acknowledged_at: Option<DateTime<FixedOffset>>,
    /// When its newest line was entered.
    pub updated_at: DateTime<FixedOffset>,
}

/// The quotas of a plan.
#[derive(Debug, Clone, Object)]
pub struct RegionQuotaList {
    /// In code order.
    pub items: Vec<RegionQuotaView>,
}

/// What a township's quota shall come to.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct RegionQuotaInput {
    /// The township or reporting unit.
    pub region_id: Uuid,
    /// People, loans included.
    #[oai(validator(minimum(value = "0"), maximum(value = "100000000")))]
    pub quota: i64,
}

/// What the quotas of townships shall come to.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct RegionQuotasInput {
    /// The day from which they hold.
    pub day: NaiveDate,
    /// Why.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
    /// The townships that change; one left out keeps its quota.
    #[oai(validator(min_items = 1, max_items = 500))]
    pub rows: Vec<RegionQuotaInput>,
}

/// How far a township has read its quota.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct AcknowledgementInput {
    /// The last line that was seen: a later one stays to be acknowledged.
    pub line_id: Uuid,
}

/// An enterprise's part.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct ShareInput {
    /// An enterprise of the township.
    pub enterprise_id: Uuid,
    /// People it is to train.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    pub amount: i64,
}

/// How a township splits its quota.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct SharesInput {
    /// The day from which it holds.
    pub day: NaiveDate,
    /// All parts; an enterprise left out has none.
    #[oai(validator(max_items = 5000))]
    pub shares: Vec<ShareInput>,
}

/// An enterprise's part, and what it has done of it.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ShareView {
    /// The enterprise.
    pub enterprise_id: Uuid,
    /// Its name.
    pub enterprise_name: String,
    /// People it is to train.
    pub amount: i64,
    /// Distinct people who met the plan.
    pub completed: i64,
    /// Percent of its part; may pass 100, absent where the part is 0.
    pub rate: Option<String>,
}

/// A township's split.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SharesView {
    /// The township.
    pub region_id: Uuid,
    /// Which of its splits; 0 before the first.
    pub version: i32,
    /// The day from which it holds.
    pub day: Option<NaiveDate>,
    /// The township's quota.
    pub quota: i64,
    /// The sum of the parts shown.
    pub split: i64,
    /// Quota not split; negative when too much was.
    pub left: i64,
    /// When the training figures of these enterprises last changed; absent before the first.
    pub progress_updated_at: Option<DateTime<FixedOffset>>,
    /// By name.
    pub shares: Vec<ShareView>,
}

pub(super) fn new_loan(input: QuotaLoanInput) -> NewLoan {
    NewLoan {
        from_region_id: input.from_region_id,
        to_region_id: input.to_region_id,
        amount: input.amount,
        day: input.day,
        reason: input.reason,
    }
}

pub(super) fn new_shares(shares: Vec<ShareInput>) -> Vec<NewShare> {
    let new = shares.into_iter().map(|share| NewShare {
        enterprise_id: share.enterprise_id,
        amount: share.amount,
    });
    new.collect()
}

pub(super) fn loan_view(state: &App, loan: Loan) -> QuotaLoanView {
    let at = |word: Option<crate::plans::quotas::rules::Word>| {
        word.map(|word| state.clock.local(word.at))
    };
    QuotaLoanView {
        id: loan.id,
        plan_id: loan.plan_id,
        from_region_id: loan.from_region_id,
        to_region_id: loan.to_region_id,
        amount: loan.amount,
        day: loan.day,
        reason: loan.reason,
        state: loan.state,
        proposed_at: state.clock.local(loan.proposed.at),
        lender_agreed_at: at(loan.lender),
        borrower_agreed_at: at(loan.borrower),
        closed_at: at(loan.closed),
    }
}

pub(super) fn quotas_view(state: &App, rows: Vec<RegionQuota>) -> RegionQuotaList {
    let items = rows.into_iter().map(|row| quota_view(state, row));
    RegionQuotaList {
        items: items.collect(),
    }
}

pub(super) fn new_table(input: RegionQuotasInput) -> Table {
    let rows = input.rows.into_iter().map(|row| Row {
        region_id: row.region_id,
        quota: row.quota,
    });
    Table {
        day: input.day,
        reason: input.reason,
        rows: rows.collect(),
    }
}

fn line_view(state: &App, line: BalanceLine, lang: Lang) -> BalanceLineView {
    let other = line.other_region_name.as_deref().unwrap_or_default();
    BalanceLineView {
        words: line.kind.words(line.amount, other, lang),
        id: line.id,
        kind: line.kind,
        amount: line.amount,
        balance: line.balance,
        day: line.day,
        reason: line.reason,
        recorded_at: state.clock.local(line.recorded_at),
        loan_id: line.loan_id,
        other_region_id: line.other_region_id,
        other_region_name: line.other_region_name,
        acknowledged_at: line.acknowledged_at.map(|at| state.clock.local(at)),
        after_settlement: line.after_settlement,
    }
}

pub(super) fn balance_view(state: &App, balance: Balance, lang: Lang) -> QuotaBalanceView {
    let lines = balance.lines.into_iter();
    QuotaBalanceView {
        region_id: balance.region_id,
        region_name: balance.region_name,
        quota: balance.quota,
        unacknowledged: balance.unacknowledged,
        lines: lines.map(|line| line_view(state, line, lang)).collect(),
    }
}

fn quota_view(state: &App, row: RegionQuota) -> RegionQuotaView {
    RegionQuotaView {
        region_id: row.region_id,
        region_name: row.name,
        allotted: row.allotted,
        adjusted: row.adjusted,
        lent: row.lent,
        borrowed: row.borrowed,
        quota: row.quota,
        unacknowledged: row.unacknowledged,
        acknowledged_at: row.acknowledged_at.map(|at| state.clock.local(at)),
        updated_at: state.clock.local(row.updated_at),
    }
}

pub(super) fn shares_view(state: &App, table: ShareTable) -> SharesView {
    let shares = table.shares.into_iter().map(|share| ShareView {
        enterprise_id: share.enterprise_id,
        enterprise_name: share.enterprise_name,
        amount: share.amount,
        completed: share.completed,
        rate: share.rate.map(|rate| rate.to_string()),
    });
    SharesView {
        region_id: table.region_id,
        version: table.version,
        day: table.day,
        quota: table.quota,
        split: table.split,
        left: table.quota - table.split,
        progress_updated_at: table.updated_at.map(|at| state.clock.local(at)),
        shares: shares.collect(),
    }
}
