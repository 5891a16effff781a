//! Rows of loans, shares, and of quota lines as a balance reads them.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    quota_line as line, quota_loan as loan, quota_share as share, quota_share_version as version,
};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use super::NewShare;
use super::rules::{LineKind, Loan, LoanState, Word};
use crate::plans::store::visible_lines;
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope, clock};

/// A quota line with all that is kept of it.
pub(super) struct Line {
    pub(super) id: Uuid,
    pub(super) region_id: Uuid,
    pub(super) kind: LineKind,
    pub(super) amount: i64,
    pub(super) day: NaiveDate,
    pub(super) reason: String,
    pub(super) recorded_at: i64,
    pub(super) loan_id: Option<Uuid>,
    pub(super) acknowledged_at: Option<i64>,
    pub(super) after_settlement: bool,
}

/// A split as it was written.
#[derive(Default)]
pub(super) struct Split {
    pub(super) version: i32,
    pub(super) day: Option<NaiveDate>,
    pub(super) rows: Vec<NewShare>,
}

// A loan is seen from both its sides.
fn visible_loans(scope: &Scope, plan_id: Uuid) -> Select<loan::Entity> {
    let side = |column: loan::Column| {
        scope.filter(&Columns::county(loan::Column::CountyId).region(column))
    };
    let either = Condition::any()
        .add(side(loan::Column::FromRegionId))
        .add(side(loan::Column::ToRegionId));
    loan::Entity::find()
        .filter(either)
        .filter(loan::Column::PlanId.eq(plan_id))
}

/// The lines of a plan's quotas in scope, in the order they were entered; there are some hundred.
pub(super) async fn lines(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    region_id: Option<Uuid>,
) -> Result<Vec<Line>> {
    let mut query = visible_lines(scope, plan_id);
    if let Some(region) = region_id {
        query = query.filter(line::Column::RegionId.eq(region));
    }
    let rows = query.order_by_asc(line::Column::Id).all(db).await?;
    let lines = rows.into_iter().map(|row| Line {
        id: row.id,
        region_id: row.region_id,
        kind: LineKind::of_word(&row.kind),
        amount: row.amount,
        day: row.day,
        reason: row.reason,
        recorded_at: row.recorded_at,
        loan_id: row.loan_id,
        acknowledged_at: row.acknowledged_at,
        after_settlement: row.after_settlement,
    });
    Ok(lines.collect())
}

/// Marks a township's lines as seen, up to one of them; how many were new to it.
pub(super) async fn acknowledge(
    work: &Work<'_>,
    scope: &Scope,
    plan_id: Uuid,
    region_id: Uuid,
    through: Uuid,
) -> Result<u64> {
    let columns = Columns::county(line::Column::CountyId).region(line::Column::RegionId);
    let done = line::Entity::update_many()
        .col_expr(line::Column::AcknowledgedAt, Expr::value(work.now))
        .col_expr(line::Column::AcknowledgedBy, Expr::value(work.by.account()))
        .filter(scope.filter(&columns))
        .filter(line::Column::PlanId.eq(plan_id))
        .filter(line::Column::RegionId.eq(region_id))
        .filter(line::Column::Id.lte(through))
        .filter(line::Column::AcknowledgedAt.is_null())
        .exec(&work.tx)
        .await?;
    Ok(done.rows_affected)
}

pub(super) async fn insert_loan(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    new: &Loan,
) -> Result<()> {
    let row = loan::ActiveModel {
        id: Set(new.id),
        county_id: Set(county_id),
        plan_id: Set(new.plan_id),
        from_region_id: Set(new.from_region_id),
        to_region_id: Set(new.to_region_id),
        amount: Set(new.amount),
        day: Set(new.day),
        reason: Set(new.reason.clone()),
        state: Set(new.state.word().to_owned()),
        proposed_at: Set(new.proposed.at),
        proposed_by: Set(new.proposed.by),
        lender_consented_at: Set(new.lender.map(|word| word.at)),
        lender_consented_by: Set(new.lender.and_then(|word| word.by)),
        borrower_consented_at: Set(new.borrower.map(|word| word.at)),
        borrower_consented_by: Set(new.borrower.and_then(|word| word.by)),
        closed_at: Set(new.closed.map(|word| word.at)),
        closed_by: Set(new.closed.and_then(|word| word.by)),
    };
    loan::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

pub(super) async fn save_loan(tx: &impl ConnectionTrait, new: &Loan) -> Result<()> {
    use loan::Column as C;
    let at = |word: Option<Word>| Expr::value(word.map(|word| word.at));
    let by = |word: Option<Word>| Expr::value(word.and_then(|word| word.by));
    loan::Entity::update_many()
        .col_expr(C::State, Expr::value(new.state.word()))
        .col_expr(C::LenderConsentedAt, at(new.lender))
        .col_expr(C::LenderConsentedBy, by(new.lender))
        .col_expr(C::BorrowerConsentedAt, at(new.borrower))
        .col_expr(C::BorrowerConsentedBy, by(new.borrower))
        .col_expr(C::ClosedAt, at(new.closed))
        .col_expr(C::ClosedBy, by(new.closed))
        .filter(C::Id.eq(new.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// A loan in scope, held until the transaction ends: two who agree at once move the quota once.
pub(super) async fn loan_for_update(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    id: Uuid,
) -> Result<Option<Loan>> {
    let row = visible_loans(scope, plan_id)
        .filter(loan::Column::Id.eq(id))
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(row.map(to_loan))
}

pub(super) async fn loans(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    wanted: Option<LoanState>,
    page: &Page,
) -> Result<Vec<Loan>> {
    let mut query = visible_loans(scope, plan_id);
    if let Some(state) = wanted {
        query = query.filter(loan::Column::State.eq(state.word()));
    }
    if let Some(after) = page.after {
        query = query.filter(loan::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(loan::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_loan).collect())
}

/// The neighbour in each of these loans, as seen from one of its sides.
pub(super) async fn other_sides(
    db: &impl ConnectionTrait,
    scope: &Scope,
    loans: &[Uuid],
    region_id: Uuid,
) -> Result<HashMap<Uuid, Uuid>> {
    let mut found = HashMap::new();
    for chunk in loans.chunks(IN_LIST) {
        let rows = loan::Entity::find()
            .filter(loan::Column::CountyId.eq(scope.county_id))
            .filter(loan::Column::Id.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| {
            let lent = row.from_region_id == region_id;
            let other = if lent {
                row.to_region_id
            } else {
                row.from_region_id
            };
            (row.id, other)
        }));
    }
    Ok(found)
}

/// Writes a new split beside the earlier ones; its number.
pub(super) async fn insert_shares(
    work: &Work<'_>,
    plan_id: Uuid,
    region_id: Uuid,
    day: NaiveDate,
    shares: &[NewShare],
) -> Result<i32> {
    let newest: Option<i32> = version::Entity::find()
        .select_only()
        .column(version::Column::Version)
        .filter(version::Column::PlanId.eq(plan_id))
        .filter(version::Column::RegionId.eq(region_id))
        .order_by_desc(version::Column::Version)
        .limit(1)
        .into_tuple()
        .one(&work.tx)
        .await?;
    let (id, number) = (clock::new_id(), newest.unwrap_or(0) + 1);
    let row = version::ActiveModel {
        id: Set(id),
        county_id: Set(work.by.county_id),
        plan_id: Set(plan_id),
        region_id: Set(region_id),
        version: Set(number),
        day: Set(day),
        enterprises: Set(i64::try_from(shares.len()).unwrap_or(i64::MAX)),
        total: Set(shares.iter().map(|share| share.amount).sum()),
        account_id: Set(work.by.account()),
        recorded_at: Set(work.now),
    };
    version::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    for chunk in shares.chunks(rows_per_statement(4)) {
        let rows = chunk.iter().map(|row| share::ActiveModel {
            version_id: Set(id),
            enterprise_id: Set(row.enterprise_id),
            county_id: Set(work.by.county_id),
            amount: Set(row.amount),
        });
        share::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(number)
}

/// The newest split of a township, or the newest of a day and before. Its rows are those of enterprises in scope.
pub(super) async fn shares(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    region_id: Uuid,
    as_of: Option<NaiveDate>,
) -> Result<Split> {
    let mut query = version::Entity::find()
        .filter(version::Column::CountyId.eq(scope.county_id))
        .filter(version::Column::PlanId.eq(plan_id))
        .filter(version::Column::RegionId.eq(region_id));
    if let Some(day) = as_of {
        query = query.filter(version::Column::Day.lte(day));
    }
    let newest = query
        .order_by_desc(version::Column::Day)
        .order_by_desc(version::Column::Version)
        .limit(1)
        .one(db)
        .await?;
    let Some(newest) = newest else {
        return Ok(Split::default());
    };
    let mut rows = share::Entity::find().filter(share::Column::VersionId.eq(newest.id));
    if !scope.reaches_region(region_id) {
        let columns =
            Columns::county(share::Column::CountyId).enterprise(share::Column::EnterpriseId);
        rows = rows.filter(scope.filter(&columns));
    }
    let rows = rows.all(db).await?;
    Ok(Split {
        version: newest.version,
        day: Some(newest.day),
        rows: rows
            .into_iter()
            .map(|row| NewShare {
                enterprise_id: row.enterprise_id,
                amount: row.amount,
            })
            .collect(),
    })
}

/// What the newest splits, or those of a day and before, give the enterprises in reach.
///
/// # Errors
/// Database faults.
pub async fn own_share(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    as_of: Option<NaiveDate>,
) -> Result<i64> {
    let newer = Alias::new("newer");
    let mut later = Query::select();
    let of = |column: version::Column| Expr::col((newer.clone(), column));
    let this = |column: version::Column| Expr::col((version::Entity, column));
    later
        .expr(Expr::val(1))
        .from_as(version::Entity, newer.clone())
        .and_where(of(version::Column::PlanId).equals((version::Entity, version::Column::PlanId)))
        .and_where(
            of(version::Column::RegionId).equals((version::Entity, version::Column::RegionId)),
        )
        .and_where(
            of(version::Column::Day)
                .gt(this(version::Column::Day))
                .or(of(version::Column::Day)
                    .eq(this(version::Column::Day))
                    .and(of(version::Column::Version).gt(this(version::Column::Version)))),
        );
    let splits: RelationDef = share::Entity::belongs_to(version::Entity)
        .from(share::Column::VersionId)
        .to(version::Column::Id)
        .into();
    let columns = Columns::county(share::Column::CountyId).enterprise(share::Column::EnterpriseId);
    let mut query = share::Entity::find()
        .join(JoinType::InnerJoin, splits)
        .filter(scope.filter(&columns))
        .filter(version::Column::PlanId.eq(plan_id));
    if let Some(day) = as_of {
        query = query.filter(version::Column::Day.lte(day));
        later.and_where(of(version::Column::Day).lte(day));
    }
    let sum: Option<Option<i64>> = query
        .filter(Expr::exists(later).not())
        .select_only()
        .column_as(
            Expr::col((share::Entity, share::Column::Amount))
                .sum()
                .cast_as("bigint"),
            "amount",
        )
        .into_tuple()
        .one(db)
        .await?;
    Ok(sum.flatten().unwrap_or(0))
}

fn to_loan(row: loan::Model) -> Loan {
    let word = |at: Option<i64>, by| at.map(|at| Word { at, by });
    Loan {
        id: row.id,
        plan_id: row.plan_id,
        from_region_id: row.from_region_id,
        to_region_id: row.to_region_id,
        amount: row.amount,
        day: row.day,
        reason: row.reason,
        state: LoanState::of_word(&row.state),
        proposed: Word {
            at: row.proposed_at,
            by: row.proposed_by,
        },
        lender: word(row.lender_consented_at, row.lender_consented_by),
        borrower: word(row.borrower_consented_at, row.borrower_consented_by),
        closed: word(row.closed_at, row.closed_by),
    }
}
