//! Can it be undone, and how much can it break? (R40-R42)

use super::Findings;
use crate::plan::Plan;
use trueconfig_common::gate::{Gate, GateOutcome, GateResult};
use trueconfig_common::mode::{BlastRadius, Reversibility};

pub(super) fn run(plan: &Plan) -> GateResult {
    let mut findings = Findings::of(Gate::Reversibility);
    let irreversible: Vec<String> = plan
        .changes
        .iter()
        .filter(|change| change.view.inverse.is_none() || change.view.reversibility == Reversibility::D)
        .map(|change| format!("\"{}\" cannot be undone", change.view.summary))
        .collect();
    if !irreversible.is_empty() {
        let outcome = GateOutcome::Blocked;
        return GateResult { gate: Gate::Reversibility, outcome, reasons: irreversible };
    }
    for change in plan.changes.iter().filter(|change| change.view.reversibility == Reversibility::C) {
        findings.object(format!("undoing it leaves {}", change.view.residue));
    }
    let radius = plan.blast_radius();
    if radius >= BlastRadius::MANY_USERS {
        findings.object(format!("blast radius {radius} of 5 needs a person's approval"));
    }
    findings.note(format!("every change can be undone ({})", plan.reversibility()));
    findings.note(format!("blast radius {radius} of 5"));
    findings.result()
}
