//! Which alerts a channel wants.

use super::Alert;
use serde::Deserialize;
use std::collections::BTreeMap;
use trueconfig_common::control::Severity;

/// From which severity on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Least {
    /// Act today.
    Critical,
    /// Act this week.
    High,
    /// Plan it.
    Medium,
    /// Everything.
    Low,
    /// Nothing at all.
    Never,
}

/// The wishes of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What counts for every kind without a rule of its own.
    pub least: Least,
    /// Kinds with a rule of their own.
    pub kinds: BTreeMap<String, Least>,
}

impl Rules {
    /// Whether the channel wants this alert.
    pub fn want(&self, alert: &Alert) -> bool {
        self.kinds.get(&alert.kind).unwrap_or(&self.least).lets(alert.severity)
    }
}

impl Least {
    fn lets(self, severity: Severity) -> bool {
        // The worst severity is the smallest.
        match self {
            Self::Critical => severity <= Severity::Critical,
            Self::High => severity <= Severity::High,
            Self::Medium => severity <= Severity::Medium,
            Self::Low => true,
            Self::Never => false,
        }
    }

    /// The word used in files and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Never => "never",
        }
    }
}
