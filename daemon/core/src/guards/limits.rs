//! No more at once, in an hour and in a day than the operator allows without being asked.

use super::{Guarded, ask};
use crate::state::{Approval, Assent, Remediation, State};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use trueconfig_common::guard::{Guard, GuardResult};
use trueconfig_common::id::ObjectId;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::Act;

/// In how long the automatic remediations are counted.
const DAY: TimeDelta = TimeDelta::hours(24);

/// In how long writes are counted.
const HOUR: TimeDelta = TimeDelta::hours(1);

pub(super) fn look(guarded: &Guarded<'_>) -> GuardResult {
    let (plan, tenant) = (guarded.plan, guarded.situation.tenant);
    let mut reasons = Vec::new();
    let objects: BTreeSet<ObjectId> = plan.targets().collect();
    let (count, most) = (objects.len(), tenant.objects_per_plan());
    if count > most {
        reasons.push(format!("it touches {count} objects, at most {most} are allowed at once"));
    }
    let (done, most) = (writes(guarded.state, guarded.situation.now), tenant.writes_per_hour());
    let more = plan.changes.len();
    if done + more > most {
        reasons.push(format!("{done} writes in the last hour and {more} more, at most {most} are allowed"));
    }
    let (done, most) = (automatic(guarded), tenant.automatic_per_day());
    let auto = guarded.state.settings.chosen_mode(&plan.control) == Mode::Auto;
    if auto && done >= most {
        reasons.push(format!("{done} automatic remediations in 24 hours, at most {most} allowed"));
    }
    let seen = match auto {
        true => format!("{done} of {most} automatic remediations in 24 hours"),
        false => format!("{count} objects and {more} writes are within what is allowed"),
    };
    ask(Guard::Limits, reasons, seen)
}

/// Writes that took effect in the last hour, either way.
fn writes(state: &State, now: DateTime<Utc>) -> usize {
    let acts = state.remediations.values().flat_map(|one| &one.steps);
    let acts = acts.flat_map(|step| [&step.forward, &step.undo]);
    acts.filter(|act| matches!(act, Act::Done { at, .. } if now - *at < HOUR)).count()
}

/// Remediations that the auto decision began in the last day, but for the plan's own.
fn automatic(guarded: &Guarded<'_>) -> usize {
    let by_itself = |one: &&Remediation| {
        let lately =
            |given: &Approval| given.assent == Assent::Automatic && guarded.situation.now - given.at < DAY;
        one.plan != *guarded.plan && one.approvals.iter().any(lately)
    };
    guarded.state.remediations.values().map(AsRef::as_ref).filter(by_itself).count()
}
