//! Rows of photos of classes.

use entity::class_evidence as evidence;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::Evidence;
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

fn visible(scope: &Scope) -> Select<evidence::Entity> {
    let columns = Columns::county(evidence::Column::CountyId).region(evidence::Column::RegionId);
    evidence::Entity::find().filter(scope.filter(&columns))
}

pub(super) async fn insert(work: &Work<'_>, new: &Evidence) -> Result<()> {
    let row = evidence::ActiveModel {
        id: Set(new.id),
        county_id: Set(new.county_id),
        region_id: Set(new.region_id),
        class_id: Set(new.class_id),
        photo_key: Set(new.photo_key.clone()),
        note: Set(new.note.clone()),
        account_id: Set(new.account_id),
        created_at: Set(new.created_at),
    };
    evidence::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

pub(super) async fn count(db: &impl ConnectionTrait, class_id: Uuid) -> Result<u64> {
    Ok(evidence::Entity::find()
        .filter(evidence::Column::ClassId.eq(class_id))
        .count(db)
        .await?)
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Evidence>> {
    Ok(visible(scope)
        .filter(evidence::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_evidence))
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    class_id: Uuid,
    page: &Page,
) -> Result<Vec<Evidence>> {
    let mut query = visible(scope).filter(evidence::Column::ClassId.eq(class_id));
    if let Some(after) = page.after {
        query = query.filter(evidence::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(evidence::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_evidence).collect())
}

pub(super) async fn remove(tx: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    evidence::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

fn to_evidence(row: evidence::Model) -> Evidence {
    Evidence {
        id: row.id,
        county_id: row.county_id,
        region_id: row.region_id,
        class_id: row.class_id,
        photo_key: row.photo_key,
        note: row.note,
        account_id: row.account_id,
        created_at: row.created_at,
    }
}
