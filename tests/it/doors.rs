//! The doors: lock-out, rate limits, devices, sessions that end everywhere at once.

mod limits;
mod races;

use std::sync::Arc;

use anpei::platform::{Role, sessions};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{County, Kind, TestApp, answer};

const RIGHT: &str = "correct horse battery";

async fn knock(app: &TestApp, login: &str, password: &str) -> (StatusCode, Value, Option<u64>) {
    let body = json!({"login": login, "password": password});
    let request = app.request(Method::POST, "/v1/accounts/session");
    let told = request.json(&body).send().await.unwrap();
    let wait = told.headers().get("retry-after");
    let wait = wait.map(|wait| wait.to_str().unwrap().parse().unwrap());
    (told.status(), told.json().await.unwrap(), wait)
}

#[rstest]
#[tokio::test]
async fn five_wrong_passwords_lock_a_login_whether_it_exists_or_not(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let known = officer.read("/v1/accounts/me").await["login"].clone();
    let mut answers = Vec::new();
    for login in [known.as_str().unwrap(), "nobody.at.all"] {
        let mut told = Vec::new();
        for _ in 0..7 {
            let (status, mut body, wait) = knock(&app, login, "wrong password").await;
            body["request_id"] = Value::Null;
            told.push((status, body["code"].clone(), wait.is_some()));
        }
        answers.push(told);
    }
    assert_eq!(answers[0], answers[1], "nobody learns which login exists");
    let codes: Vec<_> = answers[0]
        .iter()
        .map(|(_, code, _)| code.as_str().unwrap())
        .collect();
    assert_eq!(codes[..5], ["wrong_credentials"; 5]);
    assert_eq!(codes[5..], ["too_many_requests"; 2]);
    // The right password does not open it either, and it says for how long.
    let (status, body, wait) = knock(&app, known.as_str().unwrap(), RIGHT).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{body}");
    assert!((1..=60).contains(&wait.unwrap()), "{wait:?}");
    assert!(body["detail"].as_str().unwrap().contains("秒后再试"));
    // Whoever is signed in stays so.
    officer.read("/v1/accounts/me").await;
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_success_forgets_the_failures(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let login = officer.read("/v1/accounts/me").await["login"].clone();
    for _ in 0..3 {
        for _ in 0..4 {
            let told = knock(&app, login.as_str().unwrap(), "wrong password").await;
            assert_eq!(told.0, StatusCode::UNAUTHORIZED);
        }
        app.sign_in(login.as_str().unwrap(), RIGHT).await;
    }
    drop(officer);
    app.finish().await;
}

#[tokio::test]
async fn a_lock_and_an_ended_session_hold_on_every_instance() {
    let app = Arc::new(TestApp::start(Kind::Postgres).await);
    let other = Arc::new(TestApp::beside(&app).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let login = officer.read("/v1/accounts/me").await["login"].clone();
    let login = login.as_str().unwrap();
    // Twelve at once, half of them at each door: no more than five are judged.
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..12 {
        let door = if n % 2 == 0 {
            app.clone()
        } else {
            other.clone()
        };
        let login = login.to_owned();
        tries.spawn(async move { knock(&door, &login, "wrong password").await.0 });
    }
    let told = tries.join_all().await;
    let judged = told.iter().filter(|s| **s == StatusCode::UNAUTHORIZED);
    assert_eq!(judged.count(), 5, "{told:?}");
    assert_eq!(
        knock(&other, login, RIGHT).await.0,
        StatusCode::TOO_MANY_REQUESTS
    );
    // Signed out at one door, the token is refused at the other once it has looked.
    let here = || {
        other
            .request(Method::GET, "/v1/accounts/me")
            .bearer_auth(&officer.token)
    };
    assert_eq!(answer(here()).await.0, StatusCode::OK);
    let out = officer.request(Method::DELETE, "/v1/accounts/session");
    assert_eq!(answer(out).await.0, StatusCode::NO_CONTENT);
    let (status, body) = officer.get("/v1/accounts/me").await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::UNAUTHORIZED, &json!("session_ended"))
    );
    sessions::look(&other.state).await.unwrap();
    assert_eq!(answer(here()).await.1["code"], "session_ended");
    drop(officer);
    other.finish().await;
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_address_that_knocks_too_often_waits(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(
        TestApp::start_with(
            kind,
            &["--address-limit", "6", "--trusted-proxies", "127.0.0.1"],
        )
        .await,
    );
    let from = |address: &'static str, n: usize| {
        let body = json!({"login": format!("somebody{n}"), "password": "wrong password"});
        let request = app.request(Method::POST, "/v1/accounts/session");
        answer(request.header("x-forwarded-for", address).json(&body))
    };
    for n in 0..6 {
        assert_eq!(from("203.0.113.7", n).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        from("203.0.113.7", 7).await.0,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(from("203.0.113.8", 8).await.0, StatusCode::UNAUTHORIZED);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_owner_lists_and_ends_his_devices(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let phone = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let login = phone.read("/v1/accounts/me").await["login"].clone();
    let desk = app.sign_in(login.as_str().unwrap(), RIGHT).await;
    let stranger = county.sign_in(&app, Role::TownshipOfficer, county.b).await;
    let list = desk.read("/v1/accounts/me/devices").await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let current: Vec<_> = items.iter().filter(|d| d["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["session_id"], desk.claims().sid.to_string());
    // Nobody ends another's.
    let path = format!("/v1/accounts/me/devices/{}", phone.claims().sid);
    let gone = answer(stranger.request(Method::DELETE, &path)).await;
    assert_eq!(gone.0, StatusCode::NOT_FOUND);
    phone.read("/v1/accounts/me").await;
    // The lost phone: its token counts no more, nor can it be refreshed.
    assert_eq!(
        answer(desk.request(Method::DELETE, &path)).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        phone.get("/v1/accounts/me").await.1["code"],
        "session_ended"
    );
    let refresh = json!({"refresh_token": phone.session["refresh_token"]});
    let request = app.request(Method::POST, "/v1/accounts/session/refresh");
    assert_eq!(
        answer(request.json(&refresh)).await.1["code"],
        "refresh_refused"
    );
    desk.read("/v1/accounts/me").await;
    // And everywhere.
    let all = desk.request(Method::DELETE, "/v1/accounts/me/devices");
    assert_eq!(answer(all).await.0, StatusCode::NO_CONTENT);
    assert_eq!(desk.get("/v1/accounts/me").await.1["code"], "session_ended");
    stranger.read("/v1/accounts/me").await;
    drop((phone, desk, stranger));
    app.finish().await;
}
