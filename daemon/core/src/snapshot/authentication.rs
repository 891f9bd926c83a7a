//! What accounts can authenticate with.

use super::{Id, Shared, moment, text::nullable};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A user's row in the report on authentication methods. Disabled users are absent from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationDetails {
    /// The user.
    pub id: Id,
    /// Whether a second factor is registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_mfa_registered: Option<bool>,
    /// Whether a registered second factor is also allowed by policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_mfa_capable: Option<bool>,
    /// Whether self-service password reset works for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_sspr_capable: Option<bool>,
    /// Whether policy lets the user reset the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_sspr_enabled: Option<bool>,
    /// Whether the user can sign in without a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_passwordless_capable: Option<bool>,
    /// Names of registered methods.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_empty")]
    pub methods_registered: Shared<Vec<String>>,
    /// When Graph computed the row.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub last_updated_date_time: Option<DateTime<Utc>>,
}

fn is_empty(methods: &Shared<Vec<String>>) -> bool {
    methods.is_empty()
}

/// The methods of one account; present means that this account was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserAuthenticationMethods {
    /// The account.
    pub user: Id,
    /// Its methods.
    pub methods: Vec<AuthenticationMethod>,
}

/// One registered method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationMethod {
    /// Its type, such as `#microsoft.graph.fido2AuthenticationMethod`.
    #[serde(rename = "@odata.type", default, deserialize_with = "nullable")]
    pub odata_type: String,
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// When it was registered.
    #[serde(default, with = "moment", skip_serializing_if = "Option::is_none")]
    pub created_date_time: Option<DateTime<Utc>>,
}
