//! The main job: sign-in sheets, from the file to the rate.

mod edges;

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, Person, TestApp, person};

async fn preview(by: &Client, plan: uuid::Uuid, name: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
    by.hand_in(
        "/v1/classes/attendance-uploads",
        name,
        bytes,
        &[("plan_id", plan.to_string())],
    )
    .await
}

async fn upload(by: &Client, plan: uuid::Uuid, name: &str, bytes: Vec<u8>) -> Value {
    let (status, seen) = preview(by, plan, name, bytes).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let id = seen["id"].as_str().unwrap();
    by.make(
        &format!("/v1/classes/attendance-uploads/{id}/commit"),
        &json!({}),
    )
    .await
}

fn effect(upload: &Value, code: &str) -> i64 {
    let effects = upload["effects"].as_array().unwrap();
    effects
        .iter()
        .find(|e| e["code"] == code)
        .map_or(0, |e| e["count"].as_i64().unwrap())
}

#[rstest]
#[tokio::test]
async fn a_township_sees_its_quota_rise_when_a_trainer_uploads(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
    let (officer_a, officer_b, officer) = county.officers(&app).await;
    let people: Vec<Person> = (0..6).map(person).collect();

    let bytes = Person::sheet(&people, "东山街道企业员工安全培训签到表（第1期）");
    let (status, seen) = preview(&trainer, county.plan, "第1期.csv", bytes.clone()).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    assert_eq!(
        (&seen["lines"], &seen["accepted"], &seen["state"]),
        (&json!(6), &json!(6), &json!("previewed"))
    );
    let board = officer.read("/v1/boards/progress").await;
    assert_eq!(board["completed"], 0, "a preview changes nothing");

    let done = upload(&trainer, county.plan, "第1期.csv", bytes.clone()).await;
    assert_eq!(
        (&done["state"], effect(&done, "new")),
        (&json!("committed"), 6)
    );

    // Three work in each township; the class was held in A, but the quota counts by employer.
    let board = officer.read("/v1/boards/progress").await;
    assert_eq!(
        (
            &board["completed"],
            &board["quota"],
            &board["training_rate"]
        ),
        (&json!(6), &json!(15), &json!("40.0"))
    );
    let a = officer_a.read("/v1/boards/progress").await;
    assert_eq!(
        (&a["completed"], &a["quota"], &a["training_rate"]),
        (&json!(3), &json!(10), &json!("30.0"))
    );
    assert_eq!(
        a["regions"].as_array().unwrap().len(),
        1,
        "an officer sees his own township only"
    );
    let b = officer_b.read("/v1/boards/progress").await;
    assert_eq!(
        (&b["completed"], &b["training_rate"]),
        (&json!(3), &json!("60.0"))
    );

    let again = upload(&trainer, county.plan, "第1期.csv", bytes).await;
    assert_eq!(
        (effect(&again, "unchanged"), effect(&again, "new")),
        (6, 0),
        "the same file again changes nothing"
    );
    assert_eq!(officer.read("/v1/boards/progress").await["completed"], 6);
    drop((trainer, officer_a, officer_b, officer));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_second_class_counts_a_person_once_and_his_attendance_twice(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let mut people: Vec<Person> = (0..4).map(person).collect();
    // One fails, one leaves early.
    people[0].score = "79".into();
    people[1].times.1 = "2020-05-12 11:30";
    upload(
        &officer,
        county.plan,
        "a.csv",
        Person::sheet(&people, "东山街道第1期"),
    )
    .await;
    let board = officer.read("/v1/boards/progress").await;
    assert_eq!(
        (&board["completed"], &board["person_times"]),
        (&json!(2), &json!(4))
    );

    let mut second: Vec<Person> = (0..4).map(person).collect();
    second
        .iter_mut()
        .for_each(|p| p.times = ("2020-06-12 08:30", "2020-06-12 16:30"));
    upload(
        &officer,
        county.plan,
        "b.csv",
        Person::sheet(&second, "东山街道第2期"),
    )
    .await;
    let board = officer.read("/v1/boards/progress").await;
    assert_eq!(
        (&board["completed"], &board["person_times"]),
        (&json!(4), &json!(8))
    );

    // The first sheet comes again, mended: who failed had passed all along.
    people[0].score = "91".into();
    let mended = upload(
        &officer,
        county.plan,
        "a.csv",
        Person::sheet(&people, "东山街道第1期"),
    )
    .await;
    assert_eq!(
        (effect(&mended, "changed"), effect(&mended, "unchanged")),
        (1, 3)
    );
    let board = officer.read("/v1/boards/progress").await;
    assert_eq!(
        (&board["completed"], &board["person_times"]),
        (&json!(4), &json!(8))
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn refused_lines_come_back_as_a_sheet_with_reasons(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let mut people: Vec<Person> = (0..5).map(person).collect();
    people[1].name = String::new();
    people[2].id_number = "3.30699E+17".into();
    people[4] = people[3].clone();
    let bytes = Person::sheet(&people, "东山街道第1期");
    let (_, seen) = preview(&officer, county.plan, "a.csv", bytes).await;
    let id = seen["id"].as_str().unwrap();
    let path = format!("/v1/classes/attendance-uploads/{id}");
    let refused = officer.all(&format!("{path}/lines?accepted=false")).await;
    let told: Vec<_> = refused
        .iter()
        .map(|l| (l["line"].as_i64().unwrap(), l["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (2, "name_missing"),
            (3, "id_damaged_by_spreadsheet"),
            (5, "duplicate_in_file")
        ]
    );
    assert!(
        refused[0]["detail"].as_str().unwrap().contains("姓名"),
        "in Chinese unless asked otherwise"
    );

    let all = json!({"all_or_nothing": true});
    let (status, body) = officer.post(&format!("{path}/commit"), &all).await;
    assert_eq!(
        (status, &body["code"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("upload_has_refused_lines")
        )
    );
    assert_eq!(officer.read("/v1/boards/progress").await["person_times"], 0);

    officer.make(&format!("{path}/commit"), &json!({})).await;
    let sheet = officer
        .request(Method::GET, &format!("{path}/refused.xlsx"))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    // The sheet of refused lines is itself a sheet: mended and sent again it is taken.
    let (status, again) = officer
        .hand_in(
            "/v1/classes/attendance-uploads",
            "refused.xlsx",
            sheet.to_vec(),
            &[
                ("plan_id", county.plan.to_string()),
                ("region_id", county.a.to_string()),
            ],
        )
        .await;
    assert_eq!(
        (status, &again["lines"]),
        (StatusCode::OK, &json!(3)),
        "{again}"
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_retried_request_has_no_second_effect(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let body = json!({"region_id": county.a, "amount": 7, "day": "2020-07-01", "reason": "追加"});
    let path = format!("/v1/plans/{}/quota-lines", county.plan);
    let send = |key: &'static str, body: Value| {
        crate::support::answer(
            officer
                .request(Method::POST, &path)
                .header("Idempotency-Key", key)
                .json(&body),
        )
    };
    let (first, second) = tokio::join!(send("k-1", body.clone()), send("k-1", body.clone()));
    assert_eq!((first.0, second.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(
        first.1["id"], second.1["id"],
        "both sendings get one answer"
    );
    let other = send(
        "k-1",
        json!({"region_id": county.a, "amount": 8, "day": "2020-07-01", "reason": "追加"}),
    )
    .await;
    assert_eq!(
        (other.0, &other.1["code"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("idempotency_key_reused")
        )
    );
    assert_eq!(officer.read("/v1/boards/progress").await["quota"], 22);
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_large_sheet_goes_on_as_a_job(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start_with(kind, &["--job-lines", "10"]).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let people: Vec<Person> = (0..40).map(person).collect();
    let (_, seen) = preview(
        &officer,
        county.plan,
        "a.csv",
        Person::sheet(&people, "东山街道第1期"),
    )
    .await;
    let path = format!(
        "/v1/classes/attendance-uploads/{}/commit",
        seen["id"].as_str().unwrap()
    );
    let (status, queued) = officer.post(&path, &json!({})).await;
    assert_eq!(
        (status, &queued["state"]),
        (StatusCode::ACCEPTED, &json!("queued"))
    );
    officer.until_done(queued["job_id"].as_str().unwrap()).await;
    assert_eq!(officer.read("/v1/boards/progress").await["completed"], 40);
    drop(officer);
    app.finish().await;
}
