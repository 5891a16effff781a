//! Tables of this step: `person`, `employment`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_person(manager).await?;
        create_employment(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Employment::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(Person::Table).to_owned())
            .await?;
        Ok(())
    }
}

/// A person (人员). The ID number is sealed; its hash finds it, `id_masked` shows it.
async fn create_person(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Person::Table)
        .col(ColumnDef::new(Person::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Person::CountyId).uuid().not_null())
        .col(ColumnDef::new(Person::Name).string_len(100).not_null())
        .col(ColumnDef::new(Person::IdKind).string_len(16).not_null())
        .col(ColumnDef::new(Person::IdHash).binary().not_null())
        .col(ColumnDef::new(Person::IdSealed).binary().not_null())
        .col(ColumnDef::new(Person::IdMasked).string_len(40).not_null())
        .col(ColumnDef::new(Person::PhoneSealed).binary())
        .col(ColumnDef::new(Person::PhoneMasked).string_len(20))
        .col(ColumnDef::new(Person::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(Person::UpdatedAt).big_integer().not_null())
        .check(Expr::col(Person::IdKind).is_in(["resident", "other"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_person_county_id_id_hash")
                .table(Person::Table)
                .col(Person::CountyId)
                .col(Person::IdHash)
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_person_county_id_name")
                .table(Person::Table)
                .col(Person::CountyId)
                .col(Person::Name)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// Where a person worked, in what post, from which day to which (从业经历).
async fn create_employment(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Employment::Table)
        .col(
            ColumnDef::new(Employment::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(Employment::CountyId).uuid().not_null())
        .col(ColumnDef::new(Employment::PersonId).uuid().not_null())
        .col(ColumnDef::new(Employment::RegionId).uuid().not_null())
        .col(ColumnDef::new(Employment::EnterpriseId).uuid())
        .col(
            ColumnDef::new(Employment::EnterpriseName)
                .string_len(200)
                .not_null(),
        )
        .col(ColumnDef::new(Employment::Role).string_len(16).not_null())
        .col(ColumnDef::new(Employment::FromDay).date().not_null())
        .col(ColumnDef::new(Employment::ToDay).date())
        .col(
            ColumnDef::new(Employment::RecordedAt)
                .big_integer()
                .not_null(),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Employment::Table, Employment::PersonId)
                .to(Person::Table, Person::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Employment::Table, Employment::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Employment::Table, Employment::EnterpriseId)
                .to(Alias::new("enterprise"), Alias::new("id")),
        )
        .check(Expr::col(Employment::Role).is_in([
            "principal",
            "safety_manager",
            "key_post",
            "other",
        ]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_employment_person_id_from_day")
                .table(Employment::Table)
                .col(Employment::PersonId)
                .col(Employment::FromDay)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_employment_county_id_region_id_person_id")
                .table(Employment::Table)
                .col(Employment::CountyId)
                .col(Employment::RegionId)
                .col(Employment::PersonId)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_employment_enterprise_id_person_id")
                .table(Employment::Table)
                .col(Employment::EnterpriseId)
                .col(Employment::PersonId)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_employment_person_id")
                .table(Employment::Table)
                .col(Employment::PersonId)
                .unique()
                .and_where(Expr::col(Employment::ToDay).is_null())
                .to_owned(),
        )
        .await?;
    Ok(())
}

#[derive(DeriveIden)]
enum Person {
    Table,
    Id,
    CountyId,
    Name,
    IdKind,
    IdHash,
    IdSealed,
    IdMasked,
    PhoneSealed,
    PhoneMasked,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Employment {
    Table,
    Id,
    CountyId,
    PersonId,
    RegionId,
    EnterpriseId,
    EnterpriseName,
    Role,
    FromDay,
    ToDay,
    RecordedAt,
}
