//! What every request passes on its way in and out: an id, limits, its own task, one shape of error, a log line.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use poem::error::ReadBodyError;
use poem::http::{Method, StatusCode};
use poem::{Body, Endpoint, IntoResponse, Request, Response};
use poem_openapi::OperationId;
use tracing::Instrument;

use super::answers;
use super::faults::{Told, problem};
use super::headers::{self, set};
use crate::courses::media::rules::MOST_CHUNK;
use crate::platform::gates::Place;
use crate::platform::locale::Lang;
use crate::platform::{App, Code, Fault, clock};
use crate::spec::Paths;

/// A read that was answered sooner and not refused leaves no line in the log unless `debug` is asked for: thousands a
/// second would tell nothing that the figures do not, and cost more than the answers.
const SLOW: Duration = Duration::from_millis(250);

/// Serves one request.
pub(super) async fn serve<E>(
    next: Arc<E>,
    request: Request,
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
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", id, %method, path);
    let wishes = answers::Wishes::of(&request, &state.settings);
    let told = Told {
        paths: paths.clone(),
        path: path.clone(),
        method: method.clone(),
    };
    let mut operation = None;
    let asked_first = wishes
        .origin
        .as_ref()
        .and_then(|_| headers::preflight(&request, &paths));
    let outcome = match asked_first {
        Some(response) => Ok(response),
        None => {
            admit(next, request, &state, &told, &mut operation)
                .instrument(span.clone())
                .await
        }
    };
    let outcome = outcome.and_then(|response| answers::hold_stream(&state, response));
    let mut response = match outcome {
        Ok(response) => response,
        Err(fault) => {
            span.in_scope(|| log_fault(&fault));
            problem(&fault, lang, &id)
        }
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        set(&mut response, "allow", &paths.methods(&path));
    }
    set(&mut response, "x-request-id", &id);
    let response = wishes.meet(response, &state.settings, &method, &path).await;
    let status = response.status();
    let took = started.elapsed();
    answers::count(&state, operation, status, took);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let quiet = reads(&method) && status.as_u16() < 400 && took < SLOW;
    let status = status.as_u16();
    span.in_scope(|| {
        if quiet {
            tracing::debug!(status, micros, "answered");
        } else {
            tracing::info!(status, micros, "answered");
        }
    });
    Ok(response)
}

/// Lets a request in if there is room, bounds its body, and runs it.
async fn admit<E>(
    next: Arc<E>,
    mut request: Request,
    state: &App,
    told: &Told,
    operation: &mut Option<&'static str>,
) -> Result<Response, Fault>
where
    E: Endpoint + 'static,
{
    // Whoever asks whether we live is answered however much there is to do.
    let health = matches!(told.path.as_str(), "/healthz" | "/readyz");
    let mut places = Vec::new();
    if !health {
        places.push(state.gates.requests.enter()?);
    }
    let kind = Taken::of(&request);
    match kind {
        Taken::Ordinary => {}
        Taken::Form => places.push(state.gates.uploads.enter()?),
        Taken::Chunk => places.push(state.gates.chunks.enter()?),
    }
    let bound = bound_body(state, kind, &mut request).await?;
    if let Bound::Whole(body) = &bound {
        told.strict(&request, body)?;
    }
    // A chunk has its own gate: it writes seldom while it comes, and may come slowly.
    if !reads(&told.method) && kind != Taken::Chunk {
        // Taken with the body at hand: a slow sender keeps no writer out.
        places.push(state.gates.writes.enter()?);
    }
    let ran = run(next, request, state, places).await;
    let known = match &ran {
        Ok(response) => response.data::<OperationId>(),
        Err(error) => error.data::<OperationId>(),
    };
    *operation = known.map(|id| id.0);
    ran.map_err(|error| match bound {
        // A body cut off by us reads as broken further in; say what it was.
        Bound::Streamed(overflow) if overflow.load(Ordering::SeqCst) => too_large(state, kind),
        Bound::Streamed(_) => told.fault_of(&error, b""),
        Bound::Whole(body) => told.fault_of(&error, &body),
    })
}

const fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// How a request's body is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Read whole, and small.
    Ordinary,
    /// A form with files.
    Form,
    /// A piece of a course file.
    Chunk,
}

impl Taken {
    fn of(request: &Request) -> Self {
        let is = |kind: &str| {
            let told = request.content_type();
            told.is_some_and(|told| told.starts_with(kind))
        };
        let of_media = request.uri().path().starts_with("/v1/courses/media/");
        if is("multipart/form-data") {
            Self::Form
        } else if *request.method() == Method::PATCH
            && of_media
            && is("application/offset+octet-stream")
        {
            Self::Chunk
        } else {
            Self::Ordinary
        }
    }
}

/// Runs the handler: reads under a time limit, writes in a task of their own, so that a phone that hangs up cannot
/// cut a transaction in two. A write that goes on after its time keeps its places.
async fn run<E: Endpoint + 'static>(
    next: Arc<E>,
    request: Request,
    state: &App,
    places: Vec<Place>,
) -> poem::Result<Response> {
    let limit = Duration::from_secs(state.settings.request_seconds);
    let reads = reads(request.method());
    let call = async move {
        let _places = places;
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
async fn bound_body(state: &App, kind: Taken, request: &mut Request) -> Result<Bound, Fault> {
    let upload = kind != Taken::Ordinary;
    let limit = limit(state, kind);
    let told: Option<u64> = request
        .header("content-length")
        .and_then(|length| length.parse().ok());
    if told.is_some_and(|length| length > limit as u64) {
        return Err(too_large(state, kind));
    }
    let body = request.take_body();
    if body.is_empty() && !upload {
        refuse_nul(request.uri().query(), b"")?;
        return Ok(Bound::Whole(Bytes::new()));
    }
    if upload {
        refuse_nul(request.uri().query(), b"")?;
    } else {
        let wait = Duration::from_secs(state.settings.request_seconds);
        let read = tokio::time::timeout(wait, body.into_bytes_limit(limit)).await;
        let body = read
            .map_err(|_| Fault::new(Code::RequestTimeout))?
            .map_err(|error| match error {
                ReadBodyError::PayloadTooLarge => too_large(state, kind),
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

fn limit(state: &App, kind: Taken) -> usize {
    match kind {
        Taken::Ordinary => state.settings.body_limit,
        Taken::Form => state.settings.upload_limit,
        Taken::Chunk => MOST_CHUNK,
    }
}

fn too_large(state: &App, kind: Taken) -> Fault {
    Fault::new(Code::PayloadTooLarge).with("limit", limit(state, kind))
}

/// The caller's own id for the request, if it is a plain word, or a new one.
fn request_id(request: &Request) -> String {
    let plain = |id: &&str| {
        (8..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let own = request.header("x-request-id").filter(plain);
    own.map_or_else(|| clock::new_id().to_string(), str::to_owned)
}

fn log_fault(fault: &Fault) {
    let code = fault.code.word();
    if fault.code.status() >= 500 {
        tracing::error!(code, cause = fault.cause.as_deref(), "failed");
    } else {
        tracing::debug!(code, "refused");
    }
}
