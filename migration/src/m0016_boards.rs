//! Tables of this step: `daily_progress`; what boards tell beside their counts: where people stand, the funnel, how
//! fresh a figure is.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_daily_progress(manager).await?;
        for (table, column) in COUNTERS {
            let counter = ColumnDef::new(Alias::new(column))
                .big_integer()
                .not_null()
                .default(0)
                .take();
            add(manager, table, counter).await?;
        }
        for column in [
            ColumnDef::new(Alias::new("region_id")).uuid().take(),
            ColumnDef::new(Alias::new("enterprise_id")).uuid().take(),
            ColumnDef::new(Alias::new("role")).string_len(16).take(),
            ColumnDef::new(Alias::new("last_day")).date().take(),
        ] {
            add(manager, "person_progress", column).await?;
        }
        // What was counted before this step is counted anew from the ledger.
        for statement in BACKFILL {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("ix_claim_county_id_claimed_at")
                    .table(Alias::new("claim"))
                    .col(Alias::new("county_id"))
                    .col(Alias::new("claimed_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("ix_claim_county_id_claimed_at")
                    .table(Alias::new("claim"))
                    .to_owned(),
            )
            .await?;
        for (table, column) in COUNTERS.iter().chain(&[
            ("person_progress", "region_id"),
            ("person_progress", "enterprise_id"),
            ("person_progress", "role"),
            ("person_progress", "last_day"),
        ]) {
            let drop = Table::alter()
                .table(Alias::new(*table))
                .drop_column(Alias::new(*column))
                .to_owned();
            manager.alter_table(drop).await?;
        }
        manager
            .drop_table(Table::drop().table(DailyProgress::Table).to_owned())
            .await
    }
}

const COUNTERS: [(&str, &str); 8] = [
    ("plan_progress", "attended"),
    ("plan_progress", "passed_people"),
    ("plan_progress", "updated_at"),
    ("enterprise_progress", "attended"),
    ("enterprise_progress", "passed_people"),
    ("enterprise_progress", "updated_at"),
    ("claim_progress", "updated_at"),
    ("person_progress", "effort"),
];

const BACKFILL: [&str; 14] = [
    "UPDATE person_progress SET last_day = (SELECT MAX(happened_on) FROM training_record t
        WHERE t.plan_id = person_progress.plan_id AND t.person_id = person_progress.person_id)",
    "UPDATE person_progress SET region_id = (SELECT t.region_id FROM training_record t
        WHERE t.plan_id = person_progress.plan_id AND t.person_id = person_progress.person_id
        ORDER BY t.happened_on DESC, t.id DESC LIMIT 1)",
    "UPDATE person_progress SET enterprise_id = (SELECT t.enterprise_id FROM training_record t
        WHERE t.plan_id = person_progress.plan_id AND t.person_id = person_progress.person_id
        ORDER BY t.happened_on DESC, t.id DESC LIMIT 1)",
    "UPDATE person_progress SET role = (SELECT t.role FROM training_record t
        WHERE t.plan_id = person_progress.plan_id AND t.person_id = person_progress.person_id
        ORDER BY t.happened_on DESC, t.id DESC LIMIT 1)",
    "UPDATE person_progress SET effort = (SELECT
            (CASE WHEN p.required_online > person_progress.minutes_online
                THEN p.required_online - CASE WHEN person_progress.minutes_online < 0 THEN 0
                    ELSE person_progress.minutes_online END ELSE 0 END)
            + (CASE WHEN p.required_offline > person_progress.minutes_offline
                THEN p.required_offline - CASE WHEN person_progress.minutes_offline < 0 THEN 0
                    ELSE person_progress.minutes_offline END ELSE 0 END)
            + (CASE WHEN p.pass_mark IS NOT NULL AND person_progress.passes <= 0 THEN p.minutes_per_hour ELSE 0 END)
        FROM plan p WHERE p.id = person_progress.plan_id)",
    "UPDATE person_progress SET effort = 1 WHERE effort = 0 AND person_times <= 0",
    "UPDATE plan_progress SET attended = (SELECT COUNT(*) FROM person_progress p
        WHERE p.plan_id = plan_progress.plan_id AND p.region_id = plan_progress.region_id
            AND p.role = plan_progress.role AND p.person_times > 0)",
    "UPDATE plan_progress SET passed_people = (SELECT COUNT(*) FROM person_progress p
        WHERE p.plan_id = plan_progress.plan_id AND p.region_id = plan_progress.region_id
            AND p.role = plan_progress.role AND p.passes > 0)",
    "UPDATE enterprise_progress SET attended = (SELECT COUNT(*) FROM person_progress p
        WHERE p.plan_id = enterprise_progress.plan_id AND p.region_id = enterprise_progress.region_id
            AND p.enterprise_id = enterprise_progress.enterprise_id
            AND p.role = enterprise_progress.role AND p.person_times > 0)",
    "UPDATE enterprise_progress SET passed_people = (SELECT COUNT(*) FROM person_progress p
        WHERE p.plan_id = enterprise_progress.plan_id AND p.region_id = enterprise_progress.region_id
            AND p.enterprise_id = enterprise_progress.enterprise_id
            AND p.role = enterprise_progress.role AND p.passes > 0)",
    "UPDATE plan_progress SET updated_at = COALESCE((SELECT MAX(recorded_at) FROM training_record t
        WHERE t.plan_id = plan_progress.plan_id AND t.region_id = plan_progress.region_id), 0)",
    "UPDATE enterprise_progress SET updated_at = COALESCE((SELECT MAX(recorded_at) FROM training_record t
        WHERE t.plan_id = enterprise_progress.plan_id AND t.enterprise_id = enterprise_progress.enterprise_id), 0)",
    "UPDATE claim_progress SET updated_at = COALESCE((SELECT MAX(claimed_at) FROM claim c
        WHERE c.county_id = claim_progress.county_id AND c.region_id = claim_progress.region_id), 0)",
    "INSERT INTO daily_progress (plan_id, region_id, day, role, county_id, people, person_times, online_times,
            offline_times, passes)
        SELECT plan_id, region_id, day, role, county_id, SUM(people), SUM(person_times), SUM(online_times),
            SUM(offline_times), SUM(passes)
        FROM (
            SELECT plan_id, region_id, happened_on AS day, role, county_id, 0 AS people, person_times,
                CASE WHEN part = 'online' THEN person_times ELSE 0 END AS online_times,
                CASE WHEN part = 'offline' THEN person_times ELSE 0 END AS offline_times, passes
            FROM training_record
            UNION ALL
            SELECT plan_id, region_id, completed_on, role, county_id, 1, 0, 0, 0, 0
            FROM completion WHERE withdrawn_at IS NULL
        ) AS lines GROUP BY plan_id, region_id, day, role, county_id",
];

async fn add(manager: &SchemaManager<'_>, table: &str, column: ColumnDef) -> Result<(), DbErr> {
    let alter = Table::alter()
        .table(Alias::new(table))
        .add_column(column)
        .to_owned();
    manager.alter_table(alter).await
}

/// What a day added to a township's figures (每日进度): boards as of any day, and the trend.
async fn create_daily_progress(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table(DailyProgress::Table)
        .col(ColumnDef::new(DailyProgress::PlanId).uuid().not_null())
        .col(ColumnDef::new(DailyProgress::RegionId).uuid().not_null())
        .col(ColumnDef::new(DailyProgress::Day).date().not_null())
        .col(
            ColumnDef::new(DailyProgress::Role)
                .string_len(16)
                .not_null(),
        )
        .col(ColumnDef::new(DailyProgress::CountyId).uuid().not_null());
    for counter in [
        DailyProgress::People,
        DailyProgress::PersonTimes,
        DailyProgress::OnlineTimes,
        DailyProgress::OfflineTimes,
        DailyProgress::Passes,
    ] {
        table.col(ColumnDef::new(counter).big_integer().not_null());
    }
    table
        .primary_key(
            Index::create()
                .col(DailyProgress::PlanId)
                .col(DailyProgress::RegionId)
                .col(DailyProgress::Day)
                .col(DailyProgress::Role),
        )
        .foreign_key(
            ForeignKey::create()
                .from(DailyProgress::Table, DailyProgress::PlanId)
                .to(Alias::new("plan"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(DailyProgress::Table, DailyProgress::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        );
    manager.create_table(table).await
}

#[derive(DeriveIden)]
enum DailyProgress {
    Table,
    PlanId,
    RegionId,
    Day,
    Role,
    CountyId,
    People,
    PersonTimes,
    OnlineTimes,
    OfflineTimes,
    Passes,
}
