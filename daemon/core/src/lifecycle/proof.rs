//! Proofs that a write may be made (invariant 3). They are made anew each time and never stored.

use super::quorum;
use crate::baseline::Quorum;
use crate::state::{Remediation, State};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use trueconfig_common::gate::{Gate, GateOutcome, GateResult};
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::window::Window;

/// Gates that were run and of which none blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gated(Vec<GateResult>);

/// A remediation that may be executed: approved for this very digest by as many as must, inside
/// its window, and with no failed gate that one of them did not know of.
#[derive(Clone, Debug)]
pub struct Approved(Arc<Remediation>);

/// Why something may not be executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// A gate blocks it.
    #[error("the gate {0} blocks it")]
    Blocked(Gate),
    /// It is not in the state `approved`.
    #[error("it is {0}, not approved")]
    State(RemediationState),
    /// An approval names another digest.
    #[error("an approval is for another plan")]
    Digest,
    /// Fewer agreed than must.
    #[error("not enough people agreed: {0}")]
    Quorum(String),
    /// The approval's time is over.
    #[error("the time for it is over")]
    Expired,
    /// It is approved for another time.
    #[error("it is approved for {0}")]
    Window(Window),
    /// A gate fails that an approver did not acknowledge.
    #[error("the gate {0} fails, which an approver did not acknowledge")]
    Unacknowledged(Gate),
}

impl Gated {
    /// Takes gate results of which none blocks.
    ///
    /// # Errors
    /// The gate that blocks.
    pub fn new(results: Vec<GateResult>) -> Result<Self, NotApproved> {
        match results.iter().find(|result| result.outcome == GateOutcome::Blocked) {
            Some(blocking) => Err(NotApproved::Blocked(blocking.gate)),
            None => Ok(Self(results)),
        }
    }

    /// The results.
    pub fn results(&self) -> &[GateResult] {
        &self.0
    }
}

impl Approved {
    /// Proves that a remediation may be executed now.
    ///
    /// # Errors
    /// [`NotApproved`] with the first thing that is missing.
    pub fn new(
        remediation: &Arc<Remediation>,
        gated: &Gated,
        quorum: &Quorum<'_>,
        now: DateTime<Utc>,
    ) -> Result<Self, NotApproved> {
        if remediation.state != RemediationState::Approved {
            return Err(NotApproved::State(remediation.state));
        }
        let approvals = &remediation.approvals;
        if approvals.iter().any(|approval| approval.digest != remediation.digest) {
            return Err(NotApproved::Digest);
        }
        if let Some(missing) = quorum::missing(approvals, quorum) {
            return Err(NotApproved::Quorum(missing));
        }
        if remediation.expires_at.is_some_and(|until| now >= until) {
            return Err(NotApproved::Expired);
        }
        if let Some(window) = remediation.window().filter(|window| !window.holds_at(now)) {
            return Err(NotApproved::Window(window));
        }
        let unknown = crate::gates::failed(gated.results())
            .into_iter()
            .find(|gate| !approvals.iter().all(|approval| approval.acknowledged.contains(gate)));
        match unknown {
            Some(gate) => Err(NotApproved::Unacknowledged(gate)),
            None => Ok(Self(Arc::clone(remediation))),
        }
    }

    /// The remediation.
    pub fn remediation(&self) -> &Arc<Remediation> {
        &self.0
    }
}

/// The remediation under way whose writes the state allows: `executing` or `rolling_back`. Only
/// [`State`]'s transition function leads there, through an [`Approved`] or a rollback.
pub fn under_way(state: &State) -> Option<&Arc<Remediation>> {
    state.remediations.values().find(|remediation| remediation.state.is_running())
}
