//! From a finding to changes, or to a reason why not. One file per remedy.
//!
//! A remedy reads the judged snapshot and the operator's parameters; what it cannot know (an
//! owner, a recipient) it does not guess. It never chooses break-glass accounts or our own
//! principal (D13), and exceptions bind it (D23).

mod app_access;
mod app_limits;
mod break_glass;
mod conditional_access;
mod domain;
mod eligible;
mod guest_group;
mod idle_sessions;
mod objects;
mod owner;
mod policy_care;
mod privileged_roles;
mod role_assignment;
mod role_settings;
mod secret;
mod setting;
mod user;

use crate::baseline::{Control, Parameters, Remedy};
use crate::change::Change;
use crate::checks::{Context, Exceptions};
use crate::lifecycle::{Judged, Situation};
use std::collections::BTreeSet;
use trueconfig_common::id::{ControlId, ObjectId};
use trueconfig_common::remediation::Choice;
use trueconfig_common::verdict::{Evidence, Verdict};

/// Changes for one plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// In order; never empty.
    pub changes: Vec<Change>,
    /// What the control should say afterwards (T7).
    pub expected: Verdict,
    /// The object that a first step made and this one goes on with (D18).
    pub continues: Option<ObjectId>,
    /// What an approver must know beside the finding, in words.
    pub note: String,
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

impl From<crate::snapshot::Unreadable> for NoFix {
    fn from(cause: crate::snapshot::Unreadable) -> Self {
        Self(cause.to_string())
    }
}

impl Draft {
    /// A plan after which the control passes.
    fn passing(changes: Vec<Change>) -> Self {
        Self { changes, expected: Verdict::Pass, continues: None, note: String::new() }
    }
}

/// A control with everything its remedy looks at.
struct Subject<'a> {
    control: &'a Control,
    parameters: Parameters,
    situation: Situation<'a>,
    judged: &'a Judged,
    context: Context<'a>,
    exceptions: Exceptions,
    /// Targets that other remediations have.
    taken: &'a BTreeSet<ObjectId>,
}

impl<'a> Subject<'a> {
    fn of(id: &ControlId, taken: &'a BTreeSet<ObjectId>, situation: &Situation<'a>) -> Result<Self, NoFix> {
        let Some(control) = situation.control(id) else {
            return NoFix::because("the baseline has no such control");
        };
        let Some(judged) = situation.judged else { return NoFix::because("there was no scan yet") };
        let context = Context::new(&judged.snapshot, situation.tenant, situation.now);
        let exceptions = context.exceptions(id);
        let parameters = situation.parameters(id)?;
        Ok(Self { control, parameters, situation: *situation, judged, context, exceptions, taken })
    }

    /// A parameter that is a number.
    fn number(&self, name: &str) -> Result<u32, NoFix> {
        let number = self.parameters.get(name).and_then(serde_json::Value::as_u64);
        let number = number.and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| NoFix(format!("{} has no parameter `{name}`", self.control.id)))
    }

    /// What the last judgement names as not doing; what an exception covers is not among it (D23).
    fn evidence(&self) -> Vec<Evidence> {
        let judgement = self.situation.judgement(&self.control.id);
        judgement.map(|one| one.evidence.clone()).unwrap_or_default()
    }

    /// How many there are in all, also beyond what a judgement keeps.
    fn evidence_total(&self) -> usize {
        self.situation.judgement(&self.control.id).map_or(0, |one| one.evidence_total)
    }

    /// A parameter that is a list of texts; empty if it was not given.
    fn texts(&self, name: &str) -> Vec<&str> {
        let list = self.parameters.get(name).and_then(serde_json::Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str)
            .filter(|text| !text.is_empty())
            .collect()
    }

    /// A parameter that only the organisation knows; empty means that it was not given.
    fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty())
    }
}

/// What would fix a control now, `taken` targets left to the remediations that have them.
///
/// # Errors
/// [`NoFix`] if it needs none, or none can be planned.
pub fn draft(
    control: &ControlId,
    chosen: &[ObjectId],
    taken: &BTreeSet<ObjectId>,
    situation: &Situation<'_>,
) -> Result<Vec<Draft>, NoFix> {
    let subject = Subject::of(control, taken, situation)?;
    match situation.verdict(control) {
        Some(Verdict::Fail) => {}
        // A report-only policy may be the only cause (T5): its remedy finds out.
        Some(Verdict::Warning) if conditional_access::serves(&subject.control.remedy) => {}
        Some(verdict) => return NoFix::because(format!("{control} is {verdict}")),
        None => return NoFix::because(format!("{control} was not evaluated yet")),
    }
    match &subject.control.remedy {
        Remedy::None => NoFix::because(format!("{control} has guidance only")),
        Remedy::RemoveRoleAssignment => role_assignment::draft(&subject, chosen),
        Remedy::ConditionalAccessPolicy { display_name } => conditional_access::draft(&subject, display_name),
        Remedy::ExcludeBreakGlass => break_glass::draft(&subject),
        Remedy::AssignOwner => owner::draft(&subject),
        Remedy::RotateSecret => secret::draft(&subject),
        Remedy::Setting => setting::draft(&subject),
        Remedy::LimitAppCredentials => app_limits::draft(&subject),
        Remedy::EndIdleSessions => idle_sessions::draft(&subject),
        Remedy::KeepPasswords => domain::draft(&subject),
        Remedy::DisableUser => user::draft(&subject),
        Remedy::DisableServicePrincipal
        | Remedy::RequireAssignment
        | Remedy::DisableDevice
        | Remedy::MakeGroupPrivate
        | Remedy::DisableInboxRule => objects::draft(&subject),
        Remedy::RemoveAppRole => app_access::roles(&subject),
        Remedy::NarrowGrant => app_access::grants(&subject),
        Remedy::RemoveOwner => app_access::owners(&subject),
        Remedy::RemovePrivilegedRole => privileged_roles::draft(&subject),
        Remedy::MakeEligible => eligible::draft(&subject),
        Remedy::RequireApproval => role_settings::approval(&subject),
        Remedy::TellRecipients => role_settings::alerts(&subject),
        Remedy::ExcludeSyncRoles => policy_care::exclude_sync_roles(&subject),
        Remedy::CreateGuestGroup => guest_group::draft(&subject),
    }
}

/// The targets a person may choose among (D13); empty where the finding leaves no choice.
pub fn choices(
    control: &ControlId,
    chosen: &[ObjectId],
    taken: &BTreeSet<ObjectId>,
    situation: &Situation<'_>,
) -> Vec<Choice> {
    match Subject::of(control, taken, situation) {
        Ok(subject) if subject.control.remedy == Remedy::RemoveRoleAssignment => {
            role_assignment::choices(&subject, chosen)
        }
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
            "Adds a secret that ends in time, sealed to its recipient. The old one stays; a day later a second \
             approved step removes it."
        }
        Remedy::Setting => "Sets the values that the check wants, and nothing else.",
        Remedy::LimitAppCredentials => {
            "Limits the life of new credentials for all applications; other rules stay."
        }
        Remedy::EndIdleSessions => "Shortens the organisation's policy on idle sessions, or makes one.",
        Remedy::KeepPasswords => "Sets the validity of passwords to never ending on each domain.",
        Remedy::DisableUser => "Disables the accounts; nothing is deleted.",
        Remedy::DisableServicePrincipal => {
            "Disables them; what was never seen in use is left alone, nothing is deleted."
        }
        Remedy::RequireAssignment => "Lets only those assigned use the application.",
        Remedy::DisableDevice => "Disables the devices; nothing is deleted.",
        Remedy::MakeGroupPrivate => "Makes the groups private.",
        Remedy::DisableInboxRule => "Disables the rules; none is deleted.",
        Remedy::RemoveAppRole => "Takes the flagged application permissions away; declared ones stay.",
        Remedy::NarrowGrant => {
            "Takes the flagged permissions out of the grants; what else was granted stays."
        }
        Remedy::RemoveOwner => "Removes owners who are less privileged than what they own.",
        Remedy::RemovePrivilegedRole => {
            "Takes privileged roles away that were assigned directly; two Global Administrators stay."
        }
        Remedy::MakeEligible => {
            "Makes the holders eligible; a second approved plan removes the permanent assignments once a scan shows that."
        }
        Remedy::RequireApproval => "Requires approval of activations by the configured people.",
        Remedy::TellRecipients => "Tells the configured recipients where nobody is told.",
        Remedy::ExcludeSyncRoles => "Leaves both roles of directory synchronisation out of the policies.",
        Remedy::CreateGuestGroup => {
            "Makes a dynamic group of all guests, or lets the rule of the one there run."
        }
    }
}

/// How a remedy is taken back, in words; empty for guidance only.
pub fn describe_rollback(remedy: &Remedy) -> &'static str {
    match remedy {
        Remedy::None => "",
        Remedy::RemoveRoleAssignment => "Makes the same assignments again.",
        Remedy::ConditionalAccessPolicy { .. } => {
            "Deletes the policy it made; one that it enabled is report-only again."
        }
        Remedy::ExcludeBreakGlass => "Takes the exclusions out again.",
        Remedy::AssignOwner => "Removes the owner it assigned.",
        Remedy::RotateSecret => "Removes the secret it added; removing the old one cannot be taken back.",
        Remedy::Setting => "Writes the former values; settings that were made are deleted.",
        Remedy::LimitAppCredentials => "Writes the former rules.",
        Remedy::EndIdleSessions => "Writes the former policy, or deletes the one it made.",
        Remedy::KeepPasswords => "Writes the former validity; where none was set, the service's 90 days.",
        Remedy::DisableUser => "Enables the accounts again.",
        Remedy::DisableServicePrincipal => "Enables them again.",
        Remedy::RequireAssignment => "Lets everybody use it again.",
        Remedy::DisableDevice => "Enables them again.",
        Remedy::MakeGroupPrivate => "Writes their former visibility.",
        Remedy::DisableInboxRule => "Enables them again.",
        Remedy::RemoveAppRole => "Gives the same permissions again, under new ids.",
        Remedy::NarrowGrant => "Grants the same permissions again.",
        Remedy::RemoveOwner => "Makes them owners again.",
        Remedy::RemovePrivilegedRole => "Makes the same assignments again.",
        Remedy::MakeEligible => "Takes the eligibility away, or makes the same assignments again.",
        Remedy::RequireApproval => "Writes the former rule.",
        Remedy::TellRecipients => "Writes the former recipients.",
        Remedy::ExcludeSyncRoles => "Writes the former conditions.",
        Remedy::CreateGuestGroup => "Deletes the group it made, or pauses its rule again.",
    }
}

#[cfg(test)]
mod tests;
