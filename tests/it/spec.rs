//! The committed document is the one the code makes, and it says what an operation must say.

use anpei::{server, spec};
use serde_json::Value;

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((path.clone(), method.clone(), operation.clone()));
        }
    }
    all
}

#[test]
fn the_committed_document_is_the_one_the_code_makes() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");
    let committed: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert!(
        committed == spec::finished(&server::api()),
        "openapi/openapi.json is stale: run `make spec`"
    );
}

#[test]
fn every_write_of_a_signed_in_caller_takes_a_key_but_those_the_papers_name() {
    let without = [
        "answerPresenceCheck",
        "appendToUpload",
        "changeMyPassword",
        "endMyDevice",
        "endMyDevices",
        "exportPerson",
        "previewSuspension",
        "removeMedia",
        "revealIdNumber",
        "saveAnswers",
        "sendHeartbeats",
        "signOut",
        "submitAttempt",
    ];
    let document = spec::finished(&server::api());
    let mut found = Vec::new();
    for (_, method, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().cloned();
        let takes_key = parameters
            .unwrap_or_default()
            .iter()
            .any(|parameter| parameter["name"] == "Idempotency-Key");
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let reads = ["get", "head", "options"].contains(&method.as_str());
        if !reads && !takes_key && spec::action_of(&id).is_some() {
            found.push(id);
        }
    }
    found.sort();
    assert_eq!(found, without);
    let papers = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api.md");
    let papers = std::fs::read_to_string(papers).unwrap();
    let (_, told) = papers.split_once("## Writing twice").unwrap();
    let (told, _) = told.split_once("\n## ").unwrap();
    for id in without {
        assert!(told.contains(&format!("`{id}`")), "{id}");
    }
}

#[test]
fn every_operation_is_documented_with_roles_examples_and_errors() {
    let document = spec::finished(&server::api());
    for (path, method, operation) in operations(&document) {
        let id = operation["operationId"]
            .as_str()
            .unwrap_or_else(|| panic!("{method} {path} has no operationId"));
        for field in ["summary", "description"] {
            assert!(
                operation[field].as_str().is_some_and(|text| text.len() > 5),
                "{id}: {field}"
            );
        }
        let public = operation["security"].as_array().is_some_and(Vec::is_empty);
        assert_eq!(
            spec::action_of(id).is_none(),
            public,
            "{id} stands in spec/roles.rs just if it asks for a sign-in"
        );
        assert!(
            public
                || operation["x-roles"]
                    .as_array()
                    .is_some_and(|roles| !roles.is_empty()),
            "{id}: roles"
        );
        let responses = operation["responses"].as_object().unwrap();
        for status in ["400", "500", "503"] {
            assert!(responses.contains_key(status), "{id}: {status}");
        }
        assert!(public || responses.contains_key("401"), "{id}: 401");
        for (status, response) in responses {
            if let Some(body) = response.pointer("/content/application~1json") {
                assert!(!body["example"].is_null(), "{id} {status}: example");
            }
        }
        if let Some(body) = operation.pointer("/requestBody/content/application~1json") {
            assert!(!body["example"].is_null(), "{id}: example of the request");
        }
    }
}

#[test]
fn no_action_is_listed_for_an_operation_that_is_gone() {
    let document = spec::finished(&server::api());
    let known: Vec<_> = operations(&document)
        .iter()
        .map(|(_, _, o)| o["operationId"].as_str().unwrap().to_owned())
        .collect();
    for (id, _) in spec::ACTIONS {
        assert!(known.iter().any(|known| known == id), "{id}");
    }
}
