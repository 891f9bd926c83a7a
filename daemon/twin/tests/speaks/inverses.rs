//! Every kind of write followed by its inverse gives the tenant before, but for the residue named here.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use trueconfig_twin::Twin;

use crate::support::{Client, WRITER, contoso};

/// The tenant as a reader sees it: no books, no times of modification, order of rows irrelevant.
fn state(twin: &Twin) -> BTreeMap<String, Value> {
    let mut graph = twin.export().graph;
    graph.remove("/v1.0/auditLogs/directoryAudits");
    graph.retain(|_, body| body["value"] != json!([]));
    for body in graph.values_mut() {
        let Some(rows) = body["value"].as_array_mut() else { continue };
        for row in rows.iter_mut() {
            row.as_object_mut().map(|row| row.remove("modifiedDateTime"));
        }
        rows.sort_by_key(|row| row["id"].to_string());
    }
    graph
}

/// One write and its inverse; `{}` in the inverse's path stands for the id the write gave.
struct Pair {
    write: (&'static str, String, Value),
    inverse: (&'static str, String, Value),
}

fn pair(write: (&'static str, &str, Value), inverse: (&'static str, &str, Value)) -> Pair {
    Pair {
        write: (write.0, write.1.to_owned(), write.2),
        inverse: (inverse.0, inverse.1.to_owned(), inverse.2),
    }
}

async fn holds(twin: &Twin, client: &Client, pair: &Pair) {
    let before = state(twin);
    let (method, path, body) = &pair.write;
    let body_of = |body: &Value| (!body.is_null()).then(|| body.clone());
    let made = client.send(method, path, body_of(body).as_ref()).await;
    assert!(made.status < 300, "{method} {path}: {}", made.body);
    assert!(state(twin) != before, "{method} {path} changed nothing");
    let id = made.body["id"].as_str().or(made.body["keyId"].as_str()).unwrap_or_default();
    let (method, path, body) = &pair.inverse;
    let body = body_of(&serde_json::from_str(&body.to_string().replace("{id}", id)).expect("JSON"));
    let undone = client.send(method, &path.replace("{id}", id), body.as_ref()).await;
    assert!(undone.status < 300, "{method} {path}: {}", undone.body);
    let after = state(twin);
    for (path, body) in &before {
        assert_eq!(after.get(path), Some(body), "{method} {path}");
    }
    assert_eq!(after.len(), before.len());
}

async fn id_of(client: &Client, path: &str) -> String {
    let answer = client.get(path).await;
    answer.rows()[0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn settings_and_policies() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let policies = "/v1.0/identity/conditionalAccess/policies";
    let report_only =
        client.get(&format!("{policies}?$filter=displayName eq 'CA001 Require MFA for all users'")).await;
    let held = report_only.rows()[0].clone();
    let one = format!("{policies}/{}", held["id"].as_str().expect("an id"));
    let authorization = "/v1.0/policies/authorizationPolicy";
    let permissions = client.get(authorization).await.body["defaultUserRolePermissions"].clone();
    let created = json!({
        "displayName": "New", "state": "enabledForReportingButNotEnforced",
        "conditions": {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    });
    let mut fewer = held["conditions"].clone();
    fewer["users"]["excludeUsers"] = json!([]);
    let pairs = [
        pair(("PATCH", &one, json!({"state": "enabled"})), ("PATCH", &one, json!({"state": held["state"]}))),
        pair(
            ("PATCH", &one, json!({"conditions": fewer})),
            ("PATCH", &one, json!({"conditions": held["conditions"]})),
        ),
        pair(
            ("PATCH", authorization, json!({"allowInvitesFrom": "adminsAndGuestInviters"})),
            ("PATCH", authorization, json!({"allowInvitesFrom": "everyone"})),
        ),
        pair(
            (
                "PATCH",
                authorization,
                json!({"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": []}}),
            ),
            ("PATCH", authorization, json!({"defaultUserRolePermissions": permissions})),
        ),
    ];
    for pair in &pairs {
        holds(&twin, &client, pair).await;
    }
    // Deleting a new policy leaves it in the bin for 30 days: the residue of this class.
    let made = client.post(policies, &created).await;
    let id = made.body["id"].as_str().expect("an id");
    assert_eq!(client.delete(&format!("{policies}/{id}")).await.status, 204);
    let bin = "/v1.0/identity/conditionalAccess/deletedItems/policies";
    assert_eq!(client.get(bin).await.rows()[0]["id"], id);
    let restored = client.send("POST", &format!("{bin}/{id}/restore"), None).await;
    assert_eq!((restored.status, &restored.body["id"]), (200, &json!(id)));
    assert_eq!(client.get(&format!("{policies}/{id}")).await.status, 200);
}

#[tokio::test]
async fn people_and_applications() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let user = client.get("/v1.0/users?$select=id&$filter=startswith(userPrincipalName,'ingrid.')").await;
    let user = format!("/v1.0/users/{}", user.rows()[0]["id"].as_str().expect("an id"));
    let app = id_of(&client, "/v1.0/applications?$filter=displayName eq 'Legacy API'").await;
    let app = format!("/v1.0/applications/{app}");
    let owner = user.rsplit('/').next().expect("an id").to_owned();
    let reference = json!({"@odata.id": format!("{}/v1.0/directoryObjects/{owner}", client.base)});
    let pairs = [
        pair(
            ("PATCH", &user, json!({"accountEnabled": false})),
            ("PATCH", &user, json!({"accountEnabled": true})),
        ),
        pair(
            ("POST", &format!("{app}/owners/$ref"), reference),
            ("DELETE", &format!("{app}/owners/{owner}/$ref"), Value::Null),
        ),
        pair(
            (
                "POST",
                &format!("{app}/addPassword"),
                json!({"passwordCredential": {"displayName": "rotated"}}),
            ),
            ("POST", &format!("{app}/removePassword"), json!({"keyId": "{id}"})),
        ),
        pair(("PATCH", &app, json!({"notes": "x"})), ("PATCH", &app, json!({"notes": null}))),
    ];
    // `notes` is shown as null afterwards where it was absent before; start from null.
    assert_eq!(client.patch(&app, &json!({"notes": null})).await.status, 204);
    for pair in &pairs {
        holds(&twin, &client, pair).await;
    }
}

/// Deleted applications, users and Microsoft 365 groups come back under the same id, with what hung on them.
#[tokio::test]
async fn deleted_objects_come_back() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let before = state(&twin);
    let app = id_of(&client, "/v1.0/applications?$filter=displayName eq 'Survey Tool'").await;
    assert_eq!(client.delete(&format!("/v1.0/applications/{app}")).await.status, 204);
    assert_eq!(client.get(&format!("/v1.0/applications/{app}")).await.status, 404);
    let bin = client.get("/v1.0/directory/deletedItems/microsoft.graph.application").await;
    assert_eq!(bin.rows()[0]["id"], app.as_str());
    assert!(bin.rows()[0]["deletedDateTime"].is_string());
    let path = format!("/v1.0/directory/deletedItems/{app}/restore");
    assert_eq!(client.send("POST", &path, None).await.status, 200);
    assert!(state(&twin) == before);
}

#[tokio::test]
async fn pim_requests_assign_and_remove() {
    let twin = contoso().await;
    let before = state(&twin);
    let role = "194ae4cb-b126-40b2-bd5b-6091b380977d";
    let user =
        twin.edit("GET", "/v1.0/users?$filter=startswith(userPrincipalName,'priya')", None).expect("a user");
    let body = |action: &str| json!({"action": action, "principalId": user["value"][0]["id"], "roleDefinitionId": role, "directoryScopeId": "/"});
    for kind in ["roleAssignmentScheduleRequests", "roleEligibilityScheduleRequests"] {
        let path = format!("/v1.0/roleManagement/directory/{kind}");
        let made = twin.edit("POST", &path, Some(&body("adminAssign"))).expect("assigned");
        assert_eq!(made["status"], "Provisioned");
        let twice = twin.edit("POST", &path, Some(&body("adminAssign"))).expect_err("it exists");
        assert_eq!(twice.code, "RoleAssignmentExists");
        assert_eq!(
            twin.edit("POST", &path, Some(&body("adminRemove"))).expect("removed")["status"],
            "Revoked"
        );
        let gone = twin.edit("POST", &path, Some(&body("adminRemove"))).expect_err("it is gone");
        assert_eq!(gone.code, "RoleAssignmentDoesNotExist");
    }
    let mut after = state(&twin);
    after.retain(|path, _| !path.ends_with("ScheduleRequests"));
    assert!(after == before);
}

/// An application role that was taken away comes back under a new id (class B).
#[tokio::test]
async fn an_application_role_comes_back_under_a_new_id() {
    let twin = contoso().await;
    let apps = twin
        .edit("GET", "/v1.0/servicePrincipals?$filter=displayName eq 'SIEM Forwarder'", None)
        .expect("rows");
    let path = format!(
        "/v1.0/servicePrincipals/{}/appRoleAssignments",
        apps["value"][0]["id"].as_str().expect("an id")
    );
    let held = twin.edit("GET", &path, None).expect("rows")["value"][0].clone();
    let to = "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')/appRoleAssignedTo";
    twin.edit("DELETE", &format!("{to}/{}", held["id"].as_str().expect("an id")), None).expect("removed");
    assert_eq!(twin.edit("GET", &path, None).expect("rows")["value"], json!([]));
    let body = json!({"principalId": held["principalId"], "resourceId": held["resourceId"], "appRoleId": held["appRoleId"]});
    let made = twin.edit("POST", to, Some(&body)).expect("given back");
    assert_ne!(made["id"], held["id"]);
    assert_eq!(twin.edit("GET", &path, None).expect("rows")["value"][0]["appRoleId"], held["appRoleId"]);
}

/// A method of authentication is removed through its own collection and cannot be put back.
#[tokio::test]
async fn a_security_key_is_gone_for_good() {
    let twin = contoso().await;
    let user = "/v1.0/users/bg-admin-01@contoso.onmicrosoft.com/authentication";
    let keys = twin.edit("GET", &format!("{user}/fido2Methods"), None).expect("keys");
    let key = keys["value"][0]["id"].as_str().expect("an id");
    twin.edit("DELETE", &format!("{user}/fido2Methods/{key}"), None).expect("removed");
    let left = twin.edit("GET", &format!("{user}/methods"), None).expect("methods");
    assert_eq!(left["value"].as_array().map(Vec::len), Some(1));
}
