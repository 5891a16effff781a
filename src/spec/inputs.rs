//! What may be sent, as narrow in the document as it is in the code: no unknown fields, bounds of a page, its
//! cursor, the key of a retry.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::platform::page::{DEFAULT_LIMIT, MAX_LIMIT};

/// Narrows every request of the document.
pub(super) fn narrow(document: &mut Value) {
    let mut sent = BTreeSet::new();
    for operation in operations(document) {
        let parameters = operation.get_mut("parameters");
        let mut parameters: Vec<_> = parameters
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .collect();
        let paged = parameters.iter().any(|each| each["name"] == "cursor");
        for parameter in &mut parameters {
            known_parameter(parameter, paged);
        }
        let body = operation.pointer_mut("/requestBody/content");
        let kinds = body.and_then(Value::as_object_mut).into_iter();
        for (kind, body) in kinds.flatten() {
            if let Some(schema) = body.get_mut("schema") {
                close(schema, kind == "application/json", &mut sent);
            }
        }
    }
    // What a body names, and what that names in its turn.
    let mut closed = BTreeSet::new();
    while let Some(name) = sent.pop_first() {
        let schema = document.pointer_mut(&format!("/components/schemas/{name}"));
        if let Some(schema) = schema.filter(|_| closed.insert(name)) {
            close(schema, true, &mut sent);
        }
    }
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().into_iter();
    let items = paths.flat_map(Map::values_mut);
    items
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
}

/// What many operations take is read in one place (`platform/page.rs`, `platform/idempotency.rs`), so it is described in
/// one.
fn known_parameter(parameter: &mut Value, paged: bool) {
    let name = parameter["name"].as_str().unwrap_or_default();
    match (name, parameter["schema"]["type"].as_str()) {
        ("limit", Some("integer")) if paged => {
            parameter["schema"]["minimum"] = json!(1);
            parameter["schema"]["maximum"] = json!(MAX_LIMIT);
            parameter["schema"]["default"] = json!(DEFAULT_LIMIT);
        }
        // As `Retry::of` reads it.
        ("Idempotency-Key", Some("string")) => {
            parameter["schema"]["pattern"] = json!("^[!-~]{1,128}$");
        }
        ("cursor", Some("string")) => {
            parameter["schema"]["pattern"] = json!("^[0-9a-fA-F]{32}$");
        }
        _ => {}
    }
}

/// Says of an object and those within it that they take no other fields, and in JSON null for what may be left out;
/// notes the names of schemas on the way.
fn close(schema: &mut Value, json: bool, named: &mut BTreeSet<String>) {
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    if let Some(target) = map.get("$ref").and_then(Value::as_str) {
        named.extend(target.rsplit('/').next().map(str::to_owned));
    }
    if map.contains_key("properties") {
        map.entry("additionalProperties").or_insert(json!(false));
    }
    let required = map.get("required").and_then(Value::as_array).cloned();
    let required = required.unwrap_or_default();
    for (key, part) in map.iter_mut() {
        match key.as_str() {
            "properties" => {
                for (name, part) in part.as_object_mut().into_iter().flatten() {
                    close(part, json, named);
                    // Many clients write out what they have not got; it means the same as leaving it out.
                    if json && !required.contains(&json!(name)) && part.get("type").is_some() {
                        part["nullable"] = json!(true);
                    }
                }
            }
            "items" => close(part, json, named),
            "oneOf" | "anyOf" => {
                let parts = part.as_array_mut().into_iter().flatten();
                parts.for_each(|part| close(part, json, named));
            }
            // Parts of one object: closed, each would refuse the other's fields.
            "allOf" => {
                let parts = part.as_array_mut().into_iter().flatten();
                for part in parts.filter(|part| part["properties"].is_null()) {
                    close(part, json, named);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_closed_and_what_is_answered_stays_open() {
        let mut document = json!({
            "paths": {"/v1/things": {"post": {
                "parameters": [
                    {"name": "limit", "schema": {"type": "integer"}},
                    {"name": "cursor", "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Seen"}}}}},
            }}},
            "components": {"schemas": {
                "Sent": {"type": "object", "properties": {"parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}}},
                "Part": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
                "Seen": {"type": "object", "properties": {"name": {"type": "string"}}},
            }},
        });
        narrow(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Sent"]["additionalProperties"], json!(false));
        assert_eq!(schemas["Part"]["additionalProperties"], json!(false));
        let [id, name] =
            ["id", "name"].map(|field| &schemas["Part"]["properties"][field]["nullable"]);
        assert_eq!((id, name), (&Value::Null, &json!(true)));
        assert!(schemas["Seen"]["additionalProperties"].is_null());
        let limit = &document["paths"]["/v1/things"]["post"]["parameters"][0]["schema"];
        assert_eq!(
            (&limit["minimum"], &limit["maximum"]),
            (&json!(1), &json!(200))
        );
    }
}
