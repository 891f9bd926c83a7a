//! Drift: what moved, and who moved it (T6).

use super::{ListQuery, Page, method};
use crate::id::ControlId;
use crate::verdict::Verdict;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Lists drift, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListDrift {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Keys: `control actor acknowledged`.
    #[serde(default)]
    pub query: ListQuery,
}
method!(ListDrift, Viewer, Page<DriftRow>);

/// A transition of a control from met to not met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftRow {
    /// Position of its record in the journal.
    pub seq: u64,
    /// When the scan saw it.
    pub at: DateTime<Utc>,
    /// The control.
    pub control: ControlId,
    /// Its title.
    pub title: String,
    /// Before.
    pub from: Verdict,
    /// After.
    pub to: Verdict,
    /// What was found.
    pub reason: String,
    /// Who did it, as far as the tenant's own audit says; `unknown` otherwise.
    pub actor: String,
    /// Who acknowledged it, and when.
    pub acknowledged: Option<Acknowledged>,
}

/// Someone took note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
}

/// Takes note of a drift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeDrift {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// The drift's position.
    pub seq: u64,
    /// A note.
    #[serde(default)]
    pub note: String,
}
method!(AcknowledgeDrift, Admin, DriftRow);
