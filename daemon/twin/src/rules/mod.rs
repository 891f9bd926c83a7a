//! What is special about a resource: computed ids, refusals, consequences. Everything else is the table's
//! and the engine's.

use serde_json::Value;

use crate::graph::GraphError;
use crate::resources::Place;
use crate::tenant::audit::Told;
use crate::tenant::{Object, Tenant};

pub(crate) mod actions;
pub(crate) mod applications;
pub(crate) mod conditional_access;
pub(crate) mod credentials;
pub(crate) mod deleted;
pub(crate) mod derived;
pub(crate) mod directory;
pub(crate) mod grants;
pub(crate) mod policies;
pub(crate) mod roles;
pub(crate) mod schedules;

/// Hooks of one resource; the defaults do nothing special.
pub(crate) trait Rules: Sync {
    /// Rows of a derived collection.
    fn derive(&self, _tenant: &Tenant, _place: &Place) -> Vec<Object> {
        Vec::new()
    }

    /// The collection a row is kept in.
    fn home(&self, place: &Place, _row: &Object) -> String {
        place.path.clone()
    }

    /// Checks a new row and fills in what the service computes; the id is already there.
    fn create(&self, _tenant: &Tenant, _place: &Place, _row: &mut Object) -> Result<(), GraphError> {
        Ok(())
    }

    /// How a patch changes an object.
    fn merge(&self, _tenant: &Tenant, before: &Object, patch: &Object) -> Object {
        shallow(before, patch)
    }

    /// Checks the outcome of a PATCH or PUT and fills in what the service computes.
    fn update(&self, _tenant: &Tenant, _before: &Object, _after: &mut Object) -> Result<(), GraphError> {
        Ok(())
    }

    /// Checks whether a row may go.
    fn delete(&self, _tenant: &Tenant, _row: &Object) -> Result<(), GraphError> {
        Ok(())
    }

    /// Whether this row goes into the bin, where the resource has one.
    fn keeps_deleted(&self, _row: &Object) -> bool {
        true
    }

    /// What the audit record of a write tells, where that is not the written object.
    fn told(&self, _tenant: &Tenant, _before: Option<&Object>, _after: Option<&Object>) -> Option<Told> {
        None
    }

    /// Consequences elsewhere of a write that has happened.
    fn written(&self, _tenant: &mut Tenant, _before: Option<&Object>, _after: Option<&Object>) {}
}

/// A resource with nothing special.
pub(crate) struct Plain;

impl Rules for Plain {}

/// Every named property replaces the old one.
pub(crate) fn shallow(before: &Object, patch: &Object) -> Object {
    let mut after = before.clone();
    for (name, value) in patch.iter().filter(|(name, _)| *name != "@odata.context") {
        after.insert(name.clone(), value.clone());
    }
    after
}

/// As [`shallow`], but objects are merged one level deep; lists are replaced.
pub(crate) fn nested(before: &Object, patch: &Object) -> Object {
    let mut after = shallow(before, patch);
    for (name, value) in patch {
        if let (Some(Value::Object(old)), Value::Object(new)) = (before.get(name), value) {
            after.insert(name.clone(), Value::Object(shallow(old, new)));
        }
    }
    after
}

/// Now, as Graph writes date-times.
pub(crate) fn timestamp(tenant: &Tenant) -> Value {
    Value::String(tenant.now().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

/// Puts a value where the caller gave none.
pub(crate) fn default_to(row: &mut Object, name: &str, value: Value) {
    row.entry(name).or_insert(value);
}

/// The value of a property that a body must carry as text.
pub(crate) fn required<'o>(row: &'o Object, name: &str) -> Result<&'o str, GraphError> {
    match row.get(name).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text),
        _ => {
            let message = format!("A value is required for property '{name}' of resource.");
            Err(GraphError::bad_request(message).with_detail(
                "MissingRequiredProperty",
                "A value is required.",
                name,
            ))
        }
    }
}
