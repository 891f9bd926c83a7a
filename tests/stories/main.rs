//! What people meet beside the main job, each as a story in a pseudo terminal against the real daemon and the
//! twin: saying no, being overtaken, a daemon that dies, a switch to pull, somebody else at the same tenant.

mod clock;
mod hands;
mod long;
mod quorum;
mod ssh;

use hands::{DOWN, ENTER, ESCAPE, Hands, TAB, ready, stage};
use serde_json::json;
use trueconfig_common::id::{ObjectId, RemediationId};
use trueconfig_common::interface::ListQuery;
use trueconfig_common::interface::remediations::{ChooseTargets, GetRemediation, ListRemediations, Reject};
use trueconfig_common::remediation::{RemediationDetail, RemediationState};
use trueconfig_tests::support::{Daemon, Stage};

const AUTHORIZATION: &str = "/v1.0/policies/authorizationPolicy";

/// What waits for a control, asked past the screen.
async fn waiting(daemon: &Daemon, control: &str) -> RemediationDetail {
    let mut client = daemon.client().await;
    // Ids begin alike: PA-01 is not PA-01-L2.
    let filter = format!("control:{control} !control:{control}- state:pending_approval");
    let query = ListQuery { filter, ..ListQuery::default() };
    let page = client.call(ListRemediations { tenant: String::new(), query }).await.expect("a list");
    let id = page.rows.first().expect("a plan waits").id.clone();
    client.call(GetRemediation { tenant: String::new(), id }).await.expect("a plan")
}

async fn state_of(daemon: &Daemon, id: &RemediationId) -> RemediationState {
    let asked = GetRemediation { tenant: String::new(), id: id.clone() };
    daemon.client().await.call(asked).await.expect("a remediation").row.state
}

fn journal_has(daemon: &Daemon, kind: &str) {
    let kinds: Vec<String> = daemon.journal().into_iter().map(|record| record.kind).collect();
    assert!(kinds.iter().any(|one| one == kind), "{kind} is not in the journal: {kinds:?}");
}

/// R30: a plan is read, rejected with a note, and gone; nothing was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r30_a_person_rejects_a_plan() {
    let daemon = ready(Stage::contoso()).await;
    let plan = waiting(&daemon, "EXT-01").await;
    let mut hands = Hands::on(&daemon);
    hands.open_plan("EXT-01");
    hands.keys("x");
    hands.sees("Reject R-");
    hands.keys("guests are welcome");
    hands.sees("guests are welcome");
    hands.press(&[TAB, TAB]);
    hands.sees("> [ Reject ]");
    hands.confirm("rejected");
    hands.leave();
    assert_eq!(state_of(&daemon, &plan.row.id).await, RemediationState::Rejected);
    assert!(daemon.writes().is_empty());
    journal_has(&daemon, "remediation_rejected");
}

/// D13, D16: somebody else chooses other targets while the plan is read; the reader is told at once and cannot
/// approve what no longer counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d13_a_plan_is_superseded_while_it_is_read() {
    let daemon = ready(Stage::contoso()).await;
    let plan = waiting(&daemon, "PA-01").await;
    let mut hands = Hands::on(&daemon);
    hands.open_plan("PA-01");
    let other = plan.choices.iter().filter(|choice| choice.refused.is_empty() && choice.chosen).take(1);
    let targets: Vec<ObjectId> = other.map(|choice| ObjectId::new(choice.target.id.clone())).collect();
    let chosen = ChooseTargets { tenant: String::new(), id: plan.row.id.clone(), targets };
    daemon.client().await.call(chosen).await.expect("other targets");
    hands.sees("superseded");
    hands.keys("a");
    hands.sees("superseded: this does not apply");
    hands.leave();
    assert!(daemon.writes().is_empty());
}

/// The daemon dies while the note is typed: yes is not taken, the note is kept, and after it came back the same
/// dialog can be confirmed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_lost_in_mid_approval_loses_nothing() {
    let mut daemon = ready(Stage::contoso()).await;
    let plan = waiting(&daemon, "EXT-01").await;
    let mut hands = Hands::on(&daemon);
    hands.open_plan("EXT-01");
    hands.keys("a");
    hands.sees("Approve R-");
    hands.keys("agreed");
    hands.sees("note: agreed");
    daemon.kill9();
    hands.sees("LINK LOST");
    hands.reach_button("Approve & execute");
    hands.moment();
    hands.keys(ENTER);
    hands.sees("The link to the daemon is lost. Your note is kept here.");
    daemon.restart().await;
    hands.sees_no("LINK LOST");
    hands.sees("note: agreed");
    hands.confirm("verified");
    hands.leave();
    assert_eq!(state_of(&daemon, &plan.row.id).await, RemediationState::Verified);
    assert_eq!(daemon.graph(AUTHORIZATION)["allowInvitesFrom"], "adminsAndGuestInviters");
}

/// R52, D6: from any screen, here Audit with a record open; what waited is cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r52_the_kill_switch_is_pulled_from_any_screen() {
    let daemon = ready(Stage::contoso()).await;
    let plan = waiting(&daemon, "EXT-01").await;
    let mut hands = Hands::on(&daemon);
    hands.keys("5");
    hands.sees("waits for approval");
    hands.keys(ENTER);
    hands.sees("Chained to");
    hands.keys("K");
    hands.sees("All remediation stops at once.");
    hands.keys("incident 42");
    hands.sees("incident 42");
    hands.press(&[TAB, TAB]);
    hands.sees("> [ Pull the kill switch ]");
    hands.confirm("KILL SWITCH PULLED");
    hands.leave();
    assert_eq!(state_of(&daemon, &plan.row.id).await, RemediationState::Cancelled);
    assert!(daemon.writes().is_empty());
}

/// D20: somebody changed the object after the fix; the rollback is refused, nothing is overwritten, and both values
/// are on screen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d20_a_rollback_is_refused_when_somebody_changed_the_object() {
    let daemon = ready(Stage::contoso()).await;
    let mut hands = Hands::on(&daemon);
    hands.open_plan("EXT-01");
    hands.keys("a");
    hands.sees("Approve R-");
    hands.keys("agreed");
    hands.reach_button("Approve & execute");
    hands.confirm("verified");
    let theirs = json!({"allowInvitesFrom": "none"});
    daemon.twin().edit("PATCH", AUTHORIZATION, Some(&theirs)).expect("a second administrator may");
    hands.keys("b");
    hands.sees("Roll back R-");
    hands.reach_button("Roll back");
    hands.confirm("somebody changed the target");
    hands.press(&[ESCAPE]);
    hands.leave();
    assert_eq!(daemon.graph(AUTHORIZATION)["allowInvitesFrom"], "none");
    journal_has(&daemon, "rollback_refused");
}

/// Two people at one tenant: what one decides, the other sees without asking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_clients_see_each_others_decisions() {
    let daemon = ready(Stage::contoso()).await;
    let plan = waiting(&daemon, "EXT-01").await;
    let (mut one, mut other) = (Hands::on(&daemon), Hands::on(&daemon));
    for hands in [&mut one, &mut other] {
        hands.keys(&format!(":approvals id:{}", plan.row.id));
        hands.press(&[ENTER]);
        hands.sees_that("the plan in the list", |text| text.matches(plan.row.id.as_str()).count() > 1);
    }
    let reject = Reject { tenant: String::new(), id: plan.row.id.clone(), note: "no".into() };
    daemon.client().await.call(reject).await.expect("rejected");
    for hands in [&mut one, &mut other] {
        hands.sees_no("pending_approval");
        hands.leave();
    }
}

/// D23: an exception with its reason and its end stands where the finding is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d23_an_exception_is_shown_with_its_end() {
    let daemon = ready(Stage::contoso().with_tenant_config(|tenant| {
        let exception: toml::Table = "control = \"GOV-01\"\nobject = \"amelia\"\nreason = \"audit season\"\n\
                                      owner = \"ann\"\nexpires = 2099-01-31"
            .parse()
            .expect("TOML");
        tenant.insert("exceptions".into(), toml::Value::Array(vec![exception.into()]));
    }))
    .await;
    let mut hands = Hands::on(&daemon);
    hands.open_control("GOV-01");
    hands.find("audit season");
    hands.find("2099-01-31");
    hands.leave();
}

/// R22: from the control to its evidence, the person and the role, and back the same way, with the way on screen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r22_drilling_down_to_the_object_and_back() {
    let daemon = ready(Stage::contoso()).await;
    let mut hands = Hands::on(&daemon);
    hands.open_control("PA-01");
    hands.step_to("user Ingrid Halvorsen");
    hands.keys(ENTER);
    hands.sees("PA-01 › user Ingrid Halvorsen");
    hands.step_to("holds role Global Administrator");
    hands.keys(ENTER);
    hands.sees("role Global Administrator ─");
    hands.find("held by Emergency Access 01");
    hands.press(&[ESCAPE]);
    hands.sees("PA-01 › user Ingrid Halvorsen ─");
    hands.press(&[ESCAPE]);
    hands.sees("Controls › PA-01 ─");
    hands.leave();
}

/// Filters go to the daemon with every key; the inverse and a column, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_filtered_while_typing() {
    let daemon = stage(Stage::contoso()).await;
    let mut hands = Hands::on(&daemon);
    hands.sees("✗ fail");
    hands.keys("/");
    hands.keys("verdict:pass");
    hands.sees_that("only what passes", |text| text.contains("✓ pass") && !text.contains("✗ fail"));
    hands.press(&[ESCAPE]);
    hands.sees("✗ fail");
    hands.keys("/!verdict:fail");
    hands.sees_no("✗ fail");
    hands.press(&[ENTER]);
    hands.keys(":controls verdict:fail");
    hands.press(&[ENTER]);
    hands.sees_that("only what fails", |text| text.contains("✗ fail") && !text.contains("✓ pass"));
    hands.leave();
}

/// Drift of an administrator is seen by the next scan and taken note of, several at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_is_seen_and_acknowledged() {
    let daemon = ready(Stage::contoso()).await;
    let mut hands = Hands::on(&daemon);
    let workflow = "/v1.0/policies/adminConsentRequestPolicy";
    let off = json!({
        "isEnabled": false, "notifyReviewers": false, "remindersEnabled": false, "requestDurationInDays": 30,
        "reviewers": [],
    });
    daemon.twin().edit("PUT", workflow, Some(&off)).expect("a second administrator may");
    hands.keys("s");
    hands.keys("6");
    hands.sees("APP-04");
    hands.keys(" ");
    hands.sees("[1 marked]");
    hands.keys("a");
    hands.sees("Acknowledge 1 drifts");
    hands.keys("known");
    hands.reach_button("Acknowledge");
    hands.confirm("Drift acknowledged.");
    hands.keys(DOWN);
    hands.leave();
    journal_has(&daemon, "drift_acknowledged");
}
