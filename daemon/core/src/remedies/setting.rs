//! Settings: what a check or rule wants is what is set. One file for each policy that has its ways; what only the
//! organisation knows comes from parameters, and without it nothing is planned.

mod consent_workflow;
mod cross_tenant;
mod devices;
mod directory;
mod methods;

use super::{Draft, NoFix, Subject};
use crate::baseline::check::{Check, Rule};
use crate::change::{Change, Field, FieldPatch, Resource};
use crate::checks::rules::{Expected, expected};
use crate::checks::setting::{segments, settings};
use crate::snapshot::FamilyName;
use serde::Serialize;
use serde_json::{Map, Value, json};
use trueconfig_common::personal::Personal;

/// A value that does not do.
pub(super) struct Unmet {
    pub(super) path: String,
    pub(super) label: String,
    /// What would do; none if only the organisation knows.
    pub(super) wanted: Option<Value>,
}

impl Unmet {
    fn field(&self) -> Field {
        Field { path: self.path.clone(), label: self.label.clone() }
    }

    fn wanted(&self) -> Result<Value, NoFix> {
        let unknown = || NoFix(format!("which value {} should have only you can know", self.label));
        self.wanted.clone().filter(|value| !value.is_null()).ok_or_else(unknown)
    }
}

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let (family, unmet) = unmet(subject)?;
    if unmet.is_empty() {
        return NoFix::because("every value is as wanted, or accepted by an exception");
    }
    let snapshot = &subject.judged.snapshot;
    let plain = |resource, policy| Ok(vec![patch(subject, resource, &policy, &unmet)?]);
    let changes = match family {
        FamilyName::AuthorizationPolicy => {
            plain(Resource::AuthorizationPolicy, fields(snapshot.authorization_policy.single()?)?)
        }
        FamilyName::AuthenticationMethodsPolicy => methods::policy(subject, &unmet),
        FamilyName::AuthenticationMethodConfigurations => methods::configurations(subject, &unmet),
        FamilyName::AdminConsentRequestPolicy => consent_workflow::changes(subject, &unmet),
        FamilyName::DeviceRegistrationPolicy => devices::changes(subject, &unmet),
        FamilyName::CrossTenantAccessDefault => cross_tenant::changes(subject, &unmet),
        FamilyName::GroupSettings => directory::changes(subject, &unmet),
        other => NoFix::because(format!("{} is set by hand", other.as_str())),
    }?;
    Ok(vec![Draft::passing(changes)])
}

/// What does not do, without what an exception accepts (D23: exceptions bind the planner).
fn unmet(subject: &Subject<'_>) -> Result<(FamilyName, Vec<Unmet>), NoFix> {
    let (family, all) = match &subject.control.check {
        Check::Setting(check) => {
            let states = settings(&subject.context, check, &subject.parameters)?;
            if states.len() < check.require.len() {
                return NoFix::because("one of its values could not be read");
            }
            let unmet = states.into_iter().filter(|one| !one.met);
            let unmet = unmet.map(|one| (one.actual, one.path, one.label, one.wanted)).collect::<Vec<_>>();
            (check.family, unmet)
        }
        Check::Rule(Rule::GroupCreation) => (FamilyName::GroupSettings, vec![directory::group_creation()]),
        Check::Rule(rule) => match expected(*rule, &subject.context)? {
            Expected::Values(family, values) => {
                let values = values.into_iter().collect::<Result<Vec<_>, String>>().map_err(NoFix)?;
                let unmet = values.into_iter().filter(|one| !one.met);
                let unmet = unmet.map(|one| (one.actual, one.path, one.label.to_owned(), Some(one.wanted)));
                (family, unmet.collect())
            }
            Expected::Settled(finding) => return NoFix::because(finding.reason),
        },
        _ => return NoFix::because("its check names no setting"),
    };
    let accepted = |path: &str, actual: &Value| {
        let mut exceptions = subject.context.config.exceptions_of(&subject.control.id, subject.context.now());
        exceptions.any(|one| one.object == path && one.value.as_ref().is_none_or(|value| value == actual))
    };
    let unmet = all.into_iter().filter(|(actual, path, ..)| !accepted(path, actual));
    Ok((family, unmet.map(|(_, path, label, wanted)| Unmet { path, label, wanted }).collect()))
}

/// A change that sets the wanted values.
fn patch(
    subject: &Subject<'_>,
    resource: Resource,
    object: &Map<String, Value>,
    unmet: &[Unmet],
) -> Result<Change, NoFix> {
    let mut wanted = object.clone();
    for one in unmet {
        set(&mut wanted, &one.path, one.wanted()?);
    }
    if !resource.merges() {
        return patch_to(subject, resource, object, &wanted, unmet);
    }
    let part = |object: &Map<String, Value>| {
        let mut part = Map::new();
        for one in unmet {
            set(&mut part, &one.path, at(object, &one.path));
        }
        part
    };
    patch_to(subject, resource, &part(object), &part(&wanted), unmet)
}

/// A change that takes an object from one state to another: the fields that differ, or all that
/// can be written where Graph replaces the whole.
pub(super) fn patch_to(
    subject: &Subject<'_>,
    resource: Resource,
    object: &Map<String, Value>,
    wanted: &Map<String, Value>,
    unmet: &[Unmet],
) -> Result<Change, NoFix> {
    let writable = resource.writable();
    let differs = |name: &&String| object.get(*name) != wanted.get(*name);
    if let Some(name) = wanted.keys().filter(differs).find(|name| !writable.contains(&name.as_str())) {
        return NoFix::because(format!("{name} is set by hand"));
    }
    let whole = resource.method() == trueconfig_common::change::Method::Put;
    let touched =
        |name: &&&str| object.get(**name) != wanted.get(**name) || (whole && object.get(**name).is_some());
    let names: Vec<&str> = writable.iter().filter(touched).copied().collect();
    let part = |object: &Map<String, Value>| {
        let field = |name: &&str| {
            ((*name).to_owned(), crate::change::writable(object.get(*name).unwrap_or(&Value::Null)))
        };
        names.iter().map(field).collect::<Map<_, _>>()
    };
    let (before, after) = (part(object), part(wanted));
    let (name, blast_radius) = (Personal::new(""), subject.control.blast_radius);
    let fields = unmet.iter().map(Unmet::field).collect();
    Ok(Change::SetFields(FieldPatch { resource, name, fields, before, after, remains: None, blast_radius }))
}

/// An object of the snapshot as Graph gave it.
pub(super) fn fields<T: Serialize>(row: &T) -> Result<Map<String, Value>, NoFix> {
    match serde_json::to_value(row) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => NoFix::because("it is no object"),
        Err(error) => NoFix::because(error.to_string()),
    }
}

/// The value at a dotted path; null if there is none.
fn at(object: &Map<String, Value>, path: &str) -> Value {
    let mut names = segments(path);
    let first = names.next().and_then(|name| object.get(name));
    names.fold(first, |value, name| value?.get(name)).cloned().unwrap_or_default()
}

/// Puts a value at a dotted path, making the objects on the way.
fn set(object: &mut Map<String, Value>, path: &str, value: Value) {
    let mut names: Vec<&str> = segments(path).collect();
    let Some(last) = names.pop() else { return };
    let mut place = object;
    for name in names {
        let next = place.entry(name).or_insert_with(|| json!({}));
        if !next.is_object() {
            *next = json!({});
        }
        let Value::Object(inner) = next else { return };
        place = inner;
    }
    place.insert(last.to_owned(), value);
}
