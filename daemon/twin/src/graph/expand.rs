//! `$expand`, references resolved to objects, and sub-collections that always stand inside.

use serde_json::{Value, json};

use super::{Call, GraphError};
use crate::resources::{self, Place, Resource, Shape, place_of};
use crate::tenant::{Object, Row, Tenant, text_of};

/// Most expanded items of one directory object; the sub-collection has the truth.
const MAX_EXPANDED: usize = 20;

/// Additions to one row: inline sub-collections and what `$expand` asks for.
pub(super) fn additions<'c>(
    tenant: &Tenant,
    call: &'c Call,
    resource: &Resource,
    path: &str,
    row: &Object,
) -> Result<Vec<(&'c str, Value)>, GraphError> {
    let mut extra = Vec::new();
    for name in resource.inline {
        let base = if resource.shape == Shape::Single {
            path.to_owned()
        } else {
            format!("{path}/{}", text_of(row, resource.key))
        };
        let below = format!("{base}/{name}");
        if tenant.rows(&below).is_some() {
            let rows: Vec<Value> = tenant.each(&below).map(Row::into_owned).map(Value::Object).collect();
            extra.push((*name, Value::Array(rows)));
        }
    }
    for wanted in &call.query.expand {
        let mut value = expansion(tenant, resource, path, row, &wanted.name)?;
        narrow(&mut value, &wanted.select);
        extra.push((wanted.name.as_str(), value));
    }
    Ok(extra)
}

/// Keeps what a nested `$select` names, and annotations.
fn narrow(value: &mut Value, select: &[String]) {
    if select.is_empty() {
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| narrow(item, select)),
        Value::Object(map) => map.retain(|name, _| name.starts_with('@') || select.contains(name)),
        _ => {}
    }
}

fn expansion(
    tenant: &Tenant,
    resource: &Resource,
    path: &str,
    row: &Object,
    name: &str,
) -> Result<Value, GraphError> {
    match name {
        "principal" => Ok(directory_value(tenant, text_of(row, "principalId"))),
        "roleDefinition" => {
            Ok(row_value(tenant.find(crate::rules::roles::DEFINITIONS, text_of(row, "roleDefinitionId"))))
        }
        "policy" => Ok(policy(tenant, text_of(row, "policyId"))),
        "targetSchedule" if resource.entity == "unifiedRoleAssignmentScheduleRequest" => {
            Ok(row_value(tenant.find(crate::rules::roles::SCHEDULES, text_of(row, "targetScheduleId"))))
        }
        // Requests of applications activate nothing, and built-in roles inherit from none.
        "activatedUsing" if resource.entity == "unifiedRoleAssignmentScheduleRequest" => Ok(Value::Null),
        "inheritsPermissionsFrom" if resource.entity == "unifiedRoleDefinition" => Ok(json!([])),
        _ => {
            let below = format!("{path}/{}/{name}", text_of(row, resource.key));
            let known = resources::child_of(resource, name);
            let Some(child) = known else {
                let message = format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
                    resource.entity
                );
                return Err(GraphError::invalid(message));
            };
            Ok(sub_collection(tenant, child, &below))
        }
    }
}

fn sub_collection(tenant: &Tenant, child: &'static Resource, path: &str) -> Value {
    let place = super::path::parse(path).ok().and_then(|path| place_of(&path));
    let Some(place) = place else { return json!([]) };
    let rows = rows_of(tenant, child, &place, Breadth::Default);
    Value::Array(rows.into_iter().take(MAX_EXPANDED).map(Value::Object).collect())
}

/// How much of an object a reference is resolved to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Breadth {
    /// What is shown when nothing is selected.
    Default,
    /// Everything, for `$select` to choose from.
    Whole,
}

impl Breadth {
    /// What a request with these options needs.
    pub(super) fn of(call: &Call) -> Self {
        if call.query.select.is_empty() { Self::Default } else { Self::Whole }
    }
}

/// The rows of a place that is not a plain collection, references resolved.
pub(super) fn rows_of(tenant: &Tenant, resource: &Resource, place: &Place, breadth: Breadth) -> Vec<Object> {
    let rows: Vec<Object> = match resource.shape {
        Shape::Derived => resource.rules.derive(tenant, place),
        _ => tenant.each(&place.path).map(Row::into_owned).collect(),
    };
    if resource.entity != "directoryObject" || resource.shape == Shape::Many {
        return rows;
    }
    rows.into_iter().filter_map(|row| resolved(tenant, row, breadth)).collect()
}

/// A reference as the object it points at; deleted objects vanish.
pub(super) fn resolved(tenant: &Tenant, reference: Object, breadth: Breadth) -> Option<Object> {
    let id = text_of(&reference, "id");
    match tenant.directory_object(id) {
        Some((kind, row)) => Some(with_type(kind, &row, breadth)),
        None if tenant.find(crate::rules::deleted::DIRECTORY_BIN, id).is_some() => None,
        None => Some(reference),
    }
}

fn with_type(kind: &str, row: &Object, breadth: Breadth) -> Object {
    let path = match kind {
        "#microsoft.graph.user" => "/v1.0/users",
        "#microsoft.graph.group" => "/v1.0/groups",
        _ => "/v1.0/applications",
    };
    let none: [String; 0] = [];
    let entry = super::path::parse(path).ok().and_then(|path| place_of(&path));
    let mut object: Object = match entry {
        Some(place) if breadth == Breadth::Default => {
            let selection = super::shown::Selection::new(place.resource, &none);
            row.iter()
                .filter(|(name, _)| selection.shows(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        }
        _ => row.clone(),
    };
    object.insert("@odata.type".into(), json!(kind));
    object
}

fn directory_value(tenant: &Tenant, id: &str) -> Value {
    tenant
        .directory_object(id)
        .map_or(Value::Null, |(kind, row)| Value::Object(with_type(kind, &row, Breadth::Default)))
}

fn row_value(row: Option<Row<'_>>) -> Value {
    row.map_or(Value::Null, |row| Value::Object(row.into_owned()))
}

/// A role management policy with its rules, as `$expand=policy($expand=rules)` gives it.
fn policy(tenant: &Tenant, id: &str) -> Value {
    let path = crate::rules::roles::SETTINGS;
    let mut policy = row_value(tenant.find(path, id));
    if policy.is_object() {
        let rules: Vec<Value> =
            tenant.each(&format!("{path}/{id}/rules")).map(Row::into_owned).map(Value::Object).collect();
        policy["rules"] = Value::Array(rules);
    }
    policy
}
