//! The harness itself: a daemon starts, answers, dies, comes back, and its journal says so.

use std::time::Duration;
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::interface::status::GetStatus;
use trueconfig_tests::support::{Daemon, Stage};

/// Longest time for a scan of the demo tenant.
const SCAN_DEADLINE: Duration = Duration::from_secs(60);

/// R80: what a client was told is in the journal's files, before and after the process was killed.
#[tokio::test]
async fn r80_the_journal_outlives_the_daemon() {
    let mut daemon = Stage::contoso().start().await;
    scan(&daemon).await;
    let told = daemon.client().await.call(GetStatus::default()).await.unwrap().journal.records;
    daemon.kill9();

    let before = daemon.journal();
    assert!(before.len() as u64 >= told, "told of {told} records, {} are there", before.len());
    assert!(before.iter().any(|record| record.kind == "scan_finished"));
    assert_eq!(daemon.writes(), [], "a scan writes nothing (R18)");

    daemon.restart().await;
    let after = daemon.journal();
    assert_eq!(after[..before.len()], before[..], "a restart only adds");
    assert!(after[before.len()..].iter().any(|record| record.kind == "daemon_started"));

    let status = daemon.stop().await;
    assert!(status.success(), "{status}\n{}", daemon.log());
    assert_eq!(daemon.journal().last().unwrap().kind, "daemon_stopped");
}

async fn scan(daemon: &Daemon) {
    let mut client = daemon.client().await;
    let mut replies = client.stream(StartScan::default()).await.unwrap();
    let followed = async {
        let mut last = None;
        while let Some(progress) = replies.next().await {
            last = Some(progress.unwrap());
        }
        last.expect("a scan says how it went")
    };
    let last = tokio::time::timeout(SCAN_DEADLINE, followed).await.expect("the scan ends in time");
    assert_eq!(last.error, "", "{}", daemon.log());
}
