//! D11: the old secret goes in a plan of its own, for good, and only when all of this holds.

use crate::fixture::{APP_02, PA_01, World, refusal, text};
use crate::lifecycle::{Command, ROLLBACK_WINDOW};
use chrono::TimeDelta;
use serde_json::json;
use trueconfig_common::gate::{Gate, GateOutcome};
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::{Mode, Reversibility};
use trueconfig_common::remediation::RemediationState as S;
use trueconfig_common::verdict::Verdict;

/// An application whose secret lives for three years.
fn long_lived() -> World {
    let mut world = World::enabled();
    world.tenant.recipients.insert("default".to_owned(), "age1x".to_owned());
    let old = json!({"keyId": "old", "displayName": "secret", "startDateTime": "2025-01-01T00:00:00Z",
        "endDateTime": "2028-01-01T00:00:00Z"});
    world.directory.secrets.insert("legacy".to_owned(), vec![old]);
    world.set_mode(PA_01, Mode::Advisory).unwrap();
    world.set_mode(APP_02, Mode::Manual).unwrap();
    world
}

/// The same with the rotation that was made for it.
fn rotated() -> (World, RemediationId) {
    let mut world = long_lived();
    world.scan();
    let first = world.waiting();
    world.approve(&first).unwrap();
    world.run();
    world.scan();
    assert_eq!((world.at(&first), world.get(&first).scan_verdict), (S::Verified, Some(Verdict::Fail)));
    (world, first)
}

/// The same a day later: the removal of the old secret waits.
fn completing() -> (World, RemediationId, RemediationId) {
    let (mut world, first) = rotated();
    world.pass(ROLLBACK_WINDOW);
    world.scan();
    let second = world.waiting();
    (world, first, second)
}

#[test]
fn d11_the_old_secret_stays_while_the_rotation_can_be_rolled_back() {
    let (mut world, first) = rotated();
    world.pass(ROLLBACK_WINDOW - TimeDelta::seconds(1));
    world.scan();
    assert_eq!(world.state.open().count(), 0);
    let reason = refusal(world.command(Command::Plan(ControlId::new(APP_02))));
    assert!(reason.contains(first.as_str()) && reason.contains("can be rolled back until"), "{reason}");
}

#[test]
fn d11_d2_the_removal_names_the_loss_and_waits_for_a_person() {
    let (world, first, second) = completing();
    let plan = &world.get(&second).plan;
    assert_eq!((plan.parent.as_ref(), plan.expected), (Some(&first), Verdict::Pass));
    assert_eq!((plan.reversibility(), plan.changes[0].view.inverse.as_ref()), (Reversibility::D, None));
    let gate = &world.get(&second).gates[0];
    assert_eq!((gate.gate, gate.outcome), (Gate::Reversibility, GateOutcome::RequiresApproval));
    let reasons = gate.reasons.join("; ");
    for said in
        ["cannot be undone", "can no longer sign in", "does not show whether the old secret is still used"]
    {
        assert!(reasons.contains(said), "{said}: {reasons}");
    }
}

#[test]
fn d11_whoever_approves_says_who_confirmed_that_it_is_unused() {
    let (mut world, _, second) = completing();
    let mut silent = world.approval(&second);
    if let Command::Approve { note, .. } = &mut silent {
        *note = text("  ");
    }
    match world.command(silent) {
        Err(CallError::Invalid { message }) => assert!(message.contains("who of the application's owners")),
        other => unreachable!("{other:?}"),
    }
    world.approve(&second).unwrap();
    world.run();
    assert_eq!(world.at(&second), S::Verified);
    let left = &world.directory.secrets["legacy"];
    assert_eq!((left.len(), left[0]["keyId"] != "old"), (1, true));
    world.scan();
    assert_eq!(world.get(&second).scan_verdict, Some(Verdict::Pass));
    assert!(refusal(world.roll_back(&second)).contains("cannot be undone"), "and no window opened");
    assert_eq!(world.get(&second).rollback_until, None);
    world.assert_replay();
}

#[test]
fn d11_a_successor_that_we_did_not_add_is_left_to_people() {
    let mut world = long_lived();
    let theirs = json!({"keyId": "theirs", "displayName": "TrueConfig rotation 0", "startDateTime": world.now,
        "endDateTime": world.now + TimeDelta::days(90)});
    world.directory.secrets.get_mut("legacy").unwrap().push(theirs);
    world.pass(ROLLBACK_WINDOW);
    world.scan();
    assert_eq!(world.state.open().count(), 0);
    let reason = refusal(world.command(Command::Plan(ControlId::new(APP_02))));
    assert!(reason.contains("not added by TrueConfig here"), "{reason}");
}

#[test]
fn d11_a_rotation_that_was_taken_back_is_planned_anew() {
    let (mut world, first) = rotated();
    world.roll_back(&first).unwrap();
    world.run();
    assert_eq!(world.at(&first), S::RolledBack);
    world.pass(ROLLBACK_WINDOW);
    world.scan();
    let again = world.waiting();
    assert_eq!((world.get(&again).plan.completes(), world.directory.secrets["legacy"].len()), (false, 1));
}

#[test]
fn d20_a_secret_that_somebody_removed_meanwhile_supersedes_the_removal() {
    let (mut world, _, second) = completing();
    world.approve(&second).unwrap();
    let written = world.directory.writes.len();
    world.directory.secrets.get_mut("legacy").unwrap().remove(0);
    world.run();
    assert_eq!((world.at(&second), world.directory.writes.len()), (S::Superseded, written));
}
