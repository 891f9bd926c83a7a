//! Each gate alone keeps an automatic fix from running, and asks a person instead (R38, R39).

use crate::story::Story;
use crate::tenant;
use chrono::{TimeDelta, Utc};
use serde_json::json;
use trueconfig_common::gate::{Gate, GateOutcome};
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::remediations::{Approve, Withdraw};
use trueconfig_common::interface::settings::{ReleaseHold, SetMode};
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{RemediationDetail, RemediationState};
use trueconfig_common::verdict::Verdict;
use trueconfig_common::window::Window;
use trueconfig_tests::support::Stage;

/// The plan waits, nothing was written, and this gate is the only one that failed.
async fn asks_because_of(story: &mut Story, gate: Gate) -> RemediationDetail {
    let plan = story.only(RemediationState::PendingApproval).await;
    assert_eq!(plan.gates.len(), 5, "all five run (D5)");
    let failed: Vec<_> =
        plan.gates.iter().filter(|one| one.outcome != GateOutcome::Pass).map(|one| one.gate).collect();
    assert_eq!(failed, [gate], "{:#?}", plan.gates);
    assert!(plan.gates.iter().all(|one| !one.reasons.is_empty()), "each says why (R49)");
    let recorded = story.records(&plan.row.id, "remediation_planned");
    assert_eq!(recorded[0].body["gates"], json!(plan.gates), "results are stored (R49)");
    assert!(story.records(&plan.row.id, "remediation_approved").is_empty());
    assert_eq!(story.account(), [], "nothing is written before the approval");
    let unaware = story.refused(Story::approval(&plan, Vec::new())).await;
    assert!(unaware.contains(gate.as_str()), "D4: {unaware}");
    plan
}

/// R45: break-glass accounts were never tested. A person who knows may go on.
#[tokio::test]
async fn r45_never_tested_break_glass_accounts_ask() {
    let mut story = Story::open(Stage::contoso(), "EXT-01").await;
    story.switch_on(Mode::Auto).await;
    story.scan().await;
    let plan = asks_because_of(&mut story, Gate::EmergencyAccess).await;
    story.fix(&plan).await;
    let approved = &story.records(&plan.row.id, "remediation_approved")[0];
    assert_eq!(approved.body["acknowledged"], json!(["emergency_access"]));
    assert_eq!(approved.actor["type"], "person", "R77");
    story.roll_back(&plan).await;
}

/// R43: APP-08 needs APP-04.
#[tokio::test]
async fn r43_a_failing_prerequisite_asks() {
    let mut story = Story::open(Stage::contoso(), "APP-08").await;
    let path = "/v1.0/policies/adminConsentRequestPolicy";
    let mut policy = story.daemon.graph(path);
    let fields = policy.as_object_mut().expect("a policy is an object");
    fields.retain(|name, _| !name.starts_with("@odata"));
    for name in ["id", "version"] {
        fields.remove(name);
    }
    fields.insert("isEnabled".to_owned(), json!(false));
    tenant::edit(&story.daemon, "PUT", path, &policy);
    story.test_break_glass().await;
    story.switch_on(Mode::Auto).await;
    story.scan().await;
    let plan = asks_because_of(&mut story, Gate::Dependency).await;
    assert!(plan.gates[1].reasons[0].contains("APP-04"), "{:?}", plan.gates[1]);
}

/// R46: what the last scan could not read, the next one may not be able to verify. The waiting plan is kept,
/// for an unreadable tenant says nothing (T5), and its approver is told.
#[tokio::test]
async fn r46_an_unreadable_family_asks() {
    let mut story = Story::open(Stage::contoso(), "EXT-01").await;
    story.switch_on(Mode::Auto).await;
    story.scan().await;
    let plan = asks_because_of(&mut story, Gate::EmergencyAccess).await;
    story.test_break_glass().await;
    story.daemon.twin().faults().revoke_role("Policy.Read.All");
    story.daemon.twin().faults().expire_tokens();
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Error);
    let still = story.only(RemediationState::PendingApproval).await;
    assert_eq!(still.row.id, plan.row.id);
    let unaware = story.refused(Story::approval(&plan, Vec::new())).await;
    assert!(unaware.contains("acknowledged: observability"), "{unaware}");
    assert_eq!(story.account(), []);
}

/// R46, T5: what cannot be read starts nothing at all.
#[tokio::test]
async fn t5_an_unreadable_control_starts_nothing() {
    let mut story = Story::open(Stage::contoso(), "EXT-01").await;
    story.daemon.twin().faults().revoke_role("Policy.Read.All");
    story.daemon.twin().faults().expire_tokens();
    story.test_break_glass().await;
    story.switch_on(Mode::Auto).await;
    story.scan().await;
    assert_eq!(story.verdict(), Verdict::Error);
    assert!(story.control_planned().is_empty());
    assert_eq!(story.account(), []);
    story.assert_restored();
}

/// R47, D9: a control that is held is not automatic, whatever its mode; released, it is again.
#[tokio::test]
async fn r47_a_hold_asks() {
    let mut story = Story::open(Stage::contoso(), "EXT-01").await;
    story.test_break_glass().await;
    story.switch_on(Mode::Auto).await;
    story.scan().await;
    let id = story.control_planned()[0].clone();
    let done = story.until(&id, RemediationState::Verified).await;
    story.assert_written(&done);
    story.roll_back(&done).await;
    story.scan().await;
    asks_because_of(&mut story, Gate::Enablement).await;

    let (tenant, control) = (String::new(), ControlId::from("EXT-01"));
    story.call(ReleaseHold { tenant, control, reason: "understood".to_owned() }).await;
    let worse = json!({"allowInvitesFrom": "adminsGuestInvitersAndAllMembers"});
    tenant::edit(&story.daemon, "PATCH", tenant::AUTHORIZATION, &worse);
    story.scan().await;
    let again = story.control_planned().pop().expect("it is planned anew");
    story.until(&again, RemediationState::Verified).await;
}

/// R41, R62: what can lock people out is never automatic: the mode is refused, and in manual the gate asks.
#[tokio::test]
async fn r62_a_great_blast_radius_asks() {
    let mut story = Story::open(Stage::contoso(), "PA-03").await;
    let (control, reason) = (Some(ControlId::from("PA-03")), "please".to_owned());
    let auto = SetMode { tenant: String::new(), control, mode: Some(Mode::Auto), reason };
    let refusal = story.refused(auto).await;
    assert!(refusal.contains("never automatic"), "{refusal}");
    story.test_break_glass().await;
    story.switch_on(Mode::Manual).await;
    story.scan().await;
    asks_because_of(&mut story, Gate::Reversibility).await;
}

/// R48, D21: auto is refused for the whole tenant, and above a control's highest mode.
#[tokio::test]
async fn d21_auto_is_per_control_and_within_its_bounds() {
    let mut story = Story::open(Stage::contoso(), "GOV-01").await;
    let auto = |control: Option<&str>| SetMode {
        tenant: String::new(),
        control: control.map(ControlId::from),
        mode: Some(Mode::Auto),
        reason: "please".to_owned(),
    };
    assert!(story.refused(auto(None)).await.contains("per control only"));
    assert!(story.refused(auto(Some("GOV-01"))).await.contains("highest mode of GOV-01 is manual"));
    assert!(story.refused(auto(Some("CA-01"))).await.contains("never automatic"));
}

/// An approval for later writes nothing now and can be withdrawn; one for a window that is open runs at once.
#[tokio::test]
async fn an_approval_for_a_window_waits_for_it() {
    let mut story = Story::open(Stage::contoso(), "EXT-01").await;
    story.switch_on(Mode::Manual).await;
    story.scan().await;
    let plan = story.only(RemediationState::PendingApproval).await;
    let approval = |begins: i64| {
        let from = Utc::now() + TimeDelta::hours(begins);
        let window = Window { from, until: from + TimeDelta::hours(2), zone: "Europe/Berlin".to_owned() };
        Approve { window: Some(window), ..Story::approval(&plan, plan.to_acknowledge.clone()) }
    };
    let id = plan.row.id.clone();
    let later = approval(1);
    let waiting = story.call(later.clone()).await;
    assert_eq!((waiting.row.state, &waiting.row.window), (RemediationState::Approved, &later.window));
    assert_eq!(waiting.digest, plan.digest, "a window is no part of the plan");
    let withdraw = Withdraw { tenant: String::new(), id: id.clone(), note: "not that night".to_owned() };
    let withdrawn = story.call(withdraw).await;
    assert_eq!((withdrawn.row.state, withdrawn.row.window), (RemediationState::PendingApproval, None));
    assert_eq!(story.account(), [], "nothing was written");

    story.call(approval(-1)).await;
    story.until(&id, RemediationState::Verified).await;
    story.assert_written(&plan);
    assert_eq!(story.records(&id, "window_opened").len(), 1);
}
