//! The shape of `graph`: paths as keys, response bodies as values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::TenantFileError;
use crate::resources::{self, Shape};

/// A fault without the name of its file.
pub(super) struct Fault {
    at: String,
    problem: String,
    remedy: String,
}

impl Fault {
    fn new(at: impl Into<String>, problem: impl Into<String>, remedy: &str) -> Self {
        Self { at: at.into(), problem: problem.into(), remedy: remedy.to_owned() }
    }

    /// The error to hand out.
    pub(super) fn named(self, name: &str) -> TenantFileError {
        TenantFileError::Shape {
            name: name.to_owned(),
            at: self.at,
            problem: self.problem,
            remedy: self.remedy,
        }
    }
}

/// Refuses a map whose keys are no Graph paths or whose bodies no response bodies.
pub(super) fn graph(graph: &BTreeMap<String, Value>) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for (path, body) in graph {
        let at = format!("graph[{path:?}]");
        key(path, &at)?;
        if !seen.insert(path.trim_end_matches('/').to_ascii_lowercase()) {
            return Err(Fault::new(at, "the same path stands twice", "keep one of them"));
        }
        response(path.split('?').next().unwrap_or(path), body, &at)?;
    }
    Ok(())
}

fn key(path: &str, at: &str) -> Result<(), Fault> {
    let remedy = "write the path of Graph that gives this body, for example \"/v1.0/users\"";
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if !query.is_empty() && resources::shape_of(path) != Some(Shape::Many) {
        return Err(Fault::new(at, "the key has a query, and is no collection", "write the path alone"));
    }
    if !path.starts_with("/v1.0/") && !path.starts_with("/beta/") {
        return Err(Fault::new(at, "the key is no Graph path with a version", remedy));
    }
    crate::graph::path::parse(path).map_err(|error| Fault::new(at, error.message, remedy))?;
    Ok(())
}

fn response(path: &str, body: &Value, at: &str) -> Result<(), Fault> {
    let Some(object) = body.as_object() else {
        return Err(Fault::new(at, "a JSON object is expected", "write Graph's response body as it came"));
    };
    if let Some(error) = object.get("error") {
        return if error.get("code").is_some_and(Value::is_string) {
            Ok(())
        } else {
            Err(Fault::new(at, "the error has no text \"code\"", "write Graph's error as it came"))
        };
    }
    if object.contains_key("@odata.nextLink") {
        return Err(Fault::new(
            at,
            "this is the first page only",
            "join all pages and leave @odata.nextLink out",
        ));
    }
    match (resources::shape_of(path), object.get("value")) {
        (Some(Shape::Single), _) => Ok(()),
        (_, Some(Value::Array(rows))) => rows_of(path, rows, at),
        (Some(_), _) => Err(Fault::new(at, "a list of objects is expected", "write {\"value\": [ … ]}")),
        (None, _) => Ok(()),
    }
}

fn rows_of(path: &str, rows: &[Value], at: &str) -> Result<(), Fault> {
    let key = resources::key_of(path);
    let mut seen = BTreeSet::new();
    for (position, row) in rows.iter().enumerate() {
        let at = format!("{at}.value[{position}]");
        let Some(row) = row.as_object() else {
            return Err(Fault::new(at, "a JSON object is expected", "write the object as Graph gives it"));
        };
        let Some(id) = row.get(key).and_then(Value::as_str).filter(|id| !id.is_empty()) else {
            if resources::is_read_only(path) && row.get(key).is_none() {
                continue;
            }
            let problem = format!("the object has no text {key:?}");
            return Err(Fault::new(at, problem, "write the object with its identifier as Graph gives it"));
        };
        if !seen.insert(id.to_ascii_lowercase()) {
            return Err(Fault::new(at, format!("{key} {id:?} stands twice"), "keep one of them"));
        }
    }
    Ok(())
}
