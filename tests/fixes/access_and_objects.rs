//! What objects are and may: roles, grants, owners, groups, devices, policies that name them, settings of roles.

use crate::story::Story;
use crate::table::{put, rounds, row};
use crate::tenant::{self, text};
use serde_json::{Value, json};
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::settings::SetMode;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::verdict::Verdict;
use trueconfig_tests::support::Stage;
use trueconfig_twin::TenantFile;

const ASSIGNMENTS: &str = "/v1.0/roleManagement/directory/roleAssignments";
const ELIGIBLE: &str = "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances";
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const HELPDESK: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";

/// Roles that must tell somebody, and ask somebody.
const HIGHLY: [&str; 11] = [
    ADMINISTRATOR,
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "158c047a-c907-4556-b7ef-446551a6b5f7",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
];

fn rows(file: &TenantFile, path: &str) -> Vec<Value> {
    file.graph[path]["value"].as_array().cloned().unwrap_or_default()
}

fn push(file: &mut TenantFile, path: &str, row: Value) {
    let body = file.graph.entry(path.to_owned()).or_insert_with(|| json!({"value": []}));
    body["value"].as_array_mut().expect("a collection").push(row);
}

/// Settings of roles as a tenant has them that never touched them: nobody approves, nobody is told.
fn with_role_settings(file: &mut TenantFile) {
    let rule = |kind: &str, id: &str, fields: Value| {
        let mut rule = json!({"@odata.type": format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}Rule"), "id": id});
        rule.as_object_mut().expect("an object").extend(fields.as_object().cloned().unwrap_or_default());
        rule
    };
    let told = |id: &str| {
        let fields = json!({"notificationType": "Email", "recipientType": "Admin", "notificationLevel": "All",
            "isDefaultRecipientsEnabled": true, "notificationRecipients": []});
        rule("Notification", id, fields)
    };
    for role in HIGHLY {
        let policy = format!("DirectoryRole_{role}");
        let approval = json!({"setting": {"isApprovalRequired": false, "isApprovalRequiredForExtension": false,
            "isRequestorJustificationRequired": true, "approvalMode": "SingleStage", "approvalStages": []}});
        let rules = vec![
            rule("Approval", "Approval_EndUser_Assignment", approval),
            rule(
                "Expiration",
                "Expiration_EndUser_Assignment",
                json!({"isExpirationRequired": true, "maximumDuration": "PT8H"}),
            ),
            rule("Enablement", "Enablement_EndUser_Assignment", json!({"enabledRules": ["Justification"]})),
            told("Notification_Admin_EndUser_Assignment"),
            told("Notification_Admin_Admin_Eligibility"),
            told("Notification_Admin_Admin_Assignment"),
        ];
        put(
            file,
            &format!("/v1.0/policies/roleManagementPolicies/{policy}/rules"),
            "",
            json!({"value": rules}),
        );
        let row = json!({"id": policy, "displayName": "DirectoryRole", "scopeId": "/", "scopeType": "DirectoryRole"});
        push(file, "/v1.0/policies/roleManagementPolicies", row);
        let row = json!({"id": format!("{policy}_{role}"), "policyId": policy, "roleDefinitionId": role, "scopeId": "/",
            "scopeType": "DirectoryRole"});
        push(file, "/v1.0/policies/roleManagementPolicyAssignments", row);
    }
}

/// R24-R27, R63-R68 for each; what is taken away comes back, though an application role under a new id (T9).
#[tokio::test]
async fn r66_access_is_taken_away_and_given_back() {
    let mut file = tenant::contoso();
    with_role_settings(&mut file);
    let users = rows(&file, "/v1.0/users");
    let principals = rows(&file, "/v1.0/servicePrincipals");
    let guest = users.iter().find(|one| text(one, "userType") == "Guest" && one["accountEnabled"] == true);
    let guest = text(guest.expect("a guest"), "id").to_owned();
    let graph = principals.iter().find(|one| text(one, "appId") == GRAPH).expect("Graph's own");
    let graph = text(graph, "id").to_owned();
    let foreign = principals.iter().find(|one| {
        text(one, "servicePrincipalType") == "Application"
            && !text(one, "displayName").starts_with("TrueConfig")
            && text(one, "appId") != GRAPH
    });
    let client = text(foreign.expect("an application"), "id").to_owned();
    let device = json!({"id": "aaaaaaaa-0000-4000-8000-000000000031", "deviceId": "aaaaaaaa-0000-4000-8000-000000000032",
        "displayName": "LAPTOP-1", "accountEnabled": true, "operatingSystem": "Windows",
        "approximateLastSignInDateTime": "2024-01-01T00:00:00Z"});
    push(&mut file, "/v1.0/devices", device);
    let group = file.graph.get_mut("/v1.0/groups").map(|body| &mut body["value"][0]).expect("a group");
    group["groupTypes"] = json!(["Unified"]);
    group["visibility"] = json!("Public");
    let approvers = ["40069d16-c057-4b0a-acc2-7990b21ffe13", "20a97d48-7af7-44b2-b724-adbbb9d25296"];
    let parameters =
        [("PA-20", json!({"approvers": approvers})), ("PA-22", json!({"recipients": ["soc@contoso.com"]}))];
    let first = vec![
        row("PA-29", "", Value::Null),
        row("APP-26", "/scope", json!("User.Read")),
        row("APP-30", "/appRoleAssignmentRequired", json!(true)),
        row("EXT-25", "/membershipRule", json!("(user.userType -eq \"Guest\")")),
        row("GOV-30", "/visibility", json!("Private")),
        row("GOV-31", "/accountEnabled", json!(false)),
        row("PA-20", "/setting/isApprovalRequired", json!(true)),
        row("PA-22", "/notificationRecipients", json!(["soc@contoso.com"])),
    ];
    let second = vec![
        row("PA-30", "", Value::Null),
        row("CA-30", "/conditions/users/excludeRoles/0", json!("d29b2b05-8046-44ba-8758-1e26182fcf32")),
        row("APP-06", "", Value::Null),
    ];
    let prepare = move |story: &Story| {
        let assign = |role: &str, principal: &str| {
            let row = json!({"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "roleDefinitionId": role,
                "principalId": principal, "directoryScopeId": "/"});
            tenant::edit(&story.daemon, "POST", ASSIGNMENTS, &row);
        };
        assign(HELPDESK, &guest);
        assign(ADMINISTRATOR, &client);
        let grant = json!({"clientId": client, "consentType": "AllPrincipals", "principalId": null, "resourceId": graph,
            "scope": "User.Read Directory.ReadWrite.All"});
        tenant::edit(&story.daemon, "POST", "/v1.0/oauth2PermissionGrants", &grant);
    };
    rounds(file, &parameters, prepare, vec![first, second]).await;
}

/// D13: eligible first, proven by a scan, and only then is the permanent assignment removed; both ways back.
#[tokio::test]
async fn d13_pa_01_l2_becomes_eligible_before_it_is_taken_away() {
    let level = |tenant: &mut toml::Table| {
        tenant.insert("level".to_owned(), 3.into());
    };
    let mut story = Story::begin(Stage::contoso().with_tenant_config(level), "PA-01-L2").await;
    assert_eq!(story.verdict(), Verdict::Fail);
    let first = story.only(RemediationState::PendingApproval).await;
    assert_eq!(first.expected, Verdict::Fail, "T7: nothing is taken away yet");
    assert!(first.changes.iter().all(|one| one.request.body["action"] == "adminAssign"));
    let permanent = tenant::rows(&story.daemon, ASSIGNMENTS).len();
    story.fix(&first).await;
    assert_eq!(tenant::rows(&story.daemon, ASSIGNMENTS).len(), permanent);
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Fail);
    let second = story.only(RemediationState::PendingApproval).await;
    assert_eq!(second.parent, Some(first.row.id.clone()));
    assert_eq!(second.expected, Verdict::Pass);
    assert_eq!(second.changes.len(), first.changes.len());
    story.fix(&second).await;
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Pass);
    for change in &second.changes {
        let holder = &change.targets[0].id;
        let eligible = tenant::rows(&story.daemon, ELIGIBLE);
        assert!(eligible.iter().any(|row| text(row, "principalId") == holder), "{holder} may activate");
    }
    let (control, reason) = (Some(ControlId::from("PA-01-L2")), String::new());
    story.call(SetMode { tenant: String::new(), control, mode: Some(Mode::Advisory), reason }).await;
    story.take_back(&second).await;
    story.take_back(&first).await;
    assert_eq!(tenant::rows(&story.daemon, ASSIGNMENTS).len(), permanent);
}
