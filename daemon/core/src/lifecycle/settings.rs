//! Settings: modes, switches, tests, holds.

use super::{Situation, refuse};
use crate::journal::event::Event;
use crate::state::State;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::{BlastRadius, Mode};
use trueconfig_common::personal::Personal;

/// Switches remediation on or off. Off cancels all that is pending (R72).
pub(super) fn switch(state: &State, enabled: bool, reason: Personal) -> Result<Vec<Event>, CallError> {
    if enabled && state.settings.killed.is_some() {
        return refuse("the kill switch is pulled: release it with `trueconfig resume`");
    }
    let switched = Event::RemediationSwitched { auto_remediation_enabled: enabled, reason };
    let cancelled = match enabled {
        true => Vec::new(),
        false => cancel_pending(state, "remediation was switched off"),
    };
    Ok([vec![switched], cancelled].concat())
}

/// Pulls the kill switch: the same flag set off, with who and why (D6). Twice is no error.
pub(super) fn kill(state: &State, reason: Personal) -> Result<Vec<Event>, CallError> {
    let cancelled = cancel_pending(state, "the kill switch was pulled");
    Ok([vec![Event::KillSwitchPulled { reason }], cancelled].concat())
}

/// Releases the kill switch; nothing cancelled comes back (D6).
pub(super) fn resume(state: &State, reason: Personal) -> Result<Vec<Event>, CallError> {
    match state.settings.killed {
        Some(_) => Ok(vec![Event::KillSwitchReleased { reason }]),
        None => refuse("the kill switch is not pulled"),
    }
}

fn cancel_pending(state: &State, reason: &str) -> Vec<Event> {
    cancel(state, reason, |_| true)
}

fn cancel(state: &State, reason: &str, wanted: impl Fn(&ControlId) -> bool) -> Vec<Event> {
    state
        .open()
        .filter(|one| one.state.is_pending() && wanted(&one.plan.control))
        .map(|one| Event::RemediationCancelled { id: one.id.clone(), reason: reason.to_owned() })
        .collect()
}

/// Sets a mode. Auto is per control only (D21), never for the never-auto list (R62), and at
/// blast radius 3 only with a reason (D1). Advisory cancels what is pending (R18).
pub(super) fn set_mode(
    state: &State,
    control: Option<ControlId>,
    mode: Option<Mode>,
    reason: Personal,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    match (&control, mode) {
        (None, Some(Mode::Auto)) => {
            return refuse("auto is set per control only, never for the whole tenant (choose a control)");
        }
        (None, _) => {}
        (Some(id), mode) => may_have_mode(id, mode, &reason, situation)?,
    }
    let mut after = state.settings.clone();
    match (&control, mode) {
        (None, mode) => after.default_mode = mode.unwrap_or(Mode::Advisory),
        (Some(id), None) => {
            after.overrides.remove(id);
        }
        (Some(id), Some(mode)) => {
            let one = trueconfig_common::interface::settings::Override {
                mode,
                reason: reason.clone(),
                since: situation.now,
            };
            after.overrides.insert(id.clone(), one);
        }
    }
    let cancelled = cancel(state, "the control was set to advisory", |id| after.mode(id) == Mode::Advisory);
    Ok([vec![Event::ModeSet { control, mode, reason }], cancelled].concat())
}

fn may_have_mode(
    id: &ControlId,
    mode: Option<Mode>,
    reason: &Personal,
    situation: &Situation<'_>,
) -> Result<(), CallError> {
    let Some(control) = situation.control(id) else {
        return Err(CallError::NotFound {
            kind: "control".to_owned(),
            id: id.to_string(),
            help: "list them with `trueconfig controls`".to_owned(),
        });
    };
    let Some(mode) = mode else { return Ok(()) };
    if mode == Mode::Auto && situation.is_never_auto(id) {
        return refuse(format!("{id} is never automatic: a mistake there can lock out administrators"));
    }
    if mode > control.highest_mode {
        return refuse(format!("the highest mode of {id} is {}", control.highest_mode));
    }
    let acknowledged = !reason.as_str().trim().is_empty();
    if mode == Mode::Auto && control.blast_radius >= BlastRadius::ONE_APP_OR_USER && !acknowledged {
        let radius = control.blast_radius;
        return refuse(format!("{id} has blast radius {radius}: auto needs a reason that acknowledges it"));
    }
    Ok(())
}

/// Records a break-glass test (R57).
pub(super) fn record_test(note: Personal) -> Result<Vec<Event>, CallError> {
    if note.as_str().trim().is_empty() {
        let message = "a note is needed: which accounts signed in, from where, with which method".to_owned();
        return Err(CallError::Invalid { message });
    }
    Ok(vec![Event::EmergencyAccessVerified { note }])
}

/// Releases a control that is held in manual (D9).
pub(super) fn release_hold(
    state: &State,
    control: ControlId,
    reason: Personal,
) -> Result<Vec<Event>, CallError> {
    match state.settings.holds.contains_key(&control) {
        true => Ok(vec![Event::HoldReleased { control, reason }]),
        false => refuse(format!("{control} is not held")),
    }
}

/// Takes note of a drift.
pub(super) fn acknowledge_drift(state: &State, drift: u64, note: Personal) -> Result<Vec<Event>, CallError> {
    match state.history.drift.iter().any(|one| one.seq == drift) {
        true => Ok(vec![Event::DriftAcknowledged { drift, note }]),
        false => Err(CallError::NotFound {
            kind: "drift".to_owned(),
            id: drift.to_string(),
            help: "list it with `trueconfig drift`".to_owned(),
        }),
    }
}
