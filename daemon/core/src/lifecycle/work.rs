//! What the executor should do now.
//!
//! One remediation at a time per tenant. The answer depends on the state alone, so that after a
//! restart the same function picks up where the journal ends.

use crate::change::{GraphRead, resolve};
use crate::state::{Remediation, State};
use std::sync::Arc;
use trueconfig_common::change::GraphRequest;
use trueconfig_common::id::RemediationId;
use trueconfig_common::remediation::{Act, Direction, RemediationState};

/// Something for the executor to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Read every target of an approved plan, then ask to begin.
    Begin(Arc<Remediation>),
    /// Read one target, ask for an intent, write, report.
    Write(Write),
    /// A write has no clear answer: read whether it took effect.
    Probe(Write),
    /// Read every target until it is as planned, or time is up.
    Verify(Arc<Remediation>),
}

/// One write, complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The remediation.
    pub remediation: Arc<Remediation>,
    /// Which of its changes.
    pub step: usize,
    /// Which way.
    pub direction: Direction,
    /// Exactly what to send.
    pub request: GraphRequest,
    /// What to fetch to see the touched fields.
    pub read: GraphRead,
}

impl Write {
    /// Whether it is this one.
    pub fn is(&self, id: &RemediationId, step: usize, direction: Direction) -> bool {
        self.remediation.id == *id && self.step == step && self.direction == direction
    }
}

impl Work {
    /// The remediation it belongs to.
    pub fn id(&self) -> &RemediationId {
        match self {
            Self::Begin(remediation) | Self::Verify(remediation) => &remediation.id,
            Self::Write(write) | Self::Probe(write) => &write.remediation.id,
        }
    }
}

/// What to do now; none if nothing is approved and nothing is under way.
pub fn next(state: &State) -> Option<Work> {
    let under_way = super::proof::under_way(state);
    let ready = |one: &&Arc<Remediation>| one.state == RemediationState::Approved && !one.waits_for_window();
    let waiting = || state.remediations.values().find(ready);
    let remediation = under_way.or_else(waiting)?;
    match remediation.state {
        RemediationState::Approved => Some(Work::Begin(Arc::clone(remediation))),
        RemediationState::Executing => forward(remediation),
        RemediationState::Executed | RemediationState::Verifying => {
            Some(Work::Verify(Arc::clone(remediation)))
        }
        RemediationState::RollingBack => backward(remediation),
        _ => None,
    }
}

fn forward(remediation: &Arc<Remediation>) -> Option<Work> {
    if let Some(orphan) = remediation.orphans.first() {
        return act(remediation, *orphan, Direction::Undo);
    }
    let open = remediation.steps.iter().position(|step| !matches!(step.forward, Act::Done { .. }))?;
    act(remediation, open, Direction::Forward)
}

fn backward(remediation: &Arc<Remediation>) -> Option<Work> {
    let last = remediation.applied().next_back()?;
    act(remediation, last, Direction::Undo)
}

fn act(remediation: &Arc<Remediation>, step: usize, direction: Direction) -> Option<Work> {
    let write = write(remediation, step, direction)?;
    match remediation.steps.get(step)?.act(direction) {
        Act::Idle => Some(Work::Write(write)),
        Act::Intended { .. } | Act::Unknown { .. } => Some(Work::Probe(write)),
        Act::Done { .. } | Act::Refused { .. } => None,
    }
}

/// One write of a remediation, complete; none if there is no such step or it has no inverse.
pub fn write(remediation: &Arc<Remediation>, step: usize, direction: Direction) -> Option<Write> {
    let planned = remediation.plan.changes.get(step)?;
    let request = match direction {
        Direction::Forward => planned.view.request.clone(),
        Direction::Undo => {
            let produced = match &remediation.steps.get(step)?.forward {
                Act::Done { produced, .. } => produced.as_deref(),
                _ => None,
            };
            resolve(planned.view.inverse.as_ref()?, produced)
        }
    };
    let read = planned.change.read();
    Some(Write { remediation: Arc::clone(remediation), step, direction, request, read })
}
