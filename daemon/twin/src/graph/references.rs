//! `$ref`: owners and members.

use serde_json::{Value, json};

use super::path::{Segment, parse};
use super::{Answer, Call, GraphError};
use crate::resources::Place;
use crate::tenant::audit::{Activity, record};
use crate::tenant::{Object, Row, Tenant, object, text_of};

/// GET `…/$ref`: links instead of objects.
pub(super) fn links(tenant: &mut Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    let link = |row: Row<'_>| json!({"@odata.id": format!("{}/v1.0/directoryObjects/{}", call.base, text_of(&row, "id"))});
    let links: Vec<Value> = tenant.each(&place.path).map(link).collect();
    let context = format!("{}/v1.0/$metadata#Collection($ref)", call.base);
    Ok(Answer::json(200, &json!({"@odata.context": context, "value": links})))
}

/// POST `…/$ref`: 204, or 400 if it is there already.
pub(super) fn add(tenant: &mut Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    let body = call.object()?;
    let url = text_of(&body, "@odata.id");
    let id = id_of(call, url)?;
    let holder = holder(tenant, place)?;
    let (path, key) = parent(place);
    if tenant.unborn(&path, &key) {
        return Err(GraphError::not_found(&key));
    }
    let Some((kind, row)) = tenant.directory_object(&id) else { return Err(GraphError::not_found(&id)) };
    let reference = object(json!({"@odata.type": kind, "id": text_of(&row, "id")}));
    if tenant.find(&place.path, &id).is_some() {
        let name = place.path.rsplit('/').next().unwrap_or_default();
        let message = format!(
            "One or more added object references already exist for the following modified properties: '{name}'."
        );
        return Err(GraphError::bad_request(message));
    }
    tenant.put(&place.path, reference.clone());
    audit(tenant, call, place, &holder, "Add", &reference);
    Ok(Answer::empty(204))
}

/// The id a reference points at. The host must be ours: a reference to another cloud is refused.
fn id_of(call: &Call, url: &str) -> Result<String, GraphError> {
    let invalid = || {
        GraphError::bad_request(
            "Invalid URL format specified in @odata.id for one or more object references.",
        )
    };
    let rest = url.strip_prefix(&call.base).ok_or_else(invalid)?;
    let path = parse(rest).map_err(|_| invalid())?;
    match path.segments.as_slice() {
        [Segment::Plain(collection), Segment::Plain(id)]
            if ["directoryObjects", "users", "servicePrincipals", "groups", "applications", "devices"]
                .contains(&collection.as_str()) =>
        {
            Ok(id.clone())
        }
        _ => Err(invalid()),
    }
}

/// DELETE `…/{id}/$ref`: 204.
pub(super) fn remove(
    tenant: &mut Tenant,
    call: &Call,
    place: &Place,
    id: &str,
) -> Result<Answer, GraphError> {
    let holder = holder(tenant, place)?;
    let Some(reference) = tenant.take(&place.path, id) else { return Err(GraphError::not_found(id)) };
    audit(tenant, call, place, &holder, "Remove", &reference);
    Ok(Answer::empty(204))
}

/// DELETE `…/$ref?$id=…`: the older form.
pub(super) fn remove_by_url(tenant: &mut Tenant, call: &Call, place: &Place) -> Result<Answer, GraphError> {
    let Some(url) = &call.query.id else {
        return Err(GraphError::bad_request("The option $id is required."));
    };
    let id = id_of(call, url)?;
    remove(tenant, call, place, &id)
}

fn parent(place: &Place) -> (String, String) {
    let mut steps = place.path.rsplitn(3, '/');
    let _name = steps.next();
    let key = steps.next().unwrap_or_default().to_owned();
    (steps.next().unwrap_or_default().to_owned(), key)
}

fn holder(tenant: &Tenant, place: &Place) -> Result<Object, GraphError> {
    let (path, key) = parent(place);
    tenant.find(&path, &key).map(Row::into_owned).ok_or_else(|| GraphError::not_found(&key))
}

fn audit(tenant: &mut Tenant, call: &Call, place: &Place, holder: &Object, verb: &str, reference: &Object) {
    let (category, kind) = place.resource.audit;
    let name = place.path.rsplit('/').next().unwrap_or_default().trim_end_matches('s');
    let added = verb == "Add";
    let join = if added { "to" } else { "from" };
    let noun = if kind == "ServicePrincipal" { "service principal".to_owned() } else { kind.to_lowercase() };
    let changed = object(json!({name: text_of(reference, "id")}));
    let activity = Activity {
        name: format!("{verb} {name} {join} {noun}"),
        category,
        operation: if added { "Assign" } else { "Unassign" },
        target_type: kind,
        subject: holder,
        before: (!added).then_some(&changed),
        after: added.then_some(&changed),
        client_request_id: &call.client_request_id,
    };
    record(tenant, &call.caller.actor, &activity);
}
