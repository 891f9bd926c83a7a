//! Graph in small: response bodies by path, and what writes do to them. Nested objects are replaced, not merged, but for
//! the authorization policy: nothing else is promised.

use crate::change::{Answer, GraphRead};
use serde_json::{Map, Value, json};
use trueconfig_common::change::{GraphRequest, Method};

/// A tenant as response bodies.
#[derive(Clone)]
pub(super) struct Model {
    pub(super) responses: Map<String, Value>,
    /// What was deleted, by collection: what is made of its parts comes back under its old id.
    deleted: Map<String, Value>,
}

/// Sub-collections that stand inside of what they belong to.
const INLINE: [(&str, &str); 1] =
    [("/v1.0/policies/authenticationMethodsPolicy", "authenticationMethodConfigurations")];

impl Model {
    pub(super) fn of(responses: &Map<String, Value>) -> Self {
        let mut model = Self { responses: responses.clone(), deleted: Map::new() };
        ["/v1.0/servicePrincipals", "/v1.0/applications"].iter().for_each(|path| model.expand_owners(path));
        model
    }

    /// Owners that stand inside of objects get a collection of their own, where writes find them.
    fn expand_owners(&mut self, path: &str) {
        let Some(rows) = self.rows(path) else { return };
        let inline = |row: &mut Value| {
            let id = row["id"].as_str()?.to_owned();
            Some((id, row.as_object_mut()?.remove("owners")?))
        };
        let found: Vec<(String, Value)> = rows.iter_mut().filter_map(inline).collect();
        for (id, owners) in found {
            self.responses.insert(format!("{path}/{id}/owners"), json!({"value": owners}));
        }
    }

    pub(super) fn read(&mut self, read: &GraphRead) -> Answer {
        let (path, query) = read.path.split_once('?').unwrap_or((&read.path, ""));
        if !read.list {
            return Answer::Object(self.object(path).cloned());
        }
        let rows = match path.strip_suffix("/appRoleAssignments") {
            Some(principal) => self.roles_of(principal.rsplit('/').next().unwrap_or_default()),
            None => self.rows(path).cloned().unwrap_or_default(),
        };
        Answer::List(rows.into_iter().filter(|row| matches(row, query)).collect())
    }

    /// Carries a write out; gives the body of the answer if there is one.
    pub(super) fn write(&mut self, request: &GraphRequest) -> Option<Value> {
        match request.method {
            Method::Patch | Method::Put => {
                let merges = request.path.ends_with("/authorizationPolicy");
                let found = self.object(&request.path).unwrap_or_else(|| panic!("{} is there", request.path));
                merge(found, &request.body, merges);
                None
            }
            Method::Post => self.post(request),
            Method::Delete => {
                self.delete(request.path.trim_end_matches("/$ref"));
                None
            }
        }
    }

    /// Application roles of a principal, whoever lists them.
    fn roles_of(&self, principal: &str) -> Vec<Value> {
        let lists = self.responses.iter().filter(|(path, _)| path.contains("/appRole"));
        let rows = lists.flat_map(|(_, body)| body["value"].as_array().cloned().unwrap_or_default());
        let inline = self.responses.get("/v1.0/servicePrincipals").and_then(|body| body["value"].as_array());
        let inline =
            inline.into_iter().flatten().filter_map(|row| row["appRoleAssignments"].as_array()).flatten();
        rows.chain(inline.cloned()).filter(|row| row["principalId"] == principal).collect()
    }

    /// A request to Privileged Identity Management takes effect at once.
    fn eligibility(&mut self, body: &Value) -> Value {
        let path = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances";
        let list = self.responses.entry(path).or_insert_with(|| json!({"value": []}));
        let rows = list["value"].as_array_mut().unwrap();
        let parts = ["principalId", "roleDefinitionId", "directoryScopeId"];
        rows.retain(|row| !parts.iter().all(|name| row[*name] == body[*name]));
        if body["action"] == "adminAssign" {
            let id = format!("{}{}", body["principalId"], body["roleDefinitionId"]);
            let mut row = json!({"id": id, "roleEligibilityScheduleId": id, "endDateTime": null});
            parts.iter().for_each(|name| row[*name] = body[*name].clone());
            rows.push(row);
            return json!({"id": "request", "targetScheduleId": id});
        }
        json!({"id": "request"})
    }

    fn post(&mut self, request: &GraphRequest) -> Option<Value> {
        let path = request.path.trim_end_matches("/$ref");
        if path.ends_with("/roleEligibilityScheduleRequests") {
            return Some(self.eligibility(&request.body));
        }
        let mut row = request.body.clone();
        if let Some(reference) = row["@odata.id"].as_str() {
            row = json!({"id": reference.rsplit('/').next()});
        }
        if row.get("id").is_none() {
            row["id"] = self.deleted.remove(path).unwrap_or_else(|| json!("produced"));
        }
        let list = self.responses.entry(path).or_insert_with(|| json!({"value": []}));
        list["value"].as_array_mut().unwrap().push(row.clone());
        Some(row)
    }

    fn delete(&mut self, path: &str) {
        let (list, id) = path.rsplit_once('/').unwrap();
        self.deleted.insert(list.to_owned(), json!(id));
        if list.ends_with("/appRoleAssignments") {
            if let Some(rows) = self.rows("/v1.0/servicePrincipals") {
                for list in
                    rows.iter_mut().filter_map(|row| row.get_mut("appRoleAssignments")?.as_array_mut())
                {
                    list.retain(|row| row["id"] != id);
                }
            }
            for (_, body) in self.responses.iter_mut().filter(|(path, _)| path.contains("/appRole")) {
                body["value"].as_array_mut().unwrap().retain(|row| row["id"] != id);
            }
            return;
        }
        if list.ends_with("/roleAssignments") {
            self.forget_instances(id);
        }
        let rows = self.rows(list).unwrap_or_else(|| panic!("{list} is there"));
        let before = rows.len();
        rows.retain(|row| row["id"] != id);
        assert_eq!(rows.len(), before - 1, "{path} is there");
    }

    /// What an assignment looked like to Privileged Identity Management goes with it.
    fn forget_instances(&mut self, id: &str) {
        let path = "/v1.0/roleManagement/directory/roleAssignments";
        let Some(gone) = self.rows(path).and_then(|rows| rows.iter().find(|row| row["id"] == id).cloned())
        else {
            return;
        };
        if let Some(rows) = self.rows("/v1.0/roleManagement/directory/roleAssignmentScheduleInstances") {
            let parts = ["principalId", "roleDefinitionId"];
            rows.retain(|row| !parts.iter().all(|name| row[*name] == gone[*name]));
        }
    }

    fn object(&mut self, path: &str) -> Option<&mut Value> {
        if let Some((settings, rule)) = path
            .strip_prefix("/v1.0/policies/roleManagementPolicies/")
            .and_then(|rest| rest.split_once("/rules/"))
        {
            let rows = self.rows("/v1.0/policies/roleManagementPolicyAssignments")?.iter_mut();
            let rules = rows.filter(|row| row["policy"]["id"] == settings);
            let mut rules = rules.filter_map(|row| row["policy"]["rules"].as_array_mut()).flatten();
            return rules.find(|row| row["id"] == rule);
        }
        if self.responses.contains_key(path) {
            return self.responses.get_mut(path);
        }
        let (list, id) = path.rsplit_once('/')?;
        self.rows(list)?.iter_mut().find(|row| row["id"] == id)
    }

    fn rows(&mut self, path: &str) -> Option<&mut Vec<Value>> {
        for (owner, name) in INLINE {
            if path == format!("{owner}/{name}") && !self.responses.contains_key(path) {
                return self.responses.get_mut(owner)?.get_mut(name)?.as_array_mut();
            }
        }
        let key = self.responses.keys().find(|key| key.split('?').next() == Some(path))?.clone();
        self.responses.get_mut(&key)?.get_mut("value")?.as_array_mut()
    }
}

/// Whether a row passes a filter of equalities joined by `and`.
fn matches(row: &Value, query: &str) -> bool {
    let Some(filter) = query.strip_prefix("$filter=") else { return true };
    filter.split(" and ").all(|part| {
        let (name, wanted) = part.split_once(" eq ").unwrap();
        row[name].as_str().is_some_and(|found| found.eq_ignore_ascii_case(wanted.trim_matches('\'')))
    })
}

fn merge(found: &mut Value, body: &Value, deep: bool) {
    for (name, value) in body.as_object().unwrap() {
        match (found.get_mut(name), value) {
            (Some(inner), Value::Object(_)) if deep && inner.is_object() => merge(inner, value, deep),
            _ => found[name] = value.clone(),
        }
    }
}
