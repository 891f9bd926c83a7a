//! The tenant's own books: every write appears in `auditLogs/directoryAudits`.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::{Object, Tenant, object, text_of};

/// Most audit records kept; older ones fall out.
const MAX_AUDITS: usize = 10_000;
/// Where they stand.
pub(crate) const DIRECTORY_AUDITS: &str = "/v1.0/auditLogs/directoryAudits";

/// Who wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Actor {
    /// An application with its token.
    Application { app_id: String },
    /// A person, for edits by a second administrator.
    User { user_principal_name: String },
}

/// One thing that was done.
#[derive(Debug)]
pub(crate) struct Activity<'a> {
    /// For example `Update conditional access policy`.
    pub(crate) name: String,
    /// For example `Policy`.
    pub(crate) category: &'a str,
    /// `Add`, `Update`, `Delete`, `Assign`, `Unassign`.
    pub(crate) operation: &'a str,
    /// Type of the target, for example `User`.
    pub(crate) target_type: &'a str,
    /// What was written to; its id and names are shown.
    pub(crate) subject: &'a Object,
    /// The changed properties before.
    pub(crate) before: Option<&'a Object>,
    /// The changed properties after.
    pub(crate) after: Option<&'a Object>,
    /// The id the client gave the request.
    pub(crate) client_request_id: &'a str,
}

/// What a record tells where the written object itself says little: the assignment of a role is told as
/// something done to the principal.
#[derive(Debug)]
pub(crate) struct Told {
    /// For example `Add member to role`.
    pub(crate) name: String,
    /// For example `PIM`.
    pub(crate) service: &'static str,
    /// Resources it was done to, as records show them.
    pub(crate) targets: Vec<Value>,
}

/// Writes one record about the object that was written.
pub(crate) fn record(tenant: &mut Tenant, actor: &Actor, activity: &Activity<'_>) {
    let properties = modified(activity.before, activity.after);
    let told = Told {
        name: activity.name.clone(),
        service: "Core Directory",
        targets: vec![target(activity.target_type, activity.subject, properties)],
    };
    record_told(tenant, actor, activity, told);
}

/// Writes one record with its own name and targets.
pub(crate) fn record_told(tenant: &mut Tenant, actor: &Actor, activity: &Activity<'_>, told: Told) {
    let correlation = match tenant.twin.switches.audit_correlates {
        true if !activity.client_request_id.is_empty() => activity.client_request_id.to_owned(),
        _ => tenant.new_id().to_string(),
    };
    let row = json!({
        "id": format!("Directory_{}", tenant.new_id()),
        "category": activity.category,
        "correlationId": correlation,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": told.name,
        "activityDateTime": tenant.now().to_rfc3339_opts(SecondsFormat::Millis, true),
        "loggedByService": told.service,
        "operationType": activity.operation,
        "initiatedBy": initiated_by(tenant, actor),
        "targetResources": told.targets,
        "additionalDetails": [],
    });
    tenant.log_row(DIRECTORY_AUDITS, object(row), MAX_AUDITS);
}

/// A resource as records show it.
pub(crate) fn target(kind: &str, subject: &Object, properties: Vec<Value>) -> Value {
    let name = Some(text_of(subject, "displayName")).filter(|name| !name.is_empty());
    json!({
        "id": text_of(subject, "id"),
        "displayName": name,
        "type": kind,
        "userPrincipalName": subject.get("userPrincipalName"),
        "groupType": null,
        "modifiedProperties": properties,
    })
}

fn initiated_by(tenant: &Tenant, actor: &Actor) -> Value {
    match actor {
        Actor::Application { app_id } => {
            let principal = tenant.service_principal_of(app_id);
            json!({"user": null, "app": {
                "appId": app_id,
                "displayName": principal.as_ref().map(|principal| text_of(principal, "displayName")),
                "servicePrincipalId": principal.as_ref().map(|principal| text_of(principal, "id")),
                "servicePrincipalName": null,
            }})
        }
        Actor::User { user_principal_name } => {
            let user = tenant.find_by("/v1.0/users", "userPrincipalName", user_principal_name);
            json!({"app": null, "user": {
                "id": user.as_ref().map(|user| text_of(user, "id")),
                "displayName": user.as_ref().map(|user| text_of(user, "displayName")),
                "userPrincipalName": user_principal_name,
                "ipAddress": "",
            }})
        }
    }
}

/// Properties that differ, values as JSON text, as Graph shows them.
pub(crate) fn modified(before: Option<&Object>, after: Option<&Object>) -> Vec<Value> {
    let empty = Object::new();
    let (before, after) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let text = |value: Option<&Value>| value.map(Value::to_string);
    changed
        .map(|name| json!({"displayName": name, "oldValue": text(before.get(name)), "newValue": text(after.get(name))}))
        .collect()
}
