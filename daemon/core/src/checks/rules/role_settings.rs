//! PA-20 to PA-24: what Privileged Identity Management asks of an activation and whom it tells.

use super::tally::{Offence, Tally, Words};
use crate::{
    checks::{Context, Finding, Question, finding::few, privileged},
    snapshot::{ApprovalStage, FamilyName, Id, RoleRule, Unreadable, parse_duration},
};
use chrono::Duration;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trueconfig_common::verdict::{NearMiss, Verdict};

/// How many must be able to approve.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    minimum_approvers: usize,
    /// Who is to approve, for the fix.
    pub approvers: Vec<String>,
}

/// Whom a fix tells.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// Mail addresses.
    pub recipients: Vec<String>,
}

/// Privileged Role Administrator.
pub const ROLE_ADMINISTRATOR: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";

/// Ids of rules, the same for every role.
pub const APPROVAL: &str = "Approval_EndUser_Assignment";
const ACTIVATED: &str = "Notification_Admin_EndUser_Assignment";
const ASSIGNED: [&str; 2] = ["Notification_Admin_Admin_Eligibility", "Notification_Admin_Admin_Assignment"];
const LONGEST: &str = "Expiration_EndUser_Assignment";
const ENABLED: &str = "Enablement_EndUser_Assignment";

/// The rules of roles that have settings, each role once.
///
/// # Errors
/// [`Unreadable`] if settings were not read.
pub(super) fn roles<'a>(context: &Context<'a>) -> Result<Vec<(&'a Id, &'a [RoleRule])>, Unreadable> {
    let mut found: Vec<(&Id, &[RoleRule])> = Vec::new();
    for one in context.snapshot.role_management_policy_assignments.rows()? {
        if one.scope_id.as_deref().is_some_and(|scope| scope != "/") {
            continue;
        }
        let Some(role) = &one.role_definition_id else {
            return Err(inside(format!("roleDefinitionId of {} is missing", one.id)));
        };
        let rules = one.policy.as_ref().and_then(|policy| policy.rules.as_deref());
        let rules = rules.ok_or_else(|| inside(format!("policy.rules of {} is missing", one.id)))?;
        if found.iter().all(|(other, _)| *other != role) {
            found.push((role, rules));
        }
    }
    Ok(found)
}

fn inside(detail: String) -> Unreadable {
    Unreadable::inside(FamilyName::RoleManagementPolicyAssignments, detail)
}

fn rule<'a>(role: &Id, rules: &'a [RoleRule], id: &str) -> Result<&'a RoleRule, Unreadable> {
    let found = rules.iter().find(|rule| rule.id.eq_ignore_ascii_case(id));
    found.ok_or_else(|| inside(format!("rule {id} of role {role} is missing")))
}

/// PA-20: activating Global Administrator needs approval.
pub(super) fn approval_of_administrators(
    question: &Question<'_, '_>,
    limits: &Approval,
) -> Result<Finding, Unreadable> {
    approval(question, limits, privileged::GLOBAL_ADMINISTRATOR)
}

/// PA-21: activating Privileged Role Administrator needs approval.
pub(super) fn approval_of_role_administrators(
    question: &Question<'_, '_>,
    limits: &Approval,
) -> Result<Finding, Unreadable> {
    approval(question, limits, ROLE_ADMINISTRATOR)
}

fn approval(question: &Question<'_, '_>, limits: &Approval, role: &str) -> Result<Finding, Unreadable> {
    let context = question.context;
    let role = Id::new(role);
    let all = roles(context)?;
    let rules = all.iter().find(|(id, _)| **id == role).map(|(_, rules)| *rules);
    let rules = rules.ok_or_else(|| inside(format!("there are no settings of role {role}")))?;
    let setting = rule(&role, rules, APPROVAL)?.setting.as_ref();
    let setting = setting.ok_or_else(|| inside(format!("setting of {APPROVAL} is missing")))?;
    let required = setting.is_approval_required;
    let required = required.ok_or_else(|| inside(format!("isApprovalRequired of {APPROVAL} is missing")))?;
    let name = context.role_name(&role);
    let expected =
        format!("activating {name} needs approval by one of at least {} people", limits.minimum_approvers);
    if !required {
        let sentence = format!("passes but for the approval of {name}, which is not required");
        let near_miss = near_miss(&role, sentence, json!({"isApprovalRequired": false}));
        return Ok(Finding::new(Verdict::Fail, format!("activating {name} needs no approval"))
            .comparing(expected, "no approval")
            .with_near_miss(Some(near_miss)));
    }
    let able = approvers(context, &role, &setting.approval_stages)?;
    let names: Vec<String> = able.iter().map(|id| context.name_of(id)).collect();
    let actual = match names.len() {
        0 => "approval is required, but nobody named can give it without activating a role first".to_owned(),
        count => format!("approval is required of one of {count}: {}", few(&names)),
    };
    let enough = able.len() >= limits.minimum_approvers;
    let missing = limits.minimum_approvers.saturating_sub(able.len());
    let near_miss = (!enough).then(|| {
        near_miss(
            &role,
            format!("passes with {missing} more approvers of {name}"),
            json!({"primaryApprovers": able}),
        )
    });
    let verdict = if enough { Verdict::Pass } else { Verdict::Fail };
    Ok(Finding::new(verdict, actual.clone()).comparing(expected, actual).with_near_miss(near_miss))
}

fn near_miss(role: &Id, sentence: String, actual: Value) -> NearMiss {
    NearMiss {
        sentence,
        object: role.to_string(),
        field: APPROVAL.to_owned(),
        actual,
        wanted: json!("approval by people who need not activate the role themselves"),
        also: Vec::new(),
    }
}

/// Users who can approve: named, or members of a group that is named, enabled, and not in need of
/// activating the role, or Global Administrator, themselves.
pub fn approvers(
    context: &Context<'_>,
    role: &Id,
    stages: &[ApprovalStage],
) -> Result<BTreeSet<Id>, Unreadable> {
    let mut named = BTreeSet::new();
    for approver in stages.iter().flat_map(|stage| &stage.primary_approvers) {
        let kind = approver.odata_type.to_ascii_lowercase();
        let id = approver.user_id.as_ref().or(approver.group_id.as_ref()).or(approver.id.as_ref());
        let Some(id) = id else { continue };
        if kind.ends_with("singleuser") || approver.user_id.is_some() {
            named.insert(id.clone());
        } else if kind.ends_with("groupmembers") || approver.group_id.is_some() {
            named.extend(context.final_members(id)?.iter().cloned());
        }
    }
    if named.is_empty() {
        return Ok(named);
    }
    let mut able = BTreeSet::new();
    let must_activate = must_activate(context, role)?;
    for id in named {
        match context.user(&id)? {
            Some(user) if user.account_enabled.is_none() => {
                return Err(crate::checks::holders::unknown_state(user));
            }
            Some(user) if user.account_enabled == Some(true) && !must_activate.contains(&id) => {
                able.insert(id);
            }
            _ => {}
        }
    }
    Ok(able)
}

/// Whoever has the role, or Global Administrator, only after activating it.
fn must_activate(context: &Context<'_>, role: &Id) -> Result<BTreeSet<Id>, Unreadable> {
    let administrator = Id::new(privileged::GLOBAL_ADMINISTRATOR);
    let of = |one: &Id| one == role || *one == administrator;
    let eligible = context.principals_with(|given| Ok(given.eligible && of(given.role)))?;
    if eligible.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut permanent = BTreeSet::new();
    for role in [role, &administrator] {
        let holders = context.holders(role)?.into_iter();
        permanent.extend(holders.filter(|holder| holder.permanent).map(|holder| holder.principal));
    }
    Ok(eligible.into_keys().filter(|id| !permanent.contains(id)).collect())
}

/// PA-22: assigning a highly privileged role, active or eligible, tells somebody.
pub(super) fn alerts_of_assignments(
    question: &Question<'_, '_>,
    _: &Recipients,
) -> Result<Finding, Unreadable> {
    alerts(question, &ASSIGNED, |_| true, "assignments of highly privileged roles")
}

/// PA-23: activating Global Administrator tells somebody.
pub(super) fn alerts_of_administrators(
    question: &Question<'_, '_>,
    _: &Recipients,
) -> Result<Finding, Unreadable> {
    let administrator = Id::new(privileged::GLOBAL_ADMINISTRATOR);
    alerts(question, &[ACTIVATED], |role| *role == administrator, "activations of Global Administrator")
}

/// PA-24: activating another highly privileged role tells somebody.
pub(super) fn alerts_of_others(question: &Question<'_, '_>, _: &Recipients) -> Result<Finding, Unreadable> {
    let administrator = Id::new(privileged::GLOBAL_ADMINISTRATOR);
    alerts(question, &[ACTIVATED], |role| *role != administrator, "activations of highly privileged roles")
}

fn alerts(
    question: &Question<'_, '_>,
    ids: &[&str],
    about: impl Fn(&Id) -> bool,
    what: &str,
) -> Result<Finding, Unreadable> {
    let context = question.context;
    let highly = |role: &Id| privileged::HIGHLY_PRIVILEGED.iter().any(|id| Id::new(id) == *role);
    let all = roles(context)?;
    let wanted: Vec<_> = all.into_iter().filter(|(role, _)| highly(role) && about(role)).collect();
    if wanted.is_empty() {
        return Err(inside("there are no settings of the roles concerned".to_owned()));
    }
    let mut tally = Tally::default();
    for (role, rules) in wanted.into_iter().filter(|(role, _)| !question.exceptions.has(role)) {
        let mut silent = Vec::new();
        let mut doubt = None;
        for id in ids {
            let recipients = rule(role, rules, id).and_then(|rule| {
                let missing =
                    || inside(format!("notificationRecipients of rule {id} of role {role} is missing"));
                rule.notification_recipients.as_ref().ok_or_else(missing)
            });
            match recipients {
                Ok(recipients) if recipients.iter().all(|one| one.trim().is_empty()) => silent.push(*id),
                Ok(_) => {}
                Err(cause) => doubt = Some(cause),
            }
        }
        match (silent.is_empty(), doubt) {
            (false, _) => tally.fails(Offence {
                kind: "role",
                id: role.clone(),
                name: context.role_name(role),
                detail: format!("nobody is named in {}", silent.join(" and ")),
                values: json!({"rules": silent}),
            }),
            (true, Some(cause)) => tally.doubts(cause),
            (true, None) => tally.passes(),
        }
    }
    tally.told(&Words {
        expected: &format!("{what} are told to a recipient"),
        failing: "roles tell nobody",
        field: "notificationRecipients",
        otherwise: Verdict::Fail,
    })
}

/// What the settings of a role lack so that an activation is short and justified; none if nothing.
///
/// # Errors
/// [`Unreadable`] if a rule is missing or not understood.
pub(super) fn loose_activation(
    role: &Id,
    rules: &[RoleRule],
    max_hours: u32,
) -> Result<Option<String>, Unreadable> {
    let written = rule(role, rules, LONGEST)?.maximum_duration.as_deref().unwrap_or_default();
    let longest = parse_duration(written);
    let longest =
        longest.ok_or_else(|| inside(format!("maximumDuration of role {role} is \"{written}\"")))?;
    if longest > Duration::hours(i64::from(max_hours)) {
        return Ok(Some(format!("activations last up to {} hours", longest.num_hours())));
    }
    let enabled = rule(role, rules, ENABLED)?.enabled_rules.as_ref();
    let enabled = enabled.ok_or_else(|| inside(format!("enabledRules of role {role} is missing")))?;
    let justified = enabled.iter().any(|one| one.eq_ignore_ascii_case("Justification"));
    Ok((!justified).then(|| "activations need no justification".to_owned()))
}
