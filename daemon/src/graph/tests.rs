//! Reads and writes over a scripted transport, on paused time.

use super::scripted::{Script, after, answer, connection, graph_error, lost, not_sent, registration, token};
use super::*;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use trueconfig_common::change::{GraphRequest, Method};
use uuid::Uuid;

const USERS: &str = "/v1.0/users?$select=id";

fn reader(graph: &Arc<Script>, login: &Arc<Script>) -> HttpReader {
    connection(Limits::Unlimited, graph, login).reader(registration()).unwrap()
}

fn hour() -> Arc<Script> {
    Script::new([token(3599, &["User.Read.All"])])
}

async fn write(graph: &Arc<Script>, login: &Arc<Script>) -> WriteOutcome {
    let writer = connection(Limits::Unlimited, graph, login).writer(registration()).unwrap();
    let request = GraphRequest {
        method: Method::Patch,
        path: "/v1.0/users/1".to_owned(),
        body: json!({"accountEnabled": false}),
    };
    writer.write(&request, Uuid::from_u128(7)).await
}

async fn ids(reader: &HttpReader) -> Result<(ListRead, Vec<String>), ListBroken> {
    let mut ids = Vec::new();
    let read = each_page::<Value>(reader, USERS, |page| {
        ids.extend(page.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
    })
    .await?;
    Ok((read, ids))
}

fn page(id: &str, next: Option<&str>) -> scripted::Scripted {
    let mut page = json!({"value": [{"id": id}]});
    if let Some(next) = next {
        page["@odata.nextLink"] = json!(next);
    }
    answer(200, &page)
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_with_its_fraction_and_both_ids_of_every_try_are_kept() {
    let graph = Script::new([after(2.128, graph_error(429, "TooManyRequests")), page("a", None)]);
    let body = reader(&graph, &hour()).read(ReadFrom::Path(USERS)).await.unwrap();
    assert_eq!(graph.gaps_ms(), [2128]);
    assert_eq!(body.calls.len(), 2);
    assert_eq!(body.calls[0].status, Some(429));
    assert_eq!(body.calls[0].error, "TooManyRequests");
    assert_eq!(body.calls[0].request_id.as_deref(), Some("graph-429"));
    assert_eq!(body.calls[0].call, "GET /v1.0/users");
    assert!(graph.asked.lock().unwrap().iter().all(|asked| asked.method == "GET"));
    let sent: Vec<_> =
        graph.asked.lock().unwrap().iter().map(|asked| asked.client_request_id.clone()).collect();
    let kept: Vec<_> = body.calls.iter().map(|call| call.client_request_id.clone()).collect();
    assert_eq!(sent, kept);
    assert_ne!(sent[0], sent[1]);
}

#[tokio::test(start_paused = true)]
async fn reads_survive_server_errors_and_broken_connections_with_growing_waits() {
    let script =
        [answer(503, &Value::Null), lost(), not_sent(), graph_error(504, "Timeout"), page("a", None)];
    let graph = Script::new(script);
    let (read, _) = ids(&reader(&graph, &hour())).await.unwrap();
    assert_eq!(read, ListRead { pages: 1, items: 1 });
    let gaps = graph.gaps_ms();
    assert!(gaps[0] >= 250 && gaps[0] <= 500 && gaps[3] >= 2000 && gaps[3] <= 4000, "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_read_gives_up_within_its_bounds_and_says_every_try() {
    let graph = Script::new((0..8).map(|_| graph_error(500, "UnknownError")));
    let error = reader(&graph, &hour()).read(ReadFrom::Path(USERS)).await.unwrap_err();
    assert_eq!((error.fault, error.status, error.calls.len()), (Fault::Server, Some(500), 8));
    let graph = Script::new([after(600.0, graph_error(429, "TooManyRequests"))]);
    let error = reader(&graph, &hour()).read(ReadFrom::Path(USERS)).await.unwrap_err();
    assert_eq!(
        (error.fault, graph.count()),
        (Fault::Throttled, 1),
        "a wait beyond the deadline is not begun"
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_in_the_middle_survives_an_hour_without_network() {
    let outage = (0..62).map(|_| not_sent());
    let next = "https://graph.microsoft.com/v1.0/users?$skiptoken=2";
    let graph = Script::new([page("a", Some(next))].into_iter().chain(outage).chain([page("b", None)]));
    let (read, _) = ids(&reader(&graph, &hour())).await.unwrap();
    assert_eq!(read.pages, 2);
    let asked = graph.asked.lock().unwrap();
    assert!((asked[63].at - asked[1].at).as_secs() > 40 * 60);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_next_link_gets_no_token() {
    for foreign in ["https://evil.example/v1.0/users?$skiptoken=1", "http://graph.microsoft.com/v1.0/users"] {
        let graph = Script::new([page("a", Some(foreign))]);
        let broken = ids(&reader(&graph, &hour())).await.unwrap_err();
        assert_eq!((broken.error.fault, broken.read.pages, graph.count()), (Fault::Foreign, 1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn pages_are_bounded_and_may_not_lead_to_themselves() {
    let link = |n: u32| format!("https://graph.microsoft.com/v1.0/users?$skiptoken={n}");
    let graph = Script::new((0..9).map(|n| page("a", Some(&link(n)))));
    let broken = ids(&reader(&graph, &hour())).await.unwrap_err();
    assert_eq!(
        (broken.error.fault, broken.error.code.as_str(), graph.count()),
        (Fault::TooMuch, "too_many_pages", 5)
    );
    let graph = Script::new((0..9).map(|_| page("a", Some(&link(1)))));
    let broken = ids(&reader(&graph, &hour())).await.unwrap_err();
    assert_eq!((broken.error.code.as_str(), graph.count()), ("page_loop", 2));
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once() {
    let graph = Script::new([graph_error(401, "InvalidAuthenticationToken"), page("a", None)]);
    let login = Script::new([token(3599, &["A"]), token(3599, &["B"])]);
    ids(&reader(&graph, &login)).await.unwrap();
    let bearers: Vec<_> = graph.asked.lock().unwrap().iter().map(|asked| asked.bearer.clone()).collect();
    assert_ne!(bearers[0], bearers[1]);
    let graph = Script::new([graph_error(401, "X"), graph_error(401, "X")]);
    let login = Script::new([token(3599, &[]), token(3599, &[])]);
    let broken = ids(&reader(&graph, &login)).await.unwrap_err();
    assert_eq!((broken.error.status, graph.count()), (Some(401), 2));
}

#[tokio::test(start_paused = true)]
async fn missing_consent_names_the_permission_and_a_missing_licence_does_not() {
    let activity = ReadFrom::Path("/v1.0/users?$select=id,signInActivity");
    let graph = Script::new([graph_error(403, "Authorization_RequestDenied")]);
    let error = reader(&graph, &hour()).read(activity).await.unwrap_err();
    assert_eq!((error.fault, error.permission.as_deref()), (Fault::Denied, Some("AuditLog.Read.All")));
    assert!(error.to_string().contains("grant the application permission AuditLog.Read.All"), "{error}");
    let graph = Script::new([graph_error(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")]);
    let error = reader(&graph, &hour()).read(activity).await.unwrap_err();
    assert_eq!((error.fault, error.permission.as_deref()), (Fault::Unlicensed, None));
}

#[tokio::test(start_paused = true)]
async fn absence_is_an_answer() {
    let graph = Script::new([graph_error(404, "Request_ResourceNotFound"), answer(200, &json!({"id": "1"}))]);
    let reader = reader(&graph, &hour());
    assert_eq!(reader.get("/v1.0/users/1").await.unwrap().value, None);
    assert_eq!(reader.get("/v1.0/users/1").await.unwrap().value, Some(json!({"id": "1"})));
}

#[tokio::test(start_paused = true)]
async fn conditional_access_is_asked_once_a_second_by_reader_and_writer_together() {
    let policies = "/v1.0/identity/conditionalAccess/policies";
    let graph = Script::new((0..3).map(|_| answer(200, &json!({"value": []}))));
    let login = Script::new([token(3599, &[]), token(3599, &[])]);
    let connection = connection(Limits::Graph, &graph, &login);
    let reader = connection.reader(registration()).unwrap();
    let writer = connection.writer(registration()).unwrap();
    reader.read(ReadFrom::Path(policies)).await.unwrap();
    let request = GraphRequest { method: Method::Post, path: policies.to_owned(), body: json!({}) };
    writer.write(&request, Uuid::nil()).await;
    reader.read(ReadFrom::Path(policies)).await.unwrap();
    assert_eq!(graph.gaps_ms(), [1000, 1000]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_write_is_unknown_and_not_sent_again() {
    for ambiguous in [
        lost(),
        answer(500, &Value::Null),
        answer(503, &Value::Null),
        after(1.0, answer(503, &Value::Null)),
        answer(504, &Value::Null),
        answer(302, &Value::Null),
        answer(408, &Value::Null),
    ] {
        let graph = Script::new([ambiguous]);
        let outcome = write(&graph, &hour()).await;
        assert!(matches!(&outcome, WriteOutcome::Unknown { calls, .. } if calls.len() == 1), "{outcome:?}");
        assert_eq!(graph.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_is_repeated_only_where_it_was_not_processed_and_keeps_its_id() {
    let script = [
        not_sent(),
        after(1.5, graph_error(429, "TooManyRequests")),
        graph_error(401, "X"),
        answer(204, &Value::Null),
    ];
    let graph = Script::new(script);
    let login = Script::new([token(3599, &[]), token(3599, &[])]);
    let WriteOutcome::Done { body, calls, .. } = write(&graph, &login).await else { panic!("not done") };
    assert!(body.is_null());
    assert_eq!(calls.len(), 4);
    assert!(calls.iter().all(|call| call.client_request_id == Uuid::from_u128(7).to_string()));
    assert_eq!(graph.gaps_ms()[1], 1500);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_never_sent_is_refused_not_unknown() {
    let graph = Script::new((0..8).map(|_| not_sent()));
    let outcome = write(&graph, &hour()).await;
    assert!(
        matches!(&outcome, WriteOutcome::Refused { status: None, code, .. } if code == "not_sent"),
        "{outcome:?}"
    );
    let login = Script::new([answer(401, &json!({"error": "invalid_client", "error_codes": [7_000_222]}))]);
    let outcome = write(&Script::new([]), &login).await;
    assert!(matches!(&outcome, WriteOutcome::Refused { code, .. } if code == "AADSTS7000222"), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn r58_a_write_without_permission_is_refused_and_names_it() {
    let graph = Script::new([graph_error(403, "Authorization_RequestDenied")]);
    let WriteOutcome::Refused { status, permission, .. } = write(&graph, &hour()).await else {
        panic!("not refused")
    };
    assert_eq!((status, permission.as_deref()), (Some(403), Some("User.EnableDisableAccount.All")));
}

#[tokio::test(start_paused = true)]
async fn a_new_secret_leaves_the_body_and_cannot_be_printed() {
    let graph = Script::new([answer(
        200,
        &json!({"keyId": "k", "secretText": "s3cret", "more": [{"secretText": "other"}]}),
    )]);
    let outcome = write(&graph, &hour()).await;
    assert!(!format!("{outcome:?}").contains("s3cret"));
    let WriteOutcome::Done { body, secret, .. } = outcome else { panic!("not done") };
    assert_eq!(body, json!({"keyId": "k", "more": [{}]}));
    assert_eq!(secret.unwrap().expose_secret(), "s3cret");
}

#[tokio::test(start_paused = true)]
async fn a_success_that_cannot_be_read_is_unknown() {
    let graph = Script::new([
        answer(201, &json!("x")).map(|answer| Answer { body: b"{\"id\":".to_vec().into(), ..answer })
    ]);
    assert!(matches!(write(&graph, &hour()).await, WriteOutcome::Unknown { .. }));
}

fn item(id: &str, status: u16, retry_after: &str) -> Value {
    json!({"id": id, "status": status, "headers": {"Retry-After": retry_after}, "body": {"id": format!("object-{id}")}})
}

#[tokio::test(start_paused = true)]
async fn a_throttled_read_inside_a_batch_is_repeated_alone_after_its_own_wait() {
    let graph = Script::new([
        answer(200, &json!({"responses": [item("2", 429, "3.5"), item("0", 200, ""), item("1", 429, "1")]})),
        answer(200, &json!({"responses": [item("1", 200, "")]})),
        answer(200, &json!({"responses": [item("2", 200, "")]})),
    ]);
    let paths: Vec<_> = (0..3).map(|n| format!("/v1.0/groups/{n}/owners")).collect();
    let results = reader(&graph, &hour()).batch(&paths).await;
    let found: Vec<_> = results.iter().map(|result| result.as_ref().unwrap()["id"].clone()).collect();
    assert_eq!(found, ["object-0", "object-1", "object-2"]);
    assert_eq!(graph.gaps_ms(), [1000, 2500]);
    let asked = graph.asked.lock().unwrap();
    let second: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!(second["requests"].as_array().unwrap().len(), 1);
    assert_eq!(second["requests"][0]["url"], "/groups/1/owners");
}

#[tokio::test(start_paused = true)]
async fn a_batch_holds_twenty_and_reports_holes_denials_and_wrong_paths() {
    let responses =
        |from: usize, to: usize| (from..to).map(|n| item(&n.to_string(), 200, "")).collect::<Vec<_>>();
    let mut second = responses(20, 22);
    second.push(json!({"id": "22", "status": 403, "body": {"error": {"code": "Authorization_RequestDenied", "message": ""}}}));
    let graph = Script::new([
        answer(200, &json!({"responses": responses(0, 20)})),
        answer(200, &json!({"responses": second})),
    ]);
    let mut paths: Vec<_> = (0..24).map(|n| format!("/v1.0/groups/{n}/members")).collect();
    paths.push("/beta/x".to_owned());
    let results = reader(&graph, &hour()).batch(&paths).await;
    assert!(results[..22].iter().all(Result::is_ok));
    let faults: Vec<_> = results[22..].iter().map(|result| result.as_ref().unwrap_err().fault).collect();
    assert_eq!(faults, [Fault::Denied, Fault::Shape, Fault::Foreign]);
    assert_eq!(results[22].as_ref().unwrap_err().permission.as_deref(), Some("Group.Read.All"));
}
