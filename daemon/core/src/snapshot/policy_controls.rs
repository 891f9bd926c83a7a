//! What Conditional Access policies ask for: grant controls, authentication strengths, and what
//! holds during the session.

use super::{
    Id,
    text::{nullable, optional_object},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a policy asks for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrantControls {
    /// `AND` or `OR`.
    pub operator: Option<String>,
    /// `mfa`, `block`, `compliantDevice` and others.
    #[serde(deserialize_with = "nullable")]
    pub built_in_controls: Vec<String>,
    /// Controls of other vendors.
    #[serde(deserialize_with = "nullable")]
    pub custom_authentication_factors: Vec<String>,
    /// Terms of use to accept.
    #[serde(deserialize_with = "nullable")]
    pub terms_of_use: Vec<String>,
    /// An authentication strength, by id or in full.
    #[serde(deserialize_with = "optional_object")]
    pub authentication_strength: Option<AuthenticationStrength>,
    /// Keys this code does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// An authentication strength; inside a policy Graph may give its id alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationStrength {
    /// Its id.
    pub id: Id,
    /// Its name, which proves nothing.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Combinations such as `password,sms` or `fido2`; none if Graph did not give them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_combinations: Option<Vec<String>>,
    /// `mfa` or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirements_satisfied: Option<String>,
}

/// What a policy asks for during the session; what is absent is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionControls {
    /// How often to sign in afresh.
    #[serde(deserialize_with = "optional_object")]
    pub sign_in_frequency: Option<SignInFrequency>,
    /// Whether a browser stays signed in.
    #[serde(deserialize_with = "optional_object")]
    pub persistent_browser: Option<PersistentBrowser>,
    /// Restrictions that the application enforces.
    #[serde(deserialize_with = "optional_object")]
    pub application_enforced_restrictions: Option<Switch>,
    /// Tokens bound to their device.
    #[serde(deserialize_with = "optional_object")]
    pub secure_sign_in_session: Option<Switch>,
}

/// How often to sign in afresh.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SignInFrequency {
    /// Whether it is asked for.
    pub is_enabled: Option<bool>,
    /// `timeBased` or `everyTime`.
    pub frequency_interval: Option<String>,
    /// `hours` or `days`.
    #[serde(rename = "type")]
    pub unit: Option<String>,
    /// How many.
    pub value: Option<i64>,
}

/// Whether a browser stays signed in when it is closed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PersistentBrowser {
    /// Whether the policy decides.
    pub is_enabled: Option<bool>,
    /// `always` or `never`.
    pub mode: Option<String>,
}

/// A session control that is on or off.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Switch {
    /// Whether it is asked for.
    pub is_enabled: Option<bool>,
}
