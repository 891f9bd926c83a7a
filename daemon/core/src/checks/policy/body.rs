//! The policy that would meet a requirement, as Graph takes it: report-only (D18), or disabled
//! where report-only shows nothing. What only the organisation knows (countries, service
//! principals) must be said by a parameter.

use super::{
    coverage::conditions_of, extent, grant, narrowing::is_action, population, scope::GUEST_TYPES, session,
    trial,
};
use crate::{
    baseline::Parameters,
    baseline::check::{Applications, Audience, Controls, Devices, Dimension, Grant, Place, Requirement},
    checks::{Context, privileged},
    snapshot::{Id, Unreadable},
};
use serde_json::{Map, Value, json};

/// Microsoft's strength that resists phishing; its id is the same everywhere.
const PHISHING_RESISTANT: &str = "00000000-0000-0000-0000-000000000004";

/// Leaves managed devices out.
const UNMANAGED: &str = r#"device.isCompliant -eq True -or device.trustType -eq "ServerAD""#;

/// Graph's word for it.
const REPORT_ONLY: &str = "enabledForReportingButNotEnforced";

/// Parameter with the id of the location that holds the countries to block.
const LOCATION: &str = "named_location";

/// Parameter with the service principals to cover.
const SERVICES: &str = "service_principals";

/// The body of a policy that meets a requirement once enabled, report-only or disabled; none if it takes what
/// only the organisation knows and no parameter says it. Break-glass accounts are left out, and
/// so are the roles of directory synchronisation wherever their accounts would be stopped (CA-30).
///
/// # Errors
/// [`Unreadable`] if break-glass accounts or roles could not be resolved.
pub fn policy_body(
    context: &Context<'_>,
    requirement: &Requirement,
    parameters: &Parameters,
    display_name: &str,
) -> Result<Option<Value>, Unreadable> {
    let users = users(context, requirement)?;
    let Some(mut conditions) = conditions(requirement, parameters, users) else { return Ok(None) };
    if requirement.users == Audience::ServicePrincipals {
        let Some(services) = services(context, parameters) else { return Ok(None) };
        conditions["clientApplications"] = services;
    }
    if let Some(platforms) = trial::platforms(requirement).filter(|_| conditions.get("platforms").is_none()) {
        conditions["platforms"] = platforms;
    }
    // Report-only does not evaluate user actions.
    let state = if has_actions(&requirement.applications) { "disabled" } else { REPORT_ONLY };
    let mut body = json!({"displayName": display_name, "state": state, "conditions": conditions});
    let Some(controls) = requirement.any.first() else { return Ok(None) };
    if !controls.grant.is_empty() {
        let grant = grant_controls(&requirement.any);
        if grant.is_null() {
            return Ok(None);
        }
        body["grantControls"] = grant;
    }
    if !controls.session.is_empty() {
        body["sessionControls"] = session_controls(controls);
    }
    Ok(Some(body))
}

fn users(context: &Context<'_>, requirement: &Requirement) -> Result<Value, Unreadable> {
    let mut users = Map::new();
    match requirement.users {
        Audience::ServicePrincipals => return Ok(json!({"includeUsers": ["None"]})),
        Audience::All => users.insert("includeUsers".to_owned(), json!(["All"])),
        Audience::Guests => users.insert("includeGuestsOrExternalUsers".to_owned(), all_guests()),
        Audience::PrivilegedRoles | Audience::HighlyPrivilegedRoles => {
            let roles = population::required_roles(context, requirement.users)?;
            let others = population::special_holders(context, requirement.users)?;
            if !others.is_empty() {
                let ids: Vec<_> = others.iter().map(|user| &user.id).collect();
                users.insert("includeUsers".to_owned(), json!(ids));
            }
            users.insert("includeRoles".to_owned(), json!(roles))
        }
    };
    users.insert("excludeUsers".to_owned(), json!(context.break_glass_ids()?));
    let sync_roles = sync_roles(context)?;
    if requirement.users == Audience::All && stops_synchronisation(requirement) && !sync_roles.is_empty() {
        users.insert("excludeRoles".to_owned(), json!(sync_roles));
    }
    Ok(Value::Object(users))
}

/// Whether an account of directory synchronisation would be stopped: it can give nothing, and a
/// block passes it by only if it is about clients, flows or platforms that it does not use.
fn stops_synchronisation(requirement: &Requirement) -> bool {
    let narrow = [Dimension::Clients, Dimension::Flows, Dimension::Platforms];
    let blocks = requirement.any.first().is_some_and(|controls| controls.grant.contains(&Grant::Block));
    !blocks || !narrow.iter().any(|dimension| requirement.conditions.contains_key(dimension))
}

/// The service principals to cover, our own aside; none if none are named.
fn services(context: &Context<'_>, parameters: &Parameters) -> Option<Value> {
    let named = parameters.get(SERVICES)?.as_array()?;
    let named: Vec<&str> = named.iter().filter_map(Value::as_str).collect();
    let theirs: Vec<&str> = named.into_iter().filter(|id| !context.is_own(&Id::new(id))).collect();
    let own = context.own_service_principals();
    (!theirs.is_empty()).then(|| json!({"includeServicePrincipals": theirs, "excludeServicePrincipals": own}))
}

/// None if it takes countries and no parameter names their location.
fn conditions(requirement: &Requirement, parameters: &Parameters, users: Value) -> Option<Value> {
    let mut conditions = Map::new();
    for (dimension, values) in conditions_of(requirement) {
        conditions.insert(dimension.field().to_owned(), extent::condition(dimension, &values));
    }
    conditions.insert("applications".to_owned(), applications(&requirement.applications));
    conditions.insert("users".to_owned(), users);
    match requirement.any.first().and_then(|controls| controls.place).or(requirement.place) {
        Some(Place::Countries) => {
            let location = parameters.get(LOCATION)?.as_str().filter(|id| !id.is_empty())?;
            conditions.insert("locations".to_owned(), json!({"includeLocations": [location]}));
        }
        Some(Place::Untrusted) => {
            let locations = json!({"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]});
            conditions.insert("locations".to_owned(), locations);
        }
        None => {}
    }
    if requirement.devices == Some(Devices::Unmanaged) {
        let filter = json!({"deviceFilter": {"mode": "exclude", "rule": UNMANAGED}});
        conditions.insert("devices".to_owned(), filter);
    }
    Some(Value::Object(conditions))
}

fn applications(applications: &Applications) -> Value {
    match applications {
        Applications::All => json!({"includeApplications": ["All"]}),
        Applications::Each(each) if has_actions(applications) => json!({"includeUserActions": each}),
        Applications::Each(each) => json!({"includeApplications": each}),
    }
}

/// Whether a requirement is about user actions.
pub(super) fn has_actions(applications: &Applications) -> bool {
    matches!(applications, Applications::Each(each) if each.iter().any(|one| is_action(one)))
}

/// Guests of every type from every organisation.
pub(super) fn all_guests() -> Value {
    json!({
        "guestOrExternalUserTypes": GUEST_TYPES.join(","),
        "externalTenants": {
            "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
            "membershipKind": "all",
        },
    })
}

/// Grant controls that meet a requirement: the first thing that will do, and by operator OR those
/// after it that are a single control as well. Null if there is none to be had without knowing
/// the organisation.
pub(super) fn grant_controls(any: &[Controls]) -> Value {
    let Some(first) = any.first() else { return Value::Null };
    match first.grant.as_slice() {
        [] => Value::Null,
        [Grant::PhishingResistant] => json!({
            "operator": "OR",
            "builtInControls": [],
            "authenticationStrength": {"id": PHISHING_RESISTANT},
        }),
        [Grant::Block] => json!({"operator": "OR", "builtInControls": ["block"]}),
        [_] => {
            let alone = any.iter().map_while(|controls| match controls.grant.as_slice() {
                [one]
                    if *one != Grant::Block
                        && controls.session == first.session
                        && controls.place == first.place =>
                {
                    grant::built_in(*one)
                }
                _ => None,
            });
            let alone: Vec<&str> = alone.collect();
            if alone.is_empty() { Value::Null } else { json!({"operator": "OR", "builtInControls": alone}) }
        }
        several => {
            let all: Option<Vec<&str>> = several.iter().map(|one| grant::built_in(*one)).collect();
            all.map_or(Value::Null, |all| json!({"operator": "AND", "builtInControls": all}))
        }
    }
}

fn session_controls(controls: &Controls) -> Value {
    let blocks = controls.session.iter().map(|one| (session::field(*one).to_owned(), session::block(*one)));
    Value::Object(blocks.collect())
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

/// A requirement in words.
pub(super) fn in_words(requirement: &Requirement) -> String {
    let who = match requirement.users {
        Audience::All => "all users",
        Audience::PrivilegedRoles => "every privileged role",
        Audience::HighlyPrivilegedRoles => "every highly privileged role",
        Audience::Guests => "guests of every type",
        Audience::ServicePrincipals => "service principals",
    };
    let what = match &requirement.applications {
        Applications::All => "all applications".to_owned(),
        Applications::Each(each) => each.join(" and "),
    };
    let conditions = requirement.conditions.iter().map(|(dimension, values)| {
        let name = if *dimension == Dimension::Clients { "clients" } else { dimension.words() };
        format!(", {name} {}", values.join(" and "))
    });
    let conditions: String = conditions.collect();
    let place = match requirement.place {
        Some(Place::Untrusted) => ", from places that are not trusted",
        Some(Place::Countries) => ", from some countries",
        None => "",
    };
    let devices = if requirement.devices.is_some() { ", on unmanaged devices" } else { "" };
    let wanted: Vec<String> = requirement.any.iter().map(controls_in_words).collect();
    format!("an enabled policy for {who}, {what}{conditions}{place}{devices}: {}", wanted.join(", or "))
}

fn controls_in_words(controls: &Controls) -> String {
    let grants = controls.grant.iter().map(|one| grant::words(*one).to_owned());
    let sessions = controls.session.iter().map(|one| session::words(*one));
    grants.chain(sessions).collect::<Vec<_>>().join(" and ")
}
