//! Controls and their verdicts.

use super::drift::Mover;
use super::{ListQuery, Page, method};
use crate::control::{Frameworks, Guidance, Licence, Severity};
use crate::id::{ControlId, RemediationId};
use crate::mode::{BlastRadius, Mode};
use crate::personal::Personal;
use crate::verdict::{Judgement, Verdict};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Lists the controls of the tenant's level; failing and most severe first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListControls {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Keys: `verdict severity category mode id`.
    #[serde(default)]
    pub query: ListQuery,
    /// Judge the newest snapshot of this time or before, by the controls in force now; none for the last scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}
method!(ListControls, Viewer, Page<ControlRow>);

/// A row of the controls list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlRow {
    /// Id.
    pub id: ControlId,
    /// Title.
    pub title: String,
    /// Category, as in the catalogue.
    pub category: String,
    /// Severity.
    pub severity: Severity,
    /// Level it belongs to, 1 to 3.
    pub level: u8,
    /// Verdict of the last scan; none before the first.
    pub verdict: Option<Verdict>,
    /// Why, in one sentence.
    pub reason: String,
    /// Mode in force.
    pub mode: Mode,
    /// Whether that is an override of the default (R17).
    pub overridden: bool,
    /// Why it is held in manual (D9); empty if it is not.
    pub held: String,
    /// Blast radius of its fix.
    pub blast_radius: BlastRadius,
    /// Since when it fails.
    pub failing_since: Option<DateTime<Utc>>,
    /// Its open remediation.
    pub remediation: Option<RemediationId>,
    /// Verdicts of the last scans, the oldest first.
    pub history: Vec<Verdict>,
}

/// Asks for everything about a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetControl {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// Which.
    pub id: ControlId,
    /// As in [`ListControls`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}
method!(GetControl, Viewer, ControlDetail);

/// Everything about a control (R20-R22).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlDetail {
    /// The row.
    pub row: ControlRow,
    /// The last verdict with its evidence.
    pub judgement: Option<Judgement>,
    /// Why it matters and what to do by hand.
    pub guidance: Guidance,
    /// References.
    pub frameworks: Frameworks,
    /// The licence it needs.
    pub licence: Option<Licence>,
    /// Permissions to read and to write.
    pub permissions: Vec<String>,
    /// Controls that must pass first.
    pub depends_on: Vec<ControlId>,
    /// The highest mode an operator may choose.
    pub highest_mode: Mode,
    /// Whether code forbids auto (D10).
    pub never_auto: bool,
    /// How its fix works, in words; empty for guidance only.
    pub fix: String,
    /// Why the mode is as it is.
    pub mode_reason: Personal,
    /// Its verdicts over time, the newest first.
    pub timeline: Vec<VerdictChange>,
    /// Its remediations, the newest first.
    pub remediations: Vec<crate::remediation::RemediationRow>,
    /// Exceptions in force, in words.
    pub exceptions: Vec<String>,
}

/// A verdict that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictChange {
    /// When it was seen.
    pub at: DateTime<Utc>,
    /// Before; none for the first.
    pub from: Option<Verdict>,
    /// After.
    pub to: Verdict,
    /// Why.
    pub reason: String,
    /// Who did what it comes from, as far as the tenant's own audit log tells; the newest first.
    #[serde(default)]
    pub movers: Vec<Mover>,
}
