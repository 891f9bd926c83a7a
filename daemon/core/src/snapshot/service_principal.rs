//! Service principals: the tenant's side of an application.

use super::{
    Id, KeyCredential, PasswordCredential,
    text::{nullable, objects},
};
use serde::{Deserialize, Serialize};

/// A service principal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// Object id.
    pub id: Id,
    /// Client id of its application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<Id>,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// `Application`, `ManagedIdentity`, `Legacy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_principal_type: Option<String>,
    /// The tenant that owns the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_owner_organization_id: Option<Id>,
    /// Whether it can sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_enabled: Option<bool>,
    /// Whether only those may use it to whom it is assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_role_assignment_required: Option<bool>,
    /// Tags.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Secrets; never their values.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Vec::is_empty")]
    pub password_credentials: Vec<PasswordCredential>,
    /// Certificates; never their keys.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Vec::is_empty")]
    pub key_credentials: Vec<KeyCredential>,
}
