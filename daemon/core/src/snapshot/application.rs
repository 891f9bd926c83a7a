//! App registrations, their credentials and owners.

use super::{
    DirectoryObject, Id,
    text::{nullable, objects, optional_object},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An app registration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Object id.
    pub id: Id,
    /// Client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<Id>,
    /// Name in the tenant, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Who may sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in_audience: Option<String>,
    /// When it was registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_date_time: Option<DateTime<Utc>>,
    /// Secrets; never their values.
    #[serde(default, deserialize_with = "objects")]
    pub password_credentials: Vec<PasswordCredential>,
    /// Certificates; never their keys.
    #[serde(default, deserialize_with = "objects")]
    pub key_credentials: Vec<KeyCredential>,
    /// Where answers to its web part are sent.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub web: Option<RedirectUris>,
    /// Where answers to its single-page part are sent.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub spa: Option<RedirectUris>,
    /// Tags.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Names by which it is asked for.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub identifier_uris: Vec<String>,
    /// Permissions it asks for.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Vec::is_empty")]
    pub required_resource_access: Vec<RequiredResourceAccess>,
}

/// Where answers are sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedirectUris {
    /// The addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uris: Option<Vec<String>>,
}

/// Permissions of one resource that an application asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequiredResourceAccess {
    /// Client id of the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_app_id: Option<Id>,
    /// The permissions.
    #[serde(default, deserialize_with = "objects")]
    pub resource_access: Vec<ResourceAccess>,
}

/// One permission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceAccess {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
}

impl Application {
    /// Whether it asks for a permission that leads to Global Administrator.
    pub fn asks_for_tier_zero(&self) -> bool {
        let asked = self.required_resource_access.iter().flat_map(|one| &one.resource_access);
        let mut ids = asked.filter_map(|access| access.id.as_ref());
        ids.any(|id| crate::checks::permissions::tier_zero(id).is_some())
    }
}

/// A client secret without its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordCredential {
    /// Key id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Id>,
    /// Joins a secret to the certificate it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_key_identifier: Option<String>,
    /// Description.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<DateTime<Utc>>,
    /// End.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<DateTime<Utc>>,
}

/// A certificate without its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyCredential {
    /// Key id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<Id>,
    /// Description.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Joins a certificate to the secret that protects it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_key_identifier: Option<String>,
    /// `AsymmetricX509Cert` and others.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `Verify` or `Sign`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// Start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<DateTime<Utc>>,
    /// End.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<DateTime<Utc>>,
}

/// The owners of one application; present means that this application's owners were read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplicationOwners {
    /// The application's object id.
    pub application: Id,
    /// Its owners.
    pub owners: Vec<DirectoryObject>,
}
