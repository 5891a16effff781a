//! Uploads that are cut off, and go on.

use reqwest::{Method, StatusCode};
use rstest::rstest;

use super::{Desk, arrived, as_piece, begun, half_sent, mp4, piece, sha256, told, until_arrived};
use crate::support::{Kind, Program, TestApp};

const PART: usize = 4 << 20;

#[rstest]
#[tokio::test]
async fn an_upload_cut_off_goes_on_where_it_was_and_at_another_instance(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let video = mp4(11_000_001);
    let path = begun(&desk.trainer, "video", "第一课.mp4", video.len()).await;
    assert_eq!(arrived(&desk.trainer, &path).await, (StatusCode::OK, 0));
    let (status, _, _) = piece(&desk.trainer, &path, 0, &video[..3_000_000]).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(arrived(&desk.trainer, &path).await.1, 3_000_000);
    // The line breaks in the middle of a piece: what came of it stays, over the end of a part.
    let sent = &video[3_000_000..7_000_000];
    let whole = (3_000_000, video.len() - 3_000_000);
    let line = half_sent(&desk.app.address, &desk.trainer, &path, whole, sent).await;
    drop(line);
    until_arrived(&desk.trainer, &path, 7_000_000).await;
    // Another instance on the same folder takes the rest.
    let other = TestApp::beside(&desk.app).await;
    let rest = other
        .request(Method::PATCH, &path)
        .bearer_auth(&desk.trainer.token);
    let (status, headers, body) = told(as_piece(rest, 7_000_000, &video[7_000_000..])).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    assert_eq!(headers["upload-offset"], "11000001");
    assert_eq!(headers["tus-resumable"], "1.0.0");
    assert!(headers.get("upload-expires").is_none());
    let seen = desk.trainer.read(&path).await;
    assert_eq!(seen["state"], "ready");
    assert_eq!(seen["bytes"], 11_000_001);
    assert_eq!(seen["sha256"], sha256(&video));
    assert_eq!(seen["content_type"], "video/mp4");
    assert_eq!(seen["file_name"], "第一课.mp4");
    assert_eq!(desk.objects(), 3, "parts that were written anew are gone");
    let content = seen["content_path"].as_str().unwrap();
    let bytes = desk.app.request(Method::GET, content).send().await.unwrap();
    assert!(bytes.bytes().await.unwrap() == video);
    drop(other);
    desk.close().await;
}

#[rstest]
#[tokio::test]
async fn a_server_killed_in_the_middle_of_a_piece_loses_at_most_a_part(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let video = mp4(2 * PART + 1_000_000);
    let path = begun(&desk.trainer, "video", "a.mp4", video.len()).await;
    let killed = Program::beside(&desk.app, &[]).await;
    let sent = &video[..PART + 500_000];
    let line = half_sent(
        &killed.address,
        &desk.trainer,
        &path,
        (0, video.len()),
        sent,
    )
    .await;
    until_arrived(&desk.trainer, &path, PART).await;
    drop(killed);
    drop(line);
    let (status, _, body) = piece(&desk.trainer, &path, PART, &video[PART..]).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    let seen = desk.trainer.read(&path).await;
    assert_eq!(seen["sha256"], sha256(&video));
    assert_eq!(desk.objects(), 3);
    desk.close().await;
}

#[rstest]
#[tokio::test]
async fn the_same_piece_sent_twice_at_once_counts_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let video = mp4(3_000_000);
    let path = begun(&desk.trainer, "video", "a.mp4", video.len()).await;
    let (status, _, _) = piece(&desk.trainer, &path, 0, &video[..1_000]).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let other = TestApp::beside(&desk.app).await;
    let there = other
        .request(Method::PATCH, &path)
        .bearer_auth(&desk.trainer.token);
    // One sends more than the other: whoever is first, no byte of the second stays.
    let (here, there) = tokio::join!(
        piece(&desk.trainer, &path, 1_000, &video[1_000..2_000_000]),
        told(as_piece(there, 1_000, &video[1_000..1_500_000])),
    );
    let (taken, refused) = if here.0 == StatusCode::NO_CONTENT {
        (here, there)
    } else {
        (there, here)
    };
    let at: usize = taken.1["upload-offset"].to_str().unwrap().parse().unwrap();
    assert_eq!(refused.0, StatusCode::CONFLICT, "{}", refused.2);
    assert_eq!(refused.2["code"], "upload_offset");
    assert_eq!(arrived(&desk.trainer, &path).await.1, at);
    let (status, _, body) = piece(&desk.trainer, &path, at, &video[at..]).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    let seen = desk.trainer.read(&path).await;
    assert_eq!(seen["sha256"], sha256(&video));
    assert_eq!(desk.objects(), 1);
    drop(other);
    desk.close().await;
}

#[rstest]
#[tokio::test]
async fn an_upload_nobody_goes_on_with_is_forgotten_after_a_week(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let day = |text: &str| Some(format!("2020-05-{text}T08:00:00+08:00").parse().unwrap());
    let desk = Desk::at(kind, day("12")).await;
    let video = mp4(9_000_000);
    let path = begun(&desk.trainer, "video", "a.mp4", video.len()).await;
    let kept = desk.ready("document", "b.pdf", b"%PDF-1.7\n").await;
    let (status, headers, _) = piece(&desk.trainer, &path, 0, &video[..5_000_000]).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(headers["upload-expires"], "Tue, 19 May 2020 00:00:00 GMT");
    assert_eq!(desk.objects(), 3);
    let round = || anpei::courses::media::sweep::round(desk.app.state.clone());
    desk.app.state.clock.set(day("18").unwrap());
    round().await.unwrap();
    assert_eq!(desk.objects(), 3, "a day is left");
    desk.app.state.clock.set(day("20").unwrap());
    let login = desk.county.sign_in(
        &desk.app,
        anpei::platform::Role::CountyAdmin,
        desk.county.id,
    );
    let admin = login.await;
    assert_eq!(arrived(&admin, &path).await.0, StatusCode::NOT_FOUND);
    round().await.unwrap();
    round().await.unwrap();
    assert_eq!(admin.get(&path).await.0, StatusCode::NOT_FOUND);
    let (status, _, _) = piece(&admin, &path, 5_000_000, &video[5_000_000..]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let left = admin.all(super::FILES).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["id"], kept["id"]);
    assert_eq!(desk.objects(), 1);
    drop(admin);
    desk.close().await;
}
