//! What happens with a plan: automatically, by approval, or not at all (R9, D2).

use super::Situation;
use crate::state::State;
use trueconfig_common::gate::{GateOutcome, GateResult};
use trueconfig_common::id::ControlId;
use trueconfig_common::mode::Mode;

/// What follows from mode and gates: exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Remediate automatically.
    Automatic,
    /// Ask for approval.
    Ask,
    /// It can never run.
    Block,
}

/// Decides for a plan whose gates were run. Automatic needs auto in force and all five gates
/// (R38); a gate without which nobody can approve blocks (D2); all else asks (R39).
pub(super) fn decide(
    state: &State,
    control: &ControlId,
    gates: &[GateResult],
    situation: &Situation<'_>,
) -> Decision {
    if gates.iter().any(|gate| gate.outcome == GateOutcome::Blocked) {
        return Decision::Block;
    }
    let automatic = mode_in_force(state, control, situation) == Mode::Auto
        && gates.iter().all(|gate| gate.outcome == GateOutcome::Pass);
    match automatic {
        true => Decision::Automatic,
        false => Decision::Ask,
    }
}

/// The mode in force: what the operator chose, capped by holds, by the control's highest mode
/// and by the never-auto list (R62).
pub(super) fn mode_in_force(state: &State, control: &ControlId, situation: &Situation<'_>) -> Mode {
    let highest =
        situation.control(control).map_or(Mode::Advisory, |control| control.effective_highest_mode());
    state.settings.mode(control).min(highest)
}
