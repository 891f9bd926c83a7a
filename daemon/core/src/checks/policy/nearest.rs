//! Which policy stands nearest to a requirement, and the smallest edit that would do.

use super::{
    defect::{Defect, defects},
    fit::Fit,
    policy_evidence,
    population::Population,
    words,
};
use crate::{checks::Context, snapshot::PolicyState};
use trueconfig_common::verdict::{Evidence, NearMiss};

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
    let first = defects.first()?;
    let name = crate::checks::shown(&fit.policy.display_name);
    Some(NearMiss {
        sentence: format!("policy {name} passes but for {}", lacking(defects)),
        object: fit.policy.id.to_string(),
        field: first.field.clone(),
        actual: first.actual.clone(),
        wanted: first.wanted.clone(),
    })
}
