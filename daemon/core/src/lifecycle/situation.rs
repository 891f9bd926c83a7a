//! What a decision may look at beside the state: the time, the baseline, the last judgement.

use crate::baseline::{Baseline, Control, Parameters, TenantConfig};
use crate::evaluate::Evaluation;
use crate::remedies::NoFix;
use crate::snapshot::Snapshot;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use trueconfig_common::id::ControlId;
use trueconfig_common::verdict::{Judgement, Verdict};

/// A snapshot and what the baseline says of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Id of the snapshot.
    pub id: String,
    /// What was read.
    pub snapshot: Arc<Snapshot>,
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
        self.baseline.member(id).map(|member| &member.control)
    }

    /// Whether code forbids auto for it (D10).
    pub fn is_never_auto(&self, control: &ControlId) -> bool {
        self.control(control).is_some_and(Control::never_auto)
    }

    /// The parameters of a control with what the operator overrides.
    ///
    /// # Errors
    /// [`NoFix`] if the control is not there or an override makes no sense.
    pub fn parameters(&self, control: &ControlId) -> Result<Parameters, NoFix> {
        let member = self.baseline.member(control);
        let member = member.ok_or_else(|| NoFix(format!("the baseline has no {control}")))?;
        member.parameters(self.tenant).map_err(NoFix)
    }
}
