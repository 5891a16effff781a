//! The whole way of the sample county, from 57 raw sheets to 120.2 % and 119.25 %.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anpei::demo;
use anpei::platform::Scope;
use anpei::{boards, places};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Kind, TestApp, courses};

fn samples() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/samples/xinchang_2020"
    ))
}

fn truth() -> Value {
    serde_json::from_slice(&std::fs::read(samples().join("expected.json")).unwrap()).unwrap()
}

#[rstest]
#[tokio::test]
async fn the_sample_county_ends_at_its_two_figures(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let summary = demo::load(&app.state, samples(), false).await.unwrap();
    assert!(summary.failed.is_empty(), "{:?}", summary.failed);
    let truth = truth();
    assert_eq!(summary.questions, 246, "the bank is whole");
    assert_eq!(summary.courses, 3);
    check_files(&app, &truth).await;
    check_board(&app, &truth["totals"]).await;
    app.assert_sound().await;

    // All of it again: nothing moves, and the logins stay.
    let again = demo::load(&app.state, samples(), false).await.unwrap();
    assert_eq!(
        (again.files_already_there, again.accepted),
        (57, summary.accepted)
    );
    assert_eq!(
        again
            .accounts
            .iter()
            .map(|a| &a.password)
            .collect::<Vec<_>>(),
        summary
            .accounts
            .iter()
            .map(|a| &a.password)
            .collect::<Vec<_>>()
    );
    check_board(&app, &truth["totals"]).await;
    sit_the_sample_test(&app, &summary).await;
    begin_the_sample_courses(&app, &summary).await;
    app.finish().await;
}

/// Counts and the reason of each refused line, file by file, as the API tells them.
async fn check_files(app: &Arc<TestApp>, truth: &Value) {
    let accounts: Value =
        serde_json::from_slice(&std::fs::read(app.data().join("demo-accounts.json")).unwrap())
            .unwrap();
    let officer = accounts
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["role"] == "county_officer")
        .unwrap();
    let officer = app
        .sign_in(
            officer["login"].as_str().unwrap(),
            officer["password"].as_str().unwrap(),
        )
        .await;
    let uploads = officer.all("/v1/classes/attendance-uploads").await;
    assert_eq!(uploads.len(), 57);
    for upload in uploads {
        let name = upload["file_name"].as_str().unwrap();
        let expected = &truth["attendance"][name];
        let counts: BTreeMap<_, _> = upload["counts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| (c["code"].as_str().unwrap(), &c["count"]))
            .collect();
        assert_eq!(json!(counts), expected["counts"], "{name}");
        assert_eq!(upload["classes"][0]["day"], expected["date"], "{name}");
        let path = format!(
            "/v1/classes/attendance-uploads/{}/lines?accepted=false",
            upload["id"].as_str().unwrap()
        );
        let refused = officer.all(&path).await;
        let refused: Vec<_> = refused
            .iter()
            .map(|l| json!({"line": l["line"], "why": l["reason"]}))
            .collect();
        assert_eq!(json!(refused), expected["refused"], "{name}");
    }
}

async fn check_board(app: &TestApp, totals: &Value) {
    let county = places::county(&app.state, None).await.unwrap();
    let board = boards::board(&app.state, &Scope::county(county.id), None, None)
        .await
        .unwrap();
    let rate = |rate: Option<rust_decimal::Decimal>| rate.map(|rate| rate.to_string());
    let shown = json!({
        "quota": board.quota,
        "trained_people": board.completed,
        "training_rate": rate(board.rate),
        "due": board.due,
        "claimed": board.claimed,
        "claimed_on_list": board.claimed_on_list,
        "claimed_outside_list": board.claimed_outside_list,
        "claim_rate": rate(board.claim_rate),
        "by_township": board.regions.iter().map(|r| {
            (r.code.clone(), json!({"quota": r.quota, "trained": r.completed, "rate": rate(r.rate)}))
        }).collect::<BTreeMap<_, _>>(),
    });
    assert_eq!(&shown, totals);
}

/// The demo's worker begins each sample course and reads each lesson of it.
async fn begin_the_sample_courses(app: &Arc<TestApp>, summary: &demo::Summary) {
    let account = (summary.accounts.iter())
        .find(|account| account.role == "worker")
        .unwrap();
    let worker = app.sign_in(&account.login, &account.password).await;
    let mine = worker.all("/v1/courses/mine").await;
    assert_eq!(mine.len(), 3, "loaded twice, there once");
    for course in mine {
        let begun = courses::enrolled(&worker, course["course_id"].as_str().unwrap()).await;
        let lessons = courses::lessons(&worker, &begun).await;
        assert!(lessons.len() >= 4);
        for lesson in &lessons {
            let path = format!(
                "/v1/courses/enrolments/{}/lessons/{}",
                begun["id"].as_str().unwrap(),
                lesson["lesson_id"].as_str().unwrap()
            );
            let shown = worker.read(&path).await;
            if shown["kind"] == "quiz" {
                assert!(shown["paper_id"].is_string());
            } else {
                let html = shown["html"].as_str().unwrap();
                assert!(
                    html.contains("<h2>") && html.contains("<blockquote>"),
                    "{html}"
                );
            }
        }
    }
}

/// The demo's worker sits the sample test with nothing answered, and sees it graded with every explanation.
async fn sit_the_sample_test(app: &Arc<TestApp>, summary: &demo::Summary) {
    let account = summary
        .accounts
        .iter()
        .find(|account| account.role == "worker")
        .unwrap();
    let worker = app.sign_in(&account.login, &account.password).await;
    let mine = worker.read("/v1/exams/mine").await;
    let (paper, questions) = (
        &mine["items"][0]["paper_id"],
        &mine["items"][0]["questions"],
    );
    assert_eq!(questions, 45, "{mine}");
    let path = format!("/v1/exams/papers/{}/attempts", paper.as_str().unwrap());
    let begun = worker.make(&path, &serde_json::json!({})).await;
    assert_eq!(begun["questions"].as_array().unwrap().len(), 45);
    let path = format!(
        "/v1/exams/attempts/{}/submission",
        begun["id"].as_str().unwrap()
    );
    let result = worker.make(&path, &serde_json::json!({})).await;
    assert_eq!(
        (&result["passed"], &result["most_points"]),
        (&serde_json::json!(false), &serde_json::json!(100.0))
    );
    let explained = result["questions"].as_array().unwrap().iter();
    assert!(
        explained
            .clone()
            .all(|one| !one["explanation"].as_str().unwrap().is_empty())
    );
    assert!(
        explained
            .clone()
            .all(|one| !one["answer"].as_str().unwrap().is_empty())
    );
}
