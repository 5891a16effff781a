//! What is counted against whom: addresses however they are written.

use std::sync::Arc;

use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::json;

use crate::support::{Kind, TestApp, answer};

const STRICT: [&str; 4] = ["--address-limit", "8", "--trusted-proxies", "127.0.0.1"];

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
