//! Sessions under many hands: a refresh token that comes twice, an account disabled elsewhere, an instance that restarts.

use std::sync::Arc;

use anpei::accounts;
use anpei::platform::{Caller, Role, sessions};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, TestApp, answer};

async fn refresh(app: &TestApp, token: &Value) -> (StatusCode, Value) {
    let body = json!({"refresh_token": token});
    answer(
        app.request(Method::POST, "/v1/accounts/session/refresh")
            .json(&body),
    )
    .await
}

async fn me(app: &TestApp, token: &Value) -> (StatusCode, Value) {
    let request = app.request(Method::GET, "/v1/accounts/me");
    answer(request.bearer_auth(token.as_str().unwrap())).await
}

async fn login_of(client: &Client) -> String {
    let me = client.read("/v1/accounts/me").await;
    me["login"].as_str().unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn a_refresh_token_that_comes_twice_ends_its_session_and_no_other(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let phone = county.sign_in(&app, Role::Trainer, county.a).await;
    let desk = app
        .sign_in(&login_of(&phone).await, "correct horse battery")
        .await;
    let stolen = phone.session["refresh_token"].clone();
    let (status, thief) = refresh(&app, &stolen).await;
    assert_eq!(status, StatusCode::OK);
    // The owner's phone comes with the same token: whoever has the next one is put out.
    assert_eq!(refresh(&app, &stolen).await.1["code"], "refresh_refused");
    let next = refresh(&app, &thief["refresh_token"]).await;
    assert_eq!(next.1["code"], "refresh_refused");
    for token in [&thief["access_token"], &phone.session["access_token"]] {
        assert_eq!(me(&app, token).await.1["code"], "session_ended");
    }
    let left = desk.read("/v1/accounts/me/devices").await;
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    assert_eq!(left["items"][0]["current"], true);
    let (status, _) = refresh(&app, &desk.session["refresh_token"]).await;
    assert_eq!(status, StatusCode::OK);
    drop((phone, desk));
    app.finish().await;
}

#[tokio::test]
async fn a_refresh_token_at_two_instances_at_once_works_at_most_once_and_ends_its_session() {
    let app = Arc::new(TestApp::start(Kind::Postgres).await);
    let other = Arc::new(TestApp::beside(&app).await);
    let county = County::make(&app).await;
    let phone = county.sign_in(&app, Role::Trainer, county.a).await;
    let token = phone.session["refresh_token"].clone();
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..8 {
        let door = if n % 2 == 0 {
            app.clone()
        } else {
            other.clone()
        };
        let token = token.clone();
        tries.spawn(async move { refresh(&door, &token).await });
    }
    let told = tries.join_all().await;
    let winners: Vec<_> = told.iter().filter(|t| t.0 == StatusCode::OK).collect();
    assert_eq!(winners.len(), 1, "{told:?}");
    let won = &winners[0].1;
    for door in [&app, &other] {
        sessions::look(&door.state).await.unwrap();
        let next = refresh(door, &won["refresh_token"]).await;
        assert_eq!(next.1["code"], "refresh_refused");
        assert_eq!(
            me(door, &won["access_token"]).await.1["code"],
            "session_ended"
        );
    }
    drop(phone);
    other.finish().await;
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_account_disabled_by_a_command_is_out_once_the_server_has_looked(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
    let command = app.later(0).await;
    let by = Caller::console(county.id);
    accounts::disable(&command, &by, &login_of(&trainer).await)
        .await
        .unwrap();
    sessions::look(&app.state).await.unwrap();
    let told = trainer.get("/v1/accounts/me").await;
    assert_eq!(told.1["code"], "session_ended");
    let again = refresh(&app, &trainer.session["refresh_token"]).await;
    assert_eq!(again.1["code"], "refresh_refused");
    drop(trainer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_instance_that_starts_knows_what_was_ended_before_it_answers(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
    let out = trainer.request(Method::DELETE, "/v1/accounts/session");
    assert_eq!(answer(out).await.0, StatusCode::NO_CONTENT);
    let fresh = Arc::new(TestApp::beside(&app).await);
    let told = me(&fresh, &trainer.session["access_token"]).await;
    assert_eq!(told.1["code"], "session_ended");
    drop(trainer);
    fresh.finish().await;
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_board_on_a_wall_goes_dark_when_its_session_is_ended(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let wall = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let request = wall.request(Method::GET, "/v1/boards/progress/events");
    let mut stream = request.send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    let all = wall.request(Method::DELETE, "/v1/accounts/me/devices");
    assert_eq!(answer(all).await.0, StatusCode::NO_CONTENT);
    while stream.chunk().await.unwrap().is_some() {}
    drop(wall);
    app.finish().await;
}

#[tokio::test]
async fn an_address_is_counted_over_all_instances() {
    let settings = ["--address-limit", "6", "--trusted-proxies", "127.0.0.1"];
    let app = Arc::new(TestApp::start_with(Kind::Postgres, &settings).await);
    let other = Arc::new(TestApp::beside(&app).await);
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..12 {
        let door = if n % 2 == 0 {
            app.clone()
        } else {
            other.clone()
        };
        tries.spawn(async move {
            let body = json!({"login": format!("somebody{n}"), "password": "wrong password"});
            let request = door.request(Method::POST, "/v1/accounts/session");
            let request = request.header("x-forwarded-for", "203.0.113.7");
            request.json(&body).send().await.unwrap().status()
        });
    }
    let told = tries.join_all().await;
    let judged = told.iter().filter(|s| **s == StatusCode::UNAUTHORIZED);
    assert_eq!(judged.count(), 6, "{told:?}");
    other.finish().await;
    app.finish().await;
}
