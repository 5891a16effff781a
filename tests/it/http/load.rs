//! Too many at once: the surplus is told to come again, the rest is done whole, and readers notice nothing.

use std::sync::Arc;

use anpei::platform::Role;
use futures_util::future::join_all;
use futures_util::poll;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Client, County, Kind, TestApp};

const ROOM: usize = 4;

/// Keeps every writer of the county waiting until it is dropped.
async fn hold(app: &TestApp) -> DatabaseTransaction {
    let tx = app.state.db.begin_write().await.unwrap();
    if app.state.db.is_postgres() {
        tx.execute_unprepared("SELECT * FROM audit_head FOR UPDATE")
            .await
            .unwrap();
    }
    tx
}

struct Told {
    status: StatusCode,
    retry_after: String,
    body: Value,
}

async fn draft(by: &Client, n: usize) -> Told {
    let plan = json!({
        "title": format!("第{n}号方案"), "year": 2019, "period_from": "2019-01-01",
        "period_to": "2019-12-31", "target_roles": ["other"], "required_offline": 360
    });
    let answer = by
        .request(Method::POST, "/v1/plans")
        .header("Idempotency-Key", format!("draft-{n}"))
        .json(&plan)
        .send()
        .await
        .unwrap();
    let header = answer.headers().get("retry-after");
    Told {
        status: answer.status(),
        retry_after: header.map_or(String::new(), |v| v.to_str().unwrap().to_owned()),
        body: answer.json().await.unwrap(),
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_sheds_the_surplus_and_loses_nothing_it_took(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let room = ROOM.to_string();
    let app = Arc::new(TestApp::start_with(kind, &["--writes-at-once", &room]).await);
    let county = County::make(&app).await;
    let officer = Arc::new(county.sign_in(&app, Role::CountyOfficer, county.id).await);
    let before = officer.all("/v1/plans").await.len();
    let held = hold(&app).await;
    let first: Vec<_> = (0..ROOM)
        .map(|n| {
            let officer = officer.clone();
            tokio::spawn(async move { draft(&officer, n).await })
        })
        .collect();
    // Until all of them stand in the queue; each look is an answer of the server.
    while app.state.gates.writes.taken().0 < ROOM {
        officer.read("/v1/accounts/me").await;
    }
    let surplus = join_all((ROOM..ROOM + 8).map(|n| draft(&officer, n))).await;
    for told in &surplus {
        assert_eq!(
            (told.status, told.body["code"].as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, Some("busy")),
            "{}",
            told.body
        );
        assert!(
            told.retry_after.parse::<u32>().unwrap() > 0,
            "{}",
            told.retry_after
        );
    }
    // Readers and whoever asks after our health are answered meanwhile.
    assert_eq!(officer.all("/v1/plans").await.len(), before);
    for path in ["/healthz", "/readyz"] {
        let answer = app.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    assert!(first.iter().all(|writer| !writer.is_finished()));
    held.rollback().await.unwrap();
    for writer in first {
        let told = writer.await.unwrap();
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    }
    assert_eq!(officer.all("/v1/plans").await.len(), before + ROOM);
    // Who was told to come again comes again, and is served: nothing was kept back, nothing is done twice.
    for n in 0..ROOM + 8 {
        let told = draft(&officer, n).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    }
    assert_eq!(officer.all("/v1/plans").await.len(), before + ROOM + 8);
    assert_eq!(app.state.gates.writes.taken().0, 0);
    assert_eq!(app.state.db.waiting(), 0);
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_have_a_bound_of_their_own(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start_with(kind, &["--uploads-at-once", "1"]).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let sheet = "姓名,身份证号码,工作单位\n".as_bytes().to_vec();
    let place = app.state.gates.uploads.enter().unwrap();
    let (status, told) = officer
        .hand_in("/v1/people/imports", "a.csv", sheet.clone(), &[])
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("busy"))
    );
    // Another kind of write goes on.
    assert_eq!(draft(&officer, 1).await.status, StatusCode::OK);
    drop(place);
    let (status, told) = officer
        .hand_in("/v1/people/imports", "a.csv", sheet, &[])
        .await;
    assert_eq!(
        (status, &told["lines"]),
        (StatusCode::OK, &json!(0)),
        "{told}"
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_have_a_bound_and_give_their_place_back(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start_with(kind, &["--streams-at-once", "1"]).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let path = format!("/v1/boards/progress/events?plan_id={}", county.plan);
    let watch = || officer.request(Method::GET, &path).send();
    // Over a socket of its own: a client keeps a stream it dropped until the next event.
    let address = app.address.strip_prefix("http://").unwrap();
    let mut first = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
        officer.token
    );
    first.write_all(head.as_bytes()).await.unwrap();
    let mut told = String::new();
    while !told.contains("data:") {
        let mut some = [0; 4_096];
        let length = first.read(&mut some).await.unwrap();
        assert!(length > 0, "{told}");
        told.push_str(&String::from_utf8_lossy(&some[..length]));
    }
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    assert_eq!(
        watch().await.unwrap().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    drop(first);
    // The server sees that nobody listens when it next has something to say.
    let quota = json!({"region_id": county.a, "amount": 1, "day": "2020-03-01", "reason": "追加"});
    let mut events = 0;
    while app.state.gates.streams.taken().0 > 0 {
        events += 1;
        assert!(events < 500, "the place never comes back");
        officer
            .make(&format!("/v1/plans/{}/quota-lines", county.plan), &quota)
            .await;
    }
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn who_hangs_up_while_a_read_begins_leaves_nobody_in_the_past(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let everybody_sees = async |plans: usize| {
        let all = join_all((0..32).map(|_| officer.read("/v1/plans"))).await;
        for told in all {
            assert_eq!(told["items"].as_array().unwrap().len(), plans);
        }
        let boards = join_all((0..32).map(|_| officer.get("/v1/boards/trend"))).await;
        for (status, told) in boards {
            assert_eq!(status, StatusCode::OK, "{told}");
        }
    };
    everybody_sees(1).await;
    // Dropped after so many steps, as a request is whose caller has gone.
    for steps in 0..60 {
        let mut begun = Box::pin(app.state.db.begin_read());
        for _ in 0..steps % 4 {
            if poll!(&mut begun).is_ready() {
                break;
            }
            officer.read("/v1/places/regions").await;
        }
    }
    everybody_sees(1).await;
    let told = draft(&officer, 1).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    everybody_sees(2).await;
    drop(officer);
    app.finish().await;
}
