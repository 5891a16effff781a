//! Rows of sheets that were never committed.

use entity::{academy_line as line, academy_upload as upload};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::platform::Result;

/// Sheets emptied in one transaction.
const SOME: u64 = 100;

fn old(county_id: Uuid, before: i64) -> Condition {
    Condition::all()
        .add(upload::Column::CountyId.eq(county_id))
        .add(upload::Column::State.is_in(["previewed", "discarded"]))
        .add(upload::Column::CreatedAt.lt(before))
        .add(upload::Column::FileKey.ne(""))
}

pub(in crate::hours::academies) async fn count(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    let old = upload::Entity::find().filter(old(county_id, before));
    Ok(old.count(db).await?)
}

/// Some of them with the keys of their files, held until the transaction ends.
pub(in crate::hours::academies) async fn some(
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

pub(in crate::hours::academies) async fn empty(
    tx: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<()> {
    line::Entity::delete_many()
        .filter(line::Column::UploadId.is_in(ids.iter().copied()))
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
