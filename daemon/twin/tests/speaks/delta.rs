//! Delta queries, page tokens and chance: what a client that follows links must live with.

use serde_json::{Value, json};
use trueconfig_twin::{TenantFile, Weather};

use crate::support::{Client, READER, WRITER, contoso, small, start};

/// Follows next links to the end; gives the rows and the delta link.
async fn round(client: &Client, first: &str) -> (Vec<Value>, String) {
    let (mut rows, mut url) = (Vec::new(), first.to_owned());
    for _ in 0..100 {
        let page = client.get(&url).await;
        assert_eq!(page.status, 200, "{url}: {}", page.body);
        rows.extend(page.rows().iter().cloned());
        match page.body["@odata.nextLink"].as_str() {
            Some(next) => url = next.to_owned(),
            None => return (rows, page.body["@odata.deltaLink"].as_str().expect("a link").to_owned()),
        }
    }
    panic!("the pages never end");
}

/// Graph facts 3: everything once, then changes, soft and hard removals apart.
#[tokio::test]
async fn a_delta_query_gives_everything_once_and_then_what_changed() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let (rows, link) = round(&client, "/v1.0/users/delta?$select=id,displayName").await;
    assert_eq!(rows.len(), 300);
    assert!(rows[0]["userPrincipalName"].is_null() && link.contains("$deltatoken="));
    let (none, link) = round(&client, &link).await;
    assert!(none.is_empty());
    let (kept, gone) = (rows[150]["id"].as_str().expect("an id"), rows[151]["id"].as_str().expect("an id"));
    let edit = json!({"department": "Elsewhere"});
    twin.edit("PATCH", &format!("/v1.0/users/{kept}"), Some(&edit)).expect("changed");
    twin.edit("DELETE", &format!("/v1.0/users/{gone}"), None).expect("deleted");
    let (changed, later) = round(&client, &link).await;
    assert_eq!(changed.len(), 2);
    assert_eq!(changed[0]["id"], kept);
    assert_eq!(changed[1], json!({"id": gone, "@removed": {"reason": "changed"}}));
    twin.edit("DELETE", &format!("/v1.0/directory/deletedItems/{gone}"), None).expect("gone for good");
    let (again, _) = round(&client, &link).await;
    assert_eq!(again[1]["@removed"]["reason"], "deleted");
    assert!(round(&client, &later).await.0.is_empty());
}

#[tokio::test]
async fn latest_starts_from_now_and_options_are_fixed() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    assert!(round(&client, "/v1.0/groups/delta()?$deltatoken=latest").await.0.is_empty());
    for query in ["$top=5", "$expand=members", "$filter=id eq 'x'", "$deltatoken=nonsense"] {
        assert_eq!(client.get(&format!("/v1.0/groups/delta?{query}")).await.status, 400, "{query}");
    }
    assert_eq!(client.get("/v1.0/roleManagement/directory/roleAssignments/delta").await.status, 404);
}

/// An expired token asks for a full round: 410 with `Location`, or 400, whichever reading is switched on.
#[tokio::test]
async fn an_expired_delta_token_asks_for_everything_again() {
    for (is_gone, status, code) in [(true, 410, "resyncRequired"), (false, 400, "syncStateNotFound")] {
        let mut file = TenantFile::contoso().expect("the demo tenant");
        file.twin.switches.expired_delta_is_gone = is_gone;
        let twin = start(file).await;
        let client = Client::of(&twin, READER).await;
        let (_, link) = round(&client, "/v1.0/applications/delta").await;
        twin.faults().expire_delta_tokens();
        let answer = client.get(&link).await;
        assert_eq!((answer.status, answer.code()), (status, code));
        assert_eq!(answer.headers.contains_key("location"), is_gone);
        assert_eq!(round(&client, "/v1.0/applications/delta").await.0.len(), 60);
    }
}

#[tokio::test]
async fn page_tokens_expire_when_told() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let first = client.get("/v1.0/users?$top=50&$select=id").await;
    let next = first.body["@odata.nextLink"].as_str().expect("a link");
    assert_eq!(client.get(next).await.status, 200);
    twin.faults().expire_page_tokens();
    let answer = client.get(next).await;
    assert_eq!((answer.status, answer.code()), (400, "Directory_ExpiredPageToken"));
}

/// Graph facts 1: a page may hold no rows and still have a next link; nothing is lost or repeated by it.
#[tokio::test]
async fn empty_pages_hide_nothing() {
    let rows: Vec<Value> = (0..500).map(|n| json!({"id": format!("g{n}"), "displayName": "x"})).collect();
    let (twin, client) = small(json!({"/v1.0/groups": {"value": rows}})).await;
    twin.faults().set_weather(Weather { seed: 7, empty_pages: 500, ..Weather::default() });
    let (mut seen, mut empty, mut next) = (Vec::new(), 0, Some("/v1.0/groups?$top=20".to_owned()));
    while let Some(url) = next.take() {
        let page = client.get(&url).await;
        empty += usize::from(page.rows().is_empty());
        seen.extend(page.rows().iter().map(|row| row["id"].to_string()));
        next = page.body["@odata.nextLink"].as_str().map(str::to_owned);
    }
    assert!(empty > 5, "{empty} empty pages of about 25");
    assert_eq!(seen.len(), 500);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 500);
}
