//! What the executor goes on with after a crash or a lost answer: [`work::next`] for every state.

use crate::change::{Change, SecretAddition};
use crate::fixture::{Fault, LOW_1, World, kinds, refusal, text};
use crate::journal::event::Event;
use crate::lifecycle::work::{self, Work};
use crate::lifecycle::{Command, TRIES_LIMIT, WriteOutcome};
use crate::plan::PlannedChange;
use chrono::TimeDelta;
use trueconfig_common::id::RemediationId;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{Act, RemediationState as S};

/// What is next, in short.
fn next(world: &World) -> String {
    match work::next(&world.state) {
        None => "nothing".to_owned(),
        Some(Work::Begin(_)) => "begin".to_owned(),
        Some(Work::Verify(_)) => "verify".to_owned(),
        Some(Work::Write(write)) => format!("write {} {:?}", write.step, write.direction),
        Some(Work::Probe(write)) => format!("probe {} {:?}", write.step, write.direction),
    }
}

#[test]
fn the_whole_life_in_order() {
    let (mut world, id) = World::planned();
    assert_eq!(next(&world), "nothing");
    world.approve(&id).unwrap();
    let mut seen = Vec::new();
    let life = |world: &mut World, seen: &mut Vec<String>| {
        while work::next(&world.state).is_some() {
            seen.push(next(world));
            world.step(Fault::None).unwrap();
        }
    };
    life(&mut world, &mut seen);
    world.roll_back(&id).unwrap();
    life(&mut world, &mut seen);
    let expected = ["begin", "write 0 Forward", "write 1 Forward", "verify", "write 1 Undo", "write 0 Undo"];
    assert_eq!(seen, expected);
    assert_eq!(next(&world), "nothing");
}

#[test]
fn after_a_crash_an_intent_is_probed_and_never_written_blindly() {
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::DieAfter).unwrap();
    assert_eq!(next(&world), "probe 0 Forward");
    world.step(Fault::None).unwrap();
    assert_eq!(next(&world), "write 1 Forward", "it took effect");
    world.step(Fault::DieBefore).unwrap();
    assert_eq!(next(&world), "probe 1 Forward");
    world.probe_settled();
    assert_eq!(next(&world), "write 1 Forward", "it did not happen");
    world.run();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::Verified, 2), "each write once");
    assert_eq!(world.get(&id).steps[1].tries, 2);
}

#[test]
fn a_lost_answer_is_probed_and_a_lost_request_is_written_again_with_a_new_intent() {
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::LoseAnswer).unwrap();
    assert!(matches!(world.get(&id).steps[0].forward, Act::Unknown { .. }));
    assert_eq!(next(&world), "probe 0 Forward");
    world.step(Fault::None).unwrap();
    world.step(Fault::LoseRequest).unwrap();
    world.run();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::Verified, 2));
    let ids: std::collections::BTreeSet<String> = world
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::WriteIntended { client_request_id, .. } => Some(client_request_id.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(ids.len(), 3, "every intent has an id of its own");
}

#[test]
fn a_write_that_never_gets_through_ends_with_a_person_and_an_alert() {
    let (mut world, id) = World::approved();
    world.begin();
    for _ in 0..TRIES_LIMIT {
        world.step(Fault::LoseRequest).unwrap();
        world.probe_settled();
    }
    assert_eq!(next(&world), "write 0 Forward");
    world.step(Fault::LoseRequest).unwrap();
    assert_eq!((world.at(&id), next(&world)), (S::NeedsOperator, "nothing".to_owned()));
    assert_eq!(world.get(&id).steps[0].tries, TRIES_LIMIT);
    assert!(world.get(&id).needs_person());
    assert_eq!(kinds(&[world.entries.last().unwrap().event.clone()]), ["alerted"]);
}

#[test]
fn an_undo_that_never_gets_through_ends_as_well() {
    let (mut world, id) = World::verified();
    world.roll_back(&id).unwrap();
    for _ in 0..TRIES_LIMIT {
        world.step(Fault::LoseRequest).unwrap();
        world.probe_settled();
    }
    world.step(Fault::LoseRequest).unwrap();
    assert_eq!((world.at(&id), next(&world)), (S::RollbackFailed, "nothing".to_owned()));
    assert_eq!(world.get(&id).steps[1].undo_tries, TRIES_LIMIT);
}

#[test]
fn d8_a_write_that_shows_late_is_ours_and_not_made_twice() {
    let (mut world, id) = World::approved();
    world.begin();
    let write = world.next_write();
    assert!(world.intend(&write).unwrap());
    world.conclude(&write, WriteOutcome::Unknown("timeout".to_owned())).unwrap();
    assert!(refusal(world.step(Fault::None)).contains("may not show yet"), "a stale read proves nothing");
    assert_eq!(next(&world), "probe 0 Forward");
    world.directory.remove("ann");
    world.run();
    assert_eq!(world.at(&id), S::Verified);
    assert_eq!(world.directory.writes.len(), 1, "only the second step was written");
    world.roll_back(&id).unwrap();
    world.run();
    assert_eq!(world.directory.administrators().len(), 5);
}

/// D8: one microsecond earlier it might still be lag. Found by the simulation: a policy was made twice, and a refusal
/// because it was there already was taken for "nothing was changed".
#[test]
fn d8_what_does_not_show_did_not_happen_only_once_it_would() {
    let (mut world, _) = World::approved();
    world.begin();
    world.step(Fault::LoseRequest).unwrap();
    world.pass(world.tenant.settled() - TimeDelta::microseconds(1));
    assert!(refusal(world.step(Fault::None)).contains("may not show yet"));
    world.pass(TimeDelta::microseconds(1));
    world.step(Fault::None).unwrap();
    assert_eq!(next(&world), "write 0 Forward");
}

#[test]
fn a_target_that_is_neither_as_before_nor_as_planned_needs_a_person() {
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::LoseRequest).unwrap();
    world.directory.narrow("ann");
    world.probe_settled();
    assert_eq!(world.at(&id), S::NeedsOperator);
    assert_eq!(kinds(&[world.entries.last().unwrap().event.clone()]), ["alerted"]);
}

#[test]
fn what_cannot_be_read_needs_a_person() {
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::LoseRequest).unwrap();
    world.command(Command::GiveUp { id: id.clone(), reason: "503".to_owned() }).unwrap();
    assert_eq!(world.at(&id), S::NeedsOperator);

    let (mut world, id) = World::verified();
    world.roll_back(&id).unwrap();
    world.command(Command::GiveUp { id: id.clone(), reason: "503".to_owned() }).unwrap();
    assert_eq!(world.at(&id), S::RollbackFailed);
}

#[test]
fn an_intent_left_from_before_the_kill_switch_is_probed_and_then_stops() {
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::DieBefore).unwrap();
    world.command(Command::Kill(text("stop"))).unwrap();
    assert_eq!(next(&world), "probe 0 Forward");
    world.run();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::Failed, 0));
}

/// A plan that adds a secret to an application, being executed.
fn rotating() -> (World, RemediationId) {
    let mut world = World::enabled();
    world.set_mode(LOW_1, Mode::Manual).unwrap();
    world.judge();
    let mut plan = world.plan(LOW_1, &["ann"]);
    plan.changes = vec![PlannedChange::from(Change::AddSecret(SecretAddition {
        application: "legacy".to_owned(),
        name: text("Legacy API"),
        marker: "TrueConfig rotation 1".to_owned(),
        end: "2027-05-24T00:00:00Z".parse().unwrap(),
        current_end: None,
        recipient: "age1x".to_owned(),
    }))];
    let id = world.announce(plan);
    world.approve(&id).unwrap();
    world.begin();
    (world, id)
}

#[test]
fn d11_a_secret_whose_answer_was_lost_is_removed_and_added_anew_and_both_are_journaled() {
    let (mut world, id) = rotating();
    world.step(Fault::LoseAnswer).unwrap();
    world.step(Fault::None).unwrap();
    assert_eq!((next(&world).as_str(), world.get(&id).orphans.as_slice()), ("write 0 Undo", &[0][..]));
    world.step(Fault::LoseAnswer).unwrap();
    assert_eq!(next(&world), "probe 0 Undo");
    world.step(Fault::None).unwrap();
    assert_eq!(next(&world), "write 0 Forward");
    assert!(world.get(&id).orphans.is_empty() && world.directory.secrets["legacy"].is_empty());
    world.run();
    assert_eq!((world.at(&id), world.get(&id).steps[0].tries), (S::Verified, 2));
    let paths: Vec<_> =
        world.directory.writes.iter().map(|one| one.path.rsplit('/').next().unwrap()).collect();
    assert_eq!(paths, ["addPassword", "removePassword", "addPassword"]);
    assert_eq!(world.records().iter().filter(|one| one.kind == "write_intended").count(), 3);

    world.roll_back(&id).unwrap();
    world.run();
    assert_eq!((world.at(&id), world.directory.secrets["legacy"].len()), (S::RolledBack, 0));
}

#[test]
fn d11_a_secret_that_shows_late_is_an_orphan_as_well() {
    let (mut world, id) = rotating();
    world.step(Fault::DieAfter).unwrap();
    let late = world.directory.secrets.clone();
    world.directory.secrets.clear();
    assert!(refusal(world.step(Fault::None)).contains("may not show yet"), "a stale read proves nothing");
    world.directory.secrets = late;
    world.step(Fault::None).unwrap();
    assert_eq!(next(&world), "write 0 Undo");
    world.run();
    assert_eq!((world.at(&id), world.directory.secrets["legacy"].len()), (S::Verified, 1));
}

#[test]
fn d6_an_orphan_is_left_to_the_rollback_when_the_kill_switch_is_pulled() {
    let (mut world, id) = rotating();
    world.step(Fault::LoseAnswer).unwrap();
    world.step(Fault::None).unwrap();
    world.command(Command::Kill(text("stop"))).unwrap();
    world.run();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::Partial, 1));
    world.roll_back(&id).unwrap();
    world.run();
    assert_eq!((world.at(&id), world.directory.secrets["legacy"].len()), (S::RolledBack, 0));
}

#[test]
fn an_orphan_that_cannot_be_removed_leaves_it_partial_and_is_tried_by_the_rollback() {
    let (mut world, id) = rotating();
    world.step(Fault::LoseAnswer).unwrap();
    world.step(Fault::None).unwrap();
    world.step(Fault::Refuse).unwrap();
    assert_eq!((world.at(&id), next(&world)), (S::Partial, "nothing".to_owned()));
    world.roll_back(&id).unwrap();
    assert_eq!(next(&world), "write 0 Undo");
    world.run();
    assert_eq!((world.at(&id), world.directory.secrets["legacy"].len()), (S::RolledBack, 0));
}

#[test]
fn an_orphan_that_never_goes_needs_a_person() {
    let (mut world, id) = rotating();
    world.step(Fault::LoseAnswer).unwrap();
    world.step(Fault::None).unwrap();
    for _ in 0..TRIES_LIMIT {
        world.step(Fault::LoseRequest).unwrap();
        world.probe_settled();
    }
    world.step(Fault::None).unwrap();
    assert_eq!((world.at(&id), next(&world)), (S::NeedsOperator, "nothing".to_owned()));
}

#[test]
fn a_daemon_that_died_during_a_scan_says_so_at_its_start() {
    let mut world = World::new();
    world.command(Command::BeginScan { trigger: "schedule".to_owned() }).unwrap();
    let start = Command::Start { version: "1".to_owned(), shipped: "s".to_owned(), repairs: Vec::new() };
    assert_eq!(kinds(&world.command(start).unwrap()), ["daemon_started", "scan_failed"]);
    world.scan();
}
