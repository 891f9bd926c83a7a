//! Guards: what holds whatever the mode, beside the five gates. Each belongs to the gate that carries its word
//! through planning, approval and execution (D4), and each is shown by itself with its reasons.
//!
//! A guard that blocks cannot be acknowledged away by anybody. One that only objects asks a person, who may go on
//! knowing it; to overrun a freeze or the change windows they must say why.

mod change_times;
mod exceptions;
mod flapping;
mod last_administrators;
mod limits;
mod lock_out;
mod protected;
#[cfg(test)]
mod tests;

pub(crate) use change_times::refusal;

use crate::checks::Context;
use crate::lifecycle::Situation;
use crate::plan::Plan;
use crate::state::State;
use chrono::{DateTime, Utc};
use trueconfig_common::change::{GraphRequest, Target};
use trueconfig_common::gate::GateOutcome;
use trueconfig_common::guard::{Counterexample, Guard, GuardResult};

/// What is guarded: a plan, and the moment at which it would run.
pub struct Guarded<'a> {
    state: &'a State,
    plan: &'a Plan,
    situation: &'a Situation<'a>,
    at: DateTime<Utc>,
    /// The tenant as it was last read; none before the first scan.
    tenant: Option<Context<'a>>,
}

impl<'a> Guarded<'a> {
    /// A plan that would run at a moment: now, or when its window begins.
    pub fn new(state: &'a State, plan: &'a Plan, situation: &'a Situation<'a>, at: DateTime<Utc>) -> Self {
        let judged = situation.judged;
        let tenant = judged.map(|judged| Context::new(&judged.snapshot, situation.tenant, situation.now));
        Self { state, plan, situation, at, tenant }
    }

    /// The plan.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    fn targets(&self) -> impl Iterator<Item = &'a Target> {
        self.plan.changes.iter().flat_map(|change| &change.view.targets)
    }

    fn requests(&self) -> Vec<&'a GraphRequest> {
        self.plan.changes.iter().map(|change| &change.view.request).collect()
    }
}

/// What an approver must say in words to overrun a freeze or the change windows.
pub const WHY_NOW: &str = "why the change cannot wait until changes are allowed";

/// Runs all of them.
pub fn run(guarded: &Guarded<'_>) -> Vec<GuardResult> {
    Guard::ALL.into_iter().map(|guard| one(guard, guarded)).collect()
}

/// Runs one.
pub fn one(guard: Guard, guarded: &Guarded<'_>) -> GuardResult {
    match guard {
        Guard::LockOut => lock_out::look(guarded),
        Guard::Protected => protected::look(guarded),
        Guard::LastAdministrators => last_administrators::look(guarded),
        Guard::Exceptions => exceptions::look(guarded),
        Guard::ChangeTimes => change_times::look(guarded),
        Guard::Limits => limits::look(guarded),
        Guard::Flapping => flapping::look(guarded),
    }
}

/// Why an approval needs a note, in words; none if it needs none.
pub fn note_needed(guarded: &Guarded<'_>) -> Option<&'static str> {
    let overrun = one(Guard::ChangeTimes, guarded).outcome != GateOutcome::Pass;
    overrun.then_some(WHY_NOW)
}

fn pass(guard: Guard, seen: impl Into<String>) -> GuardResult {
    result(guard, GateOutcome::Pass, vec![seen.into()])
}

/// Asks a person if there are objections.
fn ask(guard: Guard, objections: Vec<String>, seen: impl Into<String>) -> GuardResult {
    match objections.is_empty() {
        true => pass(guard, seen),
        false => result(guard, GateOutcome::RequiresApproval, objections),
    }
}

/// Blocks if there are objections.
fn block(guard: Guard, objections: Vec<String>, seen: impl Into<String>) -> GuardResult {
    match objections.is_empty() {
        true => pass(guard, seen),
        false => result(guard, GateOutcome::Blocked, objections),
    }
}

/// A guard that cannot look. Where the snapshot that the plan was made from is lost, nothing runs until the tenant
/// was read again, whoever says that they know.
fn unread(guard: Guard, guarded: &Guarded<'_>) -> GuardResult {
    let lost = !guarded.plan.snapshot.is_empty();
    let reason = || "the snapshot it was planned from is lost: scan, and plan again".to_owned();
    block(guard, lost.then(reason).into_iter().collect(), "there was no scan yet")
}

fn locked_out(who: Counterexample) -> GuardResult {
    let reasons = vec![who.to_string()];
    GuardResult { counterexample: Some(who), ..result(Guard::LockOut, GateOutcome::Blocked, reasons) }
}

fn result(guard: Guard, outcome: GateOutcome, reasons: Vec<String>) -> GuardResult {
    GuardResult { guard, outcome, reasons, counterexample: None }
}
