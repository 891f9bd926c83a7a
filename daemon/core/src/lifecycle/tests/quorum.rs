//! How many people must agree, and who counts.

use crate::baseline::ApprovalRules;
use crate::fixture::{LOW_1, World, objects, person, refusal, text};
use crate::lifecycle::Command;
use trueconfig_common::id::RemediationId;
use trueconfig_common::remediation::{Actor, RemediationState as S};
use trueconfig_common::role::Role;

/// PA-01 waits, blast radius 5; the defaults are in force.
fn two_needed() -> (World, RemediationId) {
    let (mut world, id) = World::planned();
    world.tenant.approval = ApprovalRules::default();
    (world, id)
}

/// Approves as somebody of these groups.
fn approve(world: &mut World, id: &RemediationId, actor: Actor, groups: &[&str]) -> Result<(), String> {
    world.actor = actor;
    let mut command = world.approval(id);
    if let Command::Approve { approver, .. } = &mut command {
        approver.groups = groups.iter().map(|group| (*group).to_owned()).collect();
    }
    world.command(command).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn nothing_is_written_before_the_second_person_agreed() {
    let (mut world, id) = two_needed();
    approve(&mut world, &id, person(1001), &[]).unwrap();
    assert_eq!((world.at(&id), world.run()), (S::PendingApproval, 0));
    assert!(world.directory.writes.is_empty());
    approve(&mut world, &id, person(1002), &[]).unwrap();
    assert_eq!(world.get(&id).approvals.len(), 2);
    world.run();
    assert_eq!(world.at(&id), S::Verified);
    world.assert_replay();
}

#[test]
fn no_one_counts_twice_not_even_through_sudo() {
    let (mut world, id) = two_needed();
    approve(&mut world, &id, person(1001), &[]).unwrap();
    let again = approve(&mut world, &id, person(1001), &[]).unwrap_err();
    assert!(again.contains("you have approved") && again.contains("one more person"), "{again}");
    let hidden = Actor::Person { uid: 0, name: text("root"), role: Role::Owner, login_uid: Some(1001) };
    assert!(approve(&mut world, &id, hidden, &[]).unwrap_err().contains("you have approved"));
    assert_eq!(world.at(&id), S::PendingApproval);
}

#[test]
fn whoever_asked_for_the_plan_or_chose_its_targets_does_not_count() {
    let (mut world, id) = two_needed();
    world.actor = person(1001);
    world.command(Command::Choose(id, objects(&["ann", "cat"]))).unwrap();
    let id = world.waiting();
    let own = approve(&mut world, &id, person(1001), &[]).unwrap_err();
    assert!(own.contains("you asked for") && own.contains("somebody else"), "{own}");
    world.tenant.approval.solo = true;
    approve(&mut world, &id, person(1001), &[]).unwrap();
    assert_eq!(world.at(&id), S::Approved, "one person is enough in solo mode");
}

#[test]
fn one_of_each_group_must_be_among_them() {
    let (mut world, id) = two_needed();
    world.tenant.approval.one_of_each = ["security", "platform"].map(str::to_owned).to_vec();
    approve(&mut world, &id, person(1001), &["security"]).unwrap();
    approve(&mut world, &id, person(1002), &["security", "other"]).unwrap();
    assert_eq!(world.at(&id), S::PendingApproval, "two agreed, but nobody of platform");
    approve(&mut world, &id, person(1003), &["platform"]).unwrap();
    assert_eq!(world.at(&id), S::Approved);
}

#[test]
fn taking_back_takes_back_every_approval_so_far() {
    let (mut world, id) = two_needed();
    assert!(refusal(world.command(Command::Withdraw(id.clone(), text("wait")))).contains("only an approval"));
    approve(&mut world, &id, person(1001), &[]).unwrap();
    world.command(Command::Withdraw(id.clone(), text("wait"))).unwrap();
    assert_eq!(world.at(&id), S::PendingApproval);
    approve(&mut world, &id, person(1002), &[]).unwrap();
    assert_eq!((world.at(&id), world.get(&id).approvals.len()), (S::PendingApproval, 1));
    world.assert_replay();
}

/// Proofs are made anew: what was approved by one does not run where two must agree by now.
#[test]
fn rules_made_stricter_hold_for_what_is_approved_already() {
    let (mut world, id) = World::approved();
    world.tenant.approval = ApprovalRules::default();
    world.run();
    assert_eq!(world.at(&id), S::PendingApproval);
    assert!(world.directory.writes.is_empty());
    let note = world.get(&id).timeline.last().unwrap().note.clone();
    assert!(note.as_str().contains("not enough people agreed: one more person"), "{note:?}");
}

#[test]
fn the_auto_decision_needs_nobody() {
    let mut world = World::automatic();
    world.tenant.approval = ApprovalRules { people: Some([2; 5]), ..ApprovalRules::default() };
    let id = world.announce(world.plan(LOW_1, &["ann"]));
    world.run();
    assert_eq!(world.at(&id), S::Verified);
}
