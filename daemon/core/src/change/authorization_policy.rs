//! Setting values in the authorization policy (APP-08, EXT-01). Class A: the former values are
//! set again.

use super::{Answer, GraphRead, Image, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

const PATH: &str = "/v1.0/policies/authorizationPolicy";

/// Values of the authorization policy to be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationPolicyPatch {
    /// The values, each by its dotted path.
    pub values: Vec<SettingChange>,
    /// How much it can break.
    pub blast_radius: BlastRadius,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingChange {
    /// Dotted path.
    pub path: String,
    /// What it is, in words.
    pub label: String,
    /// What stands there.
    pub before: Value,
    /// What is to stand there.
    pub after: Value,
}

impl AuthorizationPolicyPatch {
    fn image(&self, value: impl Fn(&SettingChange) -> Value) -> Image {
        let mut image = json!({});
        for one in &self.values {
            insert(&mut image, &one.path, value(one));
        }
        image
    }

    fn patch(&self, body: Image) -> GraphRequest {
        GraphRequest { method: Method::Patch, path: PATH.to_owned(), body }
    }
}

impl Kind for AuthorizationPolicyPatch {
    fn summary(&self) -> String {
        let labels: Vec<&str> = self.values.iter().map(|one| one.label.as_str()).collect();
        format!("Set {} in the authorization policy", labels.join(" and "))
    }

    fn targets(&self) -> Vec<Target> {
        let target = |one: &SettingChange| Target {
            kind: "setting".to_owned(),
            id: format!("authorizationPolicy.{}", one.path),
            name: Personal::new(one.label.clone()),
        };
        self.values.iter().map(target).collect()
    }

    fn blast_radius(&self) -> BlastRadius {
        self.blast_radius
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        self.image(|one| one.before.clone())
    }

    fn after(&self) -> Image {
        self.image(|one| one.after.clone())
    }

    fn request(&self) -> GraphRequest {
        self.patch(self.after())
    }

    fn inverse(&self) -> Option<GraphRequest> {
        Some(self.patch(self.before()))
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: PATH.to_owned(), list: false }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::Object(Some(policy)) = answer else { return Value::Null };
        self.image(|one| {
            let pointer = format!("/{}", one.path.replace('.', "/"));
            policy.pointer(&pointer).cloned().unwrap_or(Value::Null)
        })
    }
}

/// Puts a value at a dotted path, making the objects on the way.
fn insert(image: &mut Value, path: &str, value: Value) {
    let mut place = image;
    for key in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[key];
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::same;

    fn patch() -> AuthorizationPolicyPatch {
        AuthorizationPolicyPatch {
            values: vec![
                SettingChange {
                    path: "allowInvitesFrom".into(),
                    label: "who may invite guests".into(),
                    before: json!("everyone"),
                    after: json!("adminsAndGuestInviters"),
                },
                SettingChange {
                    path: "defaultUserRolePermissions.permissionGrantPoliciesAssigned".into(),
                    label: "consent policies of users".into(),
                    before: json!([
                        "ManagePermissionGrantsForSelf.x",
                        "ManagePermissionGrantsForOwnedResource.y"
                    ]),
                    after: json!(["ManagePermissionGrantsForOwnedResource.y"]),
                },
            ],
            blast_radius: BlastRadius::SETTING,
        }
    }

    #[test]
    fn the_patch_touches_exactly_the_named_values() {
        let body = patch().request().body;
        let expected = json!({
            "allowInvitesFrom": "adminsAndGuestInviters",
            "defaultUserRolePermissions": {
                "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForOwnedResource.y"]
            },
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn the_inverse_restores_what_was_seen() {
        let change = patch();
        let policy = json!({
            "allowInvitesFrom": "everyone",
            "allowedToUseSSPR": true,
            "defaultUserRolePermissions": {
                "allowedToCreateApps": true,
                "permissionGrantPoliciesAssigned":
                    ["ManagePermissionGrantsForOwnedResource.y", "ManagePermissionGrantsForSelf.x"],
            },
        });
        let seen = change.observe(&Answer::Object(Some(policy)));
        assert!(same(&seen, &change.before()));
        assert_eq!(change.inverse().map(|request| request.body), Some(change.before()));
    }
}
