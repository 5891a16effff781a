//! Signs of learning that was not one's own: told with what they rest on, and nothing follows by itself.

use anpei::platform::Role;
use chrono::Duration;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::exams::{Hall, at};
use crate::support::{Kind, courses};

const SIGNS: &str = "/v1/boards/learning-signs";

/// Begins an exam on a phone and gives the same answer to everything; the attempt's result.
async fn sit(hall: &Hall, n: usize, paper: &str, device: &str, chosen: &str) -> Value {
    let path = format!("/v1/exams/papers/{paper}/attempts");
    let begun = hall
        .worker_asks(n, "POST", &path, Some(&json!({"device_id": device})))
        .await;
    let questions = begun["questions"].as_array().unwrap().len();
    let given: Vec<Value> = (0..questions)
        .map(|place| json!({"position": place, "chosen": chosen, "given_at": begun["now"]}))
        .collect();
    let path = format!(
        "/v1/exams/attempts/{}/submission",
        begun["id"].as_str().unwrap()
    );
    hall.worker_asks(n, "POST", &path, Some(&json!({"answers": given})))
        .await
}

/// Ten questions of one right answer, in the order they stand in.
fn paper() -> Value {
    json!({"title": "摸底", "minutes": 30, "pass_percent": 60, "shuffled": false,
        "sections": [{"kind": "single", "tag": "摸底", "count": 10, "points": 10}]})
}

async fn with_paper(kind: Kind, workers: usize) -> (Hall, String) {
    let hall = Hall::open(kind, workers).await;
    let lines: String = (0..10)
        .map(|n| format!("单选题,摸底题{n}（数到{n}）,甲{n},乙{n},丙{n},A,摸底\n"))
        .collect();
    let sheet = format!("题型,题目,选项A,选项B,选项C,答案,标签\n{lines}");
    let told = hall
        .import(Role::CountyOfficer, sheet.into_bytes(), &[])
        .await
        .1;
    assert_eq!(
        (&told["created"], &told["refused"]),
        (&json!(10), &json!(0)),
        "{told}"
    );
    let paper = hall.paper(&paper()).await;
    (hall, paper)
}

#[rstest]
#[tokio::test]
async fn a_phone_of_a_hundred_attempts_leaves_the_next_its_evidence(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let (hall, paper) = with_paper(kind, 6).await;
    hall.now(at("08:00:00"));
    for _ in 0..100 {
        sit(&hall, 0, &paper, "desk", "B").await;
    }
    hall.now(at("09:00:00"));
    for (n, device) in [(1, "desk"), (2, "desk"), (3, "bus"), (4, "bus"), (5, "bus")] {
        sit(&hall, n, &paper, device, "").await;
    }
    let told = signs(&hall, "&kind=same_device&limit=2").await;
    let id = |n: usize| hall.workers[n].0.to_string();
    // Each of them once, with when he first did.
    assert_eq!(people(&told[0]), [id(0), id(1), id(2)]);
    assert_eq!(people(&told[1]), [id(3), id(4), id(5)]);
    assert_eq!(told[0]["people"], 3);
    hall.finish().await;
}

async fn signs(hall: &Hall, query: &str) -> Vec<Value> {
    let path = format!("{SIGNS}?to_day=2020-05-31{query}");
    let told = hall.asks(Role::CountyOfficer, "GET", &path, None).await;
    assert_eq!(told["is_cut"], false);
    told["items"].as_array().unwrap().clone()
}

fn people(sign: &Value) -> Vec<&str> {
    let evidence = sign["evidence"].as_array().unwrap().iter();
    evidence
        .map(|who| who["person_id"].as_str().unwrap())
        .collect()
}

#[rstest]
#[tokio::test]
async fn one_phone_for_three_and_the_same_wrong_answers_are_told_of(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let (hall, paper) = with_paper(kind, 6).await;
    hall.now(at("08:00:00"));
    // Two share a phone: no sign. Each of them answers in his own way.
    for (n, chosen) in [(0, "A"), (1, "")] {
        sit(&hall, n, &paper, "family", chosen).await;
    }
    assert_eq!(signs(&hall, "").await, [] as [Value; 0]);
    // Three on one phone, all ten answers wrong alike; a fourth errs the same way on a phone of his own.
    for (n, device) in [(2, "desk"), (3, "desk"), (4, "desk"), (5, "own")] {
        let told = sit(&hall, n, &paper, device, "B").await;
        assert_eq!(told["passed"], false);
    }
    let told = signs(&hall, "").await;
    let kinds: Vec<&Value> = told.iter().map(|sign| &sign["kind"]).collect();
    assert_eq!(kinds, ["same_device", "same_wrong_answers"]);
    assert_eq!(
        (&told[0]["people"], &told[0]["title"]),
        (&json!(3), &json!("摸底"))
    );
    assert_eq!(told[0]["device"].as_str().unwrap().len(), 12);
    assert_eq!(
        (&told[1]["people"], &told[1]["wrong_answers"]),
        (&json!(4), &json!(10))
    );
    let id = |n: usize| hall.workers[n].0.to_string();
    assert_eq!(people(&told[0]), [id(2), id(3), id(4)]);
    assert_eq!(people(&told[1]), [id(2), id(3), id(4), id(5)]);
    let one = signs(&hall, "&kind=same_wrong_answers").await;
    assert_eq!(one, told[1..]);
    // Nothing follows: they may sit it again.
    hall.now(at("09:00:00"));
    assert_eq!(sit(&hall, 2, &paper, "desk", "A").await["passed"], true);
    // Other days, nothing.
    let early = format!("{SIGNS}?from_day=2020-04-01&to_day=2020-04-30");
    let told = hall.asks(Role::CountyOfficer, "GET", &early, None).await;
    assert_eq!(told["items"], json!([]));
    for wrong in [
        "from_day=2020-06-01&to_day=2020-05-31",
        "from_day=2020-01-01&to_day=2020-05-31",
    ] {
        let path = format!("{SIGNS}?{wrong}");
        let (status, _) = hall.tries(Role::CountyOfficer, "GET", &path, None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    // A neighbour's officer sees none of it; a trainer may not ask.
    let (status, _) = hall.tries(Role::Trainer, "GET", SIGNS, None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let other = hall
        .county
        .sign_in(&hall.app, Role::TownshipOfficer, hall.county.b)
        .await;
    let told = other.read(&format!("{SIGNS}?to_day=2020-05-31")).await;
    assert_eq!(told["items"], json!([]));
    let own = hall
        .county
        .sign_in(&hall.app, Role::TownshipOfficer, hall.county.a)
        .await;
    let told = own.read(&format!("{SIGNS}?to_day=2020-05-31")).await;
    assert_eq!(told["items"].as_array().unwrap().len(), 2);
    drop((other, own));
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn many_who_finish_in_one_minute_and_learning_in_class_are_told_of(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let (hall, paper) = with_paper(kind, 6).await;
    hall.now(at("08:00:00"));
    let officer = hall
        .county
        .sign_in(&hall.app, Role::CountyOfficer, hall.county.id)
        .await;
    let course = courses::published(&officer, &courses::articles("短课", 1, &[60])).await;
    let play = async |n: usize, from: &str, minutes: i64| {
        hall.now(at(from));
        let path = format!("{}/{course}/enrolments", courses::COURSES);
        let begun = hall.worker_asks(n, "POST", &path, Some(&json!({}))).await;
        let path = format!("/v1/courses/enrolments/{}", begun["id"].as_str().unwrap());
        let has = hall
            .worker_asks(n, "GET", &format!("{path}/progress"), None)
            .await;
        let lesson = has["lessons"][0]["lesson_id"].as_str().unwrap();
        let path = format!("{path}/lessons/{lesson}/players");
        let opened = hall.worker_asks(n, "POST", &path, None).await;
        hall.now(at(from) + Duration::minutes(minutes));
        let path = format!(
            "/v1/courses/players/{}/heartbeats",
            opened["id"].as_str().unwrap()
        );
        let beats = json!({"heartbeats": [
            {"seq": 0, "place_from": 0, "place_to": 0, "at_ms": 0},
            {"seq": 1, "place_from": 0, "place_to": 60, "at_ms": 60_000},
        ]});
        let told = hall.worker_asks(n, "POST", &path, Some(&beats)).await;
        assert_eq!(told["course_finished"], true, "{told}");
    };
    for n in 0..4 {
        play(n, "20:00:00", 2).await;
    }
    play(4, "20:10:00", 2).await;
    assert_eq!(
        signs(&hall, "&kind=same_minute").await,
        [] as [Value; 0],
        "four are no sign"
    );
    play(5, "20:00:10", 2).await;
    let told = signs(&hall, "&kind=same_minute").await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0]["people"], &told[0]["title"]),
        (&json!(5), &json!("短课"))
    );
    assert_eq!(told[0]["from"], "2020-05-12T20:02:00+08:00");

    // The first of them was in a class all day, and sat an exam in it; the second before it began.
    drop(officer);
    let login = format!("county_officer-{}", hall.county.id.simple());
    let officer = hall.county.back(&hall.app, &login).await;
    let someone = crate::support::person(0);
    crate::scope::world::committed(
        &officer,
        hall.county.plan,
        hall.county.a,
        &[
            someone,
            crate::support::Person {
                shop: 0,
                ..crate::support::person(1)
            },
        ],
        "第1期",
    )
    .await;
    hall.now(at("08:00:00"));
    sit(&hall, 1, &paper, "b", "A").await;
    hall.now(at("10:00:00"));
    sit(&hall, 0, &paper, "a", "A").await;
    let told = signs(&hall, "&kind=during_class").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(people(&told[0]), [hall.workers[0].0.to_string()]);
    assert!(told[0]["evidence"][0]["class_title"].is_string());
    drop(officer);
    hall.finish().await;
}
