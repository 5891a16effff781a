//! What a copy of the database holds, counted: table by table, and the end of each county's audit chain.

use std::collections::BTreeMap;

use entity::audit_head;
use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait, QueryOrder, Statement};

use super::{Chain, Contents};
use crate::platform::{Fault, Result};

/// Counts a database through one connection or transaction.
pub(super) async fn contents(db: &impl ConnectionTrait) -> Result<Contents> {
    let names = if db.get_database_backend() == DatabaseBackend::Sqlite {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    } else {
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    };
    let backend = db.get_database_backend();
    let rows = db
        .query_all_raw(Statement::from_string(backend, names))
        .await?;
    let names: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "name"))
        .collect::<Result<_, _>>()?;
    // All tables in one statement: the names are the schema's own.
    let counted: Vec<String> = names
        .iter()
        .map(|name| format!("SELECT '{name}' AS name, COUNT(*) AS rows FROM \"{name}\""))
        .collect();
    if counted.is_empty() {
        return Err(Fault::internal("no tables"));
    }
    let all = counted.join(" UNION ALL ");
    let rows = db
        .query_all_raw(Statement::from_string(backend, all))
        .await?;
    let mut tables = BTreeMap::new();
    for row in rows {
        let (name, count): (String, i64) = (row.try_get("", "name")?, row.try_get("", "rows")?);
        tables.insert(name, count);
    }
    let heads = audit_head::Entity::find()
        .order_by_asc(audit_head::Column::CountyId)
        .all(db)
        .await?;
    let chains = heads.into_iter().map(|head| Chain {
        county: head.county_id,
        seq: head.seq,
        hash: hex::encode(head.hash),
    });
    Ok(Contents {
        tables,
        chains: chains.collect(),
    })
}

/// A name by which another connection sees what this transaction sees.
pub(super) async fn snapshot(tx: &impl ConnectionTrait) -> Result<String> {
    let asked = "SELECT pg_export_snapshot() AS name";
    let asked = Statement::from_string(tx.get_database_backend(), asked);
    let row = tx.query_one_raw(asked).await?;
    let row = row.ok_or_else(|| Fault::internal("no snapshot"))?;
    Ok(row.try_get("", "name")?)
}
