//! Settings: values of a policy of which the tenant has one. What will do also says what to set.

use super::{
    Context, Finding, Question,
    cel::{Shape, shape_of},
    finding::evidence,
};
use crate::{
    baseline::{
        Parameters,
        check::{SettingCheck, SettingRequirement},
    },
    snapshot::{FamilyName, Row, Unreadable},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::ops::Range;
use trueconfig_common::verdict::{Edit, NearMiss, Verdict};

/// One value held against what is required of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingState {
    /// Dotted path.
    pub path: String,
    /// What it is, in words.
    pub label: String,
    /// What stands there.
    pub actual: Value,
    /// The value to set so that it does; none if only the organisation can know.
    pub wanted: Option<Value>,
    /// Whether it does.
    pub met: bool,
    /// What would do, in words.
    pub expected: String,
}

/// Checks a setting check when its file is read.
///
/// # Errors
/// The bytes of the file that are wrong, if one value is, and a sentence that says why.
pub fn check(check: &SettingCheck, parameters: &Parameters) -> Result<(), (Option<Range<usize>>, String)> {
    let shape = shape_of(check.family).filter(|_| is_single(check.family)).ok_or_else(|| {
        (None, format!("{} is not a policy of which a tenant has one", check.family.as_str()))
    })?;
    for one in &check.require {
        check_one(check.family, shape, one, parameters)
            .map_err(|message| (Some(one.path.span()), message))?;
    }
    Ok(())
}

fn check_one(
    family: FamilyName,
    shape: &Shape,
    one: &SettingRequirement,
    parameters: &Parameters,
) -> Result<(), String> {
    let path = one.path.get_ref();
    let found = shape.at(path).ok_or_else(|| format!("{} has no value at \"{path}\"", family.as_str()))?;
    let list = matches!(found, Shape::List(_));
    let for_lists = !one.only.is_empty() || !one.never.is_empty() || one.at_least.is_some();
    let for_scalars = !one.accepted.is_empty() || one.accepted_parameter.is_some() || one.at_most.is_some();
    if list != for_lists || list == for_scalars {
        let how = if list { "\"only\", \"never\" or \"at_least\"" } else { "\"accepted\" or \"at_most\"" };
        return Err(format!("\"{path}\" needs {how}"));
    }
    let named = one.only_parameter.iter().chain(&one.accepted_parameter);
    match named.into_iter().find(|name| !parameters.contains_key(*name)) {
        Some(name) => Err(format!("unknown parameter \"{name}\"")),
        None => Ok(()),
    }
}

fn is_single(family: FamilyName) -> bool {
    matches!(
        family,
        FamilyName::AuthorizationPolicy
            | FamilyName::AdminConsentRequestPolicy
            | FamilyName::SecurityDefaults
            | FamilyName::CrossTenantAccessDefault
            | FamilyName::DeviceRegistrationPolicy
            | FamilyName::SharePointSettings
    )
}

/// Holds every value of a setting check against what is required.
///
/// # Errors
/// [`Unreadable`] if the policy was not read, a value is missing or is not understood.
pub fn settings(
    context: &Context<'_>,
    check: &SettingCheck,
    parameters: &Parameters,
) -> Result<Vec<SettingState>, Unreadable> {
    let policy = policy(context, check.family)?;
    let mut states = Vec::new();
    let mut doubt = None;
    for one in &check.require {
        match state(&policy, one, parameters) {
            Ok(state) => states.push(state),
            Err(detail) => doubt = Some(Unreadable::inside(check.family, detail)),
        }
    }
    match doubt {
        Some(cause) if states.iter().all(|state| state.met) => Err(cause),
        _ => Ok(states),
    }
}

fn policy(context: &Context<'_>, family: FamilyName) -> Result<Value, Unreadable> {
    let snapshot = context.snapshot;
    match family {
        FamilyName::AuthorizationPolicy => json_of(snapshot.authorization_policy.single()?),
        FamilyName::AdminConsentRequestPolicy => json_of(snapshot.admin_consent_request_policy.single()?),
        FamilyName::SecurityDefaults => json_of(snapshot.security_defaults.single()?),
        FamilyName::CrossTenantAccessDefault => json_of(snapshot.cross_tenant_access_default.single()?),
        FamilyName::DeviceRegistrationPolicy => json_of(snapshot.device_registration_policy.single()?),
        FamilyName::SharePointSettings => json_of(snapshot.share_point_settings.single()?),
        other => Err(Unreadable::inside(other, "not a policy of which a tenant has one")),
    }
}

fn json_of<T: Row + Serialize>(row: &T) -> Result<Value, Unreadable> {
    serde_json::to_value(row).map_err(|error| Unreadable::inside(T::FAMILY, error.to_string()))
}

fn state(policy: &Value, one: &SettingRequirement, parameters: &Parameters) -> Result<SettingState, String> {
    let path = one.path.get_ref();
    let actual = segments(path).try_fold(policy, |value, name| value.get(name));
    let actual = actual.filter(|value| !value.is_null()).ok_or_else(|| format!("{path} is missing"))?;
    if !one.known.is_empty() && !one.known.iter().any(|known| same(known, actual)) {
        return Err(format!("{path} is {actual}, which is not known"));
    }
    let (met, wanted, expected) = match actual {
        Value::Array(entries) => list(one, entries, parameters),
        other if one.at_most.is_some() => number(one, other)?,
        other => {
            let named = one.accepted_parameter.as_ref().and_then(|name| parameters.get(name));
            let accepted = named.and_then(Value::as_array).unwrap_or(&one.accepted);
            let met = accepted.iter().any(|accepted| same(accepted, other));
            let words: Vec<String> = accepted.iter().map(Value::to_string).collect();
            let wanted = one.set.clone().or_else(|| named.and_then(|_| accepted.first().cloned()));
            (met, wanted, words.join(" or "))
        }
    };
    let partly = met && is_for_some_only(policy, path);
    Ok(SettingState {
        path: path.clone(),
        label: one.label.clone(),
        actual: if partly { json!({"accessType": actual, "for": "some only"}) } else { actual.clone() },
        wanted,
        met: met && !partly,
        expected,
    })
}

/// Whether an access type of a policy towards other tenants is for some targets only: what is blocked for those is
/// not blocked for the others.
fn is_for_some_only(policy: &Value, path: &str) -> bool {
    let Some(side) = path.strip_suffix(".accessType") else { return false };
    let targets =
        segments(side).try_fold(policy, |value, name| value.get(name)).and_then(|side| side.get("targets"));
    let targets = targets.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let named = |target: &Value| target.get("target").and_then(Value::as_str).map(str::to_ascii_lowercase);
    let all =
        |target: &Value| named(target).is_some_and(|name| name == "allusers" || name == "allapplications");
    !targets.is_empty() && !targets.iter().any(all)
}

/// The names in a dotted path; `@odata.type` is one name.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = &str> {
    let (path, tail) = match path.strip_suffix(".@odata.type") {
        Some(path) => (path, Some("@odata.type")),
        None => (path, None),
    };
    path.split('.').chain(tail)
}

fn number(one: &SettingRequirement, actual: &Value) -> Result<(bool, Option<Value>, String), String> {
    let most = one.at_most.unwrap_or(i64::MAX);
    let path = one.path.get_ref();
    let number = actual.as_i64().filter(|number| *number >= 0);
    let number = number.ok_or_else(|| format!("{path} is {actual}, a number from 0 on expected"))?;
    Ok((number <= most, one.set.clone(), format!("at most {most}")))
}

fn list(
    one: &SettingRequirement,
    entries: &[Value],
    parameters: &Parameters,
) -> (bool, Option<Value>, String) {
    if let Some(at_least) = one.at_least {
        return (entries.len() >= at_least, one.set.clone(), format!("at least {at_least}"));
    }
    if !one.never.is_empty() {
        let may = |entry: &&Value| {
            entry.as_str().is_some_and(|text| !one.never.iter().any(|pattern| matches_pattern(pattern, text)))
        };
        let kept: Vec<&Value> = entries.iter().filter(may).collect();
        return (kept.len() == entries.len(), Some(json!(kept)), format!("none of {}", one.never.join(", ")));
    }
    let further = one.only_parameter.as_ref().and_then(|name| parameters.get(name)).and_then(Value::as_array);
    let mut allowed: Vec<&str> = one.only.iter().map(String::as_str).collect();
    allowed.extend(further.into_iter().flatten().filter_map(Value::as_str));
    let does = |entry: &&Value| {
        entry.as_str().is_some_and(|text| allowed.iter().any(|pattern| matches_pattern(pattern, text)))
    };
    let kept: Vec<&Value> = entries.iter().filter(does).collect();
    (kept.len() == entries.len(), Some(json!(kept)), format!("nothing but {}", allowed.join(", ")))
}

fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    match pattern.strip_suffix('*') {
        Some(prefix) => text.starts_with(prefix),
        None => text == pattern,
    }
}

/// Graph's enumerations do not differ by case alone.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
        _ => left == right,
    }
}

/// Carries out the check.
pub(super) fn judge(question: &Question<'_, '_>, check: &SettingCheck) -> Result<Finding, Unreadable> {
    let states = settings(question.context, check, question.parameters)?;
    let accepted = |state: &&SettingState| {
        let mut exceptions =
            question.context.config.exceptions_of(&question.control.id, question.context.now());
        exceptions.any(|one| {
            one.object == state.path && one.value.as_ref().is_none_or(|value| *value == state.actual)
        })
    };
    let unmet: Vec<&SettingState> = states.iter().filter(|state| !state.met && !accepted(state)).collect();
    let deviating = states.iter().filter(|state| !state.met).count() - unmet.len();
    let verdict = if unmet.is_empty() { Verdict::Pass } else { Verdict::Fail };
    let says =
        |state: &&SettingState| format!("{} is {}, {} expected", state.label, state.actual, state.expected);
    let reason = match (verdict, deviating) {
        (Verdict::Pass, 0) => "all values are as required".to_owned(),
        (Verdict::Pass, _) => "deviates as accepted by an exception".to_owned(),
        _ => unmet.iter().map(says).collect::<Vec<_>>().join("; "),
    };
    let near_miss = near_miss(check.family, &unmet);
    let words = |pick: fn(&SettingState) -> String| states.iter().map(pick).collect::<Vec<_>>().join("; ");
    let evidence = states.iter().map(|state| {
        let detail =
            format!("{}: {} ({})", state.label, state.actual, if state.met { "met" } else { "not met" });
        evidence(
            "setting",
            format!("{}.{}", check.family.as_str(), state.path),
            &state.label,
            detail,
            state.actual.clone(),
        )
    });
    Ok(Finding::new(verdict, reason)
        .comparing(
            words(|state| format!("{}: {}", state.label, state.expected)),
            words(|state| format!("{}: {}", state.label, state.actual)),
        )
        .with_evidence(evidence)
        .with_near_miss(near_miss))
}

fn near_miss(family: FamilyName, unmet: &[&SettingState]) -> Option<NearMiss> {
    let edit = |state: &&SettingState| Edit {
        object: family.as_str().to_owned(),
        field: state.path.clone(),
        actual: state.actual.clone(),
        wanted: state.wanted.clone().unwrap_or_default(),
    };
    let says = |state: &&SettingState| format!("{}, which is {}", state.label, state.actual);
    near_miss_of(unmet.iter().map(says), unmet.iter().map(edit))
}

/// Values that do not do, as one near miss: all of them must be set.
pub(super) fn near_miss_of(
    says: impl Iterator<Item = String>,
    mut edits: impl Iterator<Item = Edit>,
) -> Option<NearMiss> {
    let first = edits.next()?;
    Some(NearMiss {
        sentence: format!("passes but for {}", says.collect::<Vec<_>>().join(", and ")),
        object: first.object,
        field: first.field,
        actual: first.actual,
        wanted: first.wanted,
        also: edits.collect(),
    })
}
