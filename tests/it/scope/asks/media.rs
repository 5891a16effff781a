//! How files of courses are asked for, and handed in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::super::world::{Tenant, id};
use super::{Ask, Fields};
use crate::support::Client;

const PDF: &[u8] = b"%PDF-1.7\n%%EOF\n";

fn tus() -> (&'static str, String) {
    ("Tus-Resumable", "1.0.0".to_owned())
}

/// What begins the upload of a small document.
fn beginning() -> Fields {
    let purpose = format!("purpose {}", STANDARD.encode("document"));
    vec![
        tus(),
        ("Upload-Length", PDF.len().to_string()),
        ("Upload-Metadata", purpose),
    ]
}

fn piece() -> Fields {
    vec![
        tus(),
        ("Upload-Offset", "0".to_owned()),
        ("Content-Type", "application/offset+octet-stream".to_owned()),
    ]
}

/// An upload that somebody has begun.
async fn begun(by: &Client) -> Uuid {
    let request = by.request(Method::POST, "/v1/courses/media");
    let request = beginning()
        .into_iter()
        .fold(request, |request, (name, value)| {
            request.header(name, value)
        });
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let made: Value = answer.json().await.unwrap();
    id(&made["id"])
}

/// A document that somebody has handed in.
pub async fn handed_in(by: &Client) -> Uuid {
    let media = begun(by).await;
    let request = by.request(Method::PATCH, &format!("/v1/courses/media/{media}"));
    let request = piece().into_iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    let answer = request.body(PDF).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    media
}

/// How one of these operations is asked.
pub async fn ask(operation: &str, of: &Tenant) -> Ask {
    match operation {
        "startMediaUpload" => Ask {
            headers: beginning(),
            ..Ask::default()
        },
        "appendToUpload" => Ask {
            headers: piece(),
            bytes: Some(PDF.to_vec()),
            ..Ask::default()
        }
        .on("media_id", begun(&of.officer).await),
        "removeMedia" => Ask::default().on("media_id", begun(&of.officer).await),
        _ => Ask {
            headers: vec![tus()],
            ..Ask::default()
        },
    }
}
