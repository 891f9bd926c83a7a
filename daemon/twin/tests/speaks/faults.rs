//! Faults switched while the twin runs, and what the request log says about them.

use serde_json::{Value, json};
use std::time::Duration;
use trueconfig_twin::{
    Ambush, Edit, Effect, Fault, Hangup, Lag, Limits, Moment, Options, TenantFile, Weather, serve,
};

use crate::support::{Client, READER, WRITER, contoso};

const POLICY: &str = "/v1.0/policies/authorizationPolicy";

#[tokio::test]
async fn the_next_requests_of_a_kind_fail_as_told() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    twin.faults().add(Fault::status("/v1.0/domains", 1, 429).retry_after("1"));
    twin.faults().add(Fault::status("/v1.0/domains", 1, 503));
    let first = client.get("/v1.0/domains").await;
    assert_eq!((first.status, first.code()), (429, "TooManyRequests"));
    assert_eq!(first.headers["retry-after"], "1");
    let second = client.get("/v1.0/domains").await;
    assert_eq!((second.status, second.headers.contains_key("retry-after")), (503, false));
    assert_eq!(client.get("/v1.0/domains").await.status, 200);
}

/// A write whose answer is lost has happened or has not; the log tells the test which.
#[tokio::test]
async fn an_answer_can_be_lost_before_or_after_the_write() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let body = json!({"allowInvitesFrom": "none"});
    for (effect, value) in [(Effect::DropBefore, "everyone"), (Effect::DropAfter, "none")] {
        twin.faults().add(Fault::lost("PATCH", POLICY, 1, effect.clone()));
        assert!(client.try_send("PATCH", POLICY, &[], Some(&body)).await.is_err(), "{effect:?}");
        assert_eq!(client.get(POLICY).await.body["allowInvitesFrom"], value);
        let lines = twin.requests();
        let line = lines.iter().rev().find(|line| line.method == "PATCH").expect("a line");
        assert_eq!((line.status, line.applied_unseen), (0, effect == Effect::DropAfter));
    }
}

/// The gateway gives up while the service goes on: 504, and yet it is done. So too inside a batch.
#[tokio::test]
async fn a_timeout_may_come_after_the_write() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let late = |effect| Fault::lost("PATCH", POLICY, 1, effect);
    twin.faults().add(late(Effect::TimeoutAfter));
    let answer = client.patch(POLICY, &json!({"allowInvitesFrom": "none"})).await;
    assert_eq!((answer.status, answer.code()), (504, "GatewayTimeout"));
    assert_eq!(client.get(POLICY).await.body["allowInvitesFrom"], "none");
    assert!(twin.requests().iter().any(|line| line.applied_unseen && line.status == 504));
    twin.faults().add(late(Effect::DropAfter));
    let item = json!({"id": "1", "method": "PATCH", "url": "/policies/authorizationPolicy",
        "headers": {"Content-Type": "application/json"}, "body": {"allowInvitesFrom": "everyone"}});
    let batch = client.post("/v1.0/$batch", &json!({"requests": [item]})).await;
    assert_eq!(batch.body["responses"][0]["status"], 504);
    assert_eq!(client.get(POLICY).await.body["allowInvitesFrom"], "everyone");
}

/// Issue 3: a second administrator edits at the worst moment, before a write or before its verification.
#[tokio::test]
async fn somebody_else_edits_right_before_or_right_after_a_write() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let edit = |value: &str| Edit::new("PATCH", POLICY, Some(json!({"allowInvitesFrom": value})));
    let own = json!({"allowInvitesFrom": "none"});
    for (moment, outcome) in [(Moment::Before, "none"), (Moment::After, "adminsAndGuestInviters")] {
        twin.faults().lie_in_wait(Ambush::new("PATCH", POLICY, moment, edit("adminsAndGuestInviters")));
        assert_eq!(client.get(POLICY).await.status, 200, "reads do not spring it");
        assert_eq!(client.patch(POLICY, &own).await.status, 204);
        assert_eq!(client.get(POLICY).await.body["allowInvitesFrom"], outcome);
        let audits = twin.edit("GET", "/v1.0/auditLogs/directoryAudits?$top=2", None).expect("audits");
        let people = audits["value"].as_array().expect("rows").iter();
        let names = people.map(|row| row["initiatedBy"]["user"]["userPrincipalName"].as_str());
        assert!(names.flatten().any(|name| name == "second.administrator"));
        assert_eq!(client.patch(POLICY, &own).await.status, 204);
        assert_eq!(client.get(POLICY).await.body["allowInvitesFrom"], "none", "it happens once");
    }
}

/// A tenant file alone can bring bad weather, the same every time.
#[tokio::test]
async fn a_tenant_file_brings_its_own_weather() {
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let mut file = TenantFile::contoso().expect("the demo tenant");
        file.twin.switches.weather = Some(3);
        let twin = crate::support::start(file).await;
        let client = Client::of(&twin, READER).await;
        let mut statuses = Vec::new();
        for _ in 0..60 {
            let answer = client.try_send("GET", "/v1.0/domains", &[], None).await;
            statuses.push(answer.map_or(0, |answer| answer.status));
        }
        outcomes.push(statuses);
    }
    assert!(outcomes[0].iter().any(|status| *status != 200));
    assert_eq!(outcomes[0], outcomes[1]);
}

#[tokio::test]
async fn weather_is_over_when_cleared() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    twin.faults().set_weather(Weather { seed: 1, unavailable: 1_000, ..Weather::default() });
    assert_eq!(client.get("/v1.0/domains").await.status, 503);
    assert_eq!(Client::of(&twin, READER).await.get("/v1.0/domains").await.status, 503, "tokens are spared");
    twin.faults().clear();
    assert_eq!(client.get("/v1.0/domains").await.status, 200);
}

#[tokio::test]
async fn a_change_stays_unseen_for_so_many_reads_in_lists_and_alone() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    let users =
        client.get("/v1.0/users?$top=999&$select=id,accountEnabled,onPremisesSyncEnabled,userType").await;
    let plain = |user: &&Value| user["accountEnabled"] == true && user["onPremisesSyncEnabled"].is_null();
    let user = users.rows().iter().rfind(plain).expect("a user")["id"].as_str().expect("an id").to_owned();
    twin.faults().set_lag(Lag::Reads(2));
    let path = format!("/v1.0/users/{user}");
    assert_eq!(client.patch(&path, &json!({"accountEnabled": false})).await.status, 204);
    let select = "?$select=id,accountEnabled";
    assert_eq!(client.get(&format!("{path}{select}")).await.body["accountEnabled"], true);
    let list = client.get(&format!("/v1.0/users{select}&$filter=id eq '{user}'")).await;
    assert_eq!(list.rows()[0]["accountEnabled"], true);
    assert_eq!(client.get(&format!("{path}{select}")).await.body["accountEnabled"], false);
}

#[tokio::test]
async fn a_new_object_is_404_for_so_many_reads_and_a_deleted_one_still_listed() {
    let twin = contoso().await;
    let client = Client::of(&twin, WRITER).await;
    twin.faults().set_creation_lag(Lag::Reads(2));
    let policies = "/v1.0/identity/conditionalAccess/policies";
    let body = json!({
        "displayName": "New", "state": "disabled",
        "conditions": {"users": {"includeUsers": ["All"]}, "applications": {"includeApplications": ["All"]}},
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    });
    let made = client.post(policies, &body).await;
    let path = format!("{policies}/{}", made.body["id"].as_str().expect("an id"));
    assert_eq!((made.status, client.get(&path).await.status), (201, 404));
    assert_eq!(client.patch(&path, &json!({"state": "enabled"})).await.status, 404);
    assert_eq!(client.get(&path).await.status, 200);
    twin.faults().set_lag(Lag::Reads(1));
    assert_eq!(client.delete(&path).await.status, 204);
    let listed =
        |answer: &crate::support::Answer| answer.rows().iter().any(|row| row["id"] == made.body["id"]);
    assert!(listed(&client.get(policies).await) && !listed(&client.get(policies).await));
}

#[tokio::test]
async fn tokens_end_and_roles_are_withdrawn_in_the_middle() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    twin.faults().revoke_role("Domain.Read.All");
    twin.faults().revoke_role("Directory.Read.All");
    assert_eq!(client.get("/v1.0/domains").await.status, 403);
    twin.faults().restore_role("Domain.Read.All");
    assert_eq!(client.get("/v1.0/domains").await.status, 200);
    twin.faults().expire_tokens();
    let answer = client.get("/v1.0/domains").await;
    assert_eq!((answer.status, answer.code()), (401, "InvalidAuthenticationToken"));
    assert_eq!(Client::of(&twin, READER).await.get("/v1.0/domains").await.status, 200);
    twin.faults().set_token_lifetime(0);
    assert_eq!(Client::of(&twin, READER).await.get("/v1.0/domains").await.status, 401);
}

#[tokio::test]
async fn the_real_limits_apply_when_switched_on() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    twin.faults().set_limits(Limits::Real);
    let path = "/v1.0/reports/authenticationMethods/userRegistrationDetails?$top=1";
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(client.get(path).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
}

/// The log in the file is flushed at once, keeps bodies of writes, and never holds a secret.
#[tokio::test]
async fn the_request_file_has_every_line_and_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("requests.jsonl");
    let file = TenantFile::contoso().expect("the demo tenant");
    let recording = folder.path().join("recording");
    let options =
        Options { requests: Some(path.clone()), recording: Some(recording.clone()), ..Options::new(file) };
    let twin = serve(options).await.expect("a twin");
    let client = Client::of(&twin, WRITER).await;
    let apps = client.get("/v1.0/applications?$filter=displayName eq 'Legacy API'").await;
    let add = format!("/v1.0/applications/{}/addPassword", apps.rows()[0]["id"].as_str().expect("an id"));
    let headers = [("client-request-id", "4a7f9f0e-0000-4000-8000-000000000001")];
    let body = json!({"passwordCredential": {"displayName": "new"}});
    let answer = client.try_send("POST", &add, &headers, Some(&body)).await.expect("an answer");
    assert_eq!(answer.headers["client-request-id"], headers[0].1);
    let secret = answer.body["secretText"].as_str().expect("a secret");
    let text = std::fs::read_to_string(&path).expect("the log");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let line = lines.last().expect("a line");
    assert_eq!((&line["method"], &line["path"], &line["status"]), (&json!("POST"), &json!(add), &json!(200)));
    assert_eq!((&line["client_request_id"], &line["body"]), (&json!(headers[0].1), &body));
    assert!(!text.contains(secret) && !text.contains("contoso-demo-trueconfig-writer"));
    let file = std::fs::read_dir(&recording).expect("a folder").next().expect("a recording").expect("a file");
    let text = std::fs::read_to_string(file.path()).expect("the recording");
    let last: Value = serde_json::from_str(text.lines().last().expect("a line")).expect("JSON");
    assert_eq!((&last["path"], &last["body"]), (&json!(add), &body));
    assert_eq!(last["response"]["secretText"], "[redacted]");
    assert!(!text.contains(secret) && !text.contains("contoso-demo-trueconfig-writer"));
}

/// The simulation calls the same service in memory; a dropped connection is marked.
#[tokio::test]
async fn the_service_in_memory_marks_dropped_connections() {
    use tower::ServiceExt;
    let twin = contoso().await;
    twin.faults().add(Fault::lost("GET", "/v1.0/users", 1, Effect::DropBefore));
    let request =
        || axum::http::Request::get("/v1.0/users").body(axum::body::Body::empty()).expect("a request");
    let dropped = twin.router().oneshot(request()).await.expect("an answer");
    assert!(dropped.extensions().get::<Hangup>().is_some());
    let answered = twin.router().oneshot(request()).await.expect("an answer");
    assert_eq!((answered.status().as_u16(), answered.extensions().get::<Hangup>()), (401, None));
}

#[tokio::test]
async fn an_answer_can_be_late() {
    let twin = contoso().await;
    let client = Client::of(&twin, READER).await;
    let delay = Duration::from_millis(80);
    twin.faults().add(Fault {
        method: None,
        path: "/v1.0/domains".into(),
        times: 1,
        effect: Effect::Delay(delay),
    });
    let started = std::time::Instant::now();
    assert_eq!(client.get("/v1.0/domains").await.status, 200);
    assert!(started.elapsed() >= delay);
}
