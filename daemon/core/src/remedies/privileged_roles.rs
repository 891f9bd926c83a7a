//! PA-29, PA-30: privileged roles are taken from guests and from service principals, where they are assigned
//! directly; whoever holds one through a group is left to people (D13).

use super::objects::limited;
use super::{Draft, NoFix, Subject};
use crate::change::{Change, RoleAssignmentRemoval};
use crate::checks::privileged;
use crate::checks::roles::{Holder, Via};
use crate::snapshot::{Id, RoleAssignment};
use std::collections::BTreeSet;
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::{Evidence, Verdict};

/// Fewer Global Administrators than this many are never left (D13).
const LEAST_LEFT: usize = 2;

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let context = &subject.context;
    let administrator = Id::new(privileged::GLOBAL_ADMINISTRATOR);
    let only_administrators = subject.control.id.as_str() == "PA-30";
    let found = subject.evidence();
    let holder = |one: &RoleAssignment| found.iter().find(|holder| Id::new(&holder.id) == one.principal_id);
    let mut going = Vec::new();
    for one in subject.judged.snapshot.role_assignments.rows()? {
        let Some(holder) = holder(one) else { continue };
        let concerned = match only_administrators {
            true => one.role_definition_id == administrator,
            false => context.is_privileged_role(&one.role_definition_id)?,
        };
        // An inverse could not restore a condition or the scope of an application.
        let plain = one.condition.is_none() && one.app_scope_id.as_deref().is_none_or(|scope| scope == "/");
        let protected = context.is_own(&one.principal_id) || context.is_break_glass(&one.principal_id)?;
        if concerned && plain && !protected {
            going.push((one, holder));
        }
    }
    if going.is_empty() {
        return NoFix::because(
            "they hold their roles through groups or under conditions, or only may activate them",
        );
    }
    let leaving: BTreeSet<Id> = going.iter().map(|(one, _)| one.principal_id.clone()).collect();
    let administrators = going.iter().any(|(one, _)| one.role_definition_id == administrator);
    let staying = if administrators { staying(subject, &leaving)? } else { Vec::new() };
    if administrators && staying.len() < LEAST_LEFT {
        return NoFix::because(format!("only {} Global Administrators would be left", staying.len()));
    }
    let holders: BTreeSet<&Id> = going.iter().map(|(one, _)| &one.principal_id).collect();
    let others = subject.evidence_total().saturating_sub(holders.len());
    let changes: Vec<Change> =
        going.into_iter().map(|(one, holder)| removal(subject, one, holder, &staying)).collect();
    let all = changes.len() + others;
    let mut draft = limited(changes, all);
    if draft.expected == Verdict::Pass && through_groups(subject, &leaving)? {
        draft.expected = Verdict::Fail;
        draft.note = "what they hold through groups stays: take them out by hand".to_owned();
    }
    Ok(vec![draft])
}

/// Enabled users who are Global Administrator for good by an assignment of their own and are not leaving.
pub(super) fn staying(subject: &Subject<'_>, leaving: &BTreeSet<Id>) -> Result<Vec<String>, NoFix> {
    let holders = subject.context.holders(&Id::new(privileged::GLOBAL_ADMINISTRATOR))?;
    let stays = |holder: &&Holder| {
        let direct = matches!(holder.via, Via::Direct { .. });
        let user = holder.kind != crate::checks::roles::PrincipalKind::ServicePrincipal;
        direct
            && user
            && holder.permanent
            && holder.enabled == Some(true)
            && !leaving.contains(&holder.principal)
    };
    let ids: BTreeSet<String> =
        holders.iter().filter(stays).map(|holder| holder.principal.to_string()).collect();
    Ok(ids.into_iter().collect())
}

/// A removal that guards the other Global Administrators where that is the role.
pub(super) fn removal(
    subject: &Subject<'_>,
    one: &RoleAssignment,
    holder: &Evidence,
    staying: &[String],
) -> Change {
    let administrator = one.role_definition_id == Id::new(privileged::GLOBAL_ADMINISTRATOR);
    Change::RemoveRoleAssignment(RoleAssignmentRemoval {
        assignment: one.id.to_string(),
        principal: one.principal_id.to_string(),
        principal_kind: holder.kind.clone(),
        principal_name: Personal::new(holder.name.clone()),
        role: one.role_definition_id.to_string(),
        role_name: subject.context.role_name(&one.role_definition_id),
        scope: one.directory_scope_id.clone().unwrap_or_else(|| "/".to_owned()),
        staying: if administrator { staying.to_vec() } else { Vec::new() },
        blast_radius: subject.control.blast_radius,
    })
}

/// Whether one of those who leave holds a privileged role in another way too, active or eligible.
fn through_groups(subject: &Subject<'_>, leaving: &BTreeSet<Id>) -> Result<bool, NoFix> {
    let context = &subject.context;
    let holders = context.holders_where(|one| context.is_privileged_role(&one.role_definition_id))?;
    let by_group =
        |holder: &Holder| leaving.contains(&holder.principal) && !matches!(holder.via, Via::Direct { .. });
    let rows = subject.judged.snapshot.role_eligibility_schedule_instances.rows().unwrap_or_default();
    let eligible = rows.iter().any(|row| leaving.contains(&row.principal_id));
    Ok(eligible || holders.iter().any(by_group))
}
