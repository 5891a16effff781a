//! Photos that show who was in a class: kept small and sealed, each look on record, taken away with a reason.

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::json;

use crate::exams::{Hall, at};
use crate::support::{Kind, card_photo};

#[rstest]
#[tokio::test]
async fn a_trainer_keeps_the_sign_in_sheet_beside_its_class(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 1).await;
    hall.now(at("08:00:00"));
    let county = &hall.county;
    let trainer = county.sign_in(&hall.app, Role::Trainer, county.a).await;
    let class = trainer
        .make(
            "/v1/classes/sessions",
            &json!({"region_id": county.a, "plan_id": county.plan, "title": "一期",
                "starts": "2020-05-12T09:00:00+08:00", "ends": "2020-05-12T15:00:00+08:00", "minutes": 360}),
        )
        .await;
    let path = format!(
        "/v1/classes/sessions/{}/evidence",
        class["id"].as_str().unwrap()
    );
    let note = [("note", "上午签到表".to_owned())];
    let (status, made) = trainer
        .hand_in(&path, "IMG_1.jpg", card_photo(), &note)
        .await;
    assert_eq!(status, StatusCode::OK, "{made}");
    assert_eq!(made["note"], "上午签到表");
    // What is no picture is refused at its field.
    let (status, told) = trainer
        .hand_in(&path, "IMG_2.jpg", b"not a picture".to_vec(), &[])
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(told["code"], "photo_unreadable");
    assert_eq!(trainer.all(&path).await.len(), 1);
    let id = made["id"].as_str().unwrap();
    let photo = |of: &str| format!("/v1/classes/evidence/{id}/{of}");
    for of in ["photo", "thumbnail"] {
        let answer = trainer
            .request(Method::GET, &photo(of))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()["content-type"], "image/jpeg");
        let bytes = answer.bytes().await.unwrap();
        assert!(image::load_from_memory(&bytes).is_ok());
        let small = if of == "thumbnail" { "-small" } else { "" };
        let kept = format!("photos/{id}{small}");
        let kept = std::fs::read(hall.app.data().join("files").join(kept)).unwrap();
        assert!(!kept.windows(64).any(|part| part == &bytes[..64]), "sealed");
    }
    // Another township has no such photo; a worker may not look.
    let other = county
        .sign_in(&hall.app, Role::TownshipOfficer, county.b)
        .await;
    assert_eq!(other.get(&photo("photo")).await.0, StatusCode::NOT_FOUND);
    let (status, _) = hall.worker_tries(0, "GET", &photo("photo"), None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    // Taken away with a reason; the audit keeps that it was there, who looked, and why it went.
    let (status, _) = trainer
        .post(&photo("removal"), &json!({"reason": ""}))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    trainer
        .make(&photo("removal"), &json!({"reason": "拍错了"}))
        .await;
    assert_eq!(trainer.get(&photo("photo")).await.0, StatusCode::NOT_FOUND);
    let folder = hall.app.data().join("files/photos");
    for gone in [id.to_owned(), format!("{id}-small")] {
        assert!(!folder.join(gone).exists());
    }
    let auditor = county.sign_in(&hall.app, Role::Auditor, county.id).await;
    let entries = auditor.all("/v1/audit/entries").await;
    let said = |action: &str| entries.iter().filter(|one| one["action"] == action).count();
    assert_eq!(
        [
            said("classes.add_evidence"),
            said("classes.see_evidence"),
            said("classes.remove_evidence")
        ],
        [1, 1, 1]
    );
    drop((trainer, other, auditor));
    hall.finish().await;
}
