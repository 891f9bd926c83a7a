//! The five gates. All of them run, none short-circuits, and each gives its reasons (R38-R49).
//! They run at planning, at approval and right before execution (D4).

mod dependency;
mod emergency_access;
mod enablement;
mod observability;
mod reversibility;

use crate::guards::{self, Guarded};
use crate::lifecycle::Situation;
use crate::plan::Plan;
use crate::state::State;
use chrono::{DateTime, Utc};
use trueconfig_common::gate::{Gate, GateOutcome, GateResult};
use trueconfig_common::guard::GuardResult;

/// Runs all five for a plan that would run now.
pub fn run(state: &State, plan: &Plan, situation: &Situation<'_>) -> Vec<GateResult> {
    run_for(state, plan, situation, situation.now)
}

/// Runs all five for a plan that would run at a moment, such as the beginning of its window.
pub fn run_for(state: &State, plan: &Plan, situation: &Situation<'_>, at: DateTime<Utc>) -> Vec<GateResult> {
    let guards = guards::run(&Guarded::new(state, plan, situation, at));
    let gates = Gate::ALL.into_iter().map(|gate| {
        let mut findings = Findings::of(gate);
        let own: Vec<&GuardResult> = guards.iter().filter(|one| one.guard.gate() == gate).collect();
        if findings.take(&own) {
            return findings.blocked();
        }
        match gate {
            Gate::Reversibility => reversibility::run(state, plan, situation),
            Gate::Dependency => dependency::run(plan, situation),
            Gate::EmergencyAccess => emergency_access::run(state, plan, situation, findings),
            Gate::Observability => observability::run(state, plan, situation),
            Gate::Enablement => enablement::run(state, plan, situation, findings),
        }
    });
    gates.collect()
}

/// The gates that failed and that an approver must acknowledge (D4).
pub fn failed(results: &[GateResult]) -> Vec<Gate> {
    results.iter().filter(|result| result.outcome != GateOutcome::Pass).map(|result| result.gate).collect()
}

/// What was found, sorted into a result: any objection fails the gate, a pass says what was seen.
struct Findings {
    gate: Gate,
    objections: Vec<String>,
    seen: Vec<String>,
}

impl Findings {
    fn of(gate: Gate) -> Self {
        Self { gate, objections: Vec::new(), seen: Vec::new() }
    }

    fn object(&mut self, reason: impl Into<String>) {
        self.objections.push(reason.into());
    }

    fn note(&mut self, reason: impl Into<String>) {
        self.seen.push(reason.into());
    }

    /// Takes what guards object to; only that, if one of them blocks. Whether one does.
    fn take(&mut self, guards: &[&GuardResult]) -> bool {
        let worst = guards.iter().map(|one| one.outcome).max().filter(|worst| *worst != GateOutcome::Pass);
        let objecting = guards.iter().filter(|one| Some(one.outcome) == worst);
        self.objections.extend(objecting.flat_map(|one| one.reasons.iter().cloned()));
        worst == Some(GateOutcome::Blocked)
    }

    /// Nobody can approve it (D2).
    fn blocked(self) -> GateResult {
        GateResult { gate: self.gate, outcome: GateOutcome::Blocked, reasons: self.objections }
    }

    fn result(self) -> GateResult {
        match self.objections.is_empty() {
            true => GateResult { gate: self.gate, outcome: GateOutcome::Pass, reasons: self.seen },
            false => GateResult {
                gate: self.gate,
                outcome: GateOutcome::RequiresApproval,
                reasons: self.objections,
            },
        }
    }
}
