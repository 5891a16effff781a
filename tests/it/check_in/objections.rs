//! The worker's word on his marks, and the trainer's answer.

use chrono::{DateTime, Duration, Utc};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{Hall, at, field, text};
use crate::support::{Client, Kind};

/// Two workers marked present until half past eleven, with points enough.
async fn marked(kind: Kind) -> Hall {
    let hall = Hall::open(kind, 2).await;
    let line = |n: usize| {
        json!({
            "line": n.to_string(), "person_id": hall.people[n], "score": 90,
            "check_in": text(at("08:30:00")), "check_out": text(at("11:30:00"))
        })
    };
    let told = hall.calls(&json!([line(0), line(1)])).await;
    assert_eq!(told["accepted"], 2, "{told}");
    hall
}

#[rstest]
#[tokio::test]
async fn an_objection_accepted_corrects_mark_ledger_and_counters(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = marked(kind).await;
    let worker = hall.worker(0).await;
    let own = worker.all("/v1/classes/my-marks").await;
    assert_eq!(
        (own.len(), &own[0]["minutes"], &own[0]["word"]),
        (1, &json!(180), &json!("none")),
        "his own only: {own:?}"
    );
    let mark = own[0]["id"].as_str().unwrap();
    let path = format!("/v1/classes/marks/{mark}/objection");
    let (status, _) = worker.post(&path, &json!({"words": " "})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = worker.make(&path, &json!({"words": "我坐到了最后"})).await;
    let (status, twice) = worker.post(&path, &json!({"words": "再说一次"})).await;
    assert_eq!(
        (status, &twice["code"]),
        (StatusCode::CONFLICT, &json!("objection_open"))
    );
    assert_eq!(
        worker.read("/v1/classes/my-marks").await["items"][0]["word"],
        "objected"
    );

    let trainer = hall.trainer().await;
    let open = trainer.all("/v1/classes/objections?state=open").await;
    assert_eq!(
        (open.len(), &open[0]["objection"]["words"]),
        (1, &json!("我坐到了最后"))
    );
    let path = format!(
        "/v1/classes/objections/{}/answer",
        said["id"].as_str().unwrap()
    );
    let (status, told) = trainer
        .post(&path, &json!({"accept": true, "words": "核对"}))
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("conflict")),
        "accepted with nothing to change"
    );
    let right = json!({"accept": true, "words": "监控核对无误", "check_out": text(at("16:30:00"))});
    let answered = trainer.make(&path, &right).await;
    assert_eq!(answered["state"], "accepted");
    let (status, told) = trainer.post(&path, &right).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("objection_answered"))
    );
    assert_eq!(
        trainer.all("/v1/classes/objections?state=open").await.len(),
        0
    );

    let own = worker.all("/v1/classes/my-marks").await;
    assert_eq!(
        (&own[0]["minutes"], &own[0]["score"], &own[0]["id"]),
        (&json!(360), &json!(90.0), &answered["new_mark_id"])
    );
    assert_eq!(own[0]["objection"]["answer"], "监控核对无误");
    let records = format!("/v1/hours/records?person_id={}", hall.people[0]);
    let lines = trainer.all(&records).await;
    let sum: i64 = lines
        .iter()
        .filter_map(|line| line["minutes"].as_i64())
        .sum();
    assert_eq!(
        (lines.len(), sum),
        (2, 360),
        "a line of differences beside the old one"
    );
    let board = hall.officer().await.read("/v1/boards/progress").await;
    assert_eq!(
        (&board["completed"], &board["person_times"]),
        (&json!(1), &json!(2))
    );

    let history = trainer
        .read(&format!("/v1/classes/marks/{mark}/history"))
        .await;
    let versions = history["versions"].as_array().unwrap();
    assert_eq!(field(versions, "method"), ["roll", "manual"]);
    assert_eq!(
        (
            &versions[0]["minutes"],
            &versions[0]["stands"],
            &versions[1]["stands"]
        ),
        (&json!(180), &json!(false), &json!(true))
    );

    // The mark of then is no longer his to answer; the new one he confirms, and that is that.
    let (status, told) = worker
        .post(
            &format!("/v1/classes/marks/{mark}/confirmation"),
            &json!({}),
        )
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("mark_replaced"))
    );
    let new = own[0]["id"].as_str().unwrap();
    let path = format!("/v1/classes/marks/{new}");
    worker
        .make(&format!("{path}/confirmation"), &json!({}))
        .await;
    let own = worker.read("/v1/classes/my-marks").await;
    assert_eq!(own["items"][0]["word"], "confirmed");
    let (status, told) = worker
        .post(&format!("{path}/objection"), &json!({"words": "还是不对"}))
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("mark_confirmed"))
    );
    drop((worker, trainer));
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn an_objection_upheld_changes_nothing_and_nobody_speaks_for_another(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = marked(kind).await;
    let (worker, other) = (hall.worker(0).await, hall.worker(1).await);
    let own = worker.all("/v1/classes/my-marks").await;
    let path = format!("/v1/classes/marks/{}", own[0]["id"].as_str().unwrap());
    for what in ["confirmation", "objection"] {
        let body = json!({"words": "替他说"});
        let request = format!("{path}/{what}");
        let (status, told) = other.post(&request, &body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{what}: {told}");
    }
    let said = worker
        .make(
            &format!("{path}/objection"),
            &json!({"words": "下午我也在"}),
        )
        .await;
    let trainer = hall.trainer().await;
    let before = trainer.all(&hall.path("marks")).await;
    let answer = format!(
        "/v1/classes/objections/{}/answer",
        said["id"].as_str().unwrap()
    );
    let told = trainer
        .make(
            &answer,
            &json!({"accept": false, "words": "监控显示十一点半离开"}),
        )
        .await;
    assert_eq!(
        (&told["state"], &told["answer"]),
        (&json!("upheld"), &json!("监控显示十一点半离开"))
    );
    assert_eq!(trainer.all(&hall.path("marks")).await, before);
    // Answered, it may be confirmed after all.
    worker
        .make(&format!("{path}/confirmation"), &json!({}))
        .await;
    let own = worker.all("/v1/classes/my-marks").await;
    assert_eq!(
        (&own[0]["word"], &own[0]["objection"]["state"]),
        (&json!("confirmed"), &json!("upheld"))
    );
    drop((worker, other, trainer));
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn an_objection_is_accepted_after_the_plan_was_closed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = marked(kind).await;
    let (worker, trainer, officer) = (
        hall.worker(0).await,
        hall.trainer().await,
        hall.officer().await,
    );
    let own = worker.all("/v1/classes/my-marks").await;
    let path = format!(
        "/v1/classes/marks/{}/objection",
        own[0]["id"].as_str().unwrap()
    );
    let said = worker.make(&path, &json!({"words": "我坐到了最后"})).await;
    let closure = format!("/v1/plans/{}/closure", hall.county.plan);
    officer.make(&closure, &json!(null)).await;
    let path = format!(
        "/v1/classes/objections/{}/answer",
        said["id"].as_str().unwrap()
    );
    let right = json!({"accept": true, "words": "监控核对无误", "check_out": text(at("16:30:00"))});
    let answered = trainer.make(&path, &right).await;
    assert_eq!(answered["state"], "accepted", "{answered}");
    let own = worker.all("/v1/classes/my-marks").await;
    assert_eq!(own[0]["minutes"], 360, "the ledger follows: {own:?}");
    drop((worker, trainer, officer));
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn an_objection_has_its_week_and_whoever_must_answer_is_told(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = marked(kind).await;
    let waiting = |told: &serde_json::Value| told["waiting"].clone();
    // A trainer and a worker whom a mail reaches.
    let seal = &hall.app.state.seal;
    let tx = hall.app.state.db.begin_write().await.unwrap();
    let address = |to: &str| seal.seal("account.email", to.as_bytes()).unwrap();
    entity::account::Entity::update_many()
        .col_expr(
            entity::account::Column::EmailSealed,
            Some(address("trainer@example.com")).into(),
        )
        .filter(entity::account::Column::Login.starts_with("trainer"))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let officer = hall.officer().await;
    let contact = format!("/v1/people/{}/contact", hall.people[0]);
    let told = officer
        .request(Method::PUT, &contact)
        .json(&json!({"email": "worker@example.com"}))
        .send()
        .await
        .unwrap();
    assert_eq!(told.status(), StatusCode::OK);

    let worker = hall.worker(0).await;
    let today = waiting(&worker.read("/v1/me/today").await);
    assert_eq!(
        today,
        json!({"marks_to_confirm": 1, "own_objections": 0, "notices": 0})
    );
    let own = worker.all("/v1/classes/my-marks").await;
    let mark = own[0]["id"].as_str().unwrap();
    let path = format!("/v1/classes/marks/{mark}/objection");
    let said = worker.make(&path, &json!({"words": "我坐到了最后"})).await;
    assert_eq!(said["overdue"], false);
    let today = waiting(&worker.read("/v1/me/today").await);
    assert_eq!(
        today,
        json!({"marks_to_confirm": 0, "own_objections": 1, "notices": 0})
    );
    let trainer = hall.trainer().await;
    let today = waiting(&trainer.read("/v1/me/today").await);
    assert_eq!(
        (&today["objections_to_answer"], &today["objections_overdue"]),
        (&json!(1), &json!(0))
    );
    assert!(
        trainer
            .all("/v1/classes/objections?overdue=true")
            .await
            .is_empty()
    );

    drop((trainer, officer, worker));
    // A week and a second later it is overdue, for whoever looks.
    let due: DateTime<Utc> = said["due_at"].as_str().unwrap().parse().unwrap();
    let raised: DateTime<Utc> = said["raised_at"].as_str().unwrap().parse().unwrap();
    assert_eq!((due - raised).num_days(), 7);
    hall.now(due + Duration::seconds(1));
    let (trainer, officer, worker) = (
        hall.trainer().await,
        hall.officer().await,
        hall.worker(0).await,
    );
    let overdue = officer.all("/v1/classes/objections?overdue=true").await;
    assert_eq!(
        (overdue.len(), &overdue[0]["objection"]["overdue"]),
        (1, &json!(true))
    );
    let today = waiting(&trainer.read("/v1/me/today").await);
    assert_eq!(today["objections_overdue"], 1, "{today}");
    let answer = format!(
        "/v1/classes/objections/{}/answer",
        said["id"].as_str().unwrap()
    );
    trainer
        .make(&answer, &json!({"accept": false, "words": "监控核对无误"}))
        .await;
    assert!(
        officer
            .all("/v1/classes/objections?overdue=true")
            .await
            .is_empty()
    );
    let today = waiting(&worker.read("/v1/me/today").await);
    assert_eq!(today["own_objections"], 0);

    // One mail to each, in both languages, that names neither worker nor ID number to the trainer.
    let mails = entity::outbox_message::Entity::find()
        .filter(entity::outbox_message::Column::Template.starts_with("objection"))
        .all(hall.app.state.db.read())
        .await
        .unwrap();
    let mut told: Vec<(String, String)> = mails
        .iter()
        .map(|mail| {
            let to = seal.open_text(anpei::notices::RECIPIENT_PURPOSE, &mail.recipient_sealed);
            let body = seal
                .open(anpei::notices::BODY_PURPOSE, &mail.body_sealed)
                .unwrap();
            (to.unwrap(), String::from_utf8(body).unwrap())
        })
        .collect();
    told.sort();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0].0, "trainer@example.com");
    assert!(told[0].1.contains("答复") && told[0].1.contains("answer by"));
    let name = own_name(&officer, &hall.people[0]).await;
    assert!(!told[0].1.contains(&name), "whose it is is not told");
    assert_eq!(told[1].0, "worker@example.com");
    assert!(told[1].1.contains("监控核对无误") && told[1].1.contains(&name));
    drop((trainer, officer, worker));
    hall.close().await;
}

async fn own_name(officer: &Client, person: &str) -> String {
    let told = officer.read(&format!("/v1/people/{person}")).await;
    told["name"].as_str().unwrap().to_owned()
}
