//! Who may do what, and where: every operation of the document × every role × his own township, the next one, and
//! another county.

mod asks;
mod exams;
mod leaks;
mod mixed;
mod rows;
mod study;
mod tokens;
pub mod world;

use std::sync::atomic::{AtomicUsize, Ordering};

use anpei::platform::Role;
use anpei::platform::scope::allows;
use anpei::{server, spec};
use reqwest::{Method, RequestBuilder, StatusCode};
use rstest::rstest;
use serde_json::Value;

use crate::support::{Client, Kind};
use asks::{Ask, ask};
use leaks::{Strangers, ids};
use rows::{Stranger, reaches_home, row};
use world::{Tenant, World, is_county_wide};

/// An operation as the document tells of it.
#[derive(Clone)]
pub struct Operation {
    pub id: String,
    /// The statuses it says it can answer with.
    pub statuses: Vec<String>,
    pub method: Method,
    pub path: String,
}

pub fn operations() -> Vec<Operation> {
    let document = spec::finished(&server::api());
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(move |(method, operation)| Operation {
            id: operation["operationId"].as_str().unwrap().to_owned(),
            statuses: operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect(),
            method: method.to_uppercase().parse().unwrap(),
            path: path.clone(),
        })
    });
    each.collect()
}

impl Operation {
    /// The path with a tenant's ids, or with what was made fresh for the request.
    fn path_of(&self, of: &Tenant, ask: &Ask) -> String {
        let part = |part: &str| {
            let Some(name) = part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) else {
                return part.to_owned();
            };
            let fresh = ask.fresh.filter(|(fresh, _)| *fresh == name);
            fresh
                .map_or_else(|| of.id_of(name), |(_, id)| id)
                .to_string()
        };
        let path: Vec<_> = self.path.split('/').map(part).collect();
        match ask.query.as_str() {
            "" => path.join("/"),
            query => format!("{}?{query}", path.join("/")),
        }
    }

    fn undocumented(&self, answer: &Answer) -> Option<String> {
        let known = self.statuses.iter().any(|s| s == answer.status.as_str());
        (!known).then(|| "the document does not know this status".to_owned())
    }

    fn request(&self, by: &Client, of: &Tenant, ask: &Ask) -> RequestBuilder {
        let request = by.request(self.method.clone(), &self.path_of(of, ask));
        let headers = ask.headers.iter();
        let request = headers.fold(request, |request, (name, value)| {
            request.header(*name, value)
        });
        if let Some(bytes) = &ask.bytes {
            return request.body(bytes.clone());
        }
        if let Some(body) = &ask.body {
            return request.json(body);
        }
        let Some((bytes, fields)) = &ask.file else {
            return request;
        };
        let part = reqwest::multipart::Part::bytes(bytes.clone()).file_name("名单.csv");
        let form = reqwest::multipart::Form::new().part("file", part);
        request.multipart(fields.iter().fold(form, |form, (name, value)| {
            form.text((*name).to_owned(), value.clone())
        }))
    }
}

/// What came back.
struct Answer {
    status: StatusCode,
    text: String,
    /// Only its status and headers were asked for.
    bare: bool,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

static NUMBER: AtomicUsize = AtomicUsize::new(0);

async fn send(operation: &Operation, by: &Client, of: &Tenant) -> Answer {
    let ask = ask(&operation.id, of, NUMBER.fetch_add(1, Ordering::SeqCst)).await;
    let leaving = ["signOut", "endMyDevices"].contains(&operation.id.as_str());
    let other = leaving.then(|| by.a_twin());
    let by = other.as_ref().unwrap_or(by);
    let mut answer = operation.request(by, of, &ask).send().await.unwrap();
    let status = answer.status();
    let kind = answer.headers().get("content-type");
    let streams = kind.is_some_and(|kind| kind.to_str().unwrap().starts_with("text/event-stream"));
    let bytes = if streams {
        // It goes on as long as it is listened to.
        answer.chunk().await.unwrap().unwrap()
    } else {
        answer.bytes().await.unwrap()
    };
    Answer {
        status,
        text: String::from_utf8_lossy(&bytes).into_owned(),
        bare: operation.method == Method::HEAD,
    }
}

#[test]
fn every_operation_has_a_row() {
    let missing: Vec<_> = operations()
        .into_iter()
        .filter(|operation| row(&operation.id).is_none())
        .map(|operation| operation.id)
        .collect();
    assert!(
        missing.is_empty(),
        "tests/it/scope/rows.rs lacks {missing:?}"
    );
}

#[rstest]
#[tokio::test]
async fn each_role_does_what_it_may_where_it_may_and_nothing_else(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let world = World::make(kind).await;
    let (mut faults, mut told) = (Vec::new(), Vec::new());
    for operation in operations() {
        let stranger = row(&operation.id).unwrap();
        let Some(action) = spec::action_of(&operation.id) else {
            assert_eq!(stranger, Stranger::Public, "{}", operation.id);
            continue;
        };
        for role in Role::ALL {
            let by = &world.callers[role.word()];
            for (place, of) in [
                ("home", &world.home),
                ("neighbour", &world.neighbour),
                ("elsewhere", &world.elsewhere),
            ] {
                let answer = send(&operation, by, of).await;
                let expected = if allows(role, action) {
                    expectation(role, &operation.id, place, stranger)
                } else {
                    Expected::Forbidden
                };
                // A refusal repeats what the caller himself sent; whoever scanned a class's code stands in its room.
                if answer.status.is_success() && operation.id != "checkIn" {
                    told.push((operation.id.clone(), role, place, ids(&answer.text)));
                }
                let told = expected
                    .fault(&answer)
                    .or_else(|| operation.undocumented(&answer));
                if let Some(told) = told {
                    faults.push(format!(
                        "{} as {} of {place}: {told}; {} {}",
                        operation.id,
                        role.word(),
                        answer.status,
                        answer.text.chars().take(300).collect::<String>()
                    ));
                }
            }
        }
    }
    let strangers = Strangers::of(&world).await;
    let (far, near) = strangers.count();
    assert!(far > 300 && near > 300, "{far} {near}");
    for (operation, role, place, ids) in told {
        if let Some(leak) = strangers.told(role, &ids) {
            faults.push(format!("{operation} as {} of {place}: {leak}", role.word()));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    world.finish().await;
}

#[derive(Debug)]
enum Expected {
    Taken,
    Forbidden,
    Gone,
    Refused(&'static str),
    Empty,
    LinesRefused,
}

fn expectation(role: Role, operation: &str, place: &str, stranger: Stranger) -> Expected {
    let within = match place {
        "home" => reaches_home(role, operation),
        "neighbour" => {
            (is_county_wide(role) && reaches_home(role, operation))
                || stranger == Stranger::GoneFromAnotherCounty
        }
        _ => false,
    };
    match stranger {
        _ if within => Expected::Taken,
        Stranger::Own | Stranger::Public => Expected::Taken,
        Stranger::Gone | Stranger::GoneFromAnotherCounty => Expected::Gone,
        // The plan it names is another county's.
        Stranger::Refused(_)
            if [
                "previewAttendanceUpload",
                "previewAcademyUpload",
                "proposeQuotaLoan",
            ]
            .contains(&operation)
                && place == "elsewhere" =>
        {
            Expected::Gone
        }
        Stranger::Refused(code) => Expected::Refused(code),
        Stranger::Empty => Expected::Empty,
        Stranger::LinesRefused => Expected::LinesRefused,
    }
}

impl Expected {
    /// What is wrong with an answer, if anything.
    fn fault(&self, answer: &Answer) -> Option<String> {
        let body = answer.json();
        let code = body["code"].as_str().unwrap_or_default();
        let says = |word: &str| answer.bare || code == word;
        let right = match self {
            Self::Taken => {
                answer.status.is_success() && body["refused"].as_i64().unwrap_or_default() == 0
            }
            Self::Forbidden => answer.status == StatusCode::FORBIDDEN && says("forbidden"),
            Self::Gone => answer.status == StatusCode::NOT_FOUND && says("not_found"),
            Self::Refused(wanted) => {
                answer.status == StatusCode::UNPROCESSABLE_ENTITY && code == *wanted
            }
            Self::Empty => answer.status == StatusCode::OK && body["items"] == Value::Array(vec![]),
            Self::LinesRefused => {
                answer.status == StatusCode::OK
                    && body["lines"].as_i64() > Some(0)
                    && body["refused"] == body["lines"]
            }
        };
        (!right).then(|| format!("expected {self:?}"))
    }
}
