//! PA-04, PA-01-L2: permanent becomes eligible in two plans (D13). The first makes the holder eligible and takes nothing
//! away; the second removes the permanent assignment, once a whole scan has shown the eligibility.

use super::objects::limited;
use super::privileged_roles::{removal, staying};
use super::{Draft, NoFix, Subject};
use crate::baseline::check::{Check, Rule};
use crate::change::{Change, EligibilityCreation};
use crate::checks::privileged;
use crate::checks::roles::{Holder, PrincipalKind, Via};
use crate::snapshot::{Id, RoleAssignment, RoleEligibilityScheduleInstance};
use std::collections::BTreeSet;
use trueconfig_common::id::ObjectId;
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::{Evidence, Verdict};

/// Fewer Global Administrators than this many are never left (D13).
const LEAST_LEFT: usize = 2;

pub(super) fn draft(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let administrator = Id::new(privileged::GLOBAL_ADMINISTRATOR);
    let only_administrators = matches!(subject.control.check, Check::Rule(Rule::PermanentAdministrators));
    let context = &subject.context;
    let found = subject.evidence();
    let holders = context.holders_where(|one| match only_administrators {
        true => Ok(one.role_definition_id == administrator && one.is_tenant_wide()),
        false => context.is_privileged_role(&one.role_definition_id),
    })?;
    let eligible = subject.judged.snapshot.role_eligibility_schedule_instances.rows()?;
    let mut proven = Vec::new();
    let mut unproven = Vec::new();
    for holder in &holders {
        let Some((assignment, told)) = convertible(holder, &found) else { continue };
        match eligible.iter().find(|row| matches(row, assignment)) {
            Some(row) => proven.push((assignment, told, row)),
            None => unproven.push((assignment, told)),
        }
    }
    let mut drafts = Vec::new();
    drafts.extend(second(subject, &proven, unproven.len())?);
    drafts.extend(first(subject, &unproven));
    match drafts.is_empty() {
        true => NoFix::because(
            "nobody holds a role for good by an assignment of their own: groups and settings of roles are changed by hand",
        ),
        false => Ok(drafts),
    }
}

/// A permanent direct assignment of an enabled user who is a finding: break-glass accounts are none.
fn convertible<'h>(holder: &'h Holder, found: &'h [Evidence]) -> Option<(&'h RoleAssignment, &'h Evidence)> {
    let Via::Direct { assignment } = &holder.via else { return None };
    let plain =
        assignment.condition.is_none() && assignment.app_scope_id.as_deref().is_none_or(|one| one == "/");
    let user = holder.kind != PrincipalKind::ServicePrincipal && holder.enabled == Some(true);
    let free = holder.permanent && !holder.break_glass && !holder.own;
    let told = found.iter().find(|one| one.kind == "user" && Id::new(&one.id) == holder.principal)?;
    (plain && user && free).then_some((assignment, told))
}

/// Eligible for the same role in the same place, for good.
fn matches(row: &RoleEligibilityScheduleInstance, assignment: &RoleAssignment) -> bool {
    let scope = |scope: &Option<String>| scope.clone().unwrap_or_else(|| "/".to_owned());
    row.principal_id == assignment.principal_id
        && row.role_definition_id == assignment.role_definition_id
        && scope(&row.directory_scope_id) == scope(&assignment.directory_scope_id)
        && row.end_date_time.is_none()
}

fn first(subject: &Subject<'_>, unproven: &[(&RoleAssignment, &Evidence)]) -> Option<Draft> {
    let changes: Vec<Change> = unproven
        .iter()
        .map(|(one, told)| {
            Change::MakeEligible(EligibilityCreation {
                principal: one.principal_id.to_string(),
                name: Personal::new(told.name.clone()),
                role: one.role_definition_id.to_string(),
                role_name: subject.context.role_name(&one.role_definition_id),
                scope: one.directory_scope_id.clone().unwrap_or_else(|| "/".to_owned()),
                blast_radius: subject.control.blast_radius,
            })
        })
        .collect();
    if changes.is_empty() {
        return None;
    }
    let mut draft = limited(changes, unproven.len());
    draft.expected = Verdict::Fail;
    draft.note =
        "step 1 of 2: eligible beside the permanent assignment, nothing is taken away; that is approved \
                  separately, once a scan shows the eligibility"
            .to_owned();
    Some(draft)
}

type Proven<'a> = (&'a RoleAssignment, &'a Evidence, &'a RoleEligibilityScheduleInstance);

fn second(subject: &Subject<'_>, proven: &[Proven<'_>], unproven: usize) -> Result<Option<Draft>, NoFix> {
    let Some((_, _, eligibility)) = proven.first() else { return Ok(None) };
    let administrator = Id::new(privileged::GLOBAL_ADMINISTRATOR);
    let of_administrators = |one: &&Proven<'_>| one.0.role_definition_id == administrator;
    let leaving: BTreeSet<Id> =
        proven.iter().filter(of_administrators).map(|(one, ..)| one.principal_id.clone()).collect();
    let staying = staying(subject, &leaving)?;
    if !leaving.is_empty() && staying.len() < LEAST_LEFT {
        return NoFix::because(format!(
            "only {} permanent Global Administrators would be left: mark two break-glass accounts first",
            staying.len()
        ));
    }
    let changes = proven.iter().map(|(one, told, _)| removal(subject, one, told, &staying)).collect();
    let others: BTreeSet<&str> = proven.iter().map(|(_, told, _)| told.id.as_str()).collect();
    let others = subject.evidence_total().saturating_sub(others.len());
    let mut draft = limited(changes, proven.len() + others.max(unproven));
    let schedule = eligibility.role_eligibility_schedule_id.as_ref();
    draft.continues = schedule.map(|id| ObjectId::new(id.to_string()));
    let step = "step 2 of 2: each of them is eligible already, as the last scan shows";
    draft.note = match draft.note.is_empty() {
        true => step.to_owned(),
        false => format!("{step}; {}", draft.note),
    };
    Ok(Some(draft))
}
