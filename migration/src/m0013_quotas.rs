//! Tables of this step: `quota_loan`, `quota_share_version`, `quota_share`, `plan_settlement`, `settlement_row`
//! (both refuse to be changed); `quota_line` made anew with more kinds, loans and acknowledgements.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::parts::column;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_loan(manager).await?;
        widen_quota_line(manager).await?;
        create_shares(manager).await?;
        create_settlement(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "settlement_row",
            "plan_settlement",
            "quota_share",
            "quota_share_version",
        ] {
            drop_table(manager, table).await?;
        }
        if manager.get_database_backend() == DbBackend::Postgres {
            let drop = "DROP FUNCTION refuse_settlement_change()";
            manager.get_connection().execute_unprepared(drop).await?;
        }
        narrow_quota_line(manager).await?;
        drop_table(manager, "quota_loan").await
    }
}

async fn drop_table(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    manager
        .drop_table(Table::drop().table(Alias::new(table)).to_owned())
        .await
}

fn refers(from: (&str, &str), to: (&str, &str)) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(Alias::new(from.0), Alias::new(from.1))
        .to(Alias::new(to.0), Alias::new(to.1))
        .to_owned()
}

/// A loan of quota between two townships, with the consent of both.
async fn create_loan(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "quota_loan";
    let table = Table::create()
        .table(Alias::new(name))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("plan_id").uuid().not_null())
        .col(column("from_region_id").uuid().not_null())
        .col(column("to_region_id").uuid().not_null())
        .col(column("amount").big_integer().not_null())
        .col(column("day").date().not_null())
        .col(column("reason").string_len(500).not_null())
        .col(column("state").string_len(16).not_null())
        .col(column("proposed_at").big_integer().not_null())
        .col(column("proposed_by").uuid())
        .col(column("lender_consented_at").big_integer())
        .col(column("lender_consented_by").uuid())
        .col(column("borrower_consented_at").big_integer())
        .col(column("borrower_consented_by").uuid())
        .col(column("closed_at").big_integer())
        .col(column("closed_by").uuid())
        .foreign_key(&mut refers((name, "plan_id"), ("plan", "id")))
        .foreign_key(&mut refers((name, "from_region_id"), ("region", "id")))
        .foreign_key(&mut refers((name, "to_region_id"), ("region", "id")))
        .check(Expr::col(Alias::new("state")).is_in(["proposed", "agreed", "refused", "withdrawn"]))
        .check(Expr::col(Alias::new("amount")).gt(0))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_quota_loan_county_id_plan_id")
                .table(Alias::new(name))
                .col(Alias::new("county_id"))
                .col(Alias::new("plan_id"))
                .to_owned(),
        )
        .await
}

/// The columns of a quota line before this step.
const OLD_COLUMNS: &str =
    "id, county_id, plan_id, region_id, kind, amount, day, reason, account_id, recorded_at";

/// `SQLite` cannot change a CHECK, so the table is made anew; nothing refers to it.
async fn widen_quota_line(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = quota_line("quota_line_new");
    table
        .col(column("loan_id").uuid())
        .col(column("acknowledged_at").big_integer())
        .col(column("acknowledged_by").uuid())
        .col(
            column("after_settlement")
                .boolean()
                .not_null()
                .default(false),
        )
        .foreign_key(&mut refers(
            ("quota_line_new", "loan_id"),
            ("quota_loan", "id"),
        ))
        .check(Expr::col(Alias::new("kind")).is_in(["allotted", "adjusted", "lent", "borrowed"]));
    manager.create_table(table).await?;
    // The first line of a township is its allotment, whatever was noted beside it.
    let copy = format!(
        "INSERT INTO quota_line_new ({OLD_COLUMNS}) SELECT id, county_id, plan_id, region_id, \
            CASE WHEN EXISTS (SELECT 1 FROM quota_line e WHERE e.plan_id = l.plan_id \
                AND e.region_id = l.region_id AND e.id < l.id) THEN 'adjusted' ELSE 'allotted' END, \
            amount, day, reason, account_id, recorded_at FROM quota_line l"
    );
    replace_quota_line(manager, &copy, "quota_line_new").await
}

async fn narrow_quota_line(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = quota_line("quota_line_old");
    table.check(Expr::col(Alias::new("kind")).is_in(["allotted", "adjusted"]));
    manager.create_table(table).await?;
    let copy = format!(
        "INSERT INTO quota_line_old ({OLD_COLUMNS}) SELECT id, county_id, plan_id, region_id, \
            CASE WHEN kind = 'allotted' THEN kind ELSE 'adjusted' END, \
            amount, day, reason, account_id, recorded_at FROM quota_line"
    );
    replace_quota_line(manager, &copy, "quota_line_old").await
}

fn quota_line(name: &str) -> TableCreateStatement {
    Table::create()
        .table(Alias::new(name))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("plan_id").uuid().not_null())
        .col(column("region_id").uuid().not_null())
        .col(column("kind").string_len(16).not_null())
        .col(column("amount").big_integer().not_null())
        .col(column("day").date().not_null())
        .col(column("reason").string_len(500).not_null())
        .col(column("account_id").uuid())
        .col(column("recorded_at").big_integer().not_null())
        .foreign_key(&mut refers((name, "plan_id"), ("plan", "id")))
        .foreign_key(&mut refers((name, "region_id"), ("region", "id")))
        .to_owned()
}

async fn replace_quota_line(
    manager: &SchemaManager<'_>,
    copy: &str,
    new: &str,
) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(copy).await?;
    drop_table(manager, "quota_line").await?;
    manager
        .rename_table(
            Table::rename()
                .table(Alias::new(new), Alias::new("quota_line"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_quota_line_plan_id_region_id")
                .table(Alias::new("quota_line"))
                .col(Alias::new("plan_id"))
                .col(Alias::new("region_id"))
                .to_owned(),
        )
        .await
}

/// How a township splits its quota over its enterprises; every version is kept.
async fn create_shares(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "quota_share_version";
    let versions = Table::create()
        .table(Alias::new(name))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("plan_id").uuid().not_null())
        .col(column("region_id").uuid().not_null())
        .col(column("version").integer().not_null())
        .col(column("day").date().not_null())
        .col(column("enterprises").big_integer().not_null())
        .col(column("total").big_integer().not_null())
        .col(column("account_id").uuid())
        .col(column("recorded_at").big_integer().not_null())
        .foreign_key(&mut refers((name, "plan_id"), ("plan", "id")))
        .foreign_key(&mut refers((name, "region_id"), ("region", "id")))
        .to_owned();
    manager.create_table(versions).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_quota_share_version_plan_id_region_id_version")
                .table(Alias::new(name))
                .col(Alias::new("plan_id"))
                .col(Alias::new("region_id"))
                .col(Alias::new("version"))
                .unique()
                .to_owned(),
        )
        .await?;
    let name = "quota_share";
    let shares = Table::create()
        .table(Alias::new(name))
        .col(column("version_id").uuid().not_null())
        .col(column("enterprise_id").uuid().not_null())
        .col(column("county_id").uuid().not_null())
        .col(column("amount").big_integer().not_null())
        .primary_key(
            Index::create()
                .col(Alias::new("version_id"))
                .col(Alias::new("enterprise_id")),
        )
        .foreign_key(&mut refers(
            (name, "version_id"),
            ("quota_share_version", "id"),
        ))
        .foreign_key(&mut refers((name, "enterprise_id"), ("enterprise", "id")))
        .check(Expr::col(Alias::new("amount")).gte(0))
        .to_owned();
    manager.create_table(shares).await
}

/// A plan's figures as they stood when it was settled.
async fn create_settlement(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "plan_settlement";
    let settlement = Table::create()
        .table(Alias::new(name))
        .col(column("plan_id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("settled_at").big_integer().not_null())
        .col(column("account_id").uuid())
        .col(column("boundary_id").uuid().not_null())
        .col(column("digest").binary_len(32).not_null())
        .foreign_key(&mut refers((name, "plan_id"), ("plan", "id")))
        .to_owned();
    manager.create_table(settlement).await?;
    let name = "settlement_row";
    let mut rows = Table::create()
        .table(Alias::new(name))
        .col(column("plan_id").uuid().not_null())
        .col(column("region_id").uuid().not_null())
        .col(column("county_id").uuid().not_null())
        .to_owned();
    for figure in [
        "quota",
        "completed",
        "person_times",
        "online_times",
        "offline_times",
        "passed",
        "principal",
        "safety_manager",
        "key_post",
        "other",
    ] {
        rows.col(column(figure).big_integer().not_null());
    }
    rows.col(column("rate").string_len(32))
        .primary_key(
            Index::create()
                .col(Alias::new("plan_id"))
                .col(Alias::new("region_id")),
        )
        .foreign_key(&mut refers(
            (name, "plan_id"),
            ("plan_settlement", "plan_id"),
        ))
        .foreign_key(&mut refers((name, "region_id"), ("region", "id")));
    manager.create_table(rows).await?;
    refuse_changes(manager, &["plan_settlement", "settlement_row"]).await
}

/// The database itself refuses to change or remove a row of these tables.
async fn refuse_changes(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    const WORDS: &str = "a settled figure never moves";
    let db = manager.get_connection();
    if manager.get_database_backend() == DbBackend::Postgres {
        let refuse = format!(
            "CREATE FUNCTION refuse_settlement_change() RETURNS trigger LANGUAGE plpgsql AS \
                $$ BEGIN RAISE EXCEPTION '{WORDS}'; END $$"
        );
        db.execute_unprepared(&refuse).await?;
        for table in tables {
            let trigger = format!(
                "CREATE TRIGGER tr_{table}_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_settlement_change()"
            );
            db.execute_unprepared(&trigger).await?;
        }
        return Ok(());
    }
    for table in tables {
        for change in ["UPDATE", "DELETE"] {
            let trigger = format!(
                "CREATE TRIGGER tr_{table}_{change} BEFORE {change} ON {table} \
                    BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            );
            db.execute_unprepared(&trigger).await?;
        }
    }
    Ok(())
}
