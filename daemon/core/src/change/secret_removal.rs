//! Removing an old secret: the completion of a rotation (APP-02, D11). Class D: Graph shows the value of a
//! secret once, so nothing brings it back. No other change may be carried out without an inverse (D3).

use super::{Answer, GraphRead, Image, Kind, secret};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

/// A secret to be removed for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretRemoval {
    /// Object id of the app registration.
    pub application: String,
    /// Its name in the tenant.
    pub name: Personal,
    /// Key id of the secret.
    pub key: String,
    /// When it would have ended; none if never.
    pub end: Option<DateTime<Utc>>,
}

impl Kind for SecretRemoval {
    fn summary(&self) -> String {
        let end = self
            .end
            .map_or_else(|| "never ends".to_owned(), |end| format!("ends {}", end.format("%Y-%m-%d")));
        format!("Remove the secret that {end}, for good: what still uses it can no longer sign in")
    }

    fn targets(&self) -> Vec<Target> {
        secret::target(&self.application, &self.name)
    }

    fn blast_radius(&self) -> BlastRadius {
        BlastRadius::ONE_APP_OR_USER
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::D
    }

    fn residue(&self) -> String {
        "the secret is lost: a new one must be made and handed over".to_owned()
    }

    fn before(&self) -> Image {
        let end = self.end.map(|end| end.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        json!({"keyId": self.key, "endDateTime": end})
    }

    fn after(&self) -> Image {
        Value::Null
    }

    fn request(&self) -> GraphRequest {
        secret::action(&self.application, "removePassword", json!({"keyId": self.key}))
    }

    fn inverse(&self) -> Option<GraphRequest> {
        None
    }

    fn read(&self) -> GraphRead {
        secret::secrets_of(&self.application)
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::Object(Some(application)) = answer else { return Value::Null };
        let secrets = application.get("passwordCredentials").and_then(Value::as_array);
        let ours = |one: &&Value| {
            one.get("keyId").and_then(Value::as_str).is_some_and(|key| key.eq_ignore_ascii_case(&self.key))
        };
        match secrets.and_then(|secrets| secrets.iter().find(ours)) {
            Some(found) => json!({"keyId": found.get("keyId"), "endDateTime": found.get("endDateTime")}),
            None => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::same;

    #[test]
    fn d11_the_secret_is_known_by_its_key_and_has_no_inverse() {
        let removal = SecretRemoval {
            application: "app".into(),
            name: Personal::new("Legacy API"),
            key: "11111111-aaaa-4aaa-8aaa-111111111111".into(),
            end: Some("2029-01-01T00:00:00Z".parse().unwrap()),
        };
        let secrets = |list: Value| Answer::Object(Some(json!({"passwordCredentials": list})));
        let old = json!({"displayName": "old", "keyId": "11111111-AAAA-4AAA-8AAA-111111111111",
            "endDateTime": "2029-01-01T00:00:00.000Z"});
        let new = json!({"displayName": "old", "keyId": "22222222-aaaa-4aaa-8aaa-111111111111"});
        assert!(same(&removal.observe(&secrets(json!([new, old]))), &removal.before()));
        assert!(same(&removal.observe(&secrets(json!([new]))), &removal.after()));
        assert_eq!((removal.inverse(), removal.reversibility()), (None, Reversibility::D));
    }
}
