//! PA-02, PA-25, PA-29, PA-33: what accounts with a privileged role must be like: without a
//! mailbox to phish, mastered in the cloud, of this organisation, and in use.

use super::NoParameters;
use super::tally::{Offence, Tally, Words, is_left_out};
use crate::{
    checks::{Finding, Question, holders::PrivilegedUser},
    snapshot::{FamilyName, Id, SubscribedSku, Unreadable},
};
use serde::Deserialize;
use trueconfig_common::verdict::Verdict;

/// How long a privileged account may be silent, in days.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Silence {
    silent_after_days: u32,
}

/// Beginnings of service plans that people work with: mail, Teams, SharePoint, Office, Yammer.
const PRODUCTIVITY: [&str; 8] =
    ["EXCHANGE_", "TEAMS", "MCOSTANDARD", "SHAREPOINT", "OFFICESUBSCRIPTION", "OFFICE_", "YAMMER_", "SWAY"];

/// Plans that only look like those: what admins' own products contain as well.
const HARMLESS: [&str; 2] = ["EXCHANGE_S_FOUNDATION", "SHAREPOINT_S_DEVELOPER"];

fn judged_users<'a>(question: &Question<'_, 'a>) -> Result<Vec<PrivilegedUser<'a>>, Unreadable> {
    let users = question.context.privileged_users()?;
    Ok(users.into_iter().filter(|one| !question.exceptions.has_user(one.user)).collect())
}

/// PA-02: no privileged account carries a productivity licence.
pub(super) fn licences(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let mut tally = Tally::default();
    for one in judged_users(question)? {
        match productivity(question, &one) {
            Ok(names) if names.is_empty() => tally.passes(),
            Ok(names) => {
                let detail = format!("carries {}", crate::checks::finding::few(&names));
                tally.fails_user(one.user, detail);
            }
            Err(cause) => tally.doubts(cause),
        }
    }
    tally.told(&Words {
        expected: "privileged accounts carry no productivity licence",
        failing: "privileged accounts carry a productivity licence",
        field: "assignedLicenses",
        otherwise: Verdict::Fail,
    })
}

/// Products of a user that people work with. A product that the tenant no longer lists is not known.
fn productivity(question: &Question<'_, '_>, one: &PrivilegedUser<'_>) -> Result<Vec<String>, Unreadable> {
    let Some(licences) = &one.user.assigned_licenses else {
        let detail = format!("assignedLicenses of user {} is missing", one.user.id);
        return Err(Unreadable::inside(FamilyName::Users, detail));
    };
    if licences.is_empty() {
        return Ok(Vec::new());
    }
    let skus = question.context.snapshot.subscribed_skus.rows()?;
    let mut names = Vec::new();
    let mut doubt = None;
    for licence in licences.iter() {
        match skus.iter().find(|sku| sku.sku_id.as_ref() == Some(&licence.sku_id)) {
            Some(sku) if is_productive(sku, &licence.disabled_plans) => {
                names.push(sku.sku_part_number.clone())
            }
            // A product of which nothing is known, or not all.
            Some(sku) if sku.service_plans.iter().any(|plan| plan.service_plan_name.is_empty()) => {
                doubt = Some(&licence.sku_id);
            }
            Some(sku) if sku.service_plans.is_empty() => doubt = Some(&licence.sku_id),
            Some(_) => {}
            None => doubt = Some(&licence.sku_id),
        }
    }
    match doubt.filter(|_| names.is_empty()) {
        Some(sku) => {
            let detail = format!(
                "product {sku} of user {} is not among what was bought, or its plans are missing",
                one.user.id
            );
            Err(Unreadable::inside(FamilyName::SubscribedSkus, detail))
        }
        None => Ok(names),
    }
}

fn is_productive(sku: &SubscribedSku, switched_off: &[Id]) -> bool {
    sku.service_plans.iter().any(|plan| {
        let name = plan.service_plan_name.to_ascii_uppercase();
        let off = plan.service_plan_id.as_ref().is_some_and(|id| switched_off.contains(id));
        let productive = PRODUCTIVITY.iter().any(|beginning| name.starts_with(beginning));
        productive && !off && !HARMLESS.contains(&name.as_str())
    })
}

/// PA-25: no privileged account is synchronised from on-premises.
pub(super) fn synchronised(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let mut tally = Tally::default();
    for one in judged_users(question)? {
        if one.user.is_synchronised() {
            let detail = format!("synchronised, {}", one.role_names(question.context));
            tally.fails_user(one.user, detail);
        } else {
            tally.passes();
        }
    }
    tally.told(&Words {
        expected: "privileged accounts are mastered in the cloud",
        failing: "privileged accounts are synchronised",
        field: "onPremisesSyncEnabled",
        otherwise: Verdict::Fail,
    })
}

/// PA-29: no guest holds a privileged role.
pub(super) fn guests(question: &Question<'_, '_>, _: &NoParameters) -> Result<Finding, Unreadable> {
    let mut tally = Tally::default();
    for one in judged_users(question)? {
        if one.user.is_of_unknown_type() {
            let detail = format!("userType of user {} is not known", one.user.id);
            tally.doubts(Unreadable::inside(FamilyName::Users, detail));
        } else if one.user.is_guest() {
            tally.fails_user(one.user, format!("a guest, {}", one.role_names(question.context)));
        } else {
            tally.passes();
        }
    }
    tally.told(&Words {
        expected: "no guest holds a privileged role",
        failing: "holders of privileged roles are guests",
        field: "userType",
        otherwise: Verdict::Fail,
    })
}

/// PA-33: privileged accounts sign in; break-glass accounts are not meant to.
pub(super) fn in_use(question: &Question<'_, '_>, limits: &Silence) -> Result<Finding, Unreadable> {
    let context = question.context;
    let since = super::stale_users::days_before(context.now(), limits.silent_after_days);
    let rows = context.snapshot.sign_in_activity.rows()?;
    let by_user = crate::checks::index::Index::new(rows, |row| &row.id);
    let mut tally = Tally::default();
    for one in context.privileged_users()? {
        let user = one.user;
        if is_left_out(context, &question.exceptions, user) {
            continue;
        }
        let activity = by_user.get(&user.id).and_then(|row| row.sign_in_activity.as_ref());
        match (activity.and_then(super::stale_users::last_sign_in), user.created_date_time) {
            (Some(last), _) if last >= since => tally.passes(),
            (Some(last), _) => {
                let days = (context.now() - last).num_days();
                tally.fails_user(user, format!("last seen {days} days ago, {}", one.role_names(context)));
            }
            (None, Some(created)) if created >= since => tally.passes(),
            (None, Some(_)) => tally.notes(Offence::user(user, "never seen, or not recorded")),
            (None, None) => {
                let detail = format!("createdDateTime of user {} is missing", user.id);
                tally.doubts(Unreadable::inside(FamilyName::Users, detail));
            }
        }
    }
    let days = limits.silent_after_days;
    tally.told(&Words {
        expected: &format!("privileged accounts signed in within {days} days"),
        failing: "privileged accounts are not in use",
        field: "signInActivity",
        otherwise: Verdict::Fail,
    })
}
