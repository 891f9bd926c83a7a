//! Can it be undone, and how much can it break? (R40-R42). What cannot is blocked, but for the completion of
//! a rotation, which a person may approve (D2, D11).

use super::Findings;
use crate::lifecycle::{Situation, completion};
use crate::plan::Plan;
use crate::state::State;
use trueconfig_common::gate::{Gate, GateResult};
use trueconfig_common::mode::{BlastRadius, Reversibility};

pub(super) fn run(state: &State, plan: &Plan, situation: &Situation<'_>) -> GateResult {
    let mut findings = Findings::of(Gate::Reversibility);
    let lasting = || plan.changes.iter().filter(|change| !change.view.can_be_undone());
    for change in lasting() {
        findings.object(format!("\"{}\" cannot be undone", change.view.summary));
    }
    if lasting().any(|change| !change.change.completes()) {
        return findings.blocked();
    }
    if plan.completes() {
        if let Some(reason) = completion::refusal(state, plan, situation.now) {
            findings.object(reason);
            return findings.blocked();
        }
        findings.object("Graph v1.0 does not show whether the old secret is still used");
        findings.object(completion::WHAT_THE_NOTE_SAYS);
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
