//! Tables of this step: `class_evidence`.

use sea_orm_migration::prelude::*;

use crate::parts::{column, id, index, number, refers, table, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const NAME: &str = "class_evidence";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let evidence = table(NAME)
            .col(id("id").primary_key())
            .col(id("county_id"))
            .col(id("region_id"))
            .col(id("class_id"))
            .col(text("photo_key"))
            .col(text("note"))
            .col(column("account_id").uuid())
            .col(number("created_at"))
            .foreign_key(&mut refers(NAME, "class_id", "class_session"))
            .foreign_key(&mut refers(NAME, "region_id", "region"))
            .to_owned();
        manager.create_table(evidence).await?;
        let of_class = index(NAME, &["class_id", "id"]);
        manager.create_index(of_class).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = Table::drop().table(Alias::new(NAME)).to_owned();
        manager.drop_table(gone).await
    }
}
