//! PA-01-L2, PA-04, PA-26, PA-28: privileged roles are activated when they are needed; break-glass
//! accounts, which are not, have a key.

use super::{
    NoParameters, role_settings,
    tally::{Offence, Tally, Words},
};
use crate::{
    checks::{
        Context, Finding, Question, privileged,
        roles::{Holder, PrincipalKind, Via},
    },
    snapshot::{FamilyName, Id, Unreadable},
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use trueconfig_common::verdict::Verdict;

/// How long an activation may last, in hours.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Activation {
    max_hours: u32,
}

/// PA-01-L2: nobody but break-glass accounts is Global Administrator for good.
pub(super) fn administrators(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let holders = question.context.holders(&Id::new(privileged::GLOBAL_ADMINISTRATOR))?;
    let mut tally = Tally::default();
    permanent(question, holders, &mut tally)?;
    tally.told(&Words {
        expected: "only break-glass accounts are Global Administrator for good",
        failing: "Global Administrators are permanent",
        field: "roleAssignments",
        otherwise: Verdict::Fail,
    })
}

/// PA-04: no user holds a privileged role for good, and activations are short and justified.
pub(super) fn all_roles(question: &Question<'_, '_>, limits: &Activation) -> Result<Finding, Unreadable> {
    let context = question.context;
    let mut tally = Tally::default();
    let holders = context.holders_where(|one| context.is_privileged_role(&one.role_definition_id))?;
    let users = holders.into_iter().filter(|holder| holder.kind != PrincipalKind::ServicePrincipal);
    let mut people = Vec::new();
    for holder in users {
        let sync = context.user(&holder.principal)?.map(|user| context.is_sync_account(user)).transpose()?;
        if sync != Some(true) {
            people.push(holder);
        }
    }
    permanent(question, people, &mut tally)?;
    let settings = role_settings::roles(context)?;
    let mut any = false;
    for (role, rules) in settings.into_iter().filter(|(role, _)| privileged::is_privileged(role)) {
        any = true;
        if question.exceptions.has(role) {
            continue;
        }
        match role_settings::loose_activation(role, rules, limits.max_hours) {
            Ok(None) => tally.passes(),
            Ok(Some(detail)) => tally.fails(Offence {
                kind: "role",
                id: role.clone(),
                name: context.role_name(role),
                detail,
                values: json!(null),
            }),
            Err(cause) => tally.doubts(cause),
        }
    }
    if !any {
        let detail = "there are no settings of privileged roles";
        tally.doubts(Unreadable::inside(FamilyName::RoleManagementPolicyAssignments, detail));
    }
    tally.told(&Words {
        expected: &format!(
            "privileged roles are activated when needed, for at most {} hours, with a justification",
            limits.max_hours
        ),
        failing: "assignments and role settings do not do",
        field: "roleAssignments, roleManagementPolicies",
        otherwise: Verdict::Fail,
    })
}

/// Tells holders that have a role for good, each once; break-glass, disabled and excepted ones aside.
fn permanent(question: &Question<'_, '_>, holders: Vec<Holder>, tally: &mut Tally) -> Result<(), Unreadable> {
    let context = question.context;
    let mut by_principal: BTreeMap<Id, Holder> = BTreeMap::new();
    for holder in holders {
        let excepted = question.exceptions.has(&holder.principal)
            || question.exceptions.has_text(&holder.user_principal_name);
        if holder.break_glass || excepted || holder.enabled == Some(false) {
            continue;
        }
        if !holder.permanent {
            tally.passes();
            continue;
        }
        by_principal.entry(holder.principal.clone()).or_insert(holder);
    }
    for (principal, holder) in by_principal {
        if holder.enabled.is_none() {
            let detail = format!("accountEnabled of user {principal} is missing");
            tally.doubts(Unreadable::inside(FamilyName::Users, detail));
            continue;
        }
        let role = context.role_name(&holder.via.assignment().role_definition_id);
        let detail = match &holder.via {
            Via::Direct { .. } => format!("{role} for good, assigned directly"),
            Via::Group { group_name, .. } => {
                format!("{role} for good, through group {}", crate::checks::shown(group_name))
            }
        };
        let service = holder.kind == PrincipalKind::ServicePrincipal;
        tally.fails(Offence {
            kind: if service { "servicePrincipal" } else { "user" },
            id: principal,
            name: holder.name.clone(),
            detail,
            values: json!({
                "userPrincipalName": holder.user_principal_name,
                "roleAssignmentId": holder.via.assignment().id,
            }),
        });
    }
    Ok(())
}

/// PA-26: every active assignment of a privileged role was made through Privileged Identity Management.
pub(super) fn outside(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let context = question.context;
    let mut tally = Tally::default();
    for schedule in context.snapshot.role_assignment_schedules.rows()? {
        if question.exceptions.has(&schedule.principal_id)
            || context.is_break_glass(&schedule.principal_id)?
        {
            continue;
        }
        if !context.is_privileged_role(&schedule.role_definition_id)? {
            continue;
        }
        // Who is disabled holds nothing; where users were not read, everybody counts.
        let user = context.user(&schedule.principal_id).ok().flatten();
        if user.is_some_and(|user| user.account_enabled == Some(false)) {
            continue;
        }
        let inside = |detail: &str| {
            let detail = format!("assignmentType of schedule {} is {detail}", schedule.id);
            Unreadable::inside(FamilyName::RoleAssignmentSchedules, detail)
        };
        match schedule.assignment_type.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("activated") => {
                tally.passes();
                continue;
            }
            Some("assigned") => {}
            Some(_) => {
                tally.doubts(inside("not known"));
                continue;
            }
            None => {
                tally.doubts(inside("missing"));
                continue;
            }
        }
        let started = schedule.schedule_info.as_ref().and_then(|info| info.start_date_time);
        let made = schedule.created_using.as_deref().filter(|made| !made.is_empty());
        if started.is_some() && made.is_some() {
            tally.passes();
            continue;
        }
        tally.fails(Offence {
            kind: "roleAssignment",
            id: schedule.id.clone(),
            name: context.name_of(&schedule.principal_id),
            detail: format!("{}, assigned around PIM", context.role_name(&schedule.role_definition_id)),
            values: json!({"principalId": schedule.principal_id}),
        });
    }
    tally.told(&Words {
        expected: "privileged roles are assigned through Privileged Identity Management",
        failing: "privileged assignments were made around it",
        field: "createdUsing, scheduleInfo.startDateTime",
        otherwise: Verdict::Fail,
    })
}

/// PA-28: every break-glass account has a FIDO2 key.
pub(super) fn keys(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let context = question.context;
    let marked = context.break_glass()?;
    if marked.is_empty() {
        let reason = "no break-glass account is marked";
        return Ok(Finding::new(Verdict::Fail, reason)
            .comparing("every break-glass account has a FIDO2 key", reason));
    }
    let mut tally = Tally::default();
    for one in &marked {
        let Some(user) = one.user else {
            tally.fails(Offence {
                kind: "user",
                id: Id::new(one.written),
                name: one.written.to_owned(),
                detail: "marked, but there is no such user".to_owned(),
                values: json!(null),
            });
            continue;
        };
        if question.exceptions.has_user(user) {
            continue;
        }
        match has_key(context, &user.id) {
            Ok(true) => tally.passes(),
            Ok(false) => tally.fails(Offence::user(user, "no FIDO2 key is registered")),
            Err(cause) => tally.doubts(cause),
        }
    }
    tally.told(&Words {
        expected: "every break-glass account has a FIDO2 key",
        failing: "break-glass accounts have no FIDO2 key",
        field: "authentication.methods",
        otherwise: Verdict::Fail,
    })
}

fn has_key(context: &Context<'_>, user: &Id) -> Result<bool, Unreadable> {
    let rows = context.snapshot.authentication_methods.rows()?;
    let row = rows.iter().find(|row| row.user == *user).ok_or_else(|| {
        let detail = format!("methods of user {user} were not read");
        Unreadable::inside(FamilyName::AuthenticationMethods, detail)
    })?;
    let is_key = |kind: &str| kind.to_ascii_lowercase().ends_with("fido2authenticationmethod");
    Ok(row.methods.iter().any(|method| is_key(&method.odata_type)))
}
