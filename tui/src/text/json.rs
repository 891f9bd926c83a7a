//! JSON values as lines people can compare: a difference is computed here and drawn elsewhere.

use super::time;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use trueconfig_common::personal::Personal;

/// Fields compared per change; a longer difference says how much is missing.
pub const FIELD_LIMIT: usize = 300;

/// One field of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Dotted path; `[]` after an array whose elements are compared as a set.
    pub path: String,
    /// What happened to it.
    pub edit: Edit,
}

impl Field {
    /// Whether it stays as it is.
    pub fn is_kept(&self) -> bool {
        matches!(self.edit, Edit::Kept(_))
    }
}

/// Adds how long ago, or how soon, to values that are points in time.
pub fn with_ages(fields: Vec<Field>, now: DateTime<Utc>) -> Vec<Field> {
    let aged = |text: String| match DateTime::parse_from_rfc3339(text.trim_matches('"')) {
        Ok(at) => format!("{text} ({})", time::relative(at.with_timezone(&Utc), now)),
        Err(_) => text,
    };
    let edit = |edit| match edit {
        Edit::Added(new) => Edit::Added(aged(new)),
        Edit::Removed(old) => Edit::Removed(aged(old)),
        Edit::Changed(old, new) => Edit::Changed(aged(old), aged(new)),
        Edit::Kept(value) => Edit::Kept(aged(value)),
    };
    fields.into_iter().map(|field| Field { path: field.path, edit: edit(field.edit) }).collect()
}

/// What happened to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// It was not there before.
    Added(String),
    /// It is not there afterwards.
    Removed(String),
    /// It has another value.
    Changed(String, String),
    /// It stays.
    Kept(String),
}

/// Compares two values field by field, in path order.
pub fn difference(before: &Value, after: &Value) -> Vec<Field> {
    let (old, new) = (flatten(before), flatten(after));
    let mut fields = Vec::new();
    let paths: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for path in paths {
        if fields.len() >= FIELD_LIMIT {
            break;
        }
        compare(path, old.get(path), new.get(path), &mut fields);
    }
    fields
}

fn compare(path: &str, old: Option<&Value>, new: Option<&Value>, fields: &mut Vec<Field>) {
    let mut push = |path: String, edit| fields.push(Field { path, edit });
    match (old, new) {
        (Some(Value::Array(old)), Some(Value::Array(new))) if old != new => {
            let path = format!("{path}[]");
            for gone in old.iter().filter(|item| !new.contains(item)) {
                push(path.clone(), Edit::Removed(compact(gone)));
            }
            for come in new.iter().filter(|item| !old.contains(item)) {
                push(path.clone(), Edit::Added(compact(come)));
            }
        }
        (Some(old), Some(new)) if old == new => push(path.to_owned(), Edit::Kept(compact(old))),
        (Some(old), Some(new)) => push(path.to_owned(), Edit::Changed(compact(old), compact(new))),
        (Some(old), None) => push(path.to_owned(), Edit::Removed(compact(old))),
        (None, Some(new)) => push(path.to_owned(), Edit::Added(compact(new))),
        (None, None) => {}
    }
}

fn flatten(value: &Value) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    flatten_into(value, String::new(), &mut fields);
    fields
}

fn flatten_into(value: &Value, path: String, fields: &mut BTreeMap<String, Value>) {
    if fields.len() > FIELD_LIMIT * 2 {
        return;
    }
    match plain(value) {
        Value::Object(object) if !object.is_empty() => {
            for (key, inner) in &object {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten_into(inner, path, fields);
            }
        }
        Value::Null if path.is_empty() => {}
        leaf => {
            let path = if path.is_empty() { "value".to_owned() } else { path };
            fields.insert(path, leaf);
        }
    }
}

/// Personal text shows as text, not as the object that carries it.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) => match object.get(Personal::KEY) {
            Some(text) if object.len() == 1 => text.clone(),
            _ => Value::Object(
                object.iter().map(|(key, inner)| (key.clone(), plain(inner))).collect::<Map<_, _>>(),
            ),
        },
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}

/// A value on one line.
pub fn compact(value: &Value) -> String {
    match plain(value) {
        Value::String(text) => format!("{text:?}").replace("\\\"", "\""),
        other => other.to_string(),
    }
}

/// A value over several indented lines.
pub fn pretty(value: &Value) -> Vec<String> {
    let text = serde_json::to_string_pretty(&plain(value)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Edit, Field, compact, difference, with_ages};
    use serde_json::{Value, json};

    fn field(path: &str, edit: Edit) -> Field {
        Field { path: path.to_owned(), edit }
    }

    #[test]
    fn fields_are_added_removed_changed_and_kept() {
        let before = json!({"state": "disabled", "users": {"include": ["a", "b"]}, "same": 1, "gone": true});
        let after = json!({"state": "enabled", "users": {"include": ["b", "c"]}, "same": 1, "new": null});
        assert_eq!(
            difference(&before, &after),
            [
                field("gone", Edit::Removed("true".into())),
                field("new", Edit::Added("null".into())),
                field("same", Edit::Kept("1".into())),
                field("state", Edit::Changed("\"disabled\"".into(), "\"enabled\"".into())),
                field("users.include[]", Edit::Removed("\"a\"".into())),
                field("users.include[]", Edit::Added("\"c\"".into())),
            ]
        );
    }

    #[test]
    fn an_object_that_goes_away_is_all_removed() {
        let fields = difference(&json!({"roleId": "x"}), &Value::Null);
        assert_eq!(fields, [field("roleId", Edit::Removed("\"x\"".into()))]);
    }

    #[test]
    fn points_in_time_say_how_long_ago_or_how_soon() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let changed =
            Edit::Changed("\"2026-11-21T12:00:00Z\"".into(), "\"2026-11-24T14:30:00+01:00\"".into());
        let aged = with_ages(vec![field("end", changed), field("n", Edit::Added("2026".into()))], now);
        let expected = Edit::Changed(
            "\"2026-11-21T12:00:00Z\" (3 d 0 h ago)".into(),
            "\"2026-11-24T14:30:00+01:00\" (in 1 h 30 min)".into(),
        );
        assert_eq!(aged, [field("end", expected), field("n", Edit::Added("2026".into()))]);
    }

    #[test]
    fn personal_text_shows_as_text() {
        assert_eq!(compact(&json!({"@personal": "Ada"})), "\"Ada\"");
        let fields =
            difference(&json!({"name": {"@personal": "Ada"}}), &json!({"name": {"@personal": "Bob"}}));
        assert_eq!(fields, [field("name", Edit::Changed("\"Ada\"".into(), "\"Bob\"".into()))]);
    }
}
