//! Removing a permanent active role assignment (PA-01). Class A: the id of a role assignment is
//! made of its parts, so assigning it again gives the same object. What is read before the write is every
//! assignment of the role: if those who were to keep it lost it meanwhile, nothing is removed (D13).

use super::{Answer, GraphRead, Image, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

/// Fewer than this many are never left (D13).
const LEAST_LEFT: usize = 2;

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
    /// Who keeps the role by an assignment of their own; none where nobody has to.
    pub staying: Vec<String>,
    /// How much it can break.
    #[serde(default = "administrators")]
    pub blast_radius: BlastRadius,
}

fn administrators() -> BlastRadius {
    BlastRadius::ADMINISTRATORS
}

impl RoleAssignmentRemoval {
    fn image(&self, assignment: &Value, staying: usize) -> Image {
        let field = |name: &str| assignment.get(name).cloned().unwrap_or(Value::Null);
        let mut image = json!({
            "principalId": field("principalId"),
            "roleDefinitionId": field("roleDefinitionId"),
            "directoryScopeId": field("directoryScopeId"),
        });
        if !self.staying.is_empty() {
            image["othersWhoHoldIt"] =
                json!(if staying < LEAST_LEFT { "fewer than two" } else { "two or more" });
        }
        image
    }

    fn assignment(&self) -> Value {
        json!({
            "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
            "principalId": self.principal,
            "roleDefinitionId": self.role,
            "directoryScopeId": self.scope,
        })
    }
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
        self.blast_radius
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        self.image(&self.assignment(), self.staying.len())
    }

    fn after(&self) -> Image {
        Value::Null
    }

    fn request(&self) -> GraphRequest {
        let path = format!("{COLLECTION}/{}", self.assignment);
        GraphRequest { method: Method::Delete, path, body: Value::Null }
    }

    fn inverse(&self) -> Option<GraphRequest> {
        Some(GraphRequest { method: Method::Post, path: COLLECTION.to_owned(), body: self.assignment() })
    }

    fn read(&self) -> GraphRead {
        let path = format!("{COLLECTION}?$filter=roleDefinitionId eq '{}'", self.role);
        GraphRead { path, list: true }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::List(assignments) = answer else { return Value::Null };
        let Some(ours) = assignments.iter().find(|one| one["id"] == self.assignment.as_str()) else {
            return Value::Null;
        };
        let holds = |principal: &&String| {
            let found = |one: &&Value| {
                one["principalId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(principal))
            };
            assignments.iter().any(|one| found(&one))
        };
        self.image(ours, self.staying.iter().filter(holds).count())
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
            staying: vec!["ben".into(), "cat".into(), "dan".into()],
            blast_radius: BlastRadius::ADMINISTRATORS,
        }
    }

    /// The assignments of the role: ours as it would be made again, and one for each of the others.
    fn assigned(others: &[&str]) -> Answer {
        let mut ours = removal().inverse().unwrap().body;
        ours["id"] = json!(removal().assignment);
        let other = |one: &&str| json!({"id": format!("a-{one}"), "principalId": one.to_uppercase()});
        Answer::List([vec![ours], others.iter().map(other).collect()].concat())
    }

    #[test]
    fn inverse_makes_exactly_what_was_there() {
        assert!(same(&removal().observe(&assigned(&["ben", "cat", "dan"])), &removal().before()));
    }

    #[test]
    fn absence_is_the_after_image() {
        let removal = removal();
        assert!(same(&removal.observe(&Answer::List(Vec::new())), &removal.after()));
        assert!(!same(&removal.before(), &removal.after()));
    }

    #[test]
    fn d13_it_is_not_as_planned_once_fewer_than_two_of_the_others_are_left() {
        let removal = removal();
        assert!(same(&removal.observe(&assigned(&["ben", "cat", "new"])), &removal.before()));
        assert!(!same(&removal.observe(&assigned(&["ben", "new", "newer"])), &removal.before()));
    }
}
