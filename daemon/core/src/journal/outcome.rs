//! How writes and undos end.

use serde::{Deserialize, Serialize};

/// How the writes of a plan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionOutcome {
    /// All were made.
    Executed,
    /// Some were made.
    Partial,
    /// None was made.
    Failed,
    /// It cannot be told.
    NeedsOperator,
}

/// How an undo ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollbackOutcome {
    /// Every made write was undone.
    RolledBack,
    /// Stopped by the kill switch before its next write (D6).
    Partial,
    /// It did not succeed.
    Failed,
}
