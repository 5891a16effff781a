//! Tables of this step: `catalogue_version`, `catalogue_item`, `certificate`, `due_list`, `due_entry`, `claim`, `claim_progress`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_catalogue_version(manager).await?;
        create_catalogue_item(manager).await?;
        create_certificate(manager).await?;
        create_due_list(manager).await?;
        create_due_entry(manager).await?;
        create_claim(manager).await?;
        create_claim_progress(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(ClaimProgress::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(Claim::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(DueEntry::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(DueList::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(Certificate::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(CatalogueItem::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(CatalogueVersion::Table).to_owned())
            .await?;
        Ok(())
    }
}

/// A catalogue of special-operation items and the days it is in force (作业目录).
async fn create_catalogue_version(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(CatalogueVersion::Table)
        .col(
            ColumnDef::new(CatalogueVersion::Version)
                .string_len(32)
                .not_null()
                .primary_key(),
        )
        .col(
            ColumnDef::new(CatalogueVersion::EffectiveFrom)
                .date()
                .not_null(),
        )
        .col(ColumnDef::new(CatalogueVersion::EffectiveTo).date())
        .col(
            ColumnDef::new(CatalogueVersion::Source)
                .string_len(200)
                .not_null(),
        )
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// One special-operation item (操作项目) of a catalogue.
async fn create_catalogue_item(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(CatalogueItem::Table)
        .col(
            ColumnDef::new(CatalogueItem::Version)
                .string_len(32)
                .not_null(),
        )
        .col(ColumnDef::new(CatalogueItem::Code).string_len(8).not_null())
        .col(
            ColumnDef::new(CatalogueItem::CategoryZh)
                .string_len(100)
                .not_null(),
        )
        .col(
            ColumnDef::new(CatalogueItem::ItemZh)
                .string_len(100)
                .not_null(),
        )
        .col(
            ColumnDef::new(CatalogueItem::CategoryEn)
                .string_len(200)
                .not_null(),
        )
        .col(
            ColumnDef::new(CatalogueItem::ItemEn)
                .string_len(200)
                .not_null(),
        )
        .primary_key(
            Index::create()
                .col(CatalogueItem::Version)
                .col(CatalogueItem::Code),
        )
        .foreign_key(
            ForeignKey::create()
                .from(CatalogueItem::Table, CatalogueItem::Version)
                .to(CatalogueVersion::Table, CatalogueVersion::Version),
        )
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// A special-operation certificate (特种作业操作证); the key is number and item.
async fn create_certificate(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Certificate::Table)
        .col(
            ColumnDef::new(Certificate::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(Certificate::CountyId).uuid().not_null())
        .col(ColumnDef::new(Certificate::PersonId).uuid().not_null())
        .col(ColumnDef::new(Certificate::NumberHash).binary().not_null())
        .col(
            ColumnDef::new(Certificate::NumberSealed)
                .binary()
                .not_null(),
        )
        .col(
            ColumnDef::new(Certificate::NumberMasked)
                .string_len(40)
                .not_null(),
        )
        .col(
            ColumnDef::new(Certificate::ItemCode)
                .string_len(8)
                .not_null(),
        )
        .col(
            ColumnDef::new(Certificate::CatalogueVersion)
                .string_len(32)
                .not_null(),
        )
        .col(ColumnDef::new(Certificate::FirstIssued).date())
        .col(ColumnDef::new(Certificate::ValidUntil).date())
        .col(ColumnDef::new(Certificate::RegionId).uuid().not_null())
        .col(ColumnDef::new(Certificate::EnterpriseId).uuid())
        .col(
            ColumnDef::new(Certificate::EnterpriseName)
                .string_len(200)
                .not_null(),
        )
        .col(
            ColumnDef::new(Certificate::RecordedAt)
                .big_integer()
                .not_null(),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Certificate::Table, Certificate::PersonId)
                .to(Alias::new("person"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Certificate::Table, Certificate::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Certificate::Table, Certificate::EnterpriseId)
                .to(Alias::new("enterprise"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_certificate_county_id_number_hash_item_code")
                .table(Certificate::Table)
                .col(Certificate::CountyId)
                .col(Certificate::NumberHash)
                .col(Certificate::ItemCode)
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_certificate_person_id")
                .table(Certificate::Table)
                .col(Certificate::PersonId)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_certificate_county_id_region_id_id")
                .table(Certificate::Table)
                .col(Certificate::CountyId)
                .col(Certificate::RegionId)
                .col(Certificate::Id)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// A frozen list of who is due a code (应领名单).
async fn create_due_list(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(DueList::Table)
        .col(ColumnDef::new(DueList::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(DueList::CountyId).uuid().not_null())
        .col(ColumnDef::new(DueList::FrozenOn).date().not_null())
        .col(ColumnDef::new(DueList::Source).string_len(200).not_null())
        .col(ColumnDef::new(DueList::FileName).string_len(200).not_null())
        .col(ColumnDef::new(DueList::FileHash).binary().not_null())
        .col(ColumnDef::new(DueList::Entries).big_integer().not_null())
        .col(ColumnDef::new(DueList::AccountId).uuid())
        .col(ColumnDef::new(DueList::ImportedAt).big_integer().not_null())
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_due_list_county_id_frozen_on_source")
                .table(DueList::Table)
                .col(DueList::CountyId)
                .col(DueList::FrozenOn)
                .col(DueList::Source)
                .unique()
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// A certificate on a due list.
async fn create_due_entry(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(DueEntry::Table)
        .col(ColumnDef::new(DueEntry::DueListId).uuid().not_null())
        .col(ColumnDef::new(DueEntry::CertificateId).uuid().not_null())
        .col(ColumnDef::new(DueEntry::CountyId).uuid().not_null())
        .col(ColumnDef::new(DueEntry::RegionId).uuid().not_null())
        .primary_key(
            Index::create()
                .col(DueEntry::DueListId)
                .col(DueEntry::CertificateId),
        )
        .foreign_key(
            ForeignKey::create()
                .from(DueEntry::Table, DueEntry::DueListId)
                .to(DueList::Table, DueList::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(DueEntry::Table, DueEntry::CertificateId)
                .to(Certificate::Table, Certificate::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(DueEntry::Table, DueEntry::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_due_entry_due_list_id_region_id")
                .table(DueEntry::Table)
                .col(DueEntry::DueListId)
                .col(DueEntry::RegionId)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// A claimed code (领码), one per certificate.
async fn create_claim(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Claim::Table)
        .col(ColumnDef::new(Claim::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Claim::CountyId).uuid().not_null())
        .col(ColumnDef::new(Claim::CertificateId).uuid().not_null())
        .col(ColumnDef::new(Claim::PersonId).uuid().not_null())
        .col(ColumnDef::new(Claim::RegionId).uuid().not_null())
        .col(ColumnDef::new(Claim::OnList).boolean().not_null())
        .col(ColumnDef::new(Claim::Method).string_len(16).not_null())
        .col(ColumnDef::new(Claim::AccountId).uuid())
        .col(ColumnDef::new(Claim::ClaimedAt).big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from(Claim::Table, Claim::CertificateId)
                .to(Certificate::Table, Certificate::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Claim::Table, Claim::PersonId)
                .to(Alias::new("person"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Claim::Table, Claim::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .check(Expr::col(Claim::Method).is_in(["holder", "bulk"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_claim_certificate_id")
                .table(Claim::Table)
                .col(Claim::CertificateId)
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_claim_county_id_region_id_id")
                .table(Claim::Table)
                .col(Claim::CountyId)
                .col(Claim::RegionId)
                .col(Claim::Id)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// Codes due and claimed per region, changed in the claim's own transaction.
async fn create_claim_progress(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(ClaimProgress::Table)
        .col(ColumnDef::new(ClaimProgress::CountyId).uuid().not_null())
        .col(ColumnDef::new(ClaimProgress::RegionId).uuid().not_null())
        .col(ColumnDef::new(ClaimProgress::Due).big_integer().not_null())
        .col(
            ColumnDef::new(ClaimProgress::ClaimedOnList)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(ClaimProgress::ClaimedOutsideList)
                .big_integer()
                .not_null(),
        )
        .primary_key(
            Index::create()
                .col(ClaimProgress::CountyId)
                .col(ClaimProgress::RegionId),
        )
        .foreign_key(
            ForeignKey::create()
                .from(ClaimProgress::Table, ClaimProgress::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

#[derive(DeriveIden)]
enum CatalogueVersion {
    Table,
    Version,
    EffectiveFrom,
    EffectiveTo,
    Source,
}

#[derive(DeriveIden)]
enum CatalogueItem {
    Table,
    Version,
    Code,
    CategoryZh,
    ItemZh,
    CategoryEn,
    ItemEn,
}

#[derive(DeriveIden)]
enum Certificate {
    Table,
    Id,
    CountyId,
    PersonId,
    NumberHash,
    NumberSealed,
    NumberMasked,
    ItemCode,
    CatalogueVersion,
    FirstIssued,
    ValidUntil,
    RegionId,
    EnterpriseId,
    EnterpriseName,
    RecordedAt,
}

#[derive(DeriveIden)]
enum DueList {
    Table,
    Id,
    CountyId,
    FrozenOn,
    Source,
    FileName,
    FileHash,
    Entries,
    AccountId,
    ImportedAt,
}

#[derive(DeriveIden)]
enum DueEntry {
    Table,
    DueListId,
    CertificateId,
    CountyId,
    RegionId,
}

#[derive(DeriveIden)]
enum Claim {
    Table,
    Id,
    CountyId,
    CertificateId,
    PersonId,
    RegionId,
    OnList,
    Method,
    AccountId,
    ClaimedAt,
}

#[derive(DeriveIden)]
enum ClaimProgress {
    Table,
    CountyId,
    RegionId,
    Due,
    ClaimedOnList,
    ClaimedOutsideList,
}
