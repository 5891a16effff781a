//! One shape for all errors: ours, poem's parse errors, unknown paths and methods.

use std::sync::Arc;

use poem::http::{Method, StatusCode};
use poem::{Request, Response};
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseMultipartError, ParseParamError, ParsePathError,
    ParseRequestPayloadError,
};

use super::headers::set;
use crate::platform::error::FieldFault;
use crate::platform::locale::Lang;
use crate::platform::{Code, Fault};
use crate::spec::Paths;

/// The request as its refusal is worded.
pub(super) struct Told {
    pub(super) paths: Arc<Paths>,
    pub(super) path: String,
    pub(super) method: Method,
}

impl Told {
    /// poem takes a number for a text and drops what it does not like; the document does not, and what was meant is not
    /// for us to guess. Who has not signed in hears of that first.
    pub(super) fn strict(&self, request: &Request, body: &[u8]) -> Result<(), Fault> {
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
    pub(super) fn fault_of(&self, error: &poem::Error, body: &[u8]) -> Fault {
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
            return self.form(&e.reason);
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

    /// A form's fault: the library names the field and speaks English, the document knows what the field takes.
    fn form(&self, reason: &str) -> Fault {
        let quoted = reason.split('`').nth(1);
        let known = quoted.and_then(|name| {
            let field = self
                .paths
                .form_field(&self.path, self.method.as_str(), name)?;
            Some((name, field))
        });
        let Some((name, expected)) = known else {
            return match quoted {
                Some(name) if reason.starts_with("unknown field") => {
                    Fault::new(Code::FieldUnknown).with("field", name).at(name)
                }
                _ => Fault::new(Code::BadRequest).with("reason", "multipart/form-data"),
            };
        };
        if reason.ends_with("is required") {
            return Fault::new(Code::FormFieldMissing)
                .with("field", name)
                .at(name);
        }
        let once = reason.contains("duplicate").then(|| "×1".to_owned());
        Fault::new(Code::BadParameter)
            .with("field", name)
            .with("reason", once.unwrap_or(expected))
            .at(name)
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

pub(super) fn problem(fault: &Fault, lang: Lang, id: &str) -> Response {
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
        // How long the file is, so that the next range lies within.
        416 => {
            let length = fault.args.iter().find(|(name, _)| *name == "length");
            let length = length.map_or("*", |(_, length)| length.as_str());
            set(&mut response, "content-range", &format!("bytes */{length}"));
        }
        429 | 503 => {
            let seconds = fault.retry_after.unwrap_or(2);
            set(&mut response, "retry-after", &seconds.to_string());
        }
        _ => {}
    }
    response
}
