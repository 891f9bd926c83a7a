//! Were the break-glass accounts tested within 30 days? (R45, D15, D17) And would they, and two other
//! administrators, still get in afterwards? If not, nobody can approve it.

use super::Findings;
use crate::checks::Context;
use crate::lifecycle::Situation;
use crate::lockout::{Proof, prove};
use crate::plan::Plan;
use crate::state::State;
use chrono::TimeDelta;
use trueconfig_common::gate::{Gate, GateResult};
use trueconfig_common::guard::Counterexample;

/// How long a test counts; exactly this old still does (D15).
const TEST_COUNTS_FOR: TimeDelta = TimeDelta::days(30);

/// The control that exists to satisfy this gate (D17).
const EXEMPT: &str = "PA-03";

pub(super) fn run(state: &State, plan: &Plan, situation: &Situation<'_>) -> GateResult {
    let mut findings = Findings::of(Gate::EmergencyAccess);
    if let Some(who) = locked_out(plan, situation) {
        findings.object(who.to_string());
        return findings.blocked();
    }
    let words = match &state.settings.emergency_access_verified {
        None => Err("break-glass accounts were never tested: test them, then record it".to_owned()),
        Some(test) => {
            let age = situation.now - test.at;
            let words = format!("break-glass accounts were tested {} days ago", age.num_days());
            match age <= TEST_COUNTS_FOR {
                true => Ok(words),
                false => Err(format!("{words}, more than 30: test them again, then record it")),
            }
        }
    };
    match words {
        Ok(seen) => findings.note(seen),
        Err(seen) if plan.control.as_str() == EXEMPT => {
            findings.note(format!("for information only, {EXEMPT} exists to satisfy it: {seen}"));
        }
        Err(objection) => findings.object(objection),
    }
    findings.result()
}

/// Who would be locked out by a plan. Without a scan other gates object.
fn locked_out(plan: &Plan, situation: &Situation<'_>) -> Option<Counterexample> {
    let judged = situation.judged?;
    let context = Context::new(&judged.snapshot, situation.tenant, situation.now);
    let requests: Vec<_> = plan.changes.iter().map(|change| &change.view.request).collect();
    match prove(&context, &requests) {
        Proof::LockedOut(who) => Some(*who),
        Proof::NotConcerned | Proof::Safe { .. } => None,
    }
}
