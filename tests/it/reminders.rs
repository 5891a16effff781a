//! Reminders: an officer nudges whoever still misses something, and each reads it in the app.

use anpei::platform::Role;
use chrono::Duration;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::exams::{Hall, at};
use crate::support::Kind;

const REMIND: &str = "/v1/notices/reminders";
const MINE: &str = "/v1/notices/mine";

async fn mine(hall: &Hall, n: usize) -> Vec<Value> {
    let told = hall.worker_asks(n, "GET", MINE, None).await;
    told["items"].as_array().unwrap().clone()
}

async fn unread(hall: &Hall, n: usize) -> Value {
    let told = hall.worker_asks(n, "GET", "/v1/me/today", None).await;
    told["waiting"]["notices"].clone()
}

#[rstest]
#[tokio::test]
async fn a_township_reminds_an_enterprise_and_each_reads_what_he_misses(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 3).await;
    hall.now(at("08:00:00"));
    let contact = format!("/v1/people/{}/contact", hall.workers[0].0);
    let mail = json!({"email": "worker@example.com"});
    hall.asks(Role::TownshipOfficer, "PUT", &contact, Some(&mail))
        .await;
    // Looked at first: nothing is written.
    let mut asked = json!({"enterprise_id": hall.county.shop_a, "preview": true});
    let told = hall
        .asks(Role::TownshipOfficer, "POST", REMIND, Some(&asked))
        .await;
    assert_eq!(
        (&told["people"], &told["already"], &told["by_mail"]),
        (&json!(3), &json!(0), &json!(1)),
        "{told}"
    );
    assert!(told["text"].as_str().unwrap().contains("2020-12-31"));
    assert_eq!(mine(&hall, 0).await, [] as [Value; 0]);
    asked["preview"] = json!(false);
    let told = hall
        .asks(Role::TownshipOfficer, "POST", REMIND, Some(&asked))
        .await;
    assert_eq!((&told["people"], &told["already"]), (&json!(3), &json!(0)));
    // The same day once, whoever reminds; the next day again.
    let told = hall
        .asks(Role::CountyOfficer, "POST", REMIND, Some(&asked))
        .await;
    assert_eq!((&told["people"], &told["already"]), (&json!(3), &json!(3)));
    assert_eq!(mine(&hall, 1).await.len(), 1);
    hall.now(at("08:00:00") + Duration::days(1));
    let one = json!({"person_ids": [hall.workers[1].0]});
    let told = hall
        .asks(Role::EnterpriseManager, "POST", REMIND, Some(&one))
        .await;
    assert_eq!((&told["people"], &told["already"]), (&json!(1), &json!(0)));
    let read = mine(&hall, 1).await;
    assert_eq!(read.len(), 2);
    assert_eq!(unread(&hall, 1).await, json!(2));
    assert!(
        read[0]["created_at"].as_str() > read[1]["created_at"].as_str(),
        "the newest first"
    );
    let text = read[0]["text"].as_str().unwrap();
    assert!(
        text.contains("样例县培训方案") && text.contains("360"),
        "{text}"
    );
    // Read up to the older one: the newer stays.
    let through = json!({"through": read[1]["id"]});
    let path = format!("{MINE}/reading");
    let left = hall.worker_asks(1, "POST", &path, Some(&through)).await;
    assert_eq!(left, json!({"unread": 1}));
    assert_eq!(unread(&hall, 1).await, json!(1));
    assert_eq!(mine(&hall, 2).await.len(), 1, "everybody sees his own");
    // One mail of each reminder to who left an address, and the audit knows who sent it.
    let admin = hall
        .county
        .sign_in(&hall.app, Role::CountyAdmin, hall.county.id)
        .await;
    let mails = admin.all("/v1/notices/outbox").await;
    let mails = mails
        .iter()
        .filter(|one| one["template"] == "plan_reminder");
    assert_eq!(mails.count(), 1);
    drop(admin);
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn nobody_is_reminded_who_is_out_of_reach_or_misses_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 1).await;
    hall.now(at("08:00:00"));
    let county = &hall.county;
    for (role, asked, code) in [
        (
            Role::TownshipOfficer,
            json!({"region_id": county.b}),
            "region_unknown",
        ),
        (
            Role::TownshipOfficer,
            json!({"enterprise_id": county.shop_b}),
            "enterprise_unknown",
        ),
        (
            Role::EnterpriseManager,
            json!({"person_ids": [county.plan]}),
            "person_not_on_file",
        ),
        (Role::TownshipOfficer, json!({}), "invalid_field"),
        (
            Role::TownshipOfficer,
            json!({"region_id": county.a, "enterprise_id": county.shop_a}),
            "invalid_field",
        ),
    ] {
        let (status, told) = hall.tries(role, "POST", REMIND, Some(&asked)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{asked} {told}");
        assert!(told.to_string().contains(code), "{told}");
    }
    let (status, _) = hall
        .tries(
            Role::Trainer,
            "POST",
            REMIND,
            Some(&json!({"region_id": county.a})),
        )
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    // A whole township; whoever is complete is left out.
    let region = json!({"region_id": county.a, "preview": true});
    let told = hall
        .asks(Role::TownshipOfficer, "POST", REMIND, Some(&region))
        .await;
    assert_eq!(told["people"], 1);
    let empty = json!({"region_id": county.b, "preview": true});
    let told = hall
        .asks(Role::CountyOfficer, "POST", REMIND, Some(&empty))
        .await;
    assert_eq!((&told["people"], &told["text"]), (&json!(0), &json!("")));
    hall.finish().await;
}
