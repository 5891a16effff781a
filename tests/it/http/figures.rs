//! The figures an operator watches: by operation, never by path, and not where the API is reached.

use std::sync::Arc;

use anpei::platform::Role;
use anpei::server;
use reqwest::{Method, StatusCode};
use rstest::rstest;

use crate::support::{County, Kind, TestApp};

/// The figures as Prometheus would fetch them.
async fn figures(app: &TestApp) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let state = app.state.clone();
    let serving = tokio::spawn(async move {
        let stop = async move {
            let _ = stopped.await;
        };
        server::serve_metrics(state, listener, stop).await.unwrap();
    });
    let text = reqwest::get(format!("http://{address}/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    stop.send(()).unwrap();
    serving.await.unwrap();
    text
}

/// The value of a line whose labels hold all of these.
fn value(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let line = text.lines().find(|line| {
        let named = line.strip_prefix(name);
        named.is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label))
    })?;
    line.rsplit(' ').next()?.parse().ok()
}

#[rstest]
#[tokio::test]
async fn an_operator_sees_each_operation_by_its_name(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    // A second instance in the same process counts for itself.
    let other = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    for _ in 0..3 {
        officer.read("/v1/plans").await;
    }
    let unknown = "/v1/plans/0197c5a0-5b1e-7c3a-9d2f-3e4a5b6c7d8e";
    for path in [unknown, "/v1/nowhere/secret-word", "/secret-word"] {
        let (status, _) = officer.get(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let text = figures(&app).await;
    let total = |labels: &[&str]| value(&text, "anpei_requests_total", labels);
    assert_eq!(
        total(&["operation=\"listPlans\"", "status=\"2xx\""]),
        Some(3.0),
        "{text}"
    );
    assert_eq!(
        total(&["operation=\"getPlan\"", "status=\"4xx\""]),
        Some(1.0)
    );
    assert_eq!(total(&["operation=\"none\"", "status=\"4xx\""]), Some(2.0));
    assert_eq!(
        total(&["operation=\"signIn\"", "status=\"2xx\""]),
        Some(1.0)
    );
    assert!(
        !text.contains("secret-word") && !text.contains("0197c5a0"),
        "no path stands in a label"
    );
    let count = value(&text, "anpei_request_seconds_count", &["\"listPlans\""]);
    assert_eq!(count, Some(3.0));
    assert_eq!(
        value(
            &text,
            "anpei_request_seconds_bucket",
            &["\"listPlans\"", "le=\"+Inf\""]
        ),
        Some(3.0)
    );
    for (name, label) in [
        ("anpei_build_info", "version="),
        ("anpei_places", "gate=\"writes\""),
        ("anpei_pool_connections", "pool=\"read\""),
        ("anpei_resident_bytes", ""),
    ] {
        assert!(value(&text, name, &[label]) > Some(0.0), "{name}\n{text}");
    }
    assert_eq!(value(&text, "anpei_jobs_waiting", &[]), Some(0.0));
    assert_eq!(value(&text, "anpei_writers_waiting", &[]), Some(0.0));
    assert!(!figures(&other).await.contains("listPlans"));
    // Where the API is reached, the figures are not.
    let answer = app.request(Method::GET, "/metrics").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    drop(officer);
    app.finish().await;
    other.finish().await;
}
