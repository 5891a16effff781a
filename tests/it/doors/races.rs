//! Two at one account at the same moment: whoever ends its sessions ends also the one that is just being made.

use std::sync::Arc;

use anpei::accounts;
use anpei::platform::{Caller, Role};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::{Value, json};

use super::RIGHT;
use crate::support::{Client, County, Kind, TestApp, answer, until_waiting};

async fn refresh(app: &TestApp, token: &Value) -> (StatusCode, Value) {
    let body = json!({"refresh_token": token});
    let request = app.request(Method::POST, "/v1/accounts/session/refresh");
    answer(request.json(&body)).await
}

async fn sign_in(app: &TestApp, login: &str, password: &str) -> (StatusCode, Value) {
    let body = json!({"login": login, "password": password});
    let request = app.request(Method::POST, "/v1/accounts/session");
    answer(request.json(&body)).await
}

async fn login_of(client: &Client) -> String {
    let me = client.read("/v1/accounts/me").await;
    me["login"].as_str().unwrap().to_owned()
}

/// That neither token of a session opens anything.
async fn assert_over(app: &TestApp, session: &Value) {
    let me = app
        .request(Method::GET, "/v1/accounts/me")
        .bearer_auth(session["access_token"].as_str().unwrap());
    assert_eq!(answer(me).await.1["code"], "session_ended");
    let next = refresh(app, &session["refresh_token"]).await;
    assert_eq!(next.1["code"], "refresh_refused", "{}", next.1);
}

/// Keeps every account as it is until the transaction ends.
async fn hold_accounts(app: &TestApp) -> DatabaseTransaction {
    let tx = app.state.db.begin_write().await.unwrap();
    let all = "SELECT id FROM account FOR UPDATE";
    tx.execute_unprepared(all).await.unwrap();
    tx
}

/// What ends a session.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    SignOut,
    Device,
    Everywhere,
    Password,
    Disabled,
    /// Its refresh token of before comes a second time.
    Reuse,
}

#[rstest]
#[tokio::test]
async fn a_refresh_on_its_way_is_ended_with_its_session(
    #[values(
        End::SignOut,
        End::Device,
        End::Everywhere,
        End::Password,
        End::Disabled,
        End::Reuse
    )]
    how: End,
) {
    let app = Arc::new(TestApp::start(Kind::Postgres).await);
    let county = County::make(&app).await;
    let phone = county.sign_in(&app, Role::Trainer, county.a).await;
    let login = login_of(&phone).await;
    let desk = app.sign_in(&login, RIGHT).await;
    let (first, sid) = (phone.session["refresh_token"].clone(), phone.claims().sid);
    let second = refresh(&app, &first).await.1["refresh_token"].clone();
    // A refresh that has begun and cannot finish, and behind it whoever ends the session.
    let held = hold_accounts(&app).await;
    let refreshing = tokio::spawn({
        let app = app.clone();
        async move { refresh(&app, &second).await }
    });
    until_waiting(&app, 1).await;
    let request = match how {
        End::SignOut => phone.request(Method::DELETE, "/v1/accounts/session"),
        End::Device => desk.request(Method::DELETE, &format!("/v1/accounts/me/devices/{sid}")),
        End::Everywhere | End::Disabled => desk.request(Method::DELETE, "/v1/accounts/me/devices"),
        End::Password => desk
            .request(Method::PUT, "/v1/accounts/me/password")
            .json(&json!({"current_password": RIGHT, "password": "a longer passphrase"})),
        End::Reuse => app
            .request(Method::POST, "/v1/accounts/session/refresh")
            .json(&json!({"refresh_token": first})),
    };
    let ending = tokio::spawn({
        let (app, county, login) = (app.clone(), county.id, login.clone());
        async move {
            if how == End::Disabled {
                let by = Caller::console(county);
                accounts::disable(&app.state, &by, &login).await.unwrap();
                StatusCode::NO_CONTENT
            } else {
                answer(request).await.0
            }
        }
    });
    until_waiting(&app, 2).await;
    held.commit().await.unwrap();
    let (status, session) = refreshing.await.unwrap();
    let ended = ending.await.unwrap();
    let expected = if how == End::Reuse {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::NO_CONTENT
    };
    assert_eq!(ended, expected);
    if status == StatusCode::OK {
        assert_over(&app, &session).await;
    } else {
        assert_eq!(session["code"], "refresh_refused");
    }
    drop((phone, desk));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn whoever_signs_in_while_his_account_changes_is_judged_by_what_it_is_then(
    #[values("password_hash = '!'", "disabled_at = 1")] change: &str,
) {
    let app = Arc::new(TestApp::start(Kind::Postgres).await);
    let county = County::make(&app).await;
    let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
    let login = login_of(&trainer).await;
    // His password is checked and found right; then the row is another's for a moment.
    let held = hold_accounts(&app).await;
    let coming = tokio::spawn({
        let (app, login) = (app.clone(), login.clone());
        async move { sign_in(&app, &login, RIGHT).await }
    });
    until_waiting(&app, 1).await;
    let update = format!("UPDATE account SET {change} WHERE login = '{login}'");
    held.execute_unprepared(&update).await.unwrap();
    held.commit().await.unwrap();
    let (status, told) = coming.await.unwrap();
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::UNAUTHORIZED, &json!("wrong_credentials")),
        "{told}"
    );
    drop(trainer);
    app.finish().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn many_refreshes_and_one_end_at_once_leave_nobody_in(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
    let login = login_of(&trainer).await;
    for _ in 0..3 {
        let mut sessions = Vec::new();
        for _ in 0..6 {
            sessions.push(app.sign_in(&login, RIGHT).await);
        }
        let ending = answer(sessions[0].request(Method::DELETE, "/v1/accounts/me/devices"));
        let refreshing = sessions
            .iter()
            .map(|session| refresh(&app, &session.session["refresh_token"]));
        let (told, ended) = tokio::join!(join_all(refreshing), ending);
        assert_eq!(ended.0, StatusCode::NO_CONTENT);
        for (status, session) in told {
            if status == StatusCode::OK {
                assert_over(&app, &session).await;
            }
        }
    }
    drop(trainer);
    app.finish().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn many_who_come_with_the_old_password_while_it_changes_are_out_with_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
    let login = login_of(&trainer).await;
    let mut old = RIGHT.to_owned();
    for round in 0..3 {
        let desk = app.sign_in(&login, &old).await;
        let new = format!("another passphrase {round}");
        let change = desk
            .request(Method::PUT, "/v1/accounts/me/password")
            .json(&json!({"current_password": old, "password": new}));
        let coming = (0..4).map(|_| sign_in(&app, &login, &old));
        let (told, changed) = tokio::join!(join_all(coming), answer(change));
        assert_eq!(changed.0, StatusCode::NO_CONTENT, "{}", changed.1);
        for (status, session) in told {
            if status == StatusCode::OK {
                assert_over(&app, &session).await;
            }
        }
        desk.read("/v1/accounts/me").await;
        old = new;
    }
    drop(trainer);
    app.finish().await;
}
