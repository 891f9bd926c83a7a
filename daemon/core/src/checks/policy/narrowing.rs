//! Conditions that make a policy apply to less than a requirement wants. A condition this code
//! does not know narrows too: the next release of Graph must not turn a gap into a pass.

use super::{defect::Defect, device_filter, extent::Extent, trial};
use crate::{
    baseline::check::{Applications, Audience, Dimension, Requirement},
    snapshot::{ConditionalAccessPolicy, Conditions},
};
use serde_json::{Map, Value, json};

/// Conditions that narrow in any case, unless they belong to the requirement.
const DIMENSIONS: [(Dimension, &str); 5] = [
    (Dimension::Platforms, "platforms"),
    (Dimension::SignInRisk, "sign-in risk"),
    (Dimension::UserRisk, "user risk"),
    (Dimension::InsiderRisk, "insider risk"),
    (Dimension::Flows, "authentication flows"),
];

/// Whether a JSON value says nothing: null, empty, or made of such.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(fields) => fields.iter().all(|(key, value)| key.contains('@') || is_empty(value)),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Every condition that narrows and is no part of the requirement; places are judged with what
/// is asked for, because one thing may do everywhere and another in some places.
pub(super) fn narrowing(policy: &ConditionalAccessPolicy, requirement: &Requirement) -> Vec<Defect> {
    let conditions = &policy.conditions;
    let mut found = Vec::new();
    let mut note = |field: &str, words: String, actual: Value| {
        found.push(Defect { words, field: format!("conditions.{field}"), actual, wanted: Value::Null });
    };
    for (dimension, words) in DIMENSIONS {
        if dimension == Dimension::Platforms && trial::is_for_trial(policy, requirement) {
            continue;
        }
        let extent = Extent::new(conditions, dimension);
        if !requirement.conditions.contains_key(&dimension) && !extent.is_everything() {
            note(dimension.field(), format!("the condition on {words}"), extent.actual());
        }
    }
    for (field, words, list) in lists(conditions, requirement) {
        note(field, words.to_owned(), json!(list));
    }
    for (field, words, filter) in filters(conditions, requirement) {
        note(field, words.to_owned(), filter.clone());
    }
    let unknown = [
        ("", &conditions.extra),
        ("users.", &conditions.users.extra),
        ("applications.", &conditions.applications.extra),
        ("devices.", &conditions.devices.extra),
    ];
    for (prefix, keys) in unknown {
        unknown_keys(keys, |key, value| {
            let words = format!("the condition \"{key}\", which is not known");
            note(&format!("{prefix}{key}"), words, value.clone());
        });
    }
    found.extend(excess_clients(conditions, requirement));
    found
}

type Named<'c, T> = Vec<(&'static str, &'static str, &'c T)>;

fn lists<'c>(conditions: &'c Conditions, requirement: &Requirement) -> Named<'c, Vec<String>> {
    let applications = &conditions.applications;
    let by_action = matches!(&requirement.applications, Applications::Each(each) if each.iter().any(|one| is_action(one)));
    let of_services = requirement.users == Audience::ServicePrincipals;
    let all = [
        (
            !of_services,
            "servicePrincipalRiskLevels",
            "the condition on service principal risk",
            &conditions.service_principal_risk_levels,
        ),
        (!by_action, "applications.includeUserActions", "user actions", &applications.include_user_actions),
        (
            true,
            "applications.includeAuthenticationContextClassReferences",
            "authentication contexts",
            &applications.include_authentication_context_class_references,
        ),
    ];
    all.into_iter()
        .filter(|(narrows, .., list)| *narrows && !list.is_empty())
        .map(|(_, field, words, list)| (field, words, list))
        .collect()
}

fn filters<'c>(conditions: &'c Conditions, requirement: &Requirement) -> Named<'c, Value> {
    let of_services = requirement.users == Audience::ServicePrincipals;
    let device = conditions.devices.device_filter.as_ref();
    let device =
        device.filter(|filter| requirement.devices.is_none() || !device_filter::covers_unmanaged(filter));
    let services = conditions.client_applications.as_ref().filter(|_| !of_services);
    let services = services.filter(|one| !is_empty(one));
    // A filter without a rule is one that is not understood.
    let all = [
        ("devices.deviceFilter", "the device filter", device),
        (
            "applications.applicationFilter",
            "the filter on applications",
            conditions.applications.application_filter.as_ref(),
        ),
        ("clientApplications", "the condition on service principals", services),
    ];
    all.into_iter().filter_map(|(field, words, filter)| Some((field, words, filter?))).collect()
}

/// Whether a target is a user action.
pub(super) fn is_action(target: &str) -> bool {
    target.starts_with("urn:user:")
}

/// Clients beyond those that a requirement allows.
fn excess_clients(conditions: &Conditions, requirement: &Requirement) -> Option<Defect> {
    let allowed = &requirement.only_clients;
    if allowed.is_empty() {
        return None;
    }
    let types = &conditions.client_app_types;
    let named = |one: &String| allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(one));
    let fits = !types.is_empty() && types.iter().all(named);
    (!fits).then(|| Defect {
        words: format!("covering other client types than {}", allowed.join(", ")),
        field: "conditions.clientAppTypes".to_owned(),
        actual: json!(types),
        wanted: json!(allowed),
    })
}

fn unknown_keys(keys: &Map<String, Value>, mut note: impl FnMut(&str, &Value)) {
    for (key, value) in keys.iter().filter(|(key, value)| !key.contains('@') && !is_empty(value)) {
        note(key, value);
    }
}
