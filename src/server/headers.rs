//! What stands beside every answer: what a browser may do with it, and who may read it from another origin.

use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Request, Response};

use crate::platform::config::Settings;
use crate::spec::Paths;

/// Nothing of an answer is a page: no script, no frame, no form.
const PLAIN_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SECURITY: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// What a page of another origin may send, and may read of an answer.
const ALLOW_HEADERS: &str = "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id";
const EXPOSE_HEADERS: &str =
    "Allow, Content-Disposition, Content-Language, ETag, Retry-After, X-Request-Id";

/// Sets a header; one that holds what no header may hold is left out.
pub(super) fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Adds what protects a reader of this answer; a handler's own word stands.
pub(super) fn protect(response: &mut Response, settings: &Settings, path: &str) {
    for (name, value) in SECURITY {
        set(response, name, value);
    }
    let mut missing = |name: &'static str, value: &str| {
        if !response.headers().contains_key(name) {
            set(response, name, value);
        }
    };
    missing("content-security-policy", PLAIN_POLICY);
    if path.starts_with("/v1/") {
        missing("cache-control", "no-store");
    }
    if settings.behind_tls {
        missing("strict-transport-security", "max-age=31536000");
    }
    let mut vary = "Accept-Encoding, Accept-Language".to_owned();
    if !settings.cors_origins.is_empty() {
        vary.push_str(", Origin");
    }
    set(response, "vary", &vary);
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
