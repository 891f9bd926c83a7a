//! What is not the same in two snapshots, by meaning: the order of lists, null and empty, the casing
//! of ids and keywords, and values that Graph's defaults imply do not count.

use super::{Ending, Family, FamilyName, Row, Snapshot, VisitPairs};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::convert::Infallible;
use trueconfig_common::interface::snapshots::{SnapshotChange, ValueDifference};

/// Most changed objects told of; two tenants differ in everything.
pub const CHANGES_MOST: usize = 100_000;

/// Texts whose casing people chose, so that a change of it is one.
const FREE_TEXTS: [&str; 5] =
    ["displayName", "membershipRule", "definition", "customKeyIdentifier", "condition"];

/// What Graph means by leaving a property out or null.
const DEFAULTS: [(&str, Default); 7] = [
    ("isAssignableToRole", Default::False),
    ("isManagementRestricted", Default::False),
    ("onPremisesSyncEnabled", Default::False),
    ("appRoleAssignmentRequired", Default::False),
    ("isOrganizationDefault", Default::False),
    ("directoryScopeId", Default::Text("/")),
    ("userType", Default::Text("member")),
];

#[derive(Clone, Copy)]
enum Default {
    False,
    Text(&'static str),
}

/// Compares two snapshots, by family and object; at most [`CHANGES_MOST`].
pub fn compare(before: &Snapshot, after: &Snapshot) -> Vec<SnapshotChange> {
    let mut found = Found(Vec::new());
    match before.visit_pairs(after, &mut found) {
        Ok(()) => found.0,
    }
}

struct Found(Vec<SnapshotChange>);

impl VisitPairs for Found {
    type Error = Infallible;

    fn families<T: Row>(&mut self, before: &Family<T>, after: &Family<T>) -> Result<(), Infallible> {
        let endings = [before.ending(), after.ending()];
        match &endings {
            [Ending::Complete, Ending::Complete] if before == after => {}
            [Ending::Complete, Ending::Complete] => self.rows(before.partial_rows(), after.partial_rows()),
            [one, other] if one == other => {}
            [one, other] => {
                self.push(T::FAMILY, "unreadable", "", &Value::Null, vec![completeness(one, other)])
            }
        }
        Ok(())
    }
}

impl Found {
    fn rows<T: Row>(&mut self, before: &[T], after: &[T]) {
        let mut after: BTreeMap<String, &T> = keyed(after);
        for (key, row) in keyed(before) {
            match after.remove(&key) {
                Some(same) if same == row => {}
                Some(other) => {
                    let (old, new) = (value(row), value(other));
                    let differences = differences(&old, &new);
                    if !differences.is_empty() {
                        self.push(T::FAMILY, "changed", &key, &new, differences);
                    }
                }
                None => self.push(T::FAMILY, "removed", &key, &value(row), Vec::new()),
            }
        }
        for (key, row) in after {
            self.push(T::FAMILY, "added", &key, &value(row), Vec::new());
        }
    }

    fn push(
        &mut self,
        family: FamilyName,
        change: &str,
        object: &str,
        row: &Value,
        differences: Vec<ValueDifference>,
    ) {
        if self.0.len() >= CHANGES_MOST {
            return;
        }
        let text = |key| row.get(key).and_then(Value::as_str);
        let name = text("displayName").or_else(|| text("userPrincipalName")).unwrap_or_default();
        self.0.push(SnapshotChange {
            family: family.as_str().to_owned(),
            object: object.to_owned(),
            name: name.to_owned(),
            change: change.to_owned(),
            differences,
        });
    }
}

/// Rows by what tells them apart. Rows without an id have a text of that name, or are the only one.
fn keyed<T: Row>(rows: &[T]) -> BTreeMap<String, &T> {
    let key = |row: &T| match row.key() {
        Some(id) => id.to_string(),
        None => value(row).get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
    };
    rows.iter().map(|row| (key(row), row)).collect()
}

fn completeness(before: &Ending, after: &Ending) -> ValueDifference {
    let value = |ending| serde_json::to_value(ending).unwrap_or_default();
    ValueDifference { path: String::new(), before: value(before), after: value(after) }
}

fn value<T: Row>(row: &T) -> Value {
    serde_json::to_value(row).unwrap_or_default()
}

/// Where two values differ in meaning.
fn differences(before: &Value, after: &Value) -> Vec<ValueDifference> {
    let mut found = Vec::new();
    collect("", &meaning("", before), &meaning("", after), &mut found);
    found
}

fn collect(path: &str, before: &Value, after: &Value, found: &mut Vec<ValueDifference>) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        found.push(ValueDifference { path: path.to_owned(), before: before.clone(), after: after.clone() });
        return;
    };
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let of = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or_default();
        collect(&path, &of(old), &of(new), found);
    }
}

/// A value reduced to what it means; null where it means nothing.
fn meaning(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let members = map.iter().map(|(name, value)| (name.clone(), meaning(name, value)));
            let said: Map<String, Value> = members.filter(|(_, value)| !value.is_null()).collect();
            if said.is_empty() { Value::Null } else { Value::Object(said) }
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| meaning(name, item)).collect();
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            if items.is_empty() { Value::Null } else { Value::Array(items) }
        }
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) if FREE_TEXTS.contains(&name) => Value::String(text.clone()),
        Value::String(text) => implied(name, Value::String(text.to_lowercase())),
        other => implied(name, other.clone()),
    }
}

fn implied(name: &str, value: Value) -> Value {
    let default = DEFAULTS.iter().find(|(property, _)| *property == name).map(|(_, default)| *default);
    let is_default = match default {
        Some(Default::False) => value == Value::Bool(false),
        Some(Default::Text(text)) => value.as_str() == Some(text),
        None => false,
    };
    if is_default { Value::Null } else { value }
}

#[cfg(test)]
mod tests {
    use super::super::{ConditionalAccessPolicy, Group, RoleAssignment};
    use super::*;
    use chrono::DateTime;
    use serde_json::json;

    fn snapshot(groups: Value) -> Snapshot {
        let mut snapshot = Snapshot::unread(DateTime::UNIX_EPOCH);
        let groups: Vec<Group> = serde_json::from_value(groups).unwrap();
        snapshot.groups = Family::complete(groups);
        snapshot
    }

    fn with_policy(policy: Value) -> Snapshot {
        let mut snapshot = snapshot(json!([]));
        let policy: ConditionalAccessPolicy = serde_json::from_value(policy).unwrap();
        snapshot.conditional_access_policies = Family::complete(vec![policy]);
        snapshot
    }

    #[test]
    fn order_null_empty_casing_and_defaults_do_not_count() {
        let id = |n: u32| format!("AAAAAAAA-0000-0000-0000-{n:012}");
        let one = snapshot(json!([
            {"id": id(1), "displayName": "A", "groupTypes": ["Unified", "DynamicMembership"], "isAssignableToRole": null},
            {"id": id(2), "displayName": "B", "visibility": "Private"},
        ]));
        let other = snapshot(json!([
            {"id": id(2).to_lowercase(), "displayName": "B", "visibility": "private", "groupTypes": null},
            {"id": id(1).to_lowercase(), "displayName": "A", "groupTypes": ["DynamicMembership", "Unified"], "isAssignableToRole": false, "membershipRule": ""},
        ]));
        assert_eq!(compare(&one, &other), []);
        let policy = |exclude: Value, users: Value| {
            with_policy(json!({"id": id(1), "displayName": "P", "state": "enabled",
                "conditions": {"users": {"includeUsers": users, "excludeGroups": exclude}}}))
        };
        let (one, other) = (
            policy(json!([id(3), id(4)]), json!(["All"])),
            policy(json!([id(4).to_lowercase(), id(3)]), json!(["all"])),
        );
        assert_eq!(compare(&one, &other), []);
    }

    #[test]
    fn what_does_count_is_told_with_its_place_and_both_values() {
        let one = snapshot(json!([{"id": "a", "displayName": "A"}, {"id": "b", "displayName": "B"}]));
        let other = snapshot(
            json!([{"id": "b", "displayName": "b", "isAssignableToRole": true}, {"id": "c", "displayName": "C"}]),
        );
        let changes = compare(&one, &other);
        let told: Vec<_> =
            changes.iter().map(|one| (one.change.as_str(), one.object.as_str(), one.name.as_str())).collect();
        assert_eq!(told, [("removed", "a", "A"), ("changed", "b", "b"), ("added", "c", "C")]);
        let places: Vec<_> =
            changes[1].differences.iter().map(|one| (one.path.as_str(), &one.before, &one.after)).collect();
        assert_eq!(
            places,
            [("displayName", &json!("B"), &json!("b")), ("isAssignableToRole", &Value::Null, &json!(true))]
        );
    }

    #[test]
    fn t4_a_family_that_one_of_the_two_could_not_read_has_changed_in_no_known_way() {
        let one = snapshot(json!([{"id": "a"}]));
        let mut other = snapshot(json!([]));
        other.groups = Family::denied("Group.Read.All");
        let changes = compare(&one, &other);
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].change.as_str(), changes[0].object.as_str()), ("unreadable", ""));
    }

    #[test]
    fn a_scope_left_out_is_the_whole_tenant() {
        let with = |assignment: Value| {
            let mut snapshot = snapshot(json!([]));
            let assignment: RoleAssignment = serde_json::from_value(assignment).unwrap();
            snapshot.role_assignments = Family::complete(vec![assignment]);
            snapshot
        };
        let plain = with(json!({"id": "a", "principalId": "p", "roleDefinitionId": "r"}));
        let scoped =
            with(json!({"id": "a", "principalId": "p", "roleDefinitionId": "r", "directoryScopeId": "/"}));
        assert_eq!(compare(&plain, &scoped), []);
        let unit = with(
            json!({"id": "a", "principalId": "p", "roleDefinitionId": "r", "directoryScopeId": "/administrativeUnits/x"}),
        );
        assert_eq!(compare(&plain, &unit).len(), 1);
    }
}
