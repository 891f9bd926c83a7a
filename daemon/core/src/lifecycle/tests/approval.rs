//! Approve, withdraw, reject, expire, close.

use crate::fixture::{Fault, LOW_1, PA_01, World, other_digest, refusal, text};
use crate::lifecycle::{APPROVAL_WINDOW, Command};
use chrono::TimeDelta;
use trueconfig_common::gate::{Gate, GateOutcome};
use trueconfig_common::id::RemediationId;
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{Actor, RemediationState as S};

#[test]
fn r25_r26_r28_r30_approving_is_one_act_and_keeps_who_when_and_why() {
    let (mut world, id) = World::planned();
    world.pass(TimeDelta::hours(3));
    world.approve(&id).unwrap();
    let approval = world.get(&id).approvals[0].clone();
    assert_eq!(approval.note, text("go"));
    assert_eq!(approval.at, world.now);
    assert!(matches!(approval.actor, Actor::Person { uid: 1000, .. }));
    assert_eq!(approval.digest, world.get(&id).digest);
    world.run();
    assert_eq!(world.at(&id), S::Verified, "nothing more is asked of anybody");
}

#[test]
fn an_approval_of_another_digest_is_refused() {
    let (mut world, id) = World::planned();
    let mut command = world.approval(&id);
    if let Command::Approve { digest, .. } = &mut command {
        *digest = other_digest();
    }
    assert!(refusal(world.command(command)).contains("digest"));
    assert_eq!(world.at(&id), S::PendingApproval);
}

#[test]
fn d4_every_failing_gate_must_be_acknowledged() {
    let mut world = World::enabled();
    world.pass(TimeDelta::days(31));
    world.scan();
    let id = world.waiting();
    let approve = |acknowledge: &[Gate]| Command::Approve {
        id: id.clone(),
        digest: world.get(&id).digest.clone(),
        note: text(""),
        acknowledge: acknowledge.to_vec(),
        approver: world.approver(),
        window: None,
    };
    let none = approve(&[]);
    let one = approve(&[Gate::Reversibility]);
    let both = approve(&[Gate::Reversibility, Gate::EmergencyAccess]);
    assert!(refusal(world.command(none)).contains("reversibility, emergency_access"));
    assert!(refusal(world.command(one)).ends_with(": emergency_access"));
    world.command(both).unwrap();
    let acknowledged = world.get(&id).approvals[0].acknowledged.clone();
    assert_eq!(acknowledged, [Gate::Reversibility, Gate::EmergencyAccess]);
}

#[test]
fn d4_gates_run_again_at_approval() {
    let (mut world, id) = World::planned();
    let read_then = world.approval(&id);
    world.command(Command::FailScan { started_at: world.now, reason: "no network".to_owned() }).unwrap();
    assert!(refusal(world.command(read_then)).ends_with(": observability"));
    world.approve(&id).unwrap();
}

#[test]
fn t8_only_what_waits_can_be_approved_or_rejected() {
    let (mut world, id) = World::approved();
    assert!(refusal(world.approve(&id)).contains("is approved"));
    assert!(refusal(world.command(Command::Reject(id.clone(), text("")))).contains("is approved"));
    world.run();
    assert!(refusal(world.approve(&id)).contains("is verified"));
    let unknown = RemediationId::new("R-9");
    let answer = world.command(Command::Reject(unknown, text("")));
    assert!(matches!(answer, Err(CallError::NotFound { .. })));
}

#[test]
fn r31_d15_a_request_expires_exactly_seven_days_after_it_was_made() {
    let (mut world, id) = World::planned();
    world.pass(APPROVAL_WINDOW - TimeDelta::microseconds(1));
    assert_eq!(world.command(Command::Tick).unwrap(), []);
    world.pass(TimeDelta::microseconds(1));
    assert!(refusal(world.approve(&id)).contains("expired"), "even before the tick");
    world.command(Command::Tick).unwrap();
    assert_eq!(world.at(&id), S::Expired);
    assert!(refusal(world.approve(&id)).contains("is expired"));
    assert_eq!(world.run(), 0);
}

#[test]
fn r31_an_approved_plan_does_not_begin_after_its_time() {
    let (mut world, id) = World::approved();
    world.pass(APPROVAL_WINDOW);
    world.run();
    assert_eq!(world.at(&id), S::Expired);
    assert!(world.directory.writes.is_empty());
}

#[test]
fn an_approval_can_be_withdrawn_until_execution_begins() {
    let (mut world, id) = World::approved();
    world.command(Command::Withdraw(id.clone(), text("wait"))).unwrap();
    assert_eq!(world.at(&id), S::PendingApproval);
    assert!(world.get(&id).approvals.is_empty());
    assert_eq!(world.run(), 0);

    world.approve(&id).unwrap();
    world.begin();
    assert!(refusal(world.command(Command::Withdraw(id, text("")))).contains("is executing"));
}

#[test]
fn r31_a_withdrawn_auto_decision_expires_like_any_other_request() {
    let mut world = World::enabled();
    world.set_mode(LOW_1, Mode::Auto).unwrap();
    world.set_mode(PA_01, Mode::Advisory).unwrap();
    world.judge();
    let id = world.announce(world.plan(LOW_1, &["ann"]));
    assert_eq!(world.at(&id), S::Approved);
    world.command(Command::Withdraw(id.clone(), text("not this one"))).unwrap();
    world.pass(APPROVAL_WINDOW);
    world.command(Command::Tick).unwrap();
    assert_eq!(world.at(&id), S::Expired);
}

#[test]
fn d4_a_gate_that_fails_at_the_last_moment_asks_again() {
    let (mut world, id) = World::approved();
    world.pass(TimeDelta::days(6));
    world.command(Command::FailScan { started_at: world.now, reason: "no network".to_owned() }).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::PendingApproval);
    assert!(world.get(&id).timeline.last().unwrap().note.as_str().contains("observability"));
    assert!(world.directory.writes.is_empty());
}

#[test]
fn d2_a_plan_that_became_irreversible_cannot_be_approved() {
    let (mut world, id) = World::planned();
    let mut plan = world.get(&id).plan.clone();
    plan.changes[0].view.inverse = None;
    let results = crate::gates::run(&world.state, &plan, &world.situation());
    assert_eq!(results[0].outcome, GateOutcome::Blocked);
    let refused =
        crate::lifecycle::approval::refusal(&world.state, world.get(&id), &results, &world.situation());
    assert!(refused.unwrap().contains("reversibility blocks"));
    world.command(Command::Tick).unwrap();
}

#[test]
fn t8_a_person_closes_what_needs_one_with_a_note() {
    let (mut world, id) = World::approved();
    assert!(refusal(world.command(Command::Close(id.clone(), text("done")))).contains("nothing to close"));
    world.begin();
    world.step(Fault::None).unwrap();
    world.step(Fault::Refuse).unwrap();
    assert_eq!(world.at(&id), S::Partial);
    let empty = world.command(Command::Close(id.clone(), text(" ")));
    assert!(matches!(empty, Err(CallError::Invalid { .. })));
    world.command(Command::Close(id.clone(), text("took Ben's role by hand"))).unwrap();
    assert!(!world.get(&id).needs_person());
    assert_eq!(world.state.open().count(), 0, "it no longer occupies its targets");
    assert!(refusal(world.command(Command::Close(id, text("again")))).contains("nothing to close"));
}
