//! Grants: delegated permissions and application roles.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Rules, default_to, required, timestamp};
use uuid::Uuid;

use crate::graph::GraphError;
use crate::resources::{Place, home_of};
use crate::tenant::{Object, Row, Tenant, text_of};

/// Where delegated grants stand.
pub(crate) const DELEGATED: &str = "/v1.0/oauth2PermissionGrants";
const SERVICE_PRINCIPALS: &str = "/v1.0/servicePrincipals";

/// `oauth2PermissionGrants`: the id is made of its parts.
pub(crate) struct Delegated;

impl Rules for Delegated {
    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        let client = required(row, "clientId")?.to_owned();
        let resource = required(row, "resourceId")?.to_owned();
        let principal = match required(row, "consentType")? {
            "AllPrincipals" => None,
            "Principal" => Some(required(row, "principalId")?.to_owned()),
            _ => {
                return Err(GraphError::bad_request(
                    "Invalid value specified for property 'consentType' of resource 'OAuth2PermissionGrant'.",
                ));
            }
        };
        for id in [&client, &resource] {
            tenant.find(SERVICE_PRINCIPALS, id).ok_or_else(|| GraphError::not_found(id))?;
        }
        let id = grant_id(&client, &resource, principal.as_deref())?;
        if tenant.find(DELEGATED, &id).is_some() {
            let message = "Permission entry already exists.";
            return Err(GraphError::new(409, "Request_MultipleObjectsWithSameKeyValue", message));
        }
        row.insert("id".into(), Value::String(id));
        default_to(row, "principalId", Value::Null);
        default_to(row, "scope", json!(""));
        Ok(())
    }
}

fn grant_id(client: &str, resource: &str, principal: Option<&str>) -> Result<String, GraphError> {
    let mut bytes = Vec::new();
    for part in [Some(client), Some(resource), principal].into_iter().flatten() {
        let part =
            Uuid::parse_str(part).map_err(|_| GraphError::bad_request("Invalid GUID in the grant."))?;
        bytes.extend(part.to_bytes_le());
    }
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// `appRoleAssignments` of a principal and `appRoleAssignedTo` of a resource: the same rows, kept by principal.
pub(crate) struct AppRoles;

impl Rules for AppRoles {
    fn derive(&self, tenant: &Tenant, place: &Place) -> Vec<Object> {
        let resource = place.key(0);
        let mut rows = Vec::new();
        for path in paths(tenant) {
            rows.extend(
                tenant
                    .each(&path)
                    .filter(|row| text_of(row, "resourceId").eq_ignore_ascii_case(resource))
                    .map(Row::into_owned),
            );
        }
        rows
    }

    fn home(&self, place: &Place, row: &Object) -> String {
        home_of(&place.path, row)
    }

    fn create(&self, tenant: &Tenant, _place: &Place, row: &mut Object) -> Result<(), GraphError> {
        let principal = required(row, "principalId")?.to_owned();
        let resource = required(row, "resourceId")?.to_owned();
        let role = required(row, "appRoleId")?.to_owned();
        let Some((kind, holder)) = tenant.directory_object(&principal) else {
            return Err(GraphError::not_found(&principal));
        };
        let owner =
            tenant.find(SERVICE_PRINCIPALS, &resource).ok_or_else(|| GraphError::not_found(&resource))?;
        let held = paths(tenant).into_iter().any(|path| {
            tenant.each(&path).any(|row| {
                text_of(&row, "principalId").eq_ignore_ascii_case(&principal)
                    && text_of(&row, "resourceId").eq_ignore_ascii_case(&resource)
                    && text_of(&row, "appRoleId").eq_ignore_ascii_case(&role)
            })
        });
        if held {
            return Err(GraphError::bad_request("Permission being assigned already exists on the object."));
        }
        let kind = match kind {
            "#microsoft.graph.user" => "User",
            "#microsoft.graph.group" => "Group",
            _ => "ServicePrincipal",
        };
        // A new assignment gets a new id, even where the same one stood before.
        row.insert("id".into(), json!(URL_SAFE_NO_PAD.encode(tenant.new_id().as_bytes())));
        row.insert("principalType".into(), json!(kind));
        row.insert("principalDisplayName".into(), json!(text_of(&holder, "displayName")));
        row.insert("resourceDisplayName".into(), json!(text_of(&owner, "displayName")));
        row.insert("createdDateTime".into(), timestamp(tenant));
        row.insert("deletedDateTime".into(), Value::Null);
        Ok(())
    }
}

fn paths(tenant: &Tenant) -> Vec<String> {
    let collections = [SERVICE_PRINCIPALS, "/v1.0/users", "/v1.0/groups"];
    let below = collections.iter().flat_map(|path| tenant.paths_under(&format!("{path}/")));
    below.filter(|path| path.ends_with("/appRoleAssignments")).collect()
}
