//! What is said about a control whatever the tenant (T2, T3).

use serde::{Deserialize, Serialize};
use std::fmt;

/// How bad it is when the control is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Act today.
    Critical,
    /// Act this week.
    High,
    /// Plan it.
    Medium,
    /// Tidy up.
    Low,
}

impl Severity {
    /// Weight in the score (D22).
    pub fn weight(self) -> u32 {
        match self {
            Self::Critical => 10,
            Self::High => 6,
            Self::Medium => 3,
            Self::Low => 1,
        }
    }

    /// The word used on screen and in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// A licence that a control needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Licence {
    /// Entra ID P1.
    P1,
    /// Entra ID P2, which contains P1.
    P2,
    /// Entra ID Governance.
    #[serde(rename = "G")]
    Governance,
    /// Intune.
    #[serde(rename = "I")]
    Intune,
    /// Workload ID premium.
    #[serde(rename = "W")]
    Workload,
}

impl Licence {
    /// The name people know it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::P1 => "Entra ID P1",
            Self::P2 => "Entra ID P2",
            Self::Governance => "Entra ID Governance",
            Self::Intune => "Intune",
            Self::Workload => "Workload ID premium",
        }
    }
}

/// What people need to know to act on a control by hand (R19, R20).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guidance {
    /// Why it matters.
    pub why: String,
    /// What to do, in order.
    pub actions: Vec<String>,
    /// Steps in the portal, in order.
    pub steps: Vec<String>,
}

/// References into public frameworks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frameworks {
    /// CIS Microsoft 365 Foundations 6.0.
    #[serde(default)]
    pub cis: Vec<String>,
    /// CISA SCuBA, MS.AAD.
    #[serde(default)]
    pub scuba: Vec<String>,
    /// NIST SP 800-53 revision 5.
    #[serde(default)]
    pub nist: Vec<String>,
}
