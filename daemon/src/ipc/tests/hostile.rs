//! Peers that do what no client does: their connection ends, the others go on.

use super::{PATIENCE, REACHED, Running, beside};
use crate::ipc::limits::{CONNECTIONS_PER_UID, Deadlines, STRANGERS};
use serde_json::json;
use std::time::Duration;
use trueconfig_common::interface::REQUEST_LIMIT;
use trueconfig_common::role::Role;

const SHORT: Duration = Duration::from_millis(50);
const STATUS: &str = "io.trueconfig.v1.GetStatus";

/// Another connection is still answered.
async fn assert_serves(running: &Running) {
    let mut peer = running.raw();
    let answer = beside(move || peer.call(STATUS, &json!({}), false)).await.expect("an answer");
    assert!(answer["parameters"]["reason"].as_str().unwrap().starts_with(REACHED), "{answer}");
}

async fn assert_hung_up_on(running: &Running, bytes: Vec<u8>) {
    let mut peer = running.raw();
    let answer = beside(move || {
        peer.send(&bytes);
        peer.receive()
    });
    assert_eq!(answer.await, None, "the connection is closed without a word");
    assert_serves(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_frames_close_the_connection() {
    let running = Running::as_role(Role::Owner);
    let frames: [&[u8]; 9] = [
        b"\0",
        b"{\0",
        b"[]\0",
        b"null\0",
        b"GET / HTTP/1.1\r\n\r\n\0",
        b"{\"parameters\":{}}\0",
        b"{\"method\":7}\0",
        b"{\"method\":\"\xff\xfe\"}\0",
        &[&b"{\"method\":\"a\",\"parameters\":"[..], &[b'['; 100_000], b"\0"].concat(),
    ];
    for frame in frames {
        assert_hung_up_on(&running, frame.to_vec()).await;
    }
    running.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_frame_closes_the_connection() {
    let running = Running::as_role(Role::Owner);
    assert_hung_up_on(&running, vec![b' '; REQUEST_LIMIT + 1]).await;
    let mut largest = format!("{{\"method\":\"{STATUS}\"}}").into_bytes();
    largest.resize(REQUEST_LIMIT, b' ');
    largest.push(0);
    let mut peer = running.raw();
    let answer = beside(move || {
        peer.send(&largest);
        peer.receive()
    });
    assert!(answer.await.is_some(), "the largest allowed one is answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_frame_is_not_waited_for() {
    let running = Running::start("owner", Deadlines { frame: SHORT, ..Deadlines::default() });
    assert_hung_up_on(&running, b"{\"method\":".to_vec()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed() {
    let running = Running::start("owner", Deadlines { idle: SHORT, ..Deadlines::default() });
    assert_hung_up_on(&running, Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_connections_is_cut() {
    let running = Running::as_role(Role::Owner);
    let mut kept: Vec<_> = (0..CONNECTIONS_PER_UID).map(|_| running.raw()).collect();
    for _ in 0..2 * CONNECTIONS_PER_UID {
        let mut more = running.raw();
        assert_eq!(beside(move || more.receive()).await, None, "there is no room for one more");
    }
    let mut first = kept.remove(0);
    assert!(beside(move || first.call(STATUS, &json!({}), false)).await.is_some(), "the first ones stay");
    drop(kept);
    // Their places become free when the server has seen them go.
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mut peer = running.raw();
        if beside(move || peer.call(STATUS, &json!({}), false)).await.is_some() {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "no room was made");
    }
    running.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_without_a_role_stay_few_and_short() {
    let running = Running::start("nobody", Deadlines { stranger: SHORT, ..Deadlines::default() });
    let mut silent = running.raw();
    assert_eq!(beside(move || silent.receive()).await, None, "not even silence is waited for");
    let running = Running::start("nobody", Deadlines::default());
    let mut kept: Vec<_> = (0..STRANGERS).map(|_| running.raw()).collect();
    for peer in &mut kept {
        assert!(tokio::task::block_in_place(|| peer.call(STATUS, &json!({}), false)).is_some());
    }
    let mut more = running.raw();
    assert_eq!(beside(move || more.call(STATUS, &json!({}), false)).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_dropped_and_never_waited_for() {
    let running = Running::start("owner", Deadlines { write: SHORT, ..Deadlines::default() });
    let mut peer = running.raw();
    peer.send(b"{\"method\":\"io.trueconfig.v1.ExportAudit\",\"more\":true}\0");
    running.stream_ended().await;
    assert_serves(&running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_reader_goes_away() {
    let running = Running::as_role(Role::Owner);
    let mut peer = running.raw();
    peer.send(b"{\"method\":\"io.trueconfig.v1.Subscribe\",\"more\":true}\0");
    running.stub.entered().await;
    drop(peer);
    running.stream_ended().await;
    assert_serves(&running).await;
}
