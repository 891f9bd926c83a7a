//! The `twin` section of a tenant file: which clients may ask for tokens, and how the twin behaves where
//! Graph's own behaviour is not settled.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What only the twin needs to know about a tenant.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TwinSection {
    /// The instant the dates of the file are relative to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<DateTime<Utc>>,
    /// Directory id; else that of `/v1.0/organization`, else a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Clients that may ask for tokens; none means one generated client with every role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientRegistration>,
    /// Behaviour where Graph's is not settled.
    #[serde(skip_serializing_if = "Switches::is_default")]
    pub switches: Switches,
}

impl TwinSection {
    /// Whether nothing is set, so that the section can be left out.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.as_of.is_none()
            && self.tenant_id.is_none()
            && self.clients.is_empty()
            && self.switches == Switches::default()
    }
}

/// A client that may ask for tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRegistration {
    /// Application (client) id.
    pub client_id: String,
    /// Its secret, if it has one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "expose",
        deserialize_with = "hide"
    )]
    pub client_secret: Option<SecretString>,
    /// End of the secret's life; later token requests get AADSTS7000222.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_expires: Option<DateTime<Utc>>,
    /// Its certificate in PEM, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_pem: Option<String>,
    /// Another issuer whose tokens it may sign in with, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub federated: Option<Federation>,
    /// Application permissions granted to it.
    pub roles: Vec<String>,
}

/// A federated identity credential: workload identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Federation {
    /// `iss` of the tokens.
    pub issuer: String,
    /// `sub` of the tokens.
    pub subject: String,
    /// Certificate of the RSA key the issuer signs with, in PEM; the real service reads the key from the
    /// issuer's metadata, and the twin reaches nobody.
    pub certificate_pem: String,
}

/// One switch for each thing about Graph that is not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// PATCH of a Conditional Access policy merges `conditions` and the controls one level deep; otherwise
    /// each of them is replaced as a whole.
    pub conditional_access_merges: bool,
    /// Deleted Conditional Access policies can be restored with an application token.
    pub restore_with_application: bool,
    /// PIM role settings can be changed with an application token.
    pub role_settings_with_application: bool,
    /// `adminConsentRequestPolicy` also takes PATCH.
    pub consent_policy_takes_patch: bool,
    /// PATCH of a directory setting keeps the values that are not named.
    pub group_settings_merge: bool,
    /// `correlationId` of directory audits equals the `client-request-id` of the write.
    pub audit_correlates: bool,
    /// An assignment cannot be removed through a request in its first five minutes.
    pub young_assignments_stay: bool,
    /// Error codes that nobody has confirmed are replaced by the general code of their status.
    pub confirmed_codes_only: bool,
    /// An expired delta token gets 410 with `Location`; otherwise 400 `syncStateNotFound`.
    pub expired_delta_is_gone: bool,
    /// A name in `$select` that no property has is refused; otherwise it selects nothing.
    pub unknown_select_is_refused: bool,
    /// Deleted security groups can be restored, as Microsoft 365 groups can.
    pub security_groups_go_to_bin: bool,
    /// The real throttling limits apply.
    pub limits: bool,
    /// Trouble by chance, of every kind, with this seed: see [`crate::Weather::rough`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weather: Option<u64>,
}

impl Switches {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            conditional_access_merges: true,
            restore_with_application: true,
            role_settings_with_application: true,
            consent_policy_takes_patch: false,
            group_settings_merge: true,
            audit_correlates: true,
            young_assignments_stay: false,
            confirmed_codes_only: false,
            expired_delta_is_gone: true,
            unknown_select_is_refused: false,
            security_groups_go_to_bin: false,
            limits: false,
            weather: None,
        }
    }
}

/// The file is where the secret lives, so here, and only here, it is written out.
fn expose<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}

fn hide<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}
