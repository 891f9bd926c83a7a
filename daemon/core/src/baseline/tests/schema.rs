//! `docs/control-schema.json` describes the format as the code reads it. `tests/foreign/controls.py` asks a
//! validator that nobody here wrote.

use super::{Baseline, Control};
use crate::{baseline::check::Rule, checks::cel::shape_of, snapshot::FamilyName};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const SCHEMA: &str = include_str!("../../../../../docs/control-schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn file(text: &str) -> Value {
    Value::Object(toml::from_str::<Map<String, Value>>(text).unwrap())
}

#[test]
fn every_control_matches_the_schema_and_nothing_unknown_does() {
    let schema = schema();
    let template = Control::template(&"ORG-01".into());
    let shipped = Baseline::embedded_files().iter().filter(|(name, _)| name.starts_with("controls/"));
    for (name, text) in shipped.copied().chain([("template.toml", template.as_str())]) {
        let control = file(text);
        assert_eq!(mismatch(&schema, &schema, &control), None, "{name}");
        for place in ["", "/check", "/guidance", "/permissions"] {
            let mut wrong = control.clone();
            wrong.pointer_mut(place).unwrap()["severty"] = json!("high");
            assert!(mismatch(&schema, &schema, &wrong).is_some(), "{name}: an unknown key in {place}");
        }
    }
}

#[test]
fn names_in_the_schema_are_those_of_the_code() {
    let schema = schema();
    let names = |place: &str| -> BTreeSet<String> {
        serde_json::from_value(schema.pointer(place).unwrap().clone()).unwrap()
    };
    let refusal = serde_json::from_value::<Rule>(json!("none")).unwrap_err().to_string();
    let rules: BTreeSet<String> = refusal.split('`').skip(1).step_by(2).skip(1).map(str::to_owned).collect();
    assert_eq!(names("/properties/check/properties/rule/properties/name/enum"), rules);
    for place in ["each", "count", "setting"] {
        for family in names(&format!("/properties/check/properties/{place}/properties/family/enum")) {
            let read = serde_json::from_value::<FamilyName>(json!(family)).unwrap();
            assert!(shape_of(read).is_some(), "{family}");
        }
    }
}

/// Where a value does not match a schema; as much of JSON Schema as ours uses, anything else panics.
fn mismatch(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let refused = |what: &str| Some(format!("{what}: {value}"));
    for (keyword, wanted) in schema.as_object().unwrap() {
        let size = value.as_array().map(Vec::len).or(value.as_object().map(Map::len));
        let found = match keyword.as_str() {
            "$schema" | "title" | "description" | "definitions" | "additionalProperties" => None,
            "pattern" | "minimum" | "maxLength" => None,
            "type" if !is_of_type(value, wanted.as_str().unwrap()) => refused("type"),
            "type" => None,
            "enum" if !wanted.as_array().unwrap().contains(value) => refused("enum"),
            "enum" => None,
            "required" => wanted
                .as_array()
                .unwrap()
                .iter()
                .find(|key| value.get(key.as_str().unwrap()).is_none())
                .map(|key| format!("{key} is missing")),
            "minItems" | "minProperties" if size < wanted.as_u64().map(|least| least as usize) => {
                refused("few")
            }
            "maxProperties" if size > wanted.as_u64().map(|most| most as usize) => refused("many"),
            "minItems" | "minProperties" | "maxProperties" => None,
            "properties" => properties(root, schema, value),
            "items" => value.as_array().into_iter().flatten().find_map(|item| mismatch(root, wanted, item)),
            "anyOf" => {
                let all: Option<Vec<String>> =
                    wanted.as_array().unwrap().iter().map(|one| mismatch(root, one, value)).collect();
                all.map(|all| all.join("; "))
            }
            "$ref" => {
                mismatch(root, root.pointer(wanted.as_str().unwrap().trim_start_matches('#')).unwrap(), value)
            }
            other => panic!("the schema uses {other}"),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn properties(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let known = &schema["properties"];
    value.as_object()?.iter().find_map(|(key, field)| match known.get(key) {
        Some(schema) => mismatch(root, schema, field).map(|what| format!("{key}: {what}")),
        None => Some(format!("unknown key {key}")),
    })
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        other => panic!("the schema uses type {other}"),
    }
}
