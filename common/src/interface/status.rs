//! How things stand.

use super::method;
use crate::mode::Mode;
use crate::personal::Personal;
use crate::role::Role;
use crate::verdict::Verdict;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Asks how things stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetStatus {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
}
method!(GetStatus, Viewer, Status);

/// How things stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The daemon's version.
    pub version: String,
    /// The operator's name of the tenant.
    pub tenant: String,
    /// Marked as a test tenant (R89).
    pub test_tenant: bool,
    /// One person may approve everything, whatever its blast radius.
    pub solo: bool,
    /// Every tenant this daemon serves.
    pub tenants: Vec<String>,
    /// You, as the daemon sees you.
    pub you: You,
    /// D22, 0 to 100; none before the first scan.
    pub score: Option<f64>,
    /// Scores of the last scans, the oldest first.
    pub score_history: Vec<f64>,
    /// Controls per verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// Failing controls per severity, `critical high medium low`.
    pub failing: BTreeMap<String, usize>,
    /// Remediations waiting for an approver.
    pub pending: usize,
    /// Remediations a person must close.
    pub attention: usize,
    /// Whether remediation is on (R1, D6).
    pub auto_remediation_enabled: bool,
    /// Set while the kill switch is pulled.
    pub killed: Option<Killed>,
    /// Tenant-wide default mode (R16).
    pub default_mode: Mode,
    /// When break-glass accounts were last tested (R53).
    pub emergency_access_verified: Option<DateTime<Utc>>,
    /// The last finished scan.
    pub last_scan: Option<LastScan>,
    /// When the next one is due.
    pub next_scan: Option<DateTime<Utc>>,
    /// The running one.
    pub scan: Option<super::scan::ScanProgress>,
    /// What is wrong with the daemon itself.
    pub warnings: Vec<HealthWarning>,
    /// Where the journal stands.
    pub journal: JournalPosition,
}

/// You, as the daemon sees you (D14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct You {
    /// Uid of the socket's peer.
    pub uid: u32,
    /// The account's name.
    pub name: String,
    /// Your role.
    pub role: Role,
}

/// Who pulled the kill switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Killed {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: Personal,
}

/// The last finished scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastScan {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// Its snapshot's id; empty if it failed.
    pub snapshot: String,
    /// Why it failed; empty if it did not.
    pub error: String,
    /// Families that could not be read, with why.
    pub unreadable: BTreeMap<String, String>,
    /// Requests made.
    pub requests: u64,
    /// Objects read.
    pub objects: u64,
}

/// Something wrong with the daemon, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthWarning {
    /// A stable word: `disk_full`, `journal_damaged`, `scan_failed`, `break_glass_untested`.
    pub code: String,
    /// How bad.
    pub severity: crate::control::Severity,
    /// What, and what to do.
    pub sentence: String,
}

/// Where the journal stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPosition {
    /// Records so far.
    pub records: u64,
    /// SHA-256 of the last record, hexadecimal.
    pub head: String,
    /// Set when it is damaged: where and how. The daemon is frozen then.
    pub damage: Option<String>,
}
