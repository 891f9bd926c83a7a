//! R63-R71: taking back what was done.

use crate::fixture::{Fault, PA_01, World, refusal, text};
use crate::lifecycle::{Command, ROLLBACK_WINDOW};
use chrono::TimeDelta;
use serde_json::Value;
use trueconfig_common::id::ControlId;
use trueconfig_common::remediation::RemediationState as S;

#[test]
fn r63_r66_r68_one_act_restores_what_was_there() {
    let (mut world, before) = World::planned();
    let administrators = world.directory.assignments.clone();
    world.approve(&before).unwrap();
    world.run();
    assert_ne!(world.directory.assignments.len(), administrators.len());
    world.roll_back(&before).unwrap();
    world.run();
    assert_eq!(world.at(&before), S::RolledBack);
    let fields = |assignment: &Value| {
        ["id", "principalId", "roleDefinitionId", "directoryScopeId"].map(|key| assignment[key].clone())
    };
    let now: Vec<_> = world.directory.assignments.values().map(fields).collect();
    assert_eq!(now, administrators.values().map(fields).collect::<Vec<_>>());
    assert!(world.state.settings.holds.contains_key(&ControlId::new(PA_01)), "D9");
    assert!(refusal(world.roll_back(&before)).contains("is rolled_back"));
}

#[test]
fn r64_d15_the_window_is_open_for_less_than_24_hours() {
    let (mut world, id) = World::verified();
    world.pass(ROLLBACK_WINDOW);
    let refused = refusal(world.roll_back(&id));
    assert!(refused.contains("24 hours") && refused.contains("audit record"), "{refused}");
    world.pass(-TimeDelta::microseconds(1));
    world.roll_back(&id).unwrap();
}

#[test]
fn d20_what_somebody_changed_since_is_not_overwritten() {
    let (mut world, id) = World::verified();
    world.directory.assign("ann");
    world.directory.narrow("ann");
    let writes = world.directory.writes.len();
    world.roll_back(&id).unwrap();
    assert_eq!((world.at(&id), world.run()), (S::Verified, 0));
    let difference = &world.get(&id).differences[0];
    assert_eq!(difference.before["directoryScopeId"], "/");
    assert_eq!(difference.expected, Value::Null);
    assert_eq!(difference.found["directoryScopeId"], "/administrativeUnits/berlin");
    assert_eq!(world.directory.writes.len(), writes);
}

#[test]
fn d20_what_changes_after_the_rollback_began_stops_it() {
    let (mut world, id) = World::verified();
    world.roll_back(&id).unwrap();
    world.directory.assign("ben");
    world.directory.narrow("ben");
    world.run();
    assert_eq!(world.at(&id), S::RollbackFailed);
    assert!(world.get(&id).needs_person());
    assert_eq!(world.directory.writes.len(), 2, "nothing was undone");
}

#[test]
fn what_somebody_put_back_already_needs_no_write() {
    let (mut world, id) = World::verified();
    world.pass(world.tenant.settled());
    world.directory.assign("ann");
    world.roll_back(&id).unwrap();
    world.directory.writes.clear();
    world.run();
    assert_eq!(world.at(&id), S::RolledBack);
    assert_eq!(world.directory.writes.len(), 1, "only Ben's");

    let (mut world, id) = World::verified();
    world.pass(world.tenant.settled());
    world.roll_back(&id).unwrap();
    ["ann", "ben"].into_iter().for_each(|user| world.directory.assign(user));
    world.directory.writes.clear();
    world.run();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::RolledBack, 0));
}

/// D8: the tenant may still show what was there before our own write. Found by the simulation: a rollback that took
/// it for somebody's undoing left the change in place and said that it was gone.
#[test]
fn d8_what_looks_undone_right_after_the_write_is_read_again() {
    let (mut world, id) = World::verified();
    world.roll_back(&id).unwrap();
    let now = world.directory.assignments.clone();
    ["ann", "ben"].into_iter().for_each(|user| world.directory.assign(user));
    assert!(refusal(world.step(Fault::None)).contains("may not show yet"));
    assert_eq!(world.at(&id), S::RollingBack);
    world.directory.assignments = now;
    world.run();
    assert_eq!(world.at(&id), S::RolledBack);
    assert_eq!(world.directory.administrators().len(), 5);
}

#[test]
fn a_target_that_was_not_read_is_not_rolled_back() {
    let (mut world, id) = World::verified();
    let mut observed = world.observed(&id);
    observed.pop();
    let command = Command::Rollback { id, note: text(""), observed };
    assert!(refusal(world.command(command)).contains("was not read"));
}

#[test]
fn d6_the_kill_switch_stops_a_rollback_that_began_before_it() {
    let (mut world, id) = World::verified();
    world.roll_back(&id).unwrap();
    world.step(Fault::None).unwrap();
    world.command(Command::Kill(text("stop"))).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::Partial);
    assert_eq!(world.directory.administrators(), ["ben", "cat", "key-1", "key-2"]);

    world.roll_back(&id).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::RolledBack, "one that begins after it goes on");
    assert_eq!(world.directory.administrators().len(), 5);
}

#[test]
fn d6_a_rollback_stays_possible_while_remediation_is_off() {
    let (mut world, id) = World::verified();
    world.command(Command::SwitchRemediation(false, text("pause"))).unwrap();
    world.roll_back(&id).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::RolledBack);
}

#[test]
fn t8_a_partial_plan_undoes_exactly_what_was_applied_in_reverse_order() {
    let mut world = World::enabled();
    world.judge();
    let id = world.announce(world.plan(PA_01, &["ann", "ben", "cat"]));
    world.approve(&id).unwrap();
    world.begin();
    world.step(Fault::None).unwrap();
    world.step(Fault::None).unwrap();
    world.command(Command::Kill(text("stop"))).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::Partial);
    world.directory.writes.clear();
    world.roll_back(&id).unwrap();
    world.run();
    let undone: Vec<_> = world.directory.writes.iter().map(|one| one.body["principalId"].clone()).collect();
    assert_eq!(undone, ["ben", "ann"]);
    assert_eq!(world.at(&id), S::RolledBack);
}

#[test]
fn a_refused_undo_needs_a_person() {
    let (mut world, id) = World::verified();
    world.roll_back(&id).unwrap();
    world.step(Fault::Refuse).unwrap();
    assert_eq!((world.at(&id), world.run()), (S::RollbackFailed, 0));
    world.command(Command::Close(id.clone(), text("assigned by hand"))).unwrap();
    assert!(refusal(world.roll_back(&id)).contains("nothing to roll back"));
}

#[test]
fn t8_what_was_closed_and_is_rolled_back_must_be_closed_again_if_that_fails() {
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::None).unwrap();
    world.step(Fault::Refuse).unwrap();
    world.command(Command::Close(id.clone(), text("fine as it is"))).unwrap();
    world.roll_back(&id).unwrap();
    world.step(Fault::Refuse).unwrap();
    assert_eq!(world.at(&id), S::RollbackFailed);
    assert!(world.get(&id).needs_person());
}
