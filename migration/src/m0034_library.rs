//! Tables of this step: `course`, `course_word`, `plan_course`; what a published version and its lessons hold.

use sea_orm_migration::prelude::*;

use crate::parts::{column, id, index, key, number, refers, table, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Columns added to tables that are there.
const ADDED: [(&str, &str, &str); 9] = [
    ("course_version", "number", "integer NOT NULL DEFAULT 1"),
    ("course_version", "content", "text NOT NULL DEFAULT '{}'"),
    ("course_version", "account_id", "uuid"),
    (
        "course_version",
        "published_at",
        "bigint NOT NULL DEFAULT 0",
    ),
    ("lesson", "chapter", "integer NOT NULL DEFAULT 0"),
    ("lesson", "position", "integer NOT NULL DEFAULT 0"),
    ("lesson", "media_id", "uuid"),
    ("lesson", "paper_id", "uuid"),
    ("lesson", "body", "text"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    /// A draft is one document, written whole; a published version's lessons are rows, because progress counts them.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let course = table("course")
            .col(id("id").primary_key())
            .col(id("county_id"))
            .col(column("account_id").uuid())
            .col(text("title"))
            .col(text("state"))
            .col(text("draft"))
            .col(column("is_open").boolean().not_null())
            .col(column("version_id").uuid())
            .col(number("created_at"))
            .col(number("changed_at"))
            .col(column("published_at").big_integer())
            .foreign_key(&mut refers("course", "county_id", "region"))
            .to_owned();
        manager.create_table(course).await?;
        let word = table("course_word")
            .col(id("course_id"))
            .col(text("kind"))
            .col(text("word"))
            .col(id("county_id"))
            .primary_key(&mut key(&["course_id", "kind", "word"]))
            .foreign_key(&mut refers("course_word", "course_id", "course"))
            .to_owned();
        manager.create_table(word).await?;
        let asked = table("plan_course")
            .col(id("plan_id"))
            .col(id("course_id"))
            .col(id("county_id"))
            .primary_key(&mut key(&["plan_id", "course_id"]))
            .foreign_key(&mut refers("plan_course", "plan_id", "plan"))
            .foreign_key(&mut refers("plan_course", "course_id", "course"))
            .to_owned();
        manager.create_table(asked).await?;
        let db = manager.get_connection();
        for (table, column, kind) in ADDED {
            db.execute_unprepared(&format!("ALTER TABLE {table} ADD COLUMN {column} {kind}"))
                .await?;
        }
        for (table, columns) in [
            ("course", &["county_id", "state"][..]),
            ("course_word", &["county_id", "kind", "word"]),
            ("plan_course", &["course_id"]),
            ("course_version", &["course_id"]),
            ("lesson", &["version_id"]),
            ("lesson", &["media_id"]),
            ("lesson", &["paper_id"]),
            // Not by county first: SQLite would rather walk a county than look up some dozens of ids.
            ("enrolment", &["person_id", "course_id"]),
            ("enrolment", &["finished_at"]),
        ] {
            manager.create_index(index(table, columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in [
            ("course_version", "course_id"),
            ("lesson", "version_id"),
            ("lesson", "media_id"),
            ("lesson", "paper_id"),
            ("enrolment", "person_id_course_id"),
            ("enrolment", "finished_at"),
        ] {
            let name = format!("ix_{table}_{columns}");
            manager
                .drop_index(Index::drop().name(name).table(Alias::new(table)).to_owned())
                .await?;
        }
        for table in ["plan_course", "course_word", "course"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        let db = manager.get_connection();
        for (table, column, _) in ADDED {
            db.execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN {column}"))
                .await?;
        }
        Ok(())
    }
}
