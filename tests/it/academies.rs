//! Results of an outside academy: from its sheet, whatever its columns are called, to the ledger and the board.

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, Person, TestApp, person};

/// A plan that asks for 90 minutes online and nothing else.
async fn online_plan(officer: &Client) -> String {
    let plan = officer
        .make(
            "/v1/plans",
            &json!({
                "title": "线上学习方案", "year": 2020, "period_from": "2020-01-01",
                "period_to": "2020-12-31", "target_roles": ["other"], "required_online": 90
            }),
        )
        .await;
    let id = plan["id"].as_str().unwrap().to_owned();
    officer
        .make(&format!("/v1/plans/{id}/publication"), &Value::Null)
        .await;
    id
}

async fn academy(by: &Client, name: &str) -> String {
    let made = by.make("/v1/hours/academies", &json!({"name": name})).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn hand_in(
    by: &Client,
    academy: &str,
    text: &str,
    fields: &[(&str, String)],
) -> (StatusCode, Value) {
    let path = format!("/v1/hours/academies/{academy}/uploads");
    by.hand_in(&path, "成绩.csv", text.as_bytes().to_vec(), fields)
        .await
}

async fn commit(by: &Client, upload: &Value) -> Value {
    let id = upload["id"].as_str().unwrap();
    by.make(
        &format!("/v1/hours/academy-uploads/{id}/commit"),
        &Value::Null,
    )
    .await
}

fn mapping() -> Value {
    let column = |title: &str, meaning: &str| json!({"title": title, "meaning": meaning});
    json!({
        "columns": [
            column("学员", "unused"), column("真名", "name"), column("证件", "id_number"),
            column("所在公司", "enterprise"), column("课名", "course"), column("学了多久", "duration"),
            column("完成于", "finished_on"), column("结果", "finished")
        ],
        "unit": "minutes"
    })
}

fn row(someone: &Person, course: &str, minutes: &str, day: &str, result: &str) -> String {
    let (name, number, shop) = (&someone.name, &someone.id_number, someone.shop_name());
    format!("u-{number},{name},{number},{shop},{course},{minutes},{day},{result}\n")
}

const HEADER: &str = "学员,真名,证件,所在公司,课名,学了多久,完成于,结果\n";

#[rstest]
#[tokio::test]
async fn an_academys_sheet_counts_and_its_columns_are_told_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (_, _, officer) = county.officers(&app).await;
    let plan = online_plan(&officer).await;
    let academy = academy(&officer, "某某安全学院").await;
    let of_plan = ("plan_id", plan.clone());
    let people: Vec<Person> = (0..3).map(person).collect();
    let sheet = format!(
        "某某安全学院学习记录\n{HEADER}{}{}{}{}",
        row(&people[0], "消防", "60", "2020-06-01", "已完成"),
        row(&people[0], "用电", "45分钟", "2020-06-03", "已完成"),
        row(&people[1], "消防", "1小时30分", "2020-06-02", "已完成"),
        row(&people[2], "消防", "20", "2020-06-02", "学习中"),
    );

    let (status, refused) =
        hand_in(&officer, &academy, &sheet, std::slice::from_ref(&of_plan)).await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("no_header")),
        "{refused}"
    );
    let told = [of_plan.clone(), ("mapping", mapping().to_string())];
    let (status, seen) = hand_in(&officer, &academy, &sheet, &told).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    assert_eq!(
        (&seen["lines"], &seen["accepted"], &seen["state"]),
        (&json!(4), &json!(4), &json!("previewed"))
    );
    let read = seen["columns"].as_array().unwrap();
    assert_eq!(read[0], json!({"title": "学员"}), "not read: {read:?}");
    assert_eq!(read[2], json!({"title": "证件", "meaning": "id_number"}));
    let board = format!("/v1/boards/progress?plan_id={plan}");
    assert_eq!(officer.read(&board).await["completed"], 0);

    let done = commit(&officer, &seen).await;
    assert_eq!(done["state"], "committed", "{done}");
    let told = officer.read(&board).await;
    assert_eq!(
        (&told["completed"], &told["person_times"]),
        (&json!(2), &json!(3)),
        "whoever is still at it gets his minutes and no person-time"
    );
    let records = officer
        .all(&format!("/v1/hours/records?plan_id={plan}"))
        .await;
    assert_eq!(records.len(), 4);
    assert!(
        records
            .iter()
            .all(|line| line["source"] == "academy_import" && line["part"] == "online")
    );

    // The next sheet needs no mapping; what it says again changes nothing, what it says anew is a difference.
    let next = sheet.replace(",消防,20,2020-06-02,学习中", ",消防,95,2020-06-05,已完成");
    let (status, seen) = hand_in(&officer, &academy, &next, &[of_plan]).await;
    assert_eq!((status, &seen["accepted"]), (StatusCode::OK, &json!(4)));
    commit(&officer, &seen).await;
    commit(&officer, &seen).await;
    let records = officer
        .all(&format!("/v1/hours/records?plan_id={plan}"))
        .await;
    assert_eq!(records.len(), 5, "one line of differences");
    assert_eq!(records[4]["minutes"], 75);
    assert_eq!(officer.read(&board).await["completed"], 3);
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn each_line_that_does_not_count_says_why_and_comes_back(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start_with(kind, &["--job-lines", "3"]).await);
    let county = County::make(&app).await;
    let (officer_a, officer_b, officer) = county.officers(&app).await;
    let plan = online_plan(&officer).await;
    let academy = academy(&officer_a, "另一学院").await;
    let people: Vec<Person> = (0..4).map(person).collect();
    let homeless = Person {
        shop: 3,
        ..person(8)
    };
    let mut misnamed = people[0].clone();
    misnamed.name = "别人".into();
    let sheet = [
        HEADER.to_owned(),
        row(&people[0], "消防", "90", "2020-06-01", "是"),
        row(&people[0], "消防", "90", "2020-06-01", "是"),
        row(&misnamed, "用电", "90", "2020-06-01", "是"),
        row(&people[2], "消防", "很久", "2020-06-01", "是"),
        row(&people[2], "消防", "90", "", "是"),
        row(&people[2], "消防", "90", "2021-06-01", "是"),
        row(&people[2], "消防", "", "2020-06-01", "是"),
        row(&people[1], "消防", "90", "2020-06-01", "是"),
        row(&homeless, "消防", "90", "2020-06-01", "是"),
    ]
    .concat();
    let fields = [
        ("plan_id", plan.clone()),
        ("mapping", mapping().to_string()),
    ];
    let (status, seen) = hand_in(&officer_a, &academy, &sheet, &fields).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let id = seen["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/hours/academy-uploads/{id}");
    let lines = officer_a.all(&format!("{path}/lines")).await;
    let reasons: Vec<&str> = lines
        .iter()
        .map(|line| line["reason"].as_str().unwrap_or("accepted"))
        .collect();
    assert_eq!(
        reasons,
        [
            "accepted",
            "duplicate_in_file",
            "id_belongs_to_another_name",
            "minutes_unreadable",
            "finish_day_missing",
            "outside_plan_period",
            "nothing_to_credit",
            "result_outside_scope",
            "place_unknown"
        ]
    );
    assert!(
        lines[3]["detail"].as_str().unwrap().contains("2小时30分"),
        "the remedy: {}",
        lines[3]
    );
    assert!(!lines[0].to_string().contains(&people[0].id_number));
    let (status, _) = officer_b.get(&path).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "a neighbour sees nothing");

    // Nine lines are a large sheet here: it goes on as a job.
    let (status, queued) = officer_a
        .post(&format!("{path}/commit"), &Value::Null)
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{queued}");
    officer_a
        .until_done(queued["job_id"].as_str().unwrap())
        .await;
    let done = officer_a.read(&path).await;
    assert_eq!(
        (&done["state"], &done["accepted"]),
        (&json!("committed"), &json!(1))
    );
    let refused = officer_a
        .request(Method::GET, &format!("{path}/refused.xlsx"))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::OK);
    let bytes = refused.bytes().await.unwrap().to_vec();

    // Sent back as it is by whoever reaches both townships: what was outside the first one's reach now counts.
    let uploads = format!("/v1/hours/academies/{academy}/uploads");
    let (status, again) = officer
        .hand_in(&uploads, "退回.xlsx", bytes, &[("plan_id", plan.clone())])
        .await;
    assert_eq!(status, StatusCode::OK, "{again}");
    assert_eq!(
        (&again["lines"], &again["accepted"]),
        (&json!(8), &json!(2)),
        "the neighbour's person, and the line doubled there only: {again}"
    );
    drop((officer_a, officer_b, officer));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_mapping_that_cannot_be_is_refused_and_nothing_is_half_done(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let plan = online_plan(&officer).await;
    let name = json!({"name": " 某某 学院 "});
    let made = officer.make("/v1/hours/academies", &name).await;
    let (status, taken) = officer.post("/v1/hours/academies", &name).await;
    assert_eq!(
        (status, &taken["code"]),
        (StatusCode::CONFLICT, &json!("academy_name_taken"))
    );
    let id = made["id"].as_str().unwrap();
    let path = format!("/v1/hours/academies/{id}/mapping");
    let twice = json!({"columns": [
        {"title": "甲", "meaning": "name"}, {"title": "乙", "meaning": "name"}
    ]});
    let put = |body: Value, tag: &str| {
        officer
            .request(Method::PUT, &path)
            .header("if-match", tag)
            .json(&body)
    };
    let refused = put(twice, "*").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "mapping_twice");
    let stale = put(mapping(), "\"0\"").send().await.unwrap();
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let set = put(mapping(), "*").send().await.unwrap();
    assert_eq!(set.status(), StatusCode::OK);

    let sheet = format!(
        "{HEADER}{}",
        row(&person(0), "消防", "90", "2020-06-01", "是")
    );
    let (_, seen) = hand_in(&officer, id, &sheet, &[("plan_id", plan)]).await;
    let upload = format!("/v1/hours/academy-uploads/{}", seen["id"].as_str().unwrap());
    let gone = officer.request(Method::DELETE, &upload).send().await;
    assert_eq!(gone.unwrap().status(), StatusCode::OK);
    let (status, closed) = officer
        .post(&format!("{upload}/commit"), &Value::Null)
        .await;
    assert_eq!(
        (status, &closed["code"]),
        (StatusCode::CONFLICT, &json!("upload_not_open"))
    );
    assert_eq!(officer.read("/v1/people").await["items"], json!([]));
    drop(officer);
    app.finish().await;
}
