//! CA-33: groups that enabled policies name are protected: whoever may change the members of any
//! other group may take people out of a policy's reach.

use crate::{
    checks::{Finding, Question, finding::evidence, finding::few, policy::silent},
    snapshot::{ConditionalAccessPolicy, FamilyName, Group, Id, PolicyState, Unreadable},
};
use serde_json::json;
use std::collections::BTreeMap;
use trueconfig_common::verdict::{NearMiss, Verdict};

pub(super) fn judge(question: &Question<'_, '_>) -> Result<Finding, Unreadable> {
    let mut doubt = None;
    let mut named: BTreeMap<&Id, Vec<&ConditionalAccessPolicy>> = BTreeMap::new();
    for policy in question.context.snapshot.conditional_access_policies.rows()? {
        if matches!(policy.state, PolicyState::Disabled | PolicyState::ReportOnly) {
            continue;
        }
        if policy.silent_on() == Some("conditions.users") {
            doubt = doubt.or_else(|| silent(policy));
        }
        let users = &policy.conditions.users;
        for group in users.include_groups.iter().chain(&users.exclude_groups) {
            named.entry(group).or_default().push(policy);
        }
    }
    named.retain(|group, _| !question.exceptions.has(group));
    let mut open = Vec::new();
    for (id, policies) in &named {
        // A group that is gone is CA-31's business.
        let Some(group) = question.context.group(id)? else { continue };
        if is_protected(group) {
            continue;
        }
        match policies.iter().find(|policy| policy.state == PolicyState::Enabled) {
            Some(policy) => open.push((group, *policy)),
            None => {
                let id = policies.first().map(|policy| policy.id.to_string()).unwrap_or_default();
                let detail = format!("state of policy {id} is missing or not known");
                return Err(Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail));
            }
        }
    }
    match doubt {
        Some(cause) if open.is_empty() => Err(cause),
        _ => Ok(finding(&open, named.len())),
    }
}

/// Role-assignable, or in an administrative unit with restricted management.
fn is_protected(group: &Group) -> bool {
    group.is_assignable_to_role == Some(true) || group.is_management_restricted == Some(true)
}

fn finding(open: &[(&Group, &ConditionalAccessPolicy)], named: usize) -> Finding {
    let names: Vec<&str> = open.iter().map(|(group, _)| group.display_name.as_str()).collect();
    let (verdict, reason) = if open.is_empty() {
        (Verdict::Pass, format!("{named} groups in enabled policies, all of them protected"))
    } else {
        let reason = format!(
            "{} of {named} groups in enabled policies are not protected: {}",
            open.len(),
            few(&names)
        );
        (Verdict::Fail, reason)
    };
    let near_miss = open.first().map(|(group, _)| NearMiss {
        sentence: format!("passes but for the membership of {}, which is not protected", few(&names)),
        object: group.id.to_string(),
        field: "isManagementRestricted".to_owned(),
        actual: json!(group.is_management_restricted),
        wanted: json!(true),
        also: Vec::new(),
    });
    let described = open.iter().map(|(group, policy)| {
        let detail = format!("named by policy {}", crate::checks::shown(&policy.display_name));
        let values = json!({
            "isAssignableToRole": group.is_assignable_to_role,
            "isManagementRestricted": group.is_management_restricted,
        });
        evidence("group", &group.id, &group.display_name, detail, values)
    });
    Finding::new(verdict, reason.clone())
        .comparing("role-assignable, or in an administrative unit with restricted management", reason)
        .with_evidence(described)
        .with_near_miss(near_miss)
}
