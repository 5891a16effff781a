//! Tables of this step: `audit_head`, `audit_entry`, `idempotency_record`, `job`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_audit_head(manager).await?;
        create_audit_entry(manager).await?;
        create_idempotency_record(manager).await?;
        create_job(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Job::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(IdempotencyRecord::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(AuditEntry::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(AuditHead::Table).to_owned())
            .await?;
        Ok(())
    }
}

/// The newest link of a county's audit chain; its row lock puts writers in line.
async fn create_audit_head(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(AuditHead::Table)
        .col(
            ColumnDef::new(AuditHead::CountyId)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(AuditHead::Seq).big_integer().not_null())
        .col(ColumnDef::new(AuditHead::Hash).binary().not_null())
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// A link of the audit chain: who did what (审计).
async fn create_audit_entry(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(AuditEntry::Table)
        .col(ColumnDef::new(AuditEntry::CountyId).uuid().not_null())
        .col(ColumnDef::new(AuditEntry::Seq).big_integer().not_null())
        .col(ColumnDef::new(AuditEntry::At).big_integer().not_null())
        .col(ColumnDef::new(AuditEntry::Actor).string_len(100).not_null())
        .col(ColumnDef::new(AuditEntry::Action).string_len(64).not_null())
        .col(
            ColumnDef::new(AuditEntry::SubjectKind)
                .string_len(32)
                .not_null(),
        )
        .col(
            ColumnDef::new(AuditEntry::SubjectId)
                .string_len(64)
                .not_null(),
        )
        .col(ColumnDef::new(AuditEntry::Detail).text().not_null())
        .col(ColumnDef::new(AuditEntry::PrevHash).binary().not_null())
        .col(ColumnDef::new(AuditEntry::Hash).binary().not_null())
        .primary_key(
            Index::create()
                .col(AuditEntry::CountyId)
                .col(AuditEntry::Seq),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_audit_entry_county_id_subject_kind_subject_id")
                .table(AuditEntry::Table)
                .col(AuditEntry::CountyId)
                .col(AuditEntry::SubjectKind)
                .col(AuditEntry::SubjectId)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// The answer given to a write, kept for its retry (Idempotency-Key).
async fn create_idempotency_record(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(IdempotencyRecord::Table)
        .col(
            ColumnDef::new(IdempotencyRecord::AccountId)
                .uuid()
                .not_null(),
        )
        .col(
            ColumnDef::new(IdempotencyRecord::Key)
                .string_len(128)
                .not_null(),
        )
        .col(
            ColumnDef::new(IdempotencyRecord::Operation)
                .string_len(64)
                .not_null(),
        )
        .col(
            ColumnDef::new(IdempotencyRecord::Fingerprint)
                .binary()
                .not_null(),
        )
        .col(ColumnDef::new(IdempotencyRecord::Answer).text().not_null())
        .col(
            ColumnDef::new(IdempotencyRecord::CreatedAt)
                .big_integer()
                .not_null(),
        )
        .primary_key(
            Index::create()
                .col(IdempotencyRecord::AccountId)
                .col(IdempotencyRecord::Key),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_idempotency_record_created_at")
                .table(IdempotencyRecord::Table)
                .col(IdempotencyRecord::CreatedAt)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// Work that goes on after the answer (后台任务).
async fn create_job(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Job::Table)
        .col(ColumnDef::new(Job::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Job::CountyId).uuid().not_null())
        .col(ColumnDef::new(Job::Kind).string_len(32).not_null())
        .col(ColumnDef::new(Job::State).string_len(16).not_null())
        .col(ColumnDef::new(Job::Payload).text().not_null())
        .col(ColumnDef::new(Job::Done).big_integer().not_null())
        .col(ColumnDef::new(Job::Total).big_integer().not_null())
        .col(ColumnDef::new(Job::Attempts).integer().not_null())
        .col(ColumnDef::new(Job::RunAfter).big_integer().not_null())
        .col(ColumnDef::new(Job::LockedUntil).big_integer())
        .col(ColumnDef::new(Job::Result).text())
        .col(ColumnDef::new(Job::Fault).text())
        .col(ColumnDef::new(Job::AccountId).uuid())
        .col(ColumnDef::new(Job::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(Job::UpdatedAt).big_integer().not_null())
        .check(Expr::col(Job::State).is_in(["queued", "running", "done", "failed"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_job_state_run_after")
                .table(Job::Table)
                .col(Job::State)
                .col(Job::RunAfter)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_job_county_id_id")
                .table(Job::Table)
                .col(Job::CountyId)
                .col(Job::Id)
                .to_owned(),
        )
        .await?;
    Ok(())
}

#[derive(DeriveIden)]
enum AuditHead {
    Table,
    CountyId,
    Seq,
    Hash,
}

#[derive(DeriveIden)]
enum AuditEntry {
    Table,
    CountyId,
    Seq,
    At,
    Actor,
    Action,
    SubjectKind,
    SubjectId,
    Detail,
    PrevHash,
    Hash,
}

#[derive(DeriveIden)]
enum IdempotencyRecord {
    Table,
    AccountId,
    Key,
    Operation,
    Fingerprint,
    Answer,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Job {
    Table,
    Id,
    CountyId,
    Kind,
    State,
    Payload,
    Done,
    Total,
    Attempts,
    RunAfter,
    LockedUntil,
    Result,
    Fault,
    AccountId,
    CreatedAt,
    UpdatedAt,
}
