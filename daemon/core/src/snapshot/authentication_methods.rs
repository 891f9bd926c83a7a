//! The policy on authentication methods, and the configuration of each method. Both are kept
//! whole: configurations differ by method, and a change writes whole objects back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The policy on authentication methods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthenticationMethodsPolicy {
    /// As Graph gave it.
    pub raw: Map<String, Value>,
}

/// The configuration of one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodConfiguration {
    /// The method: `Fido2`, `MicrosoftAuthenticator`, `Sms`, `Voice`, `Email`, `TemporaryAccessPass`,
    /// `X509Certificate` and others.
    pub id: String,
    /// The rest, as Graph gave it.
    #[serde(flatten)]
    pub raw: Map<String, Value>,
}
