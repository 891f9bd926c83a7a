//! Which policy stands nearest to a requirement, and the smallest edit that would do.

use super::{
    defect::{Defect, defects},
    fit::Fit,
    policy_evidence,
    population::Population,
    words,
};
use crate::{checks::Context, snapshot::PolicyState};
use serde_json::Value;
use trueconfig_common::verdict::{Edit, Evidence, NearMiss};

/// A policy that lacks more than this is no near miss.
const MAX_DEFECTS: usize = 3;

/// How many policies are shown as coming near.
const SHOWN: usize = 5;

/// The smallest edit, and the policies that come near, with what each lacks.
pub(super) fn nearest(
    context: &Context<'_>,
    fits: &[Fit<'_>],
    population: &Population<'_, '_>,
) -> (Option<NearMiss>, Vec<Evidence>) {
    let mut near: Vec<(&Fit<'_>, Vec<Defect>)> = fits
        .iter()
        .map(|fit| (fit, defects(context, fit, population)))
        .filter(|(_, defects)| !defects.is_empty() && defects.len() <= MAX_DEFECTS)
        .collect();
    near.sort_by_key(|(fit, defects)| {
        let state = fit.policy.state != PolicyState::Enabled;
        (defects.len(), reach(defects), state, fit.policy.id.clone())
    });
    let evidence = near.iter().take(SHOWN).map(|(fit, defects)| {
        let detail = format!("{}; passes but for {}", words(&fit.policy.state), lacking(defects));
        policy_evidence(fit.policy, detail)
    });
    let evidence = evidence.collect();
    let near_miss = near.first().and_then(|(fit, defects)| near_miss(fit, defects));
    (near_miss, evidence)
}

/// How many defects are about whom or what a policy is for: a policy for others is the farther
/// one of two that lack as much.
fn reach(defects: &[Defect]) -> usize {
    let about = ["conditions.users.include", "conditions.applications.include"];
    defects.iter().filter(|defect| about.iter().any(|field| defect.field.starts_with(field))).count()
}

fn lacking(defects: &[Defect]) -> String {
    defects.iter().map(|defect| defect.words.as_str()).collect::<Vec<_>>().join(" and ")
}

fn near_miss(fit: &Fit<'_>, defects: &[Defect]) -> Option<NearMiss> {
    let name = crate::checks::shown(&fit.policy.display_name);
    let mut edits = edits(fit, defects).into_iter();
    let first = edits.next()?;
    Some(NearMiss {
        sentence: format!("policy {name} passes but for {}", lacking(defects)),
        object: first.object,
        field: first.field,
        actual: first.actual,
        wanted: first.wanted,
        also: edits.collect(),
    })
}

/// One edit of each field: of several entries that are to go from a list, all go.
fn edits(fit: &Fit<'_>, defects: &[Defect]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for defect in defects {
        if let Some(same) = edits.iter_mut().find(|edit| edit.field == defect.field) {
            same.wanted = in_both(&same.wanted, &defect.wanted);
            continue;
        }
        edits.push(Edit {
            object: fit.policy.id.to_string(),
            field: defect.field.clone(),
            actual: defect.actual.clone(),
            wanted: defect.wanted.clone(),
        });
    }
    edits
}

fn in_both(one: &Value, other: &Value) -> Value {
    let (Value::Array(one), Value::Array(other)) = (one, other) else { return one.clone() };
    one.iter().filter(|entry| other.contains(entry)).cloned().collect()
}
