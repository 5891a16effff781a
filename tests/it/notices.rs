//! Messages: a real SMTP server takes each once, whoever dies on the way.

use std::collections::BTreeSet;
use std::sync::Arc;

use anpei::notices::{self, Channel, Message, Words};
use anpei::platform::config::Settings;
use anpei::platform::{App, Caller, Role, State};
use entity::outbox_message;
use reqwest::StatusCode;
use rstest::rstest;
use sea_orm::{ColumnTrait, Database, EntityTrait, QueryFilter};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{Client, County, Gateway, Kind, Smtp, TestApp};

/// Writes these messages in one transaction.
async fn post(app: &App, county: &County, to: impl Iterator<Item = (Channel, String)>) {
    let by = Caller::console(county.id);
    let work = app.begin_plain(&by).await.unwrap();
    for (n, (channel, to)) in to.enumerate() {
        let message = Message {
            cause: format!("test:{n}:{to}"),
            channel,
            to,
            template: "test",
            words: Words {
                subject: "通知".into(),
                text: format!("第 {n} 条\n"),
            },
            picture: None,
        };
        // Twice: of one cause there is one message.
        notices::post(&work, county.id, message.clone())
            .await
            .unwrap();
        notices::post(&work, county.id, message).await.unwrap();
    }
    work.commit(&()).await.unwrap();
}

fn mail(to: &str) -> (Channel, String) {
    (Channel::Mail, to.to_owned())
}

/// The outbox, once it looks as wanted; each look is an answer of the server, not a pause.
async fn outbox(by: &Client, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    for _ in 0..20_000 {
        let rows = by.all("/v1/notices/outbox").await;
        if wanted(&rows) {
            return rows;
        }
    }
    panic!("the outbox never looks so");
}

#[rstest]
#[tokio::test]
async fn a_server_that_is_busy_gets_the_mail_later_and_one_that_refuses_gets_it_no_more(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&["--busy", "2"]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(kind, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let admin = county.sign_in(&app, Role::CountyAdmin, county.id).await;
    post(&app.state, &county, [mail("chen@example.com")].into_iter()).await;
    assert!(smtp.next().await["refused"].is_array());
    assert!(smtp.next().await["refused"].is_array());
    let taken = smtp.next().await;
    assert_eq!(taken["to"], json!(["chen@example.com"]));
    assert_eq!(
        (&taken["subject"], &taken["again"]),
        (&json!("通知"), &json!(false))
    );
    post(
        &app.state,
        &county,
        [mail("reject@example.com")].into_iter(),
    )
    .await;
    let rows = outbox(&admin, |rows| {
        rows.iter().any(|row| row["state"] == "failed")
    })
    .await;
    let told = |row: &Value| {
        (
            row["state"].clone(),
            row["attempts"].clone(),
            row["recipient"].clone(),
        )
    };
    assert_eq!(
        told(&rows[0]),
        (json!("sent"), json!(3), json!("c***@example.com"))
    );
    assert_eq!(
        told(&rows[1]),
        (json!("failed"), json!(1), json!("r***@example.com"))
    );
    assert!(
        rows[1]["fault"]
            .as_str()
            .unwrap()
            .contains("no such mailbox")
    );
    let path = format!(
        "/v1/notices/outbox/{}/resend",
        rows[0]["id"].as_str().unwrap()
    );
    assert_eq!(
        admin.post(&path, &Value::Null).await.0,
        StatusCode::CONFLICT
    );
    drop(admin);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn without_a_server_mails_are_kept_as_files(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let admin = county.sign_in(&app, Role::CountyAdmin, county.id).await;
    post(&app.state, &county, [mail("chen@example.com")].into_iter()).await;
    let rows = outbox(&admin, |rows| rows.iter().all(|row| row["state"] == "sent")).await;
    let path = app
        .data()
        .join("mail")
        .join(format!("{}.eml", rows[0]["id"].as_str().unwrap()));
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("To: chen@example.com"), "{text}");
    // What is on disk in the database is sealed.
    assert!(!rows[0].to_string().contains("chen@"));
    drop(admin);
    app.finish().await;
}

#[tokio::test]
async fn without_a_server_the_log_says_where_a_mail_is() {
    let app = Arc::new(TestApp::start(Kind::Sqlite).await);
    let county = County::make(&app).await;
    let left = app.stopped().await;
    let state = State::open(left.settings.clone()).await.unwrap();
    post(&state, &county, [mail("chen@example.com")].into_iter()).await;
    state.db.close().await;
    let (mut server, mut lines) = left.serve_telling(&["--log-json"]);
    let told = loop {
        let line = lines
            .next_line()
            .await
            .unwrap()
            .expect("the server goes on");
        let told: Value = serde_json::from_str(&line).unwrap();
        if told["message"].as_str().unwrap().contains("no SMTP server") {
            break told;
        }
    };
    let path = told["path"].as_str().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("To: chen@example.com"), "{text}");
    assert!(
        !told.to_string().contains("chen@"),
        "no address in a log: {told}"
    );
    server.kill().await.unwrap();
    left.remove().await;
}

#[tokio::test]
async fn two_instances_send_each_mail_once() {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(Kind::Postgres, &["--smtp-url", &url]).await);
    let other = Arc::new(TestApp::beside(&app).await);
    let county = County::make(&app).await;
    let all = (0..200).map(|n| mail(&format!("person{n}@example.com")));
    post(&app.state, &county, all).await;
    let mut seen = BTreeSet::new();
    for _ in 0..200 {
        let taken = smtp.next().await;
        assert_eq!(taken["again"], false, "{taken}");
        seen.insert(taken["to"][0].as_str().unwrap().to_owned());
    }
    assert_eq!(seen.len(), 200);
    other.finish().await;
    let admin = county.sign_in(&app, Role::CountyAdmin, county.id).await;
    let rows = outbox(&admin, |rows| rows.iter().all(|row| row["state"] == "sent")).await;
    assert!(
        rows.iter().all(|row| row["attempts"] == 1),
        "each was tried once"
    );
    drop(admin);
    app.finish().await;
}

/// Message-IDs of what an outbox holds in a state.
async fn in_state(settings: &Settings, state: &str) -> BTreeSet<String> {
    let url = settings.database();
    let db = Database::connect(url.expose_secret()).await.unwrap();
    let rows = outbox_message::Entity::find()
        .filter(outbox_message::Column::State.eq(state))
        .all(&db)
        .await
        .unwrap();
    db.close().await.unwrap();
    let ids = rows.into_iter().map(|row| row.id.to_string());
    ids.collect()
}

#[rstest]
#[tokio::test]
async fn a_killed_server_loses_no_mail_and_sends_none_again_that_it_had_noted(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    const MAILS: usize = 120;
    let mut smtp = Smtp::start(&["--slow", "0.01"]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let left = app.stopped().await;
    let state = State::open(left.settings.clone()).await.unwrap();
    let all = (0..MAILS).map(|n| mail(&format!("person{n}@example.com")));
    post(&state, &county, all).await;
    state.db.close().await;
    let (mut seen, mut sent, mut torn) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    // Killed in the middle, three times over; a new one takes up what those before it left.
    for stop_at in [MAILS / 4, MAILS / 2, MAILS * 3 / 4, MAILS] {
        let mut server = left.serve(&["--smtp-url", &url, "--outbox-lease-seconds", "3"]);
        while seen.len() < stop_at {
            let taken = smtp.next().await;
            let id = taken["id"].as_str().unwrap();
            let (id, _) = id.trim_start_matches('<').split_once('@').unwrap();
            assert_eq!(taken["again"], seen.contains(id), "{taken}");
            assert!(
                !(taken["again"] == true && sent.contains(id)),
                "noted as sent, and sent again: {taken}"
            );
            // Taken by the other side, and its hand killed before the note: told apart by its Message-ID.
            let first = seen.insert(id.to_owned());
            assert!(first || torn.contains(id), "twice without cause: {taken}");
        }
        server.kill().await.unwrap();
        let on_way = in_state(&left.settings, "sending").await;
        let new = on_way.difference(&torn).count();
        assert!(new <= 4, "one a hand at most: {new}");
        torn.extend(on_way);
        sent = in_state(&left.settings, "sent").await;
    }
    assert_eq!(seen.len(), MAILS, "none is lost");
    left.remove().await;
}

#[rstest]
#[tokio::test]
async fn a_mail_server_that_is_killed_gets_each_mail_when_it_is_back(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    const MAILS: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let spool = folder.path().join("spool").display().to_string();
    let mut smtp = Smtp::start(&["--slow", "0.01", "--spool", &spool]).await;
    let (url, port) = (smtp.url(), smtp.port.to_string());
    let app = Arc::new(TestApp::start_with(kind, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let admin = county.sign_in(&app, Role::CountyAdmin, county.id).await;
    let all = (0..MAILS).map(|n| mail(&format!("person{n}@example.com")));
    post(&app.state, &county, all).await;
    let mut told = Vec::new();
    while told.len() < MAILS / 2 {
        told.push(smtp.next().await);
    }
    told.extend(smtp.kill().await);
    // Nobody is there: what was on its way is tried again later, and nothing is given up.
    outbox(&admin, |rows| {
        rows.iter().any(|row| row["fault"].is_string())
    })
    .await;
    let mut smtp = Smtp::start(&["--port", &port, "--spool", &spool]).await;
    let rows = outbox(&admin, |rows| rows.iter().all(|row| row["state"] == "sent")).await;
    assert_eq!(rows.len(), MAILS);
    let first = |told: &[Value]| told.iter().filter(|one| one["again"] == false).count();
    while first(&told) < MAILS {
        told.push(smtp.next().await);
    }
    told.extend(smtp.kill().await);
    assert_eq!(first(&told), MAILS, "each is in the store once");
    // Taken, and killed before it could say so: one a hand at most.
    assert!(told.len() - MAILS <= 4, "{} came twice", told.len() - MAILS);
    drop(admin);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_gateway_gets_signed_messages(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let mut gateway = Gateway::start().await;
    let app = TestApp::start_with(kind, &gateway.settings()).await;
    let app = Arc::new(app);
    let county = County::make(&app).await;
    let phone = (Channel::Gateway, "13800001234".to_owned());
    post(&app.state, &county, [phone].into_iter()).await;
    let body = gateway.next().await;
    assert_eq!(
        (&body["to"], &body["template"]),
        (&json!("13800001234"), &json!("test"))
    );
    app.finish().await;
}
