//! A person's own document is whole: whatever table holds rows of his, the document holds as many.

use std::collections::BTreeMap;

use reqwest::Method;
use rstest::rstest;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value as Bound};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::check_in::{Hall, at, text};
use crate::codes::Town;
use crate::progress::{Study, seconds};
use crate::support::{Kind, TestApp};

/// Lists of the document that hold the rows of a table.
const LISTS: [(&str, &str); 6] = [
    ("employment", "employment"),
    ("training_record", "training_records"),
    ("attendance_mark", "marks"),
    ("certificate", "certificates"),
    ("claim", "claims"),
    ("inspection", "inspections"),
];

/// Rows of this person in each table that has a column for persons.
async fn kept(app: &TestApp, person: Uuid) -> BTreeMap<String, i64> {
    let db = app.state.db.read();
    let backend = db.get_database_backend();
    let (tables, place) = match backend {
        DbBackend::Sqlite => (
            "SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.name = 'person_id'",
            "?",
        ),
        _ => (
            "SELECT table_name::text AS name FROM information_schema.columns \
             WHERE table_schema = current_schema() AND column_name = 'person_id'",
            "$1",
        ),
    };
    let tables = Statement::from_string(backend, tables);
    let mut rows = BTreeMap::new();
    for table in db.query_all_raw(tables).await.unwrap() {
        let name: String = table.try_get("", "name").unwrap();
        let count = format!("SELECT COUNT(*) AS n FROM {name} WHERE person_id = {place}");
        let count = Statement::from_sql_and_values(backend, count, [Bound::from(person)]);
        let found = db.query_one_raw(count).await.unwrap().unwrap();
        rows.insert(name, found.try_get::<i64>("", "n").unwrap());
    }
    assert!(rows.len() > 15, "{rows:?}");
    rows
}

/// Rows of each table in the document.
fn told(file: &Value) -> BTreeMap<String, i64> {
    let count = |list: &Value| i64::try_from(list.as_array().unwrap().len()).unwrap();
    let further = file["further"].as_array().unwrap().iter().map(|table| {
        let name = table["table"].as_str().unwrap().to_owned();
        (name, count(&table["rows"]))
    });
    let lists = LISTS.map(|(table, list)| (table.to_owned(), count(&file[list])));
    further.chain(lists).collect()
}

/// The document has every row that names its owner; the tables that had some.
async fn assert_whole(app: &TestApp, person: Uuid, file: &Value) -> Vec<String> {
    let (kept, told) = (kept(app, person).await, told(file));
    for (table, rows) in &kept {
        assert_eq!(told.get(table), Some(rows), "{table}: {file}");
    }
    let some = kept.into_iter().filter(|(_, rows)| *rows > 0);
    some.map(|(table, _)| table).collect()
}

fn row<'a>(file: &'a Value, table: &str) -> &'a Value {
    let all = file["further"].as_array().unwrap().iter();
    let mut of = all.filter(|one| one["table"] == table);
    &of.next().unwrap()["rows"][0]
}

#[rstest]
#[tokio::test]
async fn what_was_checked_in_called_and_objected_to_is_in_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 2).await;
    let person: Uuid = hall.people[0].parse().unwrap();
    let officer = hall.officer().await;
    officer
        .make(&hall.path("roster"), &json!({"person_ids": [person]}))
        .await;
    let contact = json!({"phone": "13800001234", "email": "wang@example.com"});
    let path = format!("/v1/people/{person}/contact");
    let set = officer.request(Method::PUT, &path).json(&contact).send();
    assert!(set.await.unwrap().status().is_success());
    drop(officer);
    let scan = hall.scanned("in", at("08:30:00")).await;
    hall.sends(0, &[scan], at("08:30:04")).await;
    let line = json!([{"line": "a", "person_id": person, "score": 90,
        "check_in": text(at("08:30:00")), "check_out": text(at("11:30:00"))}]);
    hall.calls(&line).await;
    let worker = hall.worker(0).await;
    let marks = worker.all("/v1/classes/my-marks").await;
    let path = format!(
        "/v1/classes/marks/{}/objection",
        marks[0]["id"].as_str().unwrap()
    );
    worker.make(&path, &json!({"words": "我坐到了最后"})).await;
    // Somebody who wrote no number down, found to be him.
    let stranger = json!([{"line": "e", "name": "没带证", "check_in": text(at("08:40:00")),
        "check_out": text(at("09:40:00"))}]);
    let called = hall.calls(&stranger).await;
    let walk_in = called["lines"][0]["walk_in_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = hall.people[1].clone();
    let path = hall.path(&format!("walk-ins/{walk_in}/match"));
    let officer = hall.officer().await;
    officer.make(&path, &json!({"person_id": other})).await;

    let path = format!("/v1/archives/people/{person}/exports");
    let own = worker.make(&path, &json!({})).await;
    let some = assert_whole(&hall.app, person, &own).await;
    for table in [
        "account",
        "attendance_mark",
        "class_scan",
        "mark_objection",
        "roster_entry",
    ] {
        assert!(some.iter().any(|one| one == table), "{table} in {some:?}");
    }
    assert_eq!(own["email"], "wang@example.com");
    assert_eq!(row(&own, "mark_objection")["words"], "我坐到了最后");
    assert_eq!(
        row(&own, "class_scan")["scanned_at"],
        "2020-05-12T08:30:03+08:00"
    );
    assert_eq!(row(&own, "account")["login"], "worker-0");
    assert!(row(&own, "refresh_token")["device"].is_string());
    // What only a machine reads is not in it.
    assert!(!own.to_string().contains("hash") && !own.to_string().contains("sealed"));
    let path = format!("/v1/archives/people/{other}/exports");
    let own = hall.worker(1).await.make(&path, &json!({})).await;
    assert_eq!(row(&own, "walk_in")["state"], "matched");
    assert_whole(&hall.app, other.parse().unwrap(), &own).await;

    // His trainer's officer gets what stands in the township: no scans, no devices, no address.
    let path = format!("/v1/archives/people/{person}/exports");
    let reason = json!({"reason": "本人书面申请"});
    let part = officer.make(&path, &reason).await;
    let tables = told(&part);
    assert_eq!(tables.get("mark_objection"), Some(&1));
    assert!(!tables.contains_key("class_scan") && !tables.contains_key("refresh_token"));
    assert!(part.get("email").is_none());
    drop((officer, worker));
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn codes_and_claims_are_in_it(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    let path = format!("/v1/archives/people/{}/exports", town.person);
    let own = town.worker.make(&path, &json!({})).await;
    let some = assert_whole(&town.app, town.person, &own).await;
    for table in ["certificate", "certificate_code", "claim", "code_claim"] {
        assert!(some.iter().any(|one| one == table), "{table} in {some:?}");
    }
    assert_eq!(row(&own, "certificate_code")["state"], "active");
    assert_eq!(
        row(&own, "certificate_code")["typed_code"],
        code["typed_code"]
    );
    assert_eq!(told(&own)["due_entry"], 2);
    assert!(told(&own)["code_event"] > 0);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_was_learned_online_is_in_it(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let study = Study::open(kind, 1, None).await;
    let person = study.learners[0].person;
    let opened = crate::progress::at("18:00:00");
    let mut phone = study.player(0, 0, opened).await;
    let beats = [
        phone.plays(0, opened),
        phone.plays(60, opened + seconds(60)),
    ];
    study.send(&phone, &beats, opened + seconds(60)).await;
    let path = format!("/v1/archives/people/{person}/exports");
    let (_, own) = study
        .ask(0, opened + seconds(70), &path, Some(&json!({})))
        .await;
    let some = assert_whole(&study.app, person, &own).await;
    for table in ["enrolment", "learner_clock", "lesson_progress"] {
        assert!(some.iter().any(|one| one == table), "{table} in {some:?}");
    }
    assert_eq!(row(&own, "lesson_progress")["credited_seconds"], "60");
    study.finish().await;
}
