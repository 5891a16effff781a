//! What holds for every answer: validators, encodings, headers, figures, and what happens when too many come.

mod figures;
mod headers;
mod load;
mod own_data;
mod retention;
mod validators;
mod whole;

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;

/// A header's text; empty where it is absent.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Sends and gives the whole answer: status, headers, bytes as they came.
async fn whole(request: RequestBuilder) -> (reqwest::StatusCode, HeaderMap, Vec<u8>) {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.bytes().await.unwrap().to_vec())
}
