//! What every answer gets on its way out: a validator, the headers that protect, its encoding, its place in the figures.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use poem::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use poem::http::{Method, StatusCode};
use poem::web::CompressionAlgo;
use poem::{Body, Request, Response};

use super::compress;
use super::headers::{self, set};
use crate::courses::media::api::TUS;
use crate::platform::config::Settings;
use crate::platform::{App, Fault, etag};

/// What a request says of the answer it would like.
pub(super) struct Wishes {
    encoding: Option<CompressionAlgo>,
    if_none_match: Option<String>,
    /// Speaks tus: every answer says so too.
    tus: bool,
    /// The other origin that reads it, if it was let in.
    pub(super) origin: Option<String>,
}

impl Wishes {
    pub(super) fn of(request: &Request, settings: &Settings) -> Self {
        Self {
            encoding: compress::wanted(request.header("accept-encoding")),
            if_none_match: request.header("if-none-match").map(str::to_owned),
            tus: request.headers().contains_key("tus-resumable"),
            origin: headers::origin(request, settings),
        }
    }

    /// Makes the answer what was wished for. Order: validator over the plain bytes, headers, compression last.
    pub(super) async fn meet(
        self,
        response: Response,
        settings: &Settings,
        method: &Method,
        path: &str,
    ) -> Response {
        let (mut response, length) = measure(response, method).await;
        let tag = response
            .headers()
            .get(ETAG)
            .and_then(|tag| tag.to_str().ok());
        let known = tag.zip(self.if_none_match.as_deref());
        if method == Method::GET && known.is_some_and(|(tag, list)| etag::names(list, tag)) {
            response.set_status(StatusCode::NOT_MODIFIED);
            response.take_body();
            for name in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING] {
                response.headers_mut().remove(name);
            }
        }
        if self.tus && path.starts_with("/v1/courses/media") {
            set(&mut response, "tus-resumable", TUS);
            if response.status() == StatusCode::PRECONDITION_FAILED {
                set(&mut response, "tus-version", TUS);
            }
        }
        headers::protect(&mut response, settings, path);
        if let Some(origin) = &self.origin {
            headers::let_read(&mut response, origin);
        }
        match self.encoding {
            Some(algo) if compress::may(&response, path, length) => {
                compress::squeeze(response, algo)
            }
            _ => response,
        }
    }
}

/// Reads an answer's bytes, which JSON has at hand, for its length and its validator.
async fn measure(mut response: Response, method: &Method) -> (Response, usize) {
    let json = |kind: &str| {
        kind.starts_with("application/json") || kind.starts_with("application/problem+json")
    };
    if !response.content_type().is_some_and(json) {
        return (response, 0);
    }
    let bytes = response
        .take_body()
        .into_bytes()
        .await
        .unwrap_or_else(|_| Bytes::new());
    let shown =
        response.status() == StatusCode::OK && (method == Method::GET || method == Method::PUT);
    if shown && !response.headers().contains_key(ETAG) {
        set(&mut response, "etag", &etag::of(&bytes));
    }
    let length = bytes.len();
    response.set_body(bytes);
    (response, length)
}

/// Keeps a place for a stream of events for as long as somebody listens.
pub(super) fn hold_stream(state: &App, mut response: Response) -> Result<Response, Fault> {
    let stream = |kind: &str| kind.starts_with("text/event-stream");
    if !response.content_type().is_some_and(stream) {
        return Ok(response);
    }
    let place = state.gates.streams.enter()?;
    let events = response.take_body().into_bytes_stream().map(move |event| {
        let _held = &place;
        event
    });
    response.set_body(Body::from_bytes_stream(events));
    Ok(response)
}

/// Counts an answer under its operation's name, never its path; what has none is one line for all.
pub(super) fn count(
    state: &App,
    operation: Option<&'static str>,
    status: StatusCode,
    took: Duration,
) {
    let operation = operation.unwrap_or("none");
    let class = match status.as_u16() {
        ..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    let figures = &state.metrics;
    figures.answered(operation, class, took.as_secs_f64());
    if class == "5xx" {
        figures.count("anpei_errors_total", &[("operation", operation)]);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        figures.count("anpei_shed_total", &[("operation", operation)]);
    }
}
