//! What stands beside every answer: what a browser may do with it, and who may read it from another origin.

use poem::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, STRICT_TRANSPORT_SECURITY, VARY,
};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Request, Response};

use crate::platform::config::Settings;
use crate::spec::Paths;

/// Nothing of an answer is a page: no script, no frame, no form.
const PLAIN_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const SECURITY: [(HeaderName, HeaderValue); 6] = [
    fixed("x-content-type-options", "nosniff"),
    fixed("x-frame-options", "DENY"),
    fixed("referrer-policy", "no-referrer"),
    fixed(
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    fixed("cross-origin-opener-policy", "same-origin"),
    fixed("cross-origin-resource-policy", "same-origin"),
];

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const FOR_A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");
const VARY_HERE: HeaderValue = HeaderValue::from_static("Accept-Encoding, Accept-Language");
const VARY_THERE: HeaderValue =
    HeaderValue::from_static("Accept-Encoding, Accept-Language, Origin");

const fn fixed(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

/// What a page of another origin may send, and may read of an answer.
const ALLOW_HEADERS: &str = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Range, Tus-Resumable, Upload-Checksum, Upload-Length, Upload-Metadata, Upload-Offset, X-Request-Id";
const EXPOSE_HEADERS: &str = "Accept-Ranges, Allow, Content-Disposition, Content-Language, Content-Range, ETag, Location, Retry-After, Tus-Checksum-Algorithm, Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Expires, Upload-Length, Upload-Offset, X-Request-Id";

/// Sets a header; one that holds what no header may hold is left out.
pub(super) fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Adds what protects a reader of this answer; a handler's own word stands.
pub(super) fn protect(response: &mut Response, settings: &Settings, path: &str) {
    let headers = response.headers_mut();
    // The map grows once, not three times.
    headers.reserve(SECURITY.len() + 8);
    for (name, value) in SECURITY {
        headers.entry(name).or_insert(value);
    }
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(PLAIN_POLICY);
    if path.starts_with("/v1/") {
        headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
    }
    if settings.behind_tls {
        headers
            .entry(STRICT_TRANSPORT_SECURITY)
            .or_insert(FOR_A_YEAR);
    }
    let alone = settings.cors_origins.is_empty();
    headers.insert(VARY, if alone { VARY_HERE } else { VARY_THERE });
}

/// The request's origin, where it is another one that was let in by name.
pub(super) fn origin(request: &Request, settings: &Settings) -> Option<String> {
    let origin = request.header("origin")?;
    let known = settings.cors_origins.iter().any(|known| known == origin);
    known.then(|| origin.to_owned())
}

/// Lets a page of this origin read the answer. Tokens travel in a header, so no credentials are let in.
pub(super) fn let_read(response: &mut Response, origin: &str) {
    set(response, "access-control-allow-origin", origin);
    set(response, "access-control-expose-headers", EXPOSE_HEADERS);
}

/// The answer to a browser that asks first, from an origin let in; none for any other request.
pub(super) fn preflight(request: &Request, paths: &Paths) -> Option<Response> {
    let asks = request.method() == Method::OPTIONS
        && request.header("access-control-request-method").is_some();
    asks.then(|| {
        let mut response = Response::from(StatusCode::NO_CONTENT);
        let methods = paths.methods(request.uri().path());
        set(&mut response, "access-control-allow-methods", &methods);
        set(&mut response, "access-control-allow-headers", ALLOW_HEADERS);
        set(&mut response, "access-control-max-age", "600");
        response
    })
}
