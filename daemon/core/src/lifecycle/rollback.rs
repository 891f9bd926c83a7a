//! Taking back what was done (R63-R71, D9, D20).

use super::execution::alert;
use super::{Situation, TRIES_LIMIT, find, must_show, refuse};
use crate::change::{Image, same};
use crate::journal::event::{Event, RollbackOutcome};
use crate::state::{Remediation, State};
use chrono::{DateTime, Utc};
use trueconfig_common::id::RemediationId;
use trueconfig_common::interface::CallError;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::{Difference, Direction, RemediationState};

/// Starts a rollback: in its window, and only if every touched field is as we left it, or is back
/// already. Otherwise nothing is overwritten; the three-way difference is recorded and a person
/// decides.
pub(super) fn start(
    state: &State,
    id: RemediationId,
    note: Personal,
    observed: Vec<(usize, Image)>,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    let remediation = find(state, &id)?;
    if let Some(reason) = refusal(state, &remediation, situation.now) {
        return refuse(reason);
    }
    let mut differences = Vec::new();
    for step in remediation.applied() {
        let Some((_, found)) = observed.iter().find(|(read, _)| *read == step) else {
            return refuse(format!("the target of step {step} of {id} was not read"));
        };
        differences.extend(difference(&remediation, step, found));
    }
    match differences.is_empty() {
        true => Ok(vec![Event::RollbackStarted { id, note }]),
        false => Ok(vec![Event::RollbackRefused { id, differences }]),
    }
}

/// What is there, where it is neither as we left it nor as it was before.
fn difference(remediation: &Remediation, step: usize, found: &Image) -> Option<Difference> {
    let view = &remediation.plan.changes.get(step)?.view;
    let (before, expected) = (view.before.clone(), view.after.clone());
    let known = same(found, &expected) || same(found, &before);
    (!known).then(|| Difference { step, before, expected, found: found.clone() })
}

/// Why a remediation cannot be rolled back now, in words; none if it can.
pub fn refusal(state: &State, remediation: &Remediation, now: DateTime<Utc>) -> Option<String> {
    let id = &remediation.id;
    if !remediation.state.may_roll_back() {
        return Some(format!("{id} is {}: there is nothing to roll back", remediation.state));
    }
    if remediation.applied().next().is_none() {
        return Some(format!("{id} has changed nothing"));
    }
    if !remediation.plan.can_be_undone() {
        return Some(format!("{id} cannot be undone, as its plan said"));
    }
    if !remediation.in_rollback_window(now) {
        let until = remediation.rollback_until.map_or_else(String::new, |until| until.to_rfc3339());
        return Some(format!(
            "the 24 hours for rolling {id} back ended {until}: its audit record has the former values"
        ));
    }
    super::proof::under_way(state)
        .map(|other| format!("{} is under way, one at a time: wait for its end", other.id))
}

/// Why a rollback must stop before its next write: switched off since it began (D6), or the
/// object was changed by somebody else (D20). None if it may go on.
///
/// # Errors
/// If it must wait: what is read may be older than our own write.
pub(super) fn may_write(
    state: &State,
    remediation: &Remediation,
    step: usize,
    observed: &Image,
    situation: &Situation<'_>,
) -> Result<Option<Vec<Event>>, CallError> {
    let began = remediation
        .timeline
        .iter()
        .rev()
        .find(|moment| moment.state == RemediationState::RollingBack)
        .map_or(0, |moment| moment.seq);
    if state.settings.switched_off > began {
        let reason = "remediation was switched off".to_owned();
        let finished = finish(remediation, RollbackOutcome::Partial, &reason);
        return Ok(Some(vec![finished, alert(remediation, "rollback_stopped", &reason)]));
    }
    let Some((view, progress)) =
        remediation.plan.changes.get(step).map(|one| &one.view).zip(remediation.steps.get(step))
    else {
        return Ok(None);
    };
    if same(observed, &view.after) {
        let tries = progress.undo_tries;
        let reason = || format!("undoing step {step} was begun {tries} times");
        return Ok((tries >= TRIES_LIMIT).then(|| fail(remediation, reason())));
    }
    if !same(observed, &view.before) {
        return Ok(Some(fail(remediation, format!("somebody changed the target of step {step} since"))));
    }
    must_show(step, &progress.forward, situation)?;
    Ok(Some(already_undone(remediation, step)))
}

/// Somebody put it back already: that is success, and needs no write.
fn already_undone(remediation: &Remediation, step: usize) -> Vec<Event> {
    let resolved = Event::WriteResolved {
        id: remediation.id.clone(),
        step,
        direction: Direction::Undo,
        applied: true,
        produced: None,
        orphan: false,
    };
    let last = remediation.applied().all(|other| other == step);
    let rest = if last { succeed(remediation) } else { Vec::new() };
    [vec![resolved], rest].concat()
}

/// Everything is undone: the control is held, so that nothing does it again (D9).
pub(super) fn succeed(remediation: &Remediation) -> Vec<Event> {
    let id = &remediation.id;
    let control = remediation.plan.control.clone();
    let hold = Event::HoldPlaced { control, reason: format!("{id} was rolled back") };
    vec![finish(remediation, RollbackOutcome::RolledBack, ""), hold]
}

/// It did not succeed: a person must look.
pub(super) fn fail(remediation: &Remediation, reason: String) -> Vec<Event> {
    let control = remediation.plan.control.clone();
    let hold = Event::HoldPlaced { control, reason: format!("the rollback of {} failed", remediation.id) };
    let alert = alert(remediation, "rollback_failed", &reason);
    vec![finish(remediation, RollbackOutcome::Failed, &reason), alert, hold]
}

fn finish(remediation: &Remediation, outcome: RollbackOutcome, reason: &str) -> Event {
    Event::RollbackFinished { id: remediation.id.clone(), outcome, reason: reason.to_owned() }
}
