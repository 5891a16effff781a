//! Tables and columns of this step: `notice_choice`; whose a message is, and whether it may wait.

use sea_orm_migration::prelude::*;

use crate::parts::{column, id, index, key, number, refers, table, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CHOICE: &str = "notice_choice";
const OUTBOX: &str = "outbox_message";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let choice = table(CHOICE)
            .col(id("person_id"))
            .col(text("kind"))
            .col(id("county_id"))
            .col(number("chosen_at"))
            .primary_key(&mut key(&["person_id", "kind"]))
            .foreign_key(&mut refers(CHOICE, "person_id", "person"))
            .to_owned();
        manager.create_table(choice).await?;
        // One column a statement: SQLite takes no more.
        for mut new in [
            column("recipient_hash").binary().to_owned(),
            column("urgent")
                .boolean()
                .not_null()
                .default(true)
                .to_owned(),
        ] {
            let add = Table::alter()
                .table(Alias::new(OUTBOX))
                .add_column(&mut new)
                .to_owned();
            manager.alter_table(add).await?;
        }
        let by_whom = index(OUTBOX, &["recipient_hash", "sent_at"]);
        manager.create_index(by_whom).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop()
            .name(format!("ix_{OUTBOX}_recipient_hash_sent_at"))
            .table(Alias::new(OUTBOX))
            .to_owned();
        manager.drop_index(index).await?;
        for name in ["urgent", "recipient_hash"] {
            let gone = Table::alter()
                .table(Alias::new(OUTBOX))
                .drop_column(Alias::new(name))
                .to_owned();
            manager.alter_table(gone).await?;
        }
        let gone = Table::drop().table(Alias::new(CHOICE)).to_owned();
        manager.drop_table(gone).await
    }
}
