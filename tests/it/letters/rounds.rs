//! The daily rounds: who is told of a day that comes near, and which officer gets a report.

use std::sync::Arc;

use anpei::platform::{App, Role};
use anpei::reminders::rounds::round;
use chrono::{DateTime, Utc};
use entity::{certificate, notice};
use reqwest::Method;
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::codes::{NOON, Town};
use crate::exams::Hall;
use crate::support::{Kind, Smtp, TestApp, answer, secret_in};

/// Nine in the morning in the county.
fn morning(day: &str) -> DateTime<Utc> {
    format!("{day}T09:00:00+08:00").parse().unwrap()
}

const EXPIRY: &str = "certificate_expiry";

/// How many notices of a kind were written, whoever's round wrote them: the server goes its own rounds beside ours.
async fn told(app: &App, template: &str) -> u64 {
    round(app.clone()).await.unwrap();
    notice::Entity::find()
        .filter(notice::Column::Template.eq(template))
        .count(app.db.read())
        .await
        .unwrap()
}

async fn subjects(hall: &Hall, worker: usize) -> Vec<String> {
    let told = hall
        .worker_asks(worker, "GET", "/v1/notices/mine", None)
        .await;
    let items = told["items"].as_array().unwrap().iter();
    items
        .map(|one| one["subject"].as_str().unwrap().to_owned())
        .collect()
}

#[rstest]
#[tokio::test]
async fn a_certificate_that_ends_is_told_ninety_thirty_and_seven_days_ahead_once_each(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let at: DateTime<Utc> = NOON.parse().unwrap();
    let app = TestApp::start_by(kind, &["--smtp-url", &url], Some(at)).await;
    let town = Town::of(Arc::new(app)).await;
    let contact = format!("/v1/people/{}/contact", town.person);
    town.township
        .put(&contact, &json!({"email": "wang@example.com"}))
        .await;
    let (app, clock) = (&town.app.state, &town.app.state.clock);
    // Both of his certificates are good until 2024-03-01.
    clock.set(morning("2023-12-01"));
    assert_eq!(told(app, EXPIRY).await, 0);
    for (day, left, all) in [
        ("2023-12-02", "90", 2),
        ("2024-02-01", "29", 4),
        ("2024-02-25", "5", 6),
    ] {
        clock.set(morning(day));
        assert_eq!(told(app, EXPIRY).await, all, "{day}");
        // Both in one mail; told again the same day, nothing more.
        let mail = smtp.next().await;
        let text = mail["text"].as_str().unwrap();
        assert_eq!(text.matches("有效期至 2024-03-01").count(), 2, "{text}");
        assert!(text.contains(&format!("还有 {left} 天到期")), "{text}");
        assert_eq!(told(app, EXPIRY).await, all, "{day}");
    }
    clock.set(morning("2024-03-02"));
    assert_eq!(told(app, EXPIRY).await, 6, "gone by");
    let worker = town.county.back(&town.app, "wang.jun").await;
    let mine = worker.all("/v1/notices/mine").await;
    let expiries = mine.iter().filter(|one| one["template"] == EXPIRY);
    assert_eq!(expiries.count(), 6);
    drop(worker);
    town.finish().await;
}

/// Says of a certificate of the town what its issuer has.
async fn on_record(town: &Town, item: &str, review_due: &str) {
    use certificate::Column as C;
    let day = |text: &str| Some(text.parse::<chrono::NaiveDate>().unwrap());
    let tx = town.app.state.db.begin_write().await.unwrap();
    certificate::Entity::update_many()
        .col_expr(C::ValidUntil, day("2029-03-01").into())
        .col_expr(C::ReviewDue, day(review_due).into())
        .filter(C::ItemCode.eq(item))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_review_that_the_law_no_longer_holds_is_asked_of_nobody(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    // Order 19 holds none that is due on or after 2026-06-01.
    on_record(&town, "1.2", "2026-05-20").await;
    on_record(&town, "2.1", "2026-06-10").await;
    let app = &town.app.state;
    app.clock.set(morning("2026-04-25"));
    assert_eq!(told(app, "certificate_review").await, 1);
    app.clock.set(morning("2026-06-05"));
    assert_eq!(told(app, "certificate_review").await, 1);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn whoever_has_not_met_a_plan_is_told_that_it_ends(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 3).await;
    let app = &hall.app.state;
    for (day, all) in [
        ("2020-11-30", 0),
        ("2020-12-01", 3),
        ("2020-12-02", 3),
        ("2020-12-24", 6),
        ("2020-12-31", 6),
        ("2021-01-01", 6),
    ] {
        hall.now(morning(day));
        assert_eq!(told(app, "plan_deadline").await, all, "{day}");
    }
    hall.now(morning("2020-12-31"));
    let read = subjects(&hall, 1).await;
    assert_eq!(
        read,
        [
            "“样例县培训方案”还有 7 天截止",
            "“样例县培训方案”还有 30 天截止"
        ]
    );
    hall.finish().await;
}

/// An officer who took his invitation.
async fn officer(hall: &Hall, smtp: &mut Smtp, role: &str, region: uuid::Uuid) -> String {
    let email = format!("{role}-{}@example.com", &region.simple().to_string()[28..]);
    let login = email.split('@').next().unwrap().replace('_', "-");
    let told =
        json!({"login": login, "name": "陈力", "email": email, "role": role, "region_id": region});
    hall.asks(
        Role::CountyAdmin,
        "POST",
        "/v1/accounts/invitations",
        Some(&told),
    )
    .await;
    let token = secret_in(&smtp.next().await, "/#/invitation/");
    let taken = json!({"token": token, "password": "a longer passphrase"});
    let door = "/v1/accounts/invitations/acceptance";
    let (status, told) = answer(hall.app.request(Method::POST, door).json(&taken)).await;
    assert_eq!(status.as_u16(), 200, "{told}");
    email
}

#[rstest]
#[tokio::test]
async fn a_township_gets_its_week_and_the_county_its_month_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let hall = Hall::open_with(kind, 1, &["--smtp-url", &url]).await;
    hall.now(morning("2020-07-06"));
    let app = &hall.app.state;
    let (a, county) = (hall.county.a, hall.county.id);
    let township = officer(&hall, &mut smtp, "township_officer", a).await;
    let officer = officer(&hall, &mut smtp, "county_officer", county).await;
    round(app.clone()).await.unwrap();
    let mut mails: Vec<Value> = vec![smtp.next().await, smtp.next().await];
    mails.sort_by_key(|mail| mail["to"][0] != json!(township));
    let (week, month) = (
        mails[0]["text"].as_str().unwrap(),
        mails[1]["text"].as_str().unwrap(),
    );
    assert!(
        mails[0]["subject"]
            .as_str()
            .unwrap()
            .contains("东山街道 2020-W28"),
        "{}",
        mails[0]
    );
    // Ten asked for by the end of the year: by 6 July the line is at five.
    assert!(
        week.contains("0 / 10 人") && week.contains("落后进度 5 人"),
        "{week}"
    );
    assert!(!week.contains("西河镇"), "no neighbour in it: {week}");
    assert_eq!(mails[1]["to"][0], json!(officer));
    assert!(
        month.contains("0 / 15 人") && month.contains("西河镇"),
        "{month}"
    );
    // Each once: the township's again next week, the county's next month.
    for (day, township_mails) in [("2020-07-10", 0), ("2020-07-13", 1), ("2020-08-03", 2)] {
        hall.now(morning(day));
        round(app.clone()).await.unwrap();
        let told = hall
            .asks(
                Role::CountyAdmin,
                "GET",
                "/v1/notices/outbox?limit=200",
                None,
            )
            .await;
        let reports = told["items"].as_array().unwrap().iter();
        let reports = reports
            .filter(|one| one["template"] == "quota_report")
            .count();
        let county_mails = usize::from(day > "2020-08");
        assert_eq!(reports, 2 + township_mails + county_mails, "{day}");
    }
    hall.finish().await;
}
