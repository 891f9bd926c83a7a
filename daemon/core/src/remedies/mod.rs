//! From a finding to changes, or to a reason why not. One file per remedy.
//!
//! A remedy reads the judged snapshot and the operator's parameters; what it cannot know (an
//! owner, a recipient) it does not guess. It never chooses break-glass accounts or our own
//! principal (D13).

mod role_assignment;

use crate::baseline::Remedy;
use crate::change::Change;
use crate::lifecycle::Situation;
use trueconfig_common::id::{ControlId, ObjectId};
use trueconfig_common::remediation::Choice;
use trueconfig_common::verdict::Verdict;

/// Changes for one plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// In order; never empty.
    pub changes: Vec<Change>,
    /// What the control should say afterwards (T7).
    pub expected: Verdict,
    /// The object that a first step made and this one goes on with (D18).
    pub continues: Option<ObjectId>,
}

/// Why there is no fix, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoFix(pub String);

impl NoFix {
    fn because<T>(reason: impl Into<String>) -> Result<T, Self> {
        Err(Self(reason.into()))
    }
}

/// What would fix a control now.
///
/// # Errors
/// [`NoFix`] if it needs none, or none can be planned.
pub fn draft(
    control: &ControlId,
    chosen: &[ObjectId],
    situation: &Situation<'_>,
) -> Result<Vec<Draft>, NoFix> {
    let Some(found) = situation.control(control) else {
        return NoFix::because("the baseline has no such control");
    };
    match situation.verdict(control) {
        Some(Verdict::Fail) => {}
        Some(verdict) => return NoFix::because(format!("{control} is {verdict}")),
        None => return NoFix::because(format!("{control} was not evaluated yet")),
    }
    match &found.remedy {
        Remedy::None => NoFix::because(format!("{control} has guidance only")),
        Remedy::RemoveRoleAssignment => role_assignment::draft(control, chosen, situation),
        _ => NoFix::because(format!("{control} has guidance only")),
    }
}

/// The targets a person may choose among (D13); empty where the finding leaves no choice.
pub fn choices(control: &ControlId, chosen: &[ObjectId], situation: &Situation<'_>) -> Vec<Choice> {
    match situation.control(control).map(|found| &found.remedy) {
        Some(Remedy::RemoveRoleAssignment) => role_assignment::choices(control, chosen, situation),
        _ => Vec::new(),
    }
}

/// How a remedy works, in words; empty for guidance only.
pub fn describe(remedy: &Remedy) -> &'static str {
    match remedy {
        Remedy::None => "",
        Remedy::RemoveRoleAssignment => {
            "Takes away permanent assignments in excess; break-glass accounts stay, and so do two."
        }
        Remedy::ConditionalAccessPolicy { .. } => {
            "Creates the policy report-only; a second approved step enables it after a soak."
        }
        Remedy::ExcludeBreakGlass => {
            "Excludes the break-glass accounts from policies that could lock them out."
        }
        Remedy::AssignOwner => "Assigns the configured owner.",
        Remedy::RotateSecret => {
            "Adds a secret that ends in time, sealed to its recipient; the old one stays."
        }
        Remedy::AuthorizationPolicySetting => "Sets the value in the authorization policy.",
        Remedy::DisableUser => "Disables the accounts; nothing is deleted.",
    }
}
