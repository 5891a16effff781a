//! Columns of this step: `after_settlement` of the ledger and of completions. Ids are made by each instance's own clock,
//! so they do not tell what came before a settlement and what came after it; the transaction that writes does.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: [&str; 2] = ["training_record", "completion"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let column = ColumnDef::new(Alias::new("after_settlement"))
                .boolean()
                .not_null()
                .default(false)
                .to_owned();
            let add = Table::alter()
                .table(Alias::new(table))
                .add_column(column)
                .to_owned();
            manager.alter_table(add).await?;
            let fill = format!(
                "UPDATE {table} SET after_settlement = TRUE WHERE EXISTS (SELECT 1 FROM plan_settlement s
                    WHERE s.plan_id = {table}.plan_id AND s.boundary_id < {table}.id)"
            );
            manager.get_connection().execute_unprepared(&fill).await?;
            // What a manager sees is his enterprise's own lines.
            let of_enterprise = Index::create()
                .name(format!("ix_{table}_enterprise_id_plan_id"))
                .table(Alias::new(table))
                .col(Alias::new("enterprise_id"))
                .col(Alias::new("plan_id"))
                .to_owned();
            manager.create_index(of_enterprise).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let index = Index::drop()
                .name(format!("ix_{table}_enterprise_id_plan_id"))
                .table(Alias::new(table))
                .to_owned();
            manager.drop_index(index).await?;
            let drop = Table::alter()
                .table(Alias::new(table))
                .drop_column(Alias::new("after_settlement"))
                .to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}
