//! The audit log, which is the journal.

use super::{ListQuery, Page, method};
use crate::remediation::Actor;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Lists records, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListAudit {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Keys: `kind actor control remediation seq`. The total is not counted under a filter.
    #[serde(default)]
    pub query: ListQuery,
}
method!(ListAudit, Viewer, Page<AuditRecord>);

/// A record of the journal (R74-R79) as shown to people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Position, from 1.
    pub seq: u64,
    /// Exact time.
    pub time: DateTime<Utc>,
    /// Who (R77).
    pub actor: Actor,
    /// What kind of event.
    pub kind: String,
    /// What happened, in one sentence.
    pub summary: String,
    /// The whole body; `before_snapshot` where something was changed (D27).
    pub body: Value,
    /// SHA-256 of the record before it.
    pub prev: String,
}

/// Checks the whole chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyJournal {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
}
method!(VerifyJournal, Viewer, JournalReport);

/// What a check of the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalReport {
    /// Records checked.
    pub records: u64,
    /// SHA-256 of the last good record.
    pub head: String,
    /// What the signed checkpoints cover, in words.
    pub seal: String,
    /// What is wrong, with file, line and seq; empty if nothing is.
    pub damage: String,
}

/// Streams the audit log as JSON lines; called with `more`, one reply a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportAudit {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
}
method!(ExportAudit, Viewer, ExportPage, More);

/// A part of an export, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPage {
    /// The records' JSON as in the journal, one a line.
    pub lines: Vec<String>,
}
