//! 403 by the roles of the token, per path and verb.

use serde_json::json;
use trueconfig_twin::TenantFile;

use crate::support::{Client, READER, start};

/// Status of a GET with exactly these roles.
async fn with_roles(roles: &[&str], method: &str, path: &str) -> u16 {
    let mut file = TenantFile::contoso().expect("the demo tenant");
    file.twin.clients[READER].roles = roles.iter().map(|role| (*role).to_owned()).collect();
    let twin = start(file).await;
    let client = Client::of(&twin, READER).await;
    let body = (method != "GET").then(|| json!({"state": "enabled"}));
    client.send(method, path, body.as_ref()).await.status
}

/// Graph facts 0.10: Conditional Access writes need both permissions, whatever the generated list says.
#[tokio::test]
async fn conditional_access_needs_both_permissions() {
    let path = "/v1.0/identity/conditionalAccess/policies/00000000-0000-0000-0000-00000000dead";
    assert_eq!(with_roles(&["Policy.ReadWrite.ConditionalAccess"], "PATCH", path).await, 403);
    assert_eq!(with_roles(&["Policy.Read.All"], "PATCH", path).await, 403);
    assert_eq!(
        with_roles(&["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"], "PATCH", path).await,
        404
    );
}

#[tokio::test]
async fn each_family_has_its_least_permission() {
    let cases = [
        ("User.Read.All", "/v1.0/users"),
        ("RoleManagement.Read.Directory", "/v1.0/roleManagement/directory/roleAssignments"),
        (
            "RoleAssignmentSchedule.Read.Directory",
            "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances",
        ),
        ("AuditLog.Read.All", "/v1.0/reports/authenticationMethods/userRegistrationDetails"),
        ("Policy.Read.All", "/v1.0/policies/authorizationPolicy"),
        ("Application.Read.All", "/v1.0/applications"),
        ("Domain.Read.All", "/v1.0/domains"),
    ];
    for (role, path) in cases {
        assert_eq!(with_roles(&[role], "GET", path).await, 200, "{path}");
        assert_eq!(with_roles(&["Mail.Read"], "GET", path).await, 403, "{path}");
    }
}

/// `signInActivity` needs the audit permission beside the one for users.
#[tokio::test]
async fn sign_in_activity_needs_the_audit_permission() {
    let path = "/v1.0/users?$select=id,signInActivity";
    assert_eq!(with_roles(&["User.Read.All"], "GET", path).await, 403);
    assert_eq!(with_roles(&["User.Read.All", "AuditLog.Read.All"], "GET", path).await, 200);
}

/// Permission comes before existence: who may not read learns nothing from 404.
#[tokio::test]
async fn permission_comes_before_existence() {
    assert_eq!(with_roles(&["Mail.Read"], "GET", "/v1.0/users/nobody").await, 403);
    assert_eq!(with_roles(&["User.Read.All"], "GET", "/v1.0/users/nobody").await, 404);
}
