//! Writes: intent before, outcome after, and what follows (R10-R14, D6-D8, D20).

use super::approval::quorum_of;
use super::proof::{Approved, Gated, NotApproved, under_way};
use super::work::{self, Work};
use super::{ROLLBACK_WINDOW, Situation, TRIES_LIMIT, WriteOutcome, find, must_show, refuse, rollback};
use crate::change::{Image, same};
use crate::gates;
use crate::journal::event::{Event, ExecutionOutcome};
use crate::state::{Remediation, State};
use chrono::{DateTime, Utc};
use trueconfig_common::id::RemediationId;
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::Mode;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::{Act, CallRecord, Difference, Direction, RemediationState};

/// Begins an approved plan: the gates run once more (D4), every target must be as planned (D20).
pub(super) fn begin(
    state: &State,
    id: RemediationId,
    observed: Vec<Image>,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    if remediation.state != RemediationState::Approved {
        return refuse(format!("{id} is {}, not approved", remediation.state));
    }
    if let Some(other) = under_way(state) {
        return refuse(format!("{} is under way: one remediation at a time", other.id));
    }
    all_read(&remediation, &observed)?;
    if !state.settings.auto_remediation_enabled {
        let reason = "remediation is off for the tenant".to_owned();
        return Ok(vec![Event::RemediationCancelled { id, reason }]);
    }
    let results = gates::run(state, &remediation.plan, situation);
    let quorum = quorum_of(&remediation, situation);
    let proof = Gated::new(results.clone())
        .and_then(|gated| Approved::new(&remediation, &gated, &quorum, situation.now));
    match proof {
        Ok(_) => {}
        Err(NotApproved::State(state)) => return refuse(format!("{id} is {state}")),
        Err(missing @ NotApproved::Window(_)) => return refuse(format!("{id} does not begin: {missing}")),
        Err(NotApproved::Expired) => return Ok(vec![Event::RemediationExpired { id }]),
        Err(NotApproved::Blocked(gate)) => {
            return Ok(vec![Event::RemediationBlocked { id, reasons: vec![format!("gate {gate}")] }]);
        }
        Err(missing @ (NotApproved::Digest | NotApproved::Quorum(_) | NotApproved::Unacknowledged(_))) => {
            return Ok(ask_again(&remediation, &missing.to_string()));
        }
    }
    let differences = differences(&remediation, &observed, |step| step.before.clone());
    if !differences.is_empty() {
        let reason = "the tenant changed since it was planned".to_owned();
        return Ok(vec![Event::RemediationSuperseded { id, reason, differences }]);
    }
    Ok(vec![Event::ExecutionStarted { id, gates: results }])
}

/// What comes up at the last moment takes the approval back and asks again (R39).
fn ask_again(remediation: &Remediation, reason: &str) -> Vec<Event> {
    let note = Personal::new(format!("not executed: {reason}"));
    vec![Event::ApprovalWithdrawn { id: remediation.id.clone(), note }]
}

/// A target that was not read is not a target that is absent (invariant 6).
fn all_read(remediation: &Remediation, observed: &[Image]) -> Result<(), CallError> {
    match observed.len() == remediation.plan.changes.len() {
        true => Ok(()),
        false => refuse(format!("not every target of {} was read", remediation.id)),
    }
}

/// Allows one write, or stops: the switch is read here, right before every write (D6).
pub(super) fn intend(
    state: &State,
    id: RemediationId,
    step: usize,
    direction: Direction,
    observed: Image,
    client_request_id: String,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    let next = match work::next(state) {
        Some(Work::Write(write)) => Some(write),
        _ => None,
    };
    let write = next.filter(|next| next.is(&id, step, direction));
    let Some(write) = write else {
        return refuse(format!("step {step} of {id} is not what is to be written now"));
    };
    let stop = match (remediation.state, direction) {
        (RemediationState::RollingBack, _) => {
            rollback::may_write(state, &remediation, step, &observed, situation)?
        }
        (_, Direction::Forward) => may_write(state, &remediation, step, &observed, situation),
        (_, Direction::Undo) => may_remove_orphan(state, &remediation, step, situation),
    };
    if let Some(stop) = stop {
        return Ok(stop);
    }
    let view = &remediation.plan.changes[step].view;
    let (before_snapshot, after_snapshot) = match direction {
        Direction::Forward => (view.before.clone(), view.after.clone()),
        Direction::Undo => (observed, view.before.clone()),
    };
    let request = write.request;
    Ok(vec![Event::WriteIntended {
        id,
        step,
        direction,
        request,
        client_request_id,
        before_snapshot,
        after_snapshot,
    }])
}

/// What is to happen instead of a write towards the baseline; none if it may be made.
fn may_write(
    state: &State,
    remediation: &Remediation,
    step: usize,
    observed: &Image,
    situation: &Situation<'_>,
) -> Option<Vec<Event>> {
    let planned = remediation.plan.changes.get(step)?;
    let tries = remediation.steps.get(step)?.tries;
    if !state.settings.auto_remediation_enabled {
        return Some(stop(remediation, "remediation was switched off", situation));
    }
    if let Some(window) = remediation.window().filter(|window| !window.holds_at(situation.now)) {
        return Some(stop(remediation, &format!("its window {window} is over"), situation));
    }
    if tries >= TRIES_LIMIT {
        return Some(give_up_on(remediation, format!("step {step} was begun {tries} times")));
    }
    let changed = !same(observed, &planned.view.before);
    changed.then(|| stop(remediation, &format!("somebody changed the target of step {step}"), situation))
}

/// The same for taking away what a step made in vain.
fn may_remove_orphan(
    state: &State,
    remediation: &Remediation,
    step: usize,
    situation: &Situation<'_>,
) -> Option<Vec<Event>> {
    if !state.settings.auto_remediation_enabled {
        return Some(stop(remediation, "remediation was switched off", situation));
    }
    let tries = remediation.steps.get(step)?.undo_tries;
    let reason = || format!("taking back step {step} was begun {tries} times");
    (tries >= TRIES_LIMIT).then(|| give_up_on(remediation, reason()))
}

/// Records what came of a write and what follows from it.
pub(super) fn conclude(
    state: &State,
    id: RemediationId,
    step: usize,
    direction: Direction,
    outcome: WriteOutcome,
    calls: Vec<CallRecord>,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    let act = remediation.steps.get(step).map(|one| one.act(direction));
    if !remediation.state.is_running() || !matches!(act, Some(Act::Intended { .. })) {
        return refuse(format!("step {step} of {id} is not being written"));
    }
    let undoing = remediation.state == RemediationState::RollingBack;
    let (event, next) = match outcome {
        WriteOutcome::Done { produced, sealed } => {
            let next = after_done(&remediation, step, direction, situation);
            (Event::WriteDone { id, step, direction, produced, calls, sealed }, next)
        }
        WriteOutcome::Refused(error) => {
            let reason = format!("Graph refused step {step}: {error}");
            let next = match undoing {
                true => rollback::fail(&remediation, reason),
                false => [stop(&remediation, &reason, situation), hold_auto(&remediation)].concat(),
            };
            (Event::WriteRefused { id, step, direction, error, calls }, next)
        }
        WriteOutcome::Unknown(reason) => {
            (Event::WriteUnknown { id, step, direction, reason, calls }, Vec::new())
        }
    };
    Ok([vec![event], next].concat())
}

/// Records what reading told about a write without a clear answer. That it shows is believed at once, that it does
/// not once it would (D8).
///
/// # Errors
/// If it must be read again.
pub(super) fn resolve(
    state: &State,
    id: RemediationId,
    step: usize,
    direction: Direction,
    observed: Image,
    produced: Option<String>,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    let asked = matches!(work::next(state), Some(Work::Probe(write)) if write.is(&id, step, direction));
    let Some(planned) = remediation.plan.changes.get(step).filter(|_| asked) else {
        return refuse(format!("step {step} of {id} is not in doubt"));
    };
    let (done, undone) = match direction {
        Direction::Forward => (&planned.view.after, &planned.view.before),
        Direction::Undo => (&planned.view.before, &planned.view.after),
    };
    if same(&observed, done) {
        return Ok(applied(&remediation, step, direction, produced, situation));
    }
    let written = remediation.steps.get(step).map(|one| one.act(direction));
    written.map_or(Ok(()), |act| must_show(step, act, situation))?;
    Ok(match same(&observed, undone) {
        true => {
            vec![Event::WriteResolved { id, step, direction, applied: false, produced: None, orphan: false }]
        }
        false => {
            let reason = format!("the target of step {step} is neither as before nor as planned");
            give_up_on(&remediation, reason)
        }
    })
}

/// A write without a clear answer took effect.
fn applied(
    remediation: &Remediation,
    step: usize,
    direction: Direction,
    produced: Option<String>,
    situation: &Situation<'_>,
) -> Vec<Event> {
    let id = remediation.id.clone();
    let loses = remediation.plan.changes.get(step).is_some_and(|one| one.change.loses_its_value());
    let orphan = direction == Direction::Forward && loses;
    let resolved = Event::WriteResolved { id, step, direction, applied: true, produced, orphan };
    let next = match orphan {
        true => Vec::new(),
        false => after_done(remediation, step, direction, situation),
    };
    [vec![resolved], next].concat()
}

/// Compares what was read after the writes with what was planned (D8). The executor waits for
/// the tenant to catch up before it reports a difference.
pub(super) fn verify(
    state: &State,
    id: RemediationId,
    observed: Vec<Image>,
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    if !matches!(remediation.state, RemediationState::Executed | RemediationState::Verifying) {
        return refuse(format!("{id} is {}, there is nothing to verify", remediation.state));
    }
    all_read(&remediation, &observed)?;
    let differences = differences(&remediation, &observed, |step| step.after.clone());
    let verdict = match differences.is_empty() {
        true => vec![Event::VerificationPassed { id }],
        false => {
            let reason = format!("{} of {} changes do not read back", differences.len(), observed.len());
            not_verified(state, &remediation, differences, reason)
        }
    };
    Ok([begin_verification(&remediation), verdict].concat())
}

fn begin_verification(remediation: &Remediation) -> Vec<Event> {
    match remediation.state {
        RemediationState::Executed => vec![Event::VerificationStarted { id: remediation.id.clone() }],
        _ => Vec::new(),
    }
}

/// The executor cannot read what it must: what follows depends on what was under way.
pub(super) fn give_up(state: &State, id: RemediationId, reason: String) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    match remediation.state {
        RemediationState::Approved => {
            let alert = alert(&remediation, "not_executed", &reason);
            Ok([ask_again(&remediation, &reason), vec![alert]].concat())
        }
        RemediationState::Executed | RemediationState::Verifying => {
            let failed = not_verified(state, &remediation, Vec::new(), reason);
            Ok([begin_verification(&remediation), failed].concat())
        }
        RemediationState::Executing | RemediationState::RollingBack => Ok(give_up_on(&remediation, reason)),
        other => refuse(format!("{id} is {other}: nothing is under way")),
    }
}

fn give_up_on(remediation: &Remediation, reason: String) -> Vec<Event> {
    match remediation.state {
        RemediationState::RollingBack => rollback::fail(remediation, reason),
        _ => vec![lost(remediation, reason.clone()), alert(remediation, "needs_operator", &reason)],
    }
}

/// A failed verification always alerts and holds; it rolls back only where allowed (D9, R71) and
/// where nobody else's change would be overwritten or is not known (D20).
fn not_verified(
    state: &State,
    remediation: &Remediation,
    differences: Vec<Difference>,
    reason: String,
) -> Vec<Event> {
    let (id, control) = (remediation.id.clone(), remediation.plan.control.clone());
    let alert = alert(remediation, "verification_failed", &reason);
    let hold = Event::HoldPlaced { control, reason: format!("the verification of {id} failed") };
    let ours = |one: &Difference| same(&one.found, &one.before);
    let known = !differences.is_empty() && differences.iter().all(ours);
    let failed = Event::VerificationFailed { id: id.clone(), differences, reason };
    let allowed = !remediation.plan.high_impact && remediation.plan.can_be_undone();
    let may_roll_back = state.settings.auto_rollback && allowed && known;
    let rollback = may_roll_back.then(|| Event::RollbackStarted {
        id,
        note: Personal::new("the verification failed and the tenant allows automatic rollback"),
    });
    [failed, alert, hold].into_iter().chain(rollback).collect()
}

/// What follows when a write has taken effect.
fn after_done(
    remediation: &Remediation,
    step: usize,
    direction: Direction,
    situation: &Situation<'_>,
) -> Vec<Event> {
    let id = remediation.id.clone();
    let others = || remediation.applied().filter(|other| *other != step).count();
    match (remediation.state, direction) {
        (RemediationState::RollingBack, _) if others() == 0 => rollback::succeed(remediation),
        (RemediationState::Executing, Direction::Forward) if others() + 1 == remediation.steps.len() => {
            let finished = Event::ExecutionFinished {
                id: id.clone(),
                outcome: ExecutionOutcome::Executed,
                reason: String::new(),
                rollback_until: rollback_until(remediation, situation),
            };
            vec![finished, Event::VerificationStarted { id }]
        }
        _ => Vec::new(),
    }
}

/// Ends an execution between writes: partial if something was written, else failed.
fn stop(remediation: &Remediation, reason: &str, situation: &Situation<'_>) -> Vec<Event> {
    let written = remediation.applied().count();
    let (outcome, reason) = match written {
        0 => (ExecutionOutcome::Failed, format!("{reason}; nothing was changed")),
        some => (
            ExecutionOutcome::Partial,
            format!("{reason}; {some} of {} changes were made", remediation.steps.len()),
        ),
    };
    let rollback_until = if written > 0 { rollback_until(remediation, situation) } else { None };
    let alert = alert(remediation, "execution_stopped", &reason);
    vec![Event::ExecutionFinished { id: remediation.id.clone(), outcome, reason, rollback_until }, alert]
}

/// The window opens at the end of the execution, and only for what can be undone (R64, D15).
fn rollback_until(remediation: &Remediation, situation: &Situation<'_>) -> Option<DateTime<Utc>> {
    remediation.plan.can_be_undone().then(|| situation.now + ROLLBACK_WINDOW)
}

/// What Graph refused once it would refuse at every scan: the next plan asks a person.
fn hold_auto(remediation: &Remediation) -> Vec<Event> {
    let (id, plan) = (&remediation.id, &remediation.plan);
    let reason = format!("Graph refused a write of {id}");
    let hold = Event::HoldPlaced { control: plan.control.clone(), reason };
    if plan.mode == Mode::Auto { vec![hold] } else { Vec::new() }
}

fn lost(remediation: &Remediation, reason: String) -> Event {
    Event::ExecutionFinished {
        id: remediation.id.clone(),
        outcome: ExecutionOutcome::NeedsOperator,
        reason,
        rollback_until: None,
    }
}

pub(super) fn alert(remediation: &Remediation, code: &str, reason: &str) -> Event {
    Event::Alerted {
        code: code.to_owned(),
        control: Some(remediation.plan.control.clone()),
        id: Some(remediation.id.clone()),
        message: Personal::new(format!("{} for {}: {reason}", remediation.id, remediation.plan.control)),
    }
}

/// Where what was read differs from one of the images of the plan.
fn differences(
    remediation: &Remediation,
    observed: &[Image],
    expected: impl Fn(&trueconfig_common::change::ChangeView) -> Image,
) -> Vec<Difference> {
    let changes = remediation.plan.changes.iter().enumerate();
    changes
        .filter_map(|(step, change)| {
            let found = observed.get(step).cloned().unwrap_or_default();
            let expected = expected(&change.view);
            let before = change.view.before.clone();
            (!same(&found, &expected)).then_some(Difference { step, before, expected, found })
        })
        .collect()
}
