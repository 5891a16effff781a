//! How people come in: invited, by a forgotten password, by a code on paper or in a message.

mod invitations;
mod messages;
mod papers;
mod staff;

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, Person, Smtp, TestApp, answer, person, secret_in};

const NEW: &str = "a longer passphrase";

async fn knock(app: &TestApp, path: &str, body: &Value) -> (StatusCode, Value) {
    answer(app.request(Method::POST, path).json(body)).await
}

#[rstest]
#[tokio::test]
async fn a_trainer_is_invited_by_his_township_and_comes_in_by_the_mailed_link(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(kind, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let a = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let invite = |role: &str, region| json!({"login": "chen.li", "name": "陈力", "email": "Chen.Li@example.com", "role": role, "region_id": region});
    let path = "/v1/accounts/invitations";
    // Not above himself, and not next door.
    let above = a.post(path, &invite("county_admin", county.a)).await;
    assert_eq!(above.0, StatusCode::FORBIDDEN, "{}", above.1);
    let next_door = a.post(path, &invite("trainer", county.b)).await;
    assert_eq!(next_door.1["code"], "region_unknown");
    let told = a.make(path, &invite("trainer", county.a)).await;
    assert_eq!(told["email"], "c***@example.com");
    let mail = smtp.next().await;
    assert_eq!(mail["to"], json!(["chen.li@example.com"]));
    let first = secret_in(&mail, "/#/invitation/");
    // Invited again, the first link works no more.
    a.make(path, &invite("trainer", county.a)).await;
    let second = secret_in(&smtp.next().await, "/#/invitation/");
    let take = |token: &str, password: &str| json!({"token": token, "password": password});
    let door = "/v1/accounts/invitations/acceptance";
    let (status, told) = knock(&app, door, &take(&first, NEW)).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::UNAUTHORIZED, &json!("secret_refused"))
    );
    let (status, told) = knock(&app, door, &take(&second, "1234567890")).await;
    assert_eq!(
        (status, &told["code"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("password_too_weak")
        )
    );
    // A weak password has not used it up.
    let (status, session) = knock(&app, door, &take(&second, NEW)).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(
        knock(&app, door, &take(&second, NEW)).await.1["code"],
        "secret_refused"
    );
    let trainer = app.sign_in("chen.li", NEW).await;
    let me = trainer.read("/v1/accounts/me").await;
    assert_eq!(me["roles"][0]["role"], "trainer");
    assert_eq!(me["roles"][0]["region_ids"], json!([county.a]));
    // Now he is in, nobody takes his login by inviting him anew.
    assert_eq!(
        a.post(path, &invite("trainer", county.a)).await.1["code"],
        "login_taken"
    );
    drop((a, trainer));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_forgotten_password_is_reset_by_mail_and_strangers_learn_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(kind, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let admin = county.sign_in(&app, Role::SystemAdmin, county.id).await;
    let invitation =
        json!({"login": "lin", "name": "林", "email": "lin@example.com", "role": "auditor"});
    admin.make("/v1/accounts/invitations", &invitation).await;
    let token = secret_in(&smtp.next().await, "/#/invitation/");
    let taken = json!({"token": token, "password": NEW});
    let (status, _) = knock(&app, "/v1/accounts/invitations/acceptance", &taken).await;
    assert_eq!(status, StatusCode::OK);
    let lin = app.sign_in("lin", NEW).await;
    // Locked out by a stranger.
    for _ in 0..6 {
        let wrong = json!({"login": "lin", "password": "wrong password"});
        knock(&app, "/v1/accounts/session", &wrong).await;
    }
    let ask = "/v1/accounts/password-resets";
    let unknown = knock(&app, ask, &json!({"login": "nobody@example.com"})).await;
    let known = knock(&app, ask, &json!({"login": "LIN@example.com"})).await;
    assert_eq!(unknown, known, "one answer");
    assert_eq!(known, (StatusCode::ACCEPTED, Value::Null));
    let mail = smtp.next().await;
    assert_eq!(mail["to"], json!(["lin@example.com"]), "and none to nobody");
    let reset = secret_in(&mail, "/#/reset/");
    let newer = "another passphrase";
    let done = json!({"token": reset, "password": newer});
    let (status, told) = knock(&app, &format!("{ask}/completion"), &done).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
    assert_eq!(
        knock(&app, &format!("{ask}/completion"), &done).await.1["code"],
        "secret_refused"
    );
    // Every session there was is over, and the lock is lifted.
    assert_eq!(lin.get("/v1/accounts/me").await.1["code"], "session_ended");
    drop(lin);
    let lin = app.sign_in("lin", newer).await;
    // He changes it himself; the wrong one now does not do.
    let change = |old: &str, new: &str| {
        let body = json!({"current_password": old, "password": new});
        answer(
            lin.request(Method::PUT, "/v1/accounts/me/password")
                .json(&body),
        )
    };
    assert_eq!(
        change(NEW, "yet another one").await.1["code"],
        "wrong_password"
    );
    assert_eq!(
        change(newer, "yet another one").await.0,
        StatusCode::NO_CONTENT
    );
    lin.read("/v1/accounts/me").await;
    app.sign_in("lin", "yet another one").await;
    // A mailbox is not flooded: the fourth in a quarter of an hour waits.
    let mut last = StatusCode::ACCEPTED;
    for _ in 0..3 {
        last = knock(&app, ask, &json!({"login": "LIN@example.com"}))
            .await
            .0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    drop((admin, lin));
    app.finish().await;
}

/// A worker of township `a`'s enterprise on file.
async fn worker(by: &Client, county: &County, who: &Person) -> String {
    let told = by
        .make(
            "/v1/people",
            &json!({"name": who.name, "id_number": who.id_number, "enterprise_id": county.shop_a,
                "role": "other", "from_day": "2020-02-01"}),
        )
        .await;
    told["id"].as_str().unwrap().to_owned()
}

#[rstest]
#[tokio::test]
async fn a_worker_activates_his_account_with_a_code_on_paper(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let a = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let b = county.sign_in(&app, Role::TownshipOfficer, county.b).await;
    let who = person(0);
    let id = worker(&a, &county, &who).await;
    let print = format!("/v1/accounts/activation-codes/{id}");
    assert_eq!(b.post(&print, &Value::Null).await.0, StatusCode::NOT_FOUND);
    let paper = a.make(&print, &Value::Null).await;
    let code = paper["activation_code"].as_str().unwrap();
    let door = "/v1/accounts/activations/completion";
    let with = |name: &str, code: &str| json!({"name": name, "id_number": who.id_number, "activation_code": code, "login": "wang.jun", "password": NEW});
    // A wrong name, a wrong code: one answer.
    let wrong_name = knock(&app, door, &with("李四", code)).await;
    let mut wrong_code = knock(&app, door, &with(&who.name, "AAAAAAAA")).await;
    wrong_code.1["request_id"] = wrong_name.1["request_id"].clone();
    assert_eq!(wrong_name, wrong_code);
    assert_eq!(wrong_name.1["code"], "secret_refused");
    // As people type it.
    let typed = format!("{} {}", code[..4].to_lowercase(), &code[4..]);
    let (status, session) = knock(&app, door, &with(&who.name, &typed)).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(
        knock(&app, door, &with(&who.name, code)).await.1["code"],
        "secret_refused"
    );
    let me = app.sign_in("wang.jun", NEW).await;
    assert_eq!(me.read("/v1/accounts/me").await["person_id"], id);
    assert_eq!(
        me.read("/v1/people").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // Five failures lock the number, the right code notwithstanding.
    let paper = a.make(&print, &Value::Null).await;
    for _ in 0..5 {
        knock(&app, door, &with(&who.name, "AAAAAAAA")).await;
    }
    let right = paper["activation_code"].as_str().unwrap();
    let (status, _) = knock(&app, door, &with(&who.name, right)).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    drop((a, b, me));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_code_goes_to_the_address_on_file_and_to_no_other(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(kind, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let a = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let who = person(0);
    let id = worker(&a, &county, &who).await;
    let contact = json!({"email": "wang@example.com", "phone": "13800001234"});
    let request = a.request(Method::PUT, &format!("/v1/people/{id}/contact"));
    let (status, told) = answer(request.json(&contact)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        (&told["email"], &told["phone"]),
        (&json!("w***@example.com"), &json!("138****1234"))
    );
    let ask = "/v1/accounts/activations";
    let by =
        |name: &str, number: &str| json!({"name": name, "id_number": number, "channel": "mail"});
    let other = person(2);
    let answers = [
        knock(&app, ask, &by(&other.name, &other.id_number)).await,
        knock(&app, ask, &by("李四", &who.id_number)).await,
        knock(&app, ask, &by(&who.name, &who.id_number)).await,
    ];
    assert!(
        answers
            .iter()
            .all(|told| *told == (StatusCode::ACCEPTED, Value::Null)),
        "{answers:?}"
    );
    let mail = smtp.next().await;
    assert_eq!(mail["to"], json!(["wang@example.com"]));
    let code = secret_in(&mail, "激活码：");
    let body = json!({"name": who.name, "id_number": who.id_number, "activation_code": code,
        "login": "wang.jun", "password": NEW});
    let (status, told) = knock(&app, "/v1/accounts/activations/completion", &body).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    drop(a);
    app.finish().await;
}
