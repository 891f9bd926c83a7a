//! Adding a secret that ends in time: the first step of a rotation (APP-02, D11). Class B: taking
//! it back removes the new secret and leaves the old one as it was, but a second try makes another
//! key. The value is in the answer to the request only; if that is lost, so is the secret's use.

use super::{Answer, GraphRead, Image, Kind, PRODUCED};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

/// A secret to be added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretAddition {
    /// Object id of the app registration.
    pub application: String,
    /// Its name in the tenant.
    pub name: Personal,
    /// Description of the new secret: tells it from all others, whoever made them.
    pub marker: String,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// When the secret in excess ends; none if it never does.
    pub current_end: Option<DateTime<Utc>>,
    /// age recipient that the value is sealed to.
    pub recipient: String,
}

impl SecretAddition {
    fn found<'a>(&self, answer: &'a Answer) -> Option<&'a Value> {
        let Answer::Object(Some(application)) = answer else { return None };
        let secrets = application.get("passwordCredentials")?.as_array()?;
        secrets.iter().find(|one| one["displayName"] == self.marker.as_str())
    }

    /// Key id of the new secret, if it is there.
    pub(super) fn key(&self, answer: &Answer) -> Option<String> {
        self.found(answer)?.get("keyId")?.as_str().map(str::to_owned)
    }
}

/// An action on an app registration's secrets.
pub(super) fn action(application: &str, name: &str, body: Value) -> GraphRequest {
    GraphRequest { method: Method::Post, path: format!("/v1.0/applications/{application}/{name}"), body }
}

/// The read that shows them.
pub(super) fn secrets_of(application: &str) -> GraphRead {
    let path = format!("/v1.0/applications/{application}?$select=id,passwordCredentials");
    GraphRead { path, list: false }
}

/// The app registration as what is touched.
pub(super) fn target(application: &str, name: &Personal) -> Vec<Target> {
    vec![Target { kind: "application".to_owned(), id: application.to_owned(), name: name.clone() }]
}

impl Kind for SecretAddition {
    fn summary(&self) -> String {
        let day = |moment: DateTime<Utc>| moment.format("%Y-%m-%d").to_string();
        let current = self.current_end.map_or_else(|| "never".to_owned(), day);
        format!(
            "Add a secret that ends {} beside the one that ends {current}; its value is sealed to {}",
            day(self.end),
            self.recipient
        )
    }

    fn targets(&self) -> Vec<Target> {
        target(&self.application, &self.name)
    }

    fn blast_radius(&self) -> BlastRadius {
        BlastRadius::ONE_APP_OR_USER
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::B
    }

    fn before(&self) -> Image {
        Value::Null
    }

    fn after(&self) -> Image {
        let end = self.end.to_rfc3339_opts(SecondsFormat::Secs, true);
        json!({"displayName": self.marker, "endDateTime": end})
    }

    fn request(&self) -> GraphRequest {
        action(&self.application, "addPassword", json!({"passwordCredential": self.after()}))
    }

    fn inverse(&self) -> Option<GraphRequest> {
        Some(action(&self.application, "removePassword", json!({"keyId": PRODUCED})))
    }

    fn read(&self) -> GraphRead {
        secrets_of(&self.application)
    }

    /// When the secret would end moves with the clock, and so does the marker with each scan.
    fn aim(&self) -> Value {
        json!([self.application, self.recipient, self.current_end])
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Some(found) = self.found(answer) else { return Value::Null };
        json!({"displayName": found.get("displayName"), "endDateTime": found.get("endDateTime")})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Change, resolve, same};

    fn addition() -> SecretAddition {
        SecretAddition {
            application: "app".into(),
            name: Personal::new("Legacy API"),
            marker: "TrueConfig 1234".into(),
            end: "2027-11-24T00:00:00Z".parse().unwrap(),
            current_end: None,
            recipient: "age1x".into(),
        }
    }

    #[test]
    fn the_new_secret_is_told_from_others_by_its_marker() {
        let change = Change::AddSecret(addition());
        let secrets = |list: Value| Answer::Object(Some(json!({"passwordCredentials": list})));
        let other = json!({"displayName": "old", "keyId": "k1", "endDateTime": "2029-01-01T00:00:00Z"});
        let ours = json!({"displayName": "TrueConfig 1234", "keyId": "k2", "endDateTime": "2027-11-24T00:00:00.000Z"});
        assert!(same(&change.observe(&secrets(json!([other]))), &Value::Null));
        let answer = secrets(json!([other, ours]));
        assert!(same(&change.observe(&answer), &change.view().after));
        assert_eq!(change.produced(&answer).as_deref(), Some("k2"));
    }

    #[test]
    fn d16_the_same_secret_planned_later_has_the_same_aim() {
        let later = SecretAddition {
            marker: "TrueConfig 5678".into(),
            end: "2027-11-25T00:00:00Z".parse().unwrap(),
            ..addition()
        };
        assert_eq!(later.aim(), addition().aim());
        let sealed_to_another = SecretAddition { recipient: "age1y".into(), ..addition() };
        assert_ne!(sealed_to_another.aim(), addition().aim());
    }

    #[test]
    fn taking_it_back_names_the_new_key_only() {
        let inverse = addition().inverse().unwrap();
        assert_eq!(resolve(&inverse, Some("k2")).body, json!({"keyId": "k2"}));
    }
}
