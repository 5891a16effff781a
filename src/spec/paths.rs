//! What the edge asks of the finished document while it answers: methods, parameters, what a body lacks.

use std::sync::Arc;

use serde_json::{Value, json};

use super::check;
use crate::platform::error::FieldFault;

/// The document as the edge asks it: which methods a path takes, what its parameters are called, what a body lacks.
pub struct Paths {
    rows: Vec<(Vec<String>, Value)>,
    schemas: Value,
}

impl Paths {
    /// Reads the paths off the document.
    #[must_use]
    pub fn of(document: &Value) -> Arc<Self> {
        let paths = document["paths"].as_object().into_iter().flatten();
        let rows =
            paths.map(|(path, item)| (parts(path).map(str::to_owned).collect(), item.clone()));
        Arc::new(Self {
            rows: rows.collect(),
            schemas: document["components"]["schemas"].clone(),
        })
    }

    fn find(&self, path: &str) -> Option<&(Vec<String>, Value)> {
        let asked: Vec<&str> = parts(path).collect();
        let fits = |pattern: &[String], loose: bool| {
            pattern.len() == asked.len()
                && pattern
                    .iter()
                    .zip(&asked)
                    .all(|(a, b)| a == b || (loose && a.starts_with('{')))
        };
        let exact = self.rows.iter().find(|(pattern, _)| fits(pattern, false));
        exact.or_else(|| self.rows.iter().find(|(pattern, _)| fits(pattern, true)))
    }

    /// The methods of a path, for the Allow header; those of our own pages where the document does not know it.
    #[must_use]
    pub fn methods(&self, path: &str) -> String {
        let Some((_, item)) = self.find(path) else {
            return "GET, HEAD".to_owned();
        };
        let mut methods: Vec<String> = item
            .as_object()
            .into_iter()
            .flatten()
            .map(|(m, _)| m.to_uppercase())
            .collect();
        let has = |name: &str| methods.iter().any(|method| method == name);
        if has("GET") && !has("HEAD") {
            methods.push("HEAD".to_owned());
        }
        methods.join(", ")
    }

    /// The name of the path's n-th parameter.
    #[must_use]
    pub fn parameter(&self, path: &str, place: usize) -> Option<&str> {
        let (pattern, _) = self.find(path)?;
        let named = pattern
            .iter()
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        named.into_iter().nth(place)
    }

    /// Whether an operation is asked without signing in.
    #[must_use]
    pub fn is_public(&self, path: &str, method: &str) -> bool {
        let found = self.find(path);
        found.is_some_and(|(_, item)| item[method.to_lowercase()]["security"] == json!([]))
    }

    /// What a form's field takes, in words of no language; none where the form has no such field.
    #[must_use]
    pub fn form_field(&self, path: &str, method: &str, name: &str) -> Option<String> {
        let (_, item) = self.find(path)?;
        let form = item[method.to_lowercase()]
            .pointer("/requestBody/content/multipart~1form-data/schema")?;
        let target = form["$ref"].as_str().and_then(|to| to.rsplit('/').next());
        let form = target.map_or(form, |name| &self.schemas[name]);
        let field = form["properties"].get(name)?;
        let word = |key: &str| field[key].as_str();
        let bounds = field["minLength"].as_u64().zip(field["maxLength"].as_u64());
        Some(match (word("format"), word("type")) {
            (Some("uuid"), _) => "UUID".to_owned(),
            (Some("date"), _) => "YYYY-MM-DD".to_owned(),
            (Some("binary"), _) => "file".to_owned(),
            (_, Some("boolean")) => "true | false".to_owned(),
            (_, Some("integer")) => "0–9".to_owned(),
            _ => bounds.map_or_else(|| "UTF-8".to_owned(), |(low, high)| format!("{low}–{high}")),
        })
    }

    /// What the schema finds wrong with a JSON body that was refused.
    #[must_use]
    pub fn body_faults(&self, path: &str, method: &str, body: &[u8]) -> Vec<FieldFault> {
        let Some((_, item)) = self.find(path) else {
            return Vec::new();
        };
        let operation = &item[method.to_lowercase()];
        let schema = operation.pointer("/requestBody/content/application~1json/schema");
        match (schema, serde_json::from_slice::<Value>(body)) {
            (Some(schema), Ok(body)) => check::faults(schema, &self.schemas, &body),
            _ => Vec::new(),
        }
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.trim_end_matches('/').split('/')
}
