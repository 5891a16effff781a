//! Tables of this step: `question`, `question_version`, `question_tag`, `exam_paper`, `exam_attempt`, `exam_answer`, `exam_grade`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseBackend, Statement};

use crate::parts::{column, id, index, key, number, refers, table, text, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

async fn bank(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let question = table("question")
        .col(id("id").primary_key())
        .col(id("county_id"))
        .col(id("version_id"))
        .col(text("kind"))
        .col(column("difficulty").integer().not_null())
        .col(column("sameness").binary().not_null())
        .col(column("signature").binary().not_null())
        .col(column("alike_id").uuid())
        .col(text("state"))
        .col(column("account_id").uuid())
        .col(number("created_at"))
        .col(number("changed_at"))
        .foreign_key(&mut refers("question", "county_id", "region"))
        .to_owned();
    manager.create_table(question).await?;
    let once = unique("question", &["county_id", "sameness"]);
    manager.create_index(once).await?;
    let drawn = index("question", &["county_id", "state", "kind"]);
    manager.create_index(drawn).await?;
    let version = table("question_version")
        .col(id("id").primary_key())
        .col(id("county_id"))
        .col(id("question_id"))
        .col(column("number").integer().not_null())
        .col(text("content"))
        .col(column("account_id").uuid())
        .col(number("made_at"))
        .foreign_key(&mut refers("question_version", "question_id", "question"))
        .to_owned();
    manager.create_table(version).await?;
    let once = unique("question_version", &["question_id", "number"]);
    manager.create_index(once).await?;
    let tag = table("question_tag")
        .col(id("county_id"))
        .col(text("tag"))
        .col(id("question_id"))
        .primary_key(&mut key(&["county_id", "tag", "question_id"]))
        .foreign_key(&mut refers("question_tag", "question_id", "question"))
        .to_owned();
    manager.create_table(tag).await?;
    manager
        .create_index(index("question_tag", &["question_id"]))
        .await
}

async fn papers(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let paper = table("exam_paper")
        .col(id("id").primary_key())
        .col(id("county_id"))
        .col(text("title"))
        .col(column("plan_id").uuid())
        .col(text("rules"))
        .col(text("state"))
        .col(column("account_id").uuid())
        .col(number("created_at"))
        .col(number("changed_at"))
        .col(column("published_at").big_integer())
        .foreign_key(&mut refers("exam_paper", "county_id", "region"))
        .foreign_key(&mut refers("exam_paper", "plan_id", "plan"))
        .to_owned();
    manager.create_table(paper).await?;
    manager
        .create_index(index("exam_paper", &["county_id", "state"]))
        .await
}

async fn attempts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let attempt = table("exam_attempt")
        .col(id("id").primary_key())
        .col(id("county_id"))
        .col(id("paper_id"))
        .col(id("person_id"))
        .col(column("account_id").uuid())
        .col(column("plan_id").uuid())
        .col(column("region_id").uuid())
        .col(column("enterprise_id").uuid())
        .col(text("role"))
        .col(column("number").integer().not_null())
        .col(text("items"))
        .col(column("device_hash").binary())
        .col(number("started_at"))
        .col(number("ends_at"))
        .col(column("submitted_at").big_integer())
        .col(column("points").big_integer())
        .col(number("most_points"))
        .col(column("passed").boolean())
        .foreign_key(&mut refers("exam_attempt", "paper_id", "exam_paper"))
        .foreign_key(&mut refers("exam_attempt", "person_id", "person"))
        .to_owned();
    manager.create_table(attempt).await?;
    for (columns, once) in [
        (&["paper_id", "person_id", "number"][..], true),
        // Not by county first: SQLite would rather walk a county than look up some dozens of ids.
        (&["person_id"], false),
        (&["paper_id", "id"], false),
        (&["submitted_at", "ends_at"], false),
    ] {
        manager
            .create_index(if once {
                unique("exam_attempt", columns)
            } else {
                index("exam_attempt", columns)
            })
            .await?;
    }
    let answer = table("exam_answer")
        .col(id("attempt_id"))
        .col(column("position").integer().not_null())
        .col(id("county_id"))
        .col(text("chosen"))
        .col(number("given_at"))
        .col(number("arrived_at"))
        .primary_key(&mut key(&["attempt_id", "position"]))
        .foreign_key(&mut refers("exam_answer", "attempt_id", "exam_attempt"))
        .to_owned();
    manager.create_table(answer).await?;
    let grade = table("exam_grade")
        .col(id("attempt_id"))
        .col(column("position").integer().not_null())
        .col(id("county_id"))
        .col(id("paper_id"))
        .col(id("version_id"))
        .col(text("chosen"))
        .col(column("is_right").boolean().not_null())
        .col(number("points"))
        .primary_key(&mut key(&["attempt_id", "position"]))
        .foreign_key(&mut refers("exam_grade", "attempt_id", "exam_attempt"))
        .to_owned();
    manager.create_table(grade).await?;
    manager
        .create_index(index("exam_grade", &["paper_id", "version_id"]))
        .await
}

const OLD_SOURCES: &str = "('class', 'course', 'academy_import', 'transfer')";
const NEW_SOURCES: &str = "('class', 'course', 'academy_import', 'transfer', 'exam')";

/// Changes where a line of the ledger may come from. `SQLite` cannot change a check, so there the table is written anew.
async fn allow_sources(manager: &SchemaManager<'_>, old: &str, new: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        db.execute_unprepared(
            "ALTER TABLE training_record DROP CONSTRAINT training_record_source_check",
        )
        .await?;
        let add = format!(
            "ALTER TABLE training_record ADD CONSTRAINT training_record_source_check CHECK (source IN {new})"
        );
        db.execute_unprepared(&add).await?;
        return Ok(());
    }
    let told = Statement::from_string(
        DatabaseBackend::Sqlite,
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'training_record' AND sql IS NOT NULL",
    );
    let (mut table, mut rest) = (String::new(), Vec::new());
    for row in db.query_all_raw(told).await? {
        let (kind, sql): (String, String) = (row.try_get("", "type")?, row.try_get("", "sql")?);
        if kind == "table" {
            table = sql;
        } else {
            rest.push(sql);
        }
    }
    let columns = table.split_once('(').map(|(_, columns)| columns);
    let changed = columns.map(|columns| columns.replace(old, new));
    let changed = changed.filter(|changed| Some(changed.as_str()) != columns);
    let changed =
        changed.ok_or_else(|| DbErr::Migration(format!("no check on the source: {table}")))?;
    for step in [
        format!("CREATE TABLE training_record_new ({changed}"),
        "INSERT INTO training_record_new SELECT * FROM training_record".to_owned(),
        "DROP TABLE training_record".to_owned(),
        "ALTER TABLE training_record_new RENAME TO training_record".to_owned(),
    ]
    .into_iter()
    .chain(rest)
    {
        db.execute_unprepared(&step).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    /// What was asked stays as it was asked: attempts name versions of questions. An attempt's questions stand in its one
    /// row; its answers have a row each, written anew when given anew.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        allow_sources(manager, OLD_SOURCES, NEW_SOURCES).await?;
        bank(manager).await?;
        papers(manager).await?;
        attempts(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "exam_grade",
            "exam_answer",
            "exam_attempt",
            "exam_paper",
            "question_tag",
            "question_version",
            "question",
        ] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        allow_sources(manager, NEW_SOURCES, OLD_SOURCES).await
    }
}
