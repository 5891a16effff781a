//! Tables of this step: `class_rating`.

use sea_orm_migration::prelude::*;

use crate::parts::{column, id, index, number, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const NAME: &str = "class_rating";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rating = table(NAME)
            .col(id("id").primary_key())
            .col(id("class_id"))
            .col(id("person_id"))
            .col(id("county_id"))
            .col(id("region_id"))
            .col(id("plan_id"))
            .col(column("satisfied").boolean().not_null())
            .col(column("words_sealed").binary())
            .col(number("rated_at"))
            .foreign_key(&mut refers(NAME, "class_id", "class_session"))
            .foreign_key(&mut refers(NAME, "person_id", "person"))
            .to_owned();
        manager.create_table(rating).await?;
        let once = unique(NAME, &["class_id", "person_id"]);
        manager.create_index(once).await?;
        let own = index(NAME, &["person_id"]);
        manager.create_index(own).await?;
        let by_plan = index(NAME, &["plan_id", "region_id"]);
        manager.create_index(by_plan).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let gone = Table::drop().table(Alias::new(NAME)).to_owned();
        manager.drop_table(gone).await
    }
}
