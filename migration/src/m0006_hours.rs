//! Tables of this step: `training_record`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_training_record(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(TrainingRecord::Table).to_owned())
            .await?;
        Ok(())
    }
}

/// A line of the hours ledger (培训台账): append-only; a correction is a new line of differences.
#[expect(clippy::too_many_lines, reason = "the columns of one table")]
async fn create_training_record(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(TrainingRecord::Table)
        .col(
            ColumnDef::new(TrainingRecord::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(TrainingRecord::CountyId).uuid().not_null())
        .col(ColumnDef::new(TrainingRecord::PlanId).uuid().not_null())
        .col(ColumnDef::new(TrainingRecord::PersonId).uuid().not_null())
        .col(ColumnDef::new(TrainingRecord::RegionId).uuid().not_null())
        .col(ColumnDef::new(TrainingRecord::EnterpriseId).uuid())
        .col(
            ColumnDef::new(TrainingRecord::Role)
                .string_len(16)
                .not_null(),
        )
        .col(
            ColumnDef::new(TrainingRecord::Part)
                .string_len(8)
                .not_null(),
        )
        .col(
            ColumnDef::new(TrainingRecord::Minutes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(TrainingRecord::PersonTimes)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(TrainingRecord::Passes)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(TrainingRecord::ScoreHundredths).integer())
        .col(
            ColumnDef::new(TrainingRecord::Source)
                .string_len(16)
                .not_null(),
        )
        .col(ColumnDef::new(TrainingRecord::SourceId).uuid().not_null())
        .col(ColumnDef::new(TrainingRecord::HappenedOn).date().not_null())
        .col(
            ColumnDef::new(TrainingRecord::RecordedAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(TrainingRecord::AccountId).uuid())
        .col(ColumnDef::new(TrainingRecord::EvidenceId).uuid())
        .col(ColumnDef::new(TrainingRecord::CorrectsId).uuid())
        .col(ColumnDef::new(TrainingRecord::Reason).string_len(500))
        .foreign_key(
            ForeignKey::create()
                .from(TrainingRecord::Table, TrainingRecord::PlanId)
                .to(Alias::new("plan"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(TrainingRecord::Table, TrainingRecord::PersonId)
                .to(Alias::new("person"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(TrainingRecord::Table, TrainingRecord::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(TrainingRecord::Table, TrainingRecord::EnterpriseId)
                .to(Alias::new("enterprise"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(TrainingRecord::Table, TrainingRecord::CorrectsId)
                .to(TrainingRecord::Table, TrainingRecord::Id),
        )
        .check(Expr::col(TrainingRecord::Part).is_in(["online", "offline"]))
        .check(Expr::col(TrainingRecord::Source).is_in([
            "class",
            "course",
            "academy_import",
            "transfer",
        ]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_training_record_source_source_id_person_id_part")
                .table(TrainingRecord::Table)
                .col(TrainingRecord::Source)
                .col(TrainingRecord::SourceId)
                .col(TrainingRecord::PersonId)
                .col(TrainingRecord::Part)
                .unique()
                .and_where(Expr::col(TrainingRecord::CorrectsId).is_null())
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_training_record_plan_id_person_id")
                .table(TrainingRecord::Table)
                .col(TrainingRecord::PlanId)
                .col(TrainingRecord::PersonId)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_training_record_person_id_id")
                .table(TrainingRecord::Table)
                .col(TrainingRecord::PersonId)
                .col(TrainingRecord::Id)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_training_record_county_id_id")
                .table(TrainingRecord::Table)
                .col(TrainingRecord::CountyId)
                .col(TrainingRecord::Id)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_training_record_corrects_id")
                .table(TrainingRecord::Table)
                .col(TrainingRecord::CorrectsId)
                .to_owned(),
        )
        .await?;
    Ok(())
}

#[derive(DeriveIden)]
enum TrainingRecord {
    Table,
    Id,
    CountyId,
    PlanId,
    PersonId,
    RegionId,
    EnterpriseId,
    Role,
    Part,
    Minutes,
    PersonTimes,
    Passes,
    ScoreHundredths,
    Source,
    SourceId,
    HappenedOn,
    RecordedAt,
    AccountId,
    EvidenceId,
    CorrectsId,
    Reason,
}
