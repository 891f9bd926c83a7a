//! Role definitions and active role assignments.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Rules, default_to, required};
use crate::graph::GraphError;
use crate::resources::Place;
use crate::tenant::audit::{Told, modified, target};
use crate::tenant::{Object, Tenant, object, text_of};

/// Where active assignments stand.
pub(crate) const ASSIGNMENTS: &str = "/v1.0/roleManagement/directory/roleAssignments";
/// Where role definitions stand.
pub(crate) const DEFINITIONS: &str = "/v1.0/roleManagement/directory/roleDefinitions";
/// Active schedule instances, the view of Privileged Identity Management on the same assignments.
pub(crate) const INSTANCES: &str = "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances";
/// Active schedules.
pub(crate) const SCHEDULES: &str = "/v1.0/roleManagement/directory/roleAssignmentSchedules";
/// Settings of Privileged Identity Management.
pub(crate) const SETTINGS: &str = "/v1.0/policies/roleManagementPolicies";
/// Which settings apply to which role.
pub(crate) const SETTINGS_ASSIGNED: &str = "/v1.0/policies/roleManagementPolicyAssignments";
/// Template id of Global Administrator.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// `roleAssignments`.
pub(crate) struct Assignments;

impl Rules for Assignments {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        let principal = required(row, "principalId")?.to_owned();
        let role = required(row, "roleDefinitionId")?.to_owned();
        let app_scope = row.get("appScopeId").is_some_and(Value::is_string);
        let scope = if app_scope { String::new() } else { required(row, "directoryScopeId")?.to_owned() };
        let organization = Value::String(tenant.id.clone());
        check_parts(tenant, &principal, &role)?;
        let conflict = |held: &Object| {
            text_of(held, "principalId").eq_ignore_ascii_case(&principal)
                && text_of(held, "roleDefinitionId").eq_ignore_ascii_case(&role)
                && text_of(held, "directoryScopeId") == scope
                && text_of(held, "appScopeId") == text_of(row, "appScopeId")
        };
        if tenant.each(ASSIGNMENTS).any(|held| conflict(&held)) {
            let message = "A conflicting object with one or more of the specified property values is present in the directory.";
            return Err(GraphError::bad_request(message).with_detail(
                "ConflictingObjects",
                message,
                "roleAssignment",
            ));
        }
        row.insert("id".into(), Value::String(assignment_id(&role, &principal, &scope)?));
        default_to(row, "principalOrganizationId", organization);
        default_to(row, "condition", Value::Null);
        row.remove("@odata.type");
        Ok(())
    }

    fn delete(&self, tenant: &Tenant, row: &Object) -> Result<(), GraphError> {
        refuse_last_global(tenant, row)
    }

    fn told(&self, tenant: &Tenant, before: Option<&Object>, after: Option<&Object>) -> Option<Told> {
        let name = if after.is_some() { "Add member to role" } else { "Remove member from role" };
        Some(Told {
            name: name.to_owned(),
            service: "Core Directory",
            targets: principal_and_role(tenant, after.or(before)?, after.is_some()),
        })
    }

    fn written(&self, tenant: &mut Tenant, before: Option<&Object>, after: Option<&Object>) {
        match (before, after) {
            (None, Some(row)) => activate(tenant, row),
            (Some(row), None) => deactivate(tenant, row),
            _ => {}
        }
    }
}

/// Who got a role or lost it, with the role among the properties, and the role.
pub(super) fn principal_and_role(tenant: &Tenant, row: &Object, given: bool) -> Vec<Value> {
    let role = tenant.find(DEFINITIONS, text_of(row, "roleDefinitionId"));
    let name = role.as_ref().map(|role| text_of(role, "displayName"));
    let id = text_of(row, "roleDefinitionId");
    let properties = object(json!({"Role.ObjectID": id, "Role.DisplayName": name, "Role.TemplateId": id}));
    let properties =
        if given { modified(None, Some(&properties)) } else { modified(Some(&properties), None) };
    let who = match tenant.directory_object(text_of(row, "principalId")) {
        Some(("#microsoft.graph.user", who)) => target("User", &who, properties),
        Some(("#microsoft.graph.group", who)) => target("Group", &who, properties),
        Some((_, who)) => target("ServicePrincipal", &who, properties),
        None => target("Other", &object(json!({"id": text_of(row, "principalId")})), properties),
    };
    let role = role.map_or_else(|| object(json!({"id": id})), |role| role.into_owned());
    vec![who, target("Role", &role, Vec::new())]
}

/// The last Global Administrator of the whole tenant stays, whichever way it is to be removed.
pub(super) fn refuse_last_global(tenant: &Tenant, row: &Object) -> Result<(), GraphError> {
    let is_global = |held: &Object| {
        text_of(held, "roleDefinitionId") == GLOBAL_ADMINISTRATOR && text_of(held, "directoryScopeId") == "/"
    };
    if !is_global(row) || tenant.each(ASSIGNMENTS).filter(|held| is_global(held)).count() > 1 {
        return Ok(());
    }
    Err(GraphError::bad_request("Removing the last Global Administrator from built-in role is not allowed."))
}

fn check_parts(tenant: &Tenant, principal: &str, role: &str) -> Result<(), GraphError> {
    if tenant.directory_object(principal).is_none() {
        return Err(GraphError::not_found(principal));
    }
    if tenant.find(DEFINITIONS, role).is_none() {
        return Err(GraphError::not_found(role));
    }
    Ok(())
}

/// The id is made of its parts: both GUIDs little-endian, base64url, and the number of the scope.
pub(crate) fn assignment_id(role: &str, principal: &str, scope: &str) -> Result<String, GraphError> {
    let bad = |_| GraphError::bad_request("Invalid GUID in the role assignment.");
    let (role, principal) = (Uuid::parse_str(role).map_err(bad)?, Uuid::parse_str(principal).map_err(bad)?);
    let mut bytes = role.to_bytes_le().to_vec();
    bytes.extend(principal.to_bytes_le());
    // Scopes below the tenant have numbers of their own in Graph; two is as good as any.
    let suffix = if scope == "/" { 1 } else { 2 };
    Ok(format!("{}-{suffix}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// A permanent assignment appears to Privileged Identity Management as assigned without an end, and its
/// schedule as one that no request made.
pub(crate) fn activate(tenant: &mut Tenant, row: &Object) {
    let known = tenant.each(INSTANCES).any(|instance| origin_is(&instance, row));
    if known || tenant.rows(INSTANCES).is_none() {
        return;
    }
    let base = json!({
        "id": text_of(row, "id"),
        "principalId": text_of(row, "principalId"),
        "roleDefinitionId": text_of(row, "roleDefinitionId"),
        "directoryScopeId": row.get("directoryScopeId"),
        "appScopeId": row.get("appScopeId"),
        "assignmentType": "Assigned",
        "memberType": "Direct",
    });
    let mut instance = object(base.clone());
    instance.extend(object(json!({
        "startDateTime": null,
        "endDateTime": null,
        "roleAssignmentOriginId": text_of(row, "id"),
        "roleAssignmentScheduleId": text_of(row, "id"),
    })));
    tenant.put(INSTANCES, instance);
    let never = json!({"type": "noExpiration", "endDateTime": null, "duration": null});
    let mut schedule = object(base);
    schedule.extend(object(json!({
        "createdUsing": null,
        "createdDateTime": null,
        "modifiedDateTime": null,
        "status": "Provisioned",
        "scheduleInfo": {"startDateTime": null, "recurrence": null, "expiration": never},
    })));
    tenant.put(SCHEDULES, schedule);
}

fn deactivate(tenant: &mut Tenant, row: &Object) {
    for path in [INSTANCES, SCHEDULES] {
        let gone: Vec<String> = tenant
            .each(path)
            .filter(|instance| origin_is(instance, row))
            .map(|instance| text_of(&instance, "id").to_owned())
            .collect();
        for id in gone {
            tenant.take(path, &id);
        }
    }
}

/// Whether an instance belongs to an assignment: by its origin, else by its parts.
fn origin_is(instance: &Object, row: &Object) -> bool {
    let same = |name: &str| text_of(instance, name).eq_ignore_ascii_case(text_of(row, name));
    let parts =
        same("principalId") && same("roleDefinitionId") && same("directoryScopeId") && same("appScopeId");
    parts && text_of(instance, "memberType") != "Group"
}

/// `roleDefinitions`: built-in ones cannot be changed.
pub(crate) struct Definitions;

impl Definitions {
    fn refuse_built_in(row: &Object) -> Result<(), GraphError> {
        if row.get("isBuiltIn").and_then(Value::as_bool).unwrap_or(false) {
            return Err(GraphError::bad_request("Built-in role definitions cannot be changed."));
        }
        Ok(())
    }
}

impl Rules for Definitions {
    fn create(&self, _tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        required(row, "displayName")?;
        row.insert("isBuiltIn".into(), Value::Bool(false));
        let id = row.get("id").cloned().unwrap_or_default();
        default_to(row, "templateId", id);
        default_to(row, "isEnabled", Value::Bool(true));
        default_to(row, "resourceScopes", json!(["/"]));
        default_to(row, "version", Value::Null);
        Ok(())
    }

    fn update(&self, _tenant: &Tenant, before: &Object, _after: &mut Object) -> Result<(), GraphError> {
        Self::refuse_built_in(before)
    }

    fn delete(&self, tenant: &Tenant, row: &Object) -> Result<(), GraphError> {
        Self::refuse_built_in(row)?;
        if tenant.find_by(ASSIGNMENTS, "roleDefinitionId", text_of(row, "id")).is_some() {
            return Err(GraphError::bad_request("The role definition is in use by role assignments."));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::assignment_id;

    #[test]
    fn the_id_is_the_one_of_the_documentation() {
        // An assignment of Global Administrator in the documentation of Microsoft Graph.
        let id = assignment_id(
            "62e90394-69f5-4237-9190-012177145e10",
            "6f87972e-2e7e-4b49-9980-eb3888bdcfe1",
            "/",
        );
        assert_eq!(id.expect("an id"), "lAPpYvVpN0KRkAEhdxReEC6Xh29-LklLmYDrOIi9z-E-1");
        assert!(assignment_id("x", "y", "/").is_err());
    }
}
