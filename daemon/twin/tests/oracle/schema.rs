//! As much of JSON Schema as the oracle uses: references, alternatives, closed objects, types, enums.

use serde_json::Value;

/// The schema document.
pub struct Schema(Value);

impl Schema {
    pub fn new(document: Value) -> Self {
        Self(document)
    }

    /// Whether a type has a definition.
    pub fn knows(&self, name: &str) -> bool {
        self.0["$defs"].get(format!("microsoft.graph.{name}")).is_some()
    }

    /// Adds what is wrong with a value of a type; the value's own `@odata.type` is more exact.
    pub fn check(&self, name: &str, value: &Value, at: &str, faults: &mut Vec<String>) {
        let own = value["@odata.type"].as_str().map(|name| name.trim_start_matches("#microsoft.graph."));
        let name = own.filter(|name| self.knows(name)).unwrap_or(name);
        self.node(
            &self.0["$defs"][format!("microsoft.graph.{name}")],
            value,
            &format!("{at} ({name})"),
            faults,
        );
    }

    fn node(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.trim_start_matches("#/$defs/").trim_start_matches("microsoft.graph.");
            if value.is_object() {
                return self.check(name, value, at, faults);
            }
            return self.node(&self.0["$defs"][format!("microsoft.graph.{name}")], value, at, faults);
        }
        if let Some(alternatives) = schema["anyOf"].as_array() {
            let mut found = Vec::new();
            let fits = alternatives.iter().any(|alternative| {
                let mut own = Vec::new();
                self.node(alternative, value, at, &mut own);
                found.extend(own.iter().cloned());
                own.is_empty()
            });
            if !fits {
                faults.extend(found);
            }
            return;
        }
        self.plain(schema, value, at, faults);
    }

    fn plain(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|kind| is(kind, value)) {
            faults.push(format!("{at}: {value} is not {types:?}"));
            return;
        }
        if schema["enum"].as_array().is_some_and(|members| !members.contains(value)) {
            faults.push(format!("{at}: {value} is no member"));
        }
        if let Some(items) = value.as_array() {
            for (position, item) in items.iter().enumerate() {
                self.node(&schema["items"], item, &format!("{at}[{position}]"), faults);
            }
        }
        for (name, inner) in value.as_object().into_iter().flatten() {
            match schema["properties"].get(name) {
                Some(property) => self.node(property, inner, &format!("{at}.{name}"), faults),
                None if name.contains('@') || name.starts_with('#') => {}
                None if schema["additionalProperties"] == false => {
                    faults.push(format!("{at}: unknown property {name}"))
                }
                None => {}
            }
        }
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
