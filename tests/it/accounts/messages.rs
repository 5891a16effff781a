//! What a stranger asks for at the door: the message comes once, its link stays good, and nothing is left of the asking.

use std::sync::Arc;

use anpei::platform::{Fault, Role, jobs};
use anpei::{notices, server};
use chrono::{DateTime, Duration, Utc};
use entity::job;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use super::{NEW, knock, worker};
use crate::support::{County, Gateway, Kind, Smtp, TestApp, answer, person, secret_in};

const RESET: &str = "/v1/accounts/password-resets";
const ACTIVATION: &str = "/v1/accounts/activations";

async fn all_jobs(app: &TestApp) -> Vec<job::Model> {
    let rows = job::Entity::find().order_by_asc(job::Column::Id);
    rows.all(app.state.db.read()).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_worker_activates_his_account_by_a_message_to_his_phone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut gateway = Gateway::start().await;
    let app = Arc::new(TestApp::start_with(kind, &gateway.settings()).await);
    let county = County::make(&app).await;
    let a = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let (who, other) = (person(0), person(2));
    let id = worker(&a, &county, &who).await;
    worker(&a, &county, &other).await;
    let contact = json!({"phone": "13800001234"});
    let request = a.request(Method::PUT, &format!("/v1/people/{id}/contact"));
    assert_eq!(answer(request.json(&contact)).await.0, StatusCode::OK);
    // Of those who ask, one has a phone on file; all are told the same.
    for (name, number) in [
        (&other.name, &other.id_number),
        (&other.name, &who.id_number),
        (&who.name, &who.id_number),
    ] {
        let body = json!({"name": name, "id_number": number, "channel": "gateway"});
        let told = knock(&app, ACTIVATION, &body).await;
        assert_eq!(told, (StatusCode::ACCEPTED, Value::Null));
    }
    let message = gateway.next().await;
    assert_eq!(
        (&message["to"], &message["template"]),
        (&json!("13800001234"), &json!("activation_code"))
    );
    let code = secret_in(&message, "激活码：");
    let body = json!({"name": who.name, "id_number": who.id_number, "activation_code": code,
        "login": "wang.jun", "password": NEW});
    let door = format!("{ACTIVATION}/completion");
    let (status, told) = knock(&app, &door, &body).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let me = app.sign_in("wang.jun", NEW).await;
    assert_eq!(me.read("/v1/accounts/me").await["person_id"], id);
    drop((a, me));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_job_that_is_done_twice_mails_one_link_and_leaves_it_good(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(kind, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let admin = county.sign_in(&app, Role::SystemAdmin, county.id).await;
    let lin = json!({"login": "lin", "name": "林", "email": "lin@example.com", "role": "auditor"});
    admin.make("/v1/accounts/invitations", &lin).await;
    let token = secret_in(&smtp.next().await, "/#/invitation/");
    let taken = json!({"token": token, "password": NEW});
    let door = "/v1/accounts/invitations/acceptance";
    assert_eq!(knock(&app, door, &taken).await.0, StatusCode::OK);
    let who = person(0);
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let id = worker(&officer, &county, &who).await;
    let contact = json!({"email": "wang@example.com"});
    let request = officer.request(Method::PUT, &format!("/v1/people/{id}/contact"));
    assert_eq!(answer(request.json(&contact)).await.0, StatusCode::OK);
    app.stop_jobs().await;
    knock(&app, RESET, &json!({"login": "lin"})).await;
    let claim = json!({"name": who.name, "id_number": who.id_number, "channel": "mail"});
    knock(&app, ACTIVATION, &claim).await;
    for job in all_jobs(&app).await {
        // Its instance dies after the work and before the note that it was done.
        let cut_off = server::dispatch(app.state.clone(), job).await;
        cut_off.unwrap();
    }
    while jobs::step(&app.state, server::dispatch).await.unwrap() {}
    let mut sent = 0;
    while notices::step(&app.state).await.unwrap() {
        sent += 1;
    }
    assert_eq!(sent, 2);
    let (reset, activation) = (smtp.next().await, smtp.next().await);
    let link = secret_in(&reset, "/#/reset/");
    let done = json!({"token": link, "password": "another passphrase"});
    let (status, told) = knock(&app, &format!("{RESET}/completion"), &done).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
    let body = json!({"name": who.name, "id_number": who.id_number, "login": "wang.jun",
        "activation_code": secret_in(&activation, "激活码："), "password": NEW});
    let (status, told) = knock(&app, &format!("{ACTIVATION}/completion"), &body).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    drop((admin, officer));
    app.finish().await;
}

fn failing(_: anpei::platform::App, _: job::Model) -> jobs::Running {
    Box::pin(async { Err(Fault::internal("on purpose")) })
}

#[rstest]
#[tokio::test]
async fn of_what_a_stranger_asked_nothing_is_left_when_its_job_ends(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let noon: DateTime<Utc> = "2020-06-01T12:00:00+08:00".parse().unwrap();
    let app = Arc::new(TestApp::start_at(kind, noon).await);
    app.stop_jobs().await;
    let who = person(0);
    let claim = json!({"name": who.name, "id_number": who.id_number, "channel": "mail"});
    knock(&app, ACTIVATION, &claim).await;
    assert!(jobs::step(&app.state, server::dispatch).await.unwrap());
    knock(&app, RESET, &json!({"login": "nobody"})).await;
    let told = |job: &job::Model| (job.state.clone(), job.payload.contains("asked"));
    // Tried again and again, it is needed; given up, it is not.
    for attempt in 1..=5 {
        let seen = all_jobs(&app).await;
        assert_eq!(told(&seen[0]), ("done".into(), false));
        assert_eq!(told(&seen[1]), ("queued".into(), true), "{attempt}");
        assert!(jobs::step(&app.state, failing).await.unwrap());
        app.state.clock.set(noon + Duration::minutes(attempt));
    }
    let seen = all_jobs(&app).await;
    assert_eq!(told(&seen[1]), ("failed".into(), false));
    assert!(seen.iter().all(|job| job.payload == "{}"), "{seen:?}");
    app.finish().await;
}
