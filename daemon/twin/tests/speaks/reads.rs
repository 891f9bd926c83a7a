//! Reads: pages, selection, filters, expansion, counts, headers, errors.

use serde_json::{Value, json};

use crate::support::{Client, READER, WRITER, contoso, small};

#[tokio::test]
async fn users_come_in_pages_with_absolute_links() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let mut seen = Vec::new();
    let mut next = Some(format!("{}/v1.0//users?$select=id,signInActivity&$top=40", client.base));
    while let Some(url) = next.take() {
        let page = client.get(&url).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.rows().len() <= 40);
        seen.extend(page.rows().iter().map(|row| row["id"].to_string()));
        next = page.body["@odata.nextLink"].as_str().map(str::to_owned);
        if let Some(url) = &next {
            assert!(url.starts_with(&client.base) && url.contains("$skiptoken="), "{url}");
        }
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, seen.len()), (300, 300));
}

/// Rows that vanish between two pages neither hide nor repeat others.
#[tokio::test]
async fn a_page_goes_on_after_its_last_row_whatever_was_deleted() {
    let rows: Vec<Value> =
        (0..6).map(|n| json!({"id": format!("g{n}"), "displayName": "x", "groupTypes": []})).collect();
    let (twin, client) = small(json!({"/v1.0/groups": {"value": rows}})).await;
    let first = client.get("/v1.0/groups?$top=3&$select=id").await;
    twin.edit("DELETE", "/v1.0/groups/g0", None).expect("deleted");
    let second = client.get(first.body["@odata.nextLink"].as_str().expect("a link")).await;
    let ids: Vec<&Value> = second.rows().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, ["g3", "g4", "g5"]);
    let broken = client.get("/v1.0/groups?$skiptoken=nonsense").await;
    assert_eq!((broken.status, broken.code()), (400, "Directory_ExpiredPageToken"));
}

#[tokio::test]
async fn pages_hold_100_by_default_999_at_most_and_500_with_sign_in_activity() {
    let rows: Vec<Value> = (0..1_200).map(|n| json!({"id": format!("u{n}"), "displayName": "x"})).collect();
    let (_twin, client) = small(json!({"/v1.0/users": {"value": rows}})).await;
    for (query, size) in [("", 100), ("?$top=5000", 999), ("?$top=999&$select=id,signInActivity", 500)] {
        assert_eq!(client.get(&format!("/v1.0/users{query}")).await.rows().len(), size, "{query}");
    }
}

#[tokio::test]
async fn users_show_little_unless_more_is_selected() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let plain = client.get("/v1.0/users/bg-admin-01@contoso.onmicrosoft.com").await;
    assert!(plain.body["userPrincipalName"].is_string() && plain.body["accountEnabled"].is_null());
    let chosen = client.get("/v1.0/users?$top=1&$select=id,accountEnabled,signInActivity").await;
    let names: Vec<&String> = chosen.rows()[0].as_object().expect("a row").keys().collect();
    assert_eq!(names, ["accountEnabled", "id", "signInActivity"]);
}

#[tokio::test]
async fn every_answer_has_graphs_headers() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let id = "0b8d1f7e-52c9-4a3e-9d76-1d2f60aa9f10";
    let answer = client
        .try_send("GET", "/v1.0/users/nobody", &[("client-request-id", id)], None)
        .await
        .expect("an answer");
    assert_eq!((answer.status, answer.code()), (404, "Request_ResourceNotFound"));
    let kind =
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
    assert_eq!(answer.headers["content-type"], kind);
    assert_eq!(answer.headers["client-request-id"], id);
    assert_eq!(answer.body["error"]["innerError"]["client-request-id"], id);
    assert_eq!(
        answer.headers["request-id"],
        answer.body["error"]["innerError"]["request-id"].as_str().expect("an id")
    );
    assert!(answer.headers.contains_key("date"));
}

#[tokio::test]
async fn filters_alternate_keys_casts_and_expansions_work() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let graph = "00000003-0000-0000-c000-000000000000";
    let assigned =
        client.get(&format!("/v1.0/servicePrincipals(appId='{graph}')/appRoleAssignedTo?$top=999")).await;
    assert!(assigned.rows().len() > 30, "{}", assigned.body);
    let role = "62e90394-69f5-4237-9190-012177145e10";
    let members = client.get(&format!("/v1.0/directoryRoles/roleTemplateId={role}/members")).await;
    assert_eq!(members.rows().len(), 5, "{}", members.body);
    let expanded = client
        .get(&format!("/v1.0/roleManagement/directory/roleAssignments?%24filter=roleDefinitionId%20eq%20'{role}'&$expand=principal"))
        .await;
    assert!(expanded.rows().iter().all(|row| row["principal"]["@odata.type"] == "#microsoft.graph.user"));
    // Directory objects take one $expand, role management several.
    let several = client
        .get("/v1.0/roleManagement/directory/roleAssignments?$top=1&$expand=principal,roleDefinition")
        .await;
    assert!(
        several.rows()[0]["principal"]["id"].is_string()
            && several.rows()[0]["roleDefinition"]["id"].is_string()
    );
    let owned =
        client.get("/v1.0/applications?$select=id&$expand=owners($select=id,displayName)&$top=999").await;
    let owner = owned.rows().iter().find_map(|app| app["owners"].get(0)).expect("an owner");
    assert!(owner["displayName"].is_string() && owner["userPrincipalName"].is_null());
    let group = client.get("/v1.0/groups?$filter=startswith(displayName,'sg-fin')").await;
    let id = group.rows()[0]["id"].as_str().expect("an id");
    let members = client.get(&format!("/v1.0/groups/{id}/members?$select=id,accountEnabled")).await;
    assert!(members.rows().iter().all(|row| row["accountEnabled"] == true));
}

/// Found by the crawl of the foreign judges: the filter that a list needs was asked of a single row, too.
#[tokio::test]
async fn the_settings_of_roles_are_listed_by_scope_and_read_by_id() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let path = "/v1.0/policies/roleManagementPolicyAssignments";
    let unfiltered = client.get(path).await;
    assert_eq!((unfiltered.status, &unfiltered.body["error"]["code"]), (400, &"MissingFilter".into()));
    let filter = "$filter=scopeId%20eq%20'/'%20and%20scopeType%20eq%20'DirectoryRole'";
    let listed = client.get(&format!("{path}?{filter}")).await;
    let id = listed.rows()[0]["id"].as_str().expect("an id").to_owned();
    let one = client.get(&format!("{path}/{id}")).await;
    assert_eq!((one.status, &one.body["id"]), (200, &id.as_str().into()), "{}", one.body);
}

#[tokio::test]
async fn counts_and_advanced_filters_need_the_consistency_header() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let eventual = [("ConsistencyLevel", "eventual")];
    let get = async |path: &str| client.try_send("GET", path, &eventual, None).await.expect("an answer");
    assert_eq!(client.get("/v1.0/users/$count").await.status, 400);
    assert_eq!(get("/v1.0/users/$count").await.body, json!(300));
    let path = "/v1.0/users?$count=true&$top=1&$filter=userType ne 'Member'";
    let refused = client.get(path).await;
    assert_eq!((refused.status, refused.code()), (400, "Request_UnsupportedQuery"));
    assert_eq!(get(path).await.body["@odata.count"], 25);
}

#[tokio::test]
async fn unsupported_options_and_paths_get_graphs_400() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    for path in [
        "/v1.0/users?$skip=10",
        "/v1.0/users?$apply=x",
        "/v1.0/users?$top=many",
        "/v1.0/users?$filter=id",
        "/v1.0/users?$expand=nothing",
        "/v1.0/nonsense",
        "/v2.0/users",
        "/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert!(answer.body["error"]["code"].is_string(), "{path}");
    }
    assert_eq!(client.delete("/v1.0/subscribedSkus/x").await.status, 405);
    assert_eq!(client.send("PURGE", "/v1.0/users", None).await.status, 405);
}

/// D19: a tenant without the licence answers as Microsoft does.
#[tokio::test]
async fn without_the_licence_reports_and_pim_are_refused() {
    let (_twin, client) = small(json!({
        "/v1.0/subscribedSkus": {"value": [{"id": "s", "capabilityStatus": "Enabled", "servicePlans": [{"servicePlanName": "EXCHANGE_S_STANDARD"}]}]},
        "/v1.0/users": {"value": [{"id": "u"}]},
    }))
    .await;
    for path in [
        "/v1.0/users?$select=id,signInActivity",
        "/v1.0/reports/authenticationMethods/userRegistrationDetails",
    ] {
        let answer = client.get(path).await;
        assert_eq!(
            (answer.status, answer.code()),
            (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
        );
    }
    let answer = client.get("/v1.0/roleManagement/directory/roleEligibilityScheduleInstances").await;
    assert_eq!((answer.status, answer.code()), (400, "AadPremiumLicenseRequired"));
    assert_eq!(client.get("/v1.0/users").await.status, 200);
}

/// The books of the tenant: every write appears with who, what and which target.
#[tokio::test]
async fn every_write_appears_in_the_directory_audits() {
    let twin = contoso().await;
    let (reader, writer) = (Client::of(&twin, READER).await, Client::of(&twin, WRITER).await);
    let id = "9f1c2d3e-0000-4000-8000-00000000abcd";
    let body = json!({"allowInvitesFrom": "none"});
    let path = "/v1.0/policies/authorizationPolicy";
    writer.try_send("PATCH", path, &[("client-request-id", id)], Some(&body)).await.expect("an answer");
    twin.edit("PATCH", path, Some(&json!({"allowInvitesFrom": "everyone"}))).expect("edited");
    let audits = reader.get("/v1.0/auditLogs/directoryAudits?$top=2").await;
    let (second, first) = (&audits.rows()[0], &audits.rows()[1]);
    assert_eq!(first["activityDisplayName"], "Update authorization policy");
    assert_eq!(first["initiatedBy"]["app"]["displayName"], "TrueConfig Writer");
    assert_eq!((&first["correlationId"], &second["initiatedBy"]["app"]), (&json!(id), &Value::Null));
    let modified = &first["targetResources"][0]["modifiedProperties"][0];
    assert_eq!(
        (&modified["displayName"], &modified["oldValue"]),
        (&json!("allowInvitesFrom"), &json!("\"everyone\""))
    );
    let filtered = format!("/v1.0/auditLogs/directoryAudits?$filter=correlationId eq '{id}'");
    assert_eq!(reader.get(&filtered).await.rows().len(), 1);
}
