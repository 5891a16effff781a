//! Tokens nobody gave out, and refresh tokens used twice.

use std::sync::Arc;

use anpei::platform::caller::{ACCESS_MINUTES, Claims};
use anpei::platform::{Role, clock};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{operations, row, rows};
use crate::support::{County, Kind, TestApp, answer};

#[rstest]
#[tokio::test]
async fn no_operation_answers_a_caller_without_a_token_or_with_a_forged_one(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let forged = forgeries(&app, &officer.token);
    for operation in operations() {
        if row(&operation.id) == Some(rows::Stranger::Public) {
            continue;
        }
        let path: Vec<_> = operation
            .path
            .split('/')
            .map(|part| match part.starts_with('{') {
                true => clock::new_id().to_string(),
                false => part.to_owned(),
            })
            .collect();
        let path = path.join("/");
        // An answer to HEAD has a status and no words.
        let said = |code: &str| match operation.method == Method::HEAD {
            true => Value::Null,
            false => json!(code),
        };
        let bare = app.request(operation.method.clone(), &path);
        let (status, body) = answer(bare).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::UNAUTHORIZED, &said("unauthenticated")),
            "{} without a token",
            operation.id
        );
        for (what, token, code) in &forged {
            let request = app.request(operation.method.clone(), &path);
            let (status, body) = answer(request.bearer_auth(token)).await;
            assert_eq!(
                (status, &body["code"]),
                (StatusCode::UNAUTHORIZED, &said(code)),
                "{} with {what}",
                operation.id
            );
        }
    }
    drop(officer);
    app.finish().await;
}

/// Tokens that look right and are not, each with the code it is refused by.
fn forgeries(app: &TestApp, token: &str) -> Vec<(&'static str, String, &'static str)> {
    let mut parts = token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let claims: Claims =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
    let (kid, key) = app.state.seal.signing_key().unwrap();
    let header = Header {
        kid: Some(kid.to_string()),
        ..Header::new(Algorithm::HS256)
    };
    let sign = |header: &Header, claims: &Claims, key: &[u8]| {
        encode(header, claims, &EncodingKey::from_secret(key)).unwrap()
    };
    let expired = Claims {
        exp: claims.iat - 1,
        iat: claims.iat - ACCESS_MINUTES * 60,
        ..claims.clone()
    };
    let promoted = Claims {
        county: clock::new_id(),
        ..claims.clone()
    };
    let none = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "kid": kid.to_string()}).to_string());
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&promoted).unwrap());
    let longer = Header {
        alg: Algorithm::HS512,
        ..header.clone()
    };
    let nobody = Header {
        kid: Some("99".into()),
        ..header.clone()
    };
    let unsigned = format!("{none}.{}.", parts[1]);
    let tampered = format!("{}.{body}.{}", parts[0], parts[2]);
    parts[2] = parts[2].chars().rev().collect();
    let refused = "unauthenticated";
    vec![
        ("no signature", unsigned, refused),
        ("another county written in", tampered, refused),
        ("its signature turned round", parts.join("."), refused),
        ("another key", sign(&header, &claims, &[7; 32]), refused),
        ("an unknown key's id", sign(&nobody, &claims, &key), refused),
        ("another algorithm", sign(&longer, &claims, &key), refused),
        ("rubbish", "a.b.c".into(), refused),
        (
            "its time run out",
            sign(&header, &expired, &key),
            "token_expired",
        ),
    ]
}

#[rstest]
#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_whole_family(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let refresh = |token: Value| {
        let body = json!({"refresh_token": token});
        answer(
            app.request(Method::POST, "/v1/accounts/session/refresh")
                .json(&body),
        )
    };
    let first = officer.session["refresh_token"].clone();
    let (status, second) = refresh(first.clone()).await;
    assert_eq!(status, StatusCode::OK, "{second}");
    assert_ne!(second["refresh_token"], first, "each token works once");

    let stolen = refresh(first).await;
    assert_eq!(
        (stolen.0, &stolen.1["code"]),
        (StatusCode::UNAUTHORIZED, &json!("refresh_refused"))
    );
    let heir = refresh(second["refresh_token"].clone()).await;
    assert_eq!(
        heir.0,
        StatusCode::UNAUTHORIZED,
        "whoever holds the newest token must sign in again"
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn signing_out_ends_the_session(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let out = officer
        .request(Method::DELETE, "/v1/accounts/session")
        .send()
        .await
        .unwrap();
    assert_eq!(out.status(), StatusCode::NO_CONTENT);
    let body = json!({"refresh_token": officer.session["refresh_token"]});
    let (status, refused) = answer(
        app.request(Method::POST, "/v1/accounts/session/refresh")
            .json(&body),
    )
    .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{refused}");
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_unknown_login_and_a_wrong_password_get_one_answer(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    drop(county.sign_in(&app, Role::CountyOfficer, county.id).await);
    let login = format!("county_officer-{}", county.id.simple());
    let mut answers = Vec::new();
    for (login, password) in [
        (login.as_str(), "wrong battery staple"),
        ("nobody", "wrong battery staple"),
        (login.as_str(), ""),
        ("' OR 1=1 --", "x"),
    ] {
        let body = json!({"login": login, "password": password});
        let request = app
            .request(Method::POST, "/v1/accounts/session")
            .json(&body);
        let (status, mut told) = answer(request).await;
        told.as_object_mut().unwrap().remove("request_id");
        answers.push((status, told));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, StatusCode::UNAUTHORIZED);
    assert!(answers.iter().all(|(status, _)| status.is_client_error()));
    app.finish().await;
}
