//! Tables of this step: `academy`, `academy_upload`, `academy_line`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(academy()).await?;
        manager.create_table(upload()).await?;
        manager.create_table(line()).await?;
        let one_name = Index::create()
            .name("uq_academy_county_id_name")
            .table(Academy::Table)
            .col(Academy::CountyId)
            .col(Academy::Name)
            .unique()
            .to_owned();
        manager.create_index(one_name).await?;
        let in_order = Index::create()
            .name("ix_academy_upload_county_id_id")
            .table(AcademyUpload::Table)
            .col(AcademyUpload::CountyId)
            .col(AcademyUpload::Id)
            .to_owned();
        manager.create_index(in_order).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            AcademyLine::Table.into_iden(),
            AcademyUpload::Table.into_iden(),
            Academy::Table.into_iden(),
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// An outside academy (外部学习平台) and how its sheets are read.
fn academy() -> TableCreateStatement {
    use Academy as A;
    Table::create()
        .table(A::Table)
        .col(ColumnDef::new(A::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(A::CountyId).uuid().not_null())
        .col(ColumnDef::new(A::Name).string_len(100).not_null())
        .col(ColumnDef::new(A::Mapping).text().not_null())
        .col(ColumnDef::new(A::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(A::UpdatedAt).big_integer().not_null())
        .to_owned()
}

/// A sheet of results; its mapping is that of its preview, whatever the academy's became.
fn upload() -> TableCreateStatement {
    use AcademyUpload as U;
    Table::create()
        .table(U::Table)
        .col(ColumnDef::new(U::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(U::CountyId).uuid().not_null())
        .col(ColumnDef::new(U::RegionId).uuid())
        .col(ColumnDef::new(U::AcademyId).uuid().not_null())
        .col(ColumnDef::new(U::PlanId).uuid().not_null())
        .col(ColumnDef::new(U::AccountId).uuid())
        .col(ColumnDef::new(U::FileName).string_len(255).not_null())
        .col(ColumnDef::new(U::FileKey).string_len(100).not_null())
        .col(ColumnDef::new(U::FileHash).binary().not_null())
        .col(ColumnDef::new(U::FileSize).big_integer().not_null())
        .col(ColumnDef::new(U::Mapping).text().not_null())
        .col(ColumnDef::new(U::Columns).text().not_null())
        .col(ColumnDef::new(U::State).string_len(16).not_null())
        .col(ColumnDef::new(U::Lines).big_integer().not_null())
        .col(ColumnDef::new(U::Accepted).big_integer().not_null())
        .col(ColumnDef::new(U::Refused).big_integer().not_null())
        .col(ColumnDef::new(U::Counts).text().not_null())
        .col(ColumnDef::new(U::JobId).uuid())
        .col(ColumnDef::new(U::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(U::CommittedAt).big_integer())
        .foreign_key(
            ForeignKey::create()
                .from(U::Table, U::AcademyId)
                .to(Academy::Table, Academy::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(U::Table, U::PlanId)
                .to(Alias::new("plan"), Alias::new("id")),
        )
        .to_owned()
}

/// The verdict on one line of it.
fn line() -> TableCreateStatement {
    use AcademyLine as L;
    Table::create()
        .table(L::Table)
        .col(ColumnDef::new(L::UploadId).uuid().not_null())
        .col(ColumnDef::new(L::Line).integer().not_null())
        .col(ColumnDef::new(L::CountyId).uuid().not_null())
        .col(ColumnDef::new(L::SheetRow).integer().not_null())
        .col(ColumnDef::new(L::Reason).string_len(40))
        .col(ColumnDef::new(L::Name).string_len(100).not_null())
        .col(ColumnDef::new(L::IdMasked).string_len(40).not_null())
        .col(ColumnDef::new(L::Course).string_len(200).not_null())
        .col(ColumnDef::new(L::Minutes).big_integer().not_null())
        .primary_key(Index::create().col(L::UploadId).col(L::Line))
        .foreign_key(
            ForeignKey::create()
                .from(L::Table, L::UploadId)
                .to(AcademyUpload::Table, AcademyUpload::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

#[derive(DeriveIden)]
enum Academy {
    Table,
    Id,
    CountyId,
    Name,
    Mapping,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum AcademyUpload {
    Table,
    Id,
    CountyId,
    RegionId,
    AcademyId,
    PlanId,
    AccountId,
    FileName,
    FileKey,
    FileHash,
    FileSize,
    Mapping,
    Columns,
    State,
    Lines,
    Accepted,
    Refused,
    Counts,
    JobId,
    CreatedAt,
    CommittedAt,
}

#[derive(DeriveIden)]
enum AcademyLine {
    Table,
    UploadId,
    Line,
    CountyId,
    SheetRow,
    Reason,
    Name,
    IdMasked,
    Course,
    Minutes,
}
