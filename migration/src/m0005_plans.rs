//! Tables of this step: `plan`, `plan_version`, `quota_line`, `plan_progress`, `enterprise_progress`, `person_progress`, `completion`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_plan(manager).await?;
        create_plan_version(manager).await?;
        create_quota_line(manager).await?;
        create_plan_progress(manager).await?;
        create_enterprise_progress(manager).await?;
        create_person_progress(manager).await?;
        create_completion(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Completion::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(PersonProgress::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(EnterpriseProgress::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(PlanProgress::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(QuotaLine::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(PlanVersion::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(Plan::Table).to_owned())
            .await?;
        Ok(())
    }
}

/// A training plan (实施方案): who must learn what by when.
async fn create_plan(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Plan::Table)
        .col(ColumnDef::new(Plan::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Plan::CountyId).uuid().not_null())
        .col(ColumnDef::new(Plan::Title).string_len(200).not_null())
        .col(ColumnDef::new(Plan::Year).integer().not_null())
        .col(ColumnDef::new(Plan::PeriodFrom).date().not_null())
        .col(ColumnDef::new(Plan::PeriodTo).date().not_null())
        .col(ColumnDef::new(Plan::State).string_len(16).not_null())
        .col(ColumnDef::new(Plan::Version).integer().not_null())
        .col(ColumnDef::new(Plan::TargetRoles).text().not_null())
        .col(ColumnDef::new(Plan::RequiredOnline).integer().not_null())
        .col(ColumnDef::new(Plan::RequiredOffline).integer().not_null())
        .col(ColumnDef::new(Plan::ExamRequired).boolean().not_null())
        .col(ColumnDef::new(Plan::PassMark).integer())
        .col(ColumnDef::new(Plan::Counts).string_len(16).not_null())
        .col(ColumnDef::new(Plan::RateDecimals).integer().not_null())
        .col(ColumnDef::new(Plan::MinutesPerHour).integer().not_null())
        .col(ColumnDef::new(Plan::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(Plan::UpdatedAt).big_integer().not_null())
        .check(Expr::col(Plan::State).is_in(["draft", "published", "closed"]))
        .check(Expr::col(Plan::Counts).is_in(["people", "person_times"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_plan_county_id_year")
                .table(Plan::Table)
                .col(Plan::CountyId)
                .col(Plan::Year)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("uq_plan_county_id_year_title")
                .table(Plan::Table)
                .col(Plan::CountyId)
                .col(Plan::Year)
                .col(Plan::Title)
                .unique()
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// A plan as it was published, never changed.
async fn create_plan_version(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(PlanVersion::Table)
        .col(ColumnDef::new(PlanVersion::PlanId).uuid().not_null())
        .col(ColumnDef::new(PlanVersion::Version).integer().not_null())
        .col(ColumnDef::new(PlanVersion::Body).text().not_null())
        .col(
            ColumnDef::new(PlanVersion::PublishedAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(PlanVersion::AccountId).uuid())
        .primary_key(
            Index::create()
                .col(PlanVersion::PlanId)
                .col(PlanVersion::Version),
        )
        .foreign_key(
            ForeignKey::create()
                .from(PlanVersion::Table, PlanVersion::PlanId)
                .to(Plan::Table, Plan::Id),
        )
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// A dated change of a region's quota (任务数); the quota is the sum of its lines.
async fn create_quota_line(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(QuotaLine::Table)
        .col(
            ColumnDef::new(QuotaLine::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(QuotaLine::CountyId).uuid().not_null())
        .col(ColumnDef::new(QuotaLine::PlanId).uuid().not_null())
        .col(ColumnDef::new(QuotaLine::RegionId).uuid().not_null())
        .col(ColumnDef::new(QuotaLine::Kind).string_len(16).not_null())
        .col(ColumnDef::new(QuotaLine::Amount).big_integer().not_null())
        .col(ColumnDef::new(QuotaLine::Day).date().not_null())
        .col(ColumnDef::new(QuotaLine::Reason).string_len(500).not_null())
        .col(ColumnDef::new(QuotaLine::AccountId).uuid())
        .col(
            ColumnDef::new(QuotaLine::RecordedAt)
                .big_integer()
                .not_null(),
        )
        .foreign_key(
            ForeignKey::create()
                .from(QuotaLine::Table, QuotaLine::PlanId)
                .to(Plan::Table, Plan::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(QuotaLine::Table, QuotaLine::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .check(Expr::col(QuotaLine::Kind).is_in(["allotted", "adjusted"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_quota_line_plan_id_region_id")
                .table(QuotaLine::Table)
                .col(QuotaLine::PlanId)
                .col(QuotaLine::RegionId)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// Counters of a plan per region and role, changed in the ledger's own transaction.
async fn create_plan_progress(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(PlanProgress::Table)
        .col(ColumnDef::new(PlanProgress::PlanId).uuid().not_null())
        .col(ColumnDef::new(PlanProgress::RegionId).uuid().not_null())
        .col(ColumnDef::new(PlanProgress::Role).string_len(16).not_null())
        .col(ColumnDef::new(PlanProgress::CountyId).uuid().not_null())
        .col(
            ColumnDef::new(PlanProgress::People)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(PlanProgress::PersonTimes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(PlanProgress::OnlineTimes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(PlanProgress::OfflineTimes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(PlanProgress::Passes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(PlanProgress::MinutesOnline)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(PlanProgress::MinutesOffline)
                .big_integer()
                .not_null(),
        )
        .primary_key(
            Index::create()
                .col(PlanProgress::PlanId)
                .col(PlanProgress::RegionId)
                .col(PlanProgress::Role),
        )
        .foreign_key(
            ForeignKey::create()
                .from(PlanProgress::Table, PlanProgress::PlanId)
                .to(Plan::Table, Plan::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(PlanProgress::Table, PlanProgress::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// The same counters per enterprise.
async fn create_enterprise_progress(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(EnterpriseProgress::Table)
        .col(ColumnDef::new(EnterpriseProgress::PlanId).uuid().not_null())
        .col(
            ColumnDef::new(EnterpriseProgress::RegionId)
                .uuid()
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::EnterpriseId)
                .uuid()
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::Role)
                .string_len(16)
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::CountyId)
                .uuid()
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::People)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::PersonTimes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::OnlineTimes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::OfflineTimes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::Passes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::MinutesOnline)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(EnterpriseProgress::MinutesOffline)
                .big_integer()
                .not_null(),
        )
        .primary_key(
            Index::create()
                .col(EnterpriseProgress::PlanId)
                .col(EnterpriseProgress::RegionId)
                .col(EnterpriseProgress::EnterpriseId)
                .col(EnterpriseProgress::Role),
        )
        .foreign_key(
            ForeignKey::create()
                .from(EnterpriseProgress::Table, EnterpriseProgress::PlanId)
                .to(Plan::Table, Plan::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(EnterpriseProgress::Table, EnterpriseProgress::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(EnterpriseProgress::Table, EnterpriseProgress::EnterpriseId)
                .to(Alias::new("enterprise"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// What one person has toward one plan, summed from the ledger.
async fn create_person_progress(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(PersonProgress::Table)
        .col(ColumnDef::new(PersonProgress::PlanId).uuid().not_null())
        .col(ColumnDef::new(PersonProgress::PersonId).uuid().not_null())
        .col(ColumnDef::new(PersonProgress::CountyId).uuid().not_null())
        .col(
            ColumnDef::new(PersonProgress::MinutesOnline)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(PersonProgress::MinutesOffline)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(PersonProgress::PersonTimes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(PersonProgress::Passes)
                .big_integer()
                .not_null(),
        )
        .primary_key(
            Index::create()
                .col(PersonProgress::PlanId)
                .col(PersonProgress::PersonId),
        )
        .foreign_key(
            ForeignKey::create()
                .from(PersonProgress::Table, PersonProgress::PlanId)
                .to(Plan::Table, Plan::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(PersonProgress::Table, PersonProgress::PersonId)
                .to(Alias::new("person"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_person_progress_person_id")
                .table(PersonProgress::Table)
                .col(PersonProgress::PersonId)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// A person met a plan's demand (完成), frozen with the region of that day's employer.
async fn create_completion(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Completion::Table)
        .col(
            ColumnDef::new(Completion::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(Completion::CountyId).uuid().not_null())
        .col(ColumnDef::new(Completion::PlanId).uuid().not_null())
        .col(ColumnDef::new(Completion::PersonId).uuid().not_null())
        .col(ColumnDef::new(Completion::RegionId).uuid().not_null())
        .col(ColumnDef::new(Completion::EnterpriseId).uuid())
        .col(ColumnDef::new(Completion::Role).string_len(16).not_null())
        .col(ColumnDef::new(Completion::PlanVersion).integer().not_null())
        .col(ColumnDef::new(Completion::CompletedOn).date().not_null())
        .col(
            ColumnDef::new(Completion::RecordedAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(Completion::WithdrawnAt).big_integer())
        .col(ColumnDef::new(Completion::WithdrawnReason).string_len(500))
        .foreign_key(
            ForeignKey::create()
                .from(Completion::Table, Completion::PlanId)
                .to(Plan::Table, Plan::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Completion::Table, Completion::PersonId)
                .to(Alias::new("person"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Completion::Table, Completion::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(Completion::Table, Completion::EnterpriseId)
                .to(Alias::new("enterprise"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_completion_plan_id_person_id")
                .table(Completion::Table)
                .col(Completion::PlanId)
                .col(Completion::PersonId)
                .unique()
                .and_where(Expr::col(Completion::WithdrawnAt).is_null())
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_completion_plan_id_region_id_person_id")
                .table(Completion::Table)
                .col(Completion::PlanId)
                .col(Completion::RegionId)
                .col(Completion::PersonId)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_completion_person_id")
                .table(Completion::Table)
                .col(Completion::PersonId)
                .to_owned(),
        )
        .await?;
    Ok(())
}

#[derive(DeriveIden)]
enum Plan {
    Table,
    Id,
    CountyId,
    Title,
    Year,
    PeriodFrom,
    PeriodTo,
    State,
    Version,
    TargetRoles,
    RequiredOnline,
    RequiredOffline,
    ExamRequired,
    PassMark,
    Counts,
    RateDecimals,
    MinutesPerHour,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum PlanVersion {
    Table,
    PlanId,
    Version,
    Body,
    PublishedAt,
    AccountId,
}

#[derive(DeriveIden)]
enum QuotaLine {
    Table,
    Id,
    CountyId,
    PlanId,
    RegionId,
    Kind,
    Amount,
    Day,
    Reason,
    AccountId,
    RecordedAt,
}

#[derive(DeriveIden)]
enum PlanProgress {
    Table,
    PlanId,
    RegionId,
    Role,
    CountyId,
    People,
    PersonTimes,
    OnlineTimes,
    OfflineTimes,
    Passes,
    MinutesOnline,
    MinutesOffline,
}

#[derive(DeriveIden)]
enum EnterpriseProgress {
    Table,
    PlanId,
    RegionId,
    EnterpriseId,
    Role,
    CountyId,
    People,
    PersonTimes,
    OnlineTimes,
    OfflineTimes,
    Passes,
    MinutesOnline,
    MinutesOffline,
}

#[derive(DeriveIden)]
enum PersonProgress {
    Table,
    PlanId,
    PersonId,
    CountyId,
    MinutesOnline,
    MinutesOffline,
    PersonTimes,
    Passes,
}

#[derive(DeriveIden)]
enum Completion {
    Table,
    Id,
    CountyId,
    PlanId,
    PersonId,
    RegionId,
    EnterpriseId,
    Role,
    PlanVersion,
    CompletedOn,
    RecordedAt,
    WithdrawnAt,
    WithdrawnReason,
}
