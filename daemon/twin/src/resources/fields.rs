//! What a body may carry: writable properties with their types, checked before anything is changed.

use serde_json::Value;

use crate::graph::GraphError;
use crate::tenant::Object;

/// Most elements of a list in a body.
const MAX_LIST: usize = 5_000;

/// A writable property.
#[derive(Debug)]
pub(crate) struct Field {
    /// Name as Graph writes it.
    pub(crate) name: &'static str,
    /// Accepted values.
    pub(crate) kind: Kind,
}

/// Accepted values of a property; `null` is accepted where Graph's own type allows it.
#[derive(Debug)]
pub(crate) enum Kind {
    Text,
    Flag,
    Number,
    /// One of Graph's enumeration members.
    Choice(&'static [&'static str]),
    List(&'static Kind),
    Object(&'static [Field]),
    /// Not looked into.
    Any,
}

/// A field of the given kind.
pub(crate) const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}
/// A text field.
pub(crate) const fn text(name: &'static str) -> Field {
    field(name, Kind::Text)
}
/// A boolean field.
pub(crate) const fn flag(name: &'static str) -> Field {
    field(name, Kind::Flag)
}
/// A list of texts.
pub(crate) const fn texts(name: &'static str) -> Field {
    field(name, Kind::List(&Kind::Text))
}
/// A field that is not looked into.
pub(crate) const fn any(name: &'static str) -> Field {
    field(name, Kind::Any)
}

/// Refuses a body with a property that cannot be written or a value of a wrong type.
pub(crate) fn check(fields: &[Field], body: &Object, entity: &str) -> Result<(), GraphError> {
    for (name, value) in body {
        // Annotations are accepted, but not the contexts that only answers carry inside.
        if name.starts_with('#')
            || (name.contains('@') && (name.starts_with('@') || !name.ends_with("@odata.context")))
        {
            continue;
        }
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let message = format!(
                "Property '{name}' is read-only or does not exist on type 'microsoft.graph.{entity}' and cannot be set."
            );
            return Err(GraphError::bad_request(message).with_detail(
                "InvalidProperty",
                "The property cannot be set.",
                name,
            ));
        };
        accept(&field.kind, value, name, entity)?;
    }
    Ok(())
}

fn accept(kind: &Kind, value: &Value, name: &str, entity: &str) -> Result<(), GraphError> {
    let fits = match (kind, value) {
        (Kind::Any, _) | (Kind::Text | Kind::Object(_) | Kind::List(_), Value::Null) => true,
        (Kind::Text, Value::String(_)) | (Kind::Flag, Value::Bool(_)) => true,
        (Kind::Number, Value::Number(number)) => number.is_i64() || number.is_u64(),
        (Kind::Choice(members), Value::String(text)) => members.contains(&text.as_str()),
        (Kind::List(inner), Value::Array(items)) if items.len() <= MAX_LIST => {
            return items.iter().try_for_each(|item| accept(inner, item, name, entity));
        }
        (Kind::Object(fields), Value::Object(object)) => return check(fields, object, name),
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let message = format!("Invalid value specified for property '{name}' of resource '{entity}'.");
    Err(GraphError::bad_request(message).with_detail(
        "InvalidValue",
        "The value does not fit the property.",
        name,
    ))
}

#[cfg(test)]
mod tests {
    use super::{Field, Kind, check, field, flag, text, texts};
    use serde_json::json;

    static FIELDS: [Field; 4] = [
        text("displayName"),
        flag("accountEnabled"),
        field("state", Kind::Choice(&["enabled", "disabled"])),
        field("conditions", Kind::Object(&CONDITIONS)),
    ];
    static CONDITIONS: [Field; 1] = [texts("includeUsers")];

    #[test]
    fn wrong_names_and_types_are_refused_at_any_depth() {
        let good = json!({"displayName": null, "accountEnabled": false, "state": "enabled", "@odata.type": "#x",
            "conditions": {"includeUsers": ["All"], "@odata.type": "#y"}});
        assert!(check(&FIELDS, good.as_object().expect("an object"), "user").is_ok());
        for bad in [
            json!({"id": "x"}),
            json!({"accountEnabled": "no"}),
            json!({"accountEnabled": null}),
            json!({"state": "on"}),
            json!({"conditions": {"includeUsers": [1]}}),
            json!({"conditions": {"users": []}}),
            json!({"conditions": []}),
            json!({"conditions": {"includeUsers@odata.context": "x"}}),
        ] {
            assert!(check(&FIELDS, bad.as_object().expect("an object"), "user").is_err(), "{bad}");
        }
    }
}
