//! CA-31: everything that enabled policies name exists. A policy that leaves out a group which is
//! gone leaves out nobody; one that is for a group which is gone is for nobody.

use crate::{
    checks::{
        Context, Finding, Question, finding::evidence, finding::few, first_party, policy::silent, privileged,
    },
    snapshot::{ConditionalAccessPolicy, FamilyName, Id, PolicyState, Unreadable},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trueconfig_common::verdict::{NearMiss, Verdict};

/// The addresses that per-user MFA trusts; no named location, yet no missing one.
const MFA_TRUSTED: &str = "00000000-0000-0000-0000-000000000000";

/// A reference to something that does not exist.
struct Dangling<'a> {
    policy: &'a ConditionalAccessPolicy,
    field: &'static str,
    id: Id,
}

/// What kind of object a list names.
#[derive(Clone, Copy)]
enum Kind {
    User,
    Group,
    Role,
    Application,
    Location,
    ServicePrincipal,
}

pub(super) fn judge(question: &Question<'_, '_>) -> Result<Finding, Unreadable> {
    let mut dangling = Vec::new();
    let mut doubt = None;
    for policy in question.context.snapshot.conditional_access_policies.rows()? {
        if matches!(policy.state, PolicyState::Disabled | PolicyState::ReportOnly) {
            continue;
        }
        doubt = doubt.or_else(|| silent(policy));
        for (kind, field, ids) in references(policy) {
            for id in ids.into_iter().filter(|id| !question.exceptions.has(id)) {
                match exists(question.context, kind, &id) {
                    Ok(true) => {}
                    Ok(false) => dangling.push(Dangling { policy, field, id }),
                    Err(cause) => doubt = doubt.or(Some(cause)),
                }
            }
        }
    }
    if let Some(unknown) = dangling.iter().find(|one| matches!(one.policy.state, PolicyState::Unknown(_))) {
        let detail = format!("state of policy {} is missing or not known", unknown.policy.id);
        return Err(Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail));
    }
    match doubt {
        Some(cause) if dangling.is_empty() => Err(cause),
        _ => Ok(finding(&dangling)),
    }
}

fn finding(dangling: &[Dangling<'_>]) -> Finding {
    let policies: BTreeSet<&str> = dangling.iter().map(|one| one.policy.display_name.as_str()).collect();
    let policies: Vec<&str> = policies.into_iter().collect();
    let (verdict, reason) = if dangling.is_empty() {
        (Verdict::Pass, "everything that enabled policies name exists".to_owned())
    } else {
        let reason = format!("{} references to what does not exist, in {}", dangling.len(), few(&policies));
        (Verdict::Fail, reason)
    };
    let near_miss = dangling.first().map(|one| {
        let sentence = format!(
            "policy {} passes but for {} in {}",
            crate::checks::shown(&one.policy.display_name),
            one.id,
            one.field
        );
        let path = format!("/{}", one.field.replace('.', "/"));
        let actual = one.policy.raw.pointer(&path).cloned().unwrap_or_default();
        NearMiss {
            sentence,
            object: one.policy.id.to_string(),
            field: one.field.to_owned(),
            wanted: without(&actual, &one.id),
            actual,
            also: Vec::new(),
        }
    });
    let described = dangling.iter().map(|one| {
        let detail = format!("{} names {}, which does not exist", one.field, one.id);
        evidence("policy", &one.policy.id, &one.policy.display_name, detail, json!({"missing": one.id}))
    });
    Finding::new(verdict, reason.clone())
        .comparing("every user, group, role, application and location that is named exists", reason)
        .with_evidence(described)
        .with_near_miss(near_miss)
}

fn without(list: &Value, id: &Id) -> Value {
    let kept = |entry: &&Value| entry.as_str().is_none_or(|text| Id::new(text) != *id);
    list.as_array().map_or(Value::Null, |entries| entries.iter().filter(kept).cloned().collect())
}

fn references(policy: &ConditionalAccessPolicy) -> Vec<(Kind, &'static str, Vec<Id>)> {
    let conditions = &policy.conditions;
    let users = &conditions.users;
    let applications = &conditions.applications;
    let services = |key: &str| {
        let list = conditions.client_applications.as_ref().and_then(|one| one.get(key));
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(Id::new).collect()
    };
    vec![
        (Kind::User, "conditions.users.includeUsers", users.include_users.clone()),
        (Kind::User, "conditions.users.excludeUsers", users.exclude_users.clone()),
        (Kind::Group, "conditions.users.includeGroups", users.include_groups.clone()),
        (Kind::Group, "conditions.users.excludeGroups", users.exclude_groups.clone()),
        (Kind::Role, "conditions.users.includeRoles", users.include_roles.clone()),
        (Kind::Role, "conditions.users.excludeRoles", users.exclude_roles.clone()),
        (
            Kind::Application,
            "conditions.applications.includeApplications",
            applications.include_applications.clone(),
        ),
        (
            Kind::Application,
            "conditions.applications.excludeApplications",
            applications.exclude_applications.clone(),
        ),
        (
            Kind::Location,
            "conditions.locations.includeLocations",
            conditions.locations.include_locations.clone(),
        ),
        (
            Kind::Location,
            "conditions.locations.excludeLocations",
            conditions.locations.exclude_locations.clone(),
        ),
        (
            Kind::ServicePrincipal,
            "conditions.clientApplications.includeServicePrincipals",
            services("includeServicePrincipals"),
        ),
        (
            Kind::ServicePrincipal,
            "conditions.clientApplications.excludeServicePrincipals",
            services("excludeServicePrincipals"),
        ),
    ]
}

/// Whether an object exists; words that stand for many always do.
fn exists(context: &Context<'_>, kind: Kind, id: &Id) -> Result<bool, Unreadable> {
    match kind {
        Kind::User => {
            let words = ["All", "None", "GuestsOrExternalUsers"];
            Ok(words.iter().any(|word| id.is_keyword(word)) || context.user(id)?.is_some())
        }
        Kind::Group => Ok(context.group(id)?.is_some()),
        Kind::Role => role_exists(context, id),
        Kind::Application => application_exists(context, id),
        Kind::Location => {
            let word = id.is_keyword("All") || id.is_keyword("AllTrusted") || *id == Id::new(MFA_TRUSTED);
            Ok(word || context.snapshot.named_locations.rows()?.iter().any(|one| one.id == *id))
        }
        Kind::ServicePrincipal => {
            let words = ["ServicePrincipalsInMyTenant", "All", "None"];
            Ok(words.iter().any(|word| id.is_keyword(word)) || context.service_principal(id)?.is_some())
        }
    }
}

fn role_exists(context: &Context<'_>, id: &Id) -> Result<bool, Unreadable> {
    if privileged::is_privileged(id) || privileged::is_sync_role(id) {
        return Ok(true);
    }
    let definitions = context.snapshot.role_definitions.rows()?;
    Ok(definitions.iter().any(|one| one.id == *id || one.template_id.as_ref() == Some(id)))
}

/// Registered here, present as a service principal, or Microsoft's own.
fn application_exists(context: &Context<'_>, id: &Id) -> Result<bool, Unreadable> {
    if !id.is_guid() || first_party::is_first_party(id) {
        return Ok(true);
    }
    let services = context.snapshot.service_principals.rows()?;
    if services.iter().any(|one| one.app_id.as_ref() == Some(id)) {
        return Ok(true);
    }
    Ok(context.snapshot.applications.rows()?.iter().any(|one| one.app_id.as_ref() == Some(id)))
}
