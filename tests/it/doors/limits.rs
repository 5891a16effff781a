//! What is counted against whom: addresses however they are written, mailboxes however they are spelt, and no failure
//! where there was none.

use std::sync::Arc;

use anpei::accounts;
use anpei::platform::{Caller, Role};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::RIGHT;
use crate::support::{County, Kind, Smtp, TestApp, answer, person, secret_in};

const NEW: &str = "a longer passphrase";
const STRICT: [&str; 4] = ["--address-limit", "8", "--trusted-proxies", "127.0.0.1"];

async fn knock(app: &TestApp, path: &str, from: &str, body: &Value) -> (StatusCode, Value) {
    let request = app.request(Method::POST, path);
    answer(request.header("x-forwarded-for", from).json(body)).await
}

#[rstest]
#[tokio::test]
async fn an_address_is_the_same_however_many_lines_tell_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start_with(kind, &STRICT).await);
    let path = "/v1/accounts/session";
    let mut told = Vec::new();
    for n in 0..9 {
        // What the stranger says of himself, and in a line of its own what our proxy says of him.
        let request = app
            .request(Method::POST, path)
            .header("x-forwarded-for", format!("198.51.100.{n}"))
            .header("x-forwarded-for", "203.0.113.7");
        let body = json!({"login": format!("somebody{n}"), "password": "wrong password"});
        told.push(answer(request.json(&body)).await.0);
    }
    assert_eq!(told[..8], [StatusCode::UNAUTHORIZED; 8]);
    assert_eq!(told[8], StatusCode::TOO_MANY_REQUESTS);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn every_door_that_asks_for_no_sign_in_counts_its_address(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start_with(kind, &STRICT).await);
    let link = json!({"token": "a".repeat(64), "password": NEW});
    let claim = json!({"name": "王军", "id_number": person(1).id_number, "channel": "mail"});
    let activation = json!({"name": "王军", "id_number": person(1).id_number,
        "activation_code": "AAAAAAAA", "login": "wang.jun", "password": NEW});
    let doors = [
        ("/v1/accounts/invitations/acceptance", &link),
        ("/v1/accounts/password-resets/completion", &link),
        ("/v1/accounts/activations", &claim),
        ("/v1/accounts/activations/completion", &activation),
        (
            "/v1/accounts/password-resets",
            &json!({"login": "nobody@example.com"}),
        ),
    ];
    for (n, (path, body)) in doors.into_iter().enumerate() {
        let from = format!("203.0.113.{n}");
        for _ in 0..2 {
            let (status, told) = knock(&app, path, &from, body).await;
            assert_ne!(status, StatusCode::TOO_MANY_REQUESTS, "{path}: {told}");
        }
        let (status, _) = knock(&app, path, &from, body).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_mailbox_is_one_however_it_is_spelt(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let ask = |login: &'static str| {
        let path = "/v1/accounts/password-resets";
        let request = app.request(Method::POST, path);
        answer(request.json(&json!({"login": login})))
    };
    for spelt in ["lin@example.com", "LIN@example.com", " Lin@Example.COM "] {
        assert_eq!(ask(spelt).await.0, StatusCode::ACCEPTED, "{spelt}");
    }
    let (status, _) = ask("lIn@example.com").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask("lim@example.com").await.0, StatusCode::ACCEPTED);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_right_code_with_a_login_that_is_taken_is_no_failure(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let taken = officer.read("/v1/accounts/me").await["login"].clone();
    let who = person(0);
    let made = officer
        .make(
            "/v1/people",
            &json!({"name": who.name, "id_number": who.id_number, "enterprise_id": county.shop_a,
                "role": "other", "from_day": "2020-02-01"}),
        )
        .await;
    let print = format!(
        "/v1/accounts/activation-codes/{}",
        made["id"].as_str().unwrap()
    );
    let paper = officer.make(&print, &Value::Null).await;
    let with = |login: &Value| {
        let body = json!({"name": who.name, "id_number": who.id_number, "login": login,
            "activation_code": paper["activation_code"], "password": NEW});
        let request = app.request(Method::POST, "/v1/accounts/activations/completion");
        answer(request.json(&body))
    };
    for _ in 0..7 {
        let (status, told) = with(&taken).await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::CONFLICT, &json!("login_taken"))
        );
    }
    let (status, told) = with(&json!("wang.jun")).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    drop(officer);
    app.finish().await;
}

/// How many passwords this instance has hashed.
fn hashes(app: &TestApp) -> u64 {
    let figures = app.state.metrics.text();
    let line = figures
        .lines()
        .find_map(|line| line.strip_prefix("anpei_password_hashes_total "));
    line.map_or(0, |times| times.parse().unwrap())
}

#[rstest]
#[tokio::test]
async fn every_login_costs_one_hash_whether_it_can_be_signed_in_to_or_not(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (known, gone, admin) = county.officers(&app).await;
    let login = |of: &Value| of["login"].as_str().unwrap().to_owned();
    let known_login = login(&known.read("/v1/accounts/me").await);
    let gone_login = login(&gone.read("/v1/accounts/me").await);
    let by = Caller::console(county.id);
    accounts::disable(&app.state, &by, &gone_login)
        .await
        .unwrap();
    let guest = json!({"login": "chen.li", "name": "陈力", "email": "chen@example.com",
        "role": "trainer", "region_id": county.a});
    known.make("/v1/accounts/invitations", &guest).await;
    let before = hashes(&app);
    let mut answers = Vec::new();
    for login in ["nobody.at.all", "chen.li", &known_login, &gone_login] {
        let body = json!({"login": login, "password": "wrong password"});
        let mut told = knock(&app, "/v1/accounts/session", "", &body).await;
        told.1["request_id"] = Value::Null;
        answers.push((told, hashes(&app) - before));
    }
    let first = &answers[0].0;
    for (n, (told, made)) in answers.iter().enumerate() {
        assert_eq!((told, *made), (first, u64::try_from(n).unwrap() + 1));
    }
    // A link that nobody was given costs none: a flood of them keeps nobody out.
    let link = json!({"token": "a".repeat(64), "password": NEW});
    let before = hashes(&app);
    for path in [
        "/v1/accounts/invitations/acceptance",
        "/v1/accounts/password-resets/completion",
    ] {
        let told = knock(&app, path, "", &link).await;
        assert_eq!(told.1["code"], "secret_refused");
    }
    assert_eq!(hashes(&app), before);
    drop((known, gone, admin));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn being_told_that_we_are_busy_is_no_failure(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(kind, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let login = officer.read("/v1/accounts/me").await["login"].clone();
    let who = person(0);
    let made = officer
        .make(
            "/v1/people",
            &json!({"name": who.name, "id_number": who.id_number, "enterprise_id": county.shop_a,
                "role": "other", "from_day": "2020-02-01"}),
        )
        .await;
    let print = format!(
        "/v1/accounts/activation-codes/{}",
        made["id"].as_str().unwrap()
    );
    let paper = officer.make(&print, &Value::Null).await;
    let guest = json!({"login": "chen.li", "name": "陈力", "email": "chen@example.com",
        "role": "trainer", "region_id": county.a});
    officer.make("/v1/accounts/invitations", &guest).await;
    let link = secret_in(&smtp.next().await, "/#/invitation/");
    let change = || {
        let body = json!({"current_password": RIGHT, "password": NEW});
        answer(
            officer
                .request(Method::PUT, "/v1/accounts/me/password")
                .json(&body),
        )
    };
    let doors = [
        (
            "/v1/accounts/session",
            json!({"login": login, "password": RIGHT}),
        ),
        (
            "/v1/accounts/activations/completion",
            json!({"name": who.name, "id_number": who.id_number, "login": "wang.jun",
                "activation_code": paper["activation_code"], "password": NEW}),
        ),
        (
            "/v1/accounts/invitations/acceptance",
            json!({"token": link, "password": NEW}),
        ),
    ];
    // Every place is taken: as often as would lock, and once more.
    let gate = &app.state.gates.passwords;
    let places: Vec<_> = std::iter::from_fn(|| gate.enter().ok()).collect();
    let busy = (StatusCode::SERVICE_UNAVAILABLE, json!("busy"));
    for _ in 0..6 {
        for (path, body) in &doors {
            let (status, told) = knock(&app, path, "", body).await;
            assert_eq!((status, told["code"].clone()), busy, "{path}");
        }
        let (status, told) = change().await;
        assert_eq!((status, told["code"].clone()), busy);
    }
    drop(places);
    for (path, body) in &doors {
        let (status, told) = knock(&app, path, "", body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {told}");
    }
    let (status, told) = change().await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
    drop(officer);
    app.finish().await;
}
