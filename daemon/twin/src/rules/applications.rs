//! Applications and service principals. Password credentials change only through their two actions.

use serde_json::{Value, json};

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
        row.insert("appId".into(), Value::String(tenant.new_id().to_string()));
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

/// Command-line tools of Microsoft whose service principals stand in a tenant only once made.
const FIRST_PARTY: [(&str, &str); 4] = [
    ("fb78d390-0c51-40cd-8e17-fdbfab77341b", "Microsoft Exchange Online PowerShell"),
    ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI"),
    ("14d82eec-204b-4c2f-b7e8-296a70dab67e", "Microsoft Graph Command Line Tools"),
    ("1950a258-227b-4e31-a9cf-717495945fc2", "Microsoft Azure PowerShell"),
];
/// The tenant that owns them.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

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
        let own = tenant.find_by(APPLICATIONS, "appId", &app_id);
        let own = own.map(|row| (text_of(&row, "displayName").to_owned(), tenant.id.clone()));
        let first = FIRST_PARTY.iter().find(|(id, _)| id.eq_ignore_ascii_case(&app_id));
        let first = first.map(|(_, name)| ((*name).to_owned(), MICROSOFT.to_owned()));
        let Some((name, owner)) = own.or(first) else {
            let message = format!(
                "The appId '{app_id}' of the service principal does not reference a valid application object."
            );
            return Err(GraphError::bad_request(message));
        };
        default_to(row, "displayName", json!(name));
        default_to(row, "appDisplayName", json!(name));
        default_to(row, "appOwnerOrganizationId", json!(owner));
        default_to(row, "appRoleAssignmentRequired", json!(false));
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
