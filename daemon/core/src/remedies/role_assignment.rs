//! PA-01: take away direct permanent assignments of Global Administrator that are in excess (D13).

use super::{Draft, NoFix};
use crate::change::{Change, RoleAssignmentRemoval};
use crate::checks::Context;
use crate::checks::roles::{Holder, Via};
use crate::checks::rules::{Excess, excess, global_administrators};
use crate::lifecycle::Situation;
use std::collections::BTreeSet;
use trueconfig_common::change::Target;
use trueconfig_common::id::{ControlId, ObjectId};
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::Choice;
use trueconfig_common::verdict::Verdict;

const ROLE_NAME: &str = "Global Administrator";

/// Fewer than this many are never left (D13).
const LEAST_LEFT: usize = 2;

pub(super) fn draft(
    control: &ControlId,
    chosen: &[ObjectId],
    situation: &Situation<'_>,
) -> Result<Vec<Draft>, NoFix> {
    let holders = holders(control, situation)?;
    let excess = excess(&holders, maximum(control, situation)?);
    if excess.candidates.is_empty() {
        return NoFix::because(
            "whoever is in excess holds the role through a group or is protected: take them out by hand",
        );
    }
    let wanted = |holder: &&&Holder| {
        chosen.is_empty() || chosen.iter().any(|id| holder.principal.to_string() == id.as_str())
    };
    let number = if chosen.is_empty() { excess.count } else { chosen.len() };
    let picked: Vec<&Holder> = excess.candidates.iter().filter(wanted).take(number).copied().collect();
    if picked.is_empty() {
        return NoFix::because("none of the chosen accounts can be taken");
    }
    let left = count(&holders).saturating_sub(picked.len());
    if left < LEAST_LEFT {
        return NoFix::because(format!("only {left} Global Administrators would be left"));
    }
    let expected = if picked.len() >= excess.count { Verdict::Pass } else { Verdict::Fail };
    let changes = picked.into_iter().filter_map(removal).map(Change::RemoveRoleAssignment).collect();
    Ok(vec![Draft { changes, expected, continues: None }])
}

/// Everyone who holds the role permanently, with why some cannot be chosen.
pub(super) fn choices(control: &ControlId, chosen: &[ObjectId], situation: &Situation<'_>) -> Vec<Choice> {
    let found = holders(control, situation).and_then(|holders| Ok((maximum(control, situation)?, holders)));
    let Ok((maximum, holders)) = found else { return Vec::new() };
    let excess = excess(&holders, maximum);
    let mut seen = BTreeSet::new();
    holders
        .iter()
        .filter(|holder| holder.permanent && seen.insert(holder.principal.clone()))
        .map(|holder| Choice {
            target: target(holder),
            chosen: chosen.iter().any(|id| holder.principal.to_string() == id.as_str()),
            refused: refusal(holder, &excess),
        })
        .collect()
}

fn refusal(holder: &Holder, excess: &Excess<'_>) -> String {
    let possible = excess.candidates.iter().any(|one| one.principal == holder.principal);
    match (possible, holder.break_glass, holder.own) {
        (true, ..) => "",
        (_, true, _) => "a break-glass account is never removed",
        (_, _, true) => "our own principal is never removed",
        _ => "it holds the role through a group, or is disabled",
    }
    .to_owned()
}

/// Holders that no exception excludes (D23: exceptions bind the planner).
fn holders(control: &ControlId, situation: &Situation<'_>) -> Result<Vec<Holder>, NoFix> {
    let Some(judged) = situation.judged else { return NoFix::because("there was no scan yet") };
    let context = Context::new(&judged.snapshot, situation.tenant, situation.now);
    let exceptions = context.exceptions(control);
    let found = global_administrators(&context).map_err(|error| NoFix(error.to_string()))?;
    let excluded = |holder: &Holder| {
        exceptions.has(&holder.principal) || exceptions.has_text(&holder.user_principal_name)
    };
    Ok(found.into_iter().filter(|holder| !excluded(holder)).collect())
}

fn maximum(control: &ControlId, situation: &Situation<'_>) -> Result<usize, NoFix> {
    let parameters = situation.parameters(control)?;
    let maximum = parameters.get("maximum").and_then(serde_json::Value::as_u64);
    let maximum = maximum.and_then(|number| usize::try_from(number).ok());
    maximum.ok_or_else(|| NoFix(format!("{control} has no parameter `maximum`")))
}

fn count(holders: &[Holder]) -> usize {
    let counts = |holder: &&Holder| holder.permanent && holder.enabled == Some(true);
    holders.iter().filter(counts).map(|holder| &holder.principal).collect::<BTreeSet<_>>().len()
}

fn target(holder: &Holder) -> Target {
    let name = if holder.name.is_empty() { &holder.user_principal_name } else { &holder.name };
    Target { kind: "user".to_owned(), id: holder.principal.to_string(), name: Personal::new(name) }
}

fn removal(holder: &Holder) -> Option<RoleAssignmentRemoval> {
    let Via::Direct { assignment } = &holder.via else { return None };
    Some(RoleAssignmentRemoval {
        assignment: assignment.id.to_string(),
        principal: assignment.principal_id.to_string(),
        principal_name: target(holder).name,
        role: assignment.role_definition_id.to_string(),
        role_name: ROLE_NAME.to_owned(),
        scope: assignment.directory_scope_id.clone().unwrap_or_else(|| "/".to_owned()),
    })
}
