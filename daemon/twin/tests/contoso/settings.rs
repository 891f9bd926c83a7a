//! Settings of Privileged Identity Management: one policy for each role, with the rules Entra gives it and
//! the few that somebody has touched.

use serde_json::{Value, json};

use super::Graph;
use super::facts::{GLOBAL_ADMINISTRATOR, days_ago, id, tenant_id};
use super::people::{Kind, Person};
use super::roles::ROLES;

/// Who is told by e-mail, in the order of the rules.
const RECIPIENTS: [&str; 3] = ["Admin", "Requestor", "Approver"];
/// Where activations of Global Administrator are reported.
const SOC: &str = "soc@contoso.onmicrosoft.com";

/// The policy of each role where the collector finds it: expanded into its assignment.
pub fn bodies(graph: &mut Graph, staff: &[Person]) {
    let rows: Vec<Value> = ROLES.iter().map(|(role, name)| assignment(role, name, staff)).collect();
    graph.insert("/v1.0/policies/roleManagementPolicyAssignments".into(), json!({"value": rows}));
}

fn assignment(role: &str, name: &str, staff: &[Person]) -> Value {
    let policy = format!("DirectoryRole_{}_{}", tenant_id(), id(&format!("settings {name}")));
    json!({
        "id": format!("{policy}_{role}"),
        "policyId": policy,
        "scopeId": "/",
        "scopeType": "DirectoryRole",
        "roleDefinitionId": role,
        "policy": {
            "id": policy,
            "displayName": "DirectoryRole",
            "description": "DirectoryRole",
            "isOrganizationDefault": false,
            "scopeId": "/",
            "scopeType": "DirectoryRole",
            "lastModifiedDateTime": touched(role).then(|| days_ago(300, name)),
            "lastModifiedBy": {"displayName": null, "id": null},
            "rules": rules(role, staff),
        },
    })
}

/// Somebody has looked after Global Administrator alone, and not to the end: one approver, and reports of
/// activations but not of assignments.
fn touched(role: &str) -> bool {
    role == GLOBAL_ADMINISTRATOR
}

fn rules(role: &str, staff: &[Person]) -> Vec<Value> {
    let mut rules = for_administrators("Eligibility", "P365D", &[]);
    rules.extend(for_administrators("Assignment", "P180D", &["Justification"]));
    let enabled = ["MultiFactorAuthentication", "Justification"];
    rules.extend([
        expiration("EndUser", "Assignment", true, "PT8H"),
        enablement("EndUser", "Assignment", &enabled),
        approval(role, staff),
        rule(
            "AuthenticationContext",
            "EndUser",
            "Assignment",
            json!({"isEnabled": false, "claimValue": null}),
        ),
    ]);
    let told: &[&str] = if touched(role) { &[SOC] } else { &[] };
    rules.extend(notifications("EndUser", "Assignment", told));
    rules
}

fn for_administrators(level: &str, longest: &str, enabled: &[&str]) -> Vec<Value> {
    let mut rules = vec![expiration("Admin", level, false, longest), enablement("Admin", level, enabled)];
    rules.extend(notifications("Admin", level, &[]));
    rules
}

fn expiration(caller: &str, level: &str, required: bool, longest: &str) -> Value {
    let body = json!({"isExpirationRequired": required, "maximumDuration": longest});
    rule("Expiration", caller, level, body)
}

fn enablement(caller: &str, level: &str, enabled: &[&str]) -> Value {
    rule("Enablement", caller, level, json!({"enabledRules": enabled}))
}

/// Global Administrator is approved by one of its holders.
fn approval(role: &str, staff: &[Person]) -> Value {
    let approver = staff.iter().find(|person| person.kind == Kind::Administrator).expect("an administrator");
    let approver = json!({
        "@odata.type": "#microsoft.graph.singleUser",
        "userId": approver.id,
        "description": approver.name,
        "isBackup": false,
    });
    let approvers = if touched(role) { vec![approver] } else { Vec::new() };
    let stage = json!({
        "approvalStageTimeOutInDays": 1,
        "isApproverJustificationRequired": true,
        "escalationTimeInMinutes": 0,
        "isEscalationEnabled": false,
        "primaryApprovers": approvers,
        "escalationApprovers": [],
    });
    let setting = json!({
        "isApprovalRequired": touched(role),
        "isApprovalRequiredForExtension": false,
        "isRequestorJustificationRequired": true,
        "approvalMode": "SingleStage",
        "approvalStages": [stage],
    });
    rule("Approval", "EndUser", "Assignment", json!({"setting": setting}))
}

fn notifications(caller: &str, level: &str, told: &[&str]) -> Vec<Value> {
    let of = |recipient: &&str| {
        let addresses = if *recipient == "Admin" { told } else { &[] };
        let mut made = rule(
            "Notification",
            caller,
            level,
            json!({
                "notificationType": "Email",
                "recipientType": recipient,
                "notificationLevel": "All",
                "isDefaultRecipientsEnabled": true,
                "notificationRecipients": addresses,
            }),
        );
        made["id"] = json!(format!("Notification_{recipient}_{caller}_{level}"));
        made
    };
    RECIPIENTS.iter().map(of).collect()
}

fn rule(kind: &str, caller: &str, level: &str, mut body: Value) -> Value {
    body["@odata.type"] = json!(format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}Rule"));
    body["id"] = json!(format!("{kind}_{caller}_{level}"));
    body["target"] = json!({
        "caller": caller,
        "operations": ["all"],
        "level": level,
        "inheritableSettings": [],
        "enforcedSettings": [],
    });
    body
}
