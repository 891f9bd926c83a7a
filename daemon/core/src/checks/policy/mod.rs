//! Requirements on Conditional Access: does the tenant meet one, by one policy or by several
//! together, and if not, what is the smallest edit. Report-only is never met (D18). Exclusions
//! are tolerated for break-glass accounts, directory-sync accounts and declared exceptions only;
//! a condition that narrows a policy and is no part of the requirement disqualifies it.

mod body;
mod coverage;
mod defect;
mod exclusion;
mod fit;
mod grant;
mod narrowing;
mod scope;

pub use body::policy_body;
pub use coverage::required_roles;
pub(crate) use grant::{Alternative, alternatives, combinations, needs_all};
pub use scope::UserScope;

use super::{Context, Exceptions, Finding, Question, finding::evidence, finding::few};
use crate::{
    baseline::check::PolicyCheck,
    snapshot::{ConditionalAccessPolicy, Id, PolicyState, Unreadable},
};
use coverage::{Population, Reading};
use fit::Fit;
use serde_json::json;
use trueconfig_common::verdict::{Evidence, NearMiss, Verdict};

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
    check: &PolicyCheck,
    exceptions: &Exceptions,
) -> Result<Assessment, Unreadable> {
    let policies = context.snapshot.conditional_access_policies.rows()?;
    let fits: Vec<Fit<'_>> =
        policies.iter().map(|policy| Fit::new(context, check, exceptions, policy)).collect();
    let population = Population::new(context, check, exceptions);
    let in_state = |states: &[&PolicyState]| -> Vec<&Fit<'_>> {
        fits.iter().filter(|fit| states.contains(&&fit.policy.state)).collect()
    };
    let enabled = in_state(&[&PolicyState::Enabled]);
    if let Some(by) = population.covered(&enabled, Reading::Certain) {
        return Ok(met(context, &by));
    }
    if population.covered(&enabled, Reading::Hopeful).is_some() {
        return Ok(doubtful(&enabled, &population));
    }
    let reported = in_state(&[&PolicyState::Enabled, &PolicyState::ReportOnly]);
    if let Some(by) = population.covered(&reported, Reading::Certain) {
        return Ok(report_only(&by));
    }
    let unknown: Vec<&Fit<'_>> =
        fits.iter().filter(|fit| !matches!(fit.policy.state, PolicyState::Disabled)).collect();
    if population.covered(&unknown, Reading::Hopeful).is_some() {
        return Ok(doubtful(&unknown, &population));
    }
    let (near_miss, evidence) = defect::nearest(context, &fits, &population);
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
    let cause = fits.iter().find_map(|fit| fit.doubt()).or_else(|| population.doubt()).unwrap_or_else(|| {
        let family = crate::snapshot::FamilyName::ConditionalAccessPolicies;
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

/// Carries out the check.
pub(super) fn judge(question: &Question<'_, '_>, check: &PolicyCheck) -> Result<Finding, Unreadable> {
    let assessment = assess(question.context, check, &question.exceptions)?;
    let names: Vec<&str> = assessment.evidence.iter().map(|one| one.name.as_str()).collect();
    let expected = body::in_words(check);
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
        .comparing(expected, actual)
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
