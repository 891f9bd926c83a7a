//! Tests that a control file carries: a small piece of a tenant and what the control says of it.

use super::TenantConfig;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use trueconfig_common::verdict::Verdict;

/// One case of a control file.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Graph's responses by path: the file's `base` with the case's own on top.
    pub graph: Map<String, Value>,
    /// The operator's statements.
    pub config: TenantConfig,
    /// The moment of judging.
    pub as_of: DateTime<Utc>,
    /// What the control must say.
    pub verdict: Verdict,
    /// A part of the reason; empty if it does not matter.
    pub reason: String,
    /// A part of the near miss; none means that it does not matter.
    pub near_miss: Option<String>,
}
