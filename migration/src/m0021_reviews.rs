//! Tables of this step: `claim_review`.

use sea_orm_migration::prelude::*;

use crate::parts::{column, index, refers};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const NAME: &str = "claim_review";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    /// Certificates shown by photo because the register has none (领码审核): one open review a person and item.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Alias::new(NAME))
            .col(column("id").uuid().not_null().primary_key())
            .col(column("county_id").uuid().not_null())
            .col(column("region_id").uuid())
            .col(column("person_id").uuid().not_null())
            .col(column("item_code").string_len(8).not_null())
            .col(column("first_issued").date().not_null())
            .col(column("valid_until").date().not_null())
            .col(column("review_due").date())
            .col(column("state").string_len(16).not_null())
            .col(column("front_key").string_len(80).not_null())
            .col(column("back_key").string_len(80))
            .col(column("portrait_key").string_len(80))
            .col(column("reason").string_len(500).not_null())
            .col(column("issuer_checked").boolean().not_null())
            .col(column("certificate_id").uuid())
            .col(column("asked_at").big_integer().not_null())
            .col(column("decided_at").big_integer())
            .col(column("decided_by").uuid())
            .foreign_key(&mut refers(NAME, "person_id", "person"))
            .foreign_key(&mut refers(NAME, "region_id", "region"))
            .foreign_key(&mut refers(NAME, "certificate_id", "certificate"))
            .check(Expr::col(Alias::new("state")).is_in(["open", "waiting", "approved", "refused"]))
            .to_owned();
        manager.create_table(table).await?;
        for columns in [
            &["county_id", "state", "id"],
            &["county_id", "region_id", "id"],
            &["county_id", "person_id", "id"],
        ] {
            manager.create_index(index(NAME, columns)).await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("uq_claim_review_open")
                    .table(Alias::new(NAME))
                    .col(Alias::new("county_id"))
                    .col(Alias::new("person_id"))
                    .col(Alias::new("item_code"))
                    .unique()
                    .and_where(Expr::col(Alias::new("state")).is_in(["open", "waiting"]))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Alias::new(NAME)).to_owned())
            .await
    }
}
