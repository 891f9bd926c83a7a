//! A fix taken back without the product: the daemon is dead, and an administrator sends what `trueconfigd undo` says.

use crate::story::Story;
use serde_json::Value;
use trueconfig_common::remediation::{RemediationDetail, RemediationState};
use trueconfig_tests::support::{Daemon, Stage};

/// Issue 7, handbook: what was removed comes back, and what was made goes, by the id that only the journal knows.
#[tokio::test]
async fn what_undo_prints_restores_the_tenant_without_the_daemon() {
    for control in ["PA-01", "ID-02"] {
        let mut story = Story::begin(Stage::contoso(), control).await;
        let plan = story.only(RemediationState::PendingApproval).await;
        assert!(undo(&story.daemon, &plan).is_empty(), "nothing was done yet");
        story.fix(&plan).await;
        story.daemon.kill9();
        let undos = undo(&story.daemon, &plan);
        assert_eq!(undos.len(), plan.changes.len());
        for (undo, planned) in undos.iter().zip(plan.changes.iter().rev()) {
            assert_eq!((&undo["after"], &undo["certain"]), (&planned.after, &Value::Bool(true)), "{undo}");
            let root = format!("http://{}", story.daemon.twin().http);
            let path = undo["request"]["path"].as_str().and_then(|path| path.strip_prefix(&root));
            let path = path.unwrap_or_else(|| panic!("no path on Graph's host: {undo}"));
            let method = undo["request"]["method"].as_str().unwrap_or_default().to_uppercase();
            let body = undo["request"].get("body");
            let sent = story.daemon.twin().edit(&method, path, body);
            sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        }
        story.assert_restored();
    }
}

fn undo(daemon: &Daemon, plan: &RemediationDetail) -> Vec<Value> {
    let (store, root) = (daemon.store(), format!("http://{}", daemon.twin().http));
    let id = plan.row.id.to_string();
    let arguments = ["undo", &id, "--json", "--graph", &root, "--dir"];
    let output = daemon.command(&arguments).arg(store).output().expect("the verb runs");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}
