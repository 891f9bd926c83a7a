//! Roles, who holds them, and the view of Privileged Identity Management on that.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Graph;
use super::facts::{GLOBAL_ADMINISTRATOR, days_ago, id, tenant_id};
use super::people::{Kind, Person};

/// Built-in roles: template id and name.
pub const ROLES: [(&str, &str); 22] = [
    (GLOBAL_ADMINISTRATOR, "Global Administrator"),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"),
    ("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator"),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    ("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator"),
    ("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator"),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"),
    ("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator"),
    ("69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator"),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"),
    ("fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator"),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"),
    ("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator"),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"),
    ("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator"),
    ("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator"),
    ("8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "Hybrid Identity Administrator"),
    ("d29b2b05-8046-44ba-8758-1e26182fcf32", "Directory Synchronization Accounts"),
];

/// Role name → number of ordinary members that hold it permanently.
const HELD: [(&str, usize); 9] = [
    ("Security Administrator", 2),
    ("User Administrator", 2),
    ("Helpdesk Administrator", 3),
    ("Exchange Administrator", 2),
    ("SharePoint Administrator", 1),
    ("Application Administrator", 1),
    ("Conditional Access Administrator", 1),
    ("Global Reader", 2),
    ("Privileged Role Administrator", 1),
];
/// Role name → number of members that are eligible for it.
const ELIGIBLE: [(&str, usize); 3] =
    [("Global Administrator", 2), ("Security Administrator", 2), ("User Administrator", 1)];

/// Definitions, assignments, instances, eligibilities.
pub fn bodies(graph: &mut Graph, staff: &[Person]) {
    let definitions: Vec<Value> = ROLES.iter().map(|(key, name)| definition(key, name)).collect();
    let held = holders(staff);
    let assignments: Vec<Value> = held.iter().map(|(role, principal)| assignment(role, principal)).collect();
    let instances: Vec<Value> = held.iter().map(|(role, principal)| instance(role, principal)).collect();
    let schedules: Vec<Value> = held.iter().map(|(role, principal)| schedule(role, principal)).collect();
    let root = "/v1.0/roleManagement/directory";
    graph.insert(format!("{root}/roleDefinitions"), json!({"value": definitions}));
    graph.insert(format!("{root}/roleAssignments"), json!({"value": assignments}));
    graph.insert(format!("{root}/roleAssignmentScheduleInstances"), json!({"value": instances}));
    graph.insert(format!("{root}/roleAssignmentSchedules"), json!({"value": schedules}));
    graph.insert(format!("{root}/roleEligibilityScheduleInstances"), json!({"value": eligible(staff)}));
    for name in ["assignmentScheduleInstances", "eligibilityScheduleInstances"] {
        graph.insert(format!("/v1.0/identityGovernance/privilegedAccess/group/{name}"), json!({"value": []}));
    }
}

/// Template id of a role.
pub fn role(name: &str) -> &'static str {
    ROLES.iter().find(|(_, known)| *known == name).expect("a known role").0
}

/// Who holds what, permanently: (role id, principal id).
fn holders(staff: &[Person]) -> Vec<(String, String)> {
    let global = staff.iter().filter(|person| matches!(person.kind, Kind::Emergency | Kind::Administrator));
    let mut held: Vec<(String, String)> =
        global.map(|person| (GLOBAL_ADMINISTRATOR.to_owned(), person.id.clone())).collect();
    let sync = staff.iter().find(|person| person.kind == Kind::SyncAccount).expect("a sync account");
    held.push((role("Directory Synchronization Accounts").to_owned(), sync.id.clone()));
    let mut people = candidates(staff);
    for (name, count) in HELD {
        for person in people.by_ref().take(count) {
            held.push((role(name).to_owned(), person.id.clone()));
        }
    }
    held.push((role("Helpdesk Administrator").to_owned(), id("group sg-helpdesk-operators")));
    held
}

/// Cloud-only members, in order.
fn candidates(staff: &[Person]) -> impl Iterator<Item = &Person> {
    staff.iter().filter(|person| person.kind == Kind::Member && !person.synchronised)
}

fn eligible(staff: &[Person]) -> Vec<Value> {
    let mut people = candidates(staff).skip(30);
    let mut rows = Vec::new();
    for (name, count) in ELIGIBLE {
        for person in people.by_ref().take(count) {
            let key = id(&format!("eligible {name} {}", person.upn));
            rows.push(json!({
                "id": key,
                "principalId": person.id,
                "roleDefinitionId": role(name),
                "directoryScopeId": "/",
                "appScopeId": null,
                "memberType": "Direct",
                "startDateTime": days_ago(180, &key),
                "endDateTime": null,
                "roleEligibilityScheduleId": key,
            }));
        }
    }
    rows
}

fn definition(key: &str, name: &str) -> Value {
    json!({
        "id": key,
        "templateId": key,
        "displayName": name,
        "description": format!("Built-in role {name}"),
        "isBuiltIn": true,
        "isEnabled": true,
        "resourceScopes": ["/"],
        "version": "1",
        "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/users/standard/read"], "condition": null}],
    })
}

/// The id Entra makes of its parts.
fn assignment_id(role: &str, principal: &str) -> String {
    let little = |text: &str| {
        let hex: Vec<u8> = text
            .replace('-', "")
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal")
            })
            .collect();
        let mut bytes = hex.clone();
        bytes[..4].reverse();
        bytes[4..6].reverse();
        bytes[6..8].reverse();
        bytes
    };
    format!("{}-1", URL_SAFE_NO_PAD.encode([little(role), little(principal)].concat()))
}

fn assignment(role: &str, principal: &str) -> Value {
    json!({
        "id": assignment_id(role, principal),
        "principalId": principal,
        "principalOrganizationId": tenant_id(),
        "roleDefinitionId": role,
        "directoryScopeId": "/",
        "condition": null,
    })
}

fn instance(role: &str, principal: &str) -> Value {
    let key = assignment_id(role, principal);
    json!({
        "id": key,
        "principalId": principal,
        "roleDefinitionId": role,
        "directoryScopeId": "/",
        "appScopeId": null,
        "assignmentType": "Assigned",
        "memberType": "Direct",
        "startDateTime": null,
        "endDateTime": null,
        "roleAssignmentOriginId": key,
        "roleAssignmentScheduleId": key,
    })
}

fn schedule(role: &str, principal: &str) -> Value {
    json!({
        "id": assignment_id(role, principal),
        "principalId": principal,
        "roleDefinitionId": role,
        "directoryScopeId": "/",
        "appScopeId": null,
        "createdUsing": null,
        "createdDateTime": null,
        "modifiedDateTime": null,
        "status": "Provisioned",
        "assignmentType": "Assigned",
        "memberType": "Direct",
        "scheduleInfo": {"startDateTime": null, "recurrence": null, "expiration": {"type": "noExpiration", "endDateTime": null, "duration": null}},
    })
}
