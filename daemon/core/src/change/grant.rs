//! Taking delegated permissions out of a grant (APP-26). Class A: the id of a grant is made of its parts, so one that
//! was deleted comes back as the same object.

use super::{Answer, GraphRead, Image, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

const COLLECTION: &str = "/v1.0/oauth2PermissionGrants";

/// A grant for everybody that is to be narrowed, or deleted if nothing is left of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrantNarrowing {
    /// Its id.
    pub grant: String,
    /// The client's name in the tenant.
    pub name: Personal,
    /// Object id of the client's service principal.
    pub client: String,
    /// Object id of the resource's service principal.
    pub resource: String,
    /// The permissions, separated by spaces, as they are.
    pub before: String,
    /// As they are to be; empty means that the grant goes.
    pub after: String,
    /// How much it can break.
    pub blast_radius: BlastRadius,
}

impl GrantNarrowing {
    fn path(&self) -> String {
        format!("{COLLECTION}/{}", self.grant)
    }
}

/// Graph keeps permissions in no order, and sometimes with a space in front.
fn image(scope: &str) -> Image {
    let words: BTreeSet<&str> = scope.split_whitespace().collect();
    if words.is_empty() { Value::Null } else { json!({"scope": words}) }
}

impl Kind for GrantNarrowing {
    fn summary(&self) -> String {
        let gone = self
            .before
            .split_whitespace()
            .filter(|one| !self.after.split_whitespace().any(|kept| kept == *one));
        let gone: Vec<&str> = gone.collect();
        format!("Take {} out of the grant for everybody", gone.join(", "))
    }

    fn targets(&self) -> Vec<Target> {
        vec![Target { kind: "grant".to_owned(), id: self.grant.clone(), name: self.name.clone() }]
    }

    fn blast_radius(&self) -> BlastRadius {
        self.blast_radius
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        image(&self.before)
    }

    fn after(&self) -> Image {
        image(&self.after)
    }

    fn request(&self) -> GraphRequest {
        match self.after.is_empty() {
            true => GraphRequest { method: Method::Delete, path: self.path(), body: Value::Null },
            false => {
                GraphRequest { method: Method::Patch, path: self.path(), body: json!({"scope": self.after}) }
            }
        }
    }

    fn inverse(&self) -> Option<GraphRequest> {
        if !self.after.is_empty() {
            let body = json!({"scope": self.before});
            return Some(GraphRequest { method: Method::Patch, path: self.path(), body });
        }
        let body = json!({
            "clientId": self.client,
            "consentType": "AllPrincipals",
            "principalId": null,
            "resourceId": self.resource,
            "scope": self.before,
        });
        Some(GraphRequest { method: Method::Post, path: COLLECTION.to_owned(), body })
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: self.path(), list: false }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::Object(Some(grant)) = answer else { return Value::Null };
        image(grant.get("scope").and_then(Value::as_str).unwrap_or_default())
    }
}
