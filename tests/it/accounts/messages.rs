//! What a stranger asks for at the door: the message comes to whom it is meant for.

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{NEW, knock, worker};
use crate::support::{County, Gateway, Kind, TestApp, answer, person, secret_in};

const ACTIVATION: &str = "/v1/accounts/activations";

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
