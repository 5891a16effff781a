//! Boards that name people: whom to call, why not yet, a phone's first screen.

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::story;
use crate::support::{Client, Kind, TestApp, person};

#[rstest]
#[tokio::test]
async fn the_shortest_call_list_names_the_nearest_to_done(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let (county, officer) = story(&app).await;
    officer
        .make(
            "/v1/people",
            &json!({"name": "王新", "id_number": person(40).id_number, "phone": "13800001234",
                "enterprise_id": county.shop_a, "role": "other", "from_day": "2020-02-01"}),
        )
        .await;
    // Short by two: of the three who are not complete, the one far away is not called.
    let cut = json!({"region_id": county.a, "amount": -5, "day": "2020-06-01", "reason": "核减"});
    officer
        .make(&format!("/v1/plans/{}/quota-lines", county.plan), &cut)
        .await;
    let a = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let path = format!("/v1/boards/regions/{}/call-list", county.a);
    let list = a.read(&path).await;
    assert_eq!(
        (
            &list["quota"],
            &list["done"],
            &list["gap"],
            &list["closes_gap"]
        ),
        (&json!(5), &json!(3), &json!(2), &json!(true))
    );
    let people = list["people"].as_array().unwrap();
    let told: Vec<_> = people
        .iter()
        .map(|p| {
            (
                p["name"].as_str().unwrap(),
                p["effort_minutes"].as_i64().unwrap(),
            )
        })
        .collect();
    // An exam weighs a class hour; half a day and the exam are 180 + 45.
    assert_eq!(
        told,
        [
            (person(4).name.as_str(), 45),
            (person(6).name.as_str(), 225)
        ]
    );
    assert_eq!(people[0]["missing"], json!(["考试尚未合格（80 分及格）"]));
    assert_eq!(list["enterprises"][0]["people"], 2);
    // With a larger gap the newcomer is on it too, his phone masked.
    let more = json!({"region_id": county.a, "amount": 5, "day": "2020-06-02", "reason": "恢复"});
    officer
        .make(&format!("/v1/plans/{}/quota-lines", county.plan), &more)
        .await;
    let list = a.read(&path).await;
    assert_eq!(
        (&list["gap"], &list["closes_gap"]),
        (&json!(7), &json!(false))
    );
    let last = list["people"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["name"], &last["phone"], &last["effort_minutes"]),
        (&json!("王新"), &json!("138****1234"), &json!(405))
    );
    let lagging = a
        .read(&format!("/v1/boards/regions/{}/lagging", county.a))
        .await;
    let shop = &lagging["items"][0];
    assert_eq!(
        ["on_file", "begun", "completed", "missing"].map(|f| shop[f].as_i64().unwrap()),
        [6, 5, 3, 3]
    );
    let other = format!("/v1/boards/regions/{}/call-list", county.b);
    assert_eq!(a.get(&other).await.0, StatusCode::NOT_FOUND);
    drop((officer, a));
    app.finish().await;
}

async fn person_id(by: &Client, n: usize) -> String {
    let people = by.all("/v1/people").await;
    let found = people.iter().find(|p| p["name"] == person(n).name).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn a_worker_reads_in_plain_words_what_is_missing_and_his_officer_reads_the_same(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let (county, officer) = story(&app).await;
    let id = person_id(&officer, 6).await;
    let held = Held {
        role: Role::Worker,
        region_id: None,
        enterprise_id: None,
        person_id: Some(id.parse().unwrap()),
    };
    let worker = county.account(&app, "wang.six", held).await;
    let path = format!("/v1/me/requirements/{}/why", county.plan);
    let told = worker.read(&path).await;
    assert_eq!(told["complete"], false);
    let words = |told: &Value| -> Vec<String> {
        let demands = told["demands"].as_array().unwrap().iter();
        demands
            .map(|d| d["words"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        words(&told),
        [
            "线下培训还差 180 分钟（4 学时）：要求 360 分钟，已学 180 分钟",
            "考试尚未合格（80 分及格）",
            "已完成 1 个班或课程"
        ]
    );
    assert!(
        told["demands"][0]["remedy"]
            .as_str()
            .unwrap()
            .contains("东山街道")
    );
    let officers = format!("/v1/boards/people/{id}/requirements/{}/why", county.plan);
    let a = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    assert_eq!(words(&a.read(&officers).await), words(&told));
    let b = county.sign_in(&app, Role::TownshipOfficer, county.b).await;
    assert_eq!(b.get(&officers).await.0, StatusCode::NOT_FOUND);
    let english = worker
        .request(Method::GET, &path)
        .header("accept-language", "en");
    let english: Value = english.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        english["demands"][1]["words"],
        "No exam is passed yet (pass mark 80)"
    );
    // Somebody else's, by his own token: as if there were nobody.
    let other = person_id(&officer, 0).await;
    let others = format!("/v1/boards/people/{other}/requirements/{}/why", county.plan);
    assert_eq!(worker.get(&others).await.0, StatusCode::NOT_FOUND);
    // Complete: where it counts is told and stays.
    let complete = officer.read(&others).await;
    assert_eq!(
        (
            &complete["complete"],
            &complete["completed_on"],
            &complete["counted_region_id"]
        ),
        (&json!(true), &json!("2020-05-12"), &json!(county.a))
    );
    drop((officer, worker, a, b));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_class_to_come_in_his_township_is_named_as_the_way_to_what_is_missing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let now = "2020-06-01T10:00:00+08:00".parse().unwrap();
    let app = Arc::new(TestApp::start_at(kind, now).await);
    let (county, officer) = story(&app).await;
    let class = |region: uuid::Uuid, title: &str, day: &str| {
        json!({"region_id": region, "plan_id": county.plan, "title": title, "minutes": 360,
            "starts": format!("{day}T08:30:00+08:00"), "ends": format!("{day}T16:30:00+08:00")})
    };
    for (region, title, day) in [
        (county.a, "东山街道第4期", "2020-08-03"),
        (county.a, "东山街道第3期", "2020-07-06"),
        (county.a, "昨天的班", "2020-05-31"),
        (county.b, "西河镇第1期", "2020-07-01"),
    ] {
        let told = class(region, title, day);
        officer.make("/v1/classes/sessions", &told).await;
    }
    let cancelled = class(county.a, "取消的班", "2020-07-02");
    let cancelled = officer.make("/v1/classes/sessions", &cancelled).await;
    let path = format!(
        "/v1/classes/sessions/{}/cancellation",
        cancelled["id"].as_str().unwrap()
    );
    officer.make(&path, &json!({"reason": "台风"})).await;
    let id = person_id(&officer, 6).await;
    let path = format!("/v1/boards/people/{id}/requirements/{}/why", county.plan);
    let told = officer.read(&path).await;
    let titles: Vec<_> = told["classes"].as_array().unwrap().iter().collect();
    let titles: Vec<_> = titles
        .iter()
        .map(|class| class["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        ["东山街道第3期", "东山街道第4期"],
        "his township's, the next one first"
    );
    assert_eq!(told["classes"][0]["starts"], "2020-07-06T08:30:00+08:00");
    let remedy = told["demands"][0]["remedy"].as_str().unwrap();
    assert!(remedy.contains("班"), "{remedy}");
    // Whoever is complete is sent nowhere.
    let done = person_id(&officer, 0).await;
    let path = format!("/v1/boards/people/{done}/requirements/{}/why", county.plan);
    assert_eq!(officer.read(&path).await["classes"], json!([]));
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_phones_first_screen_is_one_small_answer_for_every_role(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let (county, officer) = story(&app).await;
    // A plan of this year, so that it asks something today.
    let year = app.state.clock.today().format("%Y").to_string();
    let plan = officer
        .make(
            "/v1/plans",
            &json!({"title": "本年方案", "year": year.parse::<i32>().unwrap(),
                "period_from": format!("{year}-01-01"), "period_to": format!("{year}-12-31"),
                "target_roles": ["other"], "required_online": 90}),
        )
        .await;
    let path = format!("/v1/plans/{}/publication", plan["id"].as_str().unwrap());
    officer.make(&path, &Value::Null).await;
    let id = person_id(&officer, 0).await;
    let held = Held {
        role: Role::Worker,
        region_id: None,
        enterprise_id: None,
        person_id: Some(id.parse().unwrap()),
    };
    let worker = county.account(&app, "wang.zero", held).await;
    let today = worker.read("/v1/me/today").await;
    assert_eq!(today["name"], person(0).name);
    assert_eq!(today["requirements"][0]["plan_id"], plan["id"]);
    assert_eq!(today["requirements"][0]["complete"], false);
    assert_eq!(
        today["requirements"][0]["missing"][0],
        "线上培训还差 90 分钟（2 学时）：要求 90 分钟，已学 0 分钟"
    );
    assert_eq!(today["certificates"]["certificates"], 0);
    assert!(today.get("board").is_none());
    assert!(today.to_string().len() < 2_048, "small");
    let list = worker.read("/v1/me/requirements").await;
    assert_eq!(list["items"], today["requirements"]);
    let township = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let his = township.read("/v1/me/today").await;
    assert!(his.get("name").is_none() && his["requirements"] == json!([]));
    assert!(his["board"].is_object() && his["classes_today"] == 0);
    assert_eq!(
        township.get("/v1/me/requirements").await.0,
        StatusCode::FORBIDDEN
    );
    drop((officer, worker, township));
    app.finish().await;
}
