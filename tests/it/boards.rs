//! Boards that answer: as of any day, the funnel, the trend, whom to call, who lags, why not yet, live on the wall.

mod own;
mod past;
mod people;
mod signs;

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, Person, TestApp, person};

/// A sheet of these people for a class on a day of May 2020, handed in and committed.
async fn trained(by: &Client, county: &County, day: &'static str, people: &[Person], title: &str) {
    let times: (&'static str, &'static str) = match day {
        "2020-05-12" => ("2020-05-12 08:30", "2020-05-12 16:30"),
        "2020-05-20" => ("2020-05-20 08:30", "2020-05-20 16:30"),
        _ => panic!("{day}"),
    };
    let people: Vec<Person> = people
        .iter()
        .map(|p| {
            let noon = if day == "2020-05-12" {
                "2020-05-12 11:30"
            } else {
                "2020-05-20 11:30"
            };
            let to = if p.times.1.ends_with("11:30") {
                noon
            } else {
                times.1
            };
            Person {
                times: (times.0, to),
                ..p.clone()
            }
        })
        .collect();
    let bytes = Person::sheet(&people, title);
    let plan = county.plan.to_string();
    let uploads = "/v1/classes/attendance-uploads";
    let (status, seen) = by
        .hand_in(uploads, "a.csv", bytes, &[("plan_id", plan)])
        .await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let commit = format!("{uploads}/{}/commit", seen["id"].as_str().unwrap());
    by.make(&commit, &json!({})).await;
}

/// Half the day, and no exam.
fn half(n: usize) -> Person {
    Person {
        times: ("2020-05-12 08:30", "2020-05-12 11:30"),
        score: String::new(),
        ..person(n)
    }
}

/// The whole day, but the exam failed.
fn failed(n: usize) -> Person {
    Person {
        score: "40".into(),
        ..person(n)
    }
}

/// People of township `a`: even numbers. Two complete on 12 May, one on 20 May; one lacks the exam, one half the day.
async fn story(app: &Arc<TestApp>) -> (County, Client) {
    let county = County::make(app).await;
    let officer = county.sign_in(app, Role::CountyOfficer, county.id).await;
    let first = [person(0), person(2), failed(4), half(6)];
    trained(&officer, &county, "2020-05-12", &first, "东山街道第1期").await;
    let second = [person(8)];
    trained(&officer, &county, "2020-05-20", &second, "东山街道第2期").await;
    (county, officer)
}

fn region<'a>(board: &'a Value, id: &impl ToString) -> &'a Value {
    let all = board["regions"].as_array().unwrap();
    let id = id.to_string();
    let key = |row: &&Value| row["id"] == id || row["region_id"] == id;
    all.iter().find(key).unwrap()
}

#[rstest]
#[tokio::test]
async fn a_board_tells_how_it_stood_on_any_day(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let (county, officer) = story(&app).await;
    let later = json!({"region_id": county.a, "amount": 4, "day": "2020-05-15", "reason": "追加"});
    officer
        .make(&format!("/v1/plans/{}/quota-lines", county.plan), &later)
        .await;
    let table = [
        ("2020-05-11", (10, 0, 0, "0.0")),
        ("2020-05-12", (10, 2, 4, "20.0")),
        ("2020-05-15", (14, 2, 4, "14.3")),
        ("2020-05-20", (14, 3, 5, "21.4")),
    ];
    for (day, (quota, completed, times, rate)) in table {
        let board = officer
            .read(&format!("/v1/boards/progress?as_of={day}"))
            .await;
        let row = region(&board, &county.a);
        assert_eq!(
            (
                &row["quota"],
                &row["completed"],
                &row["person_times"],
                &row["rate"]
            ),
            (
                &json!(quota),
                &json!(completed),
                &json!(times),
                &json!(rate)
            ),
            "{day}"
        );
        assert_eq!(board["through"], day);
    }
    // Today's board says the same as the last day's, and how old its figures are.
    let board = officer.read("/v1/boards/progress").await;
    let row = region(&board, &county.a);
    assert_eq!(
        (&row["completed"], &row["last_training_day"]),
        (&json!(3), &json!("2020-05-20"))
    );
    assert!(row["progress_updated_at"].is_string() && board.get("through").is_none());
    let untouched = region(&board, &county.b);
    assert!(untouched.get("progress_updated_at").is_none());
    // A correction of the first class moves the past as well: the day of training counts.
    let (status, told) = officer.get("/v1/boards/progress?as_of=2999-01-01").await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_field"))
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_funnel_narrows_from_the_quota_to_the_complete(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let (county, officer) = story(&app).await;
    // Somebody known, on the list of a class to come, who has finished nothing yet.
    let shop = county.shop_a;
    let known = officer
        .make(
            "/v1/people",
            &json!({"name": "王新", "id_number": person(40).id_number, "enterprise_id": shop,
                "role": "other", "from_day": "2020-02-01"}),
        )
        .await;
    let class = officer
        .make(
            "/v1/classes/sessions",
            &json!({"region_id": county.a, "plan_id": county.plan, "title": "补训班", "minutes": 360,
                "starts": "2020-08-03T08:30:00+08:00", "ends": "2020-08-03T16:30:00+08:00"}),
        )
        .await;
    let roster = format!(
        "/v1/classes/sessions/{}/roster",
        class["id"].as_str().unwrap()
    );
    officer
        .make(&roster, &json!({"person_ids": [known["id"]]}))
        .await;
    let funnel = officer.read("/v1/boards/funnel").await;
    let steps = |row: &Value| {
        ["assigned", "enrolled", "attended", "passed", "complete"]
            .map(|step| row[step].as_i64().unwrap())
    };
    assert_eq!(steps(region(&funnel, &county.a)), [10, 6, 5, 3, 3]);
    assert_eq!(steps(region(&funnel, &county.b)), [5, 0, 0, 0, 0]);
    assert_eq!(steps(&funnel["total"]), [15, 6, 5, 3, 3]);
    // A township officer sees his own.
    let b = county.sign_in(&app, Role::TownshipOfficer, county.b).await;
    let own = b.read("/v1/boards/funnel").await;
    assert_eq!(steps(&own["total"]), [5, 0, 0, 0, 0]);
    drop((officer, b));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_trend_says_where_the_year_ends_at_this_pace(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let (county, officer) = story(&app).await;
    let trend = officer
        .read("/v1/boards/trend?as_of=2020-05-31&step=month")
        .await;
    // 152 of 366 days gone: the straight line to 15 stands at 6.
    assert_eq!(
        (&trend["quota"], &trend["done"], &trend["ahead"]),
        (&json!(15), &json!(3), &json!(-3))
    );
    // Three in the 28 days to 31 May, 214 days left.
    assert_eq!(
        (
            &trend["per_day"],
            &trend["ends_at"],
            &trend["needed_per_day"]
        ),
        (&json!("0.11"), &json!(26), &json!("0.06"))
    );
    assert_eq!(trend["ends_at_rate"], "173.3", "never clamped");
    let points = trend["points"].as_array().unwrap();
    let told: Vec<_> = points
        .iter()
        .map(|p| (p["day"].as_str().unwrap(), p["completed"].as_i64().unwrap()))
        .collect();
    assert_eq!(told.first(), Some(&("2020-01-31", 0)));
    assert_eq!(told.last(), Some(&("2020-05-31", 3)));
    let b = county.b;
    let one = officer
        .read(&format!("/v1/boards/trend?as_of=2020-05-31&region_id={b}"))
        .await;
    assert_eq!((&one["quota"], &one["done"]), (&json!(5), &json!(0)));
    assert!(one.get("reaches_on").is_none(), "never at this pace");
    let neighbour = county.sign_in(&app, Role::TownshipOfficer, county.b).await;
    let path = format!("/v1/boards/trend?region_id={}", county.a);
    assert_eq!(neighbour.get(&path).await.0, StatusCode::NOT_FOUND);
    drop((officer, neighbour));
    app.finish().await;
}

/// The next board of a stream.
async fn next_board(stream: &mut reqwest::Response, so_far: &mut String) -> Value {
    loop {
        if let Some((event, rest)) = so_far.clone().split_once("\n\n") {
            *so_far = rest.to_owned();
            if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                return serde_json::from_str(data).unwrap();
            }
            continue;
        }
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        so_far.push_str(std::str::from_utf8(&chunk).unwrap());
    }
}

#[rstest]
#[tokio::test]
async fn the_wall_changes_when_a_trainer_uploads(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let (county, officer) = story(&app).await;
    let wall = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let mut stream = wall
        .request(Method::GET, "/v1/boards/progress/events")
        .send()
        .await
        .unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    assert_eq!(next_board(&mut stream, &mut text).await["completed"], 3);
    trained(
        &officer,
        &county,
        "2020-05-20",
        &[person(10)],
        "东山街道第3期",
    )
    .await;
    let board = next_board(&mut stream, &mut text).await;
    assert_eq!(board["completed"], 4);
    assert_eq!(board["regions"].as_array().unwrap().len(), 1, "his own");
    drop((officer, wall));
    // A stream that is still open does not hold the server up.
    app.finish().await;
    assert!(stream.chunk().await.is_ok_and(|end| end.is_none()));
}
