//! Whose files are whose, and removing them.

use anpei::courses::media::{Purpose, ready};
use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;

use super::{Desk, FILES, arrived, begin, begun, piece, told};
use crate::support::{Client, County, Kind};

async fn removed(by: &Client, path: &str) -> StatusCode {
    let request = by.request(Method::DELETE, path);
    told(request.header("Tus-Resumable", "1.0.0")).await.0
}

#[rstest]
#[tokio::test]
async fn a_trainer_reaches_his_own_files_and_an_officer_the_countys(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let county = &desk.county;
    let seen = desk.ready("document", "a.pdf", b"%PDF-1.7 a").await;
    let path = format!("{FILES}/{}", seen["id"].as_str().unwrap());
    let open = begun(&desk.trainer, "video", "b.mp4", 100).await;
    let elsewhere = County::make_other(&desk.app).await;
    let another = county.sign_in(&desk.app, Role::Trainer, county.b).await;
    let officer = county
        .sign_in(&desk.app, Role::CountyOfficer, county.id)
        .await;
    let stranger = elsewhere
        .sign_in(&desk.app, Role::CountyAdmin, elsewhere.id)
        .await;
    for by in [&another, &stranger] {
        assert_eq!(by.get(&path).await.0, StatusCode::NOT_FOUND);
        assert_eq!(arrived(by, &open).await.0, StatusCode::NOT_FOUND);
        assert_eq!(piece(by, &open, 0, b"x").await.0, StatusCode::NOT_FOUND);
        assert_eq!(removed(by, &path).await, StatusCode::NOT_FOUND);
        assert!(by.all(FILES).await.is_empty());
    }
    let auditor = county.sign_in(&desk.app, Role::Auditor, county.id).await;
    assert_eq!(
        begin(&auditor, "video", "a", 5).await.0,
        StatusCode::FORBIDDEN
    );
    for by in [&desk.trainer, &officer] {
        assert_eq!(by.read(&path).await["sha256"], seen["sha256"]);
        let documents = by.all(&format!("{FILES}?purpose=document")).await;
        assert_eq!(documents.len(), 1);
        let first = by.read(&format!("{FILES}?limit=1")).await;
        assert_eq!(first["items"][0]["id"], seen["id"]);
        assert!(first["next_cursor"].is_string());
        assert_eq!(by.all(FILES).await.len(), 2);
    }
    // What a lesson may show.
    let db = desk.app.state.db.read();
    let id = seen["id"].as_str().unwrap().parse().unwrap();
    let shown = async |county, purposes: &[Purpose]| {
        let found = ready(db, county, id, purposes).await.unwrap();
        found.map(|media| media.name)
    };
    let all = &Purpose::ALL;
    assert_eq!(shown(county.id, all).await.as_deref(), Some("a.pdf"));
    assert_eq!(shown(county.id, &[Purpose::Video]).await, None);
    assert_eq!(shown(elsewhere.id, all).await, None);
    let waits = open.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(ready(db, county.id, waits, all).await.unwrap(), None);
    drop((another, officer, stranger, auditor));
    desk.close().await;
}

#[rstest]
#[tokio::test]
async fn a_file_removed_is_gone_with_its_objects_and_links(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let seen = desk.ready("document", "a.pdf", b"%PDF-1.7 a").await;
    let path = format!("{FILES}/{}", seen["id"].as_str().unwrap());
    let open = begun(&desk.trainer, "video", "b.mp4", 100).await;
    assert_eq!(
        piece(&desk.trainer, &open, 0, b"x").await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(desk.objects(), 2);
    for path in [&path, &open] {
        assert_eq!(removed(&desk.trainer, path).await, StatusCode::NO_CONTENT);
        assert_eq!(removed(&desk.trainer, path).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(desk.objects(), 0);
    let link = seen["content_path"].as_str().unwrap();
    let (status, _, body) = told(desk.app.request(Method::GET, link)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    assert_eq!(
        piece(&desk.trainer, &open, 1, b"x").await.0,
        StatusCode::NOT_FOUND
    );
    desk.close().await;
}
