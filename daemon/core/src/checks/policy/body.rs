//! The policy that would meet a requirement, as Graph takes it; always report-only (D18).

use super::coverage;
use crate::{
    baseline::check::{Audience, Grant, PolicyCheck, Scope},
    checks::{Context, privileged},
    snapshot::{Id, Unreadable},
};
use serde_json::{Value, json};

/// The body of a report-only policy that meets a requirement once enabled. Break-glass accounts
/// are left out, and so are the roles of directory synchronisation where a second factor is
/// asked for, since those accounts have none.
///
/// # Errors
/// [`Unreadable`] if break-glass accounts or roles could not be resolved.
pub fn policy_body(
    context: &Context<'_>,
    check: &PolicyCheck,
    display_name: &str,
) -> Result<Value, Unreadable> {
    let break_glass = context.break_glass_ids()?;
    let mut users = match check.users {
        Audience::All => json!({"includeUsers": ["All"]}),
        Audience::PrivilegedRoles => json!({"includeRoles": coverage::required_roles(context)?}),
    };
    if let Some(users) = users.as_object_mut() {
        users.insert("excludeUsers".to_owned(), json!(break_glass));
        let sync_roles = sync_roles(context)?;
        if check.users == Audience::All && check.grant != Grant::Block && !sync_roles.is_empty() {
            users.insert("excludeRoles".to_owned(), json!(sync_roles));
        }
    }
    let clients: Vec<&str> = match check.clients.as_slice() {
        [] => vec!["all"],
        some => some.iter().map(|client| client.as_str()).collect(),
    };
    let applications = match check.applications {
        Scope::All => json!({"includeApplications": ["All"]}),
    };
    Ok(json!({
        "displayName": display_name,
        "state": "enabledForReportingButNotEnforced",
        "conditions": {"clientAppTypes": clients, "applications": applications, "users": users},
        "grantControls": grant_controls(check),
    }))
}

/// Grant controls that meet a requirement.
pub(super) fn grant_controls(check: &PolicyCheck) -> Value {
    match check.grant {
        Grant::Block => json!({"operator": "OR", "builtInControls": ["block"]}),
        Grant::Mfa => json!({"operator": "OR", "builtInControls": ["mfa"]}),
        Grant::PhishingResistant => json!({
            "operator": "OR",
            "builtInControls": [],
            "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"},
        }),
    }
}

/// A requirement in words.
pub(super) fn in_words(check: &PolicyCheck) -> String {
    let who = match check.users {
        Audience::All => "all users",
        Audience::PrivilegedRoles => "every privileged role",
    };
    let clients = match check.clients.as_slice() {
        [] => String::new(),
        some => {
            let names: Vec<&str> = some.iter().map(|client| client.as_str()).collect();
            format!(", clients {}", names.join(" and "))
        }
    };
    let what = match check.grant {
        Grant::Block => "block access",
        Grant::Mfa => "require multifactor authentication",
        Grant::PhishingResistant => "require phishing-resistant authentication",
    };
    format!("an enabled policy for {who}, all applications{clients}: {what}")
}

fn sync_roles(context: &Context<'_>) -> Result<Vec<Id>, Unreadable> {
    let definitions = context.snapshot.role_definitions.rows()?;
    Ok(definitions
        .iter()
        .map(privileged::template_of)
        .filter(|id| privileged::is_sync_role(id))
        .cloned()
        .collect())
}
