//! Whether a policy applies to a sign-in. It does unless something that is known says that it does not.

use super::after::{After, Holding};
use super::person::{Person, Risk, Try};
use crate::checks::Context;
use crate::checks::policy::UserScope;
use crate::snapshot::{ConditionalAccessPolicy, Conditions, Id, Locations, PolicyState, Users};
use serde_json::Value;

/// What stands for the admin portals among applications: keywords, the Azure portal, Azure Resource Manager and
/// Microsoft Graph, which the portals cannot do without.
const PORTALS: [&str; 6] = [
    "All",
    "MicrosoftAdminPortals",
    "Office365",
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "00000003-0000-0000-c000-000000000000",
];

/// Clients that are no browser.
const OTHER_CLIENTS: [&str; 4] =
    ["exchangeActiveSync", "easSupported", "other", "mobileAppsAndDesktopClients"];

/// Levels at which there is a risk.
const RISKS: [&str; 5] = ["low", "medium", "high", "minor", "moderate"];

/// Flows that no browser uses.
const OTHER_FLOWS: [&str; 2] = ["deviceCodeFlow", "authenticationTransfer"];

/// Platforms as Conditional Access knows them.
pub(super) const PLATFORMS: [&str; 5] = ["windows", "macOS", "linux", "iOS", "android"];

/// Whether a policy applies to a person in a try to get in.
pub(super) fn applies(
    context: &Context<'_>,
    after: &After<'_, '_>,
    policy: &ConditionalAccessPolicy,
    person: &Person<'_>,
    at: &Try,
) -> bool {
    let conditions = &policy.conditions;
    let in_force = !matches!(policy.state, PolicyState::Disabled | PolicyState::ReportOnly);
    in_force
        && !is_for_services(conditions)
        && is_about_portals(conditions)
        && holds_somewhere(&conditions.client_app_types, &["all", "browser"], &OTHER_CLIENTS)
        && on_platform(conditions, at.platform)
        && in_place(context, &conditions.locations, at.country.as_ref())
        && at_risk(conditions, person.risk)
        && holds_somewhere(&conditions.authentication_flows.transfer_methods, &[], &OTHER_FLOWS)
        && is_for(context, after, &conditions.users, person)
}

/// An empty condition holds; else it does where it names one of `these`, or something not known to be `other`.
fn holds_somewhere(named: &[String], these: &[&str], other: &[&str]) -> bool {
    let is_in = |list: &[&str], name: &String| list.iter().any(|one| one.eq_ignore_ascii_case(name));
    named.is_empty() || named.iter().any(|name| is_in(these, name) || !is_in(other, name))
}

/// Policies on workload identities have no users.
fn is_for_services(conditions: &Conditions) -> bool {
    let users = &conditions.users;
    let nobody = users.include_users.iter().all(|id| id.is_keyword("None"))
        && users.include_groups.is_empty()
        && users.include_roles.is_empty()
        && users.include_guests_or_external_users.is_none();
    nobody && services(conditions, "includeServicePrincipals").next().is_some()
}

fn services<'a>(conditions: &'a Conditions, list: &str) -> impl Iterator<Item = &'a str> {
    let services = conditions.client_applications.as_ref().and_then(|one| one.get(list));
    services.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a policy keeps a service principal out, wherever it signs in from.
pub(super) fn blocks_service_principal(policy: &ConditionalAccessPolicy, id: &Id) -> bool {
    let in_force = !matches!(policy.state, PolicyState::Disabled | PolicyState::ReportOnly);
    let named = |list| {
        let everyone = |name: &str| name.eq_ignore_ascii_case("ServicePrincipalsInMyTenant");
        services(&policy.conditions, list).any(|name| everyone(name) || Id::new(name) == *id)
    };
    in_force && named("includeServicePrincipals") && !named("excludeServicePrincipals")
}

fn is_about_portals(conditions: &Conditions) -> bool {
    let applications = &conditions.applications;
    let is = |list: &[Id], names: &[&str]| {
        list.iter().any(|id| names.iter().any(|name| id.is_keyword(name) || *id == Id::new(name)))
    };
    if is(&applications.exclude_applications, &["MicrosoftAdminPortals"]) {
        return false;
    }
    let included = &applications.include_applications;
    let not_understood = |id: &Id| !id.is_guid() && !id.is_keyword("None");
    let elsewhere = !applications.include_user_actions.is_empty()
        || !applications.include_authentication_context_class_references.is_empty();
    is(included, &PORTALS)
        || applications.application_filter.as_ref().is_some_and(|filter| !filter.is_null())
        || included.iter().any(not_understood)
        || (included.is_empty() && !elsewhere)
}

fn on_platform(conditions: &Conditions, platform: &str) -> bool {
    let platforms = &conditions.platforms;
    let is = |list: &[String]| list.iter().any(|one| one.eq_ignore_ascii_case(platform));
    let other: Vec<&str> =
        PLATFORMS.into_iter().chain(["windowsPhone"]).filter(|one| *one != platform).collect();
    holds_somewhere(&platforms.include_platforms, &["all", platform], &other)
        && !is(&platforms.exclude_platforms)
}

/// A person is in a country that a named location names, or in none of them, and in no range of addresses.
fn in_place(context: &Context<'_>, locations: &Locations, country: Option<&Id>) -> bool {
    let known = context.snapshot.named_locations.partial_rows();
    // Another place: somebody's addresses, or another location made of countries.
    let is_elsewhere = |id: &Id| {
        id.is_keyword("AllTrusted")
            || known.iter().any(|one| one.id == *id && (one.is_countries().is_some() && Some(id) != country))
    };
    let here = |id: &Id| Some(id) == country;
    let included = &locations.include_locations;
    let applies = included.is_empty() || included.iter().any(|id| !is_elsewhere(id));
    applies && !locations.exclude_locations.iter().any(here)
}

fn at_risk(conditions: &Conditions, risk: Risk) -> bool {
    let lists =
        [&conditions.sign_in_risk_levels, &conditions.user_risk_levels, &conditions.insider_risk_levels];
    risk == Risk::Any || lists.iter().all(|levels| holds_somewhere(levels, &["none"], &RISKS))
}

/// Whether a policy is for a person. Exclusions of guests are not believed, and neither is one by a group whose
/// members change with the plan.
fn is_for(context: &Context<'_>, after: &After<'_, '_>, users: &Users, person: &Person<'_>) -> bool {
    let by_role = |roles: &[Id], holding: Holding| {
        after
            .roles_of(&person.user.id, holding)
            .is_ok_and(|held| roles.iter().any(|role| held.contains(role)))
    };
    let regrouped = after.is_regrouped(&person.user.id);
    let groups = |groups: &Vec<Id>| if regrouped { Vec::new() } else { groups.clone() };
    let known = Users {
        include_users: users.include_users.clone(),
        exclude_users: users.exclude_users.iter().filter(|id| id.is_guid()).cloned().collect(),
        include_groups: groups(&users.include_groups),
        exclude_groups: groups(&users.exclude_groups),
        include_guests_or_external_users: users.include_guests_or_external_users.clone(),
        ..Users::default()
    };
    let scope = UserScope::new(context, &known);
    let may_be_guest = person.user.is_guest() || person.user.is_external();
    let included = scope.includes(person.user)
        || scope.include_doubt.is_some()
        || (regrouped && !users.include_groups.is_empty())
        || (may_be_guest && users.include_guests_or_external_users.is_some())
        || by_role(&users.include_roles, Holding::Any);
    included && !scope.excludes(person.user) && !by_role(&users.exclude_roles, Holding::Active)
}
