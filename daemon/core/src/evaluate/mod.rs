//! Judging a whole tenant: total, whatever the snapshot holds. Operator's statements come first
//! (disabled controls), then licences (D19), then the check; prerequisites from outside of the
//! level are judged as well but are not scored.

mod again;
#[cfg(test)]
mod bad_input;
mod case_runs;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod contoso;
#[cfg(test)]
mod near_miss;
mod output;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod strange;

pub use again::Verdicts;
pub use case_runs::{CaseRun, run_cases};
pub use output::{exit_code, report};

use crate::{
    baseline::{Baseline, Level, Member, TenantConfig},
    checks::{self, Context, Finding, Question},
    snapshot::{Grounds, Snapshot, tenant_file},
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use thiserror::Error;
use trueconfig_common::{
    id::ControlId,
    verdict::{Judgement, Verdict},
};

/// A tenant judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Controls of the level, by id.
    pub judgements: Vec<Judgement>,
    /// Prerequisites from outside of the level, by id.
    pub prerequisites: Vec<Judgement>,
    /// 0 to 100 (D22); none if nothing applies.
    pub score: Option<f64>,
}

impl Evaluation {
    /// Controls of the level per verdict.
    pub fn counts(&self) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        for judgement in &self.judgements {
            *counts.entry(judgement.verdict).or_default() += 1;
        }
        counts
    }

    /// What was said of a control.
    pub fn judgement(&self, control: &ControlId) -> Option<&Judgement> {
        self.judgements.iter().chain(&self.prerequisites).find(|one| &one.control == control)
    }
}

/// A file that cannot be judged.
#[derive(Debug, Error)]
pub enum EvaluateError {
    /// The tenant file.
    #[error("tenant file refused at {0}")]
    Tenant(#[from] tenant_file::TenantFileError),
    /// A shipped or custom control.
    #[error("{0}")]
    Baseline(#[from] crate::baseline::FileError),
    /// The operator's statements.
    #[error("configuration: {}", .0.join("; "))]
    Config(Vec<String>),
}

/// What was found of a control, and what that rests on.
#[derive(Clone, Debug)]
pub struct Found {
    judgement: Judgement,
    grounds: Grounds,
}

/// Judges a tenant at a moment.
pub fn evaluate(
    snapshot: &Snapshot,
    baseline: &Baseline,
    config: &TenantConfig,
    now: DateTime<Utc>,
) -> Evaluation {
    evaluation(find(snapshot, baseline, config, now, &Verdicts::default()), snapshot, baseline)
}

/// Judges every control of a baseline, but for those whose verdicts of an earlier time hold. What is found
/// stands in the order of the baseline's members.
pub fn find(
    snapshot: &Snapshot,
    baseline: &Baseline,
    config: &TenantConfig,
    now: DateTime<Utc>,
    before: &Verdicts,
) -> Vec<Found> {
    let context = Context::new(snapshot, config, now);
    let holding = before.holding(snapshot, baseline, config);
    let found = |member: &Member| {
        if let Some(found) = holding.get(&member.control.id) {
            return found.clone();
        }
        let (finding, grounds) = Grounds::of(|| judge(&context, member));
        Found { judgement: finding.into_judgement(member.control.id.clone()), grounds }
    };
    baseline.members.iter().map(found).collect()
}

/// What was found by [`find`], as an evaluation.
pub fn evaluation(found: Vec<Found>, snapshot: &Snapshot, baseline: &Baseline) -> Evaluation {
    let mut judgements = Vec::new();
    let mut prerequisites = Vec::new();
    let mut met = 0.0;
    let mut weight = 0.0;
    for (member, Found { mut judgement, .. }) in baseline.members.iter().zip(found) {
        tell_age(&mut judgement, snapshot, member);
        if !member.scored {
            prerequisites.push(judgement);
            continue;
        }
        let own = f64::from(member.control.severity.weight());
        match judgement.verdict {
            Verdict::NotApplicable => {}
            Verdict::Pass => (met, weight) = (met + own, weight + own),
            Verdict::Warning => (met, weight) = (met + own / 2.0, weight + own),
            Verdict::Fail | Verdict::Error => weight += own,
        }
        judgements.push(judgement);
    }
    let score = (weight > 0.0).then(|| 100.0 * met / weight);
    Evaluation { judgements, prerequisites, score }
}

/// A verdict that rests on families taken over from an earlier scan says when they were read.
fn tell_age(judgement: &mut Judgement, snapshot: &Snapshot, member: &Member) {
    for (family, read_at) in &snapshot.carried {
        let rests_on = member.control.permissions.read.iter().any(|one| one == family.permission());
        if rests_on && !matches!(judgement.verdict, Verdict::NotApplicable) {
            let age = format!("{} as read {}", family.as_str(), read_at.format("%Y-%m-%d %H:%M UTC"));
            judgement.actual =
                [judgement.actual.as_str(), age.as_str()].join("; ").trim_start_matches("; ").to_owned();
        }
    }
}

/// Judges a tenant file against the shipped baseline: the verb `evaluate`.
///
/// # Errors
/// [`EvaluateError`] if the file or the operator's statements are wrong.
pub fn tenant_file(
    text: &str,
    level: Level,
    config: &TenantConfig,
    now: DateTime<Utc>,
) -> Result<Evaluation, EvaluateError> {
    let snapshot = tenant_file::read(text, now)?;
    let baseline = Baseline::embedded(level)?;
    let problems = baseline.problems(config);
    if !problems.is_empty() {
        return Err(EvaluateError::Config(problems));
    }
    Ok(evaluate(&snapshot, &baseline, config, now))
}

/// Judges one control.
pub(crate) fn judge(context: &Context<'_>, member: &Member) -> Finding {
    let control = &member.control;
    if let Some(reason) = context.config.disabled.get(&control.id) {
        return Finding::new(Verdict::NotApplicable, format!("disabled: {reason}"));
    }
    let parameters = match member.parameters(context.config) {
        Ok(parameters) => parameters,
        Err(problem) => return Finding::new(Verdict::Error, format!("unreadable parameters: {problem}")),
    };
    match checks::missing_licences(context, &control.licence) {
        Err(cause) => return Finding::unreadable(&cause),
        Ok(missing) if !missing.is_empty() => {
            let names: Vec<&str> = missing.iter().map(|licence| licence.as_str()).collect();
            let reason = format!("licence {} is missing", names.join(" and "));
            return Finding::new(Verdict::NotApplicable, reason);
        }
        Ok(_) => {}
    }
    let question = Question::new(context, control, &parameters);
    checks::judge(&question).unwrap_or_else(|cause| Finding::unreadable(&cause))
}
