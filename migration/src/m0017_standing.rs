//! Tables of this step: `certificate_rule`, `issuer_check`; `certificate` gains its standing, what is known from its
//! issuer and when it is re-examined; `claim` may be made with an officer's help.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseBackend, Statement};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in certificate_columns() {
            let add = Table::alter()
                .table(Alias::new("certificate"))
                .add_column(column)
                .to_owned();
            manager.alter_table(add).await?;
        }
        // What came by a due list is the county's word; of anything else nobody has asked its issuer yet.
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE certificate SET issuer_state = 'listed' \
                    WHERE id IN (SELECT certificate_id FROM due_entry)",
            )
            .await?;
        // A centre that was closed: its certificates are looked for.
        manager
            .create_index(
                Index::create()
                    .name("ix_certificate_county_id_training_centre")
                    .table(Alias::new("certificate"))
                    .col(Alias::new("county_id"))
                    .col(Alias::new("training_centre"))
                    .to_owned(),
            )
            .await?;
        allow_methods(manager, OLD_METHODS, NEW_METHODS).await?;
        create_certificate_rule(manager).await?;
        create_issuer_check(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["issuer_check", "certificate_rule"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        manager
            .get_connection()
            .execute_unprepared("UPDATE claim SET method = 'bulk' WHERE method = 'assisted'")
            .await?;
        allow_methods(manager, NEW_METHODS, OLD_METHODS).await?;
        manager
            .drop_index(
                Index::drop()
                    .name("ix_certificate_county_id_training_centre")
                    .table(Alias::new("certificate"))
                    .to_owned(),
            )
            .await?;
        for column in [
            "standing",
            "issuer_state",
            "reviewed_on",
            "review_due",
            "unbroken_ten_years",
            "training_centre",
        ] {
            let drop = Table::alter()
                .table(Alias::new("certificate"))
                .drop_column(Alias::new(column))
                .to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

/// A column of words with the words it may hold.
fn choice(name: &'static str, words: &[&'static str], default: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .string_len(16)
        .not_null()
        .default(default)
        .check(Expr::col(Alias::new(name)).is_in(words.iter().copied()))
        .take()
}

fn certificate_columns() -> [ColumnDef; 6] {
    let column = |name: &str| ColumnDef::new(Alias::new(name));
    [
        choice(
            "standing",
            &["active", "suspended", "revoked", "cancelled"],
            "active",
        ),
        choice(
            "issuer_state",
            &["listed", "unverified", "waiting", "confirmed", "differs"],
            "unverified",
        ),
        column("reviewed_on").date().take(),
        column("review_due").date().take(),
        column("unbroken_ten_years")
            .boolean()
            .not_null()
            .default(false)
            .take(),
        column("training_centre")
            .string_len(200)
            .not_null()
            .default("")
            .take(),
    ]
}

const OLD_METHODS: &str = "('holder', 'bulk')";
const NEW_METHODS: &str = "('holder', 'bulk', 'assisted')";

/// Changes how a code may be claimed. `SQLite` cannot change a check, so there the table is written anew; nothing refers
/// to it.
async fn allow_methods(manager: &SchemaManager<'_>, old: &str, new: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        db.execute_unprepared("ALTER TABLE claim DROP CONSTRAINT claim_method_check")
            .await?;
        let add =
            format!("ALTER TABLE claim ADD CONSTRAINT claim_method_check CHECK (method IN {new})");
        db.execute_unprepared(&add).await?;
        return Ok(());
    }
    let told = Statement::from_string(
        DatabaseBackend::Sqlite,
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'claim' AND sql IS NOT NULL",
    );
    let (mut table, mut indexes) = (String::new(), Vec::new());
    for row in db.query_all_raw(told).await? {
        let (kind, sql): (String, String) = (row.try_get("", "type")?, row.try_get("", "sql")?);
        if kind == "table" {
            table = sql;
        } else {
            indexes.push(sql);
        }
    }
    let (head, columns) = table
        .split_once('(')
        .ok_or_else(|| DbErr::Migration("claim is not there".to_owned()))?;
    let changed = columns.replace(old, new);
    if changed == columns {
        return Err(DbErr::Migration(format!("no check on the method: {head}")));
    }
    db.execute_unprepared(&format!("CREATE TABLE claim_new ({changed}"))
        .await?;
    db.execute_unprepared("INSERT INTO claim_new SELECT * FROM claim")
        .await?;
    db.execute_unprepared("DROP TABLE claim").await?;
    db.execute_unprepared("ALTER TABLE claim_new RENAME TO claim")
        .await?;
    for index in indexes {
        db.execute_unprepared(&index).await?;
    }
    Ok(())
}

/// What the law says of certificates (证书规则): one fact a row, from a day on. The law's, not a county's.
async fn create_certificate_rule(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    use CertificateRule as R;
    let table = Table::create()
        .table(R::Table)
        .col(ColumnDef::new(R::Kind).string_len(24).not_null())
        .col(ColumnDef::new(R::EffectiveFrom).date().not_null())
        .col(ColumnDef::new(R::EffectiveTo).date())
        .col(ColumnDef::new(R::Amount).integer().not_null())
        .col(ColumnDef::new(R::SourceZh).string_len(500).not_null())
        .col(ColumnDef::new(R::SourceEn).string_len(500).not_null())
        .col(ColumnDef::new(R::SecondarySource).boolean().not_null())
        .primary_key(Index::create().col(R::Kind).col(R::EffectiveFrom))
        .check(Expr::col(R::Kind).is_in([
            "validity_years",
            "review_years",
            "review_years_unbroken",
            "unbroken_years",
            "apply_days",
            "pass_mark",
        ]))
        .check(Expr::col(R::Amount).gte(0))
        .to_owned();
    manager.create_table(table).await
}

/// Somebody looked a certificate up at its issuer's site (发证机关核验): who, when, with what result. Rows are only added.
async fn create_issuer_check(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    use IssuerCheck as C;
    let table = Table::create()
        .table(C::Table)
        .col(ColumnDef::new(C::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(C::CountyId).uuid().not_null())
        .col(ColumnDef::new(C::CertificateId).uuid().not_null())
        .col(ColumnDef::new(C::AccountId).uuid())
        .col(ColumnDef::new(C::CheckedOn).date().not_null())
        .col(ColumnDef::new(C::Result).string_len(16).not_null())
        .col(ColumnDef::new(C::ValidUntil).date())
        .col(ColumnDef::new(C::ReviewDue).date())
        .col(ColumnDef::new(C::ReviewedOn).date())
        .col(ColumnDef::new(C::UnbrokenTenYears).boolean())
        .col(ColumnDef::new(C::Note).string_len(500).not_null())
        .col(ColumnDef::new(C::RecordedAt).big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from(C::Table, C::CertificateId)
                .to(Alias::new("certificate"), Alias::new("id")),
        )
        .check(Expr::col(C::Result).is_in(["confirmed", "not_found", "differs", "waiting"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_issuer_check_certificate_id_id")
                .table(C::Table)
                .col(C::CertificateId)
                .col(C::Id)
                .to_owned(),
        )
        .await
}

#[derive(DeriveIden)]
enum CertificateRule {
    Table,
    Kind,
    EffectiveFrom,
    EffectiveTo,
    Amount,
    SourceZh,
    SourceEn,
    SecondarySource,
}

#[derive(DeriveIden)]
enum IssuerCheck {
    Table,
    Id,
    CountyId,
    CertificateId,
    AccountId,
    CheckedOn,
    Result,
    ValidUntil,
    ReviewDue,
    ReviewedOn,
    UnbrokenTenYears,
    Note,
    RecordedAt,
}
