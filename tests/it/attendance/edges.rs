//! Where an upload ends: done stays done, no class gives too much, no line is refused in half words.

use std::sync::Arc;

use anpei::platform::{Role, jobs};
use anpei::server;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{preview, upload};
use crate::support::{County, Kind, Person, TestApp, person};

#[rstest]
#[tokio::test]
async fn a_commit_that_was_done_stays_done_after_its_plan_is_closed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let people: Vec<Person> = (0..4).map(person).collect();
    let sheet = Person::sheet(&people, "东山街道第1期");
    let (_, seen) = preview(&officer, county.plan, "a.csv", sheet).await;
    let commit = |upload: &Value| {
        let path = format!(
            "/v1/classes/attendance-uploads/{}",
            upload["id"].as_str().unwrap()
        );
        let request = officer.request(Method::POST, &format!("{path}/commit"));
        crate::support::answer(request.header("Idempotency-Key", "once").json(&json!({})))
    };
    let (status, first) = commit(&seen).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    let closure = format!("/v1/plans/{}/closure", county.plan);
    officer.make(&closure, &Value::Null).await;

    let (status, again) = commit(&seen).await;
    assert_eq!(
        (status, &again),
        (StatusCode::OK, &first),
        "the retry is answered as before"
    );

    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_job_cut_off_before_its_note_undoes_nothing_when_it_runs_again(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start_with(kind, &["--job-lines", "2"]).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let people: Vec<Person> = (0..4).map(person).collect();
    let sheet = Person::sheet(&people, "东山街道第1期");
    let (_, seen) = preview(&officer, county.plan, "a.csv", sheet).await;
    let path = format!(
        "/v1/classes/attendance-uploads/{}",
        seen["id"].as_str().unwrap()
    );
    app.stop_jobs().await;
    let (_, queued) = officer.post(&format!("{path}/commit"), &json!({})).await;
    let job = queued["job_id"].as_str().unwrap();
    let row = entity::job::Entity::find_by_id(job.parse::<uuid::Uuid>().unwrap());
    let row = row.one(app.state.db.read()).await.unwrap().unwrap();
    // As a dead instance leaves it: the sheet is in, the job says it is still to be done.
    let done = server::dispatch(app.state.clone(), row).await;
    done.unwrap();
    let closure = format!("/v1/plans/{}/closure", county.plan);
    officer.make(&closure, &Value::Null).await;

    assert!(jobs::step(&app.state, server::dispatch).await.unwrap());
    officer.until_done(job).await;
    assert_eq!(officer.read(&path).await["state"], "committed");
    assert_eq!(officer.read("/v1/boards/progress").await["completed"], 4);
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_class_gives_no_more_than_it_lasts_and_only_toward_its_own_plan(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let sheet = |hours: &str| {
        format!(
            "东山街道第1期 2020年5月12日\n姓名,身份证号码,学时,成绩\n王军,{},{hours},90\n",
            crate::support::id_number(1)
        )
        .into_bytes()
    };
    upload(&officer, county.plan, "a.csv", sheet("900")).await;
    let records = officer.all("/v1/hours/records").await;
    assert_eq!(records[0]["minutes"], 360, "{records:?}");
    upload(&officer, county.plan, "b.csv", sheet("4")).await;
    let minutes = officer.all("/v1/hours/records").await;
    let sum: i64 = minutes.iter().map(|r| r["minutes"].as_i64().unwrap()).sum();
    assert_eq!(
        sum, 180,
        "four hours of 45 minutes, as the later sheet says"
    );

    let terms = json!({
        "title": "另一方案", "year": 2020, "period_from": "2020-01-01", "period_to": "2020-12-31",
        "target_roles": ["other"], "required_offline": 360
    });
    let other = officer.make("/v1/plans", &terms).await;
    let other = other["id"].as_str().unwrap();
    officer
        .make(&format!("/v1/plans/{other}/publication"), &Value::Null)
        .await;
    let classes = officer.all("/v1/classes/sessions").await;
    let fields = [
        ("plan_id", other.to_owned()),
        ("class_id", classes[0]["id"].as_str().unwrap().to_owned()),
    ];
    let uploads = "/v1/classes/attendance-uploads";
    let (status, told) = officer.hand_in(uploads, "c.csv", sheet("8"), &fields).await;
    assert_eq!(
        (status, &told["errors"][0]["at"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/class_id")),
        "{told}"
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_line_is_refused_in_whole_words(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    // One class has its day, the other has none.
    let sheet = format!(
        "东山街道\n姓名,身份证号码,期次,培训日期\n王军,{},第1期,2020-05-12\n李强,{},第2期,\n赵敏,{},第3期,待定\n",
        crate::support::id_number(1),
        crate::support::id_number(2),
        crate::support::id_number(3)
    );
    let (status, seen) = preview(&officer, county.plan, "a.csv", sheet.into_bytes()).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let path = format!(
        "/v1/classes/attendance-uploads/{}",
        seen["id"].as_str().unwrap()
    );
    let refused = officer.all(&format!("{path}/lines?accepted=false")).await;
    assert!(
        refused
            .iter()
            .any(|line| line["reason"] == "class_day_unclear"),
        "{seen}"
    );
    for line in refused {
        let words = line["detail"].as_str().unwrap();
        assert!(!words.contains('{'), "{words}");
    }
    drop(officer);
    app.finish().await;
}
