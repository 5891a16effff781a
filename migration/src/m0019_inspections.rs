//! Tables of this step: `inspection`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_inspection(manager).await?;
        let keys: [(&[Inspection], bool); 4] = [
            // A phone's queue that is sent twice is one.
            (&[Inspection::AccountId, Inspection::ClientId], true),
            (
                &[Inspection::CountyId, Inspection::RegionId, Inspection::Id],
                false,
            ),
            (
                &[Inspection::CountyId, Inspection::AccountId, Inspection::Id],
                false,
            ),
            (
                &[
                    Inspection::CountyId,
                    Inspection::PersonId,
                    Inspection::CheckedAt,
                ],
                false,
            ),
        ];
        for (columns, unique) in keys {
            manager.create_index(index(columns, unique)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Inspection::Table).to_owned())
            .await
    }
}

/// An index named after its columns.
fn index(columns: &[Inspection], unique: bool) -> IndexCreateStatement {
    let kind = if unique { "uq" } else { "ix" };
    let names: Vec<String> = columns.iter().map(Iden::to_string).collect();
    let mut index = Index::create();
    index
        .name(format!("{kind}_inspection_{}", names.join("_")))
        .table(Inspection::Table);
    for name in names {
        index.col(Alias::new(name));
    }
    if unique {
        index.unique();
    }
    index
}

/// What somebody on duty found (巡查记录); a red stays open until it is settled.
async fn create_inspection(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    use Inspection as I;
    let refers = |column: I, to: &str| {
        ForeignKey::create()
            .from(I::Table, column)
            .to(Alias::new(to), Alias::new("id"))
            .to_owned()
    };
    let table = Table::create()
        .table(I::Table)
        .col(ColumnDef::new(I::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(I::CountyId).uuid().not_null())
        .col(ColumnDef::new(I::RegionId).uuid().not_null())
        .col(ColumnDef::new(I::AccountId).uuid().not_null())
        .col(ColumnDef::new(I::ClientId).uuid().not_null())
        .col(ColumnDef::new(I::Told).binary().not_null())
        .col(ColumnDef::new(I::CheckedBy).string_len(100).not_null())
        .col(ColumnDef::new(I::ByRole).string_len(24).not_null())
        .col(ColumnDef::new(I::ByRegionId).uuid().not_null())
        .col(ColumnDef::new(I::CodeId).uuid())
        .col(ColumnDef::new(I::PersonId).uuid())
        .col(ColumnDef::new(I::Colour).string_len(8).not_null())
        .col(ColumnDef::new(I::Reason).string_len(24).not_null())
        .col(ColumnDef::new(I::ForItem).string_len(8))
        .col(ColumnDef::new(I::Place).string_len(200).not_null())
        .col(ColumnDef::new(I::Note).string_len(500).not_null())
        .col(ColumnDef::new(I::CheckedAt).big_integer().not_null())
        .col(ColumnDef::new(I::LoggedAt).big_integer().not_null())
        .col(ColumnDef::new(I::Outcome).string_len(16))
        .col(ColumnDef::new(I::Words).string_len(500))
        .col(ColumnDef::new(I::SettledBy).string_len(100))
        .col(ColumnDef::new(I::SettledAt).big_integer())
        .foreign_key(&mut refers(I::RegionId, "region"))
        .foreign_key(&mut refers(I::CodeId, "certificate_code"))
        .foreign_key(&mut refers(I::PersonId, "person"))
        .check(Expr::col(I::Colour).is_in(["green", "yellow", "red", "grey"]))
        .check(Expr::col(I::Outcome).is_in(["mended", "sent_away", "false_alarm", "handed_over"]))
        // Only a red is settled.
        .check(
            Expr::col(I::SettledAt)
                .is_null()
                .or(Expr::col(I::Colour).eq("red")),
        )
        .to_owned();
    manager.create_table(table).await
}

#[derive(DeriveIden)]
enum Inspection {
    Table,
    Id,
    CountyId,
    RegionId,
    AccountId,
    ClientId,
    Told,
    CheckedBy,
    ByRole,
    ByRegionId,
    CodeId,
    PersonId,
    Colour,
    Reason,
    ForItem,
    Place,
    Note,
    CheckedAt,
    LoggedAt,
    Outcome,
    Words,
    SettledBy,
    SettledAt,
}
