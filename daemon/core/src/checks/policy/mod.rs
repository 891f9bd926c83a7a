//! Requirements on Conditional Access: does the tenant meet them, by one policy or by several
//! together, and if not, what is the smallest edit. Report-only is never met (D18). Exclusions
//! are tolerated for break-glass accounts, directory-sync accounts and declared exceptions only;
//! a condition that narrows a policy and is no part of the requirement disqualifies it.

mod body;
mod controls;
mod coverage;
mod defect;
mod device_filter;
mod exclusion;
mod extent;
mod fit;
mod gaps;
mod grant;
mod narrowing;
mod nearest;
mod place;
mod population;
mod scope;
mod session;
mod strength;
#[cfg(test)]
mod tests;
mod trial;

pub use body::policy_body;
pub use gaps::{Gap, gaps};
pub(crate) use grant::{Alternative, alternatives, needs_all};
pub use scope::UserScope;
pub(crate) use strength::combinations;
pub use trial::conditions_once_enabled;

use super::{Context, Exceptions, Finding, Question, finding::evidence, finding::few};
use crate::{
    baseline::check::{Controls, PolicyCheck, Requirement},
    snapshot::{ConditionalAccessPolicy, FamilyName, Id, PolicyState, Unreadable},
};
use coverage::{Reading, covered};
use fit::Fit;
use population::Population;
use serde_json::json;
use trueconfig_common::verdict::{Evidence, NearMiss, Verdict};

/// Why a policy may be for everybody and everything: Graph does not say for whom, or for what, it is.
pub(crate) fn silent(policy: &ConditionalAccessPolicy) -> Option<Unreadable> {
    let detail = format!("policy {}: {} is missing", policy.id, policy.silent_on()?);
    Some(Unreadable::inside(FamilyName::ConditionalAccessPolicies, detail))
}

/// How a tenant stands to a requirement.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The answer.
    pub outcome: Outcome,
    /// Policies that meet it, or would if they were enabled: one if one does alone.
    pub policies: Vec<Id>,
    /// The smallest edit, where the requirement is not met.
    pub near_miss: Option<NearMiss>,
    /// Policies that come near, and what each lacks.
    pub evidence: Vec<Evidence>,
}

/// Whether a requirement is met.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// By enabled policies.
    Met,
    /// It would be if the report-only ones among the policies were enabled; they are these.
    ReportOnly(Vec<Id>),
    /// It is not.
    NotMet,
    /// It depends on something that could not be read.
    Doubtful(Unreadable),
}

/// Assesses a requirement against all policies of the tenant.
///
/// # Errors
/// [`Unreadable`] if policies were not read.
pub fn assess(
    context: &Context<'_>,
    requirement: &Requirement,
    exceptions: &Exceptions,
) -> Result<Assessment, Unreadable> {
    let parts = parts(requirement);
    let mut all = Vec::with_capacity(parts.len());
    for part in &parts {
        all.push(assess_part(context, part, exceptions)?);
    }
    Ok(together(all))
}

/// What is wanted of the session alone may be given by different policies: Entra adds up what
/// they ask for.
fn parts(requirement: &Requirement) -> Vec<Requirement> {
    let [controls] = requirement.any.as_slice() else { return vec![requirement.clone()] };
    if !controls.grant.is_empty() {
        return vec![requirement.clone()];
    }
    let one = |session| {
        let any = vec![Controls { session: vec![session], ..controls.clone() }];
        Requirement { any, ..requirement.clone() }
    };
    controls.session.iter().copied().map(one).collect()
}

/// Several assessments of which all must be met, as one.
fn together(all: Vec<Assessment>) -> Assessment {
    let rank = |one: &Assessment| match one.outcome {
        Outcome::NotMet => 0,
        Outcome::Doubtful(_) => 1,
        Outcome::ReportOnly(_) => 2,
        Outcome::Met => 3,
    };
    let report_only: Vec<Id> = distinct(all.iter().flat_map(|one| match &one.outcome {
        Outcome::ReportOnly(ids) => ids.clone(),
        _ => Vec::new(),
    }));
    let policies = distinct(all.iter().flat_map(|one| one.policies.clone()));
    let Some(worst) = all.iter().min_by_key(|one| rank(one)).cloned() else {
        return Assessment { outcome: Outcome::Met, policies, near_miss: None, evidence: Vec::new() };
    };
    let mut evidence: Vec<Evidence> = Vec::new();
    for one in all.into_iter().filter(|one| rank(one) == rank(&worst)).flat_map(|one| one.evidence) {
        if !evidence.contains(&one) {
            evidence.push(one);
        }
    }
    match worst.outcome {
        Outcome::Met => Assessment { policies, evidence, ..worst },
        Outcome::ReportOnly(_) => {
            Assessment { outcome: Outcome::ReportOnly(report_only), policies, evidence, ..worst }
        }
        Outcome::NotMet | Outcome::Doubtful(_) => Assessment { evidence, ..worst },
    }
}

fn distinct(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut found = Vec::new();
    for id in ids {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

fn assess_part(
    context: &Context<'_>,
    requirement: &Requirement,
    exceptions: &Exceptions,
) -> Result<Assessment, Unreadable> {
    let policies = context.snapshot.conditional_access_policies.rows()?;
    let fits: Vec<Fit<'_>> =
        policies.iter().map(|policy| Fit::new(context, requirement, exceptions, policy)).collect();
    let population = Population::new(context, requirement, exceptions);
    let in_state = |states: &[&PolicyState]| -> Vec<&Fit<'_>> {
        fits.iter().filter(|fit| states.contains(&&fit.policy.state)).collect()
    };
    let enabled = in_state(&[&PolicyState::Enabled]);
    if let Some(by) = covered(&population, &enabled, Reading::Certain) {
        return Ok(met(context, &by));
    }
    if covered(&population, &enabled, Reading::Hopeful).is_some() {
        return Ok(doubtful(&enabled, &population));
    }
    let reported = in_state(&[&PolicyState::Enabled, &PolicyState::ReportOnly]);
    if let Some(by) = covered(&population, &reported, Reading::Certain) {
        return Ok(report_only(&by));
    }
    let unknown: Vec<&Fit<'_>> =
        fits.iter().filter(|fit| !matches!(fit.policy.state, PolicyState::Disabled)).collect();
    if covered(&population, &unknown, Reading::Hopeful).is_some() {
        return Ok(doubtful(&unknown, &population));
    }
    let (near_miss, evidence) = nearest::nearest(context, &fits, &population);
    Ok(Assessment { outcome: Outcome::NotMet, policies: Vec::new(), near_miss, evidence })
}

fn met(context: &Context<'_>, by: &[&Fit<'_>]) -> Assessment {
    let named = |fit: &&Fit<'_>| {
        let excluded = fit.tolerated_exclusions(context);
        let note =
            if excluded.is_empty() { String::new() } else { format!("; leaves out {}", few(&excluded)) };
        let together = if by.len() > 1 { "covers it together with others" } else { "covers it" };
        policy_evidence(fit.policy, format!("enabled, {together}{note}"))
    };
    Assessment {
        outcome: Outcome::Met,
        policies: by.iter().map(|fit| fit.policy.id.clone()).collect(),
        near_miss: None,
        evidence: by.iter().map(named).collect(),
    }
}

fn report_only(by: &[&Fit<'_>]) -> Assessment {
    let waiting: Vec<&Fit<'_>> =
        by.iter().filter(|fit| fit.policy.state == PolicyState::ReportOnly).copied().collect();
    let names: Vec<&str> = waiting.iter().map(|fit| fit.policy.display_name.as_str()).collect();
    let near_miss = waiting.first().map(|fit| NearMiss {
        sentence: format!("passes once report-only policy {} is enabled", few(&names)),
        object: fit.policy.id.to_string(),
        field: "state".to_owned(),
        actual: json!(fit.policy.state),
        wanted: json!(PolicyState::Enabled),
        also: Vec::new(),
    });
    Assessment {
        outcome: Outcome::ReportOnly(waiting.iter().map(|fit| fit.policy.id.clone()).collect()),
        policies: by.iter().map(|fit| fit.policy.id.clone()).collect(),
        near_miss,
        evidence: by
            .iter()
            .map(|fit| policy_evidence(fit.policy, format!("{}, would cover it", words(&fit.policy.state))))
            .collect(),
    }
}

fn doubtful(fits: &[&Fit<'_>], population: &Population<'_, '_>) -> Assessment {
    let hopeful = fits.iter().filter(|fit| fit.takes_part(Reading::Hopeful));
    let cause =
        hopeful.into_iter().find_map(|fit| fit.doubt()).or_else(|| population.doubt()).unwrap_or_else(|| {
            let family = FamilyName::ConditionalAccessPolicies;
            let unknown = fits.iter().find(|fit| matches!(fit.policy.state, PolicyState::Unknown(_)));
            let id = unknown.map(|fit| fit.policy.id.to_string()).unwrap_or_default();
            Unreadable::inside(family, format!("state of policy {id} is missing or not known"))
        });
    Assessment {
        outcome: Outcome::Doubtful(cause),
        policies: Vec::new(),
        near_miss: None,
        evidence: Vec::new(),
    }
}

/// How a tenant stands to all requirements of a check.
///
/// # Errors
/// [`Unreadable`] if policies were not read.
pub fn assess_all(
    context: &Context<'_>,
    check: &PolicyCheck,
    exceptions: &Exceptions,
) -> Result<Assessment, Unreadable> {
    let all = check.requirements.iter().map(|one| assess(context, one, exceptions));
    Ok(together(all.collect::<Result<Vec<_>, _>>()?))
}

/// Carries out the check.
pub(super) fn judge(question: &Question<'_, '_>, check: &PolicyCheck) -> Result<Finding, Unreadable> {
    let assessment = assess_all(question.context, check, &question.exceptions)?;
    finding(assessment, check)
}

/// An assessment as a finding.
///
/// # Errors
/// [`Unreadable`] if it hangs on something that could not be read.
pub(super) fn finding(assessment: Assessment, check: &PolicyCheck) -> Result<Finding, Unreadable> {
    let names: Vec<&str> = assessment.evidence.iter().map(|one| one.name.as_str()).collect();
    let expected: Vec<String> = check.requirements.iter().map(body::in_words).collect();
    let (verdict, reason) = match assessment.outcome {
        Outcome::Doubtful(cause) => return Err(cause),
        Outcome::Met => {
            let together = if names.len() > 1 { " together" } else { "" };
            (Verdict::Pass, format!("met by {}{together}", few(&names)))
        }
        Outcome::ReportOnly(_) => {
            (Verdict::Warning, format!("met only if report-only counted: {}", few(&names)))
        }
        Outcome::NotMet => {
            let near = assessment.near_miss.as_ref().map(|near| format!("; {}", near.sentence));
            (Verdict::Fail, format!("no enabled policy covers it{}", near.unwrap_or_default()))
        }
    };
    let actual = match verdict {
        Verdict::Fail => "no enabled policy covers it".to_owned(),
        _ => few(&names),
    };
    Ok(Finding::new(verdict, reason)
        .comparing(expected.join("; and "), actual)
        .with_evidence(assessment.evidence)
        .with_near_miss(assessment.near_miss))
}

/// Graph's states in words that people know from the portal.
fn words(state: &PolicyState) -> &str {
    match state {
        PolicyState::ReportOnly => "report-only",
        other => other.as_str(),
    }
}

fn policy_evidence(policy: &ConditionalAccessPolicy, detail: String) -> Evidence {
    evidence("policy", &policy.id, &policy.display_name, detail, json!({"state": policy.state}))
}
