//! Alerts: which records of the journal people are told of at once, how bad each is, and in which words.
//!
//! An alert is derived from its record and nothing else, so that none can be lost while the journal is whole:
//! whoever delivers keeps only how far it came.

mod memory;
mod outbox;
mod rules;
#[cfg(test)]
mod tests;
mod text;

pub use memory::Memory;
pub use outbox::{Batch, Item, LARGEST_BATCH, Outbox};
pub use rules::{Least, Rules};
pub use text::harmless;

use crate::journal::event::{Entry, Event, ExecutionOutcome, RollbackOutcome};
use crate::state::is_drift;
use crate::view::audit::sentence;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use trueconfig_common::control::Severity;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::verdict::Verdict;

/// Every kind of alert, as rules name it.
pub const KINDS: [&str; 23] = [
    DRIFT,
    "approval_requested",
    "approval_expired",
    "executed",
    "verified",
    "rolled_back",
    "kill_switch",
    "settings_changed",
    "exceptions_changed",
    "baseline_taken",
    "journal_repaired",
    "daemon_started",
    "daemon_stopped",
    // What the life of a remediation, a scan or an exception alerts of by itself.
    "scan_failed",
    "fix_not_effective",
    "verification_failed",
    "needs_operator",
    "not_executed",
    "execution_stopped",
    "rollback_stopped",
    "rollback_failed",
    "exception_ends",
    "credential_expires",
];

const DRIFT: &str = "drift";

/// What people do on purpose: done again, it is told again.
const DEEDS: [&str; 4] = ["kill_switch", "settings_changed", "exceptions_changed", "baseline_taken"];

/// Something that people are told of at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Position of its record: the same alert has the same for ever.
    pub seq: u64,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// One of [`KINDS`].
    pub kind: String,
    /// How bad it is.
    pub severity: Severity,
    /// The control it is about.
    pub control: Option<ControlId>,
    /// The remediation it is about.
    pub remediation: Option<RemediationId>,
    /// What happened, made harmless: see [`harmless`].
    pub sentence: String,
}

impl Alert {
    /// The alert of a record, if it has one. A drift is as bad as its control.
    pub fn of(entry: &Entry, severity: impl Fn(&ControlId) -> Option<Severity>) -> Option<Self> {
        let control = control(&entry.event);
        let of_control = control.and_then(&severity).unwrap_or(Severity::High);
        let (kind, severity) = kind(&entry.event, of_control)?;
        let remediation = match &entry.event {
            Event::Alerted { id, .. } => id.as_ref(),
            other => other.remediation(),
        };
        Some(Self {
            seq: entry.seq,
            time: entry.time,
            kind: kind.to_owned(),
            severity,
            control: control.cloned(),
            remediation: remediation.cloned(),
            sentence: harmless(&sentence(&entry.event)),
        })
    }

    /// Whether it may be told once for several times.
    pub fn may_repeat(&self) -> bool {
        !DEEDS.contains(&self.kind.as_str())
    }

    /// What two alerts have in common if the second only repeats the first. A digest, because it is kept
    /// where no name of a person belongs.
    pub fn subject(&self) -> String {
        // What a drift says may differ each time it comes back: it is the control that repeats itself.
        let words = if self.kind == DRIFT { "" } else { self.sentence.as_str() };
        let control = self.control.as_ref().map_or("", |control| control.as_str());
        let digest = Sha256::digest(format!("{}\n{control}\n{words}", self.kind));
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn control(event: &Event) -> Option<&ControlId> {
    match event {
        Event::Alerted { control, .. } | Event::ModeSet { control, .. } => control.as_ref(),
        Event::VerdictChanged { control, .. }
        | Event::ExceptionAdded { control, .. }
        | Event::ExceptionRemoved { control, .. } => Some(control),
        _ => None,
    }
}

fn kind(event: &Event, of_control: Severity) -> Option<(&str, Severity)> {
    Some(match event {
        Event::Alerted { code, .. } => (code, of_code(code)),
        Event::VerdictChanged { from: Some(from), to, .. } if tells_of_drift(*from, *to) => {
            (DRIFT, of_control)
        }
        Event::ApprovalRequested { .. } => ("approval_requested", Severity::Medium),
        Event::RemediationExpired { .. } => ("approval_expired", Severity::Medium),
        Event::ExecutionFinished { outcome: ExecutionOutcome::Executed, .. } => ("executed", Severity::Low),
        Event::VerificationPassed { .. } => ("verified", Severity::Low),
        Event::RollbackFinished { outcome: RollbackOutcome::RolledBack, .. } => {
            ("rolled_back", Severity::Medium)
        }
        Event::KillSwitchPulled { .. } => ("kill_switch", Severity::High),
        Event::KillSwitchReleased { .. } => ("kill_switch", Severity::Medium),
        Event::RemediationSwitched { .. } | Event::ModeSet { .. } | Event::AutoRollbackSet { .. } => {
            ("settings_changed", Severity::Medium)
        }
        Event::ExceptionAdded { .. } | Event::ExceptionRemoved { .. } => {
            ("exceptions_changed", Severity::Medium)
        }
        Event::BaselineTaken { .. } => ("baseline_taken", Severity::Medium),
        Event::JournalRepaired { .. } => ("journal_repaired", Severity::Medium),
        Event::DaemonStarted { .. } => ("daemon_started", Severity::Low),
        Event::DaemonStopped {} => ("daemon_stopped", Severity::Low),
        _ => return None,
    })
}

/// A control that could not be judged and now fails may have drifted meanwhile: better once too often.
fn tells_of_drift(from: Verdict, to: Verdict) -> bool {
    is_drift(from, to) || (from == Verdict::Error && to == Verdict::Fail)
}

fn of_code(code: &str) -> Severity {
    match code {
        "needs_operator" | "rollback_failed" => Severity::Critical,
        "execution_stopped" | "rollback_stopped" | "not_executed" | "exception_ends" => Severity::Medium,
        _ => Severity::High,
    }
}
