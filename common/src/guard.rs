//! Guards: what holds whatever the mode, beside the five gates. A guard that blocks a plan cannot be acknowledged
//! away by anybody; one that objects asks a person.

use crate::gate::{Gate, GateOutcome};
use crate::personal::Personal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One of the guards. All of them run at planning, at approval and right before execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Break-glass accounts and two other administrators can still get in afterwards, and our own principal can
    /// still undo it.
    LockOut,
    /// Break-glass accounts and our own principal are not touched (D13, D17).
    Protected,
    /// The last two Global Administrators stay.
    LastAdministrators,
    /// Excepted objects are left alone (D23).
    Exceptions,
    /// Outside of freezes, and in a change window where there are any.
    ChangeTimes,
    /// No more at once, in an hour and in a day than allowed.
    Limits,
    /// The same drift is not put right again and again.
    Flapping,
}

impl Guard {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::LockOut,
        Self::Protected,
        Self::LastAdministrators,
        Self::Exceptions,
        Self::ChangeTimes,
        Self::Limits,
        Self::Flapping,
    ];

    /// The gate that carries its word through planning, approval and execution.
    pub fn gate(self) -> Gate {
        match self {
            Self::LockOut | Self::Protected | Self::LastAdministrators => Gate::EmergencyAccess,
            Self::Exceptions | Self::ChangeTimes | Self::Limits | Self::Flapping => Gate::Enablement,
        }
    }

    /// The word used on screen and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LockOut => "lock_out",
            Self::Protected => "protected",
            Self::LastAdministrators => "last_administrators",
            Self::Exceptions => "exceptions",
            Self::ChangeTimes => "change_times",
            Self::Limits => "limits",
            Self::Flapping => "flapping",
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// One guard's result with its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardResult {
    /// The guard.
    pub guard: Guard,
    /// What it says; `blocked` if nobody may carry the plan out.
    pub outcome: GateOutcome,
    /// Why, in sentences; never empty.
    pub reasons: Vec<String>,
    /// Who would be locked out, where that is why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<Counterexample>,
}

/// Somebody who could not get in any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterexample {
    /// Object id of the user or service principal; empty where nobody is left to name.
    pub who: String,
    /// Their name in the tenant: untrusted text.
    pub name: Personal,
    /// Name of the policy in the way, untrusted; empty where it is none.
    pub policy: String,
    /// Under which conditions, one each; empty where always.
    pub conditions: Vec<String>,
    /// Why they cannot get in.
    pub why: String,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.as_str().is_empty() { self.who.as_str() } else { self.name.as_str() };
        write!(out, "{name} could not get in: {}", self.why)?;
        if !self.policy.is_empty() {
            write!(out, " (policy \"{}\")", self.policy)?;
        }
        if !self.conditions.is_empty() {
            write!(out, ", {}", self.conditions.join(", "))?;
        }
        Ok(())
    }
}
