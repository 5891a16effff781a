//! What every request passes on its way in and out: an id, limits, its own task, one shape of error, a log line.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use poem::error::ReadBodyError;
use poem::http::{HeaderValue, Method, StatusCode};

use poem::{Body, Endpoint, IntoResponse, Request, Response};
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseMultipartError, ParseParamError, ParsePathError,
    ParseRequestPayloadError,
};
use tracing::Instrument;

use crate::platform::error::FieldFault;
use crate::platform::locale::Lang;
use crate::platform::{App, Code, Fault, clock};
use crate::spec::Paths;

/// Serves one request.
pub(super) async fn serve<E>(
    next: Arc<E>,
    mut request: Request,
    paths: Arc<Paths>,
) -> poem::Result<Response>
where
    E: Endpoint + 'static,
{
    let started = Instant::now();
    let Some(state) = request.data::<App>().cloned() else {
        return Ok(StatusCode::INTERNAL_SERVER_ERROR.into());
    };
    let id = request_id(&request);
    let lang = Lang::of_request(&request);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", id, %method, path);
    let told = Told {
        paths: paths.clone(),
        path: path.clone(),
        method: method.clone(),
    };
    let bound = match bound_body(&state, &mut request).await {
        Ok(Bound::Whole(body)) => told.strict(&request, &body).map(|()| Bound::Whole(body)),
        bound => bound,
    };
    let outcome = match bound {
        Err(fault) => Err(fault),
        Ok(bound) => run(next, request, &state)
            .instrument(span.clone())
            .await
            .map_err(|error| match bound {
                // A body cut off by us reads as broken further in; say what it was.
                Bound::Streamed(overflow) if overflow.load(Ordering::SeqCst) => {
                    too_large(&state, true)
                }
                Bound::Streamed(_) => told.fault_of(&error, b""),
                Bound::Whole(body) => told.fault_of(&error, &body),
            }),
    };
    let mut response = match outcome {
        Ok(response) => response,
        Err(fault) => {
            span.in_scope(|| log_fault(&fault));
            problem(&fault, lang, &id)
        }
    };
    let status = response.status();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        set(&mut response, "allow", &paths.methods(&path));
    }
    set(&mut response, "x-request-id", &id);
    set(&mut response, "x-content-type-options", "nosniff");
    if path.starts_with("/v1/") && !response.headers().contains_key("cache-control") {
        set(&mut response, "cache-control", "no-store");
    }
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status = status.as_u16(), micros, "answered"));
    Ok(response)
}

/// Runs the handler: reads under a time limit, writes in a task of their own, so that a phone that hangs up cannot
/// cut a transaction in two.
async fn run<E: Endpoint + 'static>(
    next: Arc<E>,
    request: Request,
    state: &App,
) -> poem::Result<Response> {
    let limit = Duration::from_secs(state.settings.request_seconds);
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let call = async move {
        let answered = AssertUnwindSafe(next.call(request)).catch_unwind().await;
        match answered {
            Ok(answered) => answered.map(IntoResponse::into_response),
            Err(_) => Err(Fault::internal("a handler panicked").into()),
        }
    };
    let slow = |_| Fault::new(Code::Busy);
    if reads {
        tokio::time::timeout(limit, call).await.map_err(slow)?
    } else {
        let task = tokio::spawn(call.in_current_span());
        tokio::time::timeout(limit, task)
            .await
            .map_err(slow)?
            .map_err(|e| Fault::internal(e.to_string()))?
    }
}

/// How a request's body was bounded.
enum Bound {
    /// Read whole: small, and looked at again when it is refused.
    Whole(Bytes),
    /// Streamed to its reader; set when it went over the limit.
    Streamed(Arc<AtomicBool>),
}

/// Refuses a character that no text may hold: PostgreSQL cannot store it, and nobody means it.
fn refuse_nul(query: Option<&str>, body: &[u8]) -> Result<(), Fault> {
    let escaped = || body.windows(6).any(|part| part == br"\u0000");
    let in_body = body.contains(&0)
        || (escaped() && serde_json::from_slice(body).is_ok_and(|value| holds_nul(&value)));
    if in_body || query.is_some_and(|query| query.contains("%00")) {
        return Err(Fault::new(Code::BadRequest).with("reason", "NUL"));
    }
    Ok(())
}

fn holds_nul(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// Refuses a body that says it is too large, and cuts one that does not say so.
async fn bound_body(state: &App, request: &mut Request) -> Result<Bound, Fault> {
    let form = |kind: &str| kind.starts_with("multipart/form-data");
    let upload = request.content_type().is_some_and(form);
    let limit = limit(state, upload);
    let told: Option<u64> = request
        .header("content-length")
        .and_then(|length| length.parse().ok());
    if told.is_some_and(|length| length > limit as u64) {
        return Err(too_large(state, upload));
    }
    let body = request.take_body();
    if upload {
        refuse_nul(request.uri().query(), b"")?;
    } else {
        let wait = Duration::from_secs(state.settings.request_seconds);
        let read = tokio::time::timeout(wait, body.into_bytes_limit(limit)).await;
        let body = read
            .map_err(|_| Fault::new(Code::RequestTimeout))?
            .map_err(|error| match error {
                ReadBodyError::PayloadTooLarge => too_large(state, upload),
                other => Fault::new(Code::BadRequest).with("reason", other),
            })?;
        refuse_nul(request.uri().query(), &body)?;
        request.set_body(body.clone());
        return Ok(Bound::Whole(body));
    }
    let overflow = Arc::new(AtomicBool::new(false));
    let (flag, seen) = (overflow.clone(), AtomicUsize::new(0));
    let body = body.into_bytes_stream().map(move |chunk| {
        let chunk = chunk.map_err(std::io::Error::other)?;
        if seen.fetch_add(chunk.len(), Ordering::SeqCst) + chunk.len() > limit {
            flag.store(true, Ordering::SeqCst);
            return Err(std::io::Error::other("too large"));
        }
        Ok(chunk)
    });
    request.set_body(Body::from_bytes_stream(body));
    Ok(Bound::Streamed(overflow))
}

fn limit(state: &App, upload: bool) -> usize {
    if upload {
        state.settings.upload_limit
    } else {
        state.settings.body_limit
    }
}

fn too_large(state: &App, upload: bool) -> Fault {
    Fault::new(Code::PayloadTooLarge).with("limit", limit(state, upload))
}

/// The caller's own id for the request, if it is a plain word, or a new one.
fn request_id(request: &Request) -> String {
    let plain = |id: &&str| {
        (8..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let own = request.header("x-request-id").filter(plain);
    own.map_or_else(|| clock::new_id().to_string(), str::to_owned)
}

/// The request as its refusal is worded.
struct Told {
    paths: Arc<Paths>,
    path: String,
    method: Method,
}

impl Told {
    /// poem takes a number for a text and drops what it does not like; the document does not, and what was meant is not
    /// for us to guess. Who has not signed in hears of that first.
    fn strict(&self, request: &Request, body: &[u8]) -> Result<(), Fault> {
        let method = self.method.as_str();
        let json = |kind: &str| kind.starts_with("application/json");
        let signs = request.headers().contains_key("authorization");
        if !request.content_type().is_some_and(json)
            || !(signs || self.paths.is_public(&self.path, method))
        {
            return Ok(());
        }
        match self.paths.body_faults(&self.path, method, body) {
            found if found.is_empty() => Ok(()),
            found => Err(invalid_body(found)),
        }
    }

    /// One shape for all errors: ours, poem's parse errors, unknown paths and methods.
    fn fault_of(&self, error: &poem::Error, body: &[u8]) -> Fault {
        if let Some(fault) = error.downcast_ref::<Fault>() {
            return fault.clone();
        }
        if let Some(e) = error.downcast_ref::<ParseParamError>() {
            return self.parameter(e.name, &e.reason);
        }
        if let Some(e) = error.downcast_ref::<ParsePathError>() {
            return self.parameter(e.name, &e.reason);
        }
        let unreadable = |reason: &str| Fault::new(Code::BadRequest).with("reason", reason);
        if let Some(e) = error.downcast_ref::<ParseRequestPayloadError>() {
            return match self
                .paths
                .body_faults(&self.path, self.method.as_str(), body)
            {
                found if found.is_empty() => unreadable(&e.reason),
                found => invalid_body(found),
            };
        }
        if let Some(e) = error.downcast_ref::<ParseMultipartError>() {
            return unreadable(&e.reason);
        }
        if error.is::<ContentTypeError>() {
            return Fault::new(Code::UnsupportedMediaType);
        }
        if error.is::<AuthorizationError>() {
            return Fault::new(Code::Unauthenticated);
        }
        match error.status() {
            StatusCode::NOT_FOUND => Fault::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Fault::new(Code::MethodNotAllowed),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Fault::new(Code::UnsupportedMediaType),
            StatusCode::UNAUTHORIZED => Fault::new(Code::Unauthenticated),
            status if status.is_client_error() => unreadable(&error.to_string()),
            _ => Fault::internal(error.to_string()),
        }
    }

    /// poem calls a path's parameters `param0`, `param1`; the document knows their names.
    fn parameter(&self, name: &str, reason: &str) -> Fault {
        let place = name
            .strip_prefix("param")
            .and_then(|place| place.parse().ok());
        let name = place
            .and_then(|place| self.paths.parameter(&self.path, place))
            .unwrap_or(name);
        let reason = match reason {
            _ if reason.contains("uuid") => "UUID",
            _ if reason.contains("\"string_date\"") || reason.contains("naive-date") => {
                "YYYY-MM-DD"
            }
            _ if reason.contains("integer") => "integer",
            _ if reason.contains("boolean") => "true | false",
            _ => reason,
        };
        Fault::new(Code::BadParameter)
            .with("field", name)
            .with("reason", reason)
            .at(name)
    }
}

fn invalid_body(found: Vec<FieldFault>) -> Fault {
    let fault = Fault::new(Code::InvalidBody).with("count", found.len());
    Fault {
        errors: found,
        ..fault
    }
}

fn problem(fault: &Fault, lang: Lang, id: &str) -> Response {
    use poem_openapi::types::ToJSON;
    let body = fault.problem(lang, id).to_json_string();
    let status =
        StatusCode::from_u16(fault.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder()
        .status(status)
        .content_type("application/problem+json")
        .body(body);
    set(&mut response, "content-language", lang.pick("zh", "en"));
    match fault.code.status() {
        401 => set(&mut response, "www-authenticate", "Bearer"),
        429 | 503 => {
            let seconds = fault.retry_after.unwrap_or(2);
            set(&mut response, "retry-after", &seconds.to_string());
        }
        _ => {}
    }
    response
}

fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn log_fault(fault: &Fault) {
    let code = fault.code.word();
    if fault.code.status() >= 500 {
        tracing::error!(code, cause = fault.cause.as_deref(), "failed");
    } else {
        tracing::debug!(code, "refused");
    }
}
