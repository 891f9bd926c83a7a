//! Writes: status codes, inverses, refusals, audits.

use serde_json::{Value, json};
use trueconfig_twin::TenantFile;

use crate::support::{Client, GLOBAL_ADMINISTRATOR, READER, WRITER, contoso, start};

const ASSIGNMENTS: &str = "/v1.0/roleManagement/directory/roleAssignments";

fn globals() -> String {
    format!("{ASSIGNMENTS}?$filter=roleDefinitionId eq '{GLOBAL_ADMINISTRATOR}'")
}

/// Issue 2, point 6 (PA-01): a role assignment is removed and comes back under the same id.
#[tokio::test]
async fn a_role_assignment_goes_and_comes_back_as_it_was() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let before = twin.export().graph;
    let rows = client.get(&globals()).await.rows().clone();
    assert_eq!(rows.len(), 5);
    let row = &rows[4];
    let path = format!("{ASSIGNMENTS}/{}", row["id"].as_str().expect("an id"));
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.get(&globals()).await.rows().len(), 4);
    let instances = "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances?$top=999";
    let seen = client.get(instances).await;
    assert!(!seen.rows().iter().any(|instance| instance["roleAssignmentOriginId"] == row["id"]));
    let body = json!({
        "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
        "principalId": row["principalId"], "roleDefinitionId": row["roleDefinitionId"], "directoryScopeId": "/",
    });
    let made = client.post(ASSIGNMENTS, &body).await;
    assert_eq!((made.status, &made.body["id"]), (201, &row["id"]));
    assert_eq!(client.post(ASSIGNMENTS, &body).await.status, 400);
    let mut after = twin.export().graph;
    let mut expected = before;
    for graph in [&mut after, &mut expected] {
        graph.remove("/v1.0/auditLogs/directoryAudits");
        for body in graph.values_mut() {
            sort_rows(body);
        }
    }
    assert!(after == expected, "delete and create leave the tenant as it was");
}

fn sort_rows(body: &mut Value) {
    if let Some(rows) = body["value"].as_array_mut() {
        rows.sort_by_key(|row| row["id"].to_string());
    }
}

#[tokio::test]
async fn the_last_global_administrator_stays() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let mut statuses = Vec::new();
    for row in client.get(&globals()).await.rows() {
        statuses.push(
            client.delete(&format!("{ASSIGNMENTS}/{}", row["id"].as_str().expect("an id"))).await.status,
        );
    }
    assert_eq!(statuses, [204, 204, 204, 204, 400]);
}

/// R58: without the write permission nothing changes.
#[tokio::test]
async fn a_reader_may_not_write() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let answer =
        client.patch("/v1.0/policies/authorizationPolicy", &json!({"allowInvitesFrom": "none"})).await;
    assert_eq!((answer.status, answer.code()), (403, "Authorization_RequestDenied"));
    assert_eq!(client.get("/v1.0/policies/authorizationPolicy").await.body["allowInvitesFrom"], "everyone");
}

/// Graph facts 2: a nested object of the authorization policy is merged, its lists are replaced.
#[tokio::test]
async fn the_authorization_policy_merges_objects_and_replaces_lists() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let path = "/v1.0/policies/authorizationPolicy";
    let list = json!(["ManagePermissionGrantsForSelf.microsoft-user-default-low"]);
    let patch = json!({"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": list}});
    assert_eq!(client.patch(path, &patch).await.status, 204);
    let permissions = client.get(path).await.body["defaultUserRolePermissions"].clone();
    assert_eq!(permissions["permissionGrantPoliciesAssigned"], list);
    assert_eq!(permissions["allowedToCreateApps"], true);
}

/// Graph facts 7: whether a patch of `conditions` is merged is not settled; either reading can be played.
#[tokio::test]
async fn merging_of_conditional_access_is_a_switch() {
    for merges in [true, false] {
        let mut file = TenantFile::contoso().expect("the demo tenant");
        file.twin.switches.conditional_access_merges = merges;
        let twin = start(file).await;
        let client = Client::of(&twin, WRITER).await;
        let policies = "/v1.0/identity/conditionalAccess/policies";
        let rows = client.get(policies).await;
        let path = format!("{policies}/{}", rows.rows()[0]["id"].as_str().expect("an id"));
        let answer = client.patch(&path, &json!({"conditions": {"signInRiskLevels": ["high"]}})).await;
        // Replaced as a whole, the conditions would have no users.
        assert_eq!(answer.status, if merges { 204 } else { 400 }, "{}", answer.body);
    }
}
