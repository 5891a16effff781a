//! How long what is kept: set within the law, told before anything goes, and gone when its time is over.

mod rest;

use std::sync::Arc;

use anpei::platform::recurring::{self, Task};
use anpei::platform::{App, Role};
use anpei::server::RECURRING;
use entity::{
    attendance_upload, idempotency_record, job, recurring_task, refresh_token, upload_line,
};
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, Person, TestApp, answer, person};

const DAY: i64 = 86_400_000_000;
const RULES: &str = "/v1/archives/retention";

fn purge() -> &'static Task {
    RECURRING
        .iter()
        .find(|task| task.name == "retention")
        .unwrap()
}

async fn put(by: &Client, items: Value) -> (StatusCode, Value) {
    answer(
        by.request(Method::PUT, RULES)
            .json(&json!({"items": items})),
    )
    .await
}

async fn due(by: &Client, kind: &str) -> i64 {
    let report = by.read(&format!("{RULES}/report")).await;
    let items = report["items"].as_array().unwrap();
    let line = items.iter().find(|line| line["kind"] == kind).unwrap();
    line["rows"].as_i64().unwrap()
}

/// Makes the round due at once, as if its hour had come.
async fn round(app: &App) {
    let tx = app.db.begin_write().await.unwrap();
    recurring_task::Entity::update_many()
        .col_expr(recurring_task::Column::NextRun, 0.into())
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    recurring::step(app, purge()).await.unwrap();
    let last = recurring::last_run(app, "retention")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(last.fault, None);
}

async fn upload(by: &Client, county: &County, n: usize) -> String {
    let fields = [
        ("plan_id", county.plan.to_string()),
        ("region_id", county.a.to_string()),
    ];
    let mut bad = person(n);
    bad.id_number = "123".into();
    let people = [person(n + 100), bad];
    let sheet = Person::sheet(&people, &format!("第{n}期"));
    let path = "/v1/classes/attendance-uploads";
    let (status, seen) = by.hand_in(path, "签到表.csv", sheet, &fields).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    format!("{path}/{}", seen["id"].as_str().unwrap())
}

#[rstest]
#[tokio::test]
async fn no_time_is_shorter_than_the_law_says(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let admin = county.sign_in(&app, Role::CountyAdmin, county.id).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let seen = admin.read(RULES).await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 11);
    for (kind, days) in [
        ("training_records", 1_095),
        ("audit_log", 183),
        ("idempotency_records", 2),
        ("jobs", 1),
    ] {
        let (status, told) = put(&admin, json!([{"kind": kind, "days": days}])).await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_field")),
            "{kind}: {told}"
        );
    }
    assert_eq!(admin.read(RULES).await, seen, "nothing was set");
    let (status, set) = put(&admin, json!([{"kind": "sessions", "days": 7}])).await;
    assert_eq!(status, StatusCode::OK, "{set}");
    assert_eq!(admin.read(RULES).await, set);
    let sessions = |of: &Value| {
        let items = of["items"].as_array().unwrap();
        let line = items
            .iter()
            .find(|line| line["kind"] == "sessions")
            .unwrap();
        line["days"].as_i64().unwrap()
    };
    assert_eq!((sessions(&seen), sessions(&set)), (30, 7));
    // Not named again: as usual again.
    let (_, set) = put(&admin, json!([])).await;
    assert_eq!(set, seen);
    let (status, _) = put(&officer, json!([])).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    // Two who set at once: the second is told.
    let answer_of = |tag: String, days: i32| {
        let body = json!({"items": [{"kind": "sessions", "days": days}]});
        answer(
            admin
                .request(Method::PUT, RULES)
                .header("If-Match", tag)
                .json(&body),
        )
    };
    let shown = admin.request(Method::GET, RULES).send().await.unwrap();
    let tag = shown.headers()["etag"].to_str().unwrap().to_owned();
    let told = join_all((5..9).map(|days| answer_of(tag.clone(), days))).await;
    let taken = told
        .iter()
        .filter(|(status, _)| status.is_success())
        .count();
    let stale = told
        .iter()
        .filter(|(_, told)| told["code"] == "stale")
        .count();
    assert_eq!((taken, stale), (1, 3), "{told:?}");
    drop((admin, officer));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_has_had_its_time_goes_and_the_rest_stays(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let admin = county.sign_in(&app, Role::CountyAdmin, county.id).await;
    let (old, discarded, young, committed) = (
        upload(&admin, &county, 1).await,
        upload(&admin, &county, 2).await,
        upload(&admin, &county, 3).await,
        upload(&admin, &county, 4).await,
    );
    admin.make(&format!("{committed}/commit"), &json!({})).await;
    let (status, _) = answer(admin.request(Method::DELETE, &discarded)).await;
    assert_eq!(status, StatusCode::OK);
    let id = |path: &str| -> uuid::Uuid { path.rsplit('/').next().unwrap().parse().unwrap() };
    age(&app, &[id(&old), id(&discarded), id(&committed)]).await;
    let told = json!({"region_id": county.a, "name": "新开机械厂"});
    let request = admin
        .request(Method::POST, "/v1/places/enterprises")
        .header("Idempotency-Key", "long-ago")
        .json(&told);
    assert_eq!(answer(request).await.0, StatusCode::OK);
    let files = || {
        std::fs::read_dir(app.data().join("files").join("uploads"))
            .unwrap()
            .count()
    };
    age_rest(&app).await;
    assert_eq!(files(), 4);
    // Told first, and only told.
    for _ in 0..2 {
        assert_eq!(due(&admin, "uncommitted_uploads").await, 2);
        assert_eq!(due(&admin, "idempotency_records").await, 1);
        assert!(due(&admin, "sessions").await >= 1);
        assert_eq!(due(&admin, "jobs").await, 1);
        assert_eq!(due(&admin, "training_records").await, 0);
    }
    assert_eq!(files(), 4);
    round(&app.state).await;
    for kind in [
        "uncommitted_uploads",
        "idempotency_records",
        "sessions",
        "jobs",
    ] {
        assert_eq!(due(&admin, kind).await, 0, "{kind}");
    }
    assert_eq!(files(), 2, "the young and the committed keep their sheets");
    for path in [&old, &discarded] {
        assert_eq!(admin.read(path).await["state"], "discarded");
        let (status, _) = admin.get(&format!("{path}/refused.xlsx")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, told) = admin.post(&format!("{path}/commit"), &json!({})).await;
        assert_eq!(
            (status, &told["code"]),
            (StatusCode::CONFLICT, &json!("upload_not_open"))
        );
        let db = app.state.db.read();
        let lines = upload_line::Entity::find()
            .filter(upload_line::Column::UploadId.eq(id(path)))
            .count(db)
            .await
            .unwrap();
        assert_eq!(lines, 0, "no name of it is left");
    }
    assert_eq!(admin.read(&young).await["state"], "previewed");
    admin.make(&format!("{young}/commit"), &json!({})).await;
    let sheet = admin
        .request(Method::GET, &format!("{committed}/refused.xlsx"))
        .send()
        .await
        .unwrap();
    assert_eq!(sheet.status(), StatusCode::OK);
    // What stands is untouched: sound counters, a whole chain, and the round itself on record.
    let auditor = county.sign_in(&app, Role::Auditor, county.id).await;
    let entries = auditor.all("/v1/audit/entries").await;
    let purged = entries
        .iter()
        .find(|entry| entry["action"] == "archives.purge_uploads")
        .unwrap();
    assert_eq!(purged["actor"], "retention");
    let report = admin.read(&format!("{RULES}/report")).await;
    assert!(report["last_run"].is_string() && report["last_fault"].is_null());
    drop((admin, auditor));
    app.finish().await;
}

/// As if these sheets had been handed in forty days ago.
async fn age(app: &TestApp, uploads: &[uuid::Uuid]) {
    use sea_orm::sea_query::{Expr, ExprTrait};
    let tx = app.state.db.begin_write().await.unwrap();
    attendance_upload::Entity::update_many()
        .col_expr(
            attendance_upload::Column::CreatedAt,
            Expr::col(attendance_upload::Column::CreatedAt).sub(40 * DAY),
        )
        .filter(attendance_upload::Column::Id.is_in(uploads.iter().copied()))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// As if answers, sessions and a job were from long ago.
async fn age_rest(app: &TestApp) {
    use sea_orm::ActiveValue::Set;
    let now = app.state.clock.now();
    let tx = app.state.db.begin_write().await.unwrap();
    idempotency_record::Entity::update_many()
        .col_expr(
            idempotency_record::Column::CreatedAt,
            (now - 2 * DAY).into(),
        )
        .exec(&tx)
        .await
        .unwrap();
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::ExpiresAt, (now - 40 * DAY).into())
        .exec(&tx)
        .await
        .unwrap();
    let county = entity::region::Entity::find()
        .filter(entity::region::Column::ParentId.is_null())
        .one(&tx)
        .await
        .unwrap()
        .unwrap();
    let row = |state: &str| job::ActiveModel {
        id: Set(anpei::platform::clock::new_id()),
        county_id: Set(county.id),
        kind: Set("none".into()),
        state: Set(state.into()),
        payload: Set("{}".into()),
        done: Set(0),
        total: Set(0),
        attempts: Set(0),
        run_after: Set(i64::MAX),
        locked_until: Set(Some(i64::MAX)),
        result: Set(None),
        fault: Set(None),
        account_id: Set(None),
        created_at: Set(now - 40 * DAY),
        updated_at: Set(now - 40 * DAY),
    };
    job::Entity::insert_many([row("done"), row("queued")])
        .exec_without_returning(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_job_of_no_county_goes_after_the_shortest_time(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    use sea_orm::IntoActiveModel;
    let app = Arc::new(TestApp::start(kind).await);
    app.stop_jobs().await;
    let now = app.state.clock.now();
    let row = |state: &str, days: i64| job::Model {
        id: anpei::platform::clock::new_id(),
        county_id: uuid::Uuid::nil(),
        kind: "accounts.reset".into(),
        state: state.into(),
        payload: "{}".into(),
        done: 0,
        total: 1,
        attempts: 1,
        run_after: i64::MAX,
        locked_until: None,
        result: None,
        fault: None,
        account_id: None,
        created_at: now - days * DAY,
        updated_at: now - days * DAY,
    };
    let (gone, given_up) = (row("done", 8), row("failed", 8));
    let (young, open) = (row("done", 6), row("queued", 8));
    let rows = [&gone, &given_up, &young, &open];
    let tx = app.state.db.begin_write().await.unwrap();
    job::Entity::insert_many(rows.map(|row| row.clone().into_active_model()))
        .exec_without_returning(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    round(&app.state).await;
    let left = job::Entity::find().all(app.state.db.read()).await.unwrap();
    let mut left: Vec<_> = left.into_iter().map(|row| row.id).collect();
    left.sort();
    assert_eq!(left, [young.id, open.id]);
    app.finish().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_instances_one_makes_the_round(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static ROUNDS: AtomicUsize = AtomicUsize::new(0);
    let before = ROUNDS.load(Ordering::SeqCst);
    let app = Arc::new(TestApp::start(kind).await);
    let name: &'static str = match kind {
        Kind::Sqlite => "counted-sqlite",
        Kind::Postgres => "counted-postgres",
    };
    let task = Task {
        name,
        every_minutes: 5,
        work: |app| {
            Box::pin(async move {
                // Whether it runs twice is counted by the database it runs on.
                if app.db.is_postgres() {
                    ROUNDS.fetch_add(1, Ordering::SeqCst);
                }
                Ok(json!({}))
            })
        },
    };
    let all = join_all((0..8).map(|_| recurring::step(&app.state, &task))).await;
    let ran = all.into_iter().filter(|ran| *ran.as_ref().unwrap()).count();
    assert_eq!(ran, 1);
    if matches!(kind, Kind::Postgres) {
        assert_eq!(ROUNDS.load(Ordering::SeqCst) - before, 1);
    }
    // Not due yet, it is let be.
    assert!(!recurring::step(&app.state, &task).await.unwrap());
    // A task that fails says so, and comes round again.
    let failing = Task {
        name: "failing",
        every_minutes: 0,
        work: |_| Box::pin(async { Err(anpei::platform::Fault::internal("on purpose")) }),
    };
    for _ in 0..2 {
        assert!(recurring::step(&app.state, &failing).await.unwrap());
        let last = recurring::last_run(&app.state, "failing").await.unwrap();
        assert_eq!(last.unwrap().fault.as_deref(), Some("internal"));
    }
    app.finish().await;
}
