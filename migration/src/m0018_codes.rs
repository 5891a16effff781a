//! Tables of this step: `code_root`, `issuer_key`, `key_set`, `trust_bundle`, `certificate_code`, `code_claim`,
//! `code_event`, `code_proof`.

use sea_orm_migration::prelude::*;

use crate::parts::column;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: [&str; 8] = [
    "code_root",
    "issuer_key",
    "key_set",
    "trust_bundle",
    "certificate_code",
    "code_claim",
    "code_event",
    "code_proof",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_keys(manager).await?;
        create_bundle(manager).await?;
        create_code(manager).await?;
        create_claim(manager).await?;
        create_event(manager).await?;
        create_proof(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            manager
                .drop_table(Table::drop().table(Alias::new(*table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn refers(from: (&str, &str), to: (&str, &str)) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(Alias::new(from.0), Alias::new(from.1))
        .to(Alias::new(to.0), Alias::new(to.1))
        .to_owned()
}

/// An index over columns of a table, named after both.
fn index(table: &str, columns: &[&str], unique: bool) -> IndexCreateStatement {
    let kind = if unique { "uq" } else { "ix" };
    let mut index = Index::create();
    index
        .name(format!("{kind}_{table}_{}", columns.join("_")))
        .table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    if unique {
        index.unique();
    }
    index
}

/// The roots a county's verifiers pin, and the keys that sign its codes (签发密钥).
async fn create_keys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let root = Table::create()
        .table(Alias::new("code_root"))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("public_key").binary().not_null())
        .col(column("demo").boolean().not_null())
        .col(column("created_at").big_integer().not_null())
        .to_owned();
    manager.create_table(root).await?;
    manager
        .create_index(index("code_root", &["county_id", "public_key"], true))
        .await?;
    let key = Table::create()
        .table(Alias::new("issuer_key"))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("kid").string_len(8).not_null())
        .col(column("public_key").binary().not_null())
        .col(column("private_sealed").binary().not_null())
        .col(column("not_before").big_integer().not_null())
        .col(column("not_after").big_integer().not_null())
        .col(column("cut_off").big_integer())
        .col(column("revoked_from").big_integer())
        .col(column("demo").boolean().not_null())
        .col(column("created_at").big_integer().not_null())
        .to_owned();
    manager.create_table(key).await?;
    manager
        .create_index(index("issuer_key", &["county_id", "kid"], true))
        .await?;
    let set = Table::create()
        .table(Alias::new("key_set"))
        .col(column("county_id").uuid().not_null())
        .col(column("version").big_integer().not_null())
        .col(column("signed").binary().not_null())
        .col(column("made_at").big_integer().not_null())
        .primary_key(
            Index::create()
                .col(Alias::new("county_id"))
                .col(Alias::new("version")),
        )
        .to_owned();
    manager.create_table(set).await
}

/// What verifiers fetch and keep: one a county, its version only ever rising (信任包).
async fn create_bundle(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Alias::new("trust_bundle"))
        .col(column("county_id").uuid().not_null().primary_key())
        .col(column("version").big_integer().not_null())
        .col(column("signed").binary().not_null())
        .col(column("stale").boolean().not_null())
        .col(column("made_at").big_integer().not_null())
        .to_owned();
    manager.create_table(table).await
}

/// A code (安全码): one living code a person.
async fn create_code(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "certificate_code";
    let table = Table::create()
        .table(Alias::new(name))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("person_id").uuid().not_null())
        .col(column("region_id").uuid().not_null())
        .col(column("enterprise_id").uuid())
        .col(column("status_index").big_integer().not_null())
        .col(column("typed_code").string_len(8).not_null())
        .col(column("state").string_len(16).not_null())
        .col(column("held_by").string_len(16))
        .col(column("reason").string_len(500).not_null())
        .col(column("method").string_len(16).not_null())
        .col(column("holder_key").binary())
        .col(column("kid").string_len(8).not_null())
        .col(column("credential").binary().not_null())
        .col(column("replaced_by").uuid())
        .col(column("issued_at").big_integer().not_null())
        .col(column("changed_at").big_integer().not_null())
        .foreign_key(&mut refers((name, "person_id"), ("person", "id")))
        .foreign_key(&mut refers((name, "region_id"), ("region", "id")))
        .foreign_key(&mut refers((name, "enterprise_id"), ("enterprise", "id")))
        .check(Expr::col(Alias::new("state")).is_in([
            "active",
            "suspended",
            "revoked",
            "superseded",
        ]))
        .check(Expr::col(Alias::new("held_by")).is_in(["holder", "officer", "certificates"]))
        .check(Expr::col(Alias::new("method")).is_in(["holder", "assisted", "bulk"]))
        .to_owned();
    manager.create_table(table).await?;
    for columns in [&["county_id", "status_index"], &["county_id", "typed_code"]] {
        manager.create_index(index(name, columns, true)).await?;
    }
    let plain: [&[&str]; 3] = [
        &["county_id", "region_id", "id"],
        &["county_id", "state", "status_index"],
        &["person_id", "id"],
    ];
    for columns in plain {
        manager.create_index(index(name, columns, false)).await?;
    }
    manager
        .create_index(
            Index::create()
                .name("uq_certificate_code_living")
                .table(Alias::new(name))
                .col(Alias::new("county_id"))
                .col(Alias::new("person_id"))
                .unique()
                .and_where(Expr::col(Alias::new("state")).is_in(["active", "suspended"]))
                .to_owned(),
        )
        .await
}

/// A claim begun on a phone: its nonce, and what became of it.
async fn create_claim(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "code_claim";
    let table = Table::create()
        .table(Alias::new(name))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("person_id").uuid().not_null())
        .col(column("account_id").uuid().not_null())
        .col(column("nonce").binary().not_null())
        .col(column("new_phone").boolean().not_null())
        .col(column("expires_at").big_integer().not_null())
        .col(column("done_at").big_integer())
        .col(column("code_id").uuid())
        .foreign_key(&mut refers((name, "person_id"), ("person", "id")))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(index(name, &["county_id", "person_id", "id"], false))
        .await
}

/// What happened to a code: append-only, shown to its holder.
async fn create_event(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let name = "code_event";
    let table = Table::create()
        .table(Alias::new(name))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("county_id").uuid().not_null())
        .col(column("code_id").uuid().not_null())
        .col(column("kind").string_len(24).not_null())
        .col(column("reason").string_len(500).not_null())
        .col(column("account_id").uuid())
        .col(column("at").big_integer().not_null())
        .foreign_key(&mut refers((name, "code_id"), ("certificate_code", "id")))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(index(name, &["county_id", "code_id", "id"], false))
        .await
}

/// Proofs that a verifier saw a moment ago: the same one again is a picture.
async fn create_proof(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(Alias::new("code_proof"))
        .col(column("account_id").uuid().not_null())
        .col(column("proof").binary().not_null())
        .col(column("at").big_integer().not_null())
        .primary_key(
            Index::create()
                .col(Alias::new("account_id"))
                .col(Alias::new("proof")),
        )
        .to_owned();
    manager.create_table(table).await
}
