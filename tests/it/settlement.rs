//! A plan is settled at its period's end: settled figures never move, corrections show beside them; who moved stays
//! credited where he was trained.

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, Person, TestApp, answer, person};

mod clocks;
mod moves;

/// Hands in a sheet and commits it.
async fn hand_in(by: &Client, county: &County, people: &[Person], title: &str) -> Value {
    let uploads = "/v1/classes/attendance-uploads";
    let fields = [("plan_id", county.plan.to_string())];
    let sheet = Person::sheet(people, title);
    commit(by, by.hand_in(uploads, "a.csv", sheet, &fields).await).await
}

async fn commit(by: &Client, (status, seen): (StatusCode, Value)) -> Value {
    assert_eq!(status, StatusCode::OK, "{seen}");
    let id = seen["id"].as_str().unwrap();
    let path = format!("/v1/classes/attendance-uploads/{id}/commit");
    by.make(&path, &json!({})).await
}

async fn close(officer: &Client, county: &County) {
    let path = format!("/v1/plans/{}/closure", county.plan);
    officer.make(&path, &Value::Null).await;
}

async fn id_of(by: &Client, n: usize) -> String {
    let people = by.all("/v1/people").await;
    let found = people.iter().find(|p| p["name"] == person(n).name);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Corrects the first line of somebody's: he did not stay, or he did after all.
async fn correct(by: &Client, n: usize, stayed: bool) -> Value {
    let records = format!("/v1/hours/records?person_id={}", id_of(by, n).await);
    let records = by.all(&records).await;
    let path = format!(
        "/v1/hours/records/{}/corrections",
        records[0]["id"].as_str().unwrap()
    );
    let minutes = if stayed { 360 } else { 0 };
    let right =
        json!({"minutes": minutes, "finished": stayed, "passed": stayed, "reason": "点名册核对"});
    by.make(&path, &right).await
}

fn region(told: &Value, id: uuid::Uuid) -> &Value {
    let regions = told["regions"].as_array().unwrap();
    let found = regions.iter().find(|r| r["id"] == id.to_string());
    found.unwrap_or_else(|| panic!("{id} is not in {told}"))
}

fn code((status, told): (StatusCode, Value)) -> (u16, String) {
    (
        status.as_u16(),
        told["code"].as_str().unwrap_or_default().to_owned(),
    )
}

#[rstest]
#[tokio::test]
async fn a_settled_figure_never_moves_and_corrections_show_beside_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (a, b, officer) = county.officers(&app).await;
    let people: Vec<Person> = (0..6).map(person).collect();
    hand_in(&officer, &county, &people, "东山街道第1期").await;
    let path = format!("/v1/plans/{}/settlement", county.plan);
    assert_eq!(
        code(officer.post(&path, &Value::Null).await),
        (409, "plan_not_closed".into())
    );
    assert_eq!(code(officer.get(&path).await), (404, "not_found".into()));
    close(&officer, &county).await;
    assert_eq!(
        code(a.post(&path, &Value::Null).await),
        (403, "forbidden".into()),
        "settling is the county's"
    );
    let settled = officer.make(&path, &Value::Null).await;
    let east = region(&settled, county.a);
    assert_eq!(
        (&east["settled"]["completed"], &east["settled"]["quota"]),
        (&json!(3), &json!(10))
    );
    assert_eq!(
        (&east["rate"], &east["corrections"]),
        (&json!("30.0"), &json!(0))
    );
    assert_eq!(settled["digest_matches"], true);
    assert_eq!(
        code(officer.post(&path, &Value::Null).await),
        (409, "plan_settled".into())
    );

    let line = correct(&officer, 0, false).await;
    let quota = json!({"region_id": county.b, "amount": 5, "day": "2020-12-01", "reason": "复核"});
    let lines = format!("/v1/plans/{}/quota-lines", county.plan);
    officer.make(&lines, &quota).await;
    let told = officer.read(&path).await;
    let east = region(&told, county.a);
    assert_eq!(east["settled"], region(&settled, county.a)["settled"]);
    assert_eq!(
        (&east["rate"], &east["current_rate"]),
        (&json!("30.0"), &json!("20.0"))
    );
    assert_eq!(
        (
            &east["current"]["completed"],
            &east["difference"]["completed"]
        ),
        (&json!(2), &json!(-1))
    );
    assert_eq!(
        (
            &east["difference"]["person_times"],
            &east["difference"]["quota"]
        ),
        (&json!(-1), &json!(0))
    );
    let west = region(&told, county.b);
    assert_eq!(
        (&west["settled"]["quota"], &west["difference"]["quota"]),
        (&json!(5), &json!(5))
    );
    assert_eq!(
        (&east["corrections"], &west["corrections"]),
        (&json!(1), &json!(1))
    );
    let causes = told["corrections"].as_array().unwrap();
    assert_eq!(causes.len(), 2);
    assert_eq!(
        (
            &causes[0]["kind"],
            &causes[0]["quota"],
            &causes[0]["reason"]
        ),
        (&json!("quota_line"), &json!(5), &json!("复核"))
    );
    assert_eq!(
        (
            &causes[1]["kind"],
            &causes[1]["id"],
            &causes[1]["person_times"]
        ),
        (&json!("training_record"), &line["id"], &json!(-1))
    );
    assert_eq!(told["digest_matches"], true);

    // The board shows the settled figures as the figures; the days before are told as they are known now.
    let board = officer.read("/v1/boards/progress").await;
    assert_eq!(
        (
            &board["completed"],
            &board["quota"],
            &board["training_rate"]
        ),
        (&json!(6), &json!(15), &json!("40.0"))
    );
    assert_eq!(board["settled_at"], settled["settled_at"]);
    assert_eq!(
        board["later"],
        json!({"quota": 5, "completed": -1, "person_times": -1, "passed": -1})
    );
    let row = region(&board, county.a);
    assert_eq!(
        (&row["completed"], &row["later"]["completed"]),
        (&json!(3), &json!(-1))
    );
    let past = officer.read("/v1/boards/progress?as_of=2020-12-31").await;
    assert_eq!(
        (&past["completed"], past.get("settled_at")),
        (&json!(5), None)
    );

    // Each township reads its own row and its own causes.
    let seen = a.read(&path).await;
    assert_eq!(seen["regions"].as_array().unwrap().len(), 1);
    assert_eq!(region(&seen, county.a), region(&told, county.a));
    assert_eq!(seen["corrections"], json!([causes[1]]));
    assert_eq!(seen["digest_matches"], true);
    assert_eq!(
        region(&b.read(&path).await, county.b),
        region(&told, county.b)
    );
    drop((a, b, officer));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_plan_is_settled_as_it_was_seen_and_after_its_period(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let at = "2020-12-31T15:59:00Z".parse().unwrap();
    let app = Arc::new(TestApp::start_at(kind, at).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let plan = format!("/v1/plans/{}", county.plan);
    let read = officer.request(Method::GET, &plan).send().await.unwrap();
    let seen = read.headers()["etag"].to_str().unwrap().to_owned();
    close(&officer, &county).await;
    let path = format!("{plan}/settlement");
    assert_eq!(
        code(officer.post(&path, &Value::Null).await),
        (409, "plan_period_running".into()),
        "its last day is not over"
    );
    app.state.clock.set("2020-12-31T16:00:00Z".parse().unwrap());
    let by = |tag: &str| {
        let request = officer.request(Method::POST, &path).header("If-Match", tag);
        request.header("Idempotency-Key", format!("settle-{}", tag.len()))
    };
    assert_eq!(code(answer(by(&seen)).await), (412, "stale".into()));
    let (status, first) = answer(by("*")).await;
    assert_eq!(status, StatusCode::OK, "{first}");
    assert_eq!(answer(by("*")).await, (status, first), "the same again");
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_database_refuses_to_change_what_was_settled(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    hand_in(&officer, &county, &[person(0)], "东山街道第1期").await;
    close(&officer, &county).await;
    let path = format!("/v1/plans/{}/settlement", county.plan);
    officer.make(&path, &Value::Null).await;
    for change in [
        "UPDATE settlement_row SET completed = completed + 1",
        "DELETE FROM settlement_row",
        "UPDATE plan_settlement SET settled_at = 0",
        "DELETE FROM plan_settlement",
    ] {
        let tx = app.state.db.begin_write().await.unwrap();
        let told = tx.execute_unprepared(change).await;
        let told = told.map(|_| ()).unwrap_err().to_string();
        assert!(
            told.contains("a settled figure never moves"),
            "{change}: {told}"
        );
        tx.rollback().await.unwrap();
    }

    // Whoever gets past that leaves a digest that no longer fits, and the doctor says so.
    let tx = app.state.db.begin_write().await.unwrap();
    let off = match kind {
        Kind::Sqlite => "DROP TRIGGER \"tr_settlement_row_UPDATE\"",
        Kind::Postgres => "ALTER TABLE settlement_row DISABLE TRIGGER ALL",
    };
    tx.execute_unprepared(off).await.unwrap();
    tx.execute_unprepared("UPDATE settlement_row SET rate = '99.9' WHERE rate IS NOT NULL")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(officer.read(&path).await["digest_matches"], false);
    let checks = anpei::boards::doctor::checks(&app.state).await.unwrap();
    let wrong: Vec<_> = checks.iter().filter(|c| !c.ok).map(|c| &*c.name).collect();
    assert_eq!(wrong, ["settled_rows_have_their_digest"]);
    drop(officer);
    app.stopped().await.remove().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_settled_among_many_corrections_knows_which_came_later(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = Arc::new(county.sign_in(&app, Role::CountyOfficer, county.id).await);
    let people: Vec<Person> = (0..24).map(person).collect();
    hand_in(&officer, &county, &people, "东山街道第1期").await;
    close(&officer, &county).await;
    let records = officer.all("/v1/hours/records").await;
    let settlement = format!("/v1/plans/{}/settlement", county.plan);
    let lines = format!("/v1/plans/{}/quota-lines", county.plan);
    let mut hands = tokio::task::JoinSet::new();
    for (n, record) in records.into_iter().enumerate() {
        let (officer, settlement, lines) = (officer.clone(), settlement.clone(), lines.clone());
        let line =
            json!({"region_id": county.a, "amount": 1, "day": "2020-12-01", "reason": "复核"});
        hands.spawn(async move {
            if n == 12 {
                officer.make(&settlement, &Value::Null).await;
            } else if n % 4 == 0 {
                officer.make(&lines, &line).await;
            }
            let id = record["id"].as_str().unwrap();
            let path = format!("/v1/hours/records/{id}/corrections");
            let right = json!({"minutes": 0, "finished": false, "passed": false, "reason": "复核"});
            officer.make(&path, &right).await;
        });
    }
    while let Some(done) = hands.join_next().await {
        done.unwrap();
    }
    // Whatever came before the settling is in its figures, whatever came after is told beside them.
    let told = officer.read(&settlement).await;
    let causes = told["corrections"].as_array().unwrap();
    for id in [county.a, county.b] {
        let row = region(&told, id);
        assert_eq!(row["current"]["completed"], 0);
        let of_it = || causes.iter().filter(|c| c["region_id"] == id.to_string());
        for figure in ["person_times", "passed", "quota"] {
            let sum: i64 = of_it().filter_map(|c| c[figure].as_i64()).sum();
            assert_eq!(row["difference"][figure], sum, "{figure}: {told}");
        }
        assert_eq!(row["corrections"], of_it().count());
    }
    let marked = entity::quota_line::Entity::find()
        .filter(entity::quota_line::Column::AfterSettlement.eq(true))
        .count(app.state.db.read())
        .await
        .unwrap();
    let later = causes.iter().filter(|c| c["kind"] == "quota_line").count();
    assert_eq!(usize::try_from(marked).unwrap(), later);
    drop(officer);
    app.finish().await;
}
