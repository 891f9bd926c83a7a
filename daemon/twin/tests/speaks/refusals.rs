//! Writes that Graph refuses, and that change nothing.

use serde_json::{Value, json};
use trueconfig_twin::Twin;

use crate::support::{Answer, Client, WRITER, contoso, small};

const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";

/// The content of the tenant without its own books.
fn content(twin: &Twin) -> String {
    let mut file = twin.export();
    file.graph.remove("/v1.0/auditLogs/directoryAudits");
    file.to_json()
}

fn policy() -> Value {
    json!({
        "displayName": "Block legacy authentication", "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "users": {"includeUsers": ["All"]},
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["exchangeActiveSync", "other"],
        },
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
    })
}

#[tokio::test]
async fn wrong_conditional_access_bodies_are_refused() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let before = content(&twin);
    let broken = |path: &str, value: Value| {
        let mut body = policy();
        *body.pointer_mut(path).expect("a place") = value;
        body
    };
    let mut read_only = policy();
    read_only["id"] = json!("x");
    let mut unknown = policy();
    unknown["conditions"]["user"] = json!({});
    let cases = [
        broken("/state", json!("on")),
        broken("/conditions/users/includeUsers", json!([])),
        broken("/conditions/users/includeUsers", json!(["00000000-0000-0000-0000-00000000dead"])),
        broken("/conditions/applications/includeApplications", json!([])),
        broken("/conditions/clientAppTypes", json!(["fax"])),
        broken("/grantControls/builtInControls", json!(["block", "mfa"])),
        broken("/grantControls/operator", json!("XOR")),
        broken("/grantControls", Value::Null),
        read_only,
        unknown,
    ];
    for body in cases {
        let answer = client.post(POLICIES, &body).await;
        assert_eq!(answer.status, 400, "{body} gave {}", answer.body);
    }
    assert!(content(&twin) == before);
    let malformed = client
        .try_send("POST", POLICIES, &[("content-type", "text/plain")], Some(&policy()))
        .await
        .expect("an answer");
    assert_eq!(malformed.status, 400);
}

/// Graph facts 0.7: answers carry what bodies may not; a strength is named by its id alone.
#[tokio::test]
async fn a_strength_is_written_by_id_and_read_whole() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let id = "00000000-0000-0000-0000-000000000004";
    let mut body = policy();
    body["conditions"]["clientAppTypes"] = json!(["all"]);
    body["grantControls"] = json!({"operator": "AND", "authenticationStrength": {"id": id}});
    let made = client.post(POLICIES, &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let grant = &made.body["grantControls"];
    assert!(grant["authenticationStrength"]["allowedCombinations"].is_array());
    assert!(grant["authenticationStrength@odata.context"].is_string());
    let path = format!("{POLICIES}/{}", made.body["id"].as_str().expect("an id"));
    let echoed = client.patch(&path, &json!({"grantControls": grant})).await;
    assert_eq!(echoed.status, 400, "what was read cannot be written as it is");
    assert_eq!(client.patch(&path, &json!({"grantControls": body["grantControls"]})).await.status, 204);
    body["grantControls"]["authenticationStrength"]["id"] = json!("00000000-0000-0000-0000-00000000dead");
    assert_eq!(client.patch(&path, &json!({"grantControls": body["grantControls"]})).await.status, 400);
}

/// D18: with security defaults on, no policy can be enabled.
#[tokio::test]
async fn security_defaults_and_enabled_policies_exclude_each_other() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let defaults = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
    let refused =
        twin.edit("PATCH", defaults, Some(&json!({"isEnabled": true}))).expect_err("policies are enabled");
    assert_eq!(refused.status, 400);
    let mut body = twin.edit("GET", defaults, None).expect("the policy");
    body["isEnabled"] = json!(true);
    twin.overwrite(defaults, body);
    let mut enabled = policy();
    enabled["state"] = json!("enabled");
    assert_eq!(client.post(POLICIES, &enabled).await.status, 400);
    assert_eq!(client.post(POLICIES, &policy()).await.status, 201);
}

/// Graph facts 0.1 (D11): an end date cannot be changed in place.
#[tokio::test]
async fn the_end_of_a_secret_cannot_be_changed() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let apps = client.get("/v1.0/applications?$filter=displayName eq 'Legacy API'").await;
    let app = &apps.rows()[0];
    let path = format!("/v1.0/applications/{}", app["id"].as_str().expect("an id"));
    let mut credentials = app["passwordCredentials"].clone();
    credentials[0]["endDateTime"] = json!("2027-01-01T00:00:00Z");
    let answer = client.patch(&path, &json!({"passwordCredentials": credentials})).await;
    assert_eq!((answer.status, answer.code()), (400, "Request_BadRequest"));
    assert_eq!(answer.body["error"]["details"][0]["code"], "KeyNotUpdatable");
    let same = client.patch(&path, &json!({"passwordCredentials": app["passwordCredentials"]})).await;
    assert_eq!(same.status, 204);
    let unknown = client.post(&format!("{path}/removePassword"), &json!({"keyId": "nothing"})).await;
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn references_must_point_here_and_not_twice() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let app = client.get("/v1.0/applications?$filter=displayName eq 'Canteen Menu'").await;
    let owners = format!("/v1.0/applications/{}/owners", app.rows()[0]["id"].as_str().expect("an id"));
    let user = client.get("/v1.0/users?$top=1").await.rows()[0]["id"].as_str().expect("an id").to_owned();
    let add = async |base: &str, id: &str| -> Answer {
        let body = json!({"@odata.id": format!("{base}/v1.0/directoryObjects/{id}")});
        client.post(&format!("{owners}/$ref"), &body).await
    };
    assert_eq!(add("https://graph.microsoft.us", &user).await.status, 400);
    assert_eq!(add(&client.base, "00000000-0000-0000-0000-00000000dead").await.status, 404);
    assert_eq!(add(&client.base, &user).await.status, 204);
    let twice = add(&client.base, &user).await;
    assert_eq!(twice.status, 400);
    assert!(twice.message().starts_with("One or more added object references already exist"));
    assert_eq!(client.delete(&format!("{owners}/{user}")).await.status, 405);
    assert_eq!(client.delete(&format!("{owners}/{user}/$ref")).await.status, 204);
    assert_eq!(client.delete(&format!("{owners}/{user}/$ref")).await.status, 404);
}

#[tokio::test]
async fn synchronised_users_are_mastered_elsewhere() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let synced = client.get("/v1.0/users?$select=id&$top=1&$filter=onPremisesSyncEnabled eq true").await;
    let path = format!("/v1.0/users/{}", synced.rows()[0]["id"].as_str().expect("an id"));
    let answer = client.patch(&path, &json!({"accountEnabled": false})).await;
    assert_eq!((answer.status, answer.code()), (400, "Request_BadRequest"));
    assert!(answer.message().contains("on-premises mastered"));
    assert_eq!(client.patch(&path, &json!({"accountEnabled": "no"})).await.status, 400);
    assert_eq!(client.patch(&path, &json!({"createdDateTime": "2020-01-01T00:00:00Z"})).await.status, 400);
}

/// The consent policy takes PUT of the whole, not PATCH.
#[tokio::test]
async fn the_consent_policy_is_put_as_a_whole() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let path = "/v1.0/policies/adminConsentRequestPolicy";
    assert_eq!(client.patch(path, &json!({"isEnabled": false})).await.status, 405);
    assert_eq!(client.send("PUT", path, Some(&json!({"isEnabled": false}))).await.status, 400);
    let held = client.get(path).await.body;
    let mut body = json!({});
    for name in ["notifyReviewers", "remindersEnabled", "requestDurationInDays", "reviewers"] {
        body[name] = held[name].clone();
    }
    body["isEnabled"] = json!(false);
    assert_eq!(client.send("PUT", path, Some(&body)).await.status, 204);
    let after = client.get(path).await.body;
    assert_eq!(
        (&after["isEnabled"], after["version"].as_i64()),
        (&json!(false), held["version"].as_i64().map(|v| v + 1))
    );
}

#[tokio::test]
async fn an_oversized_body_is_refused() {
    let (_twin, client) = small(json!({"/v1.0/users": {"value": []}})).await;
    let body = json!({"displayName": "x".repeat(5 * 1024 * 1024)});
    // The twin may close before it has read everything; either way nothing is applied and it goes on.
    if let Ok(answer) = client.try_send("POST", "/v1.0/users", &[], Some(&body)).await {
        assert_eq!(answer.status, 413);
    }
    assert_eq!(client.get("/v1.0/users").await.rows().len(), 0);
}

/// Graph facts 2: the last Global Administrator cannot be removed through a request of PIM either.
#[tokio::test]
async fn the_last_global_administrator_stays_through_pim_too() {
    let twin = contoso().await;
    let role = crate::support::GLOBAL_ADMINISTRATOR;
    let path = "/v1.0/roleManagement/directory/roleAssignments";
    let held = twin.edit("GET", &format!("{path}?$filter=roleDefinitionId eq '{role}'"), None).expect("rows");
    let mut outcomes = Vec::new();
    for row in held["value"].as_array().expect("rows") {
        let body = json!({"action": "adminRemove", "principalId": row["principalId"], "roleDefinitionId": role,
            "directoryScopeId": "/"});
        let requests = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests";
        outcomes.push(twin.edit("POST", requests, Some(&body)).map_err(|error| error.status).err());
    }
    assert_eq!(outcomes, [None, None, None, None, Some(400)]);
}

/// Graph facts 7: whether a young assignment can be removed, and which codes are real, are switches.
#[tokio::test]
async fn what_is_not_settled_can_be_played_either_way() {
    for (stays, confirmed, code) in [
        (true, false, Some("ActiveDurationTooShort")),
        (true, true, Some("Request_BadRequest")),
        (false, false, None),
    ] {
        let mut file = trueconfig_twin::TenantFile::contoso().expect("the demo tenant");
        file.twin.switches.young_assignments_stay = stays;
        file.twin.switches.confirmed_codes_only = confirmed;
        let twin = crate::support::start(file).await;
        let users = twin.edit("GET", "/v1.0/users?$top=1", None).expect("a user");
        let body = |action: &str| {
            json!({"action": action, "principalId": users["value"][0]["id"],
            "roleDefinitionId": "194ae4cb-b126-40b2-bd5b-6091b380977d", "directoryScopeId": "/"})
        };
        let requests = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests";
        twin.edit("POST", requests, Some(&body("adminAssign"))).expect("assigned");
        let removed = twin.edit("POST", requests, Some(&body("adminRemove")));
        assert_eq!(removed.err().map(|error| error.code).as_deref(), code);
    }
}

/// Issue 3: without the licence the documented errors, and Conditional Access can be read but not written.
#[tokio::test]
async fn without_premium_licences_the_documented_errors_come() {
    let twin = contoso().await;
    twin.overwrite("/v1.0/subscribedSkus", json!({"value": []}));
    let refused = |method: &str, path: &str, body: Option<Value>| {
        twin.edit(method, path, body.as_ref()).err().map(|error| (error.status, error.code))
    };
    let premium = "Authentication_RequestFromNonPremiumTenantOrB2CTenant".to_owned();
    assert_eq!(refused("GET", "/v1.0/auditLogs/signIns", None), Some((403, premium.clone())));
    assert_eq!(refused("GET", "/v1.0/users?$select=id,signInActivity", None), Some((403, premium)));
    let pim = Some((400, "AadPremiumLicenseRequired".to_owned()));
    assert_eq!(refused("GET", "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances", None), pim);
    assert_eq!(refused("GET", "/v1.0/identityGovernance/accessReviews/definitions", None), pim);
    let feature = Some((403, "Forbidden".to_owned()));
    assert_eq!(refused("GET", "/v1.0/identityProtection/riskyUsers", None), feature);
    assert_eq!(refused("GET", POLICIES, None), None);
    assert_eq!(refused("POST", POLICIES, Some(policy())), feature);
}

/// Graph facts 2: what was deleted can be restored for 30 days.
#[tokio::test]
async fn what_lies_in_the_bin_for_more_than_thirty_days_is_gone() {
    let twin = contoso().await;
    let users = twin.edit("GET", "/v1.0/users?$top=2&$select=id", None).expect("users");
    let id = |position: usize| users["value"][position]["id"].as_str().expect("an id").to_owned();
    for position in [0, 1] {
        twin.edit("DELETE", &format!("/v1.0/users/{}", id(position)), None).expect("deleted");
    }
    let bin = "/v1.0/directory/deletedItems";
    let mut held = twin.edit("GET", bin, None).expect("the bin");
    let days = |days: i64| (chrono::Utc::now() - chrono::TimeDelta::days(days)).to_rfc3339();
    for row in held["value"].as_array_mut().expect("rows") {
        row["deletedDateTime"] = json!(days(if row["id"] == id(0).as_str() { 31 } else { 29 }));
    }
    twin.overwrite(bin, held);
    let restore = |id: String| twin.edit("POST", &format!("{bin}/{id}/restore"), None);
    assert_eq!(restore(id(0)).expect_err("too late").status, 404);
    assert_eq!(restore(id(1)).expect("in time")["id"], id(1).as_str());
}

/// One object and a policy have nothing to filter or count; an application may not read synchronisation.
#[tokio::test]
async fn options_of_lists_on_one_object_and_delegated_reads_are_refused() {
    let (_twin, client) = small(json!({
        "/v1.0/policies/authorizationPolicy": {"id": "p"},
        "/v1.0/users": {"value": [{"id": "u1", "displayName": "A"}]},
        "/v1.0/directory/onPremisesSynchronization": {"value": []},
    }))
    .await;
    for path in ["policies/authorizationPolicy?$top=1", "users/u1?$filter=id eq 'u1'", "users/u1?$count=true"]
    {
        assert_eq!(client.get(&format!("/v1.0/{path}")).await.status, 400, "{path}");
    }
    assert_eq!(client.get("/v1.0/directory/onPremisesSynchronization").await.status, 403);
}
