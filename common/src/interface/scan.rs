//! Scans on demand.

use super::method;
use crate::verdict::Verdict;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Starts a scan, or joins the running one. Called with `more` it answers progress until the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartScan {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
}
method!(StartScan, Member, ScanProgress, OnceOrMore);

/// How far a scan is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScanProgress {
    /// Its number.
    pub scan: u64,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// What it is doing: `token`, `collect`, `judge`, `store`, `done`, `failed`.
    pub phase: String,
    /// Families read so far, with their objects.
    pub objects: BTreeMap<String, u64>,
    /// How many families there are.
    pub families: usize,
    /// Requests made.
    pub requests: u64,
    /// Set at the end.
    pub summary: Option<ScanSummary>,
    /// Why it failed; empty if it did not.
    pub error: String,
}

/// What a scan found; also what `trueconfigd scan --once` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScanSummary {
    /// Id of the stored snapshot.
    pub snapshot: String,
    /// Requests made.
    pub requests: u64,
    /// Objects per family.
    pub objects: BTreeMap<String, u64>,
    /// Seconds per phase.
    pub seconds: BTreeMap<String, f64>,
    /// Families that could not be read, with why.
    pub unreadable: BTreeMap<String, String>,
    /// Controls per verdict.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// D22, 0 to 100; none if no control counts.
    pub score: Option<f64>,
}
