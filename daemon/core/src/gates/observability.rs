//! Will the next scan be able to verify the fix? (R46)

use super::Findings;
use crate::lifecycle::Situation;
use crate::plan::Plan;
use crate::state::State;
use trueconfig_common::gate::{Gate, GateResult};
use trueconfig_common::verdict::Verdict;

pub(super) fn run(state: &State, plan: &Plan, situation: &Situation<'_>) -> GateResult {
    let mut findings = Findings::of(Gate::Observability);
    match situation.verdict(&plan.control) {
        None => findings.object("there is no snapshot to compare the next scan with"),
        Some(Verdict::Error) => {
            findings.object(format!("{} could not be judged by the last scan", plan.control));
        }
        Some(Verdict::NotApplicable) => {
            findings.object(format!("{} does not apply at present", plan.control))
        }
        Some(_) => findings.note("everything it reads was read completely by the last scan"),
    }
    if let Some(scan) = state.history.last_scan.as_ref().filter(|scan| !scan.error.is_empty()) {
        findings.object(format!("the last scan failed: {}", scan.error));
    }
    findings.result()
}
