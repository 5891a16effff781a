//! Tables of this step: `course`, `course_version`, `lesson`, `plan_learning`, `enrolment`.

use sea_orm_migration::prelude::*;

use crate::parts::column;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

fn table(name: &str) -> TableCreateStatement {
    Table::create()
        .table(Alias::new(name))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut version = table("course_version");
        version
            .col(column("course_id").uuid().not_null())
            .col(column("minutes").big_integer().not_null());
        let mut lesson = table("lesson");
        lesson
            .col(column("version_id").uuid().not_null())
            .col(column("kind").string_len(16).not_null())
            .col(column("title").string_len(120).not_null())
            .col(column("seconds").big_integer().not_null());
        let mut enrolment = table("enrolment");
        enrolment
            .col(column("person_id").uuid().not_null())
            .col(column("course_id").uuid().not_null())
            .col(column("version_id").uuid().not_null())
            .col(column("plan_id").uuid())
            .col(column("region_id").uuid())
            .col(column("enterprise_id").uuid())
            .col(column("role").string_len(32).not_null())
            .col(column("credited_seconds").big_integer().not_null())
            .col(column("lessons_done").big_integer().not_null())
            .col(column("started_at").big_integer().not_null())
            .col(column("finished_at").big_integer());
        let plan = Table::create()
            .table(Alias::new("plan_learning"))
            .col(column("plan_id").uuid().not_null().primary_key())
            .col(column("county_id").uuid().not_null())
            .col(column("presence_every_seconds").big_integer())
            .to_owned();
        for table in [version, lesson, enrolment, plan] {
            manager.create_table(table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["plan_learning", "enrolment", "lesson", "course_version"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}
