//! CA-30: accounts of directory synchronisation are left out wherever a policy would stop them;
//! they can give no second factor, have no device, and come from wherever the server stands.

use crate::checks::policy::Alternative;
use crate::{
    checks::{
        Context, Finding, Question,
        finding::evidence,
        finding::few,
        policy::{alternatives, silent},
        privileged,
    },
    snapshot::{ConditionalAccessPolicy, FamilyName, Id, PolicyState, Unreadable},
};
use serde_json::json;
use trueconfig_common::verdict::{NearMiss, Verdict};

/// Built-in controls that ask for a second factor or a device.
const ASKING: [&str; 3] = ["mfa", "compliantDevice", "domainJoinedDevice"];

pub(super) fn judge(question: &Question<'_, '_>) -> Result<Finding, Unreadable> {
    let context = question.context;
    if context.snapshot.organization.single()?.on_premises_sync_enabled != Some(true) {
        return Ok(Finding::new(Verdict::NotApplicable, "scope: the directory is cloud only"));
    }
    if !has_sync_accounts(context)? {
        let reason = "scope: no enabled user holds a role of directory synchronisation";
        return Ok(Finding::new(Verdict::NotApplicable, reason));
    }
    let sync_roles = privileged::SYNC_ROLES.map(Id::new);
    let mut failing = Vec::new();
    let mut judged = 0_usize;
    let mut doubt = None;
    for policy in context.snapshot.conditional_access_policies.rows()? {
        if !matches!(policy.state, PolicyState::Disabled | PolicyState::ReportOnly) {
            doubt = doubt.or_else(|| silent(policy)).or_else(|| unknown_grant(policy));
        }
        if !would_stop(policy) || question.exceptions.has(&policy.id) {
            continue;
        }
        let excluded = &policy.conditions.users.exclude_roles;
        let complete = sync_roles.iter().all(|role| excluded.contains(role));
        match &policy.state {
            PolicyState::Enabled if complete => judged += 1,
            PolicyState::Enabled => failing.push(policy),
            PolicyState::Unknown(_) if !complete => return Err(state_unknown(policy)),
            PolicyState::Unknown(_) | PolicyState::ReportOnly | PolicyState::Disabled => {}
        }
    }
    match doubt {
        Some(cause) if failing.is_empty() => Err(cause),
        _ => Ok(finding(&failing, judged, &sync_roles)),
    }
}

/// A policy that asks for something of which it is not known whether it would stop synchronisation.
fn unknown_grant(policy: &ConditionalAccessPolicy) -> Option<Unreadable> {
    let controls = policy.grant_controls.as_ref()?;
    let excluded = &policy.conditions.users.exclude_roles;
    if privileged::SYNC_ROLES.iter().all(|role| excluded.contains(&Id::new(role))) {
        return None;
    }
    let unknown = |one: &str| one.is_empty() || one.eq_ignore_ascii_case("unknownFutureValue");
    let missing = alternatives(controls).is_empty()
        && !policy.raw.pointer("/grantControls/builtInControls").is_some_and(|list| list.is_array());
    let detail = format!("policy {}: grantControls.builtInControls is missing or not known", policy.id);
    (missing || controls.built_in_controls.iter().any(|one| unknown(one)))
        .then(|| Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail))
}

fn finding(failing: &[&ConditionalAccessPolicy], judged: usize, sync_roles: &[Id]) -> Finding {
    let names: Vec<&str> = failing.iter().map(|policy| policy.display_name.as_str()).collect();
    let expected = "both directory-sync roles left out wherever a policy for everybody would stop them";
    let near_miss = failing.first().map(|policy| {
        let excluded = &policy.conditions.users.exclude_roles;
        let missing = sync_roles.iter().filter(|role| !excluded.contains(role));
        let wanted: Vec<&Id> = excluded.iter().chain(missing).collect();
        NearMiss {
            sentence: format!("passes once {} leave out both directory-sync roles", few(&names)),
            object: policy.id.to_string(),
            field: "conditions.users.excludeRoles".to_owned(),
            actual: json!(excluded),
            wanted: json!(wanted),
            also: Vec::new(),
        }
    });
    let (verdict, reason) = if failing.is_empty() {
        (Verdict::Pass, format!("{judged} policies for everybody leave both directory-sync roles out"))
    } else {
        (Verdict::Fail, format!("{} would stop directory synchronisation", few(&names)))
    };
    let described = failing.iter().map(|policy| {
        let detail = "does not leave out both directory-sync roles";
        let values = json!({"excludeRoles": policy.conditions.users.exclude_roles});
        evidence("policy", &policy.id, &policy.display_name, detail, values)
    });
    Finding::new(verdict, reason.clone())
        .comparing(expected, reason)
        .with_evidence(described)
        .with_near_miss(near_miss)
}

fn has_sync_accounts(context: &Context<'_>) -> Result<bool, Unreadable> {
    let holders = context.role_principals(|one| privileged::is_sync_role(&one.role_definition_id))?;
    for id in &holders {
        if context.user(id)?.is_some_and(|user| user.account_enabled != Some(false)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A policy for all users and all applications that asks for a second factor or a device, or
/// blocks without a condition that synchronisation does not meet.
fn would_stop(policy: &ConditionalAccessPolicy) -> bool {
    let conditions = &policy.conditions;
    let all = |ids: &[Id]| ids.iter().any(|id| id.is_keyword("All"));
    if !all(&conditions.users.include_users) || !all(&conditions.applications.include_applications) {
        return false;
    }
    let Some(controls) = &policy.grant_controls else { return false };
    let asks = alternatives(controls).into_iter().any(|one| match one {
        Alternative::BuiltIn(name) => ASKING.iter().any(|asking| asking.eq_ignore_ascii_case(name)),
        Alternative::Strength(_) => true,
        Alternative::Other(_) => false,
    });
    let blocks = controls.built_in_controls.iter().any(|name| name.eq_ignore_ascii_case("block"));
    asks || (blocks && !is_about_clients(policy))
}

fn is_about_clients(policy: &ConditionalAccessPolicy) -> bool {
    let conditions = &policy.conditions;
    let clients = &conditions.client_app_types;
    let platforms = &conditions.platforms;
    let some_clients = !clients.is_empty() && !clients.iter().any(|one| one.eq_ignore_ascii_case("all"));
    let some_platforms = !platforms.exclude_platforms.is_empty()
        || platforms.include_platforms.iter().any(|one| !one.eq_ignore_ascii_case("all"));
    some_clients || some_platforms || !conditions.authentication_flows.transfer_methods.is_empty()
}

fn state_unknown(policy: &ConditionalAccessPolicy) -> Unreadable {
    let detail = format!("state of policy {} is missing or not known", policy.id);
    Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail)
}
