//! Tenant files: refused with their place, loaded in both forms, written back to the same tenant.

use serde_json::{Value, json};
use trueconfig_twin::{Options, TenantFile, TenantFileError, TwinError, serve};

use crate::support::{contoso, small, start};

#[test]
fn a_wrong_file_is_refused_with_its_place_and_a_remedy() {
    let cases = [
        ("{\"graph\": {", ":1:"),
        ("{}", "missing field `graph`"),
        ("{\"graph\": {}, \"grph\": 1}", "unknown field `grph`"),
        ("[]", ":1:"),
        ("{\"graph\": {\"users\": {}}}", "graph[\"users\"]"),
        ("{\"graph\": {\"/v1.0/organization/x?$top=1\": {}}}", "has a query"),
        ("{\"graph\": {\"/v1.0/x\": {}, \"/v1.0/x\": {}}}", "stands twice"),
        ("{\"graph\": {\"/v1.0/users\": []}}", "a JSON object is expected"),
        ("{\"graph\": {\"/v1.0/users\": {}}}", "a list of objects is expected"),
        ("{\"graph\": {\"/v1.0/users\": {\"value\": [1]}}}", "value[0]"),
        ("{\"graph\": {\"/v1.0/users\": {\"value\": [{\"id\": 1}]}}}", "no text \"id\""),
        ("{\"graph\": {\"/v1.0/users\": {\"value\": [{\"id\": \"a\"}, {\"id\": \"A\"}]}}}", "stands twice"),
        ("{\"graph\": {\"/v1.0/users\": {\"@odata.nextLink\": \"x\", \"value\": []}}}", "first page only"),
        ("{\"graph\": {}, \"twin\": {\"clients\": [{\"client_id\": \"x\"}]}}", "missing field `roles`"),
    ];
    for (text, part) in cases {
        let error = TenantFile::parse(text, "tenant.json").expect_err(text).to_string();
        assert!(error.starts_with("tenant.json") && error.contains(part), "{text}: {error}");
    }
    let error = TenantFile::parse("{\"graph\":\n{\"/v1.0/x\": tru}}", "t").expect_err("broken JSON");
    assert!(matches!(error, TenantFileError::Syntax { line: 2, .. }), "{error}");
}

#[tokio::test]
async fn what_is_exported_loads_to_the_same_tenant() {
    let twin = contoso().await;
    let first = twin.stop().await;
    let again = TenantFile::parse(&first.to_json(), "exported").expect("a valid file");
    let second = start(again).await.stop().await;
    assert!(first.to_json() == second.to_json());
    assert_eq!(second.twin.clients.len(), 2);
}

/// Sub-collections stand under their own path or inline, as `$expand` gives them.
#[tokio::test]
async fn both_forms_of_sub_collections_mean_the_same() {
    let user = json!({"@odata.type": "#microsoft.graph.user", "id": "u1", "displayName": "Ann"});
    let app = |owners: Value| json!({"id": "a1", "appId": "x", "displayName": "App", "owners": owners});
    let inline = json!({"/v1.0/applications": {"value": [app(json!([user]))]}});
    let apart = json!({
        "/v1.0/applications": {"value": [{"id": "a1", "appId": "x", "displayName": "App"}]},
        "/v1.0/applications/a1/owners": {"value": [user]},
    });
    let mut exported = Vec::new();
    for graph in [inline, apart] {
        let (twin, client) = small(graph).await;
        assert_eq!(client.get("/v1.0/applications/a1/owners").await.rows()[0]["id"], "u1");
        let expanded = client.get("/v1.0/applications?$expand=owners").await;
        assert_eq!(expanded.rows()[0]["owners"][0]["displayName"], "Ann");
        exported.push(twin.export().to_json());
    }
    assert!(exported[0] == exported[1]);
}

#[tokio::test]
async fn a_path_the_table_does_not_know_is_served_as_it_stands() {
    let (_twin, client) = small(json!({
        "/beta/reports/servicePrincipalSignInActivities": {"value": [{"id": "1"}, {"id": "2"}]},
        "/beta/policies/something": {"isEnabled": true},
    }))
    .await;
    assert_eq!(client.get("/beta/reports/servicePrincipalSignInActivities").await.rows().len(), 2);
    assert_eq!(client.get("/beta/policies/something").await.body["isEnabled"], true);
    assert_eq!(client.get("/beta/policies/other").await.status, 400);
    assert_eq!(client.patch("/beta/policies/something", &json!({})).await.status, 405);
}

/// The demo must tell the same story on any day.
#[test]
fn rebasing_moves_every_date_by_the_same_distance() {
    let now = "2030-05-01T08:00:00Z".parse().expect("a time");
    let file = TenantFile::contoso().expect("the demo tenant");
    let moved = file.clone().rebased(now);
    let start = |file: &TenantFile| {
        let apps = file.graph["/v1.0/applications"]["value"].as_array().expect("applications").clone();
        let legacy = apps.into_iter().find(|app| app["displayName"] == "Legacy API").expect("Legacy API");
        let text = legacy["passwordCredentials"][0]["startDateTime"].as_str().expect("a time").to_owned();
        text.parse::<chrono::DateTime<chrono::Utc>>().expect("a time")
    };
    let distance = now - file.twin.as_of.expect("a base instant");
    assert_eq!(start(&moved) - start(&file), distance);
    assert_eq!(moved.twin.as_of, Some(now));
    let once = moved.clone().rebased(now);
    assert!(once.to_json() == moved.to_json());
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let mut options = Options::new(TenantFile::contoso().expect("the demo tenant"));
    options.listen = "0.0.0.0:0".parse().expect("an address");
    assert!(matches!(serve(options).await, Err(TwinError::NotLoopback(_))));
}

#[tokio::test]
async fn tls_is_served_with_its_own_authority() {
    let twin = contoso().await;
    let authority = reqwest::Certificate::from_pem(twin.ca_pem.as_bytes()).expect("a certificate");
    let _ = crate::support::http();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().expect("a client");
    let url = format!("https://{}/{}/v2.0/.well-known/openid-configuration", twin.https, twin.tenant_id());
    let body: Value = client.get(&url).send().await.expect("an answer").json().await.expect("JSON");
    let endpoint = format!("https://{}/{}/oauth2/v2.0/token", twin.https, twin.tenant_id());
    assert_eq!(body["token_endpoint"], endpoint);
    assert!(crate::support::http().get(url).send().await.is_err(), "nobody else trusts that authority");
}

/// Issue 3: a file means here what it means to `evaluate`, which overlooks queries and names of rows nobody writes.
#[tokio::test]
async fn further_questions_add_to_rows_and_read_only_rows_need_no_id() {
    let (twin, client) = small(json!({
        "/v1.0/users?$select=id,signInActivity": {"value": [
            {"id": "u1", "signInActivity": {"lastSignInDateTime": "2026-01-01T00:00:00Z"}},
        ]},
        "/v1.0/users": {"value": [{"id": "u1", "displayName": "Ann"}]},
        "/v1.0/subscribedSkus": {"value": [{"skuPartNumber": "X", "capabilityStatus": "Enabled",
            "servicePlans": [{"servicePlanName": "AAD_PREMIUM"}]}]},
    }))
    .await;
    let user = client.get("/v1.0/users?$select=id,displayName,signInActivity").await.rows()[0].clone();
    assert_eq!(user["displayName"], "Ann");
    assert_eq!(user["signInActivity"]["lastSignInDateTime"], "2026-01-01T00:00:00Z");
    assert!(client.get("/v1.0/subscribedSkus").await.rows()[0]["id"].is_string());
    assert_eq!(twin.export().graph["/v1.0/users"]["value"].as_array().map(Vec::len), Some(1));
}
