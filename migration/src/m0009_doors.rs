//! Tables of this step: `rate_limit`, `ended_session`, `outbox_message`, `one_time_secret`; e-mail addresses of accounts
//! and people.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_rate_limit(manager).await?;
        create_ended_session(manager).await?;
        create_outbox_message(manager).await?;
        create_one_time_secret(manager).await?;
        for (table, column) in CONTACTS {
            let column = match column {
                "email_masked" => ColumnDef::new(Alias::new(column)).string_len(320).take(),
                _ => ColumnDef::new(Alias::new(column)).binary().take(),
            };
            let alter = Table::alter()
                .table(Alias::new(table))
                .add_column(column)
                .to_owned();
            manager.alter_table(alter).await?;
        }
        // Somebody at the door names no county.
        manager
            .create_index(
                Index::create()
                    .name("ix_person_id_hash")
                    .table(Alias::new("person"))
                    .col(Alias::new("id_hash"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_account_email_hash")
                    .table(Alias::new("account"))
                    .col(Alias::new("email_hash"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("ix_account_email_hash")
                    .table(Alias::new("account"))
                    .to_owned(),
            )
            .await?;
        manager
            .drop_index(
                Index::drop()
                    .name("ix_person_id_hash")
                    .table(Alias::new("person"))
                    .to_owned(),
            )
            .await?;
        for (table, column) in CONTACTS {
            let alter = Table::alter()
                .table(Alias::new(table))
                .drop_column(Alias::new(column))
                .to_owned();
            manager.alter_table(alter).await?;
        }
        for table in [
            "one_time_secret",
            "outbox_message",
            "ended_session",
            "rate_limit",
        ] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

const CONTACTS: [(&str, &str); 5] = [
    ("account", "email_sealed"),
    ("account", "email_hash"),
    ("account", "email_masked"),
    ("person", "email_sealed"),
    ("person", "email_masked"),
];

/// Attempts counted across instances (限流与锁定): of whom only a keyed hash is kept.
async fn create_rate_limit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(RateLimit::Table)
        .col(ColumnDef::new(RateLimit::Kind).string_len(24).not_null())
        .col(ColumnDef::new(RateLimit::Subject).binary().not_null())
        .col(ColumnDef::new(RateLimit::Count).big_integer().not_null())
        .col(ColumnDef::new(RateLimit::Since).big_integer().not_null())
        .col(ColumnDef::new(RateLimit::Until).big_integer().not_null())
        .primary_key(Index::create().col(RateLimit::Kind).col(RateLimit::Subject))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_rate_limit_since")
                .table(RateLimit::Table)
                .col(RateLimit::Since)
                .to_owned(),
        )
        .await
}

/// Sessions whose access tokens count no more, kept as long as those could live.
async fn create_ended_session(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(EndedSession::Table)
        .col(
            ColumnDef::new(EndedSession::SessionId)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(
            ColumnDef::new(EndedSession::EndedAt)
                .big_integer()
                .not_null(),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_ended_session_ended_at")
                .table(EndedSession::Table)
                .col(EndedSession::EndedAt)
                .to_owned(),
        )
        .await
}

/// A message to be sent, written with its cause (发件箱).
async fn create_outbox_message(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    use OutboxMessage as M;
    let table = Table::create()
        .table(M::Table)
        .col(ColumnDef::new(M::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(M::CountyId).uuid().not_null())
        .col(ColumnDef::new(M::Cause).string_len(200).not_null())
        .col(ColumnDef::new(M::Channel).string_len(16).not_null())
        .col(ColumnDef::new(M::RecipientSealed).binary().not_null())
        .col(
            ColumnDef::new(M::RecipientMasked)
                .string_len(320)
                .not_null(),
        )
        .col(ColumnDef::new(M::Template).string_len(40).not_null())
        .col(ColumnDef::new(M::BodySealed).binary().not_null())
        .col(ColumnDef::new(M::State).string_len(16).not_null())
        .col(ColumnDef::new(M::Attempts).integer().not_null())
        .col(ColumnDef::new(M::RunAfter).big_integer().not_null())
        .col(ColumnDef::new(M::LockedUntil).big_integer())
        .col(ColumnDef::new(M::Fault).string_len(500))
        .col(ColumnDef::new(M::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(M::SentAt).big_integer())
        .check(Expr::col(M::Channel).is_in(["mail", "gateway"]))
        .check(Expr::col(M::State).is_in(["queued", "sending", "sent", "failed"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_outbox_message_cause")
                .table(M::Table)
                .col(M::CountyId)
                .col(M::Cause)
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_outbox_message_state_run_after")
                .table(M::Table)
                .col(M::State)
                .col(M::RunAfter)
                .to_owned(),
        )
        .await
}

/// What opens a door once: an invitation, a reset, an activation (一次性凭据); only its keyed hash is kept.
async fn create_one_time_secret(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    use OneTimeSecret as S;
    let table = Table::create()
        .table(S::Table)
        .col(ColumnDef::new(S::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(S::CountyId).uuid().not_null())
        .col(ColumnDef::new(S::Purpose).string_len(16).not_null())
        .col(ColumnDef::new(S::AccountId).uuid())
        .col(ColumnDef::new(S::PersonId).uuid())
        .col(ColumnDef::new(S::Hash).binary().not_null())
        .col(ColumnDef::new(S::Tries).integer().not_null())
        .col(ColumnDef::new(S::ExpiresAt).big_integer().not_null())
        .col(ColumnDef::new(S::UsedAt).big_integer())
        .col(ColumnDef::new(S::MadeBy).uuid())
        .col(ColumnDef::new(S::CreatedAt).big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from(S::Table, S::AccountId)
                .to(Alias::new("account"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(S::Table, S::PersonId)
                .to(Alias::new("person"), Alias::new("id")),
        )
        .check(Expr::col(S::Purpose).is_in(["invite", "reset", "activate"]))
        .to_owned();
    manager.create_table(table).await?;
    for (name, column) in [
        ("ix_one_time_secret_hash", S::Hash),
        ("ix_one_time_secret_person_id", S::PersonId),
        ("ix_one_time_secret_account_id", S::AccountId),
    ] {
        manager
            .create_index(
                Index::create()
                    .name(name)
                    .table(S::Table)
                    .col(column)
                    .to_owned(),
            )
            .await?;
    }
    Ok(())
}

#[derive(DeriveIden)]
enum RateLimit {
    Table,
    Kind,
    Subject,
    Count,
    Since,
    Until,
}

#[derive(DeriveIden)]
enum EndedSession {
    Table,
    SessionId,
    EndedAt,
}

#[derive(DeriveIden)]
enum OutboxMessage {
    Table,
    Id,
    CountyId,
    Cause,
    Channel,
    RecipientSealed,
    RecipientMasked,
    Template,
    BodySealed,
    State,
    Attempts,
    RunAfter,
    LockedUntil,
    Fault,
    CreatedAt,
    SentAt,
}

#[derive(DeriveIden)]
enum OneTimeSecret {
    Table,
    Id,
    CountyId,
    Purpose,
    AccountId,
    PersonId,
    Hash,
    Tries,
    ExpiresAt,
    UsedAt,
    MadeBy,
    CreatedAt,
}
