//! What must hold for every fix: advice writes nothing, nobody's change is overwritten, missing permissions
//! and slow replicas do no harm, and the kill switch kills.

use crate::story::Story;
use crate::tenant::{self, AUTHORIZATION, text};
use serde_json::json;
use std::time::Duration;
use trueconfig_common::interface::remediations::Rollback;
use trueconfig_common::interface::settings::Kill;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{Direction, RemediationState};
use trueconfig_common::verdict::Verdict;
use trueconfig_tests::support::{Record, Stage};
use trueconfig_twin::{Effect, Fault, Lag, TenantFile};

const EVERYONE_BUT_GUESTS: &str = "adminsGuestInvitersAndAllMembers";

/// R18, R84, R73: advisory, whether remediation is off or on, makes no write call and plans nothing.
#[tokio::test]
async fn r18_advisory_writes_nothing() {
    let mut story = Story::open(Stage::contoso(), "EXT-01").await;
    let off = story.no_plan().await;
    assert!(off.contains("by hand"), "{off}");
    story.test_break_glass().await;
    story.switch_on(Mode::Advisory).await;
    story.scan().await;
    let advisory = story.no_plan().await;
    assert!(advisory.contains("by hand"), "{advisory}");
    let planned = |record: &Record| record.kind == "remediation_planned";
    assert!(!story.daemon.journal().iter().any(planned));
    assert_eq!(story.account(), []);
    story.assert_restored();
}

/// D20: the target changed between plan and execution. The plan is superseded, nothing is written, and a new
/// one starts from what is there.
#[tokio::test]
async fn d20_a_target_changed_before_execution_supersedes() {
    let mut story = Story::begin(Stage::contoso(), "EXT-01").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    let theirs = json!({"allowInvitesFrom": EVERYONE_BUT_GUESTS});
    tenant::edit(&story.daemon, "PATCH", AUTHORIZATION, &theirs);
    story.remember();
    story.approve(&plan).await;
    let overtaken = story.until(&plan.row.id, RemediationState::Superseded).await;
    assert_eq!(overtaken.differences[0].found, theirs);
    assert_eq!(story.account(), []);

    let first = plan.row.id.clone();
    let newer = move |record: &Record| {
        record.kind == "remediation_planned" && text(&record.body, "id") != first.as_str()
    };
    story.seen("a plan in its place", newer).await;
    let next = story.only(RemediationState::PendingApproval).await;
    assert_eq!(next.changes[0].before, theirs);
    story.fix(&next).await;
    story.roll_back(&next).await;
}

/// D20: the target changed after execution. A rollback overwrites nothing and shows the difference.
#[tokio::test]
async fn d20_a_target_changed_after_execution_is_not_overwritten() {
    let mut story = Story::begin(Stage::contoso(), "EXT-01").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    story.fix(&plan).await;
    let theirs = json!({"allowInvitesFrom": "none"});
    tenant::edit(&story.daemon, "PATCH", AUTHORIZATION, &theirs);
    story.remember();
    let back = Rollback { tenant: String::new(), id: plan.row.id.clone(), note: String::new() };
    let refusal = story.refused(back).await;
    assert!(refusal.contains("nothing was overwritten"), "{refusal}");
    assert_eq!(story.account(), []);
    story.assert_restored();
    let refused = &story.records(&plan.row.id, "rollback_refused")[0].body["differences"][0];
    assert_eq!(refused["before"], json!({"allowInvitesFrom": "everyone"}));
    assert_eq!(refused["expected"], json!({"allowInvitesFrom": "adminsAndGuestInviters"}));
    assert_eq!(refused["found"], theirs);
    assert_eq!(story.remediation(&plan.row.id).await.row.state, RemediationState::Verified);
}

/// R58: the writer's registration was never given the permission. Nothing changes, and it is named.
#[tokio::test]
async fn r58_a_missing_permission_is_named_and_changes_nothing() {
    let needed = "Policy.ReadWrite.Authorization";
    let stage = Stage::tenant(without_role(tenant::contoso(), needed));
    let mut story = Story::begin(stage, "EXT-01").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    story.approve(&plan).await;
    story.until(&plan.row.id, RemediationState::Failed).await;
    let refused = &story.records(&plan.row.id, "write_refused")[0].body;
    assert!(text(refused, "error").contains(&format!("missing permission {needed}")), "{refused}");
    let lines = story.account();
    assert_eq!(lines.iter().map(|line| line.status).collect::<Vec<_>>(), [403]);
    assert_eq!(refused["calls"][0]["request_id"], json!(lines[0].request_id), "D26");
    assert_eq!(story.control_records("alerted")[0].body["code"], "execution_stopped", "R14");
    story.assert_restored();
}

/// R58: the permission was there when the daemon signed in, and consent was revoked since.
#[tokio::test]
async fn r58_a_revoked_permission_is_named_and_changes_nothing() {
    let needed = "User.EnableDisableAccount.All";
    let mut story = Story::begin(Stage::contoso(), "GOV-01").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    story.daemon.twin().faults().revoke_role(needed);
    story.daemon.twin().faults().expire_tokens();
    story.approve(&plan).await;
    story.until(&plan.row.id, RemediationState::Failed).await;
    let refused = &story.records(&plan.row.id, "write_refused")[0].body;
    assert!(text(refused, "error").contains("missing permission User.EnableDisableAccount"), "{refused}");
    assert!(story.account().iter().all(|line| line.status >= 400), "nothing took effect");
    story.assert_restored();
}

/// R58: a tenant without a writer is only read.
#[tokio::test]
async fn r58_without_a_writer_nothing_is_sent() {
    let stage = Stage::contoso().with_tenant_config(|tenant| {
        tenant.remove("writer");
    });
    let mut story = Story::begin(stage, "EXT-01").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    story.approve(&plan).await;
    story.until(&plan.row.id, RemediationState::Failed).await;
    let refused = &story.records(&plan.row.id, "write_refused")[0].body;
    assert!(text(refused, "error").contains("[tenant.writer]"), "{refused}");
    assert_eq!(story.account(), []);
    story.assert_restored();
}

fn without_role(mut file: TenantFile, role: &str) -> TenantFile {
    for client in &mut file.twin.clients {
        client.roles.retain(|one| one != role);
    }
    file
}

/// D8: reads that lag behind are neither a failure nor a reason to roll back, in either direction.
#[tokio::test]
async fn d8_replication_lag_does_not_fail_the_verification() {
    let mut story = Story::begin(Stage::contoso(), "EXT-01").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    story.daemon.twin().faults().set_lag(Lag::Reads(4));
    story.fix(&plan).await;
    story.assert_quiet();
    story.daemon.twin().faults().set_lag(Lag::None);
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Pass);
    story.roll_back(&plan).await;
}

/// D8 for something new: it is not found for a while.
#[tokio::test]
async fn d8_a_new_policy_may_be_unseen_for_a_while() {
    let mut story = Story::begin(Stage::contoso(), "ID-02").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    story.daemon.twin().faults().set_creation_lag(Lag::Reads(4));
    story.fix(&plan).await;
    story.assert_quiet();
    story.daemon.twin().faults().set_creation_lag(Lag::None);
    story.roll_back(&plan).await;
}

/// D8, D9: a write that never shows fails the verification, alerts and holds; nothing else is written.
#[tokio::test]
async fn d9_a_write_that_never_shows_alerts_and_holds() {
    let hasty = |tenant: &mut toml::Table| {
        let verification = tenant["verification"].as_table_mut().expect("it is a table");
        verification.insert("deadline_s".to_owned(), 1.into());
    };
    let mut story = Story::begin(Stage::contoso().with_tenant_config(hasty), "EXT-01").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    story.daemon.twin().faults().set_lag(Lag::Millis(600_000));
    story.approve(&plan).await;
    story.until(&plan.row.id, RemediationState::VerificationFailed).await;
    story.assert_written(&plan);
    assert_eq!(story.control_records("alerted")[0].body["code"], "verification_failed");
    story.assert_held().await;
    assert_eq!(story.account(), [], "no rollback by itself: the tenant does not allow it");
}

/// R52, D6, D7: the write under way completes and is recorded, no other one begins, and what was made can
/// be undone while remediation is off.
#[tokio::test]
async fn r52_the_kill_switch_between_two_steps_leaves_a_partial_fix() {
    let mut story = Story::begin(Stage::contoso(), "GOV-01").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    let slow = Fault::lost("PATCH", &plan.changes[1].request.path, 1, Effect::Delay(Duration::from_secs(3)));
    story.daemon.twin().faults().add(slow);
    story.approve(&plan).await;
    let second = |record: &Record| record.kind == "write_intended" && record.body["step"] == 1;
    story.seen("the second write to be under way", second).await;
    story.call(Kill { tenant: String::new(), reason: "stop everything".to_owned() }).await;
    let partial = story.until(&plan.row.id, RemediationState::Partial).await;
    let done = partial.steps.iter().filter(|step| step.act(Direction::Forward).word() == "done").count();
    assert_eq!(done, 2, "the one under way was completed and recorded (D7)");
    let lines = story.account();
    let sent: Vec<(&str, u16)> = lines.iter().map(|line| (line.path.as_str(), line.status)).collect();
    let paths: Vec<&str> = plan.changes.iter().map(|change| change.request.path.as_str()).collect();
    assert_eq!(sent, [(paths[0], 204), (paths[1], 204)]);
    let pulled = story.daemon.journal().into_iter().find(|record| record.kind == "kill_switch_pulled");
    let pulled = pulled.expect("the journal has it").seq;
    let intents = story.records(&plan.row.id, "write_intended");
    assert!(intents.iter().all(|intent| intent.seq < pulled), "nothing was begun after it");
    story.roll_back(&plan).await;
}
