//! Conditions that make a policy apply to less than it seems to. A condition this code does not
//! know narrows too: the next release of Graph must not turn a gap into a pass.

use crate::snapshot::{Conditions, Locations, Platforms};
use serde_json::{Map, Value, json};

/// A narrowing condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Narrowing {
    /// Its path in the policy.
    pub(super) field: String,
    /// In words.
    pub(super) words: String,
    /// What stands there.
    pub(super) value: Value,
}

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

/// Every condition that narrows, clients aside: those are compared with the requirement's.
pub(super) fn narrowing(conditions: &Conditions) -> Vec<Narrowing> {
    let mut found = Vec::new();
    let mut note = |field: &str, words: &str, value: Value| {
        found.push(Narrowing { field: format!("conditions.{field}"), words: words.to_owned(), value });
    };
    if let Some(value) = platforms(&conditions.platforms) {
        note("platforms", "the condition on platforms", value);
    }
    if let Some(value) = locations(&conditions.locations) {
        note("locations", "the condition on locations", value);
    }
    let lists = [
        ("signInRiskLevels", "the condition on sign-in risk", &conditions.sign_in_risk_levels),
        ("userRiskLevels", "the condition on user risk", &conditions.user_risk_levels),
        (
            "servicePrincipalRiskLevels",
            "the condition on service principal risk",
            &conditions.service_principal_risk_levels,
        ),
        ("insiderRiskLevels", "the condition on insider risk", &conditions.insider_risk_levels),
        (
            "authenticationFlows",
            "the condition on authentication flows",
            &conditions.authentication_flows.transfer_methods,
        ),
        ("applications.includeUserActions", "user actions", &conditions.applications.include_user_actions),
        (
            "applications.includeAuthenticationContextClassReferences",
            "authentication contexts",
            &conditions.applications.include_authentication_context_class_references,
        ),
    ];
    for (field, words, list) in lists.into_iter().filter(|(.., list)| !list.is_empty()) {
        note(field, words, json!(list));
    }
    let filters = [
        ("devices.deviceFilter", "the device filter", &conditions.devices.device_filter),
        (
            "applications.applicationFilter",
            "the filter on applications",
            &conditions.applications.application_filter,
        ),
        ("clientApplications", "the condition on service principals", &conditions.client_applications),
    ];
    for (field, words, filter) in filters {
        if let Some(value) = filter.as_ref().filter(|value| !is_empty(value)) {
            note(field, words, value.clone());
        }
    }
    let unknown = [
        ("", &conditions.extra),
        ("users.", &conditions.users.extra),
        ("applications.", &conditions.applications.extra),
        ("devices.", &conditions.devices.extra),
    ];
    for (prefix, keys) in unknown {
        unknown_keys(keys, |key, value| {
            note(
                &format!("{prefix}{key}"),
                &format!("the condition \"{key}\", which is not known"),
                value.clone(),
            );
        });
    }
    found
}

fn unknown_keys(keys: &Map<String, Value>, mut note: impl FnMut(&str, &Value)) {
    for (key, value) in keys.iter().filter(|(key, value)| !key.contains('@') && !is_empty(value)) {
        note(key, value);
    }
}

fn platforms(platforms: &Platforms) -> Option<Value> {
    let all = platforms.include_platforms.is_empty()
        || platforms.include_platforms.iter().any(|one| one.eq_ignore_ascii_case("all"));
    let narrow = !all || !platforms.exclude_platforms.is_empty();
    narrow.then(|| {
        json!({"includePlatforms": platforms.include_platforms, "excludePlatforms": platforms.exclude_platforms})
    })
}

fn locations(locations: &Locations) -> Option<Value> {
    let all = locations.include_locations.is_empty()
        || locations.include_locations.iter().any(|one| one.is_keyword("All"));
    let narrow = !all || !locations.exclude_locations.is_empty();
    narrow.then(|| {
        json!({"includeLocations": locations.include_locations, "excludeLocations": locations.exclude_locations})
    })
}
