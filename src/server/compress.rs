//! Smaller answers for those who ask for them.
//!
//! Text only, from a kilobyte on, and never an answer that holds tokens: what a secret shrinks to beside text an
//! attacker chose would tell of it (BREACH). Streams of events and sheets, which are compressed already, pass as they are.

use bytes::Bytes;
use poem::http::StatusCode;
use poem::web::{Compress, CompressionAlgo, CompressionLevel};
use poem::{IntoResponse, Response};

use super::headers::set;

/// Below this a header costs more than is saved.
const WORTH: usize = 1_024;

/// The encoding a reader likes best of those we speak; none unless he asks.
pub(super) fn wanted(accept_encoding: Option<&str>) -> Option<CompressionAlgo> {
    let mut best: Option<(f32, CompressionAlgo)> = None;
    for part in accept_encoding.unwrap_or_default().split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let algo = match pieces.next().unwrap_or_default() {
            word if word.eq_ignore_ascii_case("br") => CompressionAlgo::BR,
            word if word.eq_ignore_ascii_case("gzip") => CompressionAlgo::GZIP,
            _ => continue,
        };
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=")?.parse().ok());
        let weight: f32 = weight.unwrap_or(1.0);
        let better = best.is_none_or(|(most, held)| {
            weight > most || ((weight - most).abs() < f32::EPSILON && held == CompressionAlgo::GZIP)
        });
        if weight > 0.0 && better {
            best = Some((weight, algo));
        }
    }
    best.map(|(_, algo)| algo)
}

/// Whether an answer gains by it and may be compressed.
pub(super) fn may(response: &Response, path: &str, length: usize) -> bool {
    let kind = response.content_type().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    let text = matches!(
        kind,
        "application/json" | "application/problem+json" | "text/html" | "text/plain"
    );
    text && length >= WORTH
        && response.status() != StatusCode::NOT_MODIFIED
        && !path.starts_with("/v1/accounts")
        && !response.headers().contains_key("content-encoding")
}

/// The same answer, compressed; its validator tells that these are other bytes.
pub(super) fn squeeze(response: Response, algo: CompressionAlgo) -> Response {
    let tag = response
        .headers()
        .get("etag")
        .and_then(|tag| tag.to_str().ok())
        .and_then(|tag| tag.strip_suffix('"'))
        .map(|tag| format!("{tag}-{algo}\""));
    let mut response = Compress::new(response, algo)
        .with_quality(CompressionLevel::Fastest)
        .into_response();
    if let Some(tag) = tag {
        set(&mut response, "etag", &tag);
    }
    response
}

/// Bytes that are sent again and again, compressed once.
pub(super) async fn once(plain: &Bytes) -> Option<Bytes> {
    let response = Response::builder().body(plain.clone());
    let mut small = Compress::new(response, CompressionAlgo::GZIP).into_response();
    small.take_body().into_bytes().await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_chooses_among_what_we_speak() {
        let told = |header| wanted(header).map(|algo| algo.to_string());
        for (header, algo) in [
            (None, None),
            (Some(""), None),
            (Some("identity"), None),
            (Some("gzip"), Some("gzip")),
            (Some("gzip, deflate, br, zstd"), Some("br")),
            (Some("br;q=0.5, gzip;q=0.8"), Some("gzip")),
            (Some("br;q=0, gzip;q=0"), None),
            (Some("GZIP;q=x"), Some("gzip")),
            (Some("*"), None),
        ] {
            assert_eq!(told(header).as_deref(), algo, "{header:?}");
        }
    }
}
