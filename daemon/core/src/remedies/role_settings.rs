//! PA-20 to PA-24: rules of roles in Privileged Identity Management. Who approves and who is told only the organisation
//! knows.

use super::objects::limited;
use super::setting::{Unmet, fields, patch_to};
use super::{Draft, NoFix, Subject};
use crate::baseline::check::{Check, Rule};
use crate::change::{Change, Resource};
use crate::checks::privileged;
use crate::checks::rules::{APPROVAL, ROLE_ADMINISTRATOR, approvers};
use crate::snapshot::{ApprovalStage, Approver, Id, RoleManagementPolicyAssignment, RoleRule};
use serde_json::{Value, json};

/// PA-20, PA-21: activating the role needs approval.
pub(super) fn approval(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let role = match subject.control.check {
        Check::Rule(Rule::AdministratorApproval) => Id::new(privileged::GLOBAL_ADMINISTRATOR),
        _ => Id::new(ROLE_ADMINISTRATOR),
    };
    let named = subject.texts("approvers");
    if named.is_empty() {
        return NoFix::because(format!(
            "who approves only you can know: set `approvers` in `[tenant.parameters.{}]` to object ids of users",
            subject.control.id
        ));
    }
    let single = |id: &&str| Approver {
        odata_type: "#microsoft.graph.singleUser".to_owned(),
        user_id: Some(Id::new(id)),
        ..Approver::default()
    };
    let primary_approvers = named.iter().map(single).collect();
    let stage = ApprovalStage { primary_approvers, ..ApprovalStage::default() };
    let able = approvers(&subject.context, &role, &[stage])?.len();
    let least = usize::try_from(subject.number("minimum_approvers")?).unwrap_or(usize::MAX);
    if able < least {
        return NoFix::because(format!(
            "{able} of the configured approvers are enabled and can approve without activating a role themselves; \
             {least} are needed"
        ));
    }
    let change = rule_change(subject, &role, APPROVAL, "the approval of activations", |rule| {
        rule["setting"] = setting(&rule["setting"], &named);
    })?;
    Ok(vec![Draft::passing(vec![change])])
}

/// What else the setting holds stays; one stage, as Entra has it.
fn setting(found: &Value, named: &[&str]) -> Value {
    let approver = |id: &&str| json!({"@odata.type": "#microsoft.graph.singleUser", "userId": id});
    let mut setting = if found.is_object() { found.clone() } else { json!({}) };
    setting["isApprovalRequired"] = json!(true);
    setting["approvalMode"] = json!("SingleStage");
    setting["approvalStages"] = json!([{
        "approvalStageTimeOutInDays": 1,
        "isApproverJustificationRequired": true,
        "escalationTimeInMinutes": 0,
        "isEscalationEnabled": false,
        "primaryApprovers": named.iter().map(approver).collect::<Vec<_>>(),
        "escalationApprovers": [],
    }]);
    setting
}

/// PA-22 to PA-24: rules that tell nobody tell the configured recipients.
pub(super) fn alerts(subject: &Subject<'_>) -> Result<Vec<Draft>, NoFix> {
    let recipients = subject.texts("recipients");
    if recipients.is_empty() {
        return NoFix::because(format!(
            "whom to tell only you can know: set `recipients` in `[tenant.parameters.{}]` to mail addresses",
            subject.control.id
        ));
    }
    if let Some(wrong) = recipients.iter().find(|one| !one.contains('@') || one.contains(char::is_whitespace))
    {
        return NoFix::because(format!(
            "the recipient \"{}\" is no mail address",
            crate::checks::shown(wrong)
        ));
    }
    let mut changes = Vec::new();
    for one in subject.evidence().iter().filter(|one| one.kind == "role") {
        let silent = one.values.get("rules").and_then(Value::as_array).cloned().unwrap_or_default();
        for id in silent.iter().filter_map(Value::as_str) {
            let label = "who is told";
            changes.push(rule_change(subject, &Id::new(&one.id), id, label, |rule| {
                rule["notificationRecipients"] = json!(recipients);
            })?);
        }
    }
    if changes.is_empty() {
        return NoFix::because("no rule that tells nobody was read");
    }
    let all = changes.len();
    Ok(vec![limited(changes, all)])
}

fn rule_change(
    subject: &Subject<'_>,
    role: &Id,
    id: &str,
    label: &str,
    edit: impl FnOnce(&mut Value),
) -> Result<Change, NoFix> {
    let unknown = || NoFix(format!("rule {id} of role {role} was not read whole"));
    let rows = subject.judged.snapshot.role_management_policy_assignments.rows()?;
    let (policy, rule) = rows.iter().find_map(|row| rule_of(row, role, id)).ok_or_else(unknown)?;
    let object = fields(rule)?;
    let odata_type = object.get("@odata.type").and_then(Value::as_str).ok_or_else(unknown)?.to_owned();
    let mut wanted = Value::Object(object.clone());
    edit(&mut wanted);
    let Value::Object(wanted) = wanted else { return Err(unknown()) };
    let resource = Resource::RoleSetting { policy, rule: rule.id.clone(), odata_type };
    let label = format!("{label} of {}", subject.context.role_name(role));
    let unmet = [Unmet { path: rule.id.clone(), label, wanted: None }];
    patch_to(subject, resource, &object, &wanted, &unmet)
}

fn rule_of<'r>(
    row: &'r RoleManagementPolicyAssignment,
    role: &Id,
    id: &str,
) -> Option<(String, &'r RoleRule)> {
    let whole = row.scope_id.as_deref().is_none_or(|scope| scope == "/");
    if !whole || row.role_definition_id.as_ref() != Some(role) {
        return None;
    }
    let policy = row.policy.as_ref()?;
    let rule = policy.rules.as_ref()?.iter().find(|rule| rule.id.eq_ignore_ascii_case(id))?;
    Some((policy.id.clone()?, rule))
}
