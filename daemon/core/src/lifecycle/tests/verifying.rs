//! D8, D9, R70, R71: what follows when a fix does not read back.

use crate::fixture::{Fault, LOW_1, PA_01, World, kinds, text};
use crate::lifecycle::Command;
use trueconfig_common::gate::Gate;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationState as S;

/// A plan for LOW-1 whose writes are made and whose first target somebody put back.
fn disturbed(auto_rollback: bool, high_impact: bool) -> (World, RemediationId) {
    let mut world = World::enabled();
    world.set_mode(PA_01, Mode::Advisory).unwrap();
    world.set_mode(LOW_1, Mode::Auto).unwrap();
    world.command(Command::SetAutoRollback(auto_rollback, text("tested"))).unwrap();
    world.judge();
    let mut plan = world.plan(LOW_1, &["ann", "ben"]);
    plan.high_impact = high_impact;
    let id = world.announce(plan);
    for _ in 0..3 {
        world.step(Fault::None).unwrap();
    }
    assert_eq!(world.at(&id), S::Verifying);
    (world, id)
}

#[test]
fn d9_a_failed_verification_alerts_and_holds_the_control_in_manual() {
    let (mut world, id) = disturbed(false, false);
    world.directory.assign("ann");
    world.step(Fault::None).unwrap();
    assert_eq!(world.at(&id), S::VerificationFailed);
    let last: Vec<_> = world.entries.iter().rev().take(3).map(|entry| entry.event.clone()).collect();
    assert_eq!(kinds(&last), ["hold_placed", "alerted", "verification_failed"]);
    assert_eq!(world.state.settings.mode(&ControlId::new(LOW_1)), Mode::Manual);
    assert_eq!(world.get(&id).differences.len(), 1);
    assert!(world.get(&id).needs_person());

    let next = world.announce(world.plan(LOW_1, &["cat"]));
    assert_eq!(world.at(&next), S::PendingApproval, "no loops: nothing runs by itself any more");
    let release = Command::ReleaseHold(ControlId::new(LOW_1), text("understood"));
    world.command(release.clone()).unwrap();
    assert_eq!(world.state.settings.mode(&ControlId::new(LOW_1)), Mode::Auto);
    assert!(world.command(release).is_err());
}

#[test]
fn r70_where_the_tenant_allows_it_a_failed_verification_rolls_back() {
    let (mut world, id) = disturbed(true, false);
    world.directory.assign("ann");
    world.step(Fault::None).unwrap();
    assert_eq!(world.at(&id), S::RollingBack);
    world.pass(world.tenant.settled());
    world.run();
    assert_eq!(world.at(&id), S::RolledBack);
    assert_eq!(world.directory.administrators().len(), 5);
    assert!(
        kinds(&world.entries.iter().map(|one| one.event.clone()).collect::<Vec<_>>())
            .contains(&"alerted".to_owned())
    );
}

#[test]
fn r71_a_high_impact_plan_is_left_to_a_person() {
    let (mut world, id) = disturbed(true, true);
    world.directory.assign("ann");
    world.step(Fault::None).unwrap();
    assert_eq!((world.at(&id), world.run()), (S::VerificationFailed, 0));
}

#[test]
fn d20_what_somebody_else_changed_is_not_rolled_back_automatically() {
    let (mut world, id) = disturbed(true, false);
    world.directory.assign("ann");
    world.directory.narrow("ann");
    world.step(Fault::None).unwrap();
    assert_eq!((world.at(&id), world.run()), (S::VerificationFailed, 0));
}

#[test]
fn d8_what_cannot_be_read_in_time_is_a_failed_verification_and_can_still_be_rolled_back() {
    let (mut world, id) = disturbed(true, false);
    world.command(Command::GiveUp { id: id.clone(), reason: "503".to_owned() }).unwrap();
    assert_eq!((world.at(&id), world.run()), (S::VerificationFailed, 0));
    world.roll_back(&id).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::RolledBack);
}

#[test]
fn d9_after_a_rollback_the_control_asks_and_names_the_hold() {
    let (mut world, id) = World::verified();
    world.roll_back(&id).unwrap();
    world.run();
    world.scan();
    let again = world.waiting();
    let Command::Approve { acknowledge, .. } = world.approval(&again) else { unreachable!() };
    assert_eq!(acknowledge, [Gate::Reversibility, Gate::Enablement]);
}
