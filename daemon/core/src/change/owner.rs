//! Assigning an owner to an app registration (APP-01). Class A.

use super::{Answer, GRAPH_ROOT, GraphRead, Image, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

/// An owner to be assigned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnerAssignment {
    /// Object id of the app registration.
    pub application: String,
    /// Its name in the tenant.
    pub name: Personal,
    /// Object id of the owner.
    pub owner: String,
}

impl OwnerAssignment {
    fn collection(&self) -> String {
        format!("/v1.0/applications/{}/owners", self.application)
    }
}

impl Kind for OwnerAssignment {
    fn summary(&self) -> String {
        "Assign the configured owner".to_owned()
    }

    fn targets(&self) -> Vec<Target> {
        let (id, name) = (self.application.clone(), self.name.clone());
        vec![Target { kind: "application".to_owned(), id, name }]
    }

    fn blast_radius(&self) -> BlastRadius {
        BlastRadius::ONE_OBJECT
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        Value::Null
    }

    fn after(&self) -> Image {
        json!({"owner": self.owner})
    }

    fn request(&self) -> GraphRequest {
        let reference = format!("{GRAPH_ROOT}/v1.0/directoryObjects/{}", self.owner);
        GraphRequest {
            method: Method::Post,
            path: format!("{}/$ref", self.collection()),
            body: json!({"@odata.id": reference}),
        }
    }

    fn inverse(&self) -> Option<GraphRequest> {
        let path = format!("{}/{}/$ref", self.collection(), self.owner);
        Some(GraphRequest { method: Method::Delete, path, body: Value::Null })
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: format!("{}?$select=id", self.collection()), list: true }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::List(owners) = answer else { return Value::Null };
        let is_owner = |one: &Value| {
            one.get("id").and_then(Value::as_str).is_some_and(|id| id.eq_ignore_ascii_case(&self.owner))
        };
        if owners.iter().any(is_owner) { self.after() } else { Value::Null }
    }
}
