//! Reading a file by its link: whole, in ranges, and not at all.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use rstest::rstest;

use super::{Desk, header, mp4, sha256};
use crate::support::{Kind, TestApp};

async fn read(
    app: &TestApp,
    path: &str,
    asks: &[(&str, &str)],
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = app.request(Method::GET, path);
    let request = asks.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.bytes().await.unwrap().into())
}

#[rstest]
#[tokio::test]
async fn a_player_reads_a_video_in_ranges_that_make_the_whole(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let video = mp4(9_500_000);
    let seen = desk.ready("video", "有限空间\"作业.mp4", &video).await;
    let path = seen["content_path"].as_str().unwrap();
    let etag = format!("\"{}\"", sha256(&video));
    let mut got = Vec::new();
    // Over the ends of parts, within one, one byte alone, and the rest.
    let part = 4 << 20;
    for (from, to) in [
        (0, 0),
        (1, 99_999),
        (100_000, part - 2),
        (part - 1, part),
        (part + 1, 2 * part + 4_000),
        (2 * part + 4_001, video.len() - 1),
    ] {
        let range = format!("bytes={from}-{to}");
        let asks = [("Range", range.as_str()), ("Accept-Encoding", "gzip, br")];
        let (status, headers, bytes) = read(&desk.app, path, &asks).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT);
        let told = format!("bytes {from}-{to}/{}", video.len());
        assert_eq!(header(&headers, "content-range"), told);
        assert_eq!(header(&headers, "content-length"), bytes.len().to_string());
        assert_eq!(header(&headers, "content-encoding"), "");
        assert_eq!(header(&headers, "etag"), etag);
        got.extend(bytes);
    }
    assert!(got == video);
    let (status, headers, whole) = read(&desk.app, path, &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(whole == video);
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
        ("content-length", "9500000"),
    ] {
        assert_eq!(header(&headers, name), value);
    }
    let saved = header(&headers, "content-disposition");
    assert!(saved.starts_with("inline; filename=\"file.mp4\"; filename*=UTF-8''%E6%9C%89"));
    assert!(header(&headers, "cache-control").starts_with("private, max-age="));
    desk.close().await;
}

#[rstest]
#[tokio::test]
async fn what_is_asked_besides_is_answered_as_http_says(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let text = [b"%PDF-1.7\n".to_vec(), vec![b'a'; 5_000]].concat();
    let seen = desk.ready("document", "a.pdf", &text).await;
    let path = seen["content_path"].as_str().unwrap();
    let etag = format!("\"{}\"", sha256(&text));
    let (status, headers, bytes) = read(&desk.app, path, &[("Range", "bytes=5009-")]).await;
    assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(header(&headers, "content-range"), "bytes */5009");
    let problem: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(problem["code"], "range_outside");
    for (asks, expected, bytes) in [
        (&[("Range", "bytes=-9")][..], 206, 9),
        (&[("Range", "bytes=0-1,4-5")], 200, 5_009),
        (&[("Range", "bytes=0-1"), ("If-Range", &etag)], 206, 2),
        (
            &[("Range", "bytes=0-1"), ("If-Range", "\"other\"")],
            200,
            5_009,
        ),
        (&[("If-None-Match", &etag)], 304, 0),
        (&[("If-None-Match", "\"other\"")], 200, 5_009),
    ] {
        let (status, _, got) = read(&desk.app, path, asks).await;
        assert_eq!((status.as_u16(), got.len()), (expected, bytes), "{asks:?}");
    }
    let head = desk.app.request(Method::HEAD, path).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(header(head.headers(), "content-length"), "5009");
    assert_eq!(header(head.headers(), "content-type"), "application/pdf");
    desk.close().await;
}

#[rstest]
#[tokio::test]
async fn a_link_too_old_or_altered_opens_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let at = |time: &str| format!("2020-05-12T{time}+08:00").parse().unwrap();
    let desk = Desk::at(kind, Some(at("08:00:00"))).await;
    let one = desk.ready("document", "a.pdf", b"%PDF-1.7 one").await;
    let other = desk.ready("document", "b.pdf", b"%PDF-1.7 other").await;
    let path = one["content_path"].as_str().unwrap();
    let (_, query) = path.split_once('?').unwrap();
    let (status, _, bytes) = read(&desk.app, path, &[]).await;
    assert_eq!((status, &bytes[..]), (StatusCode::OK, &b"%PDF-1.7 one"[..]));
    let (_, signature) = path.split_once("signature=").unwrap();
    let changed = |place: usize| {
        let mut text: Vec<char> = signature.chars().collect();
        text[place] = if text[place] == 'A' { 'B' } else { 'A' };
        path.replace(signature, &text.iter().collect::<String>())
    };
    let later = path.replace("expires=15", "expires=16");
    assert_ne!(later, path);
    let another = format!(
        "/v1/courses/media/{}/content?{query}",
        other["id"].as_str().unwrap()
    );
    let unsigned = path.replace(signature, "");
    // Whom it was made for stands in the signature, and is signed too.
    for altered in [
        later,
        another,
        unsigned,
        changed(0),
        changed(8),
        changed(40),
    ] {
        let (status, _, bytes) = read(&desk.app, &altered, &[]).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{altered}");
        let problem: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(problem["code"], "media_link_refused");
    }
    desk.app.state.clock.set(at("13:59:59"));
    assert_eq!(read(&desk.app, path, &[]).await.0, StatusCode::OK);
    desk.app.state.clock.set(at("14:00:00"));
    let (status, headers, _) = read(&desk.app, path, &[]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(header(&headers, "content-type"), "application/problem+json");
    desk.close().await;
}
