//! When the old secret of a rotation may be removed (D11): the rotation is ours, its new secret stands, and
//! it can no longer be rolled back. Everything else is left to people.

use crate::plan::Plan;
use crate::state::State;
use chrono::{DateTime, Utc};

/// What an approver of a completion must say.
pub const WHAT_THE_NOTE_SAYS: &str = "say in the note who of the application's owners confirmed that the old secret is unused, or why it goes all the same";

/// Why what a plan takes away for good must stay for now, in words; none if it may go.
pub fn refusal(state: &State, plan: &Plan, now: DateTime<Utc>) -> Option<String> {
    let Some(parent) = plan.parent.as_ref().and_then(|id| state.remediations.get(id)) else {
        return Some(
            "the new secret was not added by TrueConfig here: once the old one is unused, its owner removes \
             it by hand"
                .to_owned(),
        );
    };
    let id = &parent.id;
    if parent.applied().next().is_none() {
        return Some(format!("{id}, which added the new secret, was taken back"));
    }
    if parent.state.is_running() {
        return Some(format!("{id}, which added the new secret, is under way"));
    }
    let until = parent.rollback_until.filter(|until| now < *until)?;
    Some(format!("{id} can be rolled back until {}: the old secret stays until then", until.to_rfc3339()))
}
