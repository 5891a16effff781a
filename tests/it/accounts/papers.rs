//! Codes on paper, asked for again by a phone that heard no answer.

use std::sync::Arc;

use anpei::platform::Role;
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{NEW, knock, worker};
use crate::support::{County, Kind, TestApp, answer, person};

#[rstest]
#[tokio::test]
async fn a_print_sent_again_shows_the_code_that_is_on_paper_already(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let a = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let (who, other) = (person(0), person(2));
    let id = worker(&a, &county, &who).await;
    let other_id = worker(&a, &county, &other).await;
    let print = |id: &str, key: &str| {
        let path = format!("/v1/accounts/activation-codes/{id}");
        answer(
            a.request(Method::POST, &path)
                .header("Idempotency-Key", key),
        )
    };
    // Many at once, and one later: one code.
    let told = join_all((0..6).map(|_| print(&id, "desk-1"))).await;
    let (status, paper) = print(&id, "desk-1").await;
    assert_eq!(status, StatusCode::OK, "{paper}");
    assert!(
        told.iter().all(|one| *one == (status, paper.clone())),
        "{told:?}"
    );
    let code = paper["activation_code"].as_str().unwrap();
    // The kept answer does not hold it.
    let kept = entity::idempotency_record::Entity::find()
        .all(app.state.db.read())
        .await
        .unwrap();
    let kept = kept
        .iter()
        .find(|row| row.operation == "printActivationCode")
        .unwrap();
    assert!(!kept.answer.contains(code), "{}", kept.answer);
    // Nor does the key give another's code.
    let (_, told) = print(&other_id, "desk-1").await;
    assert_eq!(told["code"], "idempotency_key_reused");
    let (_, others) = print(&other_id, "desk-2").await;
    assert_ne!(others["activation_code"], paper["activation_code"]);
    // It opens, and is used up by that.
    let door = "/v1/accounts/activations/completion";
    let with = |code: &Value| {
        json!({"name": who.name, "id_number": who.id_number, "activation_code": code,
            "login": "wang.jun", "password": NEW})
    };
    let (status, told) = knock(&app, door, &with(&paper["activation_code"])).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let again = print(&id, "desk-1").await.1;
    assert_eq!(again, paper);
    let told = knock(&app, door, &with(&again["activation_code"])).await;
    assert_eq!(told.1["code"], "secret_refused");
    // Another key makes another code, and the one before it works no more.
    let first = print(&id, "desk-3").await.1;
    let second = print(&id, "desk-4").await.1;
    let told = knock(&app, door, &with(&first["activation_code"])).await;
    assert_eq!(told.1["code"], "secret_refused");
    let told = knock(&app, door, &with(&second["activation_code"])).await;
    assert_eq!(told.0, StatusCode::OK, "{}", told.1);
    drop(a);
    app.finish().await;
}
