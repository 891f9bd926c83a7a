//! Have the prerequisites passed, and are the licences there? (R43, R44, D19)

use super::Findings;
use crate::lifecycle::Situation;
use crate::plan::Plan;
use trueconfig_common::gate::{Gate, GateResult};
use trueconfig_common::verdict::Verdict;

pub(super) fn run(plan: &Plan, situation: &Situation<'_>) -> GateResult {
    let mut findings = Findings::of(Gate::Dependency);
    let Some(control) = situation.control(&plan.control) else {
        findings.object(format!("{} is not in the baseline any more", plan.control));
        return findings.result();
    };
    for needed in &control.depends_on {
        match situation.verdict(needed) {
            Some(Verdict::Pass) => findings.note(format!("{needed} passes")),
            Some(verdict) => findings.object(format!("{needed} must pass first and is {verdict}")),
            None => findings.object(format!("{needed} must pass first and was not evaluated")),
        }
    }
    let licences: Vec<&str> = control.licence.iter().map(|one| one.as_str()).collect();
    match situation.verdict(&plan.control) {
        _ if licences.is_empty() => findings.note("no licence is needed"),
        None => findings.object(format!("{} was not evaluated yet", plan.control)),
        Some(Verdict::NotApplicable) => findings.object(format!("needed: {}", licences.join(", "))),
        Some(_) => findings.note(format!("licensed: {}", licences.join(", "))),
    }
    findings.result()
}
