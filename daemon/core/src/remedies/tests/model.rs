//! Graph in small: response bodies by path, and what writes do to them. Nested objects are replaced, not merged, but for
//! the authorization policy: nothing else is promised.

use crate::change::{Answer, GraphRead};
use serde_json::{Map, Value, json};
use trueconfig_common::change::{GraphRequest, Method};

/// A tenant as response bodies.
#[derive(Clone)]
pub(super) struct Model {
    pub(super) responses: Map<String, Value>,
}

/// Sub-collections that stand inside of what they belong to.
const INLINE: [(&str, &str); 1] =
    [("/v1.0/policies/authenticationMethodsPolicy", "authenticationMethodConfigurations")];

impl Model {
    pub(super) fn of(responses: &Map<String, Value>) -> Self {
        Self { responses: responses.clone() }
    }

    pub(super) fn read(&mut self, read: &GraphRead) -> Answer {
        let (path, query) = read.path.split_once('?').unwrap_or((&read.path, ""));
        if !read.list {
            return Answer::Object(self.object(path).cloned());
        }
        let rows = self.rows(path).cloned().unwrap_or_default();
        Answer::List(rows.into_iter().filter(|row| matches(row, query)).collect())
    }

    /// Carries a write out; gives the body of the answer if there is one.
    pub(super) fn write(&mut self, request: &GraphRequest) -> Option<Value> {
        match request.method {
            Method::Patch | Method::Put => {
                let merges = request.path.ends_with("/authorizationPolicy");
                let found = self.object(&request.path).unwrap_or_else(|| panic!("{} is there", request.path));
                merge(found, &request.body, merges);
                None
            }
            Method::Post => self.post(request),
            Method::Delete => {
                self.delete(request.path.trim_end_matches("/$ref"));
                None
            }
        }
    }

    fn post(&mut self, request: &GraphRequest) -> Option<Value> {
        let path = request.path.trim_end_matches("/$ref");
        let mut row = request.body.clone();
        if let Some(reference) = row["@odata.id"].as_str() {
            row = json!({"id": reference.rsplit('/').next()});
        }
        if row.get("id").is_none() {
            row["id"] = json!("produced");
        }
        let list = self.responses.entry(path).or_insert_with(|| json!({"value": []}));
        list["value"].as_array_mut().unwrap().push(row.clone());
        Some(row)
    }

    fn delete(&mut self, path: &str) {
        let (list, id) = path.rsplit_once('/').unwrap();
        let rows = self.rows(list).unwrap_or_else(|| panic!("{list} is there"));
        let before = rows.len();
        rows.retain(|row| row["id"] != id);
        assert_eq!(rows.len(), before - 1, "{path} is there");
    }

    fn object(&mut self, path: &str) -> Option<&mut Value> {
        if self.responses.contains_key(path) {
            return self.responses.get_mut(path);
        }
        let (list, id) = path.rsplit_once('/')?;
        self.rows(list)?.iter_mut().find(|row| row["id"] == id)
    }

    fn rows(&mut self, path: &str) -> Option<&mut Vec<Value>> {
        for (owner, name) in INLINE {
            if path == format!("{owner}/{name}") && !self.responses.contains_key(path) {
                return self.responses.get_mut(owner)?.get_mut(name)?.as_array_mut();
            }
        }
        let key = self.responses.keys().find(|key| key.split('?').next() == Some(path))?.clone();
        self.responses.get_mut(&key)?.get_mut("value")?.as_array_mut()
    }
}

/// Whether a row passes a filter of equalities joined by `and`.
fn matches(row: &Value, query: &str) -> bool {
    let Some(filter) = query.strip_prefix("$filter=") else { return true };
    filter.split(" and ").all(|part| {
        let (name, wanted) = part.split_once(" eq ").unwrap();
        row[name].as_str().is_some_and(|found| found.eq_ignore_ascii_case(wanted.trim_matches('\'')))
    })
}

fn merge(found: &mut Value, body: &Value, deep: bool) {
    for (name, value) in body.as_object().unwrap() {
        match (found.get_mut(name), value) {
            (Some(inner), Value::Object(_)) if deep && inner.is_object() => merge(inner, value, deep),
            _ => found[name] = value.clone(),
        }
    }
}
