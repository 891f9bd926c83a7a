//! PA-01: take away direct permanent assignments of Global Administrator that are in excess (D13).

use super::{Draft, NoFix, Subject};
use crate::change::{Change, RoleAssignmentRemoval};
use crate::checks::roles::{Holder, Via};
use crate::checks::rules::{Excess, excess, global_administrators};
use std::collections::BTreeSet;
use trueconfig_common::change::Target;
use trueconfig_common::id::ObjectId;
use trueconfig_common::mode::BlastRadius;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::Choice;
use trueconfig_common::verdict::Verdict;

const ROLE_NAME: &str = "Global Administrator";

/// Fewer than this many are never left (D13).
const LEAST_LEFT: usize = 2;

pub(super) fn draft(subject: &Subject<'_>, chosen: &[ObjectId]) -> Result<Vec<Draft>, NoFix> {
    let holders = holders(subject)?;
    let excess = excess(&holders, maximum(subject)?);
    if excess.candidates.is_empty() {
        return NoFix::because(
            "whoever is in excess holds the role through a group or under a condition, or is protected: take them \
             out by hand",
        );
    }
    let (going, free): (Vec<&Holder>, Vec<&Holder>) =
        excess.candidates.iter().partition(|holder| subject.taken.contains(&id(holder)));
    let wanted = |holder: &&&Holder| chosen.is_empty() || chosen.contains(&id(holder));
    let number = if chosen.is_empty() { excess.count.saturating_sub(going.len()) } else { chosen.len() };
    let picked: Vec<&Holder> = free.iter().filter(wanted).take(number).copied().collect();
    if picked.is_empty() {
        return NoFix::because("the accounts in excess are left to another remediation, or cannot be taken");
    }
    let left = count(&holders).saturating_sub(picked.len() + going.len());
    if left < LEAST_LEFT {
        return NoFix::because(format!("only {left} Global Administrators would be left"));
    }
    let expected = if picked.len() >= excess.count { Verdict::Pass } else { Verdict::Fail };
    let gone = |holder: &&Holder| picked.iter().chain(&going).any(|one| one.principal == holder.principal);
    let stays = |holder: &&Holder| {
        let direct = matches!(holder.via, Via::Direct { .. });
        direct && holder.permanent && holder.enabled == Some(true) && !gone(holder)
    };
    let staying: BTreeSet<String> =
        holders.iter().filter(stays).map(|holder| holder.principal.to_string()).collect();
    let changes = picked
        .iter()
        .filter_map(|holder| removal(holder, &staying))
        .map(Change::RemoveRoleAssignment)
        .collect();
    Ok(vec![Draft { changes, expected, continues: None, note: String::new() }])
}

/// Everyone who holds the role permanently, with why some cannot be chosen.
pub(super) fn choices(subject: &Subject<'_>, chosen: &[ObjectId]) -> Vec<Choice> {
    let found = holders(subject).and_then(|holders| Ok((maximum(subject)?, holders)));
    let Ok((maximum, holders)) = found else { return Vec::new() };
    let excess = excess(&holders, maximum);
    let mut seen = BTreeSet::new();
    holders
        .iter()
        .filter(|holder| holder.permanent && seen.insert(holder.principal.clone()))
        .map(|holder| Choice {
            target: target(holder),
            chosen: chosen.contains(&id(holder)),
            refused: refusal(holder, &excess, subject.taken),
        })
        .collect()
}

fn id(holder: &Holder) -> ObjectId {
    ObjectId::new(holder.principal.to_string())
}

fn refusal(holder: &Holder, excess: &Excess<'_>, taken: &BTreeSet<ObjectId>) -> String {
    if taken.contains(&id(holder)) {
        return "another open remediation has it".to_owned();
    }
    let possible = excess.candidates.iter().any(|one| one.principal == holder.principal);
    match (possible, holder.break_glass, holder.own) {
        (true, ..) => "",
        (_, true, _) => "a break-glass account is never removed",
        (_, _, true) => "our own principal is never removed",
        _ => "it holds the role through a group or under a condition, or is disabled",
    }
    .to_owned()
}

/// Holders that no exception excludes (D23: exceptions bind the planner).
fn holders(subject: &Subject<'_>) -> Result<Vec<Holder>, NoFix> {
    let exceptions = &subject.exceptions;
    let excluded = |holder: &Holder| {
        exceptions.has(&holder.principal) || exceptions.has_text(&holder.user_principal_name)
    };
    let found = global_administrators(&subject.context)?;
    Ok(found.into_iter().filter(|holder| !excluded(holder)).collect())
}

fn maximum(subject: &Subject<'_>) -> Result<usize, NoFix> {
    usize::try_from(subject.number("maximum")?).map_err(|error| NoFix(error.to_string()))
}

fn count(holders: &[Holder]) -> usize {
    let counts = |holder: &&Holder| holder.permanent && holder.enabled == Some(true);
    holders.iter().filter(counts).map(|holder| &holder.principal).collect::<BTreeSet<_>>().len()
}

fn target(holder: &Holder) -> Target {
    let name = if holder.name.is_empty() { &holder.user_principal_name } else { &holder.name };
    Target {
        kind: holder.kind.noun().to_owned(),
        id: holder.principal.to_string(),
        name: Personal::new(name),
    }
}

fn removal(holder: &Holder, staying: &BTreeSet<String>) -> Option<RoleAssignmentRemoval> {
    let Via::Direct { assignment } = &holder.via else { return None };
    Some(RoleAssignmentRemoval {
        assignment: assignment.id.to_string(),
        principal: assignment.principal_id.to_string(),
        principal_kind: holder.kind.noun().to_owned(),
        principal_name: target(holder).name,
        role: assignment.role_definition_id.to_string(),
        role_name: ROLE_NAME.to_owned(),
        scope: assignment.directory_scope_id.clone().unwrap_or_else(|| "/".to_owned()),
        staying: staying.iter().cloned().collect(),
        blast_radius: BlastRadius::ADMINISTRATORS,
    })
}
