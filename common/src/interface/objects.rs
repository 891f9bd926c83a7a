//! One object of the tenant, with all that is known about it: for drilling down from a finding.

use super::drift::DriftRow;
use super::method;
use crate::id::ControlId;
use crate::remediation::RemediationRow;
use crate::verdict::Verdict;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Most relations shown; the total says how many there are.
pub const RELATION_LIMIT: usize = 200;

/// Asks for everything known about an object, from the last snapshot and the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetObject {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Its id, as evidence, targets and relations name it.
    pub id: String,
}
method!(GetObject, Viewer, ObjectDetail);

/// Everything known about an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectDetail {
    /// Its id.
    pub id: String,
    /// `user`, `application`, `service_principal`, `group`, `policy`, `role`, `location`, `setting`.
    pub kind: String,
    /// Its name in the tenant: untrusted text.
    pub name: String,
    /// When it was read; none if the last scan did not read it.
    pub read_at: Option<DateTime<Utc>>,
    /// What was kept of it, in Graph's names; null if nothing was.
    pub values: Value,
    /// How it stands to other objects (at most [`RELATION_LIMIT`]).
    pub relations: Vec<Relation>,
    /// How many relations there are in all.
    pub relation_total: usize,
    /// Controls whose evidence names it.
    pub findings: Vec<ObjectFinding>,
    /// Remediations that touch it, the newest first.
    pub remediations: Vec<RemediationRow>,
    /// Drift of those controls, the newest first.
    pub drift: Vec<DriftRow>,
}

/// How an object stands to another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Relation {
    /// In words that stand before the other's name: `holds role`, `excluded from policy`, `member of group`.
    pub relation: String,
    /// What the other one is; `unknown` if the last scan did not read it.
    pub kind: String,
    /// The other one's id.
    pub id: String,
    /// The other one's name: untrusted text, empty if it is not known.
    pub name: String,
}

/// A control whose evidence names the object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectFinding {
    /// The control.
    pub control: ControlId,
    /// Its title.
    pub title: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// What was seen, in words.
    pub detail: String,
}
