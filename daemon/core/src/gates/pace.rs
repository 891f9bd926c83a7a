//! How much may happen by itself, and when nothing should: part of the enablement gate. Whatever is found
//! here asks a person, who may go on knowing it.

use super::Findings;
use crate::lifecycle::Situation;
use crate::plan::Plan;
use crate::state::{Approval, Assent, Remediation, State};
use chrono::TimeDelta;
use std::collections::BTreeSet;
use trueconfig_common::id::ObjectId;
use trueconfig_common::mode::Mode;

/// In how long the automatic remediations are counted.
const DAY: TimeDelta = TimeDelta::hours(24);

/// So many times the same drift is put right by itself within [`FLAPPING_TIME`], and not once more.
const FLAPPING: usize = 3;

/// In how long the same drift is counted.
const FLAPPING_TIME: TimeDelta = TimeDelta::days(30);

pub(super) fn look(state: &State, plan: &Plan, situation: &Situation<'_>, findings: &mut Findings) {
    for freeze in situation.tenant.freezes.iter().filter(|one| one.holds_at(situation.now)) {
        let until = freeze.until.0.format("%Y-%m-%d %H:%M UTC");
        findings.object(format!("changes are frozen until {until}: {}", freeze.reason));
    }
    if state.settings.chosen_mode(&plan.control) != Mode::Auto {
        return;
    }
    let (limit, done) = (situation.tenant.automatic_per_day(), automatic(state, plan, situation));
    match done < limit {
        true => findings.note(format!("{done} of {limit} automatic remediations in 24 hours")),
        false => {
            findings.object(format!("{done} automatic remediations in 24 hours, at most {limit} allowed"))
        }
    }
    let times = repeated(state, plan, situation);
    if times >= FLAPPING {
        findings.object(format!(
            "the same was put right {times} times in {} days: find out who brings it back",
            FLAPPING_TIME.num_days()
        ));
    }
}

/// Remediations that the auto decision began in the last day, but for the plan's own.
fn automatic(state: &State, plan: &Plan, situation: &Situation<'_>) -> usize {
    let by_itself = |one: &&Remediation| {
        let lately = |given: &Approval| given.assent == Assent::Automatic && situation.now - given.at < DAY;
        one.plan != *plan && one.approvals.iter().any(lately)
    };
    state.remediations.values().map(AsRef::as_ref).filter(by_itself).count()
}

/// How often one of the plan's targets was put right for this control lately.
fn repeated(state: &State, plan: &Plan, situation: &Situation<'_>) -> usize {
    let targets: BTreeSet<ObjectId> = plan.targets().collect();
    let same = |one: &&Remediation| {
        let lately = one.executed_at.is_some_and(|at| situation.now - at < FLAPPING_TIME);
        lately
            && one.plan != *plan
            && one.plan.control == plan.control
            && one.plan.targets().any(|target| targets.contains(&target))
    };
    state.remediations.values().map(AsRef::as_ref).filter(same).count()
}
