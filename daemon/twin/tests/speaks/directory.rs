//! What only the directory does: search, members of groups in delta queries, books about roles, keys with a
//! proof, bins, and errors that a tenant file holds in place of bodies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use trueconfig_twin::TenantFile;

use crate::assertions::{DIRECTORY, certificate, sign};
use crate::support::{Answer, Client, READER, WRITER, contoso, small, start};

const HELPDESK: &str = "/v1.0/groups?$filter=displayName eq 'sg-helpdesk-operators'";

/// Graph facts 1: `$search` needs `ConsistencyLevel: eventual` and nothing else.
#[tokio::test]
async fn search_finds_words_with_the_header_and_is_refused_without() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let search = async |path: &str, headers: &[(&str, &str)]| {
        client.try_send("GET", path, headers, None).await.expect("an answer")
    };
    let eventual = [("ConsistencyLevel", "eventual")];
    let path = r#"/v1.0/users?$search="displayName:emergency"&$count=true&$select=displayName"#;
    let found = search(path, &eventual).await;
    assert_eq!((found.rows().len(), &found.body["@odata.count"]), (2, &json!(2)), "{}", found.body);
    let refused = search(path, &[]).await;
    assert_eq!((refused.status, refused.code()), (400, "Request_UnsupportedQuery"));
    assert!(refused.message().contains("ConsistencyLevel"));
    let groups = search(r#"/v1.0/groups?$search="displayName:sg" AND "description:legal""#, &eventual).await;
    assert_eq!(groups.rows().len(), 1);
    let number = search(r#"/v1.0/users/$count?$search="displayName:emergency""#, &eventual).await;
    assert_eq!(number.body, json!(2));
    for wrong in [
        "/v1.0/users?$search=emergency",
        r#"/v1.0/domains?$search="id:contoso""#,
        r#"/v1.0/users/delta?$search="displayName:x""#,
        r#"/v1.0/policies/authorizationPolicy?$search="id:x""#,
    ] {
        assert_eq!(search(wrong, &eventual).await.status, 400, "{wrong}");
    }
}

/// Microsoft's examples `group-list-members.4` and `user-list-memberof.4`: a type at the end of the path narrows
/// what is mixed, and the narrowed list is searched, sorted and counted like any other.
#[tokio::test]
async fn members_and_memberships_are_narrowed_to_a_type_and_searched() {
    let group =
        |name: &str| json!({"id": name, "displayName": name, "groupTypes": [], "securityEnabled": true});
    let (_twin, client) = small(json!({
        "/v1.0/users": {"value": [
            {"id": "u1", "displayName": "Preston Morales", "userPrincipalName": "p@contoso.com"},
            {"id": "u2", "displayName": "Joseph Price", "userPrincipalName": "j@contoso.com"},
            {"id": "u3", "displayName": "Katya Novak", "userPrincipalName": "k@contoso.com"},
        ]},
        "/v1.0/groups": {"value": [group("tier one"), group("printers")]},
        "/v1.0/groups/tier one/members": {"value": [{"id": "u1"}, {"id": "u2"}, {"id": "u3"}, {"id": "printers"}]},
        "/v1.0/groups/printers/members": {"value": [{"id": "u1"}]},
    }))
    .await;
    let get = async |path: &str| {
        let eventual = [("ConsistencyLevel", "eventual")];
        client.try_send("GET", path, &eventual, None).await.expect("an answer")
    };
    let names = |answer: &Answer| -> Vec<String> {
        answer.rows().iter().map(|row| row["displayName"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let members = "/v1.0/groups/tier%20one/members";
    assert_eq!(get(members).await.rows().len(), 4);
    let options = r#"?$count=true&$orderby=displayName&$search="displayName:Pr"&$select=displayName,id"#;
    let found = get(&format!("{members}/microsoft.graph.user{options}")).await;
    assert_eq!(names(&found), ["Joseph Price", "Preston Morales"], "{}", found.body);
    assert_eq!(found.body["@odata.count"], 2);
    let context = found.body["@odata.context"].as_str().unwrap_or_default();
    assert!(context.ends_with("$metadata#users(displayName,id)"), "{context}");
    assert!(found.rows().iter().all(|row| row.get("@odata.type").is_none()), "{}", found.body);
    assert_eq!(get(&format!("{members}/graph.group/$count")).await.body, json!(1));
    assert_eq!(get(&format!("{members}/microsoft.graph.device")).await.rows().len(), 0);
    let memberships =
        get(r#"/v1.0/users/u1/memberOf/microsoft.graph.group?$search="displayName:tier""#).await;
    assert_eq!(names(&memberships), ["tier one"]);
    // Without the header there is no search, and nothing is written through a type.
    let refused =
        client.get(r#"/v1.0/users/u1/memberOf/microsoft.graph.group?$search="displayName:tier""#).await;
    assert_eq!(refused.status, 400);
    let written = client.send("POST", &format!("{members}/microsoft.graph.user"), Some(&json!({}))).await;
    assert_eq!(written.status, 405);
}

/// Graph facts 7: what a name in `$select` does that nobody knows is a switch.
#[tokio::test]
async fn an_unknown_name_in_select_is_ignored_or_refused() {
    for (refused, status) in [(false, 200), (true, 400)] {
        let mut file = TenantFile::contoso().expect("the demo tenant");
        file.twin.switches.unknown_select_is_refused = refused;
        let twin = start(file).await;
        let client = Client::of(&twin, READER).await;
        assert_eq!(client.get("/v1.0/users?$select=id,shoeSize").await.status, status);
        assert_eq!(client.get("/v1.0/users?$select=id,department,signInActivity").await.status, 200);
        assert_eq!(client.get("/v1.0/applications?$select=id,web&$expand=owners").await.status, 200);
    }
}

/// Graph facts 3: a delta query on groups tells who is in them, then who came and who went.
#[tokio::test]
async fn a_delta_query_on_groups_tells_who_came_and_who_went() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let first = client.get("/v1.0/groups/delta").await;
    let group = first.rows().iter().find(|row| row["displayName"] == "sg-helpdesk-operators");
    let group = group.expect("the group");
    let held = group["members@delta"].as_array().expect("members").clone();
    assert_eq!((held.len(), &held[0]["@odata.type"]), (4, &json!("#microsoft.graph.user")));
    let link = first.body["@odata.deltaLink"].as_str().expect("a link").to_owned();
    let path = format!("/v1.0/groups/{}/members", group["id"].as_str().expect("an id"));
    let owner = twin.edit("GET", &path.replace("members", "owners"), None).expect("owners");
    let (gone, new) = (&held[0]["id"], &owner["value"][0]["id"]);
    twin.edit("DELETE", &format!("{path}/{}/$ref", gone.as_str().expect("an id")), None).expect("taken out");
    let body = json!({"@odata.id": format!("{}/v1.0/directoryObjects/{}", client.base, new.as_str().expect("an id"))});
    twin.edit("POST", &format!("{path}/$ref"), Some(&body)).expect("put in");
    let changed = client.get(&link).await;
    assert_eq!(changed.rows().len(), 1);
    let wanted = json!([
        {"id": gone, "@removed": {"reason": "deleted"}},
        {"@odata.type": "#microsoft.graph.user", "id": new},
    ]);
    assert_eq!(changed.rows()[0]["members@delta"], wanted);
    let names = client.get("/v1.0/groups/delta?$select=displayName").await;
    assert!(names.rows().iter().all(|row| row.get("members@delta").is_none()));
}

/// Issue 3, point 3: records about roles name the principal, the role and the application.
#[tokio::test]
async fn records_about_roles_name_the_principal_and_the_role() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let user = client.get("/v1.0/users?$top=1").await.rows()[0].clone();
    let role = "194ae4cb-b126-40b2-bd5b-6091b380977d";
    let body = json!({"principalId": user["id"], "roleDefinitionId": role, "directoryScopeId": "/"});
    let path = "/v1.0/roleManagement/directory/roleAssignments";
    let made = client.post(path, &body).await;
    let newest = || {
        let audits = twin.edit("GET", "/v1.0/auditLogs/directoryAudits?$top=1", None).expect("the books");
        audits["value"][0].clone()
    };
    let record = newest();
    assert_eq!(
        (&record["activityDisplayName"], &record["category"]),
        (&json!("Add member to role"), &json!("RoleManagement"))
    );
    assert_eq!(record["initiatedBy"]["app"]["appId"], json!(twin.credentials()[WRITER].client_id));
    let targets = &record["targetResources"];
    assert_eq!((&targets[0]["type"], &targets[0]["id"]), (&json!("User"), &user["id"]));
    assert_eq!(targets[0]["userPrincipalName"], user["userPrincipalName"]);
    assert_eq!((&targets[1]["type"], &targets[1]["id"]), (&json!("Role"), &json!(role)));
    let name = targets[0]["modifiedProperties"].as_array().expect("properties").iter();
    let name = name.clone().find(|property| property["displayName"] == "Role.DisplayName").expect("its name");
    assert_eq!((&name["oldValue"], &name["newValue"]), (&Value::Null, &json!("\"Security Administrator\"")));
    client.delete(&format!("{path}/{}", made.body["id"].as_str().expect("an id"))).await;
    let record = newest();
    assert_eq!(record["activityDisplayName"], "Remove member from role");
    assert_eq!(record["targetResources"][0]["id"], user["id"]);
    let mut request = body;
    request["action"] = json!("adminAssign");
    let requests = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests";
    twin.edit("POST", requests, Some(&request)).expect("eligible");
    let record = newest();
    assert_eq!(record["activityDisplayName"], "Add eligible member to role in PIM completed (permanent)");
    assert_eq!(record["loggedByService"], "PIM");
}

/// Graph facts 0.1: keys come and go with a proof of possession of one that is there.
#[tokio::test]
async fn a_key_is_added_and_removed_with_a_proof() {
    let twin = contoso().await;
    let der = certificate().der().to_vec();
    let apps =
        twin.edit("GET", "/v1.0/applications?$filter=displayName eq 'Canteen Menu'", None).expect("apps");
    let app = apps["value"][0].clone();
    let id = app["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1.0/applications/{id}");
    let key = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(&der)});
    let now = chrono::Utc::now().timestamp();
    let proof = |issuer: &str, end: i64| {
        let claims = json!({"aud": DIRECTORY, "iss": issuer, "nbf": now - 10, "exp": end});
        sign(&json!({"alg": "RS256", "typ": "JWT"}), &claims)
    };
    let add = |proof: String| {
        let body = json!({"keyCredential": key, "passwordCredential": null, "proof": proof});
        twin.edit("POST", &format!("{path}/addKey"), Some(&body))
    };
    assert_eq!(add(proof(&id, now + 600)).expect_err("no key to prove").status, 400);
    twin.edit(
        "PATCH",
        &path,
        Some(&json!({"keyCredentials": [{"keyId": "k1", "type": "AsymmetricX509Cert",
        "usage": "Verify", "key": STANDARD.encode(&der)}]})),
    )
    .expect("the first key comes by PATCH");
    let mut forged = proof(&id, now + 600);
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    for wrong in ["x".to_owned(), forged, proof("somebody", now + 600), proof(&id, now - 600)] {
        assert_eq!(add(wrong).expect_err("refused").code, "Request_BadRequest");
    }
    let made = add(proof(&id, now + 600)).expect("added");
    assert!(made["keyId"].is_string() && made["key"].is_null());
    let remove = |key: &Value| {
        let body = json!({"keyId": key, "proof": proof(&id, now + 600)});
        twin.edit("POST", &format!("{path}/removeKey"), Some(&body))
    };
    remove(&made["keyId"]).expect("removed");
    assert_eq!(remove(&made["keyId"]).expect_err("gone").status, 400);
    let held = twin.edit("GET", &path, None).expect("the application");
    assert_eq!(held["keyCredentials"].as_array().map(Vec::len), Some(1));
}

/// Graph facts 2: whether a deleted security group can come back is a switch.
#[tokio::test]
async fn a_deleted_security_group_can_come_back_or_not() {
    for (kept, outcome) in [(false, Some(404)), (true, None)] {
        let mut file = TenantFile::contoso().expect("the demo tenant");
        file.twin.switches.security_groups_go_to_bin = kept;
        let twin = start(file).await;
        let group = twin.edit("GET", HELPDESK, None).expect("a group")["value"][0]["id"].clone();
        let id = group.as_str().expect("an id");
        twin.edit("DELETE", &format!("/v1.0/groups/{id}"), None).expect("deleted");
        let restored = twin.edit("POST", &format!("/v1.0/directory/deletedItems/{id}/restore"), None);
        assert_eq!(restored.err().map(|error| error.status), outcome);
    }
}

/// Issue 3: a tenant file may hold the error that its maker got; nobody can read that here either.
#[tokio::test]
async fn an_error_in_place_of_a_body_is_what_readers_get() {
    let denied =
        json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}});
    let (twin, client) = small(json!({
        "/v1.0/domains": denied,
        "/v1.0/groups": {"value": [{"id": "g1", "displayName": "G"}]},
        "/v1.0/groups/g1/owners": {"error": {"code": "Request_ResourceNotFound", "message": "Gone."}},
        "/beta/reports/servicePrincipalSignInActivities": denied,
    }))
    .await;
    let domains = client.get("/v1.0/domains").await;
    assert_eq!((domains.status, domains.code()), (403, "Authorization_RequestDenied"));
    assert_eq!(client.get("/v1.0/groups/g1/owners").await.status, 404);
    assert_eq!(client.get("/beta/reports/servicePrincipalSignInActivities").await.status, 403);
    assert_eq!(client.get("/v1.0/groups/g1").await.status, 200);
    assert_eq!(twin.export().graph["/v1.0/domains"], denied);
    let shapeless = json!({"graph": {"/v1.0/domains": {"error": 1}}}).to_string();
    assert!(TenantFile::parse(&shapeless, "t").is_err());
}

/// A bin of every kind of object that Graph keeps there.
#[tokio::test]
async fn every_kind_of_object_comes_back_from_the_bin() {
    let bin = json!([
        {"id": "d1", "@odata.type": "#microsoft.graph.device", "deletedDateTime": "2999-01-01T00:00:00Z"},
        {"id": "a1", "@odata.type": "#microsoft.graph.administrativeUnit", "deletedDateTime": "2999-01-01T00:00:00Z"},
    ]);
    let (twin, client) = small(json!({"/v1.0/directory/deletedItems": {"value": bin}})).await;
    for (kind, id, home) in [
        ("device", "d1", "/v1.0/devices"),
        ("administrativeUnit", "a1", "/v1.0/directory/administrativeUnits"),
    ] {
        let listed = client.get(&format!("/v1.0/directory/deletedItems/microsoft.graph.{kind}")).await;
        assert_eq!(listed.rows().len(), 1, "{}", listed.body);
        twin.edit("POST", &format!("/v1.0/directory/deletedItems/{id}/restore"), None).expect("restored");
        assert_eq!(client.get(home).await.rows()[0]["id"], id);
    }
}
