//! Tables of this step: `media_file`, `media_part`, `media_upload`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(file()).await?;
        manager.create_index(file_index()).await?;
        manager.create_table(part()).await?;
        manager.create_table(upload()).await?;
        manager.create_index(upload_index()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["media_upload", "media_part", "media_file"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// A file of a county's courses.
fn file() -> TableCreateStatement {
    use MediaFile as F;
    Table::create()
        .table(F::Table)
        .col(ColumnDef::new(F::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(F::CountyId).uuid().not_null())
        .col(ColumnDef::new(F::AccountId).uuid())
        .col(ColumnDef::new(F::Purpose).text().not_null())
        .col(ColumnDef::new(F::Name).text().not_null())
        .col(ColumnDef::new(F::ContentType).text())
        .col(ColumnDef::new(F::LengthBytes).big_integer().not_null())
        .col(ColumnDef::new(F::Bytes).big_integer().not_null())
        .col(ColumnDef::new(F::Sha256).binary())
        .col(ColumnDef::new(F::ObjectKey).text().not_null())
        .col(ColumnDef::new(F::State).text().not_null())
        .col(ColumnDef::new(F::Fault).text())
        .col(ColumnDef::new(F::Width).integer())
        .col(ColumnDef::new(F::Height).integer())
        .col(ColumnDef::new(F::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(F::ReadyAt).big_integer())
        .to_owned()
}

fn file_index() -> IndexCreateStatement {
    use MediaFile as F;
    Index::create()
        .name("media_file_of_county")
        .table(F::Table)
        .col(F::CountyId)
        .col(F::AccountId)
        .col(F::Id)
        .to_owned()
}

/// Its bytes: the same number of them in each part but the last.
fn part() -> TableCreateStatement {
    use MediaPart as P;
    Table::create()
        .table(P::Table)
        .col(ColumnDef::new(P::MediaId).uuid().not_null())
        .col(ColumnDef::new(P::Number).integer().not_null())
        .col(ColumnDef::new(P::CountyId).uuid().not_null())
        .col(ColumnDef::new(P::ObjectKey).text().not_null())
        .col(ColumnDef::new(P::Bytes).big_integer().not_null())
        .primary_key(Index::create().col(P::MediaId).col(P::Number))
        .to_owned()
}

/// Not bound to its file by a key: it outlives one that was removed, until its objects are gone too.
fn upload() -> TableCreateStatement {
    use MediaUpload as U;
    Table::create()
        .table(U::Table)
        .col(ColumnDef::new(U::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(U::CountyId).uuid().not_null())
        .col(ColumnDef::new(U::ObjectKey).text().not_null())
        .col(ColumnDef::new(U::OffsetBytes).big_integer().not_null())
        .col(ColumnDef::new(U::LengthBytes).big_integer().not_null())
        .col(ColumnDef::new(U::HashState).binary().not_null())
        .col(ColumnDef::new(U::ExpiresAt).big_integer().not_null())
        .to_owned()
}

fn upload_index() -> IndexCreateStatement {
    use MediaUpload as U;
    Index::create()
        .name("media_upload_expiry")
        .table(U::Table)
        .col(U::ExpiresAt)
        .to_owned()
}

#[derive(DeriveIden)]
enum MediaFile {
    Table,
    Id,
    CountyId,
    AccountId,
    Purpose,
    Name,
    ContentType,
    LengthBytes,
    Bytes,
    Sha256,
    ObjectKey,
    State,
    Fault,
    Width,
    Height,
    CreatedAt,
    ReadyAt,
}

#[derive(DeriveIden)]
enum MediaPart {
    Table,
    MediaId,
    Number,
    CountyId,
    ObjectKey,
    Bytes,
}

#[derive(DeriveIden)]
enum MediaUpload {
    Table,
    Id,
    CountyId,
    ObjectKey,
    OffsetBytes,
    LengthBytes,
    HashState,
    ExpiresAt,
}
