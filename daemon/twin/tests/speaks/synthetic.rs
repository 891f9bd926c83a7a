//! Issue 3, point 4: a tenant made of numbers answers as any other, and always the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use trueconfig_twin::{Options, Twin, serve};

use super::support::{Client, http};

const SIZE: &str = "users=2500,apps=300,sps=700,policies=30";

async fn start(seed: u64) -> (Twin, Client) {
    let numbers = format!("{SIZE},seed={seed}").parse().expect("numbers");
    let mut options = Options::synthetic(numbers).expect("a tenant");
    // Without clients of its own the twin makes one that may do everything.
    options.tenant.twin.clients.clear();
    let twin = serve(options).await.expect("a twin");
    let client = Client::of(&twin, 0).await;
    (twin, client)
}

/// Every row of a list, page by page, with the bytes of all pages; the address of the twin taken out.
async fn walk(client: &Client, path: &str) -> (Vec<String>, String) {
    let (mut ids, mut bytes, mut next) = (Vec::new(), String::new(), Some(format!("{}{path}", client.base)));
    while let Some(url) = next {
        let answer = http().get(&url).bearer_auth(&client.token).send().await.expect("an answer");
        let text = answer.text().await.expect("a body");
        let body: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let rows = body["value"].as_array().unwrap_or_else(|| panic!("{path}: {text}"));
        ids.extend(rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()));
        bytes.push_str(&text.replace(&client.base, ""));
        next = body["@odata.nextLink"].as_str().map(str::to_owned);
    }
    (ids, bytes)
}

const LISTS: [(&str, usize); 6] = [
    ("/v1.0/users?$top=999", 2_500),
    ("/v1.0/users?$top=500&$select=id,signInActivity,userType,accountEnabled,assignedLicenses", 2_500),
    ("/v1.0/reports/authenticationMethods/userRegistrationDetails?$top=700", 2_500),
    ("/v1.0/applications?$expand=owners&$top=120", 300),
    ("/v1.0/servicePrincipals?$top=100", 700),
    ("/v1.0/identity/conditionalAccess/policies?$top=7", 30),
];

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes_and_pages_hold_every_object_once() {
    let (_one, first) = start(7).await;
    let (_two, second) = start(7).await;
    let (_three, other) = start(8).await;
    for (path, count) in LISTS {
        let (ids, bytes) = walk(&first, path).await;
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!((ids.len(), distinct.len()), (count, count), "{path}");
        assert_eq!(bytes, walk(&second, path).await.1, "{path}");
        assert_ne!(ids, walk(&other, path).await.0, "{path}");
    }
}

#[tokio::test]
async fn what_is_written_stays_and_the_rest_is_still_made() {
    let (twin, client) = start(7).await;
    let (ids, _) = walk(&client, "/v1.0/users?$top=999&$select=id").await;
    let path = format!("/v1.0/users/{}", ids[1_200]);
    let changed = client.patch(&path, &json!({"accountEnabled": false})).await;
    assert_eq!(changed.status, 204, "{}", changed.message());
    let shown = client.get(&format!("{path}?$select=accountEnabled")).await;
    assert_eq!(shown.body["accountEnabled"], false);
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(client.get(&path).await.status, 404);
    let (left, _) = walk(&client, "/v1.0/users?$top=999&$select=id").await;
    assert_eq!(left.len(), 2_499);
    assert!(!left.contains(&ids[1_200]));
    twin.edit("POST", &format!("/v1.0/directory/deletedItems/{}/restore", ids[1_200]), None)
        .expect("restored");
    assert_eq!(walk(&client, "/v1.0/users?$top=999&$select=id").await.0, ids);
}

#[tokio::test]
async fn a_filter_finds_deviations_among_generated_rows() {
    let (_twin, client) = start(7).await;
    let mut kinds = BTreeMap::new();
    for kind in ["Guest", "Member"] {
        let path = format!("/v1.0/users?$select=id&$top=999&$filter=userType%20eq%20'{kind}'");
        kinds.insert(kind, walk(&client, &path).await.0.len());
    }
    assert_eq!(kinds["Guest"] + kinds["Member"], 2_500);
    assert!((200..400).contains(&kinds["Guest"]), "{kinds:?}");
    let me = client.get("/v1.0/users/bg-admin-01@contoso.onmicrosoft.com").await;
    assert_eq!(me.body["displayName"], "Emergency Access 01");
}
