//! The same drift put right again and again: it stops, and names who brings it back.

use super::{Guarded, ask};
use crate::state::Remediation;
use crate::view::names_of_movers;
use chrono::TimeDelta;
use std::collections::BTreeSet;
use trueconfig_common::guard::{Guard, GuardResult};
use trueconfig_common::id::ObjectId;
use trueconfig_common::mode::Mode;

/// So many times the same drift is put right by itself within [`FLAPPING_TIME`], and not once more.
const FLAPPING: usize = 3;

/// In how long the same drift is counted.
const FLAPPING_TIME: TimeDelta = TimeDelta::days(30);

pub(super) fn look(guarded: &Guarded<'_>) -> GuardResult {
    let auto = guarded.state.settings.chosen_mode(&guarded.plan.control) == Mode::Auto;
    let times = repeated(guarded);
    let mut reasons = Vec::new();
    if auto && times >= FLAPPING {
        reasons.push(format!(
            "the same was put right {times} times in {} days, and brought back by {}: settle it with them",
            FLAPPING_TIME.num_days(),
            culprit(guarded)
        ));
    }
    ask(Guard::Flapping, reasons, format!("the same was put right {times} times lately"))
}

/// Who brought it back, as far as the tenant's own audit log told.
fn culprit(guarded: &Guarded<'_>) -> String {
    let lately = guarded.state.history.drift.iter().rev().filter(|drift| {
        drift.control == guarded.plan.control && guarded.situation.now - drift.at < FLAPPING_TIME
    });
    let movers: Vec<_> = lately.flat_map(|drift| drift.movers.iter().cloned()).collect();
    match movers.is_empty() {
        true => "somebody whom the tenant's audit log does not name".to_owned(),
        false => names_of_movers(&movers),
    }
}

/// How often one of the plan's targets was put right for this control lately.
fn repeated(guarded: &Guarded<'_>) -> usize {
    let plan = guarded.plan;
    let targets: BTreeSet<ObjectId> = plan.targets().collect();
    let same = |one: &&Remediation| {
        let lately = one.executed_at.is_some_and(|at| guarded.situation.now - at < FLAPPING_TIME);
        lately
            && one.plan != *plan
            && one.plan.control == plan.control
            && one.plan.targets().any(|target| targets.contains(&target))
    };
    guarded.state.remediations.values().map(AsRef::as_ref).filter(same).count()
}
