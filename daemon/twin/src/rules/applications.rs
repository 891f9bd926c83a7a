//! Applications and service principals. Password credentials change only through their two actions.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Rules, default_to, required, timestamp};
use crate::graph::GraphError;
use crate::resources::Place;
use crate::tenant::{Object, Tenant, text_of};

/// Where applications stand.
pub(crate) const APPLICATIONS: &str = "/v1.0/applications";

/// `applications`.
pub(crate) struct Applications;

impl Rules for Applications {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        required(row, "displayName")?;
        if row.get("passwordCredentials").and_then(Value::as_array).is_some_and(|held| !held.is_empty()) {
            return Err(GraphError::bad_request(
                "New password credentials must be generated with service actions.",
            ));
        }
        row.insert("appId".into(), Value::String(Uuid::new_v4().to_string()));
        row.insert("createdDateTime".into(), timestamp(tenant));
        for name in [
            "passwordCredentials",
            "keyCredentials",
            "requiredResourceAccess",
            "identifierUris",
            "tags",
            "appRoles",
        ] {
            default_to(row, name, json!([]));
        }
        default_to(row, "signInAudience", json!("AzureADMyOrg"));
        Ok(())
    }

    fn update(&self, _tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        keep_passwords(before, after)
    }
}

/// Existing credentials may be echoed, removed or changed by nobody but the actions.
fn keep_passwords(before: &Object, after: &Object) -> Result<(), GraphError> {
    let list =
        |row: &Object| row.get("passwordCredentials").and_then(Value::as_array).cloned().unwrap_or_default();
    let (old, new) = (list(before), list(after));
    if old == new {
        return Ok(());
    }
    let changed = new.iter().find(|credential| {
        let id = credential.get("keyId");
        old.iter().any(|held| held.get("keyId") == id && held != *credential)
    });
    let Some(changed) = changed else {
        return Err(GraphError::bad_request(
            "New password credentials must be generated with service actions.",
        ));
    };
    let id = changed.get("keyId").and_then(Value::as_str).unwrap_or_default();
    let message = format!("Update to existing credential with KeyId '{id}' is not allowed.");
    Err(GraphError::bad_request(message.clone()).with_detail(
        "KeyNotUpdatable",
        &message,
        "passwordCredentials",
    ))
}

/// `servicePrincipals`.
pub(crate) struct ServicePrincipals;

impl Rules for ServicePrincipals {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        let app_id = required(row, "appId")?.to_owned();
        if tenant.service_principal_of(&app_id).is_some() {
            let message =
                "Another object with the same value for property servicePrincipalNames already exists.";
            return Err(GraphError::new(409, "Request_MultipleObjectsWithSameKeyValue", message));
        }
        let application = tenant.find_by(APPLICATIONS, "appId", &app_id);
        let Some(application) = application else {
            let message = format!(
                "The appId '{app_id}' of the service principal does not reference a valid application object."
            );
            return Err(GraphError::bad_request(message));
        };
        default_to(row, "displayName", json!(text_of(&application, "displayName")));
        default_to(row, "appDisplayName", json!(text_of(&application, "displayName")));
        default_to(row, "appOwnerOrganizationId", json!(tenant.id));
        default_to(row, "servicePrincipalType", json!("Application"));
        default_to(row, "accountEnabled", json!(true));
        default_to(row, "servicePrincipalNames", json!([app_id]));
        for name in ["appRoles", "oauth2PermissionScopes", "passwordCredentials", "keyCredentials", "tags"] {
            default_to(row, name, json!([]));
        }
        Ok(())
    }

    fn update(&self, _tenant: &Tenant, before: &Object, after: &mut Object) -> Result<(), GraphError> {
        keep_passwords(before, after)
    }
}
