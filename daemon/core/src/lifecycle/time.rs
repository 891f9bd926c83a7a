//! What runs out by itself (R31, D15).

use crate::journal::event::Event;
use crate::state::State;
use chrono::{DateTime, Utc};
use trueconfig_common::remediation::RemediationState;

/// Ends what nobody approved in time: expired when `now >= created + 7 d` (D15).
pub(super) fn tick(state: &State, now: DateTime<Utc>) -> Vec<Event> {
    state
        .open()
        .filter(|one| matches!(one.state, RemediationState::PendingApproval | RemediationState::Approved))
        .filter(|one| one.expires_at.is_some_and(|until| now >= until))
        .map(|one| Event::RemediationExpired { id: one.id.clone() })
        .collect()
}
