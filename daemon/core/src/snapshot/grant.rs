//! What applications were granted: application roles and delegated permissions.

use super::{
    DirectoryObject, Id,
    text::{nullable, objects, optional_object},
};
use serde::{Deserialize, Serialize};

/// An application role given to a principal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRoleAssignment {
    /// Its id.
    pub id: Id,
    /// Who has it.
    pub principal_id: Id,
    /// `ServicePrincipal`, `User`, `Group`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_type: Option<String>,
    /// The service principal of the resource.
    pub resource_id: Id,
    /// The role.
    pub app_role_id: Id,
}

/// What one service principal was given; present means that this one was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipalAppRoles {
    /// The service principal.
    pub service_principal: Id,
    /// Its roles.
    pub assignments: Vec<AppRoleAssignment>,
}

/// Who was given roles of one resource; present means that this one was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceAppRoles {
    /// The resource, by object id or client id.
    pub resource: Id,
    /// Who has which role of it.
    pub assignments: Vec<AppRoleAssignment>,
}

/// Delegated permissions granted to an application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuth2PermissionGrant {
    /// Its id.
    pub id: Id,
    /// The application's service principal.
    pub client_id: Id,
    /// `AllPrincipals` or `Principal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_type: Option<String>,
    /// For whom, if for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<Id>,
    /// The service principal of the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<Id>,
    /// Permissions, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// The owners of one service principal; present means that this one was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServicePrincipalOwners {
    /// The service principal.
    pub service_principal: Id,
    /// Its owners.
    pub owners: Vec<DirectoryObject>,
}

/// When a service principal was last used; only beta of Graph has it (D28).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipalSignInActivity {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The client id.
    pub app_id: Id,
    /// Last of all of the following.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub last_sign_in_activity: Option<LastUse>,
    /// As a client with a user.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub delegated_client_sign_in_activity: Option<LastUse>,
    /// As a resource with a user.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub delegated_resource_sign_in_activity: Option<LastUse>,
    /// As a client by itself.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub application_authentication_client_sign_in_activity: Option<LastUse>,
    /// As a resource by itself.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub application_authentication_resource_sign_in_activity: Option<LastUse>,
}

/// A last use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastUse {
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sign_in_date_time: Option<chrono::DateTime<chrono::Utc>>,
}

/// The rules of one mailbox; present means that this mailbox was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailboxRules {
    /// Whose mailbox.
    pub user: Id,
    /// Rules of its inbox.
    pub rules: Vec<MessageRule>,
}

/// A rule of an inbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageRule {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// Name in the mailbox, untrusted.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Whether it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// What it does.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub actions: Option<MessageRuleActions>,
}

/// What a rule of an inbox does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageRuleActions {
    /// Sends a copy on.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Vec::is_empty")]
    pub forward_to: Vec<Recipient>,
    /// Sends a copy on as an attachment.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Vec::is_empty")]
    pub forward_as_attachment_to: Vec<Recipient>,
    /// Sends the message itself on.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Vec::is_empty")]
    pub redirect_to: Vec<Recipient>,
}

/// A recipient of mail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// The address.
    #[serde(default, deserialize_with = "optional_object", skip_serializing_if = "Option::is_none")]
    pub email_address: Option<EmailAddress>,
}

/// An address of mail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EmailAddress {
    /// Such as `ada@contoso.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}
