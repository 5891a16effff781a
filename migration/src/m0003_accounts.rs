//! Tables of this step: `account`, `role_grant`, `refresh_token`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_account(manager).await?;
        create_role_grant(manager).await?;
        create_refresh_token(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(RefreshToken::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(RoleGrant::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(Account::Table).to_owned())
            .await?;
        Ok(())
    }
}

/// An account that signs in (账号).
async fn create_account(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Account::Table)
        .col(ColumnDef::new(Account::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Account::CountyId).uuid().not_null())
        .col(ColumnDef::new(Account::Login).string_len(64).not_null())
        .col(ColumnDef::new(Account::Name).string_len(100).not_null())
        .col(ColumnDef::new(Account::PasswordHash).text().not_null())
        .col(ColumnDef::new(Account::PersonId).uuid())
        .col(ColumnDef::new(Account::DisabledAt).big_integer())
        .col(ColumnDef::new(Account::CreatedAt).big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from(Account::Table, Account::PersonId)
                .to(Alias::new("person"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_account_login")
                .table(Account::Table)
                .col(Account::Login)
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_account_county_id_id")
                .table(Account::Table)
                .col(Account::CountyId)
                .col(Account::Id)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// A role an account holds at a region or an enterprise (角色).
async fn create_role_grant(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(RoleGrant::Table)
        .col(
            ColumnDef::new(RoleGrant::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(RoleGrant::CountyId).uuid().not_null())
        .col(ColumnDef::new(RoleGrant::AccountId).uuid().not_null())
        .col(ColumnDef::new(RoleGrant::Role).string_len(24).not_null())
        .col(ColumnDef::new(RoleGrant::RegionId).uuid())
        .col(ColumnDef::new(RoleGrant::EnterpriseId).uuid())
        .col(
            ColumnDef::new(RoleGrant::GrantedAt)
                .big_integer()
                .not_null(),
        )
        .foreign_key(
            ForeignKey::create()
                .from(RoleGrant::Table, RoleGrant::AccountId)
                .to(Account::Table, Account::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(RoleGrant::Table, RoleGrant::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(RoleGrant::Table, RoleGrant::EnterpriseId)
                .to(Alias::new("enterprise"), Alias::new("id")),
        )
        .check(Expr::col(RoleGrant::Role).is_in([
            "worker",
            "enterprise_manager",
            "trainer",
            "inspector",
            "township_officer",
            "county_officer",
            "county_admin",
            "system_admin",
            "auditor",
        ]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_role_grant_account_id")
                .table(RoleGrant::Table)
                .col(RoleGrant::AccountId)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// One link in a family of rotating refresh tokens; only the hash is kept.
async fn create_refresh_token(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(RefreshToken::Table)
        .col(
            ColumnDef::new(RefreshToken::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(RefreshToken::AccountId).uuid().not_null())
        .col(ColumnDef::new(RefreshToken::FamilyId).uuid().not_null())
        .col(ColumnDef::new(RefreshToken::TokenHash).binary().not_null())
        .col(
            ColumnDef::new(RefreshToken::Device)
                .string_len(200)
                .not_null(),
        )
        .col(
            ColumnDef::new(RefreshToken::IssuedAt)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(RefreshToken::ExpiresAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(RefreshToken::UsedAt).big_integer())
        .col(ColumnDef::new(RefreshToken::EndedAt).big_integer())
        .foreign_key(
            ForeignKey::create()
                .from(RefreshToken::Table, RefreshToken::AccountId)
                .to(Account::Table, Account::Id),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_refresh_token_token_hash")
                .table(RefreshToken::Table)
                .col(RefreshToken::TokenHash)
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_refresh_token_family_id")
                .table(RefreshToken::Table)
                .col(RefreshToken::FamilyId)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_refresh_token_account_id")
                .table(RefreshToken::Table)
                .col(RefreshToken::AccountId)
                .to_owned(),
        )
        .await?;
    Ok(())
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
    CountyId,
    Login,
    Name,
    PasswordHash,
    PersonId,
    DisabledAt,
    CreatedAt,
}

#[derive(DeriveIden)]
enum RoleGrant {
    Table,
    Id,
    CountyId,
    AccountId,
    Role,
    RegionId,
    EnterpriseId,
    GrantedAt,
}

#[derive(DeriveIden)]
enum RefreshToken {
    Table,
    Id,
    AccountId,
    FamilyId,
    TokenHash,
    Device,
    IssuedAt,
    ExpiresAt,
    UsedAt,
    EndedAt,
}
