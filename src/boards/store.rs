//! Figures a board adds to the counters.

use std::collections::HashMap;

use entity::{certificate, claim, class_session as class, employment, enterprise};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// Classes held toward a plan, by township.
pub(super) async fn classes_held(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
) -> Result<HashMap<Uuid, i64>> {
    let columns = Columns::county(class::Column::CountyId).region(class::Column::RegionId);
    let rows: Vec<(Uuid, i64)> = class::Entity::find()
        .select_only()
        .column(class::Column::RegionId)
        .column_as(class::Column::Id.count(), "held")
        .filter(scope.filter(&columns))
        .filter(class::Column::PlanId.eq(plan_id))
        .filter(class::Column::State.eq("held"))
        .group_by(class::Column::RegionId)
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

/// People with a present post, by enterprise.
pub(super) async fn people_on_file(
    db: &impl ConnectionTrait,
    enterprises: &[Uuid],
) -> Result<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = employment::Entity::find()
        .select_only()
        .column(employment::Column::EnterpriseId)
        .column_as(employment::Column::PersonId.count(), "people")
        .filter(employment::Column::EnterpriseId.is_in(enterprises.iter().copied()))
        .filter(employment::Column::ToDay.is_null())
        .group_by(employment::Column::EnterpriseId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Certificates and claims, by enterprise.
pub(super) async fn claims(
    db: &impl ConnectionTrait,
    enterprises: &[Uuid],
) -> Result<HashMap<Uuid, (i64, i64)>> {
    counted(db, certificate::Column::EnterpriseId, enterprises).await
}

/// Certificates and claims, by person.
pub(super) async fn claims_of_people(
    db: &impl ConnectionTrait,
    people: &[Uuid],
) -> Result<HashMap<Uuid, (i64, i64)>> {
    counted(db, certificate::Column::PersonId, people).await
}

async fn counted(
    db: &impl ConnectionTrait,
    by: certificate::Column,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, (i64, i64)>> {
    let claims = certificate::Entity::belongs_to(claim::Entity)
        .from(certificate::Column::Id)
        .to(claim::Column::CertificateId);
    let rows: Vec<(Uuid, i64, i64)> = certificate::Entity::find()
        .select_only()
        .column(by)
        .column_as(certificate::Column::Id.count(), "certificates")
        .column_as(claim::Column::Id.count(), "claims")
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
