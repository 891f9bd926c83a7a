//! Have the prerequisites passed, and are the licences there? (R43, R44, D19)

use super::Findings;
use crate::lifecycle::Situation;
use crate::plan::Plan;
use trueconfig_common::gate::{Gate, GateResult};
use trueconfig_common::verdict::Verdict;

pub(super) fn run(plan: &Plan, situation: &Situation<'_>) -> GateResult {
    let mut findings = Findings::of(Gate::Dependency);
    let Some(control) = situation.baseline.control(&plan.control) else {
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
    match (control.licence, situation.verdict(&plan.control)) {
        (_, None) => findings.object(format!("{} was not evaluated yet", plan.control)),
        (Some(licence), Some(Verdict::NotApplicable)) => {
            findings.object(format!("{} is needed and not there", licence.as_str()));
        }
        (Some(licence), Some(_)) => findings.note(format!("{} is there", licence.as_str())),
        (None, Some(_)) => findings.note("no licence is needed"),
    }
    findings.result()
}
