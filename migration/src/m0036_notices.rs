//! Tables of this step: `notice`.

use sea_orm_migration::prelude::*;

use crate::parts::{column, id, index, number, refers, table, text, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const NAME: &str = "notice";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let notice = table(NAME)
            .col(id("id").primary_key())
            .col(id("county_id"))
            .col(id("person_id"))
            .col(text("cause"))
            .col(text("template"))
            .col(column("words_sealed").binary().not_null())
            .col(number("created_at"))
            .col(column("read_at").big_integer())
            .foreign_key(&mut refers(NAME, "person_id", "person"))
            .to_owned();
        manager.create_table(notice).await?;
        let once = unique(NAME, &["person_id", "cause"]);
        manager.create_index(once).await?;
        let own = index(NAME, &["person_id", "id"]);
        manager.create_index(own).await?;
        let old = index(NAME, &["county_id", "created_at"]);
        manager.create_index(old).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = Table::drop().table(Alias::new(NAME)).to_owned();
        manager.drop_table(gone).await
    }
}
