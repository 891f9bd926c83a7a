//! Making somebody eligible for a role (PA-04, PA-01-L2): the first of two steps, which takes nothing away. Class A.

use super::{Answer, GraphRead, Image, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

const REQUESTS: &str = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests";
const INSTANCES: &str = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances";

/// A permanent eligibility to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EligibilityCreation {
    /// Who.
    pub principal: String,
    /// Their name in the tenant.
    pub name: Personal,
    /// For which role.
    pub role: String,
    /// The role's name.
    pub role_name: String,
    /// Where it holds; `/` for the whole tenant.
    pub scope: String,
    /// How much the whole conversion can break.
    pub blast_radius: BlastRadius,
}

impl EligibilityCreation {
    fn ask(&self, action: &str) -> Value {
        json!({
            "action": action,
            "principalId": self.principal,
            "roleDefinitionId": self.role,
            "directoryScopeId": self.scope,
            "justification": "Eligible in the place of a permanent assignment (TrueConfig)",
        })
    }

    fn parts(&self) -> Image {
        json!({
            "principalId": self.principal,
            "roleDefinitionId": self.role,
            "directoryScopeId": self.scope,
            "endDateTime": null,
        })
    }

    fn found<'a>(&self, answer: &'a Answer) -> Option<&'a Value> {
        let Answer::List(rows) = answer else { return None };
        let same = |row: &Value, name: &str, wanted: &str| {
            row.get(name).and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(wanted))
        };
        rows.iter().find(|row| {
            same(row, "principalId", &self.principal)
                && same(row, "roleDefinitionId", &self.role)
                && same(row, "directoryScopeId", &self.scope)
        })
    }

    /// Id of the schedule, if there is one.
    pub(super) fn schedule(&self, answer: &Answer) -> Option<String> {
        self.found(answer)?.get("roleEligibilityScheduleId")?.as_str().map(str::to_owned)
    }
}

impl Kind for EligibilityCreation {
    fn summary(&self) -> String {
        format!("Make the holder eligible for {}", self.role_name)
    }

    fn targets(&self) -> Vec<Target> {
        vec![Target { kind: "user".to_owned(), id: self.principal.clone(), name: self.name.clone() }]
    }

    fn blast_radius(&self) -> BlastRadius {
        self.blast_radius
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        Value::Null
    }

    fn after(&self) -> Image {
        self.parts()
    }

    fn request(&self) -> GraphRequest {
        let mut body = self.ask("adminAssign");
        body["scheduleInfo"] = json!({"expiration": {"type": "noExpiration"}});
        GraphRequest { method: Method::Post, path: REQUESTS.to_owned(), body }
    }

    fn inverse(&self) -> Option<GraphRequest> {
        let body = self.ask("adminRemove");
        Some(GraphRequest { method: Method::Post, path: REQUESTS.to_owned(), body })
    }

    fn read(&self) -> GraphRead {
        let path = format!(
            "{INSTANCES}?$filter=principalId eq '{}' and roleDefinitionId eq '{}'",
            self.principal, self.role
        );
        GraphRead { path, list: true }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Some(row) = self.found(answer) else { return Value::Null };
        let mut parts = self.parts();
        parts["endDateTime"] = row.get("endDateTime").cloned().unwrap_or_default();
        parts
    }
}
