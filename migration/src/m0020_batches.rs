//! Tables of this step: `suspension_batch`, `suspension_batch_item`.

use sea_orm_migration::prelude::*;

use crate::parts::{column, index, refers};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_batch(manager).await?;
        create_item(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["suspension_batch_item", "suspension_batch"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// Certificates suspended for one cause (批量暂停).
async fn create_batch(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "suspension_batch";
    let table = Table::create()
        .table(Alias::new(name))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("cause").string_len(500).not_null())
        .col(column("selection").text().not_null())
        .col(column("state").string_len(16).not_null())
        .col(column("total").big_integer().not_null())
        .col(column("job_id").uuid())
        .col(column("staged_by").string_len(100).not_null())
        .col(column("staged_at").big_integer().not_null())
        .col(column("applied_by").string_len(100))
        .col(column("applied_at").big_integer())
        .col(column("undone_by").string_len(100))
        .col(column("undone_at").big_integer())
        .col(column("undo_reason").string_len(500))
        .check(
            Expr::col(Alias::new("state"))
                .is_in(["staged", "applying", "applied", "undoing", "undone"]),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(index(name, &["county_id", "id"]))
        .await
}

/// A certificate of a batch, and what the batch did to it.
async fn create_item(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "suspension_batch_item";
    let table = Table::create()
        .table(Alias::new(name))
        .col(column("batch_id").uuid().not_null())
        .col(column("certificate_id").uuid().not_null())
        .col(column("county_id").uuid().not_null())
        .col(column("person_id").uuid().not_null())
        .col(column("region_id").uuid().not_null())
        .col(column("item_code").string_len(8).not_null())
        .col(column("effect").string_len(16).not_null())
        .primary_key(
            Index::create()
                .col(Alias::new("batch_id"))
                .col(Alias::new("certificate_id")),
        )
        .foreign_key(&mut refers(name, "batch_id", "suspension_batch"))
        .foreign_key(&mut refers(name, "certificate_id", "certificate"))
        .foreign_key(&mut refers(name, "person_id", "person"))
        .check(Expr::col(Alias::new("effect")).is_in([
            "staged",
            "suspended",
            "held",
            "skipped",
            "restored",
            "kept",
        ]))
        .to_owned();
    manager.create_table(table).await?;
    // Which other batch holds a certificate; what of a batch is still to be done.
    for columns in [&["county_id", "certificate_id"], &["batch_id", "effect"]] {
        manager.create_index(index(name, columns)).await?;
    }
    Ok(())
}
