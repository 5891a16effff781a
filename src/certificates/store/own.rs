//! Codes due and claimed of a manager's own enterprises.

use entity::{certificate, claim, due_entry};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef,
};
use uuid::Uuid;

use crate::certificates::ClaimProgress;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// Codes due by the list in force on a day and claimed before an instant, of the enterprises in reach; they are of no
/// township.
///
/// # Errors
/// Database faults.
pub async fn progress_of_own(
    db: &impl ConnectionTrait,
    scope: &Scope,
    day: chrono::NaiveDate,
    before: i64,
) -> Result<ClaimProgress> {
    let list = super::due_lists::in_force_on(db, scope.county_id, day).await?;
    let held = Columns::county(certificate::Column::CountyId)
        .enterprise(certificate::Column::EnterpriseId);
    let of_entry: RelationDef = due_entry::Entity::belongs_to(certificate::Entity)
        .from(due_entry::Column::CertificateId)
        .to(certificate::Column::Id)
        .into();
    let due: Option<i64> = due_entry::Entity::find()
        .join(JoinType::InnerJoin, of_entry)
        .filter(scope.filter(&held))
        .filter(due_entry::Column::DueListId.eq(list))
        .select_only()
        .column_as(
            Expr::col((due_entry::Entity, due_entry::Column::CertificateId))
                .count()
                .cast_as("bigint"),
            "entries",
        )
        .into_tuple()
        .one(db)
        .await?;
    let on_list = Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(due_entry::Entity)
            .and_where(due_entry::Column::DueListId.eq(list))
            .and_where(
                Expr::col((due_entry::Entity, due_entry::Column::CertificateId))
                    .equals((claim::Entity, claim::Column::CertificateId)),
            )
            .to_owned(),
    );
    let count = |condition: SimpleExpr| Expr::case(condition, 1).finally(0).sum().cast_as("bigint");
    let of_claim: RelationDef = claim::Entity::belongs_to(certificate::Entity)
        .from(claim::Column::CertificateId)
        .to(certificate::Column::Id)
        .into();
    type Claimed = (Option<i64>, Option<i64>, Option<i64>);
    let claimed: Option<Claimed> = claim::Entity::find()
        .join(JoinType::InnerJoin, of_claim)
        .filter(scope.filter(&held))
        .filter(claim::Column::ClaimedAt.lt(before))
        .select_only()
        .column_as(count(on_list.clone()), "on_list")
        .column_as(count(on_list.not()), "outside_list")
        .column_as(claim::Column::ClaimedAt.max(), "updated_at")
        .into_tuple()
        .one(db)
        .await?;
    let (claimed_on_list, claimed_outside_list, updated_at) = claimed.unwrap_or_default();
    Ok(ClaimProgress {
        region_id: Uuid::nil(),
        due: due.unwrap_or(0),
        claimed_on_list: claimed_on_list.unwrap_or(0),
        claimed_outside_list: claimed_outside_list.unwrap_or(0),
        updated_at: updated_at.unwrap_or(0),
    })
}
