//! An enterprise enrols its people in a class to come.

use anpei::accounts::Held;
use anpei::platform::Role;
use chrono::Duration;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::exams::{Hall, at};
use crate::support::Kind;

const OPEN: &str = "/v1/classes/open";

/// A class in township A that begins in some hours.
async fn class(hall: &Hall, title: &str, hours: i64, seats: i64) -> String {
    let begins = at("08:00:00") + Duration::hours(hours);
    let told = json!({
        "region_id": hall.county.a, "plan_id": hall.county.plan, "title": title, "minutes": 180,
        "starts": begins.to_rfc3339(), "ends": (begins + Duration::hours(3)).to_rfc3339(),
        "capacity": seats, "place": "文化礼堂"
    });
    let path = "/v1/classes/sessions";
    let made = hall
        .asks(Role::CountyOfficer, "POST", path, Some(&told))
        .await;
    made["id"].as_str().unwrap().to_owned()
}

async fn enrol(hall: &Hall, class: &str, told: &Value) -> (StatusCode, Value) {
    let path = format!("{OPEN}/{class}/enrolments");
    hall.tries(Role::EnterpriseManager, "POST", &path, Some(told))
        .await
}

async fn seats(hall: &Hall, class: &str) -> (Value, Value) {
    let told = hall.asks(Role::EnterpriseManager, "GET", OPEN, None).await;
    let rows = told["items"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == class).unwrap();
    (row["left"].clone(), row["own"].clone())
}

#[rstest]
#[tokio::test]
async fn a_manager_fills_the_seats_and_whoever_is_busy_is_left_out(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 3).await;
    hall.now(at("08:00:00"));
    let morning = class(&hall, "上午班", 2, 2).await;
    let beside = class(&hall, "同时班", 4, 10).await;
    let ids: Vec<_> = hall.workers.iter().map(|(id, _)| *id).collect();
    assert_eq!(seats(&hall, &morning).await, (json!(2), json!(0)));
    // Three people for two seats: nobody is enrolled.
    let (status, told) = enrol(&hall, &morning, &json!({"person_ids": ids})).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("class_full")),
        "{told}"
    );
    let one = json!({"person_ids": [ids[0]], "preview": true});
    let (_, told) = enrol(&hall, &morning, &one).await;
    assert_eq!((&told["added"], &told["left"]), (&json!(1), &json!(1)));
    assert_eq!(
        seats(&hall, &morning).await,
        (json!(2), json!(0)),
        "a preview writes nothing"
    );
    let two = json!({"person_ids": [ids[0], ids[1], ids[0]]});
    let (_, told) = enrol(&hall, &morning, &two).await;
    assert_eq!(
        (&told["added"], &told["left"]),
        (&json!(2), &json!(0)),
        "{told}"
    );
    assert_eq!(seats(&hall, &morning).await, (json!(0), json!(2)));
    // In two classes at a time nobody is; the third is free.
    let (_, told) = enrol(&hall, &beside, &json!({"person_ids": ids})).await;
    assert_eq!(told["added"], 1);
    let verdicts: Vec<_> = (told["people"].as_array().unwrap().iter())
        .map(|one| {
            (
                one["verdict"].as_str().unwrap(),
                one["clash"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        verdicts,
        [("clash", "上午班"), ("clash", "上午班"), ("enrolled", "")]
    );
    let (_, told) = enrol(&hall, &beside, &json!({"person_ids": [ids[2]]})).await;
    assert_eq!(told["people"][0]["verdict"], "already");
    // Each reads where and when.
    let told = hall.worker_asks(0, "GET", "/v1/notices/mine", None).await;
    assert!(
        told["items"][0]["subject"]
            .as_str()
            .unwrap()
            .contains("上午班"),
        "{told}"
    );
    // Taken off, the seat is free and he is told.
    let path = format!("{OPEN}/{morning}/withdrawals");
    let off = json!({"person_ids": [ids[0]]});
    let gone = hall
        .asks(Role::EnterpriseManager, "POST", &path, Some(&off))
        .await;
    assert_eq!(gone, json!({"removed": 1}));
    let gone = hall
        .asks(Role::EnterpriseManager, "POST", &path, Some(&off))
        .await;
    assert_eq!(gone, json!({"removed": 0}));
    assert_eq!(seats(&hall, &morning).await, (json!(1), json!(1)));
    let path = format!("{OPEN}/{morning}/enrolments");
    let left = hall.asks(Role::EnterpriseManager, "GET", &path, None).await;
    assert_eq!(left["items"][0]["person_id"], json!(ids[1]));
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_manager_reaches_his_own_people_and_classes_that_have_not_begun(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 1).await;
    hall.now(at("08:00:00"));
    let morning = class(&hall, "上午班", 2, 1).await;
    let own = json!({"person_ids": [hall.workers[0].0]});
    // The neighbour's enterprise sees neither this township's class nor these people.
    let held = Held {
        role: Role::EnterpriseManager,
        region_id: None,
        enterprise_id: Some(hall.county.shop_b),
        person_id: None,
    };
    let next = hall.county.account(&hall.app, "next.door", held).await;
    assert!(next.all(OPEN).await.is_empty());
    let path = format!("{OPEN}/{morning}/enrolments");
    assert_eq!(next.post(&path, &own).await.0, StatusCode::NOT_FOUND);
    let stranger = json!({"person_ids": [hall.county.plan]});
    let (_, told) = enrol(&hall, &morning, &stranger).await;
    assert_eq!(told["code"], "person_not_on_file");
    let (_, told) = enrol(&hall, &morning, &own).await;
    assert_eq!(told["added"], 1);
    // Begun, nobody comes on the list or off it, and it is no longer offered.
    hall.now(at("08:00:00") + Duration::hours(2));
    let (status, told) = enrol(&hall, &morning, &own).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("class_begun"))
    );
    let path = format!("{OPEN}/{morning}/withdrawals");
    let off = hall
        .tries(Role::EnterpriseManager, "POST", &path, Some(&own))
        .await;
    assert_eq!(off.1["code"], "class_begun");
    let told = hall.asks(Role::EnterpriseManager, "GET", OPEN, None).await;
    assert_eq!(told["items"], json!([]));
    drop(next);
    hall.finish().await;
}
