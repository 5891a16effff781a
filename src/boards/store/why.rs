//! Rows behind "why not yet": announced classes, and where a completion is counted.

use entity::{class_session as class, completion, employment, roster_entry};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait,
};
use uuid::Uuid;

use crate::platform::Result;

/// A class that is still to come.
#[derive(Clone, Debug)]
pub struct Coming {
    pub id: Uuid,
    pub plan_id: Uuid,
    pub region_id: Uuid,
    pub title: String,
    pub place: String,
    pub starts_at: i64,
    pub ends_at: i64,
    pub minutes: i32,
    pub capacity: Option<i32>,
}

fn to_coming(row: class::Model) -> Coming {
    Coming {
        id: row.id,
        plan_id: row.plan_id,
        region_id: row.region_id,
        title: row.title,
        place: row.place,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        minutes: row.minutes,
        capacity: row.capacity,
    }
}

/// The next classes of a plan in these townships, earliest first.
pub(in crate::boards) async fn coming(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    regions: &[Uuid],
    after: i64,
    limit: u64,
) -> Result<Vec<Coming>> {
    let rows = class::Entity::find()
        .filter(class::Column::PlanId.eq(plan_id))
        .filter(class::Column::RegionId.is_in(regions.iter().copied()))
        .filter(class::Column::State.eq("planned"))
        .filter(class::Column::StartsAt.gt(after))
        .order_by_asc(class::Column::StartsAt)
        .order_by_asc(class::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_coming).collect())
}

/// The next classes on whose list a person stands, those under way included. The caller has seen to the scope.
///
/// # Errors
/// Database faults.
pub async fn enrolled(
    db: &impl ConnectionTrait,
    person_id: Uuid,
    now: i64,
    limit: u64,
) -> Result<Vec<Coming>> {
    let rows = class::Entity::find()
        .join_rev(
            JoinType::InnerJoin,
            roster_entry::Relation::ClassSession.def(),
        )
        .filter(roster_entry::Column::PersonId.eq(person_id))
        .filter(class::Column::State.eq("planned"))
        .filter(class::Column::EndsAt.gt(now))
        .order_by_asc(class::Column::StartsAt)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_coming).collect())
}

/// Township and enterprise for which a person's completion is counted.
pub(in crate::boards) async fn counted_at(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    person_id: Uuid,
) -> Result<Option<(Uuid, Option<Uuid>)>> {
    let row = completion::Entity::find()
        .filter(completion::Column::PlanId.eq(plan_id))
        .filter(completion::Column::PersonId.eq(person_id))
        .filter(completion::Column::WithdrawnAt.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| (row.region_id, row.enterprise_id)))
}

/// Township and enterprise where a person works now.
pub(in crate::boards) async fn works_at(
    db: &impl ConnectionTrait,
    person_id: Uuid,
) -> Result<Option<(Uuid, String)>> {
    let row = employment::Entity::find()
        .filter(Condition::all().add(employment::Column::PersonId.eq(person_id)))
        .filter(employment::Column::ToDay.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| (row.region_id, row.enterprise_name)))
}
