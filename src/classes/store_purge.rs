//! Rows that have had their time.

use entity::{attendance_upload as upload, class_scan as scan, upload_line, walk_in};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::platform::Result;

/// Uploads emptied in one transaction.
const SOME: u64 = 100;

fn old(county_id: Uuid, before: i64) -> Condition {
    Condition::all()
        .add(upload::Column::CountyId.eq(county_id))
        .add(upload::Column::State.is_in(["previewed", "discarded"]))
        .add(upload::Column::CreatedAt.lt(before))
        .add(upload::Column::FileKey.ne(""))
}

pub(super) async fn count(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    Ok(upload::Entity::find()
        .filter(old(county_id, before))
        .count(db)
        .await?)
}

/// Some of them with the keys of their files, held until the transaction ends.
pub(super) async fn some(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<Vec<(Uuid, String)>> {
    let rows = upload::Entity::find()
        .filter(old(county_id, before))
        .order_by_asc(upload::Column::Id)
        .limit(SOME)
        .lock_exclusive()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.file_key)).collect())
}

pub(super) async fn empty(tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<()> {
    upload_line::Entity::delete_many()
        .filter(upload_line::Column::UploadId.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    upload::Entity::update_many()
        .col_expr(upload::Column::State, "discarded".into())
        .col_expr(upload::Column::FileKey, "".into())
        .filter(upload::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Small rows removed in one transaction.
const MANY: u64 = 2_000;

fn scans(county_id: Uuid, before: i64) -> Select<scan::Entity> {
    scan::Entity::find()
        .filter(scan::Column::CountyId.eq(county_id))
        .filter(scan::Column::ArrivedAt.lt(before))
}

pub(super) async fn old_scans(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    Ok(scans(county_id, before).count(db).await?)
}

pub(super) async fn forget_scans(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    let some = scans(county_id, before)
        .select_only()
        .column(scan::Column::Id)
        .limit(MANY)
        .into_query();
    let gone = scan::Entity::delete_many()
        .filter(scan::Column::Id.in_subquery(some))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}

fn walk_ins(county_id: Uuid, before: i64) -> Select<walk_in::Entity> {
    walk_in::Entity::find()
        .filter(walk_in::Column::CountyId.eq(county_id))
        .filter(walk_in::Column::SettledAt.lt(before))
}

pub(super) async fn old_walk_ins(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    Ok(walk_ins(county_id, before).count(db).await?)
}

pub(super) async fn forget_walk_ins(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    let some = walk_ins(county_id, before)
        .select_only()
        .column(walk_in::Column::Id)
        .limit(MANY)
        .into_query();
    let gone = walk_in::Entity::delete_many()
        .filter(walk_in::Column::Id.in_subquery(some))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}
