//! Were the break-glass accounts tested within 30 days? (R45, D15, D17) Its guards see that nobody is locked out.

use super::Findings;
use crate::lifecycle::Situation;
use crate::plan::Plan;
use crate::state::State;
use chrono::TimeDelta;
use trueconfig_common::gate::GateResult;

/// How long a test counts; exactly this old still does (D15).
const TEST_COUNTS_FOR: TimeDelta = TimeDelta::days(30);

/// The control that exists to satisfy this gate (D17).
const EXEMPT: &str = "PA-03";

pub(super) fn run(
    state: &State,
    plan: &Plan,
    situation: &Situation<'_>,
    mut findings: Findings,
) -> GateResult {
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
