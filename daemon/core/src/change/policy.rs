//! Conditional Access policies: made report-only, enabled in a second step, and kept away from
//! break-glass accounts (CA-01, CA-02, ID-02, PA-03; D18). Class A, all of them.

use super::{Answer, GraphRead, Image, Kind, PRODUCED};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use trueconfig_common::change::{GraphRequest, Method, Target};
use trueconfig_common::mode::{BlastRadius, Reversibility};
use trueconfig_common::personal::Personal;

const COLLECTION: &str = "/v1.0/identity/conditionalAccess/policies";

fn policy_path(id: &str) -> String {
    format!("{COLLECTION}/{id}")
}

fn policy_target(id: &str, name: &Personal) -> Vec<Target> {
    vec![Target { kind: "policy".to_owned(), id: id.to_owned(), name: name.clone() }]
}

/// A policy to be made, report-only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyCreation {
    /// What it is called in the baseline: the same whenever it is planned.
    pub purpose: String,
    /// Its name: tells it from all others, whoever made them.
    pub display_name: String,
    /// Its content as Graph takes it, `displayName` and `state` included.
    pub content: Value,
    /// How much it can break once enabled.
    pub blast_radius: BlastRadius,
}

impl PolicyCreation {
    fn found<'a>(&self, answer: &'a Answer) -> Option<&'a Value> {
        let Answer::List(policies) = answer else { return None };
        policies.iter().find(|one| one["displayName"] == self.display_name.as_str())
    }

    /// Id of the new policy, if it is there.
    pub(super) fn id(&self, answer: &Answer) -> Option<String> {
        self.found(answer)?.get("id")?.as_str().map(str::to_owned)
    }
}

impl Kind for PolicyCreation {
    fn summary(&self) -> String {
        let state = if self.content["state"] == "disabled" { "disabled" } else { "report-only" };
        format!("Create the {state} policy \"{}\"", self.display_name)
    }

    fn targets(&self) -> Vec<Target> {
        policy_target(&self.purpose, &Personal::new(self.display_name.clone()))
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
        self.content.clone()
    }

    fn request(&self) -> GraphRequest {
        GraphRequest { method: Method::Post, path: COLLECTION.to_owned(), body: self.content.clone() }
    }

    fn inverse(&self) -> Option<GraphRequest> {
        Some(GraphRequest { method: Method::Delete, path: policy_path(PRODUCED), body: Value::Null })
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: COLLECTION.to_owned(), list: true }
    }

    /// The name has a part that differs at each scan.
    fn aim(&self) -> Value {
        let mut content = self.content.clone();
        content.as_object_mut().map(|fields| fields.remove("displayName"));
        json!([self.purpose, content])
    }

    fn observe(&self, answer: &Answer) -> Image {
        self.found(answer).map_or(Value::Null, |found| project(found, &self.content))
    }
}

/// A policy whose state is to be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyStateChange {
    /// Its id.
    pub policy: String,
    /// Its name in the tenant.
    pub name: Personal,
    /// As it is: `enabled`, `disabled`, `enabledForReportingButNotEnforced`.
    pub from: String,
    /// As it is to be.
    pub to: String,
    /// How much it can break.
    pub blast_radius: BlastRadius,
    /// Conditions that change with the state: what was left out only while it was report-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<ConditionsChange>,
}

/// All conditions of a policy, as they are and as they are to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConditionsChange {
    /// As they are.
    pub before: Value,
    /// As they are to be.
    pub after: Value,
}

impl ConditionsChange {
    /// A change of the conditions of a policy as Graph gave it.
    pub fn new(raw: &Value, after: Value) -> Self {
        Self { before: writable(raw.get("conditions").unwrap_or(&Value::Null)), after: writable(&after) }
    }
}

impl PolicyStateChange {
    fn image(&self, state: &str, conditions: Option<&Value>) -> Image {
        match conditions {
            Some(conditions) => json!({"state": state, "conditions": conditions}),
            None => json!({"state": state}),
        }
    }

    fn patch(&self, body: Image) -> GraphRequest {
        GraphRequest { method: Method::Patch, path: policy_path(&self.policy), body }
    }
}

impl Kind for PolicyStateChange {
    fn summary(&self) -> String {
        match self.to.as_str() {
            "enabled" if self.conditions.is_some() => {
                "Enable the policy, on the platforms left out so far too".to_owned()
            }
            "enabled" => "Enable the policy".to_owned(),
            other => format!("Set the policy's state to {other}"),
        }
    }

    fn targets(&self) -> Vec<Target> {
        policy_target(&self.policy, &self.name)
    }

    fn blast_radius(&self) -> BlastRadius {
        self.blast_radius
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        self.image(&self.from, self.conditions.as_ref().map(|conditions| &conditions.before))
    }

    fn after(&self) -> Image {
        self.image(&self.to, self.conditions.as_ref().map(|conditions| &conditions.after))
    }

    fn request(&self) -> GraphRequest {
        self.patch(self.after())
    }

    fn inverse(&self) -> Option<GraphRequest> {
        Some(self.patch(self.before()))
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: policy_path(&self.policy), list: false }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::Object(Some(policy)) = answer else { return Value::Null };
        let mut seen = json!({"state": policy.get("state")});
        if let Some(conditions) = &self.conditions {
            let found = writable(policy.get("conditions").unwrap_or(&Value::Null));
            seen["conditions"] = project(&found, &conditions.before);
        }
        seen
    }
}

/// Accounts to be excluded from a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyExclusion {
    /// Its id.
    pub policy: String,
    /// Its name in the tenant.
    pub name: Personal,
    /// All its conditions as they are: nothing promises that Graph merges a part (so the whole is sent).
    pub before: Value,
    /// All its conditions as they are to be.
    pub after: Value,
    /// How many accounts are added.
    pub accounts: usize,
}

impl PolicyExclusion {
    /// The change that excludes accounts from a policy as Graph gave it.
    pub fn new(policy: &str, name: &str, raw: &Value, accounts: &[String]) -> Self {
        let before = writable(raw.get("conditions").unwrap_or(&Value::Null));
        let mut after = before.clone();
        let mut excluded: Vec<Value> =
            after.pointer("/users/excludeUsers").and_then(Value::as_array).cloned().unwrap_or_default();
        excluded.extend(accounts.iter().map(|id| json!(id)));
        after["users"]["excludeUsers"] = Value::Array(excluded);
        let (policy, name) = (policy.to_owned(), Personal::new(name));
        Self { policy, name, before, after, accounts: accounts.len() }
    }

    fn patch(&self, conditions: &Value) -> GraphRequest {
        let path = policy_path(&self.policy);
        GraphRequest { method: Method::Patch, path, body: json!({"conditions": conditions}) }
    }
}

impl Kind for PolicyExclusion {
    fn summary(&self) -> String {
        format!("Exclude {} break-glass account(s) from the policy", self.accounts)
    }

    fn targets(&self) -> Vec<Target> {
        policy_target(&self.policy, &self.name)
    }

    fn blast_radius(&self) -> BlastRadius {
        BlastRadius::ADMINISTRATORS
    }

    fn reversibility(&self) -> Reversibility {
        Reversibility::A
    }

    fn before(&self) -> Image {
        json!({"conditions": self.before})
    }

    fn after(&self) -> Image {
        json!({"conditions": self.after})
    }

    fn request(&self) -> GraphRequest {
        self.patch(&self.after)
    }

    fn inverse(&self) -> Option<GraphRequest> {
        Some(self.patch(&self.before))
    }

    fn read(&self) -> GraphRead {
        GraphRead { path: policy_path(&self.policy), list: false }
    }

    fn observe(&self, answer: &Answer) -> Image {
        let Answer::Object(Some(policy)) = answer else { return Value::Null };
        json!({"conditions": writable(policy.get("conditions").unwrap_or(&Value::Null))})
    }
}

/// A block without the annotations that Graph gives and refuses to take back. `@odata.type` stays:
/// polymorphic parts need it.
pub(crate) fn writable(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(key, _)| !key.contains('@') || *key == "@odata.type");
            Value::Object(kept.map(|(key, value)| (key.clone(), writable(value))).collect())
        }
        Value::Array(items) => items.iter().map(writable).collect(),
        other => other.clone(),
    }
}

/// What an object has of the fields a template has.
pub(super) fn project(found: &Value, template: &Value) -> Value {
    match (found, template) {
        (Value::Object(found), Value::Object(template)) => {
            let fields = template.iter().map(|(key, wanted)| {
                let value = found.get(key).map_or(Value::Null, |value| project(value, wanted));
                (key.clone(), value)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        (found, _) => found.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::same;

    #[test]
    fn a_new_policy_is_recognised_among_what_graph_adds() {
        let content = json!({
            "displayName": "Block (TrueConfig 1)", "state": "enabledForReportingButNotEnforced",
            "conditions": {"users": {"includeUsers": ["All"], "excludeUsers": ["bg"]}},
            "grantControls": {"operator": "OR", "builtInControls": ["block"]},
        });
        let change = PolicyCreation {
            purpose: "Require MFA".into(),
            display_name: "Block (TrueConfig 1)".into(),
            content: content.clone(),
            blast_radius: BlastRadius::MANY_USERS,
        };
        let mut served = content.clone();
        served["id"] = json!("new");
        served["conditions"]["users"]["includeRoles"] = json!([]);
        served["sessionControls"] = Value::Null;
        let answer = Answer::List(vec![json!({"displayName": "other"}), served]);
        assert!(same(&change.observe(&answer), &change.after()));
        assert_eq!(change.id(&answer).as_deref(), Some("new"));
        assert!(same(&change.observe(&Answer::List(Vec::new())), &change.before()));
    }

    #[test]
    fn an_exclusion_sends_all_conditions_and_comes_back_exactly() {
        let raw = json!({"conditions": {
            "clientAppTypes": ["all"], "users@odata.context": "x",
            "users": {"includeUsers": ["All"], "excludeUsers": ["ann"],
                "includeGuestsOrExternalUsers": {"@odata.type": "#microsoft.graph.x"}},
        }});
        let change = PolicyExclusion::new("p", "Policy", &raw, &["bg".to_owned()]);
        let body = change.request().body;
        assert_eq!(body["conditions"]["users"]["excludeUsers"], json!(["ann", "bg"]));
        assert_eq!(body["conditions"]["clientAppTypes"], json!(["all"]));
        assert!(body["conditions"].get("users@odata.context").is_none());
        let seen = change.observe(&Answer::Object(Some(raw)));
        assert!(same(&seen, &change.before()));
        assert_eq!(change.inverse().map(|inverse| inverse.body), Some(change.before()));
    }
}
