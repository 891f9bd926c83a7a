//! Writes: intent before, outcome after, and what follows (R10-R14, D6-D8, D20).

use super::proof::{Approved, Gated, NotApproved};
use super::{ROLLBACK_WINDOW, Situation, TRIES_LIMIT, WriteOutcome, find, refuse, rollback};
use crate::change::{Image, same};
use crate::gates;
use crate::journal::event::{Event, ExecutionOutcome};
use crate::state::{Remediation, State};
use trueconfig_common::id::RemediationId;
use trueconfig_common::interface::CallError;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::{CallRecord, Difference, Direction, RemediationState};

/// Begins an approved plan: the gates run once more (D4), every target must be as planned (D20).
pub(super) fn begin(
    state: &State,
    id: RemediationId,
    observed: Vec<Image>,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    if !state.settings.auto_remediation_enabled {
        let reason = "remediation is off for the tenant".to_owned();
        return Ok(vec![Event::RemediationCancelled { id, reason }]);
    }
    let results = gates::run(state, &remediation.plan, situation);
    let proof =
        Gated::new(results.clone()).and_then(|gated| Approved::new(&remediation, &gated, situation.now));
    match proof {
        Ok(_) => {}
        Err(NotApproved::State(state)) => return refuse(format!("{id} is {state}")),
        Err(NotApproved::Expired) => return Ok(vec![Event::RemediationExpired { id }]),
        Err(NotApproved::Blocked(gate)) => {
            return Ok(vec![Event::RemediationBlocked { id, reasons: vec![format!("gate {gate}")] }]);
        }
        Err(missing @ (NotApproved::Digest | NotApproved::Unacknowledged(_))) => {
            return Ok(ask_again(&remediation, &missing, situation));
        }
    }
    let differences = differences(&remediation, &observed, |step| step.before.clone());
    if !differences.is_empty() {
        let reason = "the tenant changed since it was planned".to_owned();
        return Ok(vec![Event::RemediationSuperseded { id, reason, differences }]);
    }
    Ok(vec![Event::ExecutionStarted { id, gates: results }])
}

/// A gate that fails at the last moment takes the approval back and asks again (R39).
fn ask_again(remediation: &Remediation, missing: &NotApproved, situation: &Situation<'_>) -> Vec<Event> {
    let id = remediation.id.clone();
    let note = Personal::new(format!("not executed: {missing}"));
    match remediation.expires_at {
        Some(_) => vec![Event::ApprovalWithdrawn { id, note }],
        None => {
            let expires_at = situation.now + super::APPROVAL_WINDOW;
            vec![Event::ApprovalRequested { id, expires_at }]
        }
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
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    let Some(write) = super::work::write(&remediation, step, direction) else {
        return refuse(format!("{id} has no step {step} to write"));
    };
    let view = &remediation.plan.changes[step].view;
    if remediation.state == RemediationState::RollingBack {
        if let Some(stop) = rollback::may_write(state, &remediation, step, &observed) {
            return Ok(stop);
        }
    } else if !state.settings.auto_remediation_enabled {
        return Ok(stop(&remediation, "remediation was switched off"));
    } else if remediation.steps[step].tries >= TRIES_LIMIT {
        return Ok(vec![lost(&remediation, format!("step {step} was begun {TRIES_LIMIT} times"))]);
    } else if direction == Direction::Forward && !same(&observed, &view.before) {
        return Ok(stop(&remediation, &format!("somebody changed the target of step {step}")));
    }
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
                false => stop(&remediation, &reason),
            };
            (Event::WriteRefused { id, step, direction, error, calls }, next)
        }
        WriteOutcome::Unknown(reason) => {
            (Event::WriteUnknown { id, step, direction, reason, calls }, Vec::new())
        }
    };
    Ok([vec![event], next].concat())
}

/// Records what reading told about a write without a clear answer.
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
    let Some(planned) = remediation.plan.changes.get(step) else {
        return refuse(format!("{id} has no step {step}"));
    };
    let (done, undone) = match direction {
        Direction::Forward => (&planned.view.after, &planned.view.before),
        Direction::Undo => (&planned.view.before, &planned.view.after),
    };
    let applied = match (same(&observed, done), same(&observed, undone)) {
        (true, _) => true,
        (false, true) => false,
        (false, false) => {
            let reason = format!("the target of step {step} is neither as before nor as planned");
            return Ok(give_up_on(&remediation, reason));
        }
    };
    let orphan = applied && direction == Direction::Forward && planned.change.loses_its_value();
    let resolved = Event::WriteResolved { id, step, direction, applied, produced, orphan };
    let next = match applied && !orphan {
        true => after_done(&remediation, step, direction, situation),
        false => Vec::new(),
    };
    Ok([vec![resolved], next].concat())
}

/// Compares what was read after the writes with what was planned (D8). The executor waits for
/// the tenant to catch up before it reports a difference.
pub(super) fn verify(
    state: &State,
    id: RemediationId,
    observed: Vec<Image>,
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    let differences = differences(&remediation, &observed, |step| step.after.clone());
    if differences.is_empty() {
        return Ok(vec![Event::VerificationPassed { id }]);
    }
    let reason = format!("{} of {} changes do not read back", differences.len(), observed.len());
    Ok(not_verified(state, &remediation, differences, reason))
}

/// The executor cannot read what it must: what follows depends on what was under way.
pub(super) fn give_up(state: &State, id: RemediationId, reason: String) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    match remediation.state {
        RemediationState::Verifying => Ok(not_verified(state, &remediation, Vec::new(), reason)),
        _ => Ok(give_up_on(&remediation, reason)),
    }
}

fn give_up_on(remediation: &Remediation, reason: String) -> Vec<Event> {
    match remediation.state {
        RemediationState::RollingBack => rollback::fail(remediation, reason),
        _ => vec![lost(remediation, reason.clone()), alert(remediation, "needs_operator", &reason)],
    }
}

/// A failed verification always alerts and holds; it rolls back only where allowed (D9, R71).
fn not_verified(
    state: &State,
    remediation: &Remediation,
    differences: Vec<Difference>,
    reason: String,
) -> Vec<Event> {
    let (id, control) = (remediation.id.clone(), remediation.plan.control.clone());
    let alert = alert(remediation, "verification_failed", &reason);
    let hold = Event::HoldPlaced { control, reason: format!("the verification of {id} failed") };
    let failed = Event::VerificationFailed { id: id.clone(), differences, reason };
    let may_roll_back = state.settings.auto_rollback && !remediation.plan.high_impact;
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
                rollback_until: Some(situation.now + ROLLBACK_WINDOW),
            };
            vec![finished, Event::VerificationStarted { id }]
        }
        _ => Vec::new(),
    }
}

/// Ends an execution between writes: partial if something was written, else failed.
fn stop(remediation: &Remediation, reason: &str) -> Vec<Event> {
    let written = remediation.applied().count();
    let (outcome, reason) = match written {
        0 => (ExecutionOutcome::Failed, format!("{reason}; nothing was changed")),
        some => (
            ExecutionOutcome::Partial,
            format!("{reason}; {some} of {} changes were made", remediation.steps.len()),
        ),
    };
    let rollback_until =
        remediation.timeline.last().filter(|_| written > 0).map(|last| last.at + ROLLBACK_WINDOW);
    let alert = alert(remediation, "execution_stopped", &reason);
    vec![Event::ExecutionFinished { id: remediation.id.clone(), outcome, reason, rollback_until }, alert]
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
