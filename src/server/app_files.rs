//! The mobile web app, as `make app` built it into this program: its shell, its parts, and nothing of anybody's.
//!
//! Parts named by their content stay with a browser for a year; the shell is asked for each time. An address without an
//! extension is a screen of the app; one with an extension that is not there is not there.

use poem::http::{Method, StatusCode, header};
use poem::{Request, Response};
use rust_embed::RustEmbed;

use super::headers::set;
use crate::platform::{Code, Fault};

/// What the app may do: run its own parts and the scanner's wasm, read this service, use the camera.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; \
     manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const PERMISSIONS: &str = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()";
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const EACH_TIME: &str = "no-cache";

#[derive(RustEmbed)]
#[folder = "app/dist"]
#[allow_missing = true]
struct Built;

/// How a file goes out: as it is, or made small when it was built.
const SMALL: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Whether a request is for the app, and not for what the program itself answers.
pub(super) fn is_for(request: &Request) -> bool {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    reads
        && !path.starts_with("/v1/")
        && path != "/metrics"
        && (file(path).is_some() || is_screen(request))
}

/// The name of the file an address means, where there is one; no one asks for a compressed sibling by its name.
fn file(path: &str) -> Option<String> {
    let name = path.strip_prefix('/')?;
    let hidden = name.is_empty() || SMALL.iter().any(|(_, end)| name.ends_with(end));
    (!hidden && Built::get(name).is_some()).then(|| name.to_owned())
}

/// A screen is opened by a browser, and its address has no extension.
fn is_screen(request: &Request) -> bool {
    let last = request.uri().path().rsplit('/').next().unwrap_or_default();
    let accepts = request.header(header::ACCEPT).unwrap_or_default();
    !last.contains('.') && accepts.contains("text/html")
}

/// The answer.
///
/// # Errors
/// `app_not_built` where the program was built without the app.
pub(super) fn serve(request: &Request) -> Result<Response, Fault> {
    let name = file(request.uri().path()).unwrap_or_else(|| "index.html".to_owned());
    let accepts = request.header(header::ACCEPT_ENCODING).unwrap_or_default();
    let small = SMALL.iter().find_map(|(word, end)| {
        let asked = accepts
            .split(',')
            .any(|one| one.split(';').next().is_some_and(|one| one.trim() == *word));
        let found = if asked {
            Built::get(&format!("{name}{end}"))
        } else {
            None
        };
        found.map(|found| (*word, found))
    });
    let (encoding, found) = match small {
        Some((word, found)) => (Some(word), found),
        None => (
            None,
            Built::get(&name).ok_or_else(|| Fault::new(Code::AppNotBuilt))?,
        ),
    };
    let tag = format!("\"{}\"", hex::encode(found.metadata.sha256_hash()));
    let mut response = Response::builder().content_type(kind(&name)).finish();
    set(&mut response, "etag", &tag);
    let lasting = name.starts_with("assets/");
    set(
        &mut response,
        "cache-control",
        if lasting { FOR_GOOD } else { EACH_TIME },
    );
    if let Some(encoding) = encoding {
        set(&mut response, "content-encoding", encoding);
    }
    if !lasting {
        set(&mut response, "content-security-policy", POLICY);
        set(&mut response, "permissions-policy", PERMISSIONS);
    }
    let known = request.header(header::IF_NONE_MATCH);
    if known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        response.set_status(StatusCode::NOT_MODIFIED);
        return Ok(response);
    }
    set(
        &mut response,
        "content-length",
        &found.data.len().to_string(),
    );
    if *request.method() == Method::GET {
        response.set_body(found.data.into_owned());
    }
    Ok(response)
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}
