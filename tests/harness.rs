//! The harness itself: a daemon starts, answers, dies, comes back, and its journal says so.

use std::process::{Command, Stdio};
use std::time::Duration;
use trueconfig_common::interface::scan::StartScan;
use trueconfig_common::interface::status::GetStatus;
use trueconfig_tests::support::{Daemon, Stage, binaries, read_journal, root};

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

/// Issue 5, point 8: an auditor with the public key and a copy of the files needs nothing else.
#[tokio::test]
async fn r80_a_stopped_daemon_leaves_its_whole_journal_sealed() {
    let mut daemon = Stage::contoso().start().await;
    scan(&daemon).await;
    assert!(daemon.stop().await.success(), "{}", daemon.log());
    let records = daemon.journal().len();

    let private = daemon.config_file().with_extension("signing.key");
    let public = said(daemon.command(&["key", "show"]).arg(&private), 0);
    let other = daemon.folder().join("other.key");
    let stranger = said(daemon.command(&["key", "new"]).arg(&other), 0);
    said(daemon.command(&["key", "new"]).arg(&other), 2);

    let audit = |key: &str| {
        let mut command = daemon.command(&["verify", "--json", "--key", key.trim(), "--dir"]);
        command.arg(daemon.store());
        command
    };
    let report: serde_json::Value = serde_json::from_str(&said(&mut audit(&public), 0)).unwrap();
    assert_eq!((&report["seal"]["sealed"], &report["seal"]["unsealed"]), (&records.into(), &0.into()));
    let proofs = daemon.folder().join("proofs.jsonl");
    let exported = said(
        daemon.command(&["export", "--proofs", "--from", "2", "--to", "4", "--dir"]).arg(daemon.store()),
        0,
    );
    std::fs::write(&proofs, &exported).unwrap();
    let check = |key: &str, code| {
        said(daemon.command(&["verify", "--key", key.trim(), "--proofs"]).arg(&proofs), code)
    };
    assert_eq!(check(&public, 0), "3 records are proven, 0 are not.\n");
    assert!(check(&stranger, 1).ends_with("0 records are proven, 3 are not.\n"));

    let report = said(&mut audit(&stranger), 1);
    assert!(report.contains("not signed by trueconfig"), "{report}");
    assert!(daemon.log().contains("checkpoint signed"), "and the system's log has the notes");
}

/// `trueconfigd evaluate … | head` is no reason to panic.
#[test]
fn whoever_reads_the_output_may_stop() {
    let tenant = root().join("daemon/twin/tenants/contoso.json");
    let mut command = Command::new(&binaries().trueconfigd);
    let piped =
        command.args(["evaluate", "--json"]).arg(tenant).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.as_ref()), (Some(1), ""), "the verdicts are in the exit code");
}

/// D25: what is no longer in the configuration is left alone.
#[tokio::test]
async fn d25_removing_a_tenant_keeps_its_records() {
    let mut daemon = Stage::contoso().start().await;
    scan(&daemon).await;
    assert!(daemon.stop().await.success(), "{}", daemon.log());
    let (store, before) = (daemon.store(), daemon.journal());
    let text = std::fs::read_to_string(daemon.config_file()).unwrap();
    std::fs::write(daemon.config_file(), text.replace("name = \"contoso\"", "name = \"fabrikam\"")).unwrap();
    daemon.restart().await;
    assert_ne!(daemon.store(), store);
    assert!(daemon.stop().await.success(), "{}", daemon.log());
    assert_eq!(read_journal(&store), before);
}

/// What a command prints; it must end with this code.
fn said(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{out}{err}");
    out.into_owned()
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
