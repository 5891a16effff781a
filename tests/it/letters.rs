//! How people are written to: a mail with its page and picture, at a decent hour, not too often, and not what they refused.

mod rounds;

use std::sync::Arc;

use anpei::platform::Role;
use chrono::{DateTime, Duration, Utc};
use rstest::rstest;
use serde_json::{Value, json};

use crate::codes::{NOON, Town};
use crate::exams::{Hall, at};
use crate::support::{Kind, Smtp, TestApp};

const REMIND: &str = "/v1/notices/reminders";

/// Gives these workers an address.
async fn addressed(hall: &Hall, addresses: &[&str]) {
    for ((person, _), address) in hall.workers.iter().zip(addresses) {
        let path = format!("/v1/people/{person}/contact");
        let told = json!({"email": address});
        hall.asks(Role::TownshipOfficer, "PUT", &path, Some(&told))
            .await;
    }
}

async fn remind(hall: &Hall) -> Value {
    let told = json!({"enterprise_id": hall.county.shop_a});
    hall.asks(Role::TownshipOfficer, "POST", REMIND, Some(&told))
        .await
}

async fn outbox(hall: &Hall) -> Vec<String> {
    let told = hall
        .asks(Role::CountyAdmin, "GET", "/v1/notices/outbox", None)
        .await;
    let states = told["items"].as_array().unwrap().iter();
    states
        .map(|one| one["state"].as_str().unwrap().to_owned())
        .collect()
}

#[rstest]
#[tokio::test]
async fn a_code_claimed_at_the_window_comes_by_mail_as_a_picture(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let at: DateTime<Utc> = NOON.parse().unwrap();
    let app = TestApp::start_by(kind, &["--smtp-url", &url], Some(at)).await;
    let town = Town::of(Arc::new(app)).await;
    let contact = format!("/v1/people/{}/contact", town.person);
    let told = json!({"email": "wang@example.com"});
    town.township.put(&contact, &told).await;
    let person = json!({"person_id": town.person});
    town.township
        .make("/v1/codes/assisted-claims", &person)
        .await;
    let mail = smtp.next().await;
    let (text, page) = (
        mail["text"].as_str().unwrap(),
        mail["page"].as_str().unwrap(),
    );
    for said in [
        "王军，您好：",
        "工作人员已为您代领安全码",
        "An officer claimed",
    ] {
        assert!(text.contains(said) && page.contains(said), "{mail}");
    }
    assert!(page.contains("src=\"cid:code\""), "{page}");
    let picture = &mail["pictures"][0];
    assert_eq!(
        (&picture["id"], &picture["type"]),
        (&json!("<code>"), &json!("image/png"))
    );
    assert!(picture["bytes"].as_i64() > Some(500), "{picture}");
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_can_wait_waits_for_the_morning_and_for_the_recipient(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let more = [
        "--smtp-url",
        url.as_str(),
        "--quiet-hours",
        "21-8",
        "--recipient-limit",
        "2",
    ];
    let hall = Hall::open_with(kind, 4, &more).await;
    let night = at("22:00:00");
    hall.now(night);
    // Three share an address; the fourth has one of his own.
    let shared = "shop@example.com";
    addressed(&hall, &[shared, shared, shared, "li@example.com"]).await;
    assert_eq!(remind(&hall).await["by_mail"], 4);
    let notices = hall.worker_asks(0, "GET", "/v1/notices/mine", None).await;
    assert_eq!(
        notices["items"].as_array().unwrap().len(),
        1,
        "in the app at once"
    );
    // Somebody at the door is written to at night too: his mail is the first, and nothing else went.
    let invited = json!({"login": "chen.li", "name": "陈力", "email": "chen@example.com",
        "role": "trainer", "region_id": hall.county.a});
    let path = "/v1/accounts/invitations";
    hall.asks(Role::TownshipOfficer, "POST", path, Some(&invited))
        .await;
    assert_eq!(smtp.next().await["to"], json!(["chen@example.com"]));
    hall.now(night + Duration::hours(10));
    let mut to = Vec::new();
    for _ in 0..3 {
        let mail = smtp.next().await;
        assert!(
            mail["subject"].as_str().unwrap().contains("请完成"),
            "{mail}"
        );
        to.push(mail["to"][0].as_str().unwrap().to_owned());
    }
    to.sort();
    assert_eq!(to, ["li@example.com", shared, shared]);
    // The third to the same address comes when a day has gone by.
    hall.now(night + Duration::hours(20));
    let waits = outbox(&hall).await;
    assert_eq!(
        waits.iter().filter(|state| *state == "queued").count(),
        1,
        "{waits:?}"
    );
    hall.now(night + Duration::hours(35));
    assert_eq!(smtp.next().await["to"], json!([shared]));
    hall.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_somebody_does_not_want_sent_stays_in_the_app(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 2).await;
    hall.now(at("08:00:00"));
    addressed(&hall, &["wang@example.com", "li@example.com"]).await;
    let path = "/v1/notices/choices";
    let told = hall.worker_asks(0, "GET", path, None).await;
    assert_eq!(told, json!({"not_sent": []}));
    let no = json!({"not_sent": ["training", "exams", "training"]});
    let told = hall.worker_asks(0, "PUT", path, Some(&no)).await;
    assert_eq!(told, json!({"not_sent": ["training", "exams"]}));
    assert_eq!(remind(&hall).await["by_mail"], 1);
    for worker in 0..2 {
        let told = hall
            .worker_asks(worker, "GET", "/v1/notices/mine", None)
            .await;
        assert_eq!(told["items"].as_array().unwrap().len(), 1);
    }
    // What it is about a code is not asked.
    let (status, told) = hall
        .worker_tries(0, "PUT", path, Some(&json!({"not_sent": ["codes"]})))
        .await;
    assert_eq!(status.as_u16(), 400, "{told}");
    let all = json!({"not_sent": []});
    hall.worker_asks(0, "PUT", path, Some(&all)).await;
    hall.now(at("08:00:00") + Duration::days(1));
    assert_eq!(remind(&hall).await["by_mail"], 2);
    hall.finish().await;
}
