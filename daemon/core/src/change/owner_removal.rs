//! Removing an owner of an application or service principal (APP-24). Class A.

use super::{Answer, GRAPH_ROOT, GraphRead, Image, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

/// An owner to be removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnerRemoval {
    /// What is owned.
    pub owned: Owned,
    /// Its object id.
    pub object: String,
    /// Its name in the tenant.
    pub name: Personal,
    /// Object id of the owner.
    pub owner: String,
}

/// What has owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owned {
    /// An app registration.
    Application,
    /// A service principal.
    ServicePrincipal,
}

impl OwnerRemoval {
    fn collection(&self) -> String {
        let kind = match self.owned {
            Owned::Application => "applications",
            Owned::ServicePrincipal => "servicePrincipals",
        };
        format!("/v1.0/{kind}/{}/owners", self.object)
    }
}

impl Kind for OwnerRemoval {
    fn summary(&self) -> String {
        let what = match self.owned {
            Owned::Application => "app registration",
            Owned::ServicePrincipal => "service principal",
        };
        format!("Remove an owner of the {what} who is less privileged than it")
    }

    fn targets(&self) -> Vec<Target> {
        let kind = match self.owned {
            Owned::Application => "application",
            Owned::ServicePrincipal => "servicePrincipal",
        };
        vec![Target { kind: kind.to_owned(), id: self.object.clone(), name: self.name.clone() }]
    }

    fn blast_radius(&self) -> BlastRadius {
        BlastRadius::SETTING
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        json!({"owner": self.owner})
    }

    fn after(&self) -> Image {
        Value::Null
    }

    fn request(&self) -> GraphRequest {
        let path = format!("{}/{}/$ref", self.collection(), self.owner);
        GraphRequest { method: Method::Delete, path, body: Value::Null }
    }

    fn inverse(&self) -> Option<GraphRequest> {
        let reference = format!("{GRAPH_ROOT}/v1.0/directoryObjects/{}", self.owner);
        let path = format!("{}/$ref", self.collection());
        Some(GraphRequest { method: Method::Post, path, body: json!({"@odata.id": reference}) })
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: format!("{}?$select=id", self.collection()), list: true }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::List(owners) = answer else { return Value::Null };
        let is_owner = |one: &Value| {
            one.get("id").and_then(Value::as_str).is_some_and(|id| id.eq_ignore_ascii_case(&self.owner))
        };
        if owners.iter().any(is_owner) { self.before() } else { Value::Null }
    }
}
