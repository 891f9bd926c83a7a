//! From Graph's JSON to what predicates see: only declared fields, null where Graph gave none,
//! times as text of fixed width.

use super::{Reads, Shape, time_text};
use crate::baseline::Parameters;
use ::cel::Value;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use std::{collections::HashMap, sync::Arc};

/// Binds the fields of an object that are read; a field that is not there is null.
pub(crate) fn bind(json: &Json, shape: &Shape, reads: &Reads) -> Value {
    let bound = reads.fields.iter().filter_map(|name| {
        let shape = shape.field(name)?;
        Some((name.clone(), value(json.get(name).unwrap_or(&Json::Null), shape, reads)))
    });
    bound.collect::<HashMap<String, Value>>().into()
}

/// Binds a value; of objects inside of it the fields that are read.
pub(crate) fn value(json: &Json, shape: &Shape, reads: &Reads) -> Value {
    match (shape, json) {
        (_, Json::Null) => Value::Null,
        (Shape::Time, Json::String(text)) => match text.parse::<DateTime<Utc>>() {
            Ok(time) => time_text(time).into(),
            Err(_) => Value::Null,
        },
        (Shape::List(item), Json::Array(entries)) => {
            Value::List(Arc::new(entries.iter().map(|entry| value(entry, item, reads)).collect()))
        }
        (Shape::Object(fields), Json::Object(_)) => {
            let read = fields.iter().filter(|(name, _)| reads.name(name));
            let bound = read.map(|(name, shape)| {
                ((*name).to_owned(), value(json.get(name).unwrap_or(&Json::Null), shape, reads))
            });
            bound.collect::<HashMap<String, Value>>().into()
        }
        (_, other) => plain(other),
    }
}

/// Binds parameters by name.
pub(super) fn parameters(parameters: &Parameters) -> Value {
    let bound = parameters.iter().map(|(name, json)| (name.clone(), plain(json)));
    bound.collect::<HashMap<String, Value>>().into()
}

fn plain(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(answer) => Value::Bool(*answer),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(real)) => Value::Float(real),
            (None, None) => Value::Null,
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(entries) => Value::List(Arc::new(entries.iter().map(plain).collect())),
        Json::Object(fields) => {
            let bound = fields.iter().map(|(name, field)| (name.clone(), plain(field)));
            bound.collect::<HashMap<String, Value>>().into()
        }
    }
}
