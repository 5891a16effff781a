//! Work in the background, side by side: who waits at the door waits for no long one.

use std::sync::Arc;

use anpei::platform::jobs::{self, Running};
use anpei::platform::{App, Caller, Role, State};
use anpei::{notices, server};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{County, Kind, Smtp, TestApp, answer, secret_in};

const LONG: &str = "test.long";

/// A long job that goes on until it is told to end.
struct Held {
    begun: Notify,
    end: Notify,
}

// One for each kind of database.
static HELD: [Held; 2] = [const {
    Held {
        begun: Notify::const_new(),
        end: Notify::const_new(),
    }
}; 2];

fn held(app: &App) -> &'static Held {
    &HELD[usize::from(app.db.is_postgres())]
}

fn dispatch(app: App, job: entity::job::Model) -> Running {
    if job.kind != LONG {
        return server::dispatch(app, job);
    }
    Box::pin(async move {
        held(&app).begun.notify_one();
        held(&app).end.notified().await;
        Ok(json!({}))
    })
}

async fn queue(app: &App, kind: &str) -> uuid::Uuid {
    let by = Caller::console(uuid::Uuid::nil());
    let work = app.begin_plain(&by).await.unwrap();
    let id = jobs::queue(&work, kind, &json!({}), 1).await.unwrap();
    work.commit(&()).await.unwrap();
    id
}

async fn state_of(app: &App, id: uuid::Uuid) -> String {
    let row = entity::job::Entity::find_by_id(id);
    row.one(app.db.read()).await.unwrap().unwrap().state
}

#[rstest]
#[tokio::test]
async fn a_reset_is_mailed_while_a_long_job_goes_on(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let app = Arc::new(TestApp::start_with(kind, &["--smtp-url", &url]).await);
    let county = County::make(&app).await;
    let admin = county.sign_in(&app, Role::SystemAdmin, county.id).await;
    let lin = json!({"login": "lin", "name": "林", "email": "lin@example.com", "role": "auditor"});
    admin.make("/v1/accounts/invitations", &lin).await;
    let token = secret_in(&smtp.next().await, "/#/invitation/");
    let post = |path: &str, body: Value| answer(app.request(Method::POST, path).json(&body));
    let password = "a longer passphrase";
    let taken = json!({"token": token, "password": password});
    let (status, _) = post("/v1/accounts/invitations/acceptance", taken).await;
    assert_eq!(status, StatusCode::OK);
    // An instance with the server's own lanes, and a long job in one of them, with another behind it.
    app.stop_jobs().await;
    let state = State::open(app.state.settings.clone()).await.unwrap();
    let (long, behind) = (queue(&state, LONG).await, queue(&state, LONG).await);
    let runners = tokio::spawn(jobs::run(state.clone(), dispatch, server::LANES));
    held(&state).begun.notified().await;
    let (status, _) = post(
        "/v1/accounts/password-resets",
        json!({"login": "lin@example.com"}),
    )
    .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    jobs::wake(&state);
    let mut sent = false;
    for _ in 0..20_000 {
        sent = sent || notices::step(&state).await.unwrap();
        if sent {
            break;
        }
    }
    assert!(sent, "the reset waits for the long job");
    let mail = smtp.next().await;
    assert_eq!(mail["to"], json!(["lin@example.com"]));
    assert_eq!(mail["subject"].as_str().map(str::is_empty), Some(false));
    assert!(!secret_in(&mail, "/#/reset/").is_empty());
    assert_eq!(state_of(&state, long).await, "running");
    assert_eq!(
        state_of(&state, behind).await,
        "queued",
        "one long one at a time"
    );
    // Stopped, it finishes what it began and begins nothing new.
    state.stopping.send_replace(true);
    held(&state).end.notify_one();
    runners.await.unwrap();
    assert_eq!(state_of(&state, long).await, "done");
    assert_eq!(state_of(&state, behind).await, "queued");
    state.db.close().await;
    drop(admin);
    app.finish().await;
}
