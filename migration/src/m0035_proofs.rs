//! Tables of this step: `training_proof`; by what an exam's wrong answers are found again.

use sea_orm_migration::prelude::*;

use crate::parts::{id, index, refers, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let proof = Table::create()
            .table(Alias::new("training_proof"))
            .col(id("id").primary_key())
            .col(id("county_id"))
            .col(id("completion_id"))
            .col(id("person_id"))
            .col(id("plan_id"))
            .col(id("region_id"))
            .col(ColumnDef::new(Alias::new("enterprise_id")).uuid())
            .col(ColumnDef::new(Alias::new("number")).text().not_null())
            .col(ColumnDef::new(Alias::new("content")).text().not_null())
            .col(ColumnDef::new(Alias::new("account_id")).uuid())
            .col(
                ColumnDef::new(Alias::new("issued_at"))
                    .big_integer()
                    .not_null(),
            )
            .foreign_key(&mut refers("training_proof", "completion_id", "completion"))
            .foreign_key(&mut refers("training_proof", "person_id", "person"))
            .foreign_key(&mut refers("training_proof", "plan_id", "plan"))
            .to_owned();
        manager.create_table(proof).await?;
        for (columns, once) in [
            (&["completion_id"][..], true),
            (&["county_id", "number"], true),
            (&["county_id", "person_id"], false),
            (&["county_id", "plan_id"], false),
        ] {
            manager
                .create_index(if once {
                    unique("training_proof", columns)
                } else {
                    index("training_proof", columns)
                })
                .await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared("ALTER TABLE exam_attempt ADD COLUMN wrong_count integer")
            .await?;
        let kind = match db.get_database_backend() {
            sea_orm_migration::sea_orm::DatabaseBackend::Sqlite => "blob",
            _ => "bytea",
        };
        db.execute_unprepared(&format!(
            "ALTER TABLE exam_attempt ADD COLUMN wrong_hash {kind}"
        ))
        .await?;
        for columns in [
            &["paper_id", "wrong_hash"][..],
            &["paper_id", "device_hash"],
        ] {
            manager.create_index(index("exam_attempt", columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for columns in ["wrong_hash", "device_hash"] {
            let drop = Index::drop()
                .name(format!("ix_exam_attempt_paper_id_{columns}"))
                .table(Alias::new("exam_attempt"))
                .to_owned();
            manager.drop_index(drop).await?;
        }
        let db = manager.get_connection();
        for column in ["wrong_hash", "wrong_count"] {
            db.execute_unprepared(&format!("ALTER TABLE exam_attempt DROP COLUMN {column}"))
                .await?;
        }
        manager
            .drop_table(Table::drop().table(Alias::new("training_proof")).to_owned())
            .await
    }
}
