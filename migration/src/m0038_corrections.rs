//! Tables of this step: `file_correction`.

use sea_orm_migration::prelude::*;

use crate::parts::{column, id, index, number, refers, table, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const NAME: &str = "file_correction";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let correction = table(NAME)
            .col(id("id").primary_key())
            .col(id("county_id"))
            .col(id("person_id"))
            .col(text("subject"))
            .col(column("wanted_sealed").binary())
            .col(column("words_sealed").binary().not_null())
            .col(text("state"))
            .col(column("answer_sealed").binary())
            .col(number("asked_at"))
            .col(column("settled_at").big_integer())
            .col(column("settled_by").uuid())
            .foreign_key(&mut refers(NAME, "person_id", "person"))
            .to_owned();
        manager.create_table(correction).await?;
        let own = index(NAME, &["person_id", "state"]);
        manager.create_index(own).await?;
        let open = index(NAME, &["state", "county_id", "id"]);
        manager.create_index(open).await?;
        let old = index(NAME, &["county_id", "settled_at"]);
        manager.create_index(old).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = Table::drop().table(Alias::new(NAME)).to_owned();
        manager.drop_table(gone).await
    }
}
