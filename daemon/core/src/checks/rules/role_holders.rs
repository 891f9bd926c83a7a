//! PA-27, PA-30, PA-32, GOV-07: who may hold which directory role.

use super::{
    NoParameters,
    tally::{Offence, Tally, Words},
};
use crate::{
    checks::{Context, Finding, Question, finding::few, privileged},
    snapshot::{Id, Unreadable},
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use trueconfig_common::verdict::{NearMiss, Verdict};

/// Who was approved.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approved {
    approved: Vec<String>,
}

/// PA-30: no service principal is Global Administrator.
pub(super) fn service_principals(
    question: &Question<'_, '_>,
    _: &NoParameters,
) -> Result<Finding, Unreadable> {
    let context = question.context;
    let administrator = Id::new(privileged::GLOBAL_ADMINISTRATOR);
    let holders = context.principals_with(|given| Ok(*given.role == administrator))?;
    let mut tally = Tally::default();
    for principal in holders.keys() {
        if context.user(principal)?.is_some() {
            tally.passes();
            continue;
        }
        let Some(found) = context.service_principal(principal)? else { continue };
        if question.exceptions.has(principal)
            || found.app_id.as_ref().is_some_and(|id| question.exceptions.has(id))
        {
            continue;
        }
        let state = if found.account_enabled == Some(false) { ", disabled" } else { "" };
        tally.fails(Offence {
            kind: "servicePrincipal",
            id: principal.clone(),
            name: found.display_name.clone(),
            detail: format!("a service principal that is Global Administrator{state}"),
            values: json!({"appId": found.app_id}),
        });
    }
    tally.told(&Words {
        expected: "no service principal is Global Administrator",
        failing: "Global Administrators are service principals",
        field: "roleAssignments",
        otherwise: Verdict::Fail,
    })
}

/// PA-32: accounts of directory synchronisation hold no other role.
pub(super) fn sync_accounts(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let context = question.context;
    let all = context.principals_with(|_| Ok(true))?;
    let mut tally = Tally::default();
    for (principal, roles) in all {
        if !roles.iter().any(privileged::is_sync_role) {
            continue;
        }
        let Some(user) = context.user(&principal)?.filter(|user| user.account_enabled != Some(false)) else {
            continue;
        };
        if question.exceptions.has_user(user) {
            continue;
        }
        let others: Vec<String> = roles
            .iter()
            .filter(|role| !privileged::is_sync_role(role))
            .map(|role| context.role_name(role))
            .collect();
        if others.is_empty() {
            tally.passes();
        } else {
            tally.fails_user(user, format!("also holds {}", few(&others)));
        }
    }
    tally.told(&Words {
        expected: "directory-sync accounts hold no other role",
        failing: "directory-sync accounts hold another role",
        field: "roleAssignments",
        otherwise: Verdict::Fail,
    })
}

/// PA-27: there are not more Global Administrators than other privileged users.
pub(super) fn least_privilege(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let administrator = Id::new(privileged::GLOBAL_ADMINISTRATOR);
    let mut administrators = 0_usize;
    let mut others = 0_usize;
    for one in question.context.privileged_users()? {
        if question.exceptions.has_user(one.user) {
            continue;
        }
        if one.user.account_enabled.is_none() {
            return Err(crate::checks::holders::unknown_state(one.user));
        }
        if one.roles.contains(&administrator) {
            administrators += 1;
        } else {
            others += 1;
        }
    }
    let actual = format!("{administrators} Global Administrators, {others} other privileged users");
    let expected = "not more Global Administrators than other privileged users";
    let verdict = if administrators <= others { Verdict::Pass } else { Verdict::Fail };
    let near_miss = (verdict == Verdict::Fail).then(|| NearMiss {
        sentence: format!(
            "passes when {} Global Administrators work with lesser roles",
            (administrators - others).div_ceil(2)
        ),
        object: administrator.to_string(),
        field: "roleAssignments".to_owned(),
        actual: json!(administrators),
        wanted: json!(others),
        also: Vec::new(),
    });
    Ok(Finding::new(verdict, actual.clone()).comparing(expected, actual).with_near_miss(near_miss))
}

/// GOV-07: whoever holds a privileged role is on the operator's list.
pub(super) fn approved(question: &Question<'_, '_>, list: &Approved) -> Result<Finding, Unreadable> {
    let context = question.context;
    if list.approved.is_empty() && context.config.break_glass.is_empty() {
        return Ok(Finding::without_source(
            "Graph does not show which assignments were approved; name them by the parameter \"approved\"",
        ));
    }
    let approved: BTreeSet<Id> = list.approved.iter().map(|written| Id::new(written)).collect();
    let named = |text: &str| list.approved.iter().any(|written| written.eq_ignore_ascii_case(text));
    let mut tally = Tally::default();
    for (principal, roles) in context.principals_with(|given| context.is_privileged_role(given.role))? {
        let Some((kind, name, sign_in)) = described(context, &principal)? else { continue };
        let excepted = question.exceptions.has(&principal) || question.exceptions.has_text(&sign_in);
        let known = approved.contains(&principal)
            || named(&sign_in)
            || context.is_break_glass(&principal)?
            || context.is_own(&principal);
        if known || excepted {
            tally.passes();
            continue;
        }
        let roles: Vec<String> = roles.iter().map(|role| context.role_name(role)).collect();
        tally.fails(Offence {
            kind,
            id: principal,
            name,
            detail: format!("not on the list, holds {}", few(&roles)),
            values: json!({"signInName": sign_in}),
        });
    }
    tally.told(&Words {
        expected: "holders of privileged roles are on the approved list",
        failing: "holders of privileged roles are not on the approved list",
        field: "roleAssignments",
        otherwise: Verdict::Fail,
    })
}

type Described = (&'static str, String, String);

/// What a principal is, its name, and its sign-in name or client id; none if it is gone or disabled.
fn described(context: &Context<'_>, principal: &Id) -> Result<Option<Described>, Unreadable> {
    if let Some(user) = context.user(principal)? {
        let enabled = user.account_enabled != Some(false);
        let told = ("user", user.display_name.to_string(), user.user_principal_name.to_string());
        return Ok(enabled.then_some(told));
    }
    let found = context.service_principal(principal)?;
    Ok(found.map(|one| {
        let app = one.app_id.as_ref().map(Id::to_string).unwrap_or_default();
        ("servicePrincipal", one.display_name.clone(), app)
    }))
}
