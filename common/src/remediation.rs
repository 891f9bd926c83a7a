//! A plan's life as people see it (T8).

use crate::change::ChangeView;
use crate::gate::{Gate, GateResult};
use crate::guard::GuardResult;
use crate::id::{ControlId, PlanDigest, RemediationId};
use crate::mode::{BlastRadius, Mode, Reversibility};
use crate::personal::Personal;
use crate::role::Role;
use crate::verdict::Verdict;
use crate::window::Window;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Where a remediation stands (T8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemediationState {
    /// Made, its gates not yet acted upon.
    Planned,
    /// Waits for an approver.
    PendingApproval,
    /// Approved by a person or by the auto decision; not begun.
    Approved,
    /// Writes are being made.
    Executing,
    /// All writes made; the rollback window is open.
    Executed,
    /// The targets are being read again.
    Verifying,
    /// The targets read back as planned.
    Verified,
    /// They do not read back as planned.
    VerificationFailed,
    /// Stopped between writes: some made, some not.
    Partial,
    /// Inverse writes are being made.
    RollingBack,
    /// All made writes were undone.
    RolledBack,
    /// The undo did not succeed; a person must look.
    RollbackFailed,
    /// A person said no.
    Rejected,
    /// Nobody approved in time (R31).
    Expired,
    /// Remediation was switched off, or the deviation went away.
    Cancelled,
    /// The tenant moved away from the plan; a new plan takes its place (D20).
    Superseded,
    /// It has no inverse (D2).
    Blocked,
    /// Nothing was changed and nothing will be.
    Failed,
    /// The outcome of a write cannot be told by the daemon.
    NeedsOperator,
}

impl RemediationState {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 19] = [
        Self::Planned,
        Self::PendingApproval,
        Self::Approved,
        Self::Executing,
        Self::Executed,
        Self::Verifying,
        Self::Verified,
        Self::VerificationFailed,
        Self::Partial,
        Self::RollingBack,
        Self::RolledBack,
        Self::RollbackFailed,
        Self::Rejected,
        Self::Expired,
        Self::Cancelled,
        Self::Superseded,
        Self::Blocked,
        Self::Failed,
        Self::NeedsOperator,
    ];

    /// The word used on screen, in JSON and in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::PendingApproval => "pending_approval",
            Self::Approved => "approved",
            Self::Executing => "executing",
            Self::Executed => "executed",
            Self::Verifying => "verifying",
            Self::Verified => "verified",
            Self::VerificationFailed => "verification_failed",
            Self::Partial => "partial",
            Self::RollingBack => "rolling_back",
            Self::RolledBack => "rolled_back",
            Self::RollbackFailed => "rollback_failed",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::NeedsOperator => "needs_operator",
        }
    }

    /// Whether it still occupies its control and targets (D16).
    pub fn is_open(self) -> bool {
        self.is_pending() || self.is_running() || self.needs_person()
    }

    /// Whether switching remediation off cancels it (R72).
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Planned | Self::PendingApproval | Self::Approved)
    }

    /// Whether the executor has work with it.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Executing | Self::Executed | Self::Verifying | Self::RollingBack)
    }

    /// Whether a person must close it (T8).
    pub fn needs_person(self) -> bool {
        matches!(self, Self::Partial | Self::VerificationFailed | Self::RollbackFailed | Self::NeedsOperator)
    }

    /// Whether a rollback may start from here (T8), its window aside.
    pub fn may_roll_back(self) -> bool {
        matches!(self, Self::Verified | Self::VerificationFailed | Self::Partial)
    }
}

impl fmt::Display for RemediationState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// Who did something (R77): the system, or a person the kernel vouched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Actor {
    /// The daemon itself.
    System {
        /// Which part: `scheduler`, `planner`, `executor`, `journal`.
        part: String,
    },
    /// A person at the socket.
    Person {
        /// Uid of the socket's peer.
        uid: u32,
        /// The account's name.
        name: Personal,
        /// The role the daemon gave (D14).
        role: Role,
        /// Whom `sudo` hides; none where it is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        login_uid: Option<u32>,
    },
}

impl Actor {
    /// A part of the daemon.
    pub fn system(part: &str) -> Self {
        Self::System { part: part.to_owned() }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { part } => write!(out, "system:{part}"),
            Self::Person { uid, name, login_uid, .. } => {
                write!(out, "{name}")?;
                match login_uid {
                    Some(login) if login != uid => write!(out, " (login uid {login})"),
                    _ => Ok(()),
                }
            }
        }
    }
}

/// One try of one call to Graph (R79, D26).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// Method and path, without host and query.
    pub call: String,
    /// HTTP status; none where no answer came.
    pub status: Option<u16>,
    /// Ours, made before sending.
    pub client_request_id: String,
    /// Graph's; none where no answer came.
    pub request_id: Option<String>,
    /// Error code or transport fault; empty on success.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// Which way a write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Towards the baseline.
    Forward,
    /// Back to the before image.
    Undo,
}

/// How far one write of one step has come. Intent before act, outcome after; a gap is `unknown`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Act {
    /// Not begun, or proven not to have happened.
    #[default]
    Idle,
    /// The intent is durable; the write may or may not have been sent.
    Intended {
        /// When.
        at: DateTime<Utc>,
        /// The id the write carries.
        client_request_id: String,
    },
    /// Sent, no clear answer: to be probed.
    Unknown {
        /// When.
        at: DateTime<Utc>,
        /// The id the write carried.
        client_request_id: String,
    },
    /// It took effect.
    Done {
        /// When.
        at: DateTime<Utc>,
        /// Id of what it made, where it made something.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        produced: Option<String>,
    },
    /// Graph refused it; nothing changed.
    Refused {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        error: String,
    },
}

/// One change of a plan being carried out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepView {
    /// How often its write was begun.
    pub tries: u32,
    /// How often its undo was begun.
    #[serde(default)]
    pub undo_tries: u32,
    /// The write.
    pub forward: Act,
    /// Its undo.
    pub undo: Act,
    /// Every try of every call made for it.
    pub calls: Vec<CallRecord>,
}

/// A moment in a life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    pub at: DateTime<Utc>,
    /// Into which state.
    pub state: RemediationState,
    /// By whom.
    pub actor: Actor,
    /// Why, or the approver's note.
    pub note: Personal,
    /// Position of the record in the journal.
    pub seq: u64,
}

/// A row of the approvals and history lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemediationRow {
    /// Id.
    pub id: RemediationId,
    /// The control it serves.
    pub control: ControlId,
    /// That control's title.
    pub title: String,
    /// Where it stands.
    pub state: RemediationState,
    /// The change in words.
    pub summary: String,
    /// The greatest of its changes.
    pub blast_radius: BlastRadius,
    /// The worst of its changes.
    pub reversibility: Reversibility,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// Until when it may be approved (R31).
    pub expires_at: DateTime<Utc>,
    /// When its approvals let it run; none where any time is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Until when it may be rolled back (R32); none before execution.
    pub rollback_until: Option<DateTime<Utc>>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// Everything about one remediation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemediationDetail {
    /// The row.
    pub row: RemediationRow,
    /// What an approval must name.
    pub digest: PlanDigest,
    /// Why it was planned.
    pub reason: String,
    /// The mode it was planned in.
    pub mode: Mode,
    /// What the control should say afterwards (T7).
    pub expected: Verdict,
    /// The first step, where this is a second one.
    pub parent: Option<RemediationId>,
    /// The changes, in order.
    pub changes: Vec<ChangeView>,
    /// Progress, one per change.
    pub steps: Vec<StepView>,
    /// The gates as they stand now, all five.
    pub gates: Vec<GateResult>,
    /// The guards as they stand now, each with its reasons; empty once it has begun.
    pub guards: Vec<GuardResult>,
    /// The failed gates an approver must acknowledge (D4).
    pub to_acknowledge: Vec<Gate>,
    /// What an approver's note must say; empty if none is needed.
    pub note_needed: String,
    /// Other targets an approver may choose, with which are chosen now; empty where there is no choice.
    pub choices: Vec<Choice>,
    /// Its life so far.
    pub timeline: Vec<Transition>,
    /// Three-way differences found by the last refused rollback or superseded plan.
    pub differences: Vec<Difference>,
    /// Who must agree, and who has.
    pub agreement: Agreement,
    /// Why you may not approve it, in words; empty if you may.
    pub approve_refused: String,
    /// Why you may not roll it back, in words; empty if you may.
    pub rollback_refused: String,
}

/// Who must agree to a plan, and who has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// How many different people must.
    pub people: usize,
    /// Groups of approvers of which one each must be among them.
    pub groups: Vec<String>,
    /// Who has, the first one first.
    pub given: Vec<Agreed>,
    /// What is missing, in words; empty if nothing is.
    pub missing: String,
}

/// An approval in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreed {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// Their note (R28).
    pub note: Personal,
    /// When they let it run; none where any time is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// A target that could be chosen (D13).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The object.
    pub target: crate::change::Target,
    /// Whether the plan has it.
    pub chosen: bool,
    /// Why it cannot be chosen; empty if it can.
    pub refused: String,
}

/// A field that is not as it should be, seen from three sides (D20).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Which change of the plan.
    pub step: usize,
    /// What it was before our change.
    pub before: Value,
    /// What we expected to find.
    pub expected: Value,
    /// What is there.
    pub found: Value,
}

impl Act {
    /// The word for its state.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Intended { .. } => "intended",
            Self::Unknown { .. } => "unknown",
            Self::Done { .. } => "done",
            Self::Refused { .. } => "refused",
        }
    }
}

impl StepView {
    /// The write that goes this way.
    pub fn act(&self, direction: Direction) -> &Act {
        match direction {
            Direction::Forward => &self.forward,
            Direction::Undo => &self.undo,
        }
    }

    /// The write that goes this way, to be moved on.
    pub fn act_mut(&mut self, direction: Direction) -> &mut Act {
        match direction {
            Direction::Forward => &mut self.forward,
            Direction::Undo => &mut self.undo,
        }
    }
}
