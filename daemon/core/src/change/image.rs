//! Images of touched fields and their comparison by meaning.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// The touched fields of an object; null where the object is absent.
pub type Image = Value;

/// Whether two images mean the same: null equals absent, an empty list equals absent, GUIDs differ
/// not by case nor moments by their spelling, and order within a list of plain values means nothing to Graph.
pub fn same(left: &Image, right: &Image) -> bool {
    normal(left) == normal(right)
}

fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => Value::Object(normal_fields(fields)),
        Value::String(text) => Value::String(normal_text(text)),
        other => other.clone(),
    }
}

/// Annotations such as `@odata.type` count; `@odata.context` and the like say nothing of the object.
fn normal_fields(fields: &Map<String, Value>) -> Map<String, Value> {
    fields
        .iter()
        .filter(|(key, _)| !key.ends_with("@odata.context") && *key != "@odata.etag")
        .map(|(key, value)| (key.clone(), normal(value)))
        .filter(|(_, value)| !is_nothing(value))
        .collect()
}

fn normal_text(text: &str) -> String {
    if is_guid(text) {
        return text.to_ascii_lowercase();
    }
    match text.parse::<DateTime<Utc>>() {
        Ok(moment) if text.contains('T') => moment.to_rfc3339(),
        _ => text.to_owned(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::same;
    use serde_json::json;

    #[test]
    fn meaning_is_compared_not_spelling() {
        let guid = "62E90394-69F5-4237-9190-012177145E10";
        assert!(same(&json!({"a": null, "b": [1, 2]}), &json!({"b": [2, 1], "c": []})));
        assert!(same(&json!({"id": guid}), &json!({"id": guid.to_lowercase()})));
        assert!(same(&json!({"x@odata.context": "y", "z": 1}), &json!({"z": 1})));
    }

    #[test]
    fn differences_are_seen() {
        assert!(!same(&json!(null), &json!({})));
        assert!(!same(&json!({"state": "enabled"}), &json!({"state": "disabled"})));
        assert!(!same(&json!({"a": [1]}), &json!({"a": [1, 1]})));
        assert!(!same(&json!({"a": false}), &json!({})));
    }
}
