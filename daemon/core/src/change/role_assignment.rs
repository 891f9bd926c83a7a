//! Removing a permanent active role assignment (PA-01). Class A: the id of a role assignment is
//! made of its parts, so assigning it again gives the same object.

use super::{Answer, GraphRead, Image, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

const COLLECTION: &str = "/v1.0/roleManagement/directory/roleAssignments";

/// A role assignment to be removed, with all that is needed to make it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleAssignmentRemoval {
    /// Id of the assignment.
    pub assignment: String,
    /// Who holds the role.
    pub principal: String,
    /// `user` or `servicePrincipal`.
    pub principal_kind: String,
    /// Their name in the tenant.
    pub principal_name: Personal,
    /// Which role.
    pub role: String,
    /// The role's name.
    pub role_name: String,
    /// Where it holds; `/` for the whole tenant.
    pub scope: String,
}

impl Kind for RoleAssignmentRemoval {
    fn summary(&self) -> String {
        format!("Remove the permanent {} assignment", self.role_name)
    }

    fn targets(&self) -> Vec<Target> {
        vec![Target {
            kind: self.principal_kind.clone(),
            id: self.principal.clone(),
            name: self.principal_name.clone(),
        }]
    }

    fn blast_radius(&self) -> BlastRadius {
        BlastRadius::ADMINISTRATORS
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        json!({
            "principalId": self.principal,
            "roleDefinitionId": self.role,
            "directoryScopeId": self.scope,
        })
    }

    fn after(&self) -> Image {
        Value::Null
    }

    fn request(&self) -> GraphRequest {
        let path = format!("{COLLECTION}/{}", self.assignment);
        GraphRequest { method: Method::Delete, path, body: Value::Null }
    }

    fn inverse(&self) -> Option<GraphRequest> {
        Some(GraphRequest {
            method: Method::Post,
            path: COLLECTION.to_owned(),
            body: json!({
                "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
                "principalId": self.principal,
                "roleDefinitionId": self.role,
                "directoryScopeId": self.scope,
            }),
        })
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: format!("{COLLECTION}/{}", self.assignment), list: false }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::Object(Some(object)) = answer else { return Value::Null };
        let field = |name: &str| object.get(name).cloned().unwrap_or(Value::Null);
        json!({
            "principalId": field("principalId"),
            "roleDefinitionId": field("roleDefinitionId"),
            "directoryScopeId": field("directoryScopeId"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::same;

    fn removal() -> RoleAssignmentRemoval {
        RoleAssignmentRemoval {
            assignment: "lAPpYvVpN0KRkAEhdxReEJC2sEqbR_9Hr48lds9SGHI-1".into(),
            principal: "4ab0b690-479b-47ff-af8f-2576cf521872".into(),
            principal_kind: "user".into(),
            principal_name: Personal::new("Ann"),
            role: "62e90394-69f5-4237-9190-012177145e10".into(),
            role_name: "Global Administrator".into(),
            scope: "/".into(),
        }
    }

    #[test]
    fn inverse_makes_exactly_what_was_there() {
        let removal = removal();
        let inverse = removal.inverse().unwrap();
        let made = removal.observe(&Answer::Object(Some(inverse.body)));
        assert!(same(&made, &removal.before()));
    }

    #[test]
    fn absence_is_the_after_image() {
        let removal = removal();
        assert!(same(&removal.observe(&Answer::Object(None)), &removal.after()));
        assert!(!same(&removal.before(), &removal.after()));
    }
}
