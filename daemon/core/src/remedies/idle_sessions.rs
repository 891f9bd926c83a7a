//! DATA-20: idle sessions end in time, by the organisation's policy if it has one, else by one that is made.

use super::setting::{Unmet, fields, patch_to};
use super::{Draft, NoFix, Subject};
use crate::change::{Change, Collection, ObjectCreation, Resource};
use crate::snapshot::ActivityBasedTimeoutPolicy;
use serde_json::{Value, json};

/// Tells the policy that we make from all others.
const NAME: &str = "Idle sessions end (TrueConfig)";

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let minutes = subject.number("max_minutes")?;
    let rows = subject.judged.snapshot.activity_based_timeout_policies.rows()?;
    let time = format!("{:02}:{:02}:00", minutes / 60, minutes % 60);
    let change = match rows.iter().find(|one| one.is_organization_default == Some(true)) {
        Some(policy) => shortened(subject, policy, &time)?,
        None => Change::CreateObject(ObjectCreation {
            collection: Collection::ActivityBasedTimeoutPolicies,
            content: json!({
                "displayName": NAME,
                "definition": [definition(&[], &time).to_string()],
                "isOrganizationDefault": true,
            }),
            blast_radius: subject.control.blast_radius,
        }),
    };
    Ok(vec![Draft::passing(vec![change])])
}

/// The organisation's policy, with what it says of single applications.
fn shortened(
    subject: &Subject<'_>,
    policy: &ActivityBasedTimeoutPolicy,
    time: &str,
) -> Result<Change, NoFix> {
    let mut kept = Vec::new();
    for text in &policy.definition {
        let parsed: Value = serde_json::from_str(text)
            .map_err(|error| NoFix(format!("the policy's definition is no JSON: {error}")))?;
        let parts =
            parsed.pointer("/ActivityBasedTimeoutPolicy/ApplicationPolicies").and_then(Value::as_array);
        let single = |one: &&Value| {
            !one["ApplicationId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case("default"))
        };
        kept.extend(parts.into_iter().flatten().filter(single).cloned());
    }
    let object = fields(policy)?;
    let mut wanted = object.clone();
    wanted.insert("definition".to_owned(), json!([definition(&kept, time).to_string()]));
    let label = "after how long idle sessions end".to_owned();
    let unmet = [Unmet { path: "definition".to_owned(), label, wanted: Some(json!(time)) }];
    let resource = Resource::ActivityBasedTimeoutPolicy { id: policy.id.to_string() };
    patch_to(subject, resource, &object, &wanted, &unmet)
}

fn definition(single: &[Value], time: &str) -> Value {
    let mut parts = single.to_vec();
    parts.push(json!({"ApplicationId": "default", "WebSessionIdleTimeout": time}));
    json!({"ActivityBasedTimeoutPolicy": {"Version": 1, "ApplicationPolicies": parts}})
}
