//! What an access token says about itself: read for diagnostics, never trusted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The `roles` claim; empty where the token is opaque.
pub(super) fn roles(token: &SecretString) -> BTreeSet<String> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(default)]
        roles: BTreeSet<String>,
    }
    let payload = token.expose_secret().split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    serde_json::from_slice::<Claims>(&bytes).map(|claims| claims.roles).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_and_opaque_tokens_have_none() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"aud":"x","roles":["User.Read.All","Policy.Read.All"]}"#);
        let granted = roles(&SecretString::from(format!("e30.{payload}.sig")));
        assert!(granted.contains("User.Read.All") && granted.len() == 2);
        for opaque in ["", "opaque", "a.b.c", "a.e30.c"] {
            assert!(roles(&SecretString::from(opaque)).is_empty(), "{opaque}");
        }
    }
}
