//! POST, PATCH, PUT, DELETE on collections and singletons, and the audit record of each.

use super::read::{item_context, object_answer};
use super::{Answer, Call, GraphError};
use crate::resources::{Place, Resource, Verb, fields};
use crate::rules::deleted;
use crate::tenant::audit::{Activity, record, record_told};
use crate::tenant::{Object, Row, Tenant, text_of};

/// POST on a collection: 201 with the new row.
pub(super) fn create(tenant: &mut Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    let resource = place.resource;
    let mut row = call.object()?;
    fields::check(resource.fields, &row, resource.entity)?;
    row.remove("@odata.context");
    if resource.key == "id" && !row.contains_key("id") {
        row.insert("id".into(), tenant.new_id().to_string().into());
    }
    resource.rules.create(tenant, place, &mut row)?;
    if resource.bin.is_some() {
        row.entry("deletedDateTime").or_insert(serde_json::Value::Null);
    }
    let home = resource.rules.home(place, &row);
    tenant.put(&home, row.clone());
    resource.rules.written(tenant, None, Some(&row));
    audit(tenant, call, resource, None, Some(&row));
    Ok(object_answer(201, resource, call, &row, item_context(call, place), Vec::new()))
}

/// PATCH or PUT on a row: 204.
pub(super) fn change(
    tenant: &mut Tenant,
    call: &Call,
    place: &Place,
    key: &str,
    verb: Verb,
) -> Result<Answer, GraphError> {
    if tenant.unborn(&place.path, key) {
        return Err(GraphError::not_found(key));
    }
    let Some(before) = tenant.find(&place.path, key).map(Row::into_owned) else {
        return Err(GraphError::not_found(key));
    };
    let after = changed(tenant, call, place.resource, &before, verb)?;
    tenant.put(&place.path, after.clone());
    place.resource.rules.written(tenant, Some(&before), Some(&after));
    audit(tenant, call, place.resource, Some(&before), Some(&after));
    Ok(Answer::empty(204))
}

fn changed(
    tenant: &Tenant,
    call: &Call,
    resource: &Resource,
    before: &Object,
    verb: Verb,
) -> Result<Object, GraphError> {
    let patch = call.object()?;
    fields::check(resource.fields, &patch, resource.entity)?;
    let mut after = match verb {
        Verb::Put => replaced(resource, before, &patch),
        _ => resource.rules.merge(tenant, before, &patch),
    };
    if after.get(resource.key) != before.get(resource.key) {
        let message = format!("Property '{}' is read-only and cannot be set.", resource.key);
        return Err(GraphError::bad_request(message));
    }
    resource.rules.update(tenant, before, &mut after)?;
    Ok(after)
}

/// PUT keeps what nobody may write and takes the rest from the body alone.
fn replaced(resource: &Resource, before: &Object, body: &Object) -> Object {
    let writable = |name: &str| resource.fields.iter().any(|field| field.name == name && name != "id");
    let mut after = before.clone();
    after.retain(|name, _| !writable(name));
    after.extend(
        body.iter()
            .filter(|(name, _)| *name != "@odata.context")
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    after
}

/// PATCH on a singleton: 204.
pub(super) fn change_single(tenant: &mut Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    write_single(tenant, call, place, Verb::Patch)
}

/// PUT on a singleton: 204.
pub(super) fn replace_single(tenant: &mut Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    write_single(tenant, call, place, Verb::Put)
}

fn write_single(tenant: &mut Tenant, call: &Call, place: &Place, verb: Verb) -> Result<Answer, GraphError> {
    let Some(before) = tenant.single(&place.path).cloned() else {
        return Err(GraphError::not_found(&place.path));
    };
    let after = changed(tenant, call, place.resource, &before, verb)?;
    tenant.set_single(&place.path, after.clone());
    place.resource.rules.written(tenant, Some(&before), Some(&after));
    audit(tenant, call, place.resource, Some(&before), Some(&after));
    Ok(Answer::empty(204))
}

/// DELETE on a row: 204, into the bin where the resource has one.
pub(super) fn delete(
    tenant: &mut Tenant,
    call: &Call,
    place: &Place,
    key: &str,
) -> Result<Answer, GraphError> {
    let resource = place.resource;
    let kept = tenant.find(&place.path, key).map(Row::into_owned);
    let derived = || {
        super::expand::rows_of(tenant, resource, place, super::expand::Breadth::Default)
            .into_iter()
            .find(|row| text_of(row, "id").eq_ignore_ascii_case(key))
    };
    let Some(before) = kept.or_else(derived) else { return Err(GraphError::not_found(key)) };
    resource.rules.delete(tenant, &before)?;
    let home = resource.rules.home(place, &before);
    tenant.take(&home, key);
    deleted::keep(tenant, resource, &before);
    resource.rules.written(tenant, Some(&before), None);
    audit(tenant, call, resource, Some(&before), None);
    Ok(Answer::empty(204))
}

fn audit(
    tenant: &mut Tenant,
    call: &Call,
    resource: &Resource,
    before: Option<&Object>,
    after: Option<&Object>,
) {
    let Some(mut subject) = after.or(before).cloned() else { return };
    if text_of(&subject, "id").is_empty() {
        // Rows with another key, and policies that there is one of, are named by what identifies them.
        let name = [text_of(&subject, resource.key), resource.path.rsplit('/').next().unwrap_or_default()];
        let name = name.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned();
        subject.insert("id".into(), name.into());
    }
    let (category, kind) = resource.audit;
    let operation = match (before, after) {
        (None, _) => "Add",
        (Some(_), Some(_)) => "Update",
        (Some(_), None) => "Delete",
    };
    let name = activity_name(resource, operation, kind);
    let activity = Activity {
        name,
        category,
        operation,
        target_type: kind,
        subject: &subject,
        before,
        after,
        client_request_id: &call.client_request_id,
    };
    match resource.rules.told(tenant, before, after) {
        Some(told) => record_told(tenant, &call.caller.actor, &activity, told),
        None => record(tenant, &call.caller.actor, &activity),
    }
}

/// Names as the portal shows them where they are known, a plain verb and noun otherwise.
fn activity_name(resource: &Resource, operation: &str, kind: &str) -> String {
    match (resource.entity, operation) {
        ("conditionalAccessPolicy", _) => format!("{operation} conditional access policy"),
        ("namedLocation", _) => format!("{operation} named location"),
        ("authorizationPolicy", _) => format!("{operation} authorization policy"),
        ("appRoleAssignment", "Add") => "Add app role assignment to service principal".to_owned(),
        ("appRoleAssignment", "Delete") => "Remove app role assignment from service principal".to_owned(),
        ("oAuth2PermissionGrant", _) => format!("{operation} delegated permission grant"),
        ("servicePrincipal", _) => format!("{operation} service principal"),
        _ => format!("{operation} {}", kind.to_lowercase()),
    }
}
