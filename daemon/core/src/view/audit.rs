//! Records of the journal as shown: one sentence each.

use super::drift;
use super::query::Columns;
use crate::journal::event::{Entry, Event, ExecutionOutcome, RollbackOutcome};
use crate::journal::record::Record;
use trueconfig_common::interface::audit::AuditRecord;
use trueconfig_common::remediation::{Actor, Direction};
use trueconfig_common::window::Window;

/// A record as shown. One this daemon cannot read is shown with its kind alone.
pub fn audit_record(record: &Record) -> AuditRecord {
    let entry = Entry::from_record(record);
    let actor = match &entry {
        Ok(entry) => entry.actor.clone(),
        Err(_) => serde_json::from_value(record.actor.clone()).unwrap_or_else(|_| Actor::system("unknown")),
    };
    AuditRecord {
        seq: record.seq,
        time: record.time,
        actor,
        kind: record.kind.clone(),
        summary: entry.map_or_else(|_| record.kind.clone(), |entry| sentence(&entry.event)),
        body: record.body.clone(),
        prev: record.prev.to_string(),
    }
}

/// What happened, in one sentence.
pub fn sentence(event: &Event) -> String {
    tenant_sentence(event)
        .or_else(|| settings_sentence(event))
        .or_else(|| life_sentence(event))
        .or_else(|| write_sentence(event))
        .unwrap_or_default()
}

fn tenant_sentence(event: &Event) -> Option<String> {
    Some(match event {
        Event::DaemonStarted { version, .. } => format!("daemon {version} started"),
        Event::DaemonStopped {} => "daemon stopped".to_owned(),
        Event::JournalRepaired { file, bytes, what } => format!("repaired {file}: {what} ({bytes} bytes)"),
        Event::Alerted { message, .. } => format!("alert: {message}"),
        Event::ScanStarted { scan, trigger } => format!("scan {scan} began ({trigger})"),
        Event::ScanFinished { scan, score, objects, .. } => {
            let score = score.map_or_else(|| "none".to_owned(), |score| format!("{score:.0}"));
            format!("scan {scan} read {objects} objects, score {score}")
        }
        Event::ScanFailed { scan, reason, .. } => format!("scan {scan} failed: {reason}"),
        Event::VerdictChanged { control, from, to, reason, movers } => {
            let from = from.map_or("new", |from| from.as_str());
            let by =
                if movers.is_empty() { String::new() } else { format!(" (by {})", drift::actor(movers)) };
            format!("{control}: {from} → {to}: {reason}{by}")
        }
        Event::DriftAcknowledged { drift, note } => format!("took note of drift {drift}: {note}"),
        _ => return None,
    })
}

fn settings_sentence(event: &Event) -> Option<String> {
    Some(match event {
        Event::RemediationSwitched { auto_remediation_enabled: true, reason } => {
            format!("remediation switched on: {reason}")
        }
        Event::RemediationSwitched { reason, .. } => format!("remediation switched off: {reason}"),
        Event::KillSwitchPulled { reason } => format!("kill switch pulled: {reason}"),
        Event::KillSwitchReleased { reason } => format!("kill switch released: {reason}"),
        Event::ModeSet { control, mode, reason } => {
            let what = control.as_ref().map_or("the default", |control| control.as_str());
            let mode = mode.map_or("no override", |mode| mode.as_str());
            format!("mode of {what} set to {mode}: {reason}")
        }
        Event::AutoRollbackSet { enabled, reason } => {
            format!("automatic rollback set to {enabled}: {reason}")
        }
        Event::EmergencyAccessVerified { note } => format!("break-glass accounts tested: {note}"),
        Event::HoldPlaced { control, reason } => format!("{control} is held in manual: {reason}"),
        Event::HoldReleased { control, reason } => format!("{control} released: {reason}"),
        Event::BaselineTaken { version, digest, reason, .. } => {
            let short: String = digest.chars().take(12).collect();
            format!("baseline {version} taken, digest {short}: {reason}")
        }
        Event::ExceptionAdded { control, object, reason, owner, expires, .. } => {
            let until = expires.format("%Y-%m-%d");
            format!("{object} excepted from {control} until {until}, for {owner}: {reason}")
        }
        Event::ExceptionRemoved { control, object, reason } => {
            format!("{object} no longer excepted from {control}: {reason}")
        }
        Event::ExceptionEnds { control, object, days: 0, .. } => {
            format!("the exception of {object} from {control} has ended")
        }
        Event::ExceptionEnds { control, object, expires, .. } => {
            format!("the exception of {object} from {control} ends on {}", expires.format("%Y-%m-%d"))
        }
        Event::CredentialEnds { registration, days: 0, .. } => {
            format!("the proof of the {registration} has ended")
        }
        Event::CredentialEnds { registration, ends_at, .. } => {
            format!("the proof of the {registration} ends on {}", ends_at.format("%Y-%m-%d"))
        }
        Event::Attested { control, statement } => format!("{control} confirmed: {statement}"),
        _ => return None,
    })
}

fn for_window(window: Option<&Window>) -> String {
    window.map_or_else(String::new, |window| format!(" for {window}"))
}

fn life_sentence(event: &Event) -> Option<String> {
    Some(match event {
        Event::RemediationPlanned { id, digest, plan, .. } => {
            format!(
                "{id} planned for {}: {} changes, digest {}",
                plan.control,
                plan.changes.len(),
                digest.short()
            )
        }
        Event::ApprovalRequested { id, .. } => format!("{id} waits for approval"),
        Event::ApprovalGiven { id, digest, note, window, .. } => {
            let when = for_window(window.as_ref());
            format!("{id} approved{when} by one of those who must, digest {}: {note}", digest.short())
        }
        Event::RemediationApproved { id, digest, note, window, .. } => {
            format!("{id} approved{}, digest {}: {note}", for_window(window.as_ref()), digest.short())
        }
        Event::WindowOpened { id } => format!("{id}: the window it was approved for has begun"),
        Event::ApprovalWithdrawn { id, note } => format!("{id}: approval taken back: {note}"),
        Event::RemediationRejected { id, note, .. } => format!("{id} rejected: {note}"),
        Event::RemediationExpired { id } => format!("{id} expired"),
        Event::RemediationCancelled { id, reason } => format!("{id} cancelled: {reason}"),
        Event::RemediationSuperseded { id, reason, .. } => format!("{id} superseded: {reason}"),
        Event::RemediationBlocked { id, reasons } => format!("{id} blocked: {}", reasons.join("; ")),
        Event::ExecutionStarted { id, .. } => format!("{id} is being executed"),
        Event::ExecutionFinished { id, outcome, reason, .. } => {
            let words = match outcome {
                ExecutionOutcome::Executed => "executed",
                ExecutionOutcome::Partial => "stopped half way",
                ExecutionOutcome::Failed => "failed",
                ExecutionOutcome::NeedsOperator => "needs a person",
            };
            format!("{id} {words}{}", colon(reason))
        }
        Event::VerificationStarted { id } => format!("{id} is being verified"),
        Event::VerificationPassed { id } => format!("{id} verified: reads back as planned"),
        Event::VerificationFailed { id, reason, .. } => format!("{id} verification failed: {reason}"),
        Event::ScanVerified { id, verdict, as_expected: true } => {
            format!("{id} confirmed by the scan: {verdict}")
        }
        Event::ScanVerified { id, verdict, .. } => format!("{id} not confirmed by the scan: {verdict}"),
        Event::RollbackStarted { id, note } => format!("{id} is being rolled back: {note}"),
        Event::RollbackRefused { id, .. } => format!("{id} not rolled back: the tenant changed since"),
        Event::RollbackFinished { id, outcome, reason } => {
            let words = match outcome {
                RollbackOutcome::RolledBack => "rolled back",
                RollbackOutcome::Partial => "partly rolled back",
                RollbackOutcome::Failed => "rollback failed",
            };
            format!("{id} {words}{}", colon(reason))
        }
        Event::RemediationClosed { id, note } => format!("{id} closed: {note}"),
        _ => return None,
    })
}

fn write_sentence(event: &Event) -> Option<String> {
    let way = |direction: &Direction| match direction {
        Direction::Forward => "write",
        Direction::Undo => "undo",
    };
    Some(match event {
        Event::WriteIntended { id, step, direction, request, .. } => {
            let (method, path) = (request.method.as_str(), &request.path);
            format!("{id} {} {}: about to {method} {path}", way(direction), step + 1)
        }
        Event::WriteDone { id, step, direction, .. } => format!("{id} {} {} done", way(direction), step + 1),
        Event::WriteRefused { id, step, direction, error, .. } => {
            format!("{id} {} {} refused: {error}", way(direction), step + 1)
        }
        Event::WriteUnknown { id, step, direction, reason, .. } => {
            format!("{id} {} {} without answer: {reason}", way(direction), step + 1)
        }
        Event::WriteResolved { id, step, direction, applied, .. } => {
            let found = if *applied { "it took effect" } else { "it did not happen" };
            format!("{id} {} {} read back: {found}", way(direction), step + 1)
        }
        _ => return None,
    })
}

fn colon(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

impl Columns for AuditRecord {
    const KEYS: &'static [&'static str] = &["kind", "actor", "control", "remediation", "seq"];

    fn column(&self, key: &str) -> String {
        let field = |name: &str| self.body.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        match key {
            "kind" => self.kind.clone(),
            "actor" => self.actor.to_string(),
            "control" => match self.body.get("plan").and_then(|plan| plan.get("control")) {
                Some(control) => control.as_str().unwrap_or_default().to_owned(),
                None => field("control").to_owned(),
            },
            "remediation" => field("id").to_owned(),
            _ => self.seq.to_string(),
        }
    }

    fn text(&self) -> String {
        format!("{} {} {} {}", self.seq, self.kind, self.actor, self.summary)
    }
}
