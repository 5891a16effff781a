//! The schema's step keeps what was there before it.

use std::sync::Arc;

use anpei::platform::Role;
use migration::{Migrator, MigratorTrait};
use reqwest::StatusCode;
use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::support::{County, Kind, Person, TestApp, person};

#[rstest]
#[tokio::test]
async fn marks_made_before_the_step_are_there_after_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let people: Vec<Person> = (0..4).map(person).collect();
    let sheet = Person::sheet(&people, "东山街道第1期");
    let uploads = "/v1/classes/attendance-uploads";
    let plan = [("plan_id", county.plan.to_string())];
    let (status, seen) = officer.hand_in(uploads, "a.csv", sheet, &plan).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let commit = format!("{uploads}/{}/commit", seen["id"].as_str().unwrap());
    officer.make(&commit, &json!({})).await;
    let class = &officer.read("/v1/classes/sessions").await["items"][0];
    let class = class["id"].as_str().unwrap();
    let marks = format!("/v1/classes/sessions/{class}/marks");
    let before = officer.all(&marks).await;
    assert_eq!(before.len(), 4);

    // Back to before the step, and on again.
    let steps = Migrator::migrations();
    let place = steps
        .iter()
        .position(|step| step.name() == "m0012_check_in")
        .unwrap();
    let back = u32::try_from(steps.len() - place).unwrap();
    let url = app.state.settings.database();
    let db = sea_orm::Database::connect(url.expose_secret())
        .await
        .unwrap();
    Migrator::down(&db, Some(back)).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    db.close().await.unwrap();
    assert_eq!(officer.all(&marks).await, before);
    let roll = json!({"lines": [{"line": "1", "person_id": before[0]["person_id"], "score": 100}]});
    let told = officer
        .make(&format!("/v1/classes/sessions/{class}/roll"), &roll)
        .await;
    assert_eq!(told["lines"][0]["effect"], "changed", "{told}");
    drop(officer);
    app.finish().await;
}
