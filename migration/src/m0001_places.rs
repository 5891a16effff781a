//! Tables of this step: `region`, `enterprise`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_region(manager).await?;
        create_enterprise(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Enterprise::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(Region::Table).to_owned())
            .await?;
        Ok(())
    }
}

/// A county, township or reporting unit (县、乡镇街道、考核单位) with the days it existed and who took over.
async fn create_region(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Region::Table)
        .col(ColumnDef::new(Region::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Region::CountyId).uuid().not_null())
        .col(ColumnDef::new(Region::ParentId).uuid())
        .col(ColumnDef::new(Region::Code).string_len(32).not_null())
        .col(ColumnDef::new(Region::Name).string_len(100).not_null())
        .col(ColumnDef::new(Region::Kind).string_len(16).not_null())
        .col(ColumnDef::new(Region::ValidFrom).date().not_null())
        .col(ColumnDef::new(Region::ValidTo).date())
        .col(ColumnDef::new(Region::SuccessorId).uuid())
        .col(ColumnDef::new(Region::CreatedAt).big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from(Region::Table, Region::ParentId)
                .to(Region::Table, Region::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Region::Table, Region::SuccessorId)
                .to(Region::Table, Region::Id),
        )
        .check(Expr::col(Region::Kind).is_in(["county", "township", "reporting_unit"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_region_county_id_code_valid_from")
                .table(Region::Table)
                .col(Region::CountyId)
                .col(Region::Code)
                .col(Region::ValidFrom)
                .unique()
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// An enterprise (企业) in a township.
async fn create_enterprise(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Enterprise::Table)
        .col(
            ColumnDef::new(Enterprise::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(Enterprise::CountyId).uuid().not_null())
        .col(ColumnDef::new(Enterprise::RegionId).uuid().not_null())
        .col(ColumnDef::new(Enterprise::Name).string_len(200).not_null())
        .col(ColumnDef::new(Enterprise::CreditCode).string_len(18))
        .col(
            ColumnDef::new(Enterprise::Industry)
                .string_len(50)
                .not_null(),
        )
        .col(
            ColumnDef::new(Enterprise::CreatedAt)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(Enterprise::UpdatedAt)
                .big_integer()
                .not_null(),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Enterprise::Table, Enterprise::RegionId)
                .to(Region::Table, Region::Id),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_enterprise_county_id_credit_code")
                .table(Enterprise::Table)
                .col(Enterprise::CountyId)
                .col(Enterprise::CreditCode)
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_enterprise_county_id_region_id_id")
                .table(Enterprise::Table)
                .col(Enterprise::CountyId)
                .col(Enterprise::RegionId)
                .col(Enterprise::Id)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_enterprise_county_id_name")
                .table(Enterprise::Table)
                .col(Enterprise::CountyId)
                .col(Enterprise::Name)
                .to_owned(),
        )
        .await?;
    Ok(())
}

#[derive(DeriveIden)]
enum Region {
    Table,
    Id,
    CountyId,
    ParentId,
    Code,
    Name,
    Kind,
    ValidFrom,
    ValidTo,
    SuccessorId,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Enterprise {
    Table,
    Id,
    CountyId,
    RegionId,
    Name,
    CreditCode,
    Industry,
    CreatedAt,
    UpdatedAt,
}
