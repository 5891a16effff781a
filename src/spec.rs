//! The finished OpenAPI document: what poem-openapi derives, with all that it cannot know.

mod check;
mod examples;
mod files;
mod inputs;
mod paths;
mod roles;

use poem_openapi::registry::Registry;
use poem_openapi::{OpenApi, OpenApiService, Webhook};
use serde_json::{Map, Value, json};

use crate::platform::error::Problem;
use crate::platform::locale::Lang;
use crate::platform::{Code, Fault};

pub use paths::Paths;
pub use roles::{ACTIONS, action_of};

/// The document as it is served, printed and committed.
#[must_use]
pub fn finished<T: OpenApi, W: Webhook>(service: &OpenApiService<T, W>) -> Value {
    let mut document: Value = serde_json::from_str(&service.spec()).unwrap_or_default();
    tidy(&mut document);
    document["info"] = info();
    let mut problems = Map::new();
    let schemas = document["components"]["schemas"].clone();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths.iter_mut() {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                finish((path, method), operation, &schemas, &mut problems);
            }
        }
    }
    document["components"]["responses"] = Value::Object(problems);
    add_problem_schemas(&mut document);
    inputs::narrow(&mut document);
    examples::add(&mut document);
    document
}

/// No operation names the error's schema by itself, so poem-openapi leaves it out.
fn add_problem_schemas(document: &mut Value) {
    use poem_openapi::types::Type;
    let mut registry = Registry::new();
    Problem::register(&mut registry);
    for (name, schema) in registry.schemas {
        let mut schema = serde_json::to_value(schema).unwrap_or_default();
        tidy(&mut schema);
        document["components"]["schemas"][name] = schema;
    }
}

fn info() -> Value {
    json!({
        "title": "安培 Anpei",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "县级企业员工安全培训与特种作业领码服务。错误一律为 application/problem+json，含稳定的 code。\n\n\
            Training and certification for a county. Every error is application/problem+json with a stable code; words \
            follow Accept-Language (zh, en). Lists page by cursor. Writes take an Idempotency-Key. Times are RFC 3339, \
            days ISO 8601, ids UUIDv7.",
        "contact": {"name": "Anpei", "url": "https://github.com/anpei/anpei"},
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"},
    })
}

/// Media types without parameters, whole bounds, formats from the registry.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(json) = map.remove("application/json; charset=utf-8") {
                map.insert("application/json".to_owned(), json);
            }
            if map
                .get("format")
                .and_then(Value::as_str)
                .is_some_and(|format| format.starts_with("uint"))
            {
                map.insert("format".to_owned(), json!("int64"));
            }
            // poem's own word for what the registry calls a date.
            if map
                .get("format")
                .is_some_and(|format| format == "naive-date")
            {
                map.insert("format".to_owned(), json!("date"));
            }
            for bound in ["minimum", "maximum"] {
                if let Some(number) = map
                    .get(bound)
                    .and_then(Value::as_f64)
                    .filter(|n| n.fract() == 0.0)
                {
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "bounds are small whole numbers"
                    )]
                    map.insert(bound.to_owned(), json!(number as i64));
                }
            }
            map.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Whether a path, a query, a form or a body can name what is not there; the catalogue asks for a day that may have none.
fn names_something(path: &str, operation: &Value, schemas: &Value) -> bool {
    let body = operation["requestBody"].to_string();
    let named = body
        .split("#/components/schemas/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|name| schemas[name].to_string());
    let by_id = |text: &str| text.contains("_id\"") || text.contains("_ids\"");
    let query = operation["parameters"].as_array().into_iter().flatten();
    path.contains('{')
        // One's own code, which there may be none of.
        || path.starts_with("/v1/codes/mine")
        || by_id(&body)
        || named.into_iter().any(|schema| by_id(&schema))
        || query
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .any(|name| name.ends_with("_id") || name == "on" || name == "county")
}

/// Whether an operation takes such a parameter beside its path: a rule may refuse it (a page beyond its bounds, a period
/// reversed, an odd key).
fn takes(operation: &Value, such: impl Fn(&str) -> bool) -> bool {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .filter(|parameter| parameter["in"] != "path")
        .filter_map(|parameter| parameter["name"].as_str())
        .any(such)
}

/// Adds to one operation its security, its roles, and the errors its shape can answer with.
fn finish(
    (path, method): (&str, &str),
    operation: &mut Value,
    schemas: &Value,
    problems: &mut Map<String, Value>,
) {
    let id = operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let public = operation.get("security").is_none();
    if public {
        operation["security"] = json!([]);
    }
    let action = action_of(&id);
    if let Some(action) = action {
        let roles = roles::of(action);
        operation["x-roles"] = json!(roles);
        let text = operation["description"]
            .as_str()
            .unwrap_or_default()
            .trim()
            .to_owned();
        operation["description"] = json!(format!(
            "{text}\n\nRoles: {}. Scope: {}.",
            roles.join(", "),
            roles::reach(action)
        ));
    }
    let writes = !matches!(method, "get" | "head" | "options");
    let mut codes = vec![
        (400, Code::BadRequest),
        (500, Code::Internal),
        (503, Code::Busy),
    ];
    if !public {
        codes.push((401, Code::Unauthenticated));
        if action.is_some_and(|action| roles::of(action).len() < crate::platform::Role::ALL.len()) {
            codes.push((403, Code::Forbidden));
        }
    } else if path.starts_with("/v1/accounts/session") {
        codes.push((401, Code::WrongCredentials));
    }
    if public && writes && id != "refreshSession" {
        codes.push((429, Code::TooManyRequests));
    }
    if public && writes && !path.starts_with("/v1/accounts/session") {
        codes.push((422, Code::InvalidField));
        if path.ends_with("/acceptance") || path.ends_with("/completion") {
            codes.push((401, Code::SecretRefused));
        }
        if id == "activateAccount" {
            codes.push((409, Code::Conflict));
        }
    }
    // What is asked of a rule's draft, a published rule cannot answer; nor is a code printed that has ended.
    let of_one_state = [
        "previewHoursRule",
        "listAffectedPeople",
        "getCodePng",
        "getCodeSvg",
        "getCodeCard",
        "getProofSheet",
    ];
    if of_one_state.contains(&id.as_str()) {
        codes.push((409, Code::Conflict));
    }
    // Looked up by anybody, by a number with a check sign.
    if ["lookUpTypedCode", "lookUpProof"].contains(&id.as_str()) {
        codes.extend([(422, Code::TypedCodeInvalid), (429, Code::TooManyRequests)]);
    }
    if id == "changeMyPassword" {
        codes.push((429, Code::TooManyRequests));
    }
    if names_something(path, operation, schemas) {
        codes.push((404, Code::NotFound));
    }
    if takes(operation, |name| name == "If-Match") {
        codes.push((412, Code::Stale));
    }
    if matches!(method, "get" | "put") {
        tell_validator(operation, method);
    }
    let retried = || takes(operation, |name| name == "Idempotency-Key");
    if !public && (retried() || writes && method != "delete") {
        codes.extend([(409, Code::Conflict), (422, Code::InvalidField)]);
    }
    let told = codes.iter().any(|(status, _)| *status == 422);
    if !writes && !told && takes(operation, |_| true) {
        codes.push((422, Code::InvalidField));
    }
    if operation.get("requestBody").is_some() {
        codes.extend([
            (413, Code::PayloadTooLarge),
            (415, Code::UnsupportedMediaType),
        ]);
    }
    codes.extend(files::codes(&id));
    files::tell_kinds(&id, operation);
    for (status, code) in codes {
        let name = format!(
            "Problem{status}{}",
            match code {
                Code::WrongCredentials => "SignIn",
                Code::SecretRefused => "Secret",
                Code::TusVersion => "Tus",
                Code::MediaLinkRefused => "Link",
                _ => "",
            }
        );
        operation["responses"][status.to_string()] =
            json!({"$ref": format!("#/components/responses/{name}")});
        problems
            .entry(name)
            .or_insert_with(|| problem_response(code));
    }
    for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if let Some(stream) = response.pointer_mut("/content/text~1event-stream") {
            events(stream);
        }
        if response
            .get("description")
            .and_then(Value::as_str)
            .is_some_and(str::is_empty)
        {
            response["description"] = json!("Done.");
        }
    }
}

/// An event stream is no array, as poem has it: each event is a text field or two, its `data` the JSON of a thing.
fn events(stream: &mut Value) {
    let target = stream["schema"]["items"]["$ref"].as_str();
    let thing = target
        .and_then(|target| target.rsplit('/').next())
        .unwrap_or("any");
    stream["schema"] = json!({
        "type": "object",
        "description": "One event of the stream.",
        "required": ["data"],
        "properties": {
            "event": {"type": "string", "description": "What it tells of."},
            "id": {"type": "string", "description": "Its place in the stream."},
            "data": {"type": "string", "description": format!("{thing} as JSON text.")},
        },
    });
}

/// The server puts a validator beside each JSON answer that shows something.
fn tell_validator(operation: &mut Value, method: &str) {
    if operation
        .pointer("/responses/200/content/application~1json")
        .is_none()
    {
        return;
    }
    operation["responses"]["200"]["headers"]["ETag"] = json!({
        "description": "Validator of this answer: send it as `If-Match` with a change, as `If-None-Match` to ask whether it is still so.",
        "schema": {"type": "string", "maxLength": 80},
    });
    if method == "get" {
        operation["responses"]["304"] =
            json!({"description": "Still as `If-None-Match` says; no content."});
    }
}

fn problem_response(code: Code) -> Value {
    use poem_openapi::types::ToJSON;
    let fault = Fault::new(code)
        .with("reason", "…")
        .with("what", "…")
        .with("field", "title")
        .with("limit", 1_048_576)
        .with("seconds", 60)
        .with("version", "1.0.0")
        .with("length", 1_048_576);
    let example = fault
        .problem(Lang::Zh, "0197c5a0-0000-7000-8000-000000000000")
        .to_json();
    let mut response = json!({
        "description": fault.problem(Lang::En, "").title,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    });
    if matches!(code.status(), 429 | 503) {
        response["headers"] = json!({"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1, "maximum": 3600}}});
    }
    response
}

/// The documentation page: its script and styles are in the page itself, nothing is fetched from elsewhere.
#[must_use]
pub fn page(template: &str, document: &Value) -> String {
    let text = document.to_string().replace("</", "<\\/");
    let Some((head, rest)) = template.split_once("type=\"application/json\"") else {
        return template.to_owned();
    };
    let Some((open, rest)) = rest.split_once('>') else {
        return template.to_owned();
    };
    let Some((_, tail)) = rest.split_once("</script>") else {
        return template.to_owned();
    };
    let head = head.replace("<title>Scalar</title>", "<title>安培 Anpei API</title>");
    format!(
        "{head}type=\"application/json\" data-configuration='{{\"withDefaultFonts\":false,\"telemetry\":false}}'{open}>{text}</script>{tail}"
    )
}
