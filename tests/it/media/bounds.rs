//! What is not taken, and why.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use tokio::io::AsyncReadExt;

use super::{Desk, FILES, arrived, begin, begun, half_sent, header, mp4, piece, piece_of, told};
use crate::support::Kind;

#[rstest]
#[tokio::test]
async fn a_piece_that_fails_its_checksum_is_not_kept(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let video = mp4(9_000_000);
    let path = begun(&desk.trainer, "video", "a.mp4", video.len()).await;
    let sum = |algorithm, word: &str, bytes: &[u8]| {
        let value = digest::digest(algorithm, bytes);
        format!("{word} {}", STANDARD.encode(value))
    };
    let first = &video[..6_000_000];
    let sent = |offset, bytes: &[u8], sum: String| {
        told(piece_of(&desk.trainer, &path, offset, bytes).header("Upload-Checksum", sum))
    };
    let wrong = sum(&digest::SHA256, "sha256", &video[1..6_000_000]);
    let (status, headers, body) = sent(0, first, wrong).await;
    assert_eq!(status.as_u16(), 460, "{body}");
    assert_eq!(body["code"], "checksum_mismatch");
    assert_eq!(headers["tus-resumable"], "1.0.0");
    assert_eq!(arrived(&desk.trainer, &path).await.1, 0);
    assert_eq!(desk.objects(), 0);
    let (status, _, body) = sent(0, first, "crc32 AAAA".to_owned()).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::BAD_REQUEST, &"bad_parameter".into())
    );
    let right = sum(&digest::SHA256, "sha256", first);
    assert_eq!(sent(0, first, right).await.0, StatusCode::NO_CONTENT);
    let rest = &video[6_000_000..];
    let right = sum(&digest::SHA1_FOR_LEGACY_USE_ONLY, "sha1", rest);
    assert_eq!(sent(6_000_000, rest, right).await.0, StatusCode::NO_CONTENT);
    let seen = desk.trainer.read(&path).await;
    assert_eq!(seen["sha256"], super::sha256(&video));
    desk.close().await;
}

#[rstest]
#[tokio::test]
async fn too_much_at_the_wrong_place_or_in_another_protocol_is_refused(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let trainer = &desk.trainer;
    for (purpose, length, status, code) in [
        ("video", (2_i64 << 30) + 1, 400, "bad_parameter"),
        ("document", (50 << 20) + 1, 413, "file_too_large"),
        ("picture", (10 << 20) + 1, 413, "file_too_large"),
        ("video", 0, 400, "bad_parameter"),
        ("program", 5, 422, "invalid_field"),
    ] {
        let (found, _, body) = begin(trainer, purpose, "a", length).await;
        assert_eq!(
            (found.as_u16(), body["code"].as_str()),
            (status, Some(code)),
            "{purpose}"
        );
    }
    let path = begun(trainer, "document", "a.pdf", 20).await;
    let (status, _, body) = piece(trainer, &path, 5, b"%PDF-").await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &"upload_offset".into())
    );
    let (status, _, body) = piece(trainer, &path, 0, &[b'x'; 21]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(body["code"], "upload_overrun");
    assert_eq!(arrived(trainer, &path).await.1, 0);
    // Another version of tus, another kind of body.
    let old = trainer.request(Method::HEAD, &path);
    let (status, headers, _) = told(old.header("Tus-Resumable", "0.2.2")).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(header(&headers, "tus-version"), "1.0.0");
    let json = trainer
        .request(Method::PATCH, &path)
        .header("Tus-Resumable", "1.0.0")
        .header("Upload-Offset", 0)
        .header("Content-Type", "application/json")
        .body("{}");
    assert_eq!(told(json).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, headers, _) = told(desk.app.request(Method::OPTIONS, FILES)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(
        header(&headers, "tus-extension"),
        "creation,termination,checksum,expiration"
    );
    assert_eq!(header(&headers, "tus-max-size"), "2147483648");
    desk.close().await;
}

#[rstest]
#[tokio::test]
async fn a_piece_may_be_larger_than_other_bodies_and_no_larger_than_it_may(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let path = begun(&desk.trainer, "video", "a.mp4", 100_000_000).await;
    let said = async |path: &str, length: usize| {
        let address = desk.app.address.clone();
        let mut line = half_sent(&address, &desk.trainer, path, (0, length), b"").await;
        let mut answer = [0; 12];
        line.read_exact(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[9..]).into_owned()
    };
    assert_eq!(said(&path, (64 << 20) + 1).await, "413");
    // The same words elsewhere open no door.
    assert_eq!(said("/v1/people/0", (1 << 20) + 1).await, "413");
    let (status, _, body) = piece(&desk.trainer, &path, 0, &mp4(40_000_000)).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    desk.close().await;
}

#[rstest]
#[tokio::test]
async fn a_file_that_is_not_what_it_is_called_is_refused_and_gone(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let page = b"<html><script>alert(1)</script></html>".repeat(1_000);
    for (purpose, name, bytes, code) in [
        ("video", "第一课.mp4", &page, "media_not_video"),
        ("video", "a.mp4", &b"%PDF-1.7".to_vec(), "media_not_video"),
        ("document", "a.pdf", &mp4(5_000_000), "media_not_document"),
        ("picture", "a.jpg", &page, "media_not_picture"),
        ("picture", "a.jpg", &mp4(5_000_000), "media_not_picture"),
    ] {
        let (path, (status, _, body)) = desk.hand_in(purpose, name, bytes).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert_eq!(body["code"], code);
        let seen = desk.trainer.read(&path).await;
        assert_eq!(
            (&seen["state"], &seen["code"]),
            (&"refused".into(), &code.into())
        );
        assert!(seen["content_path"].is_null());
        assert_eq!(arrived(&desk.trainer, &path).await.0, StatusCode::NOT_FOUND);
        assert_eq!(desk.objects(), 0, "{name}");
        let (status, _, body) = piece(&desk.trainer, &path, bytes.len(), b"").await;
        assert_eq!(status, StatusCode::CONFLICT, "{body}");
    }
    desk.close().await;
}

/// A JPEG that lies on its side, and tells where it was taken.
fn lying(width: u32, height: u32) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"GPS 29.5N 120.9E");
    let picture = RgbImage::from_fn(width, height, |x, _| image::Rgb([(x % 251) as u8, 40, 90]));
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, 90);
    encoder.set_exif_metadata(exif).unwrap();
    encoder
        .write_image(&picture, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    out
}

#[rstest]
#[tokio::test]
async fn a_picture_is_drawn_anew_upright_small_and_without_what_it_told(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let came = lying(1_500, 3_000);
    assert!(came.windows(3).any(|part| part == b"GPS"));
    // Upright it is 3,000 wide and 1,500 high.
    let seen = desk.ready("picture", "封面.png", &came).await;
    assert_eq!(
        (&seen["width"], &seen["height"]),
        (&1_280.into(), &640.into())
    );
    assert_eq!(seen["content_type"], "image/jpeg");
    assert_eq!(seen["length_bytes"], came.len());
    let content = seen["content_path"].as_str().unwrap();
    let answer = desk.app.request(Method::GET, content).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    let kept = answer.bytes().await.unwrap();
    assert_eq!(seen["sha256"], super::sha256(&kept));
    assert_eq!(seen["bytes"], kept.len());
    assert!(!kept.windows(3).any(|part| part == b"GPS"));
    let picture = image::load_from_memory(&kept).unwrap();
    assert_eq!((picture.width(), picture.height()), (1_280, 640));
    assert_eq!(desk.objects(), 1, "what came in is kept nowhere");
    desk.close().await;
}
