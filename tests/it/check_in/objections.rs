//! The worker's word on his marks, and the trainer's answer.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::json;

use super::{Hall, at, field, text};
use crate::support::Kind;

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
