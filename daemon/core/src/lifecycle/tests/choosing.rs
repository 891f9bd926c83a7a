//! D13: an approver changes which accounts are chosen.

use crate::fixture::{PA_01, World, objects, refusal};
use crate::lifecycle::Command;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::CallError;
use trueconfig_common::remediation::RemediationState as S;
use trueconfig_common::verdict::Verdict;

fn choose(world: &mut World, id: &RemediationId, users: &[&str]) -> Result<RemediationId, CallError> {
    world.command(Command::Choose(id.clone(), objects(users)))?;
    Ok(world.state.remediations.keys().next_back().unwrap().clone())
}

#[test]
fn d13_other_accounts_make_a_new_plan_with_a_new_digest() {
    let (mut world, old) = World::planned();
    let new = choose(&mut world, &old, &["cat", "ben"]).unwrap();
    assert_eq!(world.at(&old), S::Superseded);
    assert_eq!(world.waiting(), new);
    assert_eq!(world.targets(&new), ["ben", "cat"]);
    assert_ne!(world.get(&old).digest, world.get(&new).digest);
    assert!(refusal(world.approve(&old)).contains("is superseded"));
    world.approve(&new).unwrap();
    world.run();
    assert_eq!(world.directory.administrators(), ["ann", "key-1", "key-2"]);
}

#[test]
fn d13_fewer_accounts_do_not_promise_a_pass() {
    let (mut world, old) = World::planned();
    let new = choose(&mut world, &old, &["cat"]).unwrap();
    assert_eq!(world.get(&new).plan.expected, Verdict::Fail);
}

#[test]
fn d13_break_glass_accounts_our_own_principal_and_strangers_are_refused() {
    let (mut world, id) = World::planned();
    world.tenant.own_principals.push("ann".to_owned());
    assert!(refusal(choose(&mut world, &id, &["key-1"])).contains("break-glass"));
    assert!(refusal(choose(&mut world, &id, &["cat", "key-2"])).contains("break-glass"));
    assert!(refusal(choose(&mut world, &id, &["ann"])).contains("own principal"));
    assert!(refusal(choose(&mut world, &id, &["sam"])).contains("not among"));
    assert_eq!(world.waiting(), id);
    world.scan();
    assert_eq!(world.targets(&world.waiting()), ["ben", "cat"], "the planner does not take them either");
}

#[test]
fn d13_fewer_than_two_are_never_left() {
    let mut world = World::enabled();
    world.tenant.break_glass = vec!["key-1".to_owned()];
    world.directory.remove("key-2");
    world.directory.users.push("key-3".to_owned());
    world.directory.assign("key-3");
    world.scan();
    let id = world.waiting();
    assert!(refusal(choose(&mut world, &id, &["ann", "ben", "cat", "key-3"])).contains("only 1"));
    choose(&mut world, &id, &["ann", "ben", "cat"]).unwrap();
}

#[test]
fn d16_after_a_choice_the_planner_does_not_plan_its_own_beside_it() {
    let (mut world, old) = World::planned();
    let new = choose(&mut world, &old, &["cat", "ben"]).unwrap();
    world.scan();
    assert_eq!(world.waiting(), new);
    assert_eq!(world.state.remediations.len(), 2);
}

#[test]
fn d13_d16_what_another_open_remediation_has_cannot_be_chosen_and_counts_as_gone() {
    let mut world = World::enabled();
    world.tenant.break_glass.clear();
    world.scan();
    let first = world.waiting();
    world.directory.users[5] = "abe".to_owned();
    world.directory.assign("abe");
    world.scan();
    let second = world.state.remediations.keys().next_back().unwrap().clone();
    assert_eq!(world.targets(&first), ["ann", "ben"]);
    assert_eq!(world.targets(&second), ["abe"]);
    assert!(refusal(choose(&mut world, &second, &["ann"])).contains("another open remediation"));
    let all = ["abe", "cat", "key-1"];
    assert!(refusal(choose(&mut world, &second, &all)).contains("only 1 Global Administrators"));
    choose(&mut world, &second, &["abe", "cat"]).unwrap();
}

#[test]
fn targets_are_chosen_only_while_the_plan_waits() {
    let (mut world, id) = World::approved();
    assert!(refusal(choose(&mut world, &id, &["cat"])).contains("is approved"));
    let nobody = world.command(Command::Choose(RemediationId::new("R-9"), objects(&["cat"])));
    assert!(matches!(nobody, Err(CallError::NotFound { .. })));
}

#[test]
fn t7_a_digest_depends_on_targets_and_not_on_names() {
    let (world, id) = World::planned();
    let mut plan = world.get(&id).plan.clone();
    let digest = plan.digest().unwrap();
    plan.changes[0].view.targets[0].name = crate::fixture::text("[erased]");
    assert_eq!(plan.digest().unwrap(), digest);
    plan.changes.swap(0, 1);
    assert_ne!(plan.digest().unwrap(), digest);
    assert_eq!(plan.control, ControlId::new(PA_01));
}
