//! Whom an invitation may be taken from: one that waits belongs to those who could have written it.

use std::sync::Arc;

use anpei::accounts;
use anpei::platform::{Caller, Role};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{NEW, knock};
use crate::support::{County, Kind, Smtp, TestApp, answer, secret_in, until_waiting};

const PATH: &str = "/v1/accounts/invitations";
const DOOR: &str = "/v1/accounts/invitations/acceptance";

#[rstest]
#[tokio::test]
async fn an_invitation_that_waits_is_renewed_only_by_whoever_reaches_its_place(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(kind, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let (a, b, _) = county.officers(&app).await;
    let admin = county.sign_in(&app, Role::CountyAdmin, county.id).await;
    let guest = |login: &str, email: &str, role: &str, region: Value| json!({"login": login, "name": "陈力", "email": email, "role": role, "region_id": region});
    let of_a = guest("chen.li", "chen@example.com", "trainer", json!(county.a));
    let of_b = guest("chen.li", "other@example.com", "trainer", json!(county.b));
    a.make(PATH, &of_a).await;
    let link = secret_in(&smtp.next().await, "/#/invitation/");
    // Next door nobody takes it over, and learns no more than that the login is taken.
    let (status, told) = b.post(PATH, &of_b).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("login_taken"))
    );
    let (status, told) = knock(&app, DOOR, &json!({"token": link, "password": NEW})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let chen = app.sign_in("chen.li", NEW).await;
    let me = chen.read("/v1/accounts/me").await;
    assert_eq!(me["roles"][0]["region_ids"], json!([county.a]));
    // Nor whoever may not give the role that was given, though he reaches the place of the one he would give.
    let above = guest("lu.wei", "lu@example.com", "county_officer", Value::Null);
    admin.make(PATH, &above).await;
    let below = guest("lu.wei", "lu@example.com", "trainer", json!(county.a));
    assert_eq!(a.post(PATH, &below).await.1["code"], "login_taken");
    // Whoever reaches both may change his mind.
    admin.make(PATH, &below).await;
    drop((a, b, admin, chen));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_invitation_brings_no_disabled_account_back(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (a, b, _) = county.officers(&app).await;
    let guest = json!({"login": "chen.li", "name": "陈力", "email": "chen@example.com",
        "role": "trainer", "region_id": county.a});
    a.make(PATH, &guest).await;
    let by = Caller::console(county.id);
    accounts::disable(&app.state, &by, "chen.li").await.unwrap();
    let (status, told) = a.post(PATH, &guest).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("account_disabled")),
        "{told}"
    );
    // A stranger to it learns nothing of that.
    let mut next_door = guest.clone();
    next_door["region_id"] = json!(county.b);
    assert_eq!(b.post(PATH, &next_door).await.1["code"], "login_taken");
    let listed = accounts::list(app.state.db.read(), county.id).await;
    let listed = listed.unwrap();
    let chen = listed.iter().find(|row| row.login == "chen.li").unwrap();
    assert!(chen.disabled);
    drop((a, b));
    app.finish().await;
}

#[tokio::test]
async fn an_invitation_taken_while_it_is_renewed_stays_taken() {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(Kind::Postgres, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let a = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let guest = json!({"login": "chen.li", "name": "陈力", "email": "chen@example.com",
        "role": "trainer", "region_id": county.a});
    a.make(PATH, &guest).await;
    let token = secret_in(&smtp.next().await, "/#/invitation/");
    let held = app.state.db.begin_write().await.unwrap();
    let row = "SELECT id FROM account WHERE login = 'chen.li' FOR UPDATE";
    held.execute_unprepared(row).await.unwrap();
    let taking = tokio::spawn({
        let app = app.clone();
        async move { knock(&app, DOOR, &json!({"token": token, "password": NEW})).await }
    });
    until_waiting(&app, 1).await;
    let renewing = tokio::spawn(answer(a.request(Method::POST, PATH).json(&guest)));
    until_waiting(&app, 2).await;
    held.commit().await.unwrap();
    let (status, told) = taking.await.unwrap();
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(renewing.await.unwrap().1["code"], "login_taken");
    app.sign_in("chen.li", NEW).await;
    drop(a);
    app.finish().await;
}
