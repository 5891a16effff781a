//! Those who were in a class say what they think of it.

use anpei::platform::Role;
use chrono::Duration;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::exams::{Hall, at};
use crate::support::Kind;

/// A class that these workers were in, the last of them not.
async fn class(hall: &Hall) -> String {
    let begins = at("08:00:00");
    let (starts, ends) = (
        begins.to_rfc3339(),
        (begins + Duration::hours(3)).to_rfc3339(),
    );
    let told = json!({
        "region_id": hall.county.a, "plan_id": hall.county.plan, "title": "五月班", "minutes": 180,
        "starts": starts, "ends": ends
    });
    let path = "/v1/classes/sessions";
    let made = hall
        .asks(Role::CountyOfficer, "POST", path, Some(&told))
        .await;
    let id = made["id"].as_str().unwrap().to_owned();
    hall.now(begins + Duration::hours(4));
    for (person, _) in hall.workers.iter().rev().skip(1) {
        let mark = json!({"person_id": person, "score": 90, "check_in": starts, "check_out": ends});
        let path = format!("{path}/{id}/marks");
        hall.asks(Role::CountyOfficer, "POST", &path, Some(&mark))
            .await;
    }
    id
}

async fn rates(hall: &Hall, worker: usize, class: &str, told: &Value) -> (StatusCode, Value) {
    let path = format!("/v1/classes/sessions/{class}/rating");
    hall.worker_tries(worker, "PUT", &path, Some(told)).await
}

#[rstest]
#[tokio::test]
async fn satisfied_of_answered_is_told_and_who_said_what_is_not(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 5).await;
    let class = class(&hall).await;
    let ratings = format!("/v1/classes/sessions/{class}/ratings");
    let seen = |role| hall.asks(role, "GET", &ratings, None);
    let yes = json!({"satisfied": true, "words": " 讲得清楚 "});
    let no = json!({"satisfied": false, "words": "教室太吵"});
    assert_eq!(rates(&hall, 0, &class, &no).await.0, StatusCode::OK);
    assert_eq!(rates(&hall, 1, &class, &yes).await.0, StatusCode::OK);
    let told = seen(Role::Trainer).await;
    assert_eq!(
        (&told["answered"], &told["satisfied"], &told["rate"]),
        (&json!(2), &json!(1), &json!("50.0"))
    );
    assert_eq!(told["words"], json!([]), "two could guess each other");
    // He changes his mind: one answer still, the newer one.
    hall.now(at("08:00:00") + Duration::hours(5));
    assert_eq!(rates(&hall, 0, &class, &yes).await.0, StatusCode::OK);
    hall.now(at("08:00:00") + Duration::hours(6));
    assert_eq!(
        rates(&hall, 2, &class, &json!({"satisfied": false}))
            .await
            .0,
        StatusCode::OK
    );
    let told = seen(Role::CountyOfficer).await;
    assert_eq!(
        (&told["answered"], &told["satisfied"], &told["rate"]),
        (&json!(3), &json!(2), &json!("66.7"))
    );
    assert_eq!(told["words"], json!(["讲得清楚", "讲得清楚"]));
    let path = format!("/v1/classes/ratings?plan_id={}", hall.county.plan);
    let plan = hall.asks(Role::Trainer, "GET", &path, None).await;
    assert_eq!(
        (&plan["rate"], &plan["regions"][0]["region_id"]),
        (&json!("66.7"), &json!(hall.county.a))
    );
    // Who was not in it has no word on it, and after a month nobody.
    assert_eq!(rates(&hall, 4, &class, &yes).await.0, StatusCode::NOT_FOUND);
    hall.now(at("08:00:00") + Duration::days(31));
    let (status, told) = rates(&hall, 3, &class, &yes).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("rating_closed"))
    );
    hall.finish().await;
}
