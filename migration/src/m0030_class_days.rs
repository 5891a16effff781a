//! Tables of this step: `class_day`, filled from the classes there are.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(class_day()).await?;
        let fill = "INSERT INTO class_day (county_id, plan_id, region_id, day, held)
            SELECT county_id, plan_id, region_id, day, SUM(CASE WHEN state = 'held' THEN 1 ELSE 0 END)
            FROM class_session GROUP BY county_id, plan_id, region_id, day";
        manager.get_connection().execute_unprepared(fill).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(ClassDay::Table).to_owned())
            .await
    }
}

/// Classes held toward a plan in a township on a day: a board counts days, however many classes there were.
fn class_day() -> TableCreateStatement {
    use ClassDay as D;
    let refers = |column: D, to: &str| {
        ForeignKey::create()
            .from(D::Table, column)
            .to(Alias::new(to), Alias::new("id"))
            .to_owned()
    };
    Table::create()
        .table(D::Table)
        .col(ColumnDef::new(D::CountyId).uuid().not_null())
        .col(ColumnDef::new(D::PlanId).uuid().not_null())
        .col(ColumnDef::new(D::RegionId).uuid().not_null())
        .col(ColumnDef::new(D::Day).date().not_null())
        .col(ColumnDef::new(D::Held).big_integer().not_null())
        .primary_key(
            Index::create()
                .col(D::CountyId)
                .col(D::PlanId)
                .col(D::RegionId)
                .col(D::Day),
        )
        .foreign_key(&mut refers(D::PlanId, "plan"))
        .foreign_key(&mut refers(D::RegionId, "region"))
        .to_owned()
}

#[derive(DeriveIden)]
enum ClassDay {
    Table,
    CountyId,
    PlanId,
    RegionId,
    Day,
    Held,
}
