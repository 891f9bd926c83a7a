//! Values held against what is expected of them, for rules over settings that are too uneven for
//! a setting check: by method, by template, with defaults where nothing was set.

use crate::{
    checks::{Finding, Question, finding::evidence, setting::near_miss_of},
    snapshot::{FamilyName, Unreadable},
};
use serde_json::{Map, Value};
use trueconfig_common::verdict::{Edit, NearMiss, Verdict};

/// One value held against what is expected of it.
pub struct Expectation {
    /// Where it stands, as a dotted path.
    pub path: String,
    /// What it is, in words.
    pub label: &'static str,
    /// What stands there; null if nothing was set.
    pub actual: Value,
    /// What would do, in words.
    pub expected: String,
    /// What to set; null if only the organisation can know.
    pub wanted: Value,
    /// Whether it does.
    pub met: bool,
}

/// All values, or why one could not be judged.
pub type Expectations = Vec<Result<Expectation, String>>;

/// What a rule over settings makes of a tenant.
pub enum Expected {
    /// Values of a family, each held against what is expected of it.
    Values(FamilyName, Expectations),
    /// There is nothing to hold: the finding says why.
    Settled(Box<Finding>),
}

impl Expected {
    /// There is nothing to hold.
    pub(super) fn settled(verdict: Verdict, reason: &str) -> Self {
        Self::Settled(Box::new(Finding::new(verdict, reason)))
    }
}

/// What a value at a path is; missing and null are the same.
///
/// # Errors
/// A sentence with the path if it is missing.
pub(super) fn value_at<'v>(fields: &'v Map<String, Value>, path: &str) -> Result<&'v Value, String> {
    let mut parts = path.split('.');
    let first = parts.next().and_then(|name| fields.get(name));
    let found = parts.fold(first, |value, name| value.and_then(|value| value.get(name)));
    found.filter(|value| !value.is_null()).ok_or_else(|| format!("{path} is missing"))
}

/// A truth value at a path.
///
/// # Errors
/// A sentence with the path if it is missing or something else.
pub(super) fn flag_at(fields: &Map<String, Value>, path: &str) -> Result<bool, String> {
    value_at(fields, path)?.as_bool().ok_or_else(|| format!("{path} is neither true nor false"))
}

/// A whole number at a path.
///
/// # Errors
/// A sentence with the path if it is missing or something else.
pub(super) fn number_at(fields: &Map<String, Value>, path: &str) -> Result<i64, String> {
    value_at(fields, path)?.as_i64().ok_or_else(|| format!("{path} is no whole number"))
}

/// A word at a path, one of those that are known, as it is spelt there.
///
/// # Errors
/// A sentence with the path if it is missing, something else or not known.
pub(super) fn word_at<'k>(
    fields: &Map<String, Value>,
    path: &str,
    known: &[&'k str],
) -> Result<&'k str, String> {
    let word = value_at(fields, path)?.as_str().ok_or_else(|| format!("{path} is no text"))?;
    let found = known.iter().find(|known| known.eq_ignore_ascii_case(word));
    found.copied().ok_or_else(|| format!("{path} is \"{}\", which is not known", crate::checks::shown(word)))
}

/// The finding of a rule over settings.
///
/// # Errors
/// [`Unreadable`] if what it looks at was not read.
pub(super) fn told(
    question: &Question<'_, '_>,
    expected: Result<Expected, Unreadable>,
) -> Result<Finding, Unreadable> {
    match expected? {
        Expected::Values(family, values) => finding(question, family, values),
        Expected::Settled(finding) => Ok(*finding),
    }
}

/// Judges all values together; those that an exception accepts count as met.
///
/// # Errors
/// [`Unreadable`] if one could not be judged and no other fails.
fn finding(
    question: &Question<'_, '_>,
    family: FamilyName,
    values: Expectations,
) -> Result<Finding, Unreadable> {
    let mut doubt = None;
    let mut judged = Vec::new();
    for value in values {
        match value {
            Ok(value) => judged.push(value),
            Err(detail) => doubt = doubt.or(Some(Unreadable::inside(family, detail))),
        }
    }
    let unmet: Vec<&Expectation> =
        judged.iter().filter(|one| !one.met && !is_accepted(question, one)).collect();
    if unmet.is_empty()
        && let Some(cause) = doubt
    {
        return Err(cause);
    }
    let verdict = if unmet.is_empty() { Verdict::Pass } else { Verdict::Fail };
    let says =
        |one: &&Expectation| format!("{} is {}, {} expected", one.label, shown(&one.actual), one.expected);
    let reason = match (verdict, judged.iter().all(|one| one.met)) {
        (Verdict::Pass, true) => "all values are as required".to_owned(),
        (Verdict::Pass, false) => "deviates as accepted by an exception".to_owned(),
        _ => unmet.iter().map(says).collect::<Vec<_>>().join("; "),
    };
    let near_miss = near_miss(family, &unmet);
    let words =
        |pick: &dyn Fn(&Expectation) -> String| judged.iter().map(pick).collect::<Vec<_>>().join("; ");
    Ok(Finding::new(verdict, reason)
        .comparing(
            words(&|one| format!("{}: {}", one.label, one.expected)),
            words(&|one| format!("{}: {}", one.label, shown(&one.actual))),
        )
        .with_evidence(judged.iter().map(|one| {
            let detail = format!(
                "{}: {} ({})",
                one.label,
                shown(&one.actual),
                if one.met { "met" } else { "not met" }
            );
            evidence(
                "setting",
                format!("{}.{}", family.as_str(), one.path),
                one.label,
                detail,
                one.actual.clone(),
            )
        }))
        .with_near_miss(near_miss))
}

fn is_accepted(question: &Question<'_, '_>, one: &Expectation) -> bool {
    let mut exceptions = question.context.config.exceptions_of(&question.control.id, question.context.now());
    exceptions.any(|exception| {
        exception.object == one.path && exception.value.as_ref().is_none_or(|value| *value == one.actual)
    })
}

fn near_miss(family: FamilyName, unmet: &[&Expectation]) -> Option<NearMiss> {
    let edit = |one: &&Expectation| Edit {
        object: family.as_str().to_owned(),
        field: one.path.clone(),
        actual: one.actual.clone(),
        wanted: one.wanted.clone(),
    };
    let says = |one: &&Expectation| format!("{}, which is {}", one.label, shown(&one.actual));
    near_miss_of(unmet.iter().map(says), unmet.iter().map(edit))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        other => crate::checks::shown(&other.to_string()),
    }
}
