//! The tenant's own word on how it stands, and the demo tenant's people and things.

use serde_json::{Map, Value};
use trueconfig_tests::support::Daemon;
use trueconfig_twin::{TenantFile, Twin};

/// Where Conditional Access policies stand.
pub const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

/// Where the authorization policy stands.
pub const AUTHORIZATION: &str = "/v1.0/policies/authorizationPolicy";

/// The report-only policy that CA-01 and CA-02 may enable.
pub const CA001: &str = "9499ed7b-6f29-40f8-8296-14851ae12cdb";

/// The policy that locks out the second break-glass account.
pub const CA004: &str = "a12dc893-66fd-42ac-8561-9850aefb66eb";

/// bg-admin-01.
pub const BREAK_GLASS_1: &str = "df2ff198-6e30-401d-ad13-c06c94a5fe0f";

/// bg-admin-02.
pub const BREAK_GLASS_2: &str = "4e0bfb27-1242-483d-be37-b6ddf09485ef";

/// Wears away without anybody's doing: what was noted of the changes themselves, and their dates. What was
/// deleted stays in the bin for 30 days.
const WITHOUT_MEANING: [&str; 3] = ["/v1.0/auditLogs/", "deletedItems", "modifiedDateTime"];

/// The tenant as it is now, comparable.
pub fn state(twin: &Twin) -> Value {
    let graph = twin.export().graph.into_iter();
    let kept = graph.filter(|(path, _)| !is_without_meaning(path));
    Value::Object(kept.map(|(path, body)| comparable_path(path, &body)).collect())
}

/// Graph counts the versions of the consent workflow, also those that an undo makes; an application role that was
/// given again has another id and another date (T9: class B).
fn comparable_path(path: String, body: &Value) -> (String, Value) {
    let mut body = comparable(body);
    if path.ends_with("/adminConsentRequestPolicy") {
        body["version"] = Value::Null;
    }
    for row in
        body["value"].as_array_mut().into_iter().flatten().filter(|_| path.ends_with("/appRoleAssignments"))
    {
        row["id"] = Value::Null;
        row["createdDateTime"] = Value::Null;
    }
    (path, body)
}

/// Every difference between two states, so that a failed test says which.
pub fn assert_same(now: &Value, before: &Value) {
    let mut paths: Vec<&String> =
        [now, before].iter().filter_map(|one| one.as_object()).flat_map(Map::keys).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let (now, before) = (nothing_is_empty(now.get(path)), nothing_is_empty(before.get(path)));
        assert_eq!(now, before, "{path} is not as it was");
    }
}

/// A collection that was made and emptied again is as good as none.
fn nothing_is_empty(body: Option<&Value>) -> Value {
    let body = body.cloned().unwrap_or_default();
    let is_empty = body["value"].as_array().is_some_and(Vec::is_empty);
    if is_empty { Value::Null } else { body }
}

fn is_without_meaning(name: &str) -> bool {
    WITHOUT_MEANING.iter().any(|one| name.contains(one))
}

/// Rows in the order of their ids: a row that was made again stands elsewhere.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| !is_without_meaning(name));
            Value::Object(kept.map(|(name, value)| (name.clone(), comparable(value))).collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(comparable).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

/// The demo tenant as of now, without some of its Conditional Access policies.
pub fn contoso_without(policies: &[&str]) -> TenantFile {
    let mut file = contoso();
    let rows = file.graph.get_mut(POLICIES).and_then(|body| body["value"].as_array_mut());
    rows.expect("the demo tenant has policies").retain(|one| !policies.contains(&text(one, "id")));
    file
}

/// The demo tenant as of now.
pub fn contoso() -> TenantFile {
    TenantFile::contoso().expect("the demo tenant is sound").rebased(chrono::Utc::now())
}

/// Text in a row; empty if there is none.
pub fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_default()
}

/// What a list of the tenant holds now.
pub fn rows(daemon: &Daemon, path: &str) -> Vec<Value> {
    daemon.graph(path)["value"].as_array().cloned().unwrap_or_default()
}

/// A request by a second administrator.
pub fn edit(daemon: &Daemon, method: &str, path: &str, body: &Value) -> Value {
    let edited = daemon.twin().edit(method, path, Some(body));
    edited.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
}
