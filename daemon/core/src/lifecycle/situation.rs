//! What a decision may look at beside the state: the time, the baseline, the last judgement.

use crate::baseline::{Baseline, Control, TenantConfig};
use crate::evaluate::Evaluation;
use crate::snapshot::Snapshot;
use chrono::{DateTime, Utc};
use trueconfig_common::id::ControlId;
use trueconfig_common::verdict::{Judgement, Verdict};

/// Controls that are never automatic, whatever is configured (R62, D10).
pub const NEVER_AUTO: [&str; 4] = ["PA-01", "PA-03", "CA-01", "CA-02"];

/// A snapshot and what the baseline says of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Id of the snapshot.
    pub id: String,
    /// What was read.
    pub snapshot: Snapshot,
    /// What it means.
    pub evaluation: Evaluation,
}

/// What a decision may look at beside the state.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// The injected clock (D15).
    pub now: DateTime<Utc>,
    /// The controls in force.
    pub baseline: &'a Baseline,
    /// What the operator configured for the tenant.
    pub tenant: &'a TenantConfig,
    /// The last snapshot, judged; none before the first scan.
    pub judged: Option<&'a Judged>,
}

impl<'a> Situation<'a> {
    /// The last judgement of a control.
    pub fn judgement(&self, control: &ControlId) -> Option<&'a Judgement> {
        self.judged.and_then(|judged| judged.evaluation.judgement(control))
    }

    /// The last verdict of a control.
    pub fn verdict(&self, control: &ControlId) -> Option<Verdict> {
        self.judgement(control).map(|judgement| judgement.verdict)
    }

    /// The control of this id, if the baseline has it.
    pub fn control(&self, id: &ControlId) -> Option<&'a Control> {
        self.baseline.control(id)
    }

    /// Whether code forbids auto for it (D10).
    pub fn is_never_auto(&self, control: &ControlId) -> bool {
        NEVER_AUTO.contains(&control.as_str())
    }
}
