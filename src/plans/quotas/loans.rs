//! Loans of quota between neighbours: proposed by one, agreed by both, moved by two lines.

use serde_json::json;
use uuid::Uuid;

use super::rules::{LineKind, Loan, LoanState, Word, lowest_from};
use super::{NewLoan, must_be_open, region_unknown, store, township};
use crate::plans::rules::Plan;
use crate::plans::{QuotaLine, store as plan_store};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock};
use crate::{audit, fresh, places};

/// Proposes a loan. A township's proposal is its own word; the county's is nobody's, so both must agree.
///
/// # Errors
/// `not_found`, `plan_not_published`, `region_unknown`, `invalid_field`.
pub async fn propose(
    state: &State,
    by: &Caller,
    retry: Retry,
    plan_id: Uuid,
    new: NewLoan,
) -> Result<Loan> {
    let scope = by.may(Action::ProposeLoans)?;
    let work = fresh!(state.begin(by, retry).await?);
    let plan = held_plan(&work, &scope, plan_id).await?;
    let all = places::regions(&work.tx, by.county_id).await?;
    township(&all, new.from_region_id, "/from_region_id")?;
    township(&all, new.to_region_id, "/to_region_id")?;
    let [from, to] = [new.from_region_id, new.to_region_id];
    if !scope.reaches_region(from) && !scope.reaches_region(to) {
        return Err(region_unknown(from, "/from_region_id"));
    }
    if from == to {
        return Err(Fault::field("/to_region_id", "≠ from_region_id"));
    }
    let period = plan.terms.period_from..=plan.terms.period_to;
    if !period.contains(&new.day) {
        let days = format!("{}–{}", period.start(), period.end());
        return Err(Fault::field("/day", days));
    }
    let word = Word {
        at: work.now,
        by: by.account(),
    };
    let mut loan = Loan {
        id: clock::new_id(),
        plan_id,
        from_region_id: from,
        to_region_id: to,
        amount: new.amount,
        day: new.day,
        reason: new.reason,
        state: LoanState::Proposed,
        proposed: word,
        lender: None,
        borrower: None,
        closed: None,
    };
    let (lender, borrower) = sides(&scope, &loan);
    if lender || borrower {
        loan.agree(lender, borrower, word)?;
    }
    store::insert_loan(&work.tx, by.county_id, &loan).await?;
    take_effect(&work, &loan).await?;
    note(&work, "plans.propose_loan", &loan).await?;
    work.commit(&loan).await?;
    Ok(loan)
}

/// Gives the caller's township's word to a loan; with both, the quota moves.
///
/// # Errors
/// `forbidden` for the county; `not_found`, `loan_closed`, `plan_not_published`, `quota_too_small`.
pub async fn consent(
    state: &State,
    by: &Caller,
    retry: Retry,
    plan_id: Uuid,
    id: Uuid,
) -> Result<Loan> {
    let scope = by.may(Action::AgreeQuotas)?;
    change(
        state,
        by,
        retry,
        scope,
        (plan_id, id),
        "plans.agree_loan",
        |scope, loan, word| {
            let (lender, borrower) = sides(scope, loan);
            loan.agree(lender, borrower, word)
        },
    )
    .await
}

/// Ends a proposal without effect: withdrawn by whoever proposed it, refused by the other side or the county.
///
/// # Errors
/// `not_found`, `loan_closed`.
pub async fn refuse(
    state: &State,
    by: &Caller,
    retry: Retry,
    plan_id: Uuid,
    id: Uuid,
) -> Result<Loan> {
    let scope = by.may(Action::ProposeLoans)?;
    let me = by.account();
    change(
        state,
        by,
        retry,
        scope,
        (plan_id, id),
        "plans.refuse_loan",
        |_, loan, word| {
            let state = if loan.proposed.by == me {
                LoanState::Withdrawn
            } else {
                LoanState::Refused
            };
            loan.end(state, word)
        },
    )
    .await
}

/// A page of the loans a caller's townships are a side of; the county sees all.
///
/// # Errors
/// `not_found`.
pub async fn list(
    state: &State,
    by: &Caller,
    plan_id: Uuid,
    wanted: Option<LoanState>,
    page: &Page,
) -> Result<Vec<Loan>> {
    let scope = by.may(Action::ReadPlans)?;
    let db = state.db.read();
    plan_store::plan(db, &scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    store::loans(db, &scope, plan_id, wanted, page).await
}

/// One change of a loan. The plan is held first, as by whoever writes quota lines, then the loan.
async fn change(
    state: &State,
    by: &Caller,
    retry: Retry,
    scope: Scope,
    (plan_id, id): (Uuid, Uuid),
    action: &str,
    turn: impl FnOnce(&Scope, &mut Loan, Word) -> Result<()>,
) -> Result<Loan> {
    let work = fresh!(state.begin(by, retry).await?);
    let plan = plan_store::plan_for_update(&work.tx, &scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let mut loan = store::loan_for_update(&work.tx, &scope, plan_id, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let word = Word {
        at: work.now,
        by: by.account(),
    };
    turn(&scope, &mut loan, word)?;
    if loan.state == LoanState::Agreed {
        must_be_open(&plan)?;
    }
    store::save_loan(&work.tx, &loan).await?;
    take_effect(&work, &loan).await?;
    note(&work, action, &loan).await?;
    work.commit(&loan).await?;
    Ok(loan)
}

async fn held_plan(work: &Work<'_>, scope: &Scope, plan_id: Uuid) -> Result<Plan> {
    let plan = plan_store::plan_for_update(&work.tx, scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    must_be_open(&plan)?;
    Ok(plan)
}

/// Which sides a caller speaks for: townships speak for themselves, the county for none.
fn sides(scope: &Scope, loan: &Loan) -> (bool, bool) {
    let speaks = |region| scope.regions.contains(&region);
    (speaks(loan.from_region_id), speaks(loan.to_region_id))
}

/// Once agreed, two lines that cancel each other.
async fn take_effect(work: &Work<'_>, loan: &Loan) -> Result<()> {
    if loan.state != LoanState::Agreed {
        return Ok(());
    }
    let lines = plan_store::quota_amounts(&work.tx, loan.plan_id, loan.from_region_id).await?;
    let quota = lowest_from(&lines, loan.day);
    if quota < loan.amount {
        return Err(Fault::new(Code::QuotaTooSmall)
            .with("quota", quota)
            .with("amount", loan.amount)
            .at("/amount"));
    }
    let lines = [
        (loan.from_region_id, -loan.amount, LineKind::Lent),
        (loan.to_region_id, loan.amount, LineKind::Borrowed),
    ]
    .map(|(region_id, amount, kind)| {
        let line = QuotaLine {
            id: clock::new_id(),
            plan_id: loan.plan_id,
            region_id,
            amount,
            day: loan.day,
            reason: loan.reason.clone(),
            recorded_at: work.now,
        };
        (line, kind.word(), Some(loan.id))
    });
    plan_store::insert_quota_lines(&work.tx, work.by, loan.plan_id, &lines).await
}

async fn note(work: &Work<'_>, action: &str, loan: &Loan) -> Result<()> {
    let detail = json!({
        "from": loan.from_region_id, "to": loan.to_region_id, "amount": loan.amount,
        "day": loan.day, "state": loan.state,
    });
    audit::record(work, action, ("quota_loan", loan.id.to_string()), detail).await
}
