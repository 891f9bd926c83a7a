//! CA-30: the care of Conditional Access policies. All conditions are sent, for nothing promises that Graph merges them.

use super::objects::limited;
use super::{Draft, NoFix, Subject};
use crate::change::{Change, Field, FieldPatch, Resource, writable};
use crate::checks::privileged;
use crate::snapshot::{ConditionalAccessPolicy, Id};
use serde_json::{Map, Value, json};
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::Evidence;

/// CA-30: both roles of directory synchronisation are left out.
pub(super) fn exclude_sync_roles(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let mut changes = Vec::new();
    for one in &subject.evidence() {
        let Some(policy) = policy(subject, one)? else { continue };
        let before = conditions(policy);
        let mut after = before.clone();
        let mut excluded = list(&after, "/users/excludeRoles");
        for role in privileged::SYNC_ROLES {
            if !excluded
                .iter()
                .any(|found| found.as_str().is_some_and(|found| Id::new(found) == Id::new(role)))
            {
                excluded.push(json!(role));
            }
        }
        after["users"]["excludeRoles"] = Value::Array(excluded);
        let field = ("conditions.users.excludeRoles", "the roles that are left out");
        changes.push(change(subject, policy, field, before, after));
    }
    finished(changes, subject.evidence_total())
}

fn finished(changes: Vec<Change>, all: usize) -> Result<Vec<Draft>, NoFix> {
    match changes.is_empty() {
        true => NoFix::because("the policies were not read whole"),
        false => Ok(vec![limited(changes, all)]),
    }
}

fn policy<'s>(subject: &Subject<'s>, one: &Evidence) -> Result<Option<&'s ConditionalAccessPolicy>, NoFix> {
    let policies = subject.judged.snapshot.conditional_access_policies.rows()?;
    Ok(policies.iter().find(|policy| policy.id == Id::new(&one.id)))
}

fn conditions(policy: &ConditionalAccessPolicy) -> Value {
    writable(policy.raw.get("conditions").unwrap_or(&Value::Null))
}

fn list(value: &Value, pointer: &str) -> Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn change(
    subject: &Subject<'_>,
    policy: &ConditionalAccessPolicy,
    (path, label): (&str, &str),
    before: Value,
    after: Value,
) -> Change {
    let fields = |conditions: Value| Map::from_iter([("conditions".to_owned(), conditions)]);
    Change::SetFields(FieldPatch {
        resource: Resource::ConditionalAccessPolicy { id: policy.id.to_string() },
        name: Personal::new(policy.display_name.clone()),
        fields: vec![Field { path: path.to_owned(), label: label.to_owned() }],
        before: fields(before),
        after: fields(after),
        remains: None,
        blast_radius: subject.control.blast_radius,
    })
}
