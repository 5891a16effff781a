//! The schema's history on a database that has rows already.

use migration::{Migrator, MigratorTrait, SchemaManager};
use rstest::rstest;
use sea_orm::sea_query::{Alias, Query, Value};
use sea_orm::{ConnectionTrait, Database as Sea, DatabaseConnection, DbErr, Statement};
use uuid::Uuid;

use crate::support::{Database, Kind};

async fn insert(db: &DatabaseConnection, table: &str, row: &[(&str, Value)]) -> Result<(), DbErr> {
    let statement = Query::insert()
        .into_table(Alias::new(table))
        .columns(row.iter().map(|(name, _)| Alias::new(*name)))
        .values_panic(row.iter().map(|(_, value)| value.clone().into()))
        .to_owned();
    db.execute(&statement).await.map(|_| ())
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    let text = |row: &sea_orm::QueryResult| row.try_get::<String>("", "text").unwrap();
    rows.iter().map(text).collect()
}

fn day(text: &str) -> Value {
    text.parse::<chrono::NaiveDate>().unwrap().into()
}

const COUNTY: Uuid = Uuid::from_u128(1);
const REGION: Uuid = Uuid::from_u128(2);
const PERSON: Uuid = Uuid::from_u128(3);

fn certificate(id: u128, item: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("id", Uuid::from_u128(id).into()),
        ("county_id", COUNTY.into()),
        ("person_id", PERSON.into()),
        ("number_hash", vec![1_u8].into()),
        ("number_sealed", vec![1_u8].into()),
        ("number_masked", "T3306**********1234".into()),
        ("item_code", item.into()),
        ("catalogue_version", "2010-30".into()),
        ("region_id", REGION.into()),
        ("enterprise_name", "".into()),
        ("recorded_at", 0_i64.into()),
    ]
}

fn claim(id: u128, certificate: u128, method: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("id", Uuid::from_u128(id).into()),
        ("county_id", COUNTY.into()),
        ("certificate_id", Uuid::from_u128(certificate).into()),
        ("person_id", PERSON.into()),
        ("region_id", REGION.into()),
        ("on_list", true.into()),
        ("method", method.into()),
        ("claimed_at", 0_i64.into()),
    ]
}

/// A person with two certificates, the first of them on a due list and claimed.
async fn fill(db: &DatabaseConnection) {
    let list = Uuid::from_u128(9);
    let region = [
        ("id", REGION.into()),
        ("county_id", COUNTY.into()),
        ("code", "330699001".into()),
        ("name", "东山街道".into()),
        ("kind", "township".into()),
        ("valid_from", day("2020-01-01")),
        ("created_at", 0_i64.into()),
    ];
    let person = [
        ("id", PERSON.into()),
        ("county_id", COUNTY.into()),
        ("name", "王军".into()),
        ("id_kind", "resident".into()),
        ("id_hash", vec![1_u8].into()),
        ("id_sealed", vec![1_u8].into()),
        ("id_masked", "3306**********1234".into()),
        ("created_at", 0_i64.into()),
        ("updated_at", 0_i64.into()),
    ];
    let due_list = [
        ("id", list.into()),
        ("county_id", COUNTY.into()),
        ("frozen_on", day("2020-11-01")),
        ("source", "台账".into()),
        ("file_name", "a.csv".into()),
        ("file_hash", vec![1_u8].into()),
        ("entries", 1_i64.into()),
        ("imported_at", 0_i64.into()),
    ];
    let entry = [
        ("due_list_id", list.into()),
        ("certificate_id", Uuid::from_u128(11).into()),
        ("county_id", COUNTY.into()),
        ("region_id", REGION.into()),
    ];
    for (table, row) in [
        ("region", &region[..]),
        ("person", &person),
        ("certificate", &certificate(11, "1.1")),
        ("certificate", &certificate(12, "2.1")),
        ("due_list", &due_list),
        ("due_entry", &entry),
        ("claim", &claim(21, 11, "holder")),
    ] {
        insert(db, table, row).await.unwrap();
    }
}

#[rstest]
#[tokio::test]
async fn certificates_that_were_there_get_a_standing_and_keep_their_claims(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::make(kind, folder.path()).await;
    let db = Sea::connect(&database.url).await.unwrap();
    let steps = Migrator::migrations();
    let before = steps
        .iter()
        .position(|step| step.name() == "m0017_standing");
    let before = u32::try_from(before.unwrap()).unwrap();
    Migrator::up(&db, Some(before)).await.unwrap();
    fill(&db).await;
    assert!(
        insert(&db, "claim", &claim(22, 12, "assisted"))
            .await
            .is_err()
    );

    Migrator::up(&db, None).await.unwrap();
    let states = "SELECT issuer_state AS text FROM certificate ORDER BY item_code";
    assert_eq!(texts(&db, states).await, ["listed", "unverified"]);
    let standing = "SELECT DISTINCT standing AS text FROM certificate";
    assert_eq!(texts(&db, standing).await, ["active"]);
    let methods = "SELECT method AS text FROM claim ORDER BY method";
    assert_eq!(texts(&db, methods).await, ["holder"]);
    insert(&db, "claim", &claim(22, 12, "assisted"))
        .await
        .unwrap();
    assert!(
        insert(&db, "claim", &claim(23, 12, "bulk")).await.is_err(),
        "once for a certificate"
    );
    for (column, word) in [("standing", "odd"), ("issuer_state", "odd")] {
        let mut row = certificate(13, "3.1");
        row.push((column, word.into()));
        assert!(insert(&db, "certificate", &row).await.is_err(), "{column}");
    }
    assert!(
        insert(&db, "claim", &claim(24, 11, "by magic"))
            .await
            .is_err()
    );

    // Back and forth again: what cannot be said there is said as near as can be.
    let back = u32::try_from(steps.len()).unwrap() - before;
    Migrator::down(&db, Some(back)).await.unwrap();
    assert_eq!(texts(&db, methods).await, ["bulk", "holder"]);
    let manager = SchemaManager::new(&db);
    assert!(!manager.has_column("certificate", "standing").await.unwrap());
    assert!(!manager.has_table("issuer_check").await.unwrap());
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(texts(&db, states).await, ["listed", "unverified"]);
    for index in ["uq_claim_certificate_id", "ix_claim_county_id_claimed_at"] {
        assert!(manager.has_index("claim", index).await.unwrap(), "{index}");
    }
    db.close().await.unwrap();
    database.remove().await;
}
