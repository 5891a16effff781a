//! What becomes of a quota (任务数) after it was allotted: lent to a neighbour, split over enterprises, acknowledged;
//! and the balance that explains it line by line.
//!
//! Owns `quota_loan`, `quota_share_version` and `quota_share`. Invariants: a quota is the sum of its dated lines; a loan
//! moves it once both townships have agreed, by two lines that cancel each other; every split is kept. May not enter:
//! what is done toward a quota (that is the counters).

pub mod api;
mod balance;
mod loans;
pub mod rules;
mod shares;
mod store;
mod table;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::places::Regions;
use crate::platform::{Code, Fault, Result, Scope};

use super::rules::{Plan, PlanState};

pub use balance::{Balance, BalanceLine, RegionQuota, acknowledge, balance, overview};
pub use loans::{consent, list, propose, refuse};
pub use rules::{LineKind, Loan, LoanState};
pub use shares::{Share, ShareTable, set_shares, shares};
pub use store::own_share;
pub use table::{Row, Table, set as set_quotas};

/// What is told of a loan.
#[derive(Clone, Debug, Serialize)]
pub struct NewLoan {
    pub from_region_id: Uuid,
    pub to_region_id: Uuid,
    pub amount: i64,
    pub day: NaiveDate,
    pub reason: String,
}

/// An enterprise's part of a township's quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewShare {
    pub enterprise_id: Uuid,
    pub amount: i64,
}

/// A plan that is open: quotas of others are not lent or split.
fn must_be_open(plan: &Plan) -> Result<()> {
    if plan.state == PlanState::Published {
        Ok(())
    } else {
        Err(Fault::new(Code::PlanNotPublished))
    }
}

/// A township of the county; one that is none is told at its field.
fn township(all: &Regions, id: Uuid, field: &str) -> Result<()> {
    all.get(id)
        .filter(|region| region.parent_id.is_some())
        .map(|_| ())
        .ok_or_else(|| region_unknown(id, field))
}

fn region_unknown(id: Uuid, field: &str) -> Fault {
    Fault::new(Code::RegionUnknown).with("region", id).at(field)
}

/// A township speaks for itself, whoever else reaches it.
fn own_township(scope: &Scope, region_id: Uuid) -> Result<()> {
    if scope.regions.contains(&region_id) {
        Ok(())
    } else {
        Err(Fault::not_found())
    }
}
