//! The five safety gates (R38-R49) as results.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One of the five gates. All of them run, none short-circuits (R49).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// The change can be undone and its blast radius is below 4 (R40-R42).
    Reversibility,
    /// Prerequisite controls have passed and licences are there (R43, R44).
    Dependency,
    /// Break-glass accounts were tested within 30 days (R45).
    EmergencyAccess,
    /// The next scan can verify the fix (R46).
    Observability,
    /// Remediation is on for the tenant and the control (R47, R48).
    Enablement,
}

impl Gate {
    /// All five, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Reversibility, Self::Dependency, Self::EmergencyAccess, Self::Observability, Self::Enablement];

    /// The word used on screen and in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reversibility => "reversibility",
            Self::Dependency => "dependency",
            Self::EmergencyAccess => "emergency_access",
            Self::Observability => "observability",
            Self::Enablement => "enablement",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// What a gate says (D2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOutcome {
    /// Nothing stands against it.
    Pass,
    /// It failed: a person must approve, and acknowledge this.
    RequiresApproval,
    /// It failed and nobody can approve it: the action has no inverse.
    Blocked,
}

/// One gate's result with its reasons (R49).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateResult {
    /// The gate.
    pub gate: Gate,
    /// What it says.
    pub outcome: GateOutcome,
    /// Why, in sentences; never empty.
    pub reasons: Vec<String>,
}
