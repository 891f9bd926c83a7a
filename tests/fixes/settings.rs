//! EXT-01 and APP-08: values of the authorization policy, automatically.

use crate::story::Story;
use crate::tenant::{self, AUTHORIZATION};
use serde_json::json;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::settings::{RecordBreakGlassTest, SetMode, SetRemediation};
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationState;
use trueconfig_common::verdict::Verdict;
use trueconfig_tests::support::{Daemon, Record, Stage};

const GRANTS: &str = "permissionGrantPoliciesAssigned";

/// R34, R35, R5, R6: from a deviation to a verified fix without an approver, logged and reversible like any
/// other; after a rollback nothing does it again.
#[tokio::test]
async fn r34_ext_01_is_fixed_automatically_and_taken_back() {
    let mut story = Story::open(Stage::contoso(), "EXT-01").await;
    assert_eq!(story.verdict(), Verdict::Fail);
    story.test_break_glass().await;
    story.switch_on(Mode::Auto).await;
    story.scan().await;

    let id = planned(&story);
    let done = story.until(&id, RemediationState::Verified).await;
    story.assert_written(&done);
    assert_eq!(done.changes[0].request.body, json!({"allowInvitesFrom": "adminsAndGuestInviters"}));
    assert_eq!(invites(&story.daemon), "adminsAndGuestInviters");
    let approval = &story.records(&id, "remediation_approved")[0];
    assert_eq!(approval.actor["type"], "system", "nobody approved it");
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Pass);
    story.assert_quiet();

    story.roll_back(&done).await;
    assert_eq!(invites(&story.daemon), "everyone");
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Fail);
    assert_eq!(story.account(), [], "what is held is not done again by itself (D9)");
    story.only(RemediationState::PendingApproval).await;
}

/// R6: drift that comes back is fixed again, as a remediation of its own.
#[tokio::test]
async fn r6_drift_that_recurs_is_fixed_again() {
    let mut story = Story::open(Stage::contoso(), "EXT-01").await;
    story.test_break_glass().await;
    story.switch_on(Mode::Auto).await;
    story.scan().await;
    let first = planned(&story);
    story.until(&first, RemediationState::Verified).await;
    story.scan().await;

    let worse = json!({"allowInvitesFrom": "adminsGuestInvitersAndAllMembers"});
    tenant::edit(&story.daemon, "PATCH", AUTHORIZATION, &worse);
    story.account();
    story.scan().await;
    let again = story.control_planned().pop().expect("it is planned again");
    assert_ne!(again, first);
    let done = story.until(&again, RemediationState::Verified).await;
    story.assert_written(&done);
    assert_eq!(done.changes[0].before, worse);
    assert_eq!(invites(&story.daemon), "adminsAndGuestInviters");
}

/// R34, D1, R43: the scheduled scan finds it, the gates pass (APP-04 does too), it is applied: no client is
/// connected, and every record about it is the system's. What users own stays with them.
#[tokio::test]
async fn r34_app_08_is_fixed_with_nobody_there() {
    let every_minute = |tenant: &mut toml::Table| {
        tenant.insert("schedule".to_owned(), "* * * * *".into());
    };
    let mut story = Story::open(Stage::contoso().with_tenant_config(every_minute), "APP-08").await;
    let auto = |reason: &str| {
        let (control, reason) = (Some(ControlId::from("APP-08")), reason.to_owned());
        SetMode { tenant: String::new(), control, mode: Some(Mode::Auto), reason }
    };
    let refusal = story.refused(auto("")).await;
    assert!(refusal.contains("blast radius 3"), "D1: {refusal}");
    story.test_break_glass().await;
    story.call(auto("agreed with the owners of all applications")).await;
    let (tenant, reason) = (String::new(), "begin".to_owned());
    story.call(SetRemediation { tenant, enabled: true, reason }).await;
    story.remember();
    let people = persons(&story.daemon);

    let mut story = story.without_client();
    let verified = |record: &Record| record.kind == "verification_passed";
    story.seen("the fix, done by schedule", verified).await;
    for r in story.daemon.journal() {
        if r.kind.starts_with("scan") || r.kind == "mode_set" {}
    }
    assert_eq!(persons(&story.daemon), people, "no person did anything meanwhile");
    let trigger = story.daemon.journal().into_iter().rev().find(|record| record.kind == "scan_started");
    assert_eq!(trigger.unwrap().body["trigger"], "schedule");

    let id = planned(&story);
    let done = story.remediation(&id).await;
    story.assert_written(&done);
    assert_only_own_resources_are_left(&story.daemon);
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Pass);
    story.roll_back(&done).await;
}

/// R24-R27, R32: manual waits for a person, who may come after a restart.
#[tokio::test]
async fn r25_app_08_waits_for_its_approver_across_a_restart() {
    let mut story = Story::begin(Stage::contoso(), "APP-08").await;
    let plan = story.only(RemediationState::PendingApproval).await;
    assert_eq!(plan.expected, Verdict::Pass);
    assert_eq!(plan.to_acknowledge, []);
    let mut story = story.restarted().await;
    let same = story.only(RemediationState::PendingApproval).await;
    assert_eq!((same.row.id, &same.digest), (plan.row.id.clone(), &plan.digest));
    let done = story.fix(&plan).await;
    let window = done.row.rollback_until.expect("a rollback is possible") - story.executed_at(&plan.row.id);
    assert_eq!(window.num_hours(), 24, "R32");
    assert_only_own_resources_are_left(&story.daemon);
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Pass);
    let mut story = story.restarted().await;
    story.roll_back(&plan).await;
}

/// R44, R54, R50: two controls on one object have a mode each and do not tread on each other.
#[tokio::test]
async fn r54_two_controls_on_one_policy_keep_apart() {
    let mut story = Story::open(Stage::contoso(), "EXT-01").await;
    story.call(RecordBreakGlassTest { tenant: String::new(), note: "seen".to_owned() }).await;
    let (control, reason) = (Some(ControlId::from("APP-08")), String::new());
    story.call(SetMode { tenant: String::new(), control, mode: Some(Mode::Manual), reason }).await;
    story.switch_on(Mode::Auto).await;
    story.scan().await;
    let id = planned(&story);
    let done = story.until(&id, RemediationState::Verified).await;
    story.assert_written(&done);
    let mut other = story.about("APP-08");
    let waiting = other.only(RemediationState::PendingApproval).await;
    other.fix(&waiting).await;
    other.take_back(&waiting).await;
    assert_eq!(invites(&other.daemon), "adminsAndGuestInviters", "the other control's fix stands");
    let mut story = other.about("EXT-01");
    story.roll_back(&done).await;
}

fn planned(story: &Story) -> RemediationId {
    let planned = story.control_planned();
    assert_eq!(planned.len(), 1, "{planned:?}");
    planned[0].clone()
}

/// What users may consent to is gone, what owners of a team or chat may is not.
fn assert_only_own_resources_are_left(daemon: &Daemon) {
    let kept = daemon.graph(AUTHORIZATION)["defaultUserRolePermissions"][GRANTS].clone();
    let wanted = json!([
        "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-team",
        "ManagePermissionGrantsForOwnedResource.microsoft-dynamically-managed-permissions-for-chat",
    ]);
    assert_eq!(kept, wanted);
}

fn invites(daemon: &Daemon) -> String {
    tenant::text(&daemon.graph(AUTHORIZATION), "allowInvitesFrom").to_owned()
}

fn persons(daemon: &Daemon) -> usize {
    daemon.journal().iter().filter(|record| record.actor["type"] == "person").count()
}
