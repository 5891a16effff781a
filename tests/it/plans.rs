//! Plans and quotas: drafted, published, changed by dated lines, closed.

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{County, Kind, Person, TestApp, answer, person};

#[rstest]
#[tokio::test]
async fn a_plan_is_drafted_published_and_closed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let mut terms = json!({
        "title": "2021年方案", "year": 2021, "period_from": "2021-01-01", "period_to": "2021-12-31",
        "target_roles": ["principal", "other"], "required_offline": 180, "rate_decimals": 2
    });
    let plan = officer.make("/v1/plans", &terms).await;
    assert_eq!(
        (&plan["state"], &plan["pass_mark"]),
        (&json!("draft"), &Value::Null)
    );
    let path = format!("/v1/plans/{}", plan["id"].as_str().unwrap());
    terms["required_offline"] = json!(240);
    let changed = officer.request(Method::PUT, &path).json(&terms);
    let (status, changed) = answer(changed).await;
    assert_eq!(
        (status, &changed["required_offline"]),
        (StatusCode::OK, &json!(240))
    );
    let (status, twice) = officer.post("/v1/plans", &terms).await;
    assert_eq!(
        (status, &twice["code"]),
        (StatusCode::CONFLICT, &json!("plan_title_taken"))
    );

    // A draft takes no attendance.
    let fields = [("plan_id", plan["id"].as_str().unwrap().to_owned())];
    let sheet = Person::sheet(&[person(1)], "东山街道第1期");
    let uploads = "/v1/classes/attendance-uploads";
    let (status, told) = officer
        .hand_in(uploads, "a.csv", sheet.clone(), &fields)
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("plan_not_published"))
    );

    let published = officer
        .make(&format!("{path}/publication"), &Value::Null)
        .await;
    assert_eq!(
        (&published["state"], &published["version"]),
        (&json!("published"), &json!(1))
    );
    let (status, late) = answer(officer.request(Method::PUT, &path).json(&terms)).await;
    assert_eq!(
        (status, &late["code"]),
        (StatusCode::CONFLICT, &json!("plan_not_draft"))
    );
    // The sheet is of 2020, the plan of 2021.
    let (_, told) = officer.hand_in(uploads, "a.csv", sheet, &fields).await;
    assert_eq!(told["code"], "outside_plan_period", "{told}");

    let closed = officer.make(&format!("{path}/closure"), &Value::Null).await;
    assert_eq!(closed["state"], "closed");
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_quota_is_the_sum_of_its_dated_lines_and_each_sees_his_own(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (a, b, officer) = county.officers(&app).await;
    let lines = format!("/v1/plans/{}/quota-lines", county.plan);
    let line = |region, amount, day: &str, reason: &str| json!({"region_id": region, "amount": amount, "day": day, "reason": reason});
    officer
        .make(&lines, &line(county.a, 5, "2020-06-01", "追加任务"))
        .await;
    officer
        .make(&lines, &line(county.a, -3, "2020-09-01", "划转"))
        .await;
    let (status, below) = officer
        .post(&lines, &line(county.a, -13, "2020-10-01", "划转"))
        .await;
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a quota is never below nothing: {below}"
    );

    assert_eq!(a.read("/v1/boards/progress").await["quota"], 12);
    assert_eq!(a.all(&lines).await.len(), 3);
    assert_eq!(
        b.all(&lines).await.len(),
        1,
        "another township's lines are not his to see"
    );
    assert_eq!(officer.read("/v1/boards/progress").await["quota"], 17);
    drop((a, b, officer));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_plan_without_quota_shows_no_rate(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let terms = json!({
        "title": "无任务方案", "year": 2021, "period_from": "2021-01-01", "period_to": "2021-12-31",
        "target_roles": ["other"], "required_offline": 180
    });
    let plan = officer.make("/v1/plans", &terms).await;
    let id = plan["id"].as_str().unwrap();
    officer
        .make(&format!("/v1/plans/{id}/publication"), &Value::Null)
        .await;
    let board = officer
        .read(&format!("/v1/boards/progress?plan_id={id}"))
        .await;
    assert_eq!(board["quota"], 0);
    assert!(board.get("training_rate").is_none(), "{board}");
    drop(officer);
    app.finish().await;
}
