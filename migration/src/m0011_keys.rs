//! Table of this step: `key_check`, what the database knows of the keys it was sealed with.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(KeyCheck::Table)
            .col(ColumnDef::new(KeyCheck::Kind).string_len(8).not_null())
            .col(ColumnDef::new(KeyCheck::KeyId).integer().not_null())
            .col(ColumnDef::new(KeyCheck::Mark).binary().not_null())
            .col(ColumnDef::new(KeyCheck::Since).big_integer().not_null())
            .primary_key(Index::create().col(KeyCheck::Kind).col(KeyCheck::KeyId))
            .check(Expr::col(KeyCheck::Kind).is_in(["field", "lookup", "token"]))
            .check(Expr::col(KeyCheck::KeyId).between(1, 255))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(KeyCheck::Table).to_owned())
            .await
    }
}

#[derive(DeriveIden)]
enum KeyCheck {
    Table,
    Kind,
    KeyId,
    Mark,
    Since,
}
