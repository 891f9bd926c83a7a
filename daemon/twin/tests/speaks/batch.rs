//! `$batch` through the same routes, permissions and log.

use serde_json::{Value, json};
use trueconfig_twin::Fault;

use crate::support::{Client, READER, WRITER, contoso};

fn request(id: &str, method: &str, url: &str) -> Value {
    json!({"id": id, "method": method, "url": url})
}

#[tokio::test]
async fn each_request_has_its_own_status_and_its_own_line_in_the_log() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let mut refused = request("3", "PATCH", "/policies/authorizationPolicy");
    refused["body"] = json!({"allowInvitesFrom": "none"});
    refused["headers"] = json!({"Content-Type": "application/json"});
    let body = json!({"requests": [
        request("1", "GET", "/users?$top=2&$select=id"),
        request("2", "GET", "/users/00000000-0000-0000-0000-00000000dead"),
        refused,
        request("4", "GET", "/users/$count"),
    ]});
    let answer = client.post("/v1.0/$batch", &body).await;
    let statuses: Vec<u64> = answer.body["responses"]
        .as_array()
        .expect("responses")
        .iter()
        .filter_map(|one| one["status"].as_u64())
        .collect();
    assert_eq!((answer.status, statuses), (200, vec![200, 404, 403, 400]));
    assert_eq!(answer.body["responses"][0]["body"]["value"].as_array().map(Vec::len), Some(2));
    let batched: Vec<String> = twin
        .requests()
        .iter()
        .filter(|line| line.batched)
        .map(|line| format!("{} {}", line.method, line.path))
        .collect();
    assert_eq!(batched[0], "GET /v1.0/users");
    assert_eq!((batched.len(), batched[2].as_str()), (4, "PATCH /v1.0/policies/authorizationPolicy"));
}

/// Lessons: a 429 inside a batch carries its own `Retry-After`.
#[tokio::test]
async fn one_request_of_a_batch_can_be_throttled_alone() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    twin.faults().add(Fault::status("/v1.0/groups", 1, 429).retry_after("2.128"));
    let body = json!({"requests": [request("a", "GET", "/groups"), request("b", "GET", "/domains")]});
    let answer = client.post("/v1.0/$batch", &body).await;
    let responses = answer.body["responses"].as_array().expect("responses");
    assert_eq!((responses[0]["status"].as_u64(), responses[1]["status"].as_u64()), (Some(429), Some(200)));
    assert_eq!(responses[0]["headers"]["Retry-After"], "2.128");
}

#[tokio::test]
async fn a_failed_dependency_is_424_and_too_many_requests_are_400() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let mut second = request("2", "GET", "/users?$top=1");
    second["dependsOn"] = json!(["1"]);
    let body = json!({"requests": [request("1", "GET", "/users/nobody"), second]});
    let answer = client.post("/v1.0/$batch", &body).await;
    assert_eq!(answer.body["responses"][1]["status"], 424);
    let many: Vec<Value> = (0..21).map(|number| request(&number.to_string(), "GET", "/users")).collect();
    assert_eq!(client.post("/v1.0/$batch", &json!({"requests": many})).await.status, 400);
}
