//! What happens by time alone, told on a daemon whose clock is set forward while a person looks on.

use super::hands::{Hands, ready};
use super::{journal_has, state_of, waiting};
use trueconfig_common::remediation::RemediationState;
use trueconfig_tests::support::{Clock, Stage};

/// R31, D15: a request expires after seven days while its plan is read; the reader is told at once and cannot
/// approve what no longer counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs faketime"]
async fn r31_a_request_expires_under_the_cursor() {
    let clock = Clock::right();
    let daemon = ready(clock.on(Stage::contoso())).await;
    let plan = waiting(&daemon, "EXT-01").await;
    let mut hands = Hands::on(&daemon);
    hands.open_plan("EXT-01");
    clock.forward("8d");
    hands.sees("expired");
    hands.keys("a");
    hands.sees("expired: this does not apply");
    hands.leave();
    assert_eq!(state_of(&daemon, &plan.row.id).await, RemediationState::Expired);
    assert!(daemon.writes().is_empty());
    journal_has(&daemon, "remediation_expired");
}
