//! Requests of Privileged Identity Management: assign and remove, active and eligible.

use serde_json::{Value, json};
use uuid::Uuid;

use super::roles::{ASSIGNMENTS, INSTANCES};
use super::{Rules, default_to, required, timestamp};
use crate::graph::GraphError;
use crate::resources::Place;
use crate::tenant::{Object, Tenant, object, text_of};

/// Eligible schedule instances.
pub(crate) const ELIGIBLE: &str = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances";

/// `roleAssignmentScheduleRequests`.
pub(crate) struct ActiveRequests;

/// `roleEligibilityScheduleRequests`.
pub(crate) struct EligibleRequests;

impl Rules for ActiveRequests {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        complete(tenant, row, ASSIGNMENTS)
    }

    fn written(&self, tenant: &mut Tenant, _before: Option<&Object>, after: Option<&Object>) {
        let Some(request) = after.filter(|request| is_real(request)) else { return };
        if text_of(request, "action") == "adminRemove" {
            remove(tenant, INSTANCES, request);
            remove(tenant, ASSIGNMENTS, request);
            return;
        }
        let mut instance = parts(request);
        instance.insert("id".into(), request.get("targetScheduleId").cloned().unwrap_or_default());
        let mut assignment = instance.clone();
        assignment.insert("principalOrganizationId".into(), json!(tenant.id));
        assignment.insert("condition".into(), Value::Null);
        instance.insert("assignmentType".into(), json!("Assigned"));
        instance.insert("memberType".into(), json!("Direct"));
        instance.insert("roleAssignmentOriginId".into(), json!(text_of(request, "targetScheduleId")));
        instance.insert("roleAssignmentScheduleId".into(), json!(text_of(request, "targetScheduleId")));
        instance.extend(times(tenant, request));
        tenant.put(ASSIGNMENTS, assignment);
        tenant.put(INSTANCES, instance);
    }
}

impl Rules for EligibleRequests {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        complete(tenant, row, ELIGIBLE)
    }

    fn written(&self, tenant: &mut Tenant, _before: Option<&Object>, after: Option<&Object>) {
        let Some(request) = after.filter(|request| is_real(request)) else { return };
        if text_of(request, "action") == "adminRemove" {
            remove(tenant, ELIGIBLE, request);
            return;
        }
        let mut instance = parts(request);
        instance.insert("id".into(), request.get("targetScheduleId").cloned().unwrap_or_default());
        instance.insert("memberType".into(), json!("Direct"));
        instance.insert("roleEligibilityScheduleId".into(), json!(text_of(request, "targetScheduleId")));
        instance.extend(times(tenant, request));
        tenant.put(ELIGIBLE, instance);
    }
}

/// A dry run changes nothing.
fn is_real(request: &Object) -> bool {
    request.get("isValidationOnly") != Some(&Value::Bool(true))
}

fn complete(tenant: &Tenant, row: &mut Object, collection: &str) -> Result<(), GraphError> {
    for name in ["principalId", "roleDefinitionId", "directoryScopeId"] {
        required(row, name)?;
    }
    let held = tenant.each(collection).find(|held| same_parts(held, row));
    let (status, target) = match (required(row, "action")?, held) {
        ("adminRemove", None) => {
            return Err(state("RoleAssignmentDoesNotExist", "The Role assignment does not exist."));
        }
        ("adminRemove", Some(held)) => ("Revoked", text_of(&held, "id").to_owned()),
        ("adminAssign", Some(_)) => {
            return Err(state("RoleAssignmentExists", "The Role assignment already exists."));
        }
        ("adminAssign", None) => ("Provisioned", Uuid::new_v4().to_string()),
        (action, _) => {
            return Err(state(
                "InvalidAction",
                &format!("The action '{action}' is not supported with an application token."),
            ));
        }
    };
    let schedule = super::roles::assignment_id(
        text_of(row, "roleDefinitionId"),
        text_of(row, "principalId"),
        text_of(row, "directoryScopeId"),
    );
    let target = if collection == ASSIGNMENTS { schedule? } else { target };
    row.insert("status".into(), json!(status));
    row.insert("targetScheduleId".into(), json!(target));
    row.insert("createdDateTime".into(), timestamp(tenant));
    row.insert("completedDateTime".into(), timestamp(tenant));
    for name in ["approvalId", "customData", "justification", "scheduleInfo", "ticketInfo", "appScopeId"] {
        default_to(row, name, Value::Null);
    }
    default_to(row, "isValidationOnly", json!(false));
    Ok(())
}

fn state(code: &str, message: &str) -> GraphError {
    GraphError::new(400, code, message)
}

fn same_parts(left: &Object, right: &Object) -> bool {
    ["principalId", "roleDefinitionId", "directoryScopeId"]
        .iter()
        .all(|name| text_of(left, name).eq_ignore_ascii_case(text_of(right, name)))
}

fn parts(request: &Object) -> Object {
    object(json!({
        "principalId": text_of(request, "principalId"),
        "roleDefinitionId": text_of(request, "roleDefinitionId"),
        "directoryScopeId": text_of(request, "directoryScopeId"),
        "appScopeId": null,
    }))
}

/// Start and end of an assignment; without an expiration it is permanent.
fn times(tenant: &Tenant, request: &Object) -> Object {
    let schedule = request.get("scheduleInfo").cloned().unwrap_or_default();
    let start = schedule.get("startDateTime").filter(|start| !start.is_null()).cloned();
    let end = schedule.get("expiration").and_then(|expiration| expiration.get("endDateTime")).cloned();
    object(json!({"startDateTime": start.unwrap_or_else(|| timestamp(tenant)), "endDateTime": end}))
}

fn remove(tenant: &mut Tenant, path: &str, request: &Object) {
    let ids: Vec<String> = tenant
        .each(path)
        .filter(|row| same_parts(row, request))
        .map(|row| text_of(&row, "id").to_owned())
        .collect();
    for id in ids {
        tenant.take(path, &id);
    }
}
