//! Tables of this step: `recurring_task`, `retention_rule`; an index by which ended sessions are found.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_recurring_task(manager).await?;
        create_retention_rule(manager).await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_refresh_token_expires_at")
                    .table(RefreshToken::Table)
                    .col(RefreshToken::ExpiresAt)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("ix_refresh_token_expires_at")
                    .table(RefreshToken::Table)
                    .to_owned(),
            )
            .await?;
        manager
            .drop_table(Table::drop().table(RetentionRule::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(RecurringTask::Table).to_owned())
            .await
    }
}

/// Work that comes round again (定时任务).
async fn create_recurring_task(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(RecurringTask::Table)
        .col(
            ColumnDef::new(RecurringTask::Name)
                .string_len(64)
                .not_null()
                .primary_key(),
        )
        .col(
            ColumnDef::new(RecurringTask::NextRun)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(RecurringTask::LockedUntil).big_integer())
        .col(ColumnDef::new(RecurringTask::LastRun).big_integer())
        .col(ColumnDef::new(RecurringTask::LastResult).text())
        .col(ColumnDef::new(RecurringTask::LastFault).string_len(64))
        .to_owned();
    manager.create_table(table).await
}

/// How long a county keeps a kind of data (保存期限).
async fn create_retention_rule(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(RetentionRule::Table)
        .col(ColumnDef::new(RetentionRule::CountyId).uuid().not_null())
        .col(
            ColumnDef::new(RetentionRule::Kind)
                .string_len(32)
                .not_null(),
        )
        .col(ColumnDef::new(RetentionRule::Days).integer().not_null())
        .col(ColumnDef::new(RetentionRule::AccountId).uuid())
        .col(
            ColumnDef::new(RetentionRule::UpdatedAt)
                .big_integer()
                .not_null(),
        )
        .primary_key(
            Index::create()
                .col(RetentionRule::CountyId)
                .col(RetentionRule::Kind),
        )
        .check(Expr::col(RetentionRule::Days).gte(1))
        .to_owned();
    manager.create_table(table).await
}

#[derive(DeriveIden)]
enum RecurringTask {
    Table,
    Name,
    NextRun,
    LockedUntil,
    LastRun,
    LastResult,
    LastFault,
}

#[derive(DeriveIden)]
enum RetentionRule {
    Table,
    CountyId,
    Kind,
    Days,
    AccountId,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum RefreshToken {
    Table,
    ExpiresAt,
}
