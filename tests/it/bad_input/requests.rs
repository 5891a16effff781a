//! Requests: cut, swollen, misspelt.

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Client, County, Kind, TestApp, answer};

/// Sends bytes as they are; what comes back until the server closes.
async fn raw(app: &TestApp, head: &str, body: &[u8]) -> String {
    let address = app.address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that has refused already may have closed its side.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(by: &Client, path: &str, kind: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\nConnection: close\r\n{more}\r\n",
        by.token
    )
}

#[rstest]
#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start_with(kind, &["--upload-limit", "100000"]).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let form = "multipart/form-data; boundary=edge";
    let uploads = "/v1/classes/attendance-uploads";

    let told = raw(
        &app,
        &head(&officer, uploads, form, "Content-Length: 2147483648\r\n"),
        b"--edge\r\n",
    )
    .await;
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    assert!(told.contains("payload_too_large"), "{told}");

    // The same without saying so first.
    let mut chunks = b"e0\r\n--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n".to_vec();
    chunks.extend(vec![b'x'; 0xe0 - (chunks.len() - 4)]);
    chunks.extend(b"\r\n");
    for _ in 0..20 {
        chunks.extend(b"4000\r\n");
        chunks.extend([b'x'; 0x4000]);
        chunks.extend(b"\r\n");
    }
    let told = raw(
        &app,
        &head(&officer, uploads, form, "Transfer-Encoding: chunked\r\n"),
        &chunks,
    )
    .await;
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    assert!(told.contains("payload_too_large"), "{told}");

    let long = json!({"title": "长".repeat(1 << 20)});
    let (status, told) = officer.post("/v1/plans", &long).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{told}");
    assert!(officer.all(uploads).await.is_empty());
    drop(officer);
    app.finish().await;
}

async fn sent(by: &Client, kind: &str, body: impl Into<Vec<u8>>) -> (StatusCode, Value) {
    let request = by
        .request(Method::POST, "/v1/plans")
        .header("Content-Type", kind)
        .body(body.into());
    answer(request).await
}

#[rstest]
#[tokio::test]
async fn a_body_that_cannot_be_read_is_told_field_by_field(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let plans = officer.all("/v1/plans").await.len();
    let json_kind = "application/json";
    let nested = "[".repeat(100_000);
    for (what, body) in [
        ("nothing", b"".to_vec()),
        ("half a body", br#"{"title": "#.to_vec()),
        ("no UTF-8", vec![b'{', 0xFF, 0xFE, b'}']),
        ("a deep nest", nested.into_bytes()),
        ("a NUL", br#"{"title": "a\u0000b"}"#.to_vec()),
        ("a NUL as it is", b"{\"title\": \"a\0b\"}".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a text", b"\"x\"".to_vec()),
        ("null", b"null".to_vec()),
    ] {
        let (status, told) = sent(&officer, json_kind, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{what}: {told}");
        assert!(
            told["code"] == "bad_request" || told["code"] == "invalid_body",
            "{what}: {told}"
        );
    }
    let wrong = json!({
        "year": "2020", "period_from": "2020-13-01", "period_to": 5,
        "target_roles": ["boss"], "required_offline": 1e30, "colour": "red"
    });
    let (status, told) = sent(&officer, json_kind, wrong.to_string()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
    let mut at: Vec<_> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["at"].as_str().unwrap())
        .collect();
    at.sort_unstable();
    assert_eq!(
        at,
        [
            "/colour",
            "/period_from",
            "/period_to",
            "/required_offline",
            "/target_roles/0",
            "/title",
            "/year"
        ],
        "{told}"
    );
    // A number where the document has a text is not taken for one; null is the same as leaving out.
    let number =
        json!({"code": 330_699_009, "name": false, "kind": "township", "valid_from": "2020-01-01"});
    let (status, told) = officer.post("/v1/places/regions", &number).await;
    let at: Vec<_> = [0, 1].map(|n| &told["errors"][n]).into();
    assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
    assert!(at.iter().all(|e| e["code"] == "field_type"), "{told}");
    let null =
        json!({"region_id": county.a, "name": "无码厂", "credit_code": null, "industry": null});
    let (status, told) = officer.post("/v1/places/enterprises", &null).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let (status, told) = sent(&officer, "text/plain", "{}").await;
    assert_eq!(
        (status, &told["code"]),
        (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            &json!("unsupported_media_type")
        )
    );
    assert_eq!(officer.all("/v1/plans").await.len(), plans);
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_address_or_parameter_that_is_none_is_told_as_a_problem(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    for (path, status, code) in [
        ("/v1/nowhere", 404, "not_found"),
        ("/v1/people/../../etc/passwd", 404, "not_found"),
        ("/v1/people/not-an-id", 400, "bad_parameter"),
        ("/v1/people?limit=0", 422, "invalid_field"),
        ("/v1/people?limit=1000000000", 422, "invalid_field"),
        ("/v1/people?limit=-1", 422, "invalid_field"),
        (
            "/v1/people?limit=99999999999999999999",
            400,
            "bad_parameter",
        ),
        ("/v1/people?limit=ten", 400, "bad_parameter"),
        ("/v1/people?cursor=%00", 400, "bad_request"),
        ("/v1/people?q=a%00b", 400, "bad_request"),
        ("/v1/people?cursor=abc", 400, "invalid_cursor"),
        ("/v1/people?region_id=1", 400, "bad_parameter"),
        ("/v1/places/regions?on=2020-02-30", 400, "bad_parameter"),
    ] {
        let (seen, told) = officer.get(path).await;
        assert_eq!(
            (seen.as_u16(), &told["code"]),
            (status, &json!(code)),
            "{path}: {told}"
        );
        assert!(told["request_id"].is_string() && told["type"].is_string());
    }
    // Letters of any kind are only looked for.
    for q in ["%25", "_", "'", "%22%3B--", "%F0%9F%98%80", "%E2%80%AE"] {
        let (status, told) = officer.get(&format!("/v1/people?q={q}")).await;
        assert_eq!(
            (status, &told["items"]),
            (StatusCode::OK, &json!([])),
            "{q}"
        );
    }
    let wrong = officer
        .request(Method::DELETE, "/v1/plans")
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.headers()["allow"], "GET, POST, HEAD");
    assert_eq!(wrong.headers()["content-type"], "application/problem+json");
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_form_without_its_file_or_with_an_odd_name_is_dealt_with(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    use reqwest::multipart::{Form, Part};
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let send = |form: Form| {
        let request = officer.request(Method::POST, "/v1/classes/attendance-uploads");
        answer(request.multipart(form.text("plan_id", county.plan.to_string())))
    };
    let sheet = crate::support::Person::sheet(&[crate::support::person(1)], "东山街道第1期");
    let (status, told) = send(Form::new()).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::BAD_REQUEST, &json!("form_field_missing")),
        "{told}"
    );
    assert!(told["detail"].as_str().unwrap().contains("file"), "{told}");

    let part = |bytes: &[u8]| Part::bytes(bytes.to_vec()).file_name("a.csv");
    let two = Form::new()
        .part("file", part(&sheet))
        .part("file", part(b"a,b\n"));
    let (status, told) = send(two).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::BAD_REQUEST, &json!("bad_parameter")),
        "{told}"
    );
    let odd = Form::new().part("file", part(&sheet)).text("colour", "red");
    let (status, told) = send(odd).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("colour"));
    let (status, told) = send(
        Form::new()
            .part("file", part(&sheet))
            .text("region_id", "x"),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
    assert!(
        told["detail"].as_str().unwrap().contains("region_id"),
        "{told}"
    );
    let uploads = officer.all("/v1/classes/attendance-uploads").await;
    assert!(uploads.is_empty(), "nothing was kept of them");

    for (name, kept) in [
        ("../../x.csv".to_owned(), "x.csv".to_owned()),
        (r"C:\temp\签到表.csv".into(), "签到表.csv".into()),
        (format!("{}.csv", "长".repeat(400)), String::new()),
    ] {
        let part = Part::bytes(sheet.clone()).file_name(name.clone());
        let (status, told) = send(Form::new().part("file", part)).await;
        assert_eq!(status, StatusCode::OK, "{name}: {told}");
        let shown = told["file_name"].as_str().unwrap();
        assert!(shown.chars().count() <= 200);
        assert!(kept.is_empty() || shown == kept, "{name} became {shown}");
    }
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_idempotency_key_has_bounds(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let body = json!({"code": "330699009", "name": "新街道", "kind": "township", "valid_from": "2020-01-01"});
    for key in ["", &"k".repeat(300)] {
        let request = officer
            .request(Method::POST, "/v1/places/regions")
            .header("Idempotency-Key", key)
            .json(&body);
        let (status, told) = answer(request).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{key:.5}: {told}");
    }
    assert_eq!(officer.all("/v1/places/regions").await.len(), 3);
    drop(officer);
    app.finish().await;
}
