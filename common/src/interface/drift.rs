//! Drift: what moved, and who moved it (T6).

use super::{ListQuery, Page, method};
use crate::id::ControlId;
use crate::personal::Personal;
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
    /// What they did, the newest first.
    pub movers: Vec<Mover>,
    /// Who acknowledged it, and when.
    pub acknowledged: Option<Acknowledged>,
}

/// An entry of the tenant's own audit log that a change of verdict comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mover {
    /// Sign-in name of a person, or name of an application, untrusted.
    pub who: Personal,
    /// Object id of the person, client id of the application; empty if not told.
    pub id: String,
    /// `user` or `application`.
    pub kind: String,
    /// Address it was done from; empty if not told.
    pub from: Personal,
    /// When it was done.
    pub at: Option<DateTime<Utc>>,
    /// What was done, in Entra's words.
    pub activity: String,
    /// To what, by name.
    pub target: Personal,
    /// What it changed there.
    pub values: Vec<MovedValue>,
}

/// A value that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedValue {
    /// Which.
    pub property: String,
    /// Before, as the audit log has it: JSON text.
    pub before: Personal,
    /// After, likewise.
    pub after: Personal,
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
