//! The baseline in force, and the one that this version of the product offers.

use super::method;
use crate::id::ControlId;
use crate::verdict::Verdict;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Asks which baseline is in force, and what taking the offered one would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetBaseline {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
}
method!(GetBaseline, Viewer, BaselineStatus);

/// Takes the offered baseline: from then on it is what the tenant is judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeBaseline {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Digest of the offered baseline whose changes were read.
    pub digest: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}
method!(TakeBaseline, Admin, BaselineStatus);

/// The baseline in force, and the one on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineStatus {
    /// Level, 1 to 3.
    pub level: u8,
    /// Version of the level's file.
    pub version: String,
    /// Digest of the meaning of everything in force.
    pub digest: String,
    /// When it was taken.
    pub taken_at: Option<DateTime<Utc>>,
    /// By whom.
    pub taken_by: String,
    /// Version that this daemon offers.
    pub offered_version: String,
    /// Digest that this daemon offers; the same if there is nothing to take.
    pub offered_digest: String,
    /// What taking it would change.
    pub changes: Vec<BaselineChange>,
}

/// What the offered baseline does with a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineChange {
    /// The control.
    pub control: ControlId,
    /// Its title.
    pub title: String,
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// Keys of its file that differ, where it is changed.
    pub keys: Vec<String>,
    /// What it says of the last snapshot now; none if it is not in force or there is no snapshot.
    pub verdict: Option<Verdict>,
    /// What it would say.
    pub offered_verdict: Option<Verdict>,
}
