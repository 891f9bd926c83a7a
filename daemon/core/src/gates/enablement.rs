//! Is remediation on, for the tenant and for this control? (R47, R48, R62)

use super::Findings;
use crate::lifecycle::Situation;
use crate::plan::Plan;
use crate::state::State;
use trueconfig_common::gate::GateResult;
use trueconfig_common::mode::Mode;

pub(super) fn run(
    state: &State,
    plan: &Plan,
    situation: &Situation<'_>,
    mut findings: Findings,
) -> GateResult {
    let settings = &state.settings;
    match settings.auto_remediation_enabled {
        true => findings.note("remediation is on for the tenant"),
        false => findings.object("remediation is off for the tenant"),
    }
    match settings.chosen_mode(&plan.control) {
        Mode::Advisory => findings.object(format!("{} is in advisory mode", plan.control)),
        Mode::Manual => findings.note(format!("{} is in manual mode", plan.control)),
        Mode::Auto if situation.is_never_auto(&plan.control) => {
            findings.object(format!("{} is never automatic, whatever its setting", plan.control));
        }
        Mode::Auto => findings.note(format!("{} is in auto mode", plan.control)),
    }
    if let Some(hold) = settings.holds.get(&plan.control) {
        findings.object(format!("{} is held in manual: {}", plan.control, hold.reason));
    }
    findings.result()
}
