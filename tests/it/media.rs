//! Files of courses, as those who hand them in and those who watch them would tell it.

mod bounds;
mod broken_off;
mod reading;
mod whose;

use std::path::Path;
use std::sync::Arc;

use anpei::platform::Role;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Client, County, Kind, TestApp};

pub const FILES: &str = "/v1/courses/media";

/// A county with a trainer at his desk.
pub struct Desk {
    pub app: Arc<TestApp>,
    pub county: County,
    pub trainer: Client,
}

/// A status, the headers beside it, and the JSON answer if there is one.
pub type Told = (StatusCode, HeaderMap, Value);

impl Desk {
    pub async fn open(kind: Kind) -> Self {
        Self::at(kind, None).await
    }

    /// With a clock that stands where one is given.
    pub async fn at(kind: Kind, at: Option<DateTime<Utc>>) -> Self {
        let app = Arc::new(TestApp::start_by(kind, &[], at).await);
        let county = County::make(&app).await;
        let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
        Self {
            app,
            county,
            trainer,
        }
    }

    pub async fn close(self) {
        let Self { app, trainer, .. } = self;
        drop(trainer);
        app.finish().await;
    }

    /// A file handed in whole, in one piece; where it is.
    pub async fn hand_in(&self, purpose: &str, name: &str, bytes: &[u8]) -> (String, Told) {
        let path = begun(&self.trainer, purpose, name, bytes.len()).await;
        let told = piece(&self.trainer, &path, 0, bytes).await;
        (path, told)
    }

    /// A file that is ready, as its author sees it.
    pub async fn ready(&self, purpose: &str, name: &str, bytes: &[u8]) -> Value {
        let (path, told) = self.hand_in(purpose, name, bytes).await;
        assert_eq!(told.0, StatusCode::NO_CONTENT, "{}", told.2);
        let seen = self.trainer.read(&path).await;
        assert_eq!(seen["state"], "ready", "{seen}");
        seen
    }

    pub fn objects(&self) -> usize {
        files_below(&self.app.data().join("objects"))
    }
}

fn files_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let each = entries.map(|entry| {
        if entry.path().is_dir() {
            files_below(&entry.path())
        } else {
            1
        }
    });
    each.sum()
}

pub async fn told(request: RequestBuilder) -> Told {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    (
        status,
        headers,
        serde_json::from_str(&text).unwrap_or(Value::Null),
    )
}

pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// Begins an upload.
pub async fn begin(by: &Client, purpose: &str, name: &str, length: i64) -> Told {
    let pair = |word: &str, value: &str| format!("{word} {}", STANDARD.encode(value));
    let metadata = format!("{},{}", pair("purpose", purpose), pair("filename", name));
    let request = by
        .request(Method::POST, FILES)
        .header("Tus-Resumable", "1.0.0")
        .header("Upload-Length", length)
        .header("Upload-Metadata", metadata);
    told(request).await
}

/// Where the pieces of an upload go that was begun.
pub async fn begun(by: &Client, purpose: &str, name: &str, length: usize) -> String {
    let length = i64::try_from(length).unwrap();
    let (status, headers, body) = begin(by, purpose, name, length).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    header(&headers, "location").to_owned()
}

/// A piece as it is sent.
pub fn piece_of(by: &Client, path: &str, offset: usize, bytes: &[u8]) -> RequestBuilder {
    as_piece(by.request(Method::PATCH, path), offset, bytes)
}

pub fn as_piece(request: RequestBuilder, offset: usize, bytes: &[u8]) -> RequestBuilder {
    request
        .header("Tus-Resumable", "1.0.0")
        .header("Upload-Offset", offset)
        .header("Content-Type", "application/offset+octet-stream")
        .body(bytes.to_vec())
}

pub async fn piece(by: &Client, path: &str, offset: usize, bytes: &[u8]) -> Told {
    told(piece_of(by, path, offset, bytes)).await
}

/// How far an upload is, as its sender is told.
pub async fn arrived(by: &Client, path: &str) -> (StatusCode, usize) {
    let request = by.request(Method::HEAD, path);
    let (status, headers, _) = told(request.header("Tus-Resumable", "1.0.0")).await;
    (
        status,
        header(&headers, "upload-offset")
            .parse()
            .unwrap_or_default(),
    )
}

/// Waits until so much has arrived; each look is an answer of the server, not a pause.
pub async fn until_arrived(by: &Client, path: &str, bytes: usize) {
    for _ in 0..5_000 {
        if arrived(by, path).await == (StatusCode::OK, bytes) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{bytes} never arrive: {:?}", arrived(by, path).await);
}

/// A sender whose line is open: what was sent of a longer piece.
pub async fn half_sent(
    address: &str,
    by: &Client,
    path: &str,
    (offset, length): (usize, usize),
    bytes: &[u8],
) -> TcpStream {
    let host = address.strip_prefix("http://").unwrap();
    let mut line = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\n\
         Content-Length: {length}\r\n\r\n",
        by.token
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.write_all(bytes).await.unwrap();
    line.flush().await.unwrap();
    line
}

/// The smallest honest beginning of an MP4, and noise in its box of media data.
pub fn mp4(length: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41".to_vec();
    let rest = u32::try_from(length - bytes.len()).unwrap();
    bytes.extend(rest.to_be_bytes());
    bytes.extend(b"mdat");
    let mut state = 0x2545_f491_u32;
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        bytes.extend(state.to_be_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(anpei::platform::seal::sha256(bytes))
}
