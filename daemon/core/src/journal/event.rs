//! What can happen: the kinds of journal record.
//!
//! The current state is the fold of these (invariant 5). A kind, once released, keeps its name
//! and its fields; new fields are optional. Personal text is typed as such and leaves the record.

pub use super::outcome::{ExecutionOutcome, RollbackOutcome};

use super::record::{Draft, Record, RecordError};
use crate::plan::Plan;
use crate::state::Assent;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trueconfig_common::change::GraphRequest;
use trueconfig_common::gate::{Gate, GateResult};
use trueconfig_common::id::{ControlId, PlanDigest, RemediationId};
use trueconfig_common::interface::drift::Mover;
use trueconfig_common::mode::Mode;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::{Actor, CallRecord, Difference, Direction};
use trueconfig_common::verdict::Verdict;
use trueconfig_common::window::Window;

/// Version of the bodies written today.
pub const VERSION: u32 = 1;

/// Something that happened, at a known time and place in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Position in the journal, from 1.
    pub seq: u64,
    /// When.
    pub time: DateTime<Utc>,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub event: Event,
}

/// Something that happened. The serialised tag is the record's `kind`, the content its `body`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum Event {
    /// The daemon opened this journal.
    DaemonStarted {
        /// Its version.
        version: String,
        /// Digest of the baseline in force.
        baseline: String,
        /// Digest of the files of the baseline that it ships.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shipped: Option<String>,
    },
    /// The daemon closed it in good order.
    DaemonStopped {},
    /// A torn last record was cut off.
    JournalRepaired {
        /// Which file.
        file: String,
        /// How many bytes.
        bytes: u64,
        /// In words.
        what: String,
    },
    /// Something a person should know at once (R14).
    Alerted {
        /// A stable word.
        code: String,
        /// The control, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control: Option<ControlId>,
        /// The remediation, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<RemediationId>,
        /// In words.
        message: Personal,
    },

    /// A scan began.
    ScanStarted {
        /// Its number.
        scan: u64,
        /// `schedule` or `demand`.
        trigger: String,
    },
    /// A scan ended with a snapshot.
    ScanFinished {
        /// Its number.
        scan: u64,
        /// When it began.
        started_at: DateTime<Utc>,
        /// Id of the snapshot.
        snapshot: String,
        /// Controls per verdict.
        verdicts: BTreeMap<Verdict, usize>,
        /// D22; none if no control counts.
        score: Option<f64>,
        /// Requests made.
        requests: u64,
        /// Objects read.
        objects: u64,
        /// Families that could not be read, with why.
        #[serde(default)]
        unreadable: BTreeMap<String, String>,
    },
    /// A scan ended with nothing.
    ScanFailed {
        /// Its number.
        scan: u64,
        /// When it began.
        started_at: DateTime<Utc>,
        /// Why.
        reason: Personal,
    },
    /// A control says something else than before.
    VerdictChanged {
        /// Which.
        control: ControlId,
        /// Before; none for the first.
        from: Option<Verdict>,
        /// After.
        to: Verdict,
        /// What was found.
        reason: Personal,
        /// Who did what it comes from, as far as the tenant's own audit log tells.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        movers: Vec<Mover>,
    },
    /// A person took note of a drift.
    DriftAcknowledged {
        /// Position of the verdict's record.
        drift: u64,
        /// Their note.
        note: Personal,
    },

    /// Remediation was switched on or off (R2, R72).
    RemediationSwitched {
        /// Now on or off.
        auto_remediation_enabled: bool,
        /// Why.
        reason: Personal,
    },
    /// The kill switch was pulled (R52).
    KillSwitchPulled {
        /// Why.
        reason: Personal,
    },
    /// The kill switch was released (D6).
    KillSwitchReleased {
        /// Why.
        reason: Personal,
    },
    /// A mode was set: the tenant's default, or one control's (R16, R17).
    ModeSet {
        /// Which control; none for the default.
        control: Option<ControlId>,
        /// The mode; none takes an override away.
        mode: Option<Mode>,
        /// Why.
        reason: Personal,
    },
    /// Whether a failed verification may roll back by itself (D9).
    AutoRollbackSet {
        /// Now on or off.
        enabled: bool,
        /// Why.
        reason: Personal,
    },
    /// Break-glass accounts were tested (R57, D27).
    EmergencyAccessVerified {
        /// What was tested and seen.
        note: Personal,
    },
    /// A control is held in manual (D9).
    HoldPlaced {
        /// Which.
        control: ControlId,
        /// Why.
        reason: String,
    },
    /// A person released it.
    HoldReleased {
        /// Which.
        control: ControlId,
        /// Why.
        reason: Personal,
    },

    /// A baseline was taken: it is in force from now on, whatever the product ships.
    BaselineTaken {
        /// Version of the level's file.
        version: String,
        /// Digest of its meaning at the tenant's level.
        digest: String,
        /// Digest of the shipped files it was made of, of which the store keeps a copy.
        files: String,
        /// Why.
        reason: Personal,
    },
    /// An object is excluded from a control (D23); takes the place of one that was there.
    ExceptionAdded {
        /// The control.
        control: ControlId,
        /// The object.
        object: Personal,
        /// Why.
        reason: Personal,
        /// Who answers for it.
        owner: Personal,
        /// From then on it does not count.
        expires: DateTime<Utc>,
        /// For a setting: the accepted value; null for any other object.
        value: Value,
    },
    /// It is no longer.
    ExceptionRemoved {
        /// The control.
        control: ControlId,
        /// The object.
        object: Personal,
        /// Why.
        reason: Personal,
    },
    /// It was said that an exception ends, or has ended.
    ExceptionEnds {
        /// The control.
        control: ControlId,
        /// The object.
        object: Personal,
        /// When.
        expires: DateTime<Utc>,
        /// How many days before that this was said at the latest; 0 for the end itself.
        days: i64,
    },
    /// It was said that the proof of a registration of ours ends, or has ended.
    CredentialEnds {
        /// `reader` or `writer`.
        registration: String,
        /// When.
        ends_at: DateTime<Utc>,
        /// How many days before that this was said at the latest; 0 for the end itself.
        days: i64,
    },
    /// A person confirmed what Graph does not show.
    Attested {
        /// The control.
        control: ControlId,
        /// What was confirmed, and how it was seen.
        statement: Personal,
    },

    /// A plan was made, and its gates run (D4).
    RemediationPlanned {
        /// Its id.
        id: RemediationId,
        /// What an approval must name.
        digest: PlanDigest,
        /// The plan.
        plan: Box<Plan>,
        /// All five.
        gates: Vec<GateResult>,
        /// What it takes the place of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<RemediationId>,
    },
    /// It waits for an approver.
    ApprovalRequested {
        /// Which.
        id: RemediationId,
        /// Until when (R31).
        expires_at: DateTime<Utc>,
    },
    /// A person approved it, and more must.
    ApprovalGiven {
        /// Which.
        id: RemediationId,
        /// The digest that was approved.
        digest: PlanDigest,
        /// The note (R28).
        note: Personal,
        /// All five gates as they stood then.
        gates: Vec<GateResult>,
        /// The failed ones that were acknowledged.
        acknowledged: Vec<Gate>,
        /// Whom it counts for.
        assent: Assent,
        /// When it may run; none at any time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<Window>,
    },
    /// It was approved by as many as must, the actor being the last; or by the auto decision.
    RemediationApproved {
        /// Which.
        id: RemediationId,
        /// The digest that was approved.
        digest: PlanDigest,
        /// The note (R28).
        note: Personal,
        /// All five gates as they stood then.
        gates: Vec<GateResult>,
        /// The failed ones that were acknowledged.
        acknowledged: Vec<Gate>,
        /// Whom it counts for.
        assent: Assent,
        /// When it may run; none at any time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<Window>,
    },
    /// The window it was approved for has begun: it may run.
    WindowOpened {
        /// Which.
        id: RemediationId,
    },
    /// Every approval so far was taken back.
    ApprovalWithdrawn {
        /// Which.
        id: RemediationId,
        /// Why.
        note: Personal,
    },
    /// A person said no.
    RemediationRejected {
        /// Which.
        id: RemediationId,
        /// Why.
        note: Personal,
        /// Until when its targets are left alone (D16).
        suppressed_until: DateTime<Utc>,
    },
    /// Nobody approved in time.
    RemediationExpired {
        /// Which.
        id: RemediationId,
    },
    /// It is no longer wanted (R72), or no longer needed.
    RemediationCancelled {
        /// Which.
        id: RemediationId,
        /// Why.
        reason: String,
    },
    /// The tenant moved away from the plan (D20), or other targets were chosen (D13).
    RemediationSuperseded {
        /// Which.
        id: RemediationId,
        /// Why.
        reason: String,
        /// Where the tenant differs.
        #[serde(default)]
        differences: Vec<Difference>,
    },
    /// It can never run (D2).
    RemediationBlocked {
        /// Which.
        id: RemediationId,
        /// Why.
        reasons: Vec<String>,
    },

    /// Execution began: targets were as planned, gates were run once more.
    ExecutionStarted {
        /// Which.
        id: RemediationId,
        /// All five.
        gates: Vec<GateResult>,
    },
    /// About to write: the intent for this very change (invariant 3).
    WriteIntended {
        /// Which remediation.
        id: RemediationId,
        /// Which of its changes.
        step: usize,
        /// Which way.
        direction: Direction,
        /// Exactly what is about to be sent.
        request: GraphRequest,
        /// The id it will carry (D26).
        client_request_id: String,
        /// The touched fields as they were (R65, R69, D27).
        before_snapshot: Value,
        /// The touched fields as they will be (R76).
        after_snapshot: Value,
    },
    /// It took effect.
    WriteDone {
        /// Which remediation.
        id: RemediationId,
        /// Which of its changes.
        step: usize,
        /// Which way.
        direction: Direction,
        /// Id of what it made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        produced: Option<String>,
        /// Every try (R79).
        calls: Vec<CallRecord>,
        /// File of the sealed value, where it made a secret (D11).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed: Option<String>,
    },
    /// Graph refused it; nothing changed.
    WriteRefused {
        /// Which remediation.
        id: RemediationId,
        /// Which of its changes.
        step: usize,
        /// Which way.
        direction: Direction,
        /// Why.
        error: String,
        /// Every try (D26).
        calls: Vec<CallRecord>,
    },
    /// No clear answer came, or the daemon died: whether it took effect must be read.
    WriteUnknown {
        /// Which remediation.
        id: RemediationId,
        /// Which of its changes.
        step: usize,
        /// Which way.
        direction: Direction,
        /// Why.
        reason: String,
        /// Every try (D26).
        calls: Vec<CallRecord>,
    },
    /// Reading told whether it took effect.
    WriteResolved {
        /// Which remediation.
        id: RemediationId,
        /// Which of its changes.
        step: usize,
        /// Which way.
        direction: Direction,
        /// Whether it did.
        applied: bool,
        /// Id of what it made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        produced: Option<String>,
        /// Set where what it made is of no use and must be removed: the value of a secret that nobody got.
        #[serde(default)]
        orphan: bool,
    },
    /// The writes are over.
    ExecutionFinished {
        /// Which.
        id: RemediationId,
        /// How it ended.
        outcome: ExecutionOutcome,
        /// In words; empty if all was written.
        reason: String,
        /// Until when it may be rolled back (R32); none if nothing was written.
        rollback_until: Option<DateTime<Utc>>,
    },
    /// The targets are being read again.
    VerificationStarted {
        /// Which.
        id: RemediationId,
    },
    /// They read back as planned (D8).
    VerificationPassed {
        /// Which.
        id: RemediationId,
    },
    /// They do not.
    VerificationFailed {
        /// Which.
        id: RemediationId,
        /// Where.
        differences: Vec<Difference>,
        /// In words.
        reason: String,
    },
    /// The next full scan agreed or not with what was expected (R13).
    ScanVerified {
        /// Which.
        id: RemediationId,
        /// What the control says now.
        verdict: Verdict,
        /// Whether that was expected.
        as_expected: bool,
    },

    /// A rollback began.
    RollbackStarted {
        /// Which.
        id: RemediationId,
        /// Why.
        note: Personal,
    },
    /// A rollback was asked for and refused: somebody changed the object since (D20).
    RollbackRefused {
        /// Which.
        id: RemediationId,
        /// What it was, what we left, what is there.
        differences: Vec<Difference>,
    },
    /// The inverse writes are over.
    RollbackFinished {
        /// Which.
        id: RemediationId,
        /// How it ended.
        outcome: RollbackOutcome,
        /// In words; empty if all was undone.
        reason: String,
    },
    /// A person closed it (T8).
    RemediationClosed {
        /// Which.
        id: RemediationId,
        /// What was found and done.
        note: Personal,
    },
}

impl Event {
    /// The remediation it belongs to; none for events of the tenant.
    pub fn remediation(&self) -> Option<&RemediationId> {
        match self {
            Self::RemediationPlanned { id, .. }
            | Self::ApprovalRequested { id, .. }
            | Self::ApprovalGiven { id, .. }
            | Self::RemediationApproved { id, .. }
            | Self::WindowOpened { id }
            | Self::ApprovalWithdrawn { id, .. }
            | Self::RemediationRejected { id, .. }
            | Self::RemediationExpired { id }
            | Self::RemediationCancelled { id, .. }
            | Self::RemediationSuperseded { id, .. }
            | Self::RemediationBlocked { id, .. }
            | Self::ExecutionStarted { id, .. }
            | Self::WriteIntended { id, .. }
            | Self::WriteDone { id, .. }
            | Self::WriteRefused { id, .. }
            | Self::WriteUnknown { id, .. }
            | Self::WriteResolved { id, .. }
            | Self::ExecutionFinished { id, .. }
            | Self::VerificationStarted { id }
            | Self::VerificationPassed { id }
            | Self::VerificationFailed { id, .. }
            | Self::ScanVerified { id, .. }
            | Self::RollbackStarted { id, .. }
            | Self::RollbackRefused { id, .. }
            | Self::RollbackFinished { id, .. }
            | Self::RemediationClosed { id, .. } => Some(id),
            _ => None,
        }
    }
}

impl Entry {
    /// What the journal is to keep of it.
    ///
    /// # Errors
    /// [`RecordError`] if it cannot be written as JSON, which no event made here does.
    pub fn draft(&self) -> Result<Draft, RecordError> {
        let shape = |error: serde_json::Error| RecordError::Shape(error.to_string());
        let mut event = serde_json::to_value(&self.event).map_err(shape)?;
        let kind = event["kind"].as_str().unwrap_or_default().to_owned();
        Ok(Draft {
            time: self.time,
            actor: serde_json::to_value(&self.actor).map_err(shape)?,
            kind,
            version: VERSION,
            body: event["body"].take(),
        })
    }

    /// Reads it back from a record whose personal text was resolved.
    ///
    /// # Errors
    /// [`RecordError`] if the record is of a newer version or an unknown kind.
    pub fn from_record(record: &Record) -> Result<Self, RecordError> {
        let shape = |what: String| RecordError::Shape(format!("record {}: {what}", record.seq));
        if record.version > VERSION {
            return Err(shape(format!("version {} is newer than this daemon", record.version)));
        }
        let tagged = serde_json::json!({"kind": record.kind, "body": record.body});
        Ok(Self {
            seq: record.seq,
            time: record.time,
            actor: serde_json::from_value(record.actor.clone()).map_err(|error| shape(error.to_string()))?,
            event: serde_json::from_value(tagged).map_err(|error| shape(error.to_string()))?,
        })
    }
}
