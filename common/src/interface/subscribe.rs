//! Being told of changes.

use super::method;
use super::status::Status;
use serde::{Deserialize, Serialize};

/// Subscribes; must be called with `more`. The first message is the full state, then one per
/// change. Slow readers lose the connection, never changes in between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
}
method!(Subscribe, Viewer, Notice, More);

/// Something changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// How things stand now.
    pub status: Status,
    /// What a client may want to read again; all of them in the first message.
    pub changed: Vec<Topic>,
}

/// A part of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Progress of a scan; nothing else moved.
    Scan,
    /// Verdicts or modes.
    Controls,
    /// Remediations.
    Remediations,
    /// The journal grew.
    Audit,
    /// Drift.
    Drift,
    /// Settings.
    Settings,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Scan, Self::Controls, Self::Remediations, Self::Audit, Self::Drift, Self::Settings];
}
