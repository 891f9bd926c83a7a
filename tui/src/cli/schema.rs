//! The shapes of `--json` as a JSON Schema, made from the interface's own description, which a test
//! holds against the code field by field. So the schema cannot say anything else than the code does.

use super::exit::{Exit, Trouble};
use super::print::{Layout, Printer};
use serde_json::{Map, Value, json};
use trueconfig_common::interface::INTERFACE;
use trueconfig_common::varlink::service::DESCRIPTION;

/// Which method's reply each verb prints. A list prints one page object; `scan --watch` and
/// `status --watch` print one reply a line.
const VERBS: &[(&str, &[&str])] = &[
    ("status", &["GetStatus"]),
    ("scan", &["StartScan"]),
    ("controls", &["ListControls"]),
    ("show", &["GetControl", "GetRemediation"]),
    ("snapshot", &["ListSnapshots", "CompareSnapshots"]),
    ("plan", &["PlanFix"]),
    ("approve", &["Approve"]),
    ("reject", &["Reject"]),
    ("withdraw", &["Withdraw"]),
    ("rollback", &["Rollback"]),
    ("close", &["CloseRemediation"]),
    ("release", &["ReleaseHold"]),
    ("history", &["ListRemediations"]),
    ("audit", &["ListAudit"]),
    ("drift", &["ListDrift", "AcknowledgeDrift"]),
    ("exceptions", &["ListExceptions", "AddException"]),
    ("alerts", &["ListChannels", "TestChannel"]),
    ("permissions", &["GetPermissions"]),
    ("attest", &["Attest"]),
    ("baseline", &["GetBaseline", "TakeBaseline"]),
    ("mode", &["SetMode"]),
    ("settings", &["GetSettings"]),
    ("breakglass", &["RecordBreakGlassTest", "GetSettings"]),
    ("kill", &["Kill"]),
    ("resume", &["Resume"]),
    ("verify", &["VerifyJournal"]),
];

/// Prints the schema.
///
/// # Errors
/// Nobody reads.
pub fn print(printer: &Printer) -> Result<Exit, Trouble> {
    printer.json(&schema(), Layout::Whole)?;
    Ok(Exit::Done)
}

/// The whole schema: one definition per type and per verb.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    for (name, body) in declarations("type") {
        definitions.insert(name.to_owned(), declared(body));
    }
    let methods = declarations("method");
    for (verb, replies) in VERBS {
        let shapes = methods.iter().filter(|(name, _)| replies.contains(name));
        let shapes: Vec<Value> = shapes.map(|(_, body)| declared(reply(body))).collect();
        let shape = if let [one] = shapes.as_slice() { one.clone() } else { json!({"anyOf": shapes}) };
        definitions.insert(format!("verb {verb}"), shape);
    }
    definitions.insert("verb doctor".to_owned(), doctor());
    definitions.insert("verb report".to_owned(), report(&methods));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": INTERFACE,
        "title": format!("What trueconfig prints with --json, version {INTERFACE}"),
        "description": "A verb's shape is $defs/\"verb NAME\". Fields may be added; none is taken away or \
                        changes its meaning within a version. Fields that are null may be missing.",
        "$defs": definitions,
    })
}

/// What `report --format json` writes.
fn report(methods: &[(&'static str, &'static str)]) -> Value {
    let shape = |method: &str| {
        let found = methods.iter().find(|(name, _)| *name == method);
        found.map_or(Value::Null, |(_, body)| declared(reply(body)))
    };
    let point = json!({
        "type": "object",
        "properties": {"at": {"type": "string"}, "score": {"type": "number"}},
        "required": ["at", "score"],
    });
    json!({
        "type": "object",
        "properties": {
            "made_at": {"type": "string"},
            "status": shape("GetStatus"),
            "settings": shape("GetSettings"),
            "trend": {"type": "array", "items": point},
            "controls": {"type": "array", "items": shape("GetControl")},
            "exceptions": {"type": "array", "items": {"$ref": "#/$defs/ExceptionRow"}},
        },
        "required": ["made_at", "status", "settings", "trend", "controls", "exceptions"],
    })
}

fn doctor() -> Value {
    let text = json!({"type": "string"});
    let finding = json!({
        "type": "object",
        "properties": {
            "check": text, "health": {"enum": ["ok", "warning", "bad"]}, "seen": text, "advice": text,
        },
        "required": ["check", "health", "seen", "advice"],
    });
    json!({
        "type": "object",
        "properties": {"healthy": {"type": "boolean"}, "findings": {"type": "array", "items": finding}},
        "required": ["healthy", "findings"],
    })
}

/// Name and body, from its first parenthesis on, of everything declared with a keyword.
fn declarations(keyword: &str) -> Vec<(&'static str, &'static str)> {
    let start = format!("\n{keyword} ");
    let found = DESCRIPTION.match_indices(&start).filter_map(|(at, _)| {
        let rest = DESCRIPTION.get(at + start.len()..)?;
        let open = rest.find('(')?;
        Some((rest.get(..open)?.trim(), rest.get(open..)?))
    });
    found.collect()
}

/// What stands behind the arrow of a method.
fn reply(body: &'static str) -> &'static str {
    body.split_once("->").map_or(body, |(_, reply)| reply.trim_start())
}

/// A list in parentheses: fields with types, or the words of an enumeration.
fn declared(body: &str) -> Value {
    let inner = body.strip_prefix('(').and_then(|rest| rest.split(')').next()).unwrap_or_default();
    let items: Vec<&str> = inner.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
    if items.iter().all(|item| !item.contains(':')) {
        return json!({"enum": items});
    }
    let fields: Vec<(&str, &str)> = items.iter().filter_map(|item| item.split_once(": ")).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, written)| ((*name).to_owned(), of_type(written))).collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|(_, written)| !written.starts_with('?') && *written != "object")
        .map(|(name, _)| *name)
        .collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn of_type(written: &str) -> Value {
    if let Some(optional) = written.strip_prefix('?') {
        return json!({"anyOf": [of_type(optional), {"type": "null"}]});
    }
    if let Some(item) = written.strip_prefix("[]") {
        return json!({"type": "array", "items": of_type(item)});
    }
    if let Some(item) = written.strip_prefix("[string]") {
        return json!({"type": "object", "additionalProperties": of_type(item)});
    }
    match written {
        "string" => json!({"type": "string"}),
        "int" => json!({"type": "integer"}),
        "float" => json!({"type": "number"}),
        "bool" => json!({"type": "boolean"}),
        // Graph's own JSON, or text of a person: anything.
        "object" => json!({}),
        name => json!({"$ref": format!("#/$defs/{name}")}),
    }
}

#[cfg(test)]
mod tests {
    use super::{VERBS, schema};
    use crate::fixtures;
    use serde_json::{Value, json};

    /// Whether a value has a shape, as far as our schema uses the language.
    fn fits(value: &Value, shape: &Value, all: &Value) -> Result<(), String> {
        if let Some(name) = shape["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
            return fits(value, &all["$defs"][name], all);
        }
        if let Some(choices) = shape["anyOf"].as_array() {
            let tries = choices.iter().map(|one| fits(value, one, all));
            let errors: Vec<String> = tries.filter_map(Result::err).collect();
            return if errors.len() < choices.len() { Ok(()) } else { Err(errors.join(" / ")) };
        }
        if let Some(words) = shape["enum"].as_array() {
            return if words.contains(value) { Ok(()) } else { Err(format!("{value} is none of {words:?}")) };
        }
        let right = match shape["type"].as_str() {
            None => true,
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("null") => value.is_null(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            Some(other) => return Err(format!("unknown type {other}")),
        };
        if !right {
            return Err(format!("{value} is no {}", shape["type"]));
        }
        for name in shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(name).is_none() {
                return Err(format!("{name} is missing"));
            }
        }
        let inner = |name: &str, inner: &Value, shape: &Value| {
            fits(inner, shape, all).map_err(|why| format!("{name}: {why}"))
        };
        for (name, field) in value.as_object().into_iter().flatten() {
            match (&shape["properties"][name], &shape["additionalProperties"]) {
                (Value::Null, Value::Null) => {}
                (Value::Null, every) => inner(name, field, every)?,
                (own, _) => inner(name, field, own)?,
            }
        }
        value.as_array().into_iter().flatten().try_for_each(|item| match &shape["items"] {
            Value::Null => Ok(()),
            each => fits(item, each, all),
        })
    }

    fn verb(value: &impl serde::Serialize, name: &str) -> Result<(), String> {
        let all = schema();
        let shape = &all["$defs"][format!("verb {name}")];
        assert!(shape.is_object(), "{name}");
        fits(&serde_json::to_value(value).expect("JSON"), shape, &all)
    }

    #[test]
    fn what_the_verbs_print_has_the_shapes_of_the_schema() {
        for (name, shown) in [
            ("status", verb(&fixtures::status(), "status")),
            ("controls", verb(&fixtures::page(fixtures::controls()), "controls")),
            ("show", verb(&fixtures::detail(), "show")),
            ("show", verb(&fixtures::verified(), "show")),
            ("approve", verb(&fixtures::pending(), "approve")),
            ("history", verb(&fixtures::page(vec![fixtures::verified_row()]), "history")),
            ("audit", verb(&fixtures::page(fixtures::records()), "audit")),
            ("drift", verb(&fixtures::page(fixtures::drifts()), "drift")),
            ("settings", verb(&fixtures::settings(), "settings")),
        ] {
            assert_eq!(shown, Ok(()), "{name}");
        }
        assert!(verb(&json!({"rows": [{}], "total": 1, "next": null}), "controls").is_err());
        assert!(verb(&json!({"rows": 3}), "drift").is_err());
    }

    #[test]
    fn every_verb_has_a_shape() {
        let all = schema();
        for (name, _) in VERBS {
            let shape = &all["$defs"][format!("verb {name}")];
            assert!(shape["properties"].is_object() || shape["anyOf"].is_array(), "{name}: {shape}");
        }
    }

    /// The shipped file is what `trueconfig schema` prints.
    #[test]
    fn the_shipped_schema_is_the_printed_one() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/json-schema.json");
        let text = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &text).expect("written");
        }
        let written = std::fs::read_to_string(&path).expect("docs/json-schema.json is there");
        assert!(written == text, "run this test with UPDATE_DOCS=1");
    }
}
