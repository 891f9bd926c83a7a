//! APP-03, APP-06, APP-24, APP-26: what applications may do, and who can act as them. Declared exceptions are no
//! findings; our own principal and Microsoft's are none either.

use super::objects::limited;
use super::{Draft, NoFix, Subject};
use crate::change::{AppRoleRemoval, Change, GrantNarrowing, Owned, OwnerRemoval};
use crate::checks::permissions;
use crate::snapshot::{AppRoleAssignment, Id};
use std::collections::BTreeSet;
use trueconfig_common::personal::Personal;
use trueconfig_common::verdict::Evidence;

/// APP-03, APP-06: flagged roles are taken away, one change for each.
pub(super) fn roles(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let found = subject.evidence();
    let snapshot = &subject.judged.snapshot;
    let of_lists =
        snapshot.app_role_assignments.rows().unwrap_or_default().iter().flat_map(|row| &row.assignments);
    let of_resources =
        snapshot.app_roles_assigned_to.rows().unwrap_or_default().iter().flat_map(|row| &row.assignments);
    let mut seen = BTreeSet::new();
    let mut changes = Vec::new();
    for one in of_lists.chain(of_resources).filter(|one| seen.insert(one.id.clone())) {
        let Some(holder) = found.iter().find(|holder| Id::new(&holder.id) == one.principal_id) else {
            continue;
        };
        if let Some(name) = permissions::flagged(&one.app_role_id) {
            changes.push(removal(subject, one, holder, name));
        }
    }
    if changes.is_empty() {
        return NoFix::because("the roles were not read one by one");
    }
    let all = changes.len() + subject.evidence_total().saturating_sub(found.len());
    Ok(vec![limited(changes, all)])
}

fn removal(subject: &Subject<'_>, one: &AppRoleAssignment, holder: &Evidence, name: &str) -> Change {
    Change::RemoveAppRole(AppRoleRemoval {
        assignment: one.id.to_string(),
        principal: one.principal_id.to_string(),
        name: Personal::new(holder.name.clone()),
        resource: one.resource_id.to_string(),
        role: one.app_role_id.to_string(),
        role_name: name.to_owned(),
        blast_radius: subject.control.blast_radius,
    })
}

/// APP-26: flagged permissions are taken out; what else was granted stays.
pub(super) fn grants(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let found = subject.evidence();
    let rows = subject.judged.snapshot.oauth2_permission_grants.rows()?;
    let mut changes = Vec::new();
    for one in &found {
        let row = rows.iter().find(|row| row.id == Id::new(&one.id));
        let Some((row, scope)) = row.and_then(|row| Some((row, row.scope.as_deref()?))) else { continue };
        let Some(resource) = &row.resource_id else { continue };
        let kept = scope.split_whitespace().filter(|word| !permissions::is_flagged_scope(word));
        changes.push(Change::NarrowGrant(GrantNarrowing {
            grant: row.id.to_string(),
            name: Personal::new(one.name.clone()),
            client: row.client_id.to_string(),
            resource: resource.to_string(),
            before: scope.to_owned(),
            after: kept.collect::<Vec<_>>().join(" "),
            blast_radius: subject.control.blast_radius,
        }));
    }
    if changes.is_empty() {
        return NoFix::because("the grants do not say whose permissions they give");
    }
    Ok(vec![limited(changes, subject.evidence_total())])
}

/// APP-24: owners who are less privileged than what they own are removed.
pub(super) fn owners(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let snapshot = &subject.judged.snapshot;
    let mut changes = Vec::new();
    for one in &subject.evidence() {
        let lesser =
            one.values.get("owners").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
        let lesser: Vec<Id> = lesser.iter().filter_map(serde_json::Value::as_str).map(Id::new).collect();
        let principal = Id::new(&one.id);
        if subject.context.is_own(&principal) {
            continue;
        }
        let mut remove = |owned, object: &Id, owner: &Id| {
            let (object, name) = (object.to_string(), Personal::new(one.name.clone()));
            changes.push(Change::RemoveOwner(OwnerRemoval { owned, object, name, owner: owner.to_string() }));
        };
        let own =
            snapshot.service_principal_owners.rows()?.iter().find(|row| row.service_principal == principal);
        for owner in own.into_iter().flat_map(|row| &row.owners).filter(|owner| lesser.contains(&owner.id)) {
            remove(Owned::ServicePrincipal, &principal, &owner.id);
        }
        let app_id = subject.context.service_principal(&principal)?.and_then(|found| found.app_id.as_ref());
        let apps = snapshot.applications.rows()?;
        let Some(app) = apps.iter().find(|app| app_id.is_some() && app.app_id.as_ref() == app_id) else {
            continue;
        };
        let registered = snapshot.application_owners.rows()?.iter().find(|row| row.application == app.id);
        for owner in registered.into_iter().flat_map(|row| &row.owners).filter(|one| lesser.contains(&one.id))
        {
            remove(Owned::Application, &app.id, &owner.id);
        }
    }
    if changes.is_empty() {
        return NoFix::because(
            "what they own is ours, or its owners were not read one by one: look at them by hand",
        );
    }
    let own = subject.evidence().iter().filter(|one| subject.context.is_own(&Id::new(&one.id))).count();
    let all = changes.len() + own;
    Ok(vec![limited(changes, all)])
}
