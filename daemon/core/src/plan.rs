//! A plan: immutable, ordered, complete (T7).
//!
//! It leaves no choice to execution: every change carries its before and after image, the exact
//! request and what takes it back. Its digest is what an approval names; personal names are not
//! part of it, object ids are.

use crate::change::Change;
use crate::journal::personal;
use crate::journal::record::{RecordError, RecordHash};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use trueconfig_common::change::ChangeView;
use trueconfig_common::id::{ControlId, ObjectId, PlanDigest, RemediationId};
use trueconfig_common::mode::{BlastRadius, Mode, Reversibility};
use trueconfig_common::verdict::Verdict;

/// Most changes in one plan; a greater deviation is fixed in several.
pub const CHANGE_LIMIT: usize = 50;

/// One change with everything execution needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedChange {
    /// The change itself, for reading back.
    pub change: Change,
    /// What is sent and shown; made from the change when planned, and never made anew.
    #[serde(flatten)]
    pub view: ChangeView,
}

impl From<Change> for PlannedChange {
    fn from(change: Change) -> Self {
        Self { view: change.view(), change }
    }
}

/// What is to be done about one control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The control it serves.
    pub control: ControlId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The snapshot it was made from.
    pub snapshot: String,
    /// Digest of the baseline it was made by.
    pub baseline: String,
    /// The mode in force.
    pub mode: Mode,
    /// Why, in words.
    pub reason: String,
    /// The changes, in order; never empty.
    pub changes: Vec<PlannedChange>,
    /// What the control should say afterwards.
    pub expected: Verdict,
    /// The first step, where this is a second one (D18).
    pub parent: Option<RemediationId>,
    /// Never rolled back by itself (R71).
    pub high_impact: bool,
    /// The targets a person chose instead of the planner's (D13); empty for the planner's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<ObjectId>,
}

impl Plan {
    /// The digest of its canonical bytes.
    ///
    /// # Errors
    /// If it cannot be written as canonical JSON, which no plan made here does.
    pub fn digest(&self) -> Result<PlanDigest, RecordError> {
        let value = serde_json::to_value(self).map_err(|error| RecordError::Shape(error.to_string()))?;
        let bytes = personal::impersonal_bytes(&value)?;
        Ok(PlanDigest::new(RecordHash::of(&bytes).to_string()))
    }

    /// The greatest of its changes' blast radii.
    pub fn blast_radius(&self) -> BlastRadius {
        let radii = self.changes.iter().map(|change| change.view.blast_radius);
        radii.max().unwrap_or(BlastRadius::ONE_OBJECT)
    }

    /// The worst of its changes' classes.
    pub fn reversibility(&self) -> Reversibility {
        let classes = self.changes.iter().map(|change| change.view.reversibility);
        classes.max().unwrap_or(Reversibility::A)
    }

    /// Whether each of its changes can be taken back.
    pub fn can_be_undone(&self) -> bool {
        self.changes.iter().all(|change| change.view.can_be_undone())
    }

    /// Whether it takes away for good what an earlier remediation kept (D11).
    pub fn completes(&self) -> bool {
        self.changes.iter().any(|change| change.change.completes())
    }

    /// Ids of everything it touches.
    pub fn targets(&self) -> impl Iterator<Item = ObjectId> + '_ {
        self.changes
            .iter()
            .flat_map(|change| &change.view.targets)
            .map(|target| ObjectId::new(target.id.clone()))
    }
}
