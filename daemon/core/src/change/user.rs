//! Disabling an account (GOV-01). Class A: it is enabled again; nothing is deleted.

use super::{Answer, GraphRead, Image, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

/// An account to be disabled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserDisabling {
    /// Object id.
    pub user: String,
    /// Name in the tenant.
    pub name: Personal,
}

impl UserDisabling {
    fn patch(&self, enabled: bool) -> GraphRequest {
        let path = format!("/v1.0/users/{}", self.user);
        GraphRequest { method: Method::Patch, path, body: json!({"accountEnabled": enabled}) }
    }
}

impl Kind for UserDisabling {
    fn summary(&self) -> String {
        "Disable the account".to_owned()
    }

    fn targets(&self) -> Vec<Target> {
        vec![Target { kind: "user".to_owned(), id: self.user.clone(), name: self.name.clone() }]
    }

    fn blast_radius(&self) -> BlastRadius {
        BlastRadius::ONE_APP_OR_USER
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        json!({"accountEnabled": true})
    }

    fn after(&self) -> Image {
        json!({"accountEnabled": false})
    }

    fn request(&self) -> GraphRequest {
        self.patch(false)
    }

    fn inverse(&self) -> Option<GraphRequest> {
        Some(self.patch(true))
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: format!("/v1.0/users/{}?$select=id,accountEnabled", self.user), list: false }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::Object(Some(user)) = answer else { return Value::Null };
        json!({"accountEnabled": user.get("accountEnabled")})
    }
}
