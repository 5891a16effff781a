//! Tables of this step: `learner_clock`, `lesson_progress`.

use sea_orm_migration::prelude::*;

use crate::parts::{column, refers};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

fn count(name: &str) -> ColumnDef {
    column(name).big_integer().not_null().default(0).to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    /// A row a learner and a row a learner and lesson, written anew by his heartbeats: no row for each of those.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let clock = Table::create()
            .table(Alias::new("learner_clock"))
            .col(column("person_id").uuid().not_null().primary_key())
            .col(column("county_id").uuid().not_null())
            .col(column("spent").binary().not_null())
            .col(column("players").binary().not_null())
            .col(column("check_number").big_integer().not_null().default(1))
            .col(count("check_since"))
            .col(column("check_told_at").big_integer())
            .col(count("checks_passed"))
            .col(count("checks_failed"))
            .col(column("updated_at").big_integer().not_null())
            .foreign_key(&mut refers("learner_clock", "person_id", "person"))
            .to_owned();
        manager.create_table(clock).await?;
        let progress = Table::create()
            .table(Alias::new("lesson_progress"))
            .col(column("enrolment_id").uuid().not_null())
            .col(column("lesson_id").uuid().not_null())
            .col(column("county_id").uuid().not_null())
            .col(column("person_id").uuid().not_null())
            .col(count("credited_seconds"))
            .col(column("covered").binary().not_null())
            .col(column("unproven").binary().not_null())
            .col(count("place"))
            .col(count("place_at"))
            .col(count("demanded"))
            .col(column("done_at").big_integer())
            .col(count("too_fast"))
            .col(count("elsewhere"))
            .col(column("updated_at").big_integer().not_null())
            .primary_key(
                Index::create()
                    .col(Alias::new("enrolment_id"))
                    .col(Alias::new("lesson_id")),
            )
            .foreign_key(&mut refers("lesson_progress", "enrolment_id", "enrolment"))
            .foreign_key(&mut refers("lesson_progress", "lesson_id", "lesson"))
            .foreign_key(&mut refers("lesson_progress", "person_id", "person"))
            .to_owned();
        manager.create_table(progress).await?;
        let of_person = Index::create()
            .name("ix_lesson_progress_county_id_person_id")
            .table(Alias::new("lesson_progress"))
            .col(Alias::new("county_id"))
            .col(Alias::new("person_id"))
            .to_owned();
        manager.create_index(of_person).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["lesson_progress", "learner_clock"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}
