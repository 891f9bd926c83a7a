//! What policies leave out and no other policy covers, whatever they ask for: the question of
//! CA-32, answered with the same scopes and tolerances as requirements.

use super::{
    coverage::Reading,
    exclusion::{self, Excluded, Exclusion},
    narrowing::is_empty,
    scope::{GUEST_TYPES, UserScope},
};
use crate::{
    checks::{Context, Exceptions},
    snapshot::{ConditionalAccessPolicy, FamilyName, Id, PolicyState, Unreadable},
};
use serde_json::Value;

/// An exclusion that no other policy makes up for.
pub struct Gap<'a> {
    /// The policy that leaves it out.
    pub policy: &'a ConditionalAccessPolicy,
    /// What it is, in words: `group`, `user`.
    pub kind: &'static str,
    /// Its name in the tenant, untrusted.
    pub name: String,
    /// Where it stands.
    pub field: &'static str,
    /// The list it stands in.
    pub actual: Value,
    /// The list without it.
    pub wanted: Value,
}

/// A policy with whom it is for.
struct Scoped<'a> {
    policy: &'a ConditionalAccessPolicy,
    scope: UserScope,
}

/// Exclusions of enabled policies that no other enabled policy covers, tolerated ones aside.
///
/// # Errors
/// [`Unreadable`] if policies were not read, or what decides could not be and nothing else is
/// wrong.
pub fn gaps<'a>(context: &Context<'a>, exceptions: &Exceptions) -> Result<Vec<Gap<'a>>, Unreadable> {
    let policies = context.snapshot.conditional_access_policies.rows()?;
    let enabled: Vec<Scoped<'a>> = policies
        .iter()
        .filter(|policy| policy.state == PolicyState::Enabled)
        .map(|policy| Scoped { policy, scope: UserScope::new(context, &policy.conditions.users) })
        .collect();
    let mut found = Vec::new();
    let mut doubt = None;
    for one in &enabled {
        doubt = doubt.or_else(|| super::silent(one.policy));
        let excluded = exclusion::of_users(context, exceptions, &one.policy.conditions.users);
        doubt = doubt.or(excluded.doubt);
        let applications = exclusion::of_applications(exceptions, &one.policy.conditions.applications);
        for exclusion in excluded.untolerated.into_iter().chain(applications) {
            match is_covered(context, &exclusion, one.policy, &enabled) {
                Ok(true) => {}
                Ok(false) => found.push(gap(one.policy, exclusion)),
                Err(cause) => doubt = doubt.or(Some(cause)),
            }
        }
    }
    let unknown = policies.iter().find(|policy| matches!(policy.state, PolicyState::Unknown(_)));
    let doubt = doubt.or_else(|| unknown.map(state_unknown));
    match doubt {
        Some(cause) if found.is_empty() => Err(cause),
        _ => Ok(found),
    }
}

fn gap(policy: &ConditionalAccessPolicy, exclusion: Exclusion) -> Gap<'_> {
    Gap {
        policy,
        kind: exclusion.kind.words(),
        name: exclusion.name,
        field: exclusion.field,
        actual: exclusion.actual,
        wanted: exclusion.wanted,
    }
}

fn is_covered(
    context: &Context<'_>,
    exclusion: &Exclusion,
    by: &ConditionalAccessPolicy,
    enabled: &[Scoped<'_>],
) -> Result<bool, Unreadable> {
    let mut doubt = None;
    for other in enabled.iter().filter(|other| other.policy.id != by.id) {
        if !asks_for_something(other.policy) || !applies_where(by, other.policy, exclusion) {
            continue;
        }
        match covers(context, exclusion, &other.scope, by, other.policy) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(cause) => doubt = doubt.or(Some(cause)),
        }
    }
    doubt.map_or(Ok(false), Err)
}

fn asks_for_something(policy: &ConditionalAccessPolicy) -> bool {
    policy.grant_controls.as_ref().is_some_and(|controls| !super::alternatives(controls).is_empty())
}

/// Whether the other policy applies wherever the first one would: to all its applications (or
/// the one left out), and under conditions that the first one has too.
fn applies_where(
    first: &ConditionalAccessPolicy,
    other: &ConditionalAccessPolicy,
    exclusion: &Exclusion,
) -> bool {
    let (own, theirs) = (&first.conditions.applications, &other.conditions.applications);
    let all = theirs.include_applications.iter().any(|id| id.is_keyword("All"));
    let takes = |id: &Id| {
        (all || theirs.include_applications.contains(id)) && !theirs.exclude_applications.contains(id)
    };
    let applications = if exclusion.kind == Excluded::Application {
        takes(&Id::new(&exclusion.id))
    } else {
        own.include_applications.iter().all(takes)
            && own.include_user_actions.iter().all(|action| theirs.include_user_actions.contains(action))
            && theirs.exclude_applications.iter().all(|id| own.exclude_applications.contains(id))
    };
    applications && conditions_are_no_narrower(first, other)
}

/// Every condition of the other policy stands in the first one as well, people and applications
/// aside.
fn conditions_are_no_narrower(first: &ConditionalAccessPolicy, other: &ConditionalAccessPolicy) -> bool {
    let fields = |policy: &ConditionalAccessPolicy| {
        policy.raw.get("conditions").and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let (own, theirs) = (fields(first), fields(other));
    let says_nothing = |key: &str, value: &Value| {
        let all = value.as_array().is_some_and(|list| list.iter().any(|one| one == "all"));
        key == "users"
            || key == "applications"
            || key.contains('@')
            || is_empty(value)
            || (key == "clientAppTypes" && all)
    };
    theirs.iter().all(|(key, value)| says_nothing(key, value) || own.get(key) == Some(value))
}

fn covers(
    context: &Context<'_>,
    exclusion: &Exclusion,
    scope: &UserScope,
    by: &ConditionalAccessPolicy,
    other: &ConditionalAccessPolicy,
) -> Result<bool, Unreadable> {
    let id = Id::new(&exclusion.id);
    let users = &other.conditions.users;
    let everyone = |ids: &[Id]| -> Result<bool, Unreadable> {
        for id in ids {
            let Some(user) = context.user(id)? else { continue };
            if user.account_enabled != Some(false) && !scope.covers(user) {
                return scope.include_doubt.clone().or(scope.exclude_doubt.clone()).map_or(Ok(false), Err);
            }
        }
        Ok(!ids.is_empty())
    };
    match exclusion.kind {
        // Who is left out of an application is in it elsewhere: the same people must be covered.
        Excluded::Application => {
            Ok(scope.include_all || users.include_users == by.conditions.users.include_users)
        }
        Excluded::User => everyone(std::slice::from_ref(&id)),
        Excluded::Group if users.exclude_groups.contains(&id) => Ok(false),
        Excluded::Group if scope.include_all || users.include_groups.contains(&id) => Ok(true),
        Excluded::Group => everyone(&context.final_members(&id)?),
        Excluded::Role if users.exclude_roles.contains(&id) => Ok(false),
        Excluded::Role => Ok(scope.include_all || users.include_roles.contains(&id)),
        Excluded::Guests => Ok(exclusion.guests.iter().all(|left_out| {
            let mut known = GUEST_TYPES.iter().filter(|kind| kind.eq_ignore_ascii_case(left_out));
            known.any(|kind| scope.covers_guests(kind, Reading::Certain))
        })),
    }
}

fn state_unknown(policy: &ConditionalAccessPolicy) -> Unreadable {
    let detail = format!("state of policy {} is missing or not known", policy.id);
    Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail)
}
