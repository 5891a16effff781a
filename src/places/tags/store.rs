//! Rows of enterprise tags.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::enterprise_tag as tag;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::rules::Tagged;
use crate::platform::Result;
use crate::platform::db::{IN_LIST, rows_per_statement};

/// Every tag these enterprises bear or bore, by enterprise. Unscoped: the caller has looked the enterprises up.
pub(super) async fn histories(
    db: &impl ConnectionTrait,
    enterprises: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Tagged>>> {
    let mut found: HashMap<Uuid, Vec<Tagged>> = HashMap::new();
    for chunk in enterprises.chunks(IN_LIST) {
        let rows = tag::Entity::find()
            .filter(tag::Column::EnterpriseId.is_in(chunk.iter().copied()))
            .order_by_asc(tag::Column::FromDay)
            .order_by_asc(tag::Column::Tag)
            .all(db)
            .await?;
        for row in rows {
            found
                .entry(row.enterprise_id)
                .or_default()
                .push(to_tagged(row));
        }
    }
    Ok(found)
}

/// The tags these enterprises bear on a day, by enterprise.
pub(super) async fn on(
    db: &impl ConnectionTrait,
    enterprises: &[Uuid],
    day: NaiveDate,
) -> Result<HashMap<Uuid, Vec<String>>> {
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for chunk in enterprises.chunks(IN_LIST) {
        let lasts = Condition::any()
            .add(tag::Column::ToDay.is_null())
            .add(tag::Column::ToDay.gte(day));
        let rows = tag::Entity::find()
            .filter(tag::Column::EnterpriseId.is_in(chunk.iter().copied()))
            .filter(tag::Column::FromDay.lte(day))
            .filter(lasts)
            .order_by_asc(tag::Column::Tag)
            .all(db)
            .await?;
        for row in rows {
            found.entry(row.enterprise_id).or_default().push(row.tag);
        }
    }
    Ok(found)
}

/// Writes tags, new ones and those that end alike.
pub(super) async fn save(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    rows: &[Tagged],
    now: i64,
) -> Result<()> {
    for chunk in rows.chunks(rows_per_statement(6)) {
        let rows = chunk.iter().map(|row| tag::ActiveModel {
            enterprise_id: Set(row.enterprise_id),
            tag: Set(row.tag.clone()),
            from_day: Set(row.from_day),
            to_day: Set(row.to_day),
            county_id: Set(county_id),
            recorded_at: Set(now),
        });
        let keys = [
            tag::Column::EnterpriseId,
            tag::Column::Tag,
            tag::Column::FromDay,
        ];
        let update = OnConflict::columns(keys)
            .update_columns([tag::Column::ToDay, tag::Column::RecordedAt])
            .to_owned();
        tag::Entity::insert_many(rows)
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Removes tags that never came to stand.
pub(super) async fn remove(tx: &impl ConnectionTrait, rows: &[Tagged]) -> Result<()> {
    for chunk in rows.chunks(rows_per_statement(3)) {
        let keys = chunk
            .iter()
            .map(|row| (row.enterprise_id, row.tag.clone(), row.from_day));
        let columns = Expr::tuple([
            Expr::col(tag::Column::EnterpriseId),
            Expr::col(tag::Column::Tag),
            Expr::col(tag::Column::FromDay),
        ]);
        tag::Entity::delete_many()
            .filter(columns.in_tuples(keys))
            .exec(tx)
            .await?;
    }
    Ok(())
}

fn to_tagged(row: tag::Model) -> Tagged {
    Tagged {
        enterprise_id: row.enterprise_id,
        tag: row.tag,
        from_day: row.from_day,
        to_day: row.to_day,
    }
}
