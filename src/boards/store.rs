//! Figures a board adds to the counters.

pub(super) mod answers;
pub(super) mod own;
pub(super) mod past;
pub(super) mod why;

use std::collections::HashMap;

use entity::{
    certificate, claim, claim_progress, class_day, employment, enterprise, plan_progress,
    plan_settlement, quota_line,
};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use past::Past;

/// Classes held toward a plan, by township; through a day where one is named. Counted by days, not by classes.
pub(super) async fn classes_held(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    through: Option<chrono::NaiveDate>,
) -> Result<HashMap<Uuid, i64>> {
    let columns = Columns::county(class_day::Column::CountyId).region(class_day::Column::RegionId);
    let mut query = class_day::Entity::find();
    if let Some(day) = through {
        query = query.filter(class_day::Column::Day.lte(day));
    }
    let held = class_day::Column::Held.sum().cast_as("BIGINT");
    let rows: Vec<(Uuid, i64)> = query
        .select_only()
        .column(class_day::Column::RegionId)
        .column_as(held, "held")
        .filter(scope.filter(&columns))
        .filter(class_day::Column::PlanId.eq(plan_id))
        .group_by(class_day::Column::RegionId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// An enterprise in scope.
pub(super) async fn enterprise(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<enterprise::Model>> {
    let columns = Columns::county(enterprise::Column::CountyId)
        .region(enterprise::Column::RegionId)
        .enterprise(enterprise::Column::Id);
    let query = enterprise::Entity::find()
        .filter(scope.filter(&columns))
        .filter(enterprise::Column::Id.eq(id));
    Ok(query.one(db).await?)
}

/// People with a post, now or on a day, by enterprise.
pub(super) async fn people_on_file(
    db: &impl ConnectionTrait,
    enterprises: &[Uuid],
    past: Option<Past>,
) -> Result<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = employment::Entity::find()
        .select_only()
        .column(employment::Column::EnterpriseId)
        .column_as(employment::Column::PersonId.count(), "people")
        .filter(employment::Column::EnterpriseId.is_in(enterprises.iter().copied()))
        .filter(past::held(past))
        .group_by(employment::Column::EnterpriseId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Certificates and claims, now or as of a day, by enterprise.
pub(super) async fn claims(
    db: &impl ConnectionTrait,
    enterprises: &[Uuid],
    past: Option<Past>,
) -> Result<HashMap<Uuid, (i64, i64)>> {
    counted(db, certificate::Column::EnterpriseId, enterprises, past).await
}

/// Certificates and claims, now or as of a day, by person.
pub(super) async fn claims_of_people(
    db: &impl ConnectionTrait,
    people: &[Uuid],
    past: Option<Past>,
) -> Result<HashMap<Uuid, (i64, i64)>> {
    counted(db, certificate::Column::PersonId, people, past).await
}

async fn counted(
    db: &impl ConnectionTrait,
    by: certificate::Column,
    ids: &[Uuid],
    past: Option<Past>,
) -> Result<HashMap<Uuid, (i64, i64)>> {
    let claims = certificate::Entity::belongs_to(claim::Entity)
        .from(certificate::Column::Id)
        .to(claim::Column::CertificateId);
    let mut query = certificate::Entity::find();
    let mut claimed = Expr::col((claim::Entity, claim::Column::Id)).count();
    if let Some(Past { day, before }) = past {
        // Issued by then; of one whose first day nobody wrote down, nobody can say otherwise.
        let issued = certificate::Column::FirstIssued;
        query = query.filter(issued.lte(day).or(issued.is_null()));
        let by_then = claim::Column::ClaimedAt.lt(before);
        claimed = Expr::case(by_then, 1).finally(0).sum();
    }
    let rows: Vec<(Uuid, i64, i64)> = query
        .select_only()
        .column(by)
        .column_as(certificate::Column::Id.count(), "certificates")
        .column_as(claimed.cast_as("bigint"), "claims")
        .join(JoinType::LeftJoin, claims.into())
        .filter(by.is_in(ids.iter().copied()))
        .group_by(by)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, certificates, claims)| (id, (certificates, claims)))
        .collect())
}

/// What tells one state of a county's board from the next: when its counters last changed, and their sums (a later
/// commit may carry an earlier instant). As many rows are read as there are counters, however long the ledger.
pub(super) async fn state_of(db: &impl ConnectionTrait, county_id: Uuid) -> Result<Vec<i64>> {
    use claim_progress::Column as C;
    use plan_progress::Column as P;
    use quota_line::Column as Q;
    let trained: Vec<(i64, i64, i64, i64)> = plan_progress::Entity::find()
        .select_only()
        .columns([P::UpdatedAt, P::People, P::PersonTimes, P::Passes])
        .filter(P::CountyId.eq(county_id))
        .into_tuple()
        .all(db)
        .await?;
    let claimed: Vec<(i64, i64, i64, i64)> = claim_progress::Entity::find()
        .select_only()
        .columns([
            C::UpdatedAt,
            C::Due,
            C::ClaimedOnList,
            C::ClaimedOutsideList,
        ])
        .filter(C::CountyId.eq(county_id))
        .into_tuple()
        .all(db)
        .await?;
    let quotas: Vec<(i64, i64)> = quota_line::Entity::find()
        .select_only()
        .columns([Q::RecordedAt, Q::Amount])
        .filter(Q::CountyId.eq(county_id))
        .into_tuple()
        .all(db)
        .await?;
    let mut state = vec![i64::try_from(quotas.len()).unwrap_or(i64::MAX)];
    for rows in [trained, claimed] {
        state.push(rows.iter().map(|row| row.0).max().unwrap_or(0));
        state.push(rows.iter().map(|row| row.1).sum());
        state.push(rows.iter().map(|row| row.2).sum());
        state.push(rows.iter().map(|row| row.3).sum());
    }
    let settled: Vec<i64> = plan_settlement::Entity::find()
        .select_only()
        .column(plan_settlement::Column::SettledAt)
        .filter(plan_settlement::Column::CountyId.eq(county_id))
        .into_tuple()
        .all(db)
        .await?;
    state.push(settled.into_iter().max().unwrap_or(0));
    state.push(quotas.iter().map(|row| row.0).max().unwrap_or(0));
    state.push(quotas.iter().map(|row| row.1).sum());
    Ok(state)
}
