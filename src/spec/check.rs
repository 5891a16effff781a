//! A refused JSON body, looked at again by the document's own schema, so that every field at fault is named.

use serde_json::{Map, Value};

use crate::platform::Code;
use crate::platform::error::FieldFault;

/// Most faults told of one body.
const MOST: usize = 50;

/// What is wrong with a body, field by field; empty when the schema finds nothing.
pub(super) fn faults(schema: &Value, schemas: &Value, body: &Value) -> Vec<FieldFault> {
    let mut found = Vec::new();
    look(schema, schemas, body, "", &mut found);
    found.truncate(MOST);
    found
}

fn fault(at: &str, code: Code, args: &[(&'static str, String)]) -> FieldFault {
    let name = at.rsplit('/').next().unwrap_or_default().to_owned();
    let args = std::iter::once(("field", name))
        .chain(args.iter().cloned())
        .collect();
    FieldFault {
        at: at.to_owned(),
        code,
        args,
    }
}

fn look(schema: &Value, schemas: &Value, value: &Value, at: &str, found: &mut Vec<FieldFault>) {
    if let Some(target) = schema["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap_or_default();
        return look(&schemas[name], schemas, value, at, found);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts
            .iter()
            .for_each(|part| look(part, schemas, value, at, found));
    }
    let wrong = |found: &mut Vec<FieldFault>, expected: &str| {
        found.push(fault(
            at,
            Code::FieldType,
            &[("expected", expected.to_owned())],
        ));
    };
    match (schema["type"].as_str(), value) {
        (Some("object"), Value::Object(fields)) => object(schema, schemas, fields, at, found),
        (Some("array"), Value::Array(items)) => {
            range(
                items.len(),
                &schema["minItems"],
                &schema["maxItems"],
                at,
                found,
            );
            for (place, item) in items.iter().enumerate() {
                look(
                    &schema["items"],
                    schemas,
                    item,
                    &format!("{at}/{place}"),
                    found,
                );
            }
        }
        (Some("string"), Value::String(text)) => string(schema, text, at, found),
        (Some("integer"), Value::Number(number)) if number.is_i64() => {
            let value = number.as_i64().unwrap_or_default();
            let low = schema["minimum"].as_i64().is_some_and(|low| value < low);
            let high = schema["maximum"].as_i64().is_some_and(|high| value > high);
            if low || high {
                let bound = |name: &str| {
                    schema[name]
                        .as_i64()
                        .map_or_else(String::new, |n| n.to_string())
                };
                let reason = format!("{}–{}", bound("minimum"), bound("maximum"));
                found.push(fault(at, Code::InvalidField, &[("reason", reason)]));
            }
        }
        (Some("number"), Value::Number(_)) | (Some("boolean"), Value::Bool(_)) | (None, _) => {}
        (Some(kind), _) => wrong(found, kind),
    }
}

fn object(
    schema: &Value,
    schemas: &Value,
    fields: &Map<String, Value>,
    at: &str,
    found: &mut Vec<FieldFault>,
) {
    let known = &schema["properties"];
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if fields.get(name).is_none_or(Value::is_null) {
            found.push(fault(&format!("{at}/{name}"), Code::FieldMissing, &[]));
        }
    }
    for (name, value) in fields {
        let at = format!("{at}/{name}");
        match known.get(name) {
            None => found.push(fault(&at, Code::FieldUnknown, &[])),
            Some(_) if value.is_null() => {}
            Some(part) => look(part, schemas, value, &at, found),
        }
    }
}

fn string(schema: &Value, text: &str, at: &str, found: &mut Vec<FieldFault>) {
    if let Some(words) = schema["enum"].as_array() {
        if !words.iter().any(|word| word.as_str() == Some(text)) {
            let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
            found.push(fault(
                at,
                Code::InvalidField,
                &[("reason", words.join(" | "))],
            ));
        }
        return;
    }
    let good = match schema["format"].as_str() {
        Some("uuid") => uuid::Uuid::parse_str(text).is_ok(),
        Some("date") => text.parse::<chrono::NaiveDate>().is_ok(),
        Some("date-time") => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        _ => true,
    };
    if good {
        range(
            text.chars().count(),
            &schema["minLength"],
            &schema["maxLength"],
            at,
            found,
        );
    } else {
        let expected = schema["format"].as_str().unwrap_or_default().to_owned();
        found.push(fault(at, Code::FieldType, &[("expected", expected)]));
    }
}

fn range(length: usize, low: &Value, high: &Value, at: &str, found: &mut Vec<FieldFault>) {
    let length = length as u64;
    if low.as_u64().is_some_and(|low| length < low)
        || high.as_u64().is_some_and(|high| length > high)
    {
        let bound = |bound: &Value| bound.as_u64().map_or_else(String::new, |n| n.to_string());
        let reason = format!("{}–{}", bound(low), bound(high));
        found.push(fault(at, Code::InvalidField, &[("reason", reason)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_at_fault_is_named() {
        let schemas = json!({"Kind": {"type": "string", "enum": ["a", "b"]}});
        let schema = json!({
            "type": "object",
            "required": ["name", "day"],
            "properties": {
                "name": {"type": "string", "minLength": 2, "maxLength": 4},
                "day": {"type": "string", "format": "date"},
                "kind": {"$ref": "#/components/schemas/Kind"},
                "count": {"type": "integer", "minimum": 1, "maximum": 9},
                "ids": {"type": "array", "maxItems": 2, "items": {"type": "string", "format": "uuid"}},
            },
        });
        let told = |body: Value| -> Vec<(String, &str)> {
            faults(&schema, &schemas, &body)
                .into_iter()
                .map(|f| (f.at, f.code.word()))
                .collect()
        };
        assert_eq!(told(json!({"name": "王军", "day": "2020-05-12"})), []);
        let wrong = json!({"name": "王", "kind": "c", "count": 10, "ids": ["x", 1, 2], "more": 1});
        let mut told = told(wrong);
        told.sort();
        let told: Vec<_> = told.iter().map(|(at, code)| (at.as_str(), *code)).collect();
        assert_eq!(
            told,
            [
                ("/count", "invalid_field"),
                ("/day", "field_missing"),
                ("/ids", "invalid_field"),
                ("/ids/0", "field_type"),
                ("/ids/1", "field_type"),
                ("/ids/2", "field_type"),
                ("/kind", "invalid_field"),
                ("/more", "field_unknown"),
                ("/name", "invalid_field"),
            ]
        );
    }
}
