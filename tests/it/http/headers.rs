//! Encodings, what protects a reader, other origins, and the words for a broken form.

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{header, whole};
use crate::support::{County, Kind, TestApp, answer};

#[rstest]
#[tokio::test]
async fn text_comes_small_to_those_who_ask_and_tokens_never_do(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    // A client that leaves the bytes as they came.
    let bare = reqwest::Client::builder().gzip(false).build().unwrap();
    let get = |path: &str, encoding: &str| {
        bare.get(format!("{}{path}", app.address))
            .bearer_auth(&officer.token)
            .header("Accept-Encoding", encoding)
    };
    let catalogue = "/v1/certificates/catalogue";
    let (_, headers, plain) = whole(get(catalogue, "identity")).await;
    assert_eq!(header(&headers, "content-encoding"), "");
    let plain_tag = header(&headers, "etag").to_owned();
    for encoding in ["gzip", "br"] {
        let (status, headers, small) = whole(get(catalogue, encoding)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(header(&headers, "content-encoding"), encoding);
        assert!(
            small.len() * 2 < plain.len(),
            "{} of {}",
            small.len(),
            plain.len()
        );
        assert!(header(&headers, "vary").contains("Accept-Encoding"));
        assert_ne!(
            header(&headers, "etag"),
            plain_tag,
            "other bytes, another validator"
        );
    }
    // A client that unpacks by itself reads the same.
    let (_, _, read) = whole(officer.request(Method::GET, catalogue)).await;
    assert!(read == plain, "unpacked, the answer is the same");
    // Tiny, a sheet, and whatever holds a token: as they are.
    let board = format!("/v1/boards/progress.xlsx?plan_id={}", county.plan);
    for path in ["/healthz", "/v1/accounts/me", &board] {
        let (status, headers, _) = whole(get(path, "gzip, br")).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(header(&headers, "content-encoding"), "", "{path}");
    }
    let body = json!({"login": format!("county_officer-{}", county.id.simple()), "password": "correct horse battery", "device": "x".repeat(150)});
    let request = bare
        .post(format!("{}/v1/accounts/session", app.address))
        .header("Accept-Encoding", "gzip, br")
        .json(&body);
    let (status, headers, _) = whole(request).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(header(&headers, "content-encoding"), "");
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn every_answer_carries_what_protects_its_reader(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    for path in [
        "/v1/plans",
        "/healthz",
        "/docs",
        "/openapi.json",
        "/nowhere",
        "/v1/nowhere",
    ] {
        let (_, headers, _) = whole(app.request(Method::GET, path)).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            // Not told that TLS stands in front.
            ("strict-transport-security", ""),
            ("access-control-allow-origin", ""),
        ] {
            assert_eq!(header(&headers, name), value, "{path} {name}");
        }
        assert!(header(&headers, "permissions-policy").contains("camera=()"));
        let policy = header(&headers, "content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        let kept = header(&headers, "cache-control");
        assert_eq!(
            kept == "no-store",
            path.starts_with("/v1/"),
            "{path}: {kept}"
        );
        assert_ne!(header(&headers, "x-request-id"), "");
    }
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_documentation_runs_its_own_script_and_no_other(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    use base64::Engine;
    let app = Arc::new(TestApp::start(kind).await);
    let (status, headers, body) = whole(app.request(Method::GET, "/docs")).await;
    assert_eq!(status, StatusCode::OK);
    let policy = header(&headers, "content-security-policy").to_owned();
    let scripts = policy
        .split(';')
        .find(|part| part.trim().starts_with("script-src"))
        .unwrap();
    assert!(
        !scripts.contains("unsafe") && !scripts.contains('*'),
        "{scripts}"
    );
    assert!(policy.contains("connect-src 'self'"), "{policy}");
    // The page has one script that runs, and it is the one the policy names.
    let html = String::from_utf8(body).unwrap();
    let (_, rest) = html.split_once("<script charset=\"UTF-8\">").unwrap();
    let (script, _) = rest.split_once("</script>").unwrap();
    let hash = anpei::platform::seal::sha256(script.as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    assert_eq!(scripts.trim(), format!("script-src 'sha256-{hash}'"));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn behind_tls_browsers_are_told_to_stay_there(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start_with(kind, &["--behind-tls"]).await);
    let (_, headers, _) = whole(app.request(Method::GET, "/healthz")).await;
    assert!(header(&headers, "strict-transport-security").starts_with("max-age=31536000"));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn only_an_origin_named_may_read_from_a_browser(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let known = "https://app.example.cn";
    let origins = format!("{known},http://localhost:5173");
    let open = Arc::new(TestApp::start_with(kind, &["--cors-origins", &origins]).await);
    let closed = Arc::new(TestApp::start(kind).await);
    let ask = |app: &TestApp, origin: &str| {
        app.request(Method::OPTIONS, "/v1/plans")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization, if-match")
    };
    let (status, headers, _) = whole(ask(&open, known)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(header(&headers, "access-control-allow-origin"), known);
    assert!(header(&headers, "access-control-allow-methods").contains("POST"));
    let let_in = header(&headers, "access-control-allow-headers").to_lowercase();
    for name in ["authorization", "if-match", "idempotency-key"] {
        assert!(let_in.contains(name), "{let_in}");
    }
    assert_eq!(header(&headers, "access-control-allow-credentials"), "");
    assert!(header(&headers, "vary").contains("Origin"));
    let request = open
        .request(Method::GET, "/v1/plans")
        .header("Origin", known);
    let (status, headers, _) = whole(request).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(header(&headers, "access-control-allow-origin"), known);
    assert!(header(&headers, "access-control-expose-headers").contains("ETag"));
    for (app, origin) in [
        (&open, "https://evil.example.cn"),
        (&open, "https://app.example.cn.evil.cn"),
        (&open, "http://app.example.cn"),
        (&open, "null"),
        (&closed, known),
    ] {
        let (status, headers, _) = whole(ask(app, origin)).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{origin}");
        assert_eq!(header(&headers, "access-control-allow-origin"), "");
        let request = app
            .request(Method::GET, "/v1/plans")
            .header("Origin", origin);
        let (_, headers, _) = whole(request).await;
        assert_eq!(header(&headers, "access-control-allow-origin"), "");
    }
    open.finish().await;
    closed.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_broken_form_is_told_by_its_field_in_both_languages(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let file = || reqwest::multipart::Part::bytes(b"a".to_vec()).file_name("a.csv");
    let form = |fields: &[(&'static str, &'static str)], with_file: bool| {
        let mut form = reqwest::multipart::Form::new();
        if with_file {
            form = form.part("file", file());
        }
        fields
            .iter()
            .fold(form, |form, (name, value)| form.text(*name, *value))
    };
    let uploads = "/v1/classes/attendance-uploads";
    let lists = "/v1/certificates/due-list-imports";
    let id = "0197c5a0-5b1e-7c3a-9d2f-3e4a5b6c7d8e";
    for (path, fields, with_file, code, at) in [
        (
            uploads,
            &[("plan_id", "x")][..],
            true,
            "bad_parameter",
            "plan_id",
        ),
        (uploads, &[][..], true, "form_field_missing", "plan_id"),
        (
            uploads,
            &[("plan_id", id)][..],
            false,
            "form_field_missing",
            "file",
        ),
        (
            lists,
            &[("frozen_on", "31.12."), ("source", "台账")][..],
            true,
            "bad_parameter",
            "frozen_on",
        ),
        (
            lists,
            &[("frozen_on", "2020-12-31"), ("source", "")][..],
            true,
            "bad_parameter",
            "source",
        ),
        (
            "/v1/people/imports",
            &[("preview", "maybe")][..],
            true,
            "bad_parameter",
            "preview",
        ),
    ] {
        for (lang, chinese) in [("zh", true), ("en", false)] {
            let request = officer
                .request(Method::POST, path)
                .header("Accept-Language", lang)
                .multipart(form(fields, with_file));
            let (status, told): (StatusCode, Value) = answer(request).await;
            assert_eq!(
                (status, &told["code"], &told["errors"][0]["at"]),
                (StatusCode::BAD_REQUEST, &json!(code), &json!(at)),
                "{path} {fields:?}: {told}"
            );
            let words = told["detail"].as_str().unwrap();
            assert!(!words.contains("parse") && !words.contains("`"), "{words}");
            let wide = words
                .chars()
                .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert_eq!(wide, chinese, "{words}");
        }
    }
    drop(officer);
    app.finish().await;
}
