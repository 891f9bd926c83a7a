//! What clients of good will get: answers in order, streams, introspection, an orderly end.

use super::{PATIENCE, REACHED, Running, beside};
use crate::ipc::limits::Deadlines;
use serde_json::{Value, json};
use std::time::Duration;
use trueconfig_common::client::{Client, ClientError, ErrorKind};
use trueconfig_common::interface::audit::ExportAudit;
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::interface::settings::Kill;
use trueconfig_common::interface::status::GetStatus;
use trueconfig_common::interface::{CallError, INTERFACE};
use trueconfig_common::role::Role;
use trueconfig_common::varlink::service::DESCRIPTION;

fn reason(error: &ClientError) -> &str {
    match error.call_error() {
        Some(CallError::Failed { reason }) => reason,
        _ => panic!("{error}"),
    }
}

#[tokio::test]
async fn the_client_calls_and_streams() {
    let running = Running::as_role(Role::Member);
    let mut client = Client::connect(&running.path).await.unwrap();
    assert!(client.info().interfaces.contains(&INTERFACE.to_owned()));
    let error = client.call(GetStatus::default()).await.unwrap_err();
    assert_eq!((reason(&error), error.kind()), ("reached by member as member", ErrorKind::Refused));
    let error = client.call(Kill { tenant: String::new(), reason: String::new() }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotPermitted);

    let mut replies = client.stream(StartScan::default()).await.unwrap();
    let mut scans = Vec::new();
    while let Some(reply) = replies.next().await {
        scans.push(reply.unwrap().scan);
    }
    assert_eq!(scans, [1, 2, 3]);
    // The same connection serves the next call, and without `more` the first answer is all.
    assert_eq!(client.call(StartScan::default()).await.unwrap().scan, 1);
    let error = client.call(ExportAudit::default()).await.unwrap_err();
    assert!(error.to_string().contains("`more`"), "{error}");
    running.stopped().await;
}

#[tokio::test]
async fn a_client_that_left_a_stream_early_goes_on_with_another_connection() {
    let running = Running::as_role(Role::Viewer);
    let mut client = Client::connect(&running.path).await.unwrap();
    assert!(client.stream(ExportAudit::default()).await.unwrap().next().await.unwrap().is_ok());
    assert!(reason(&client.call(GetStatus::default()).await.unwrap_err()).starts_with(REACHED));
}

#[tokio::test]
async fn a_client_outlives_idle_connections() {
    let idle = Duration::from_millis(20);
    let running = Running::start("viewer", Deadlines { idle, ..Deadlines::default() });
    let mut client = Client::connect(&running.path).await.unwrap();
    let mut other = running.raw();
    assert_eq!(beside(move || other.receive()).await, None, "both connections were idle for as long");
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(reason(&client.call(GetStatus::default()).await.unwrap_err()).starts_with(REACHED));
}

#[tokio::test]
async fn an_account_without_a_role_learns_why() {
    let running = Running::start("nobody", Deadlines::default());
    let error = Client::connect(&running.path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotPermitted, "{error}");
    let path = running.path.clone();
    running.stopped().await;
    let error = Client::connect(&path).await.unwrap_err();
    assert!(matches!(error, ClientError::NoSocket { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn introspection_and_unknown_names_are_those_of_varlink() {
    let running = Running::as_role(Role::Viewer);
    let mut peer = running.raw();
    beside(move || {
        let mut call = |method: &str, parameters: Value| peer.call(method, &parameters, false).unwrap();
        let info = call("org.varlink.service.GetInfo", json!({}));
        assert_eq!(info["parameters"]["product"], "trueconfigd");
        let text = call("org.varlink.service.GetInterfaceDescription", json!({ "interface": INTERFACE }));
        assert_eq!(text["parameters"]["description"], DESCRIPTION);
        let none = call("org.varlink.service.GetInterfaceDescription", json!({ "interface": "a.b" }));
        assert_eq!(none["error"], "org.varlink.service.InterfaceNotFound");
        let none = call("io.trueconfig.v1.Nonsense", json!({}));
        assert_eq!(none["error"], "org.varlink.service.MethodNotFound");
        assert_eq!(none["parameters"], json!({ "method": "io.trueconfig.v1.Nonsense" }));
        assert_eq!(
            call("io.trueconfig.v2.GetStatus", json!({}))["error"],
            "org.varlink.service.InterfaceNotFound"
        );
        assert_eq!(call("nonsense", json!({}))["error"], "org.varlink.service.InterfaceNotFound");
        let wrong = call("io.trueconfig.v1.GetControl", json!({ "id": 7 }));
        assert_eq!(wrong["error"], "org.varlink.service.InvalidParameter");
        assert_eq!(wrong["parameters"], json!({ "parameter": "id" }));
        let more = call("io.trueconfig.v1.Subscribe", json!({}));
        assert_eq!(more["error"], "org.varlink.service.ExpectedMore");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_sent_together_are_answered_in_order_and_oneway_ones_not_at_all() {
    let running = Running::as_role(Role::Viewer);
    let mut peer = running.raw();
    beside(move || {
        peer.send(
            b"{\"method\":\"io.trueconfig.v1.A\"}\0{\"method\":\"io.trueconfig.v1.B\",\"oneway\":true}\0\
              {\"method\":\"io.trueconfig.v1.ExportAudit\",\"more\":true,\"oneway\":true}\0\
              {\"method\":\"io.trueconfig.v1.C\"}\0",
        );
        for method in ["io.trueconfig.v1.A", "io.trueconfig.v1.C"] {
            assert_eq!(peer.receive().unwrap()["parameters"]["method"], method);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_finishes_calls_and_closes_streams() {
    let running = Running::as_role(Role::Owner);
    let mut calling = running.raw();
    let call = tokio::task::spawn_blocking(move || calling.call("io.trueconfig.v1.Kill", &json!({}), false));
    running.stub.entered().await;
    running.stop.cancel();
    running.stub.state.permits.add_permits(1);
    assert!(call.await.unwrap().is_some(), "a call under way is answered");
    tokio::time::timeout(PATIENCE, running.task).await.unwrap().unwrap();
    assert!(!running.path.exists());

    let running = Running::as_role(Role::Owner);
    let mut client = Client::connect(&running.path).await.unwrap();
    let mut replies = client.stream(ExportAudit::default()).await.unwrap();
    assert!(replies.next().await.unwrap().is_ok());
    running.stop.cancel();
    let last = loop {
        match replies.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(reason(&last).contains("stopping"), "{last}");
    tokio::time::timeout(PATIENCE, running.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let drain = Duration::from_millis(20);
    let running = Running::start("owner", Deadlines { drain, ..Deadlines::default() });
    let mut client = Client::connect(&running.path).await.unwrap();
    let kill = Kill { tenant: String::new(), reason: String::new() };
    let call = tokio::spawn(async move { client.call(kill).await });
    running.stub.entered().await;
    running.stopped().await;
    let error = call.await.unwrap().unwrap_err();
    assert!(matches!(error, ClientError::Lost { .. }), "{error}");
}
