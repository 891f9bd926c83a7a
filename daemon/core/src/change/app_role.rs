//! Taking an application role away (APP-03, APP-06). Class B: what is given again has a new id.

use super::{Answer, GraphRead, Image, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

/// An application role to be taken from a service principal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppRoleRemoval {
    /// Id of the assignment.
    pub assignment: String,
    /// Object id of the service principal that has it.
    pub principal: String,
    /// Its name in the tenant.
    pub name: Personal,
    /// Object id of the resource's service principal.
    pub resource: String,
    /// The role.
    pub role: String,
    /// The role's name, one of Microsoft's.
    pub role_name: String,
    /// How much it can break.
    pub blast_radius: BlastRadius,
}

impl AppRoleRemoval {
    fn of_principal(&self) -> String {
        format!("/v1.0/servicePrincipals/{}/appRoleAssignments", self.principal)
    }

    fn body(&self) -> Value {
        json!({"principalId": self.principal, "resourceId": self.resource, "appRoleId": self.role})
    }
}

impl Kind for AppRoleRemoval {
    fn summary(&self) -> String {
        format!("Take the application permission {} away", self.role_name)
    }

    fn targets(&self) -> Vec<Target> {
        let (id, name) = (self.principal.clone(), self.name.clone());
        vec![Target { kind: "servicePrincipal".to_owned(), id, name }]
    }

    fn blast_radius(&self) -> BlastRadius {
        self.blast_radius
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::B
    }

    fn before(&self) -> Image {
        self.body()
    }

    fn after(&self) -> Image {
        Value::Null
    }

    fn request(&self) -> GraphRequest {
        let path = format!("{}/{}", self.of_principal(), self.assignment);
        GraphRequest { method: Method::Delete, path, body: Value::Null }
    }

    fn inverse(&self) -> Option<GraphRequest> {
        let path = format!("/v1.0/servicePrincipals/{}/appRoleAssignedTo", self.resource);
        Some(GraphRequest { method: Method::Post, path, body: self.body() })
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: self.of_principal(), list: true }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::List(rows) = answer else { return Value::Null };
        let same = |row: &Value, name: &str, wanted: &str| {
            row.get(name).and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(wanted))
        };
        let ours =
            |row: &Value| same(row, "resourceId", &self.resource) && same(row, "appRoleId", &self.role);
        if rows.iter().any(ours) { self.body() } else { Value::Null }
    }
}
