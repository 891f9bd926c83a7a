//! What may happen next: commands become events, or a refusal that says why.
//!
//! [`decide`] is pure: it looks at the state and the situation and answers with the events that
//! would follow. Nothing happens by deciding; the coordinator makes the events durable first and
//! folds them with [`State::evolve`]. [`work::next`] names what the executor should do now, the
//! same in live running and after a restart.

pub mod approval;
mod attribution;
pub mod completion;
mod decision;
mod exceptions;
mod execution;
mod planning;
pub mod proof;
pub mod quorum;
pub mod rollback;
mod scan;
mod sequence;
mod settings;
mod situation;
#[cfg(test)]
mod tests;
mod time;
mod window;
pub mod work;

pub use attribution::Movements;
pub use exceptions::NewException;
#[cfg(test)]
pub(crate) use planning::announce;
pub use quorum::Approver;
pub use scan::ScanFound;
pub use situation::{Judged, Situation};

use crate::change::Image;
use crate::credentials::{self, OwnCredential};
use crate::journal::event::Event;
use crate::state::State;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use trueconfig_common::gate::Gate;
use trueconfig_common::id::{ControlId, ObjectId, PlanDigest, RemediationId};
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::Mode;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::{Act, CallRecord, Direction};
use trueconfig_common::window::Window;

/// How long an approver has (R31).
pub const APPROVAL_WINDOW: TimeDelta = TimeDelta::days(7);

/// How long a rollback is possible (R32, R64).
pub const ROLLBACK_WINDOW: TimeDelta = TimeDelta::hours(24);

/// How long rejected targets are left alone (D16).
pub const SUPPRESSION: TimeDelta = TimeDelta::days(7);

/// How often a write is begun before a person must look.
pub const TRIES_LIMIT: u32 = 3;

/// Something someone wants.
#[derive(Clone, Debug)]
pub enum Command {
    /// The daemon opened the journal.
    Start {
        /// Its version.
        version: String,
        /// Digest of the files of the baseline that it ships.
        shipped: String,
        /// What was put right in the store before.
        repairs: Vec<Repaired>,
    },
    /// The daemon is about to close the journal.
    Stop,
    /// A scan begins.
    BeginScan {
        /// `schedule` or `demand`.
        trigger: String,
    },
    /// A scan ended with a snapshot; its judgement is the situation's.
    FinishScan(ScanFound),
    /// A scan ended with nothing.
    FailScan {
        /// When it began.
        started_at: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// Time has passed: what has run out is ended.
    Tick,
    /// Time has passed: of the proofs of our registrations it is said when they end.
    WarnOfCredentials(Vec<OwnCredential>),

    /// See [`trueconfig_common::interface::remediations::PlanFix`].
    Plan(ControlId),
    /// See [`trueconfig_common::interface::remediations::ChooseTargets`].
    Choose(RemediationId, Vec<ObjectId>),
    /// See [`trueconfig_common::interface::remediations::Approve`].
    Approve {
        /// Which.
        id: RemediationId,
        /// The digest that was read.
        digest: PlanDigest,
        /// The note.
        note: Personal,
        /// Failed gates the approver knows of.
        acknowledge: Vec<Gate>,
        /// Who approves.
        approver: Approver,
        /// When it may run; none where any time is right.
        window: Option<Window>,
    },
    /// See [`trueconfig_common::interface::remediations::Withdraw`].
    Withdraw(RemediationId, Personal),
    /// See [`trueconfig_common::interface::remediations::Reject`].
    Reject(RemediationId, Personal),
    /// See [`trueconfig_common::interface::remediations::CloseRemediation`].
    Close(RemediationId, Personal),
    /// See [`trueconfig_common::interface::remediations::Rollback`].
    Rollback {
        /// Which.
        id: RemediationId,
        /// Why.
        note: Personal,
        /// The touched fields of its applied steps as they are now, by step.
        observed: Vec<(usize, Image)>,
    },

    /// See [`trueconfig_common::interface::settings::SetRemediation`].
    SwitchRemediation(bool, Personal),
    /// See [`trueconfig_common::interface::settings::Kill`].
    Kill(Personal),
    /// See [`trueconfig_common::interface::settings::Resume`].
    Resume(Personal),
    /// See [`trueconfig_common::interface::settings::SetMode`].
    SetMode {
        /// Which control; none for the default.
        control: Option<ControlId>,
        /// The mode; none takes an override away.
        mode: Option<Mode>,
        /// Why.
        reason: Personal,
    },
    /// See [`trueconfig_common::interface::settings::SetAutoRollback`].
    SetAutoRollback(bool, Personal),
    /// See [`trueconfig_common::interface::settings::RecordBreakGlassTest`].
    RecordBreakGlassTest(Personal),
    /// See [`trueconfig_common::interface::settings::ReleaseHold`].
    ReleaseHold(ControlId, Personal),
    /// See [`trueconfig_common::interface::baseline::TakeBaseline`].
    TakeBaseline(Offer, Personal),
    /// See [`trueconfig_common::interface::exceptions::AddException`].
    AddException(NewException),
    /// See [`trueconfig_common::interface::exceptions::RemoveException`].
    RemoveException(ControlId, Personal, Personal),
    /// See [`trueconfig_common::interface::exceptions::Attest`].
    Attest(ControlId, Personal),
    /// The last snapshot was judged anew, because something else is accepted now.
    Rejudge,
    /// See [`trueconfig_common::interface::drift::AcknowledgeDrift`].
    AcknowledgeDrift(u64, Personal),

    /// The executor has read every target of an approved plan.
    BeginExecution {
        /// Which.
        id: RemediationId,
        /// The touched fields as they are now, one per change.
        observed: Vec<Image>,
    },
    /// The executor is about to write.
    Intend {
        /// Which remediation.
        id: RemediationId,
        /// Which step.
        step: usize,
        /// Which way.
        direction: Direction,
        /// The touched fields as they are now.
        observed: Image,
        /// The id the write will carry.
        client_request_id: String,
    },
    /// The executor has written, or tried.
    Conclude {
        /// Which remediation.
        id: RemediationId,
        /// Which step.
        step: usize,
        /// Which way.
        direction: Direction,
        /// What came of it.
        outcome: WriteOutcome,
        /// Every try.
        calls: Vec<CallRecord>,
    },
    /// The executor has read what came of a write without a clear answer.
    Resolve {
        /// Which remediation.
        id: RemediationId,
        /// Which step.
        step: usize,
        /// Which way.
        direction: Direction,
        /// The touched fields as they are now.
        observed: Image,
        /// The id of what it made, if that is there.
        produced: Option<String>,
    },
    /// The executor has read every target again after the writes.
    Verify {
        /// Which.
        id: RemediationId,
        /// The touched fields, one per change.
        observed: Vec<Image>,
    },
    /// The executor cannot read what it must.
    GiveUp {
        /// Which.
        id: RemediationId,
        /// Why.
        reason: String,
    },
}

/// A baseline that this version of the product offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Version of the level's file.
    pub version: String,
    /// Digest of its meaning at the tenant's level.
    pub digest: String,
    /// Digest of the shipped files it is made of; the store keeps a copy.
    pub files: String,
}

/// Something in the store that a crash left and that was put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// Which file.
    pub file: String,
    /// How many bytes were cut.
    pub bytes: u64,
    /// In words.
    pub what: String,
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq)]
pub enum WriteOutcome {
    /// It took effect.
    Done {
        /// Id of what it made.
        produced: Option<String>,
        /// File of the sealed value, where it made a secret.
        sealed: Option<String>,
    },
    /// Graph refused it.
    Refused(String),
    /// No clear answer.
    Unknown(String),
}

/// Decides one command.
///
/// # Errors
/// [`CallError`] if the rules forbid it; it says which and what to do.
pub fn decide(state: &State, command: Command, situation: &Situation<'_>) -> Result<Vec<Event>, CallError> {
    match command {
        Command::Start { version, shipped, repairs } => {
            Ok(scan::start(state, version, shipped, repairs, situation))
        }
        Command::Stop => Ok(vec![Event::DaemonStopped {}]),
        Command::BeginScan { trigger } => scan::begin(state, trigger),
        Command::FinishScan(found) => scan::finish(state, &found, situation),
        Command::FailScan { started_at, reason } => Ok(scan::fail(state, started_at, reason)),
        Command::Tick => {
            let windows = window::tick(state, situation.now);
            Ok([time::tick(state, situation.now), windows, exceptions::ending(state, situation)].concat())
        }
        Command::WarnOfCredentials(own) => Ok(credentials::due(state, &own, situation)),
        Command::Plan(control) => planning::on_demand(state, &control, situation),
        Command::Choose(id, targets) => planning::choose(state, &id, targets, situation),
        Command::Approve { id, digest, note, acknowledge, approver, window } => {
            let given = approval::Given { id, digest, note, acknowledge, approver, window };
            approval::approve(state, given, situation)
        }
        Command::Withdraw(id, note) => approval::withdraw(state, id, note),
        Command::Reject(id, note) => approval::reject(state, id, note, situation),
        Command::Close(id, note) => approval::close(state, id, note),
        Command::Rollback { id, note, observed } => rollback::start(state, id, note, observed, situation),
        Command::SwitchRemediation(enabled, reason) => settings::switch(state, enabled, reason),
        Command::Kill(reason) => settings::kill(state, reason),
        Command::Resume(reason) => settings::resume(state, reason),
        Command::SetMode { control, mode, reason } => {
            settings::set_mode(state, control, mode, reason, situation)
        }
        Command::SetAutoRollback(enabled, reason) => Ok(vec![Event::AutoRollbackSet { enabled, reason }]),
        Command::RecordBreakGlassTest(note) => settings::record_test(note),
        Command::ReleaseHold(control, reason) => settings::release_hold(state, control, reason),
        Command::TakeBaseline(offer, reason) => take_baseline(state, offer, reason, situation),
        Command::AddException(new) => exceptions::add(state, new, situation),
        Command::RemoveException(control, object, reason) => {
            exceptions::remove(state, control, object.as_str(), reason)
        }
        Command::Attest(control, statement) => exceptions::attest(control, statement, situation),
        Command::Rejudge => exceptions::rejudged(state, situation),
        Command::AcknowledgeDrift(drift, note) => settings::acknowledge_drift(state, drift, note),
        Command::BeginExecution { id, observed } => execution::begin(state, id, observed, situation),
        Command::Intend { id, step, direction, observed, client_request_id } => {
            execution::intend(state, id, step, direction, observed, client_request_id, situation)
        }
        Command::Conclude { id, step, direction, outcome, calls } => {
            execution::conclude(state, id, step, direction, outcome, calls, situation)
        }
        Command::Resolve { id, step, direction, observed, produced } => {
            execution::resolve(state, id, step, direction, observed, produced, situation)
        }
        Command::Verify { id, observed } => execution::verify(state, id, observed),
        Command::GiveUp { id, reason } => execution::give_up(state, id, reason),
    }
}

/// Takes what is offered; what is in force already needs nobody's word.
fn take_baseline(
    state: &State,
    offer: Offer,
    reason: Personal,
    situation: &Situation<'_>,
) -> Result<Vec<Event>, CallError> {
    if state.accepted.baseline.is_some() && situation.baseline.digest == offer.digest {
        return refuse("this baseline is in force already");
    }
    let Offer { version, digest, files } = offer;
    Ok(vec![Event::BaselineTaken { version, digest, files, reason }])
}

/// The remediation of this id, or a refusal.
fn find(state: &State, id: &RemediationId) -> Result<Arc<crate::state::Remediation>, CallError> {
    state.remediation(id).cloned().ok_or_else(|| CallError::NotFound {
        kind: "remediation".to_owned(),
        id: id.to_string(),
        help: "list them with `trueconfig history`".to_owned(),
    })
}

/// Refuses to believe that a write did not happen while what was read may be older than it (D8): a second write
/// would make a second object, and what was given up on would be forgotten.
fn must_show(step: usize, act: &Act, situation: &Situation<'_>) -> Result<(), CallError> {
    let at = match act {
        Act::Intended { at, .. } | Act::Unknown { at, .. } | Act::Done { at, .. } => *at,
        Act::Idle | Act::Refused { .. } => return Ok(()),
    };
    match situation.now - at < situation.tenant.settled() {
        true => refuse(format!("step {step} was written a moment ago and may not show yet: read again")),
        false => Ok(()),
    }
}

fn refuse<T>(reason: impl Into<String>) -> Result<T, CallError> {
    Err(CallError::Refused { reason: reason.into(), differences: Vec::new() })
}
