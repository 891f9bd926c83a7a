//! Writes: what may be written, when, and what stops it.

use crate::fixture::{Fault, World, kinds, refusal, text};
use crate::journal::event::Event;
use crate::lifecycle::{Command, ROLLBACK_WINDOW, WriteOutcome, work};
use serde_json::{Value, json};
use trueconfig_common::change::Method;
use trueconfig_common::interface::CallError;
use trueconfig_common::remediation::{CallRecord, Direction, RemediationState as S};

/// An approved plan of which the first of two writes was made.
fn half_way() -> (World, trueconfig_common::id::RemediationId) {
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::None).unwrap();
    assert_eq!(world.directory.writes.len(), 1);
    (world, id)
}

#[test]
fn r10_r12_exactly_the_planned_requests_are_sent_and_the_window_opens() {
    let (mut world, id) = World::approved();
    assert!(world.get(&id).rollback_until.is_none());
    world.run();
    let planned: Vec<_> =
        world.get(&id).plan.changes.iter().map(|change| change.view.request.clone()).collect();
    assert_eq!(world.directory.writes, planned);
    assert_eq!(world.get(&id).executed_at, Some(world.now));
    assert_eq!(world.get(&id).rollback_until, Some(world.now + ROLLBACK_WINDOW));
}

#[test]
fn r65_r69_r76_the_intent_holds_before_after_and_request() {
    let (world, id) = World::verified();
    let plan = &world.get(&id).plan;
    let records = world.records();
    let intents: Vec<&Value> =
        records.iter().filter(|one| one.kind == "write_intended").map(|one| &one.body).collect();
    assert_eq!(intents.len(), 2);
    for (step, body) in intents.into_iter().enumerate() {
        let view = &plan.changes[step].view;
        assert_eq!(body["before_snapshot"], view.before);
        assert_eq!(body["after_snapshot"], Value::Null);
        assert_eq!(body["request"]["path"], json!(view.request.path));
        assert!(!body["client_request_id"].as_str().unwrap().is_empty(), "D26");
    }
}

#[test]
fn r79_d26_calls_of_failed_tries_are_kept() {
    let (mut world, id) = World::approved();
    world.begin();
    let write = world.next_write();
    assert!(world.intend(&write).unwrap());
    let call = CallRecord {
        sent_at: world.now,
        call: "DELETE /v1.0/x".to_owned(),
        status: Some(403),
        client_request_id: "ours".to_owned(),
        request_id: Some("theirs".to_owned()),
        error: "Authorization_RequestDenied".to_owned(),
    };
    world
        .command(Command::Conclude {
            id: id.clone(),
            step: 0,
            direction: Direction::Forward,
            outcome: WriteOutcome::Refused("403 Authorization_RequestDenied".to_owned()),
            calls: vec![call.clone()],
        })
        .unwrap();
    assert_eq!(world.get(&id).steps[0].calls, [call]);
}

#[test]
fn r58_without_the_permission_nothing_changes_and_it_fails_cleanly() {
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::Refuse).unwrap();
    assert_eq!(world.at(&id), S::Failed);
    let note = world.get(&id).timeline.last().unwrap().note.as_str().to_owned();
    assert!(note.contains("403") && note.contains("nothing was changed"), "{note}");
    assert_eq!(world.directory.administrators().len(), 5);
    assert!(refusal(world.roll_back(&id)).contains("nothing to roll back"));
    assert_eq!(world.run(), 0);
}

#[test]
fn a_refusal_half_way_leaves_it_partial_with_rollback_offered() {
    let (mut world, id) = half_way();
    world.pass(chrono::TimeDelta::hours(30));
    world.step(Fault::Refuse).unwrap();
    assert_eq!(world.at(&id), S::Partial);
    assert_eq!(world.get(&id).rollback_until, Some(world.now + ROLLBACK_WINDOW), "from its end on");
    world.roll_back(&id).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::RolledBack);
    assert_eq!(world.directory.administrators().len(), 5);
}

#[test]
fn r52_d6_the_kill_switch_stops_between_steps_and_the_outcome_is_partial() {
    let (mut world, id) = half_way();
    let events = world.command(Command::Kill(text("stop"))).unwrap();
    assert_eq!(kinds(&events), ["kill_switch_pulled"], "what is under way is not pending");
    world.run();
    assert_eq!(world.at(&id), S::Partial);
    assert_eq!(world.directory.writes.len(), 1);
    assert!(world.get(&id).timeline.last().unwrap().note.as_str().contains("1 of 2"));
    assert_eq!(kinds(&[world.entries.last().unwrap().event.clone()]), ["alerted"]);
    world.roll_back(&id).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::RolledBack, "rollback stays possible while it is off");
}

#[test]
fn r52_d6_with_nothing_written_the_kill_switch_makes_it_fail() {
    let (mut world, id) = World::approved();
    world.begin();
    world.command(Command::Kill(text("stop"))).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::Failed);
    assert!(world.directory.writes.is_empty());
}

#[test]
fn d7_the_write_under_way_when_it_is_pulled_completes_and_is_recorded() {
    let (mut world, id) = World::approved();
    world.begin();
    let write = world.next_write();
    assert!(world.intend(&write).unwrap());
    world.command(Command::Kill(text("stop"))).unwrap();
    world.directory.write(&write.request);
    world.conclude(&write, WriteOutcome::Done { produced: None, sealed: None }).unwrap();
    assert_eq!(world.get(&id).applied().collect::<Vec<_>>(), [0]);
    world.run();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::Partial, 1));
}

#[test]
fn d7_the_last_write_under_way_when_it_is_pulled_ends_the_plan_executed() {
    let (mut world, id) = half_way();
    let write = world.next_write();
    assert!(world.intend(&write).unwrap());
    world.command(Command::Kill(text("stop"))).unwrap();
    world.directory.write(&write.request);
    world.conclude(&write, WriteOutcome::Done { produced: None, sealed: None }).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::Verified, "reading goes on");
}

#[test]
fn d20_a_target_that_moved_before_execution_supersedes_the_plan() {
    let (mut world, id) = World::approved();
    world.directory.narrow("ann");
    world.step(Fault::None).unwrap();
    assert_eq!(world.at(&id), S::Superseded);
    let difference = &world.get(&id).differences[0];
    assert_eq!((difference.step, &difference.before["directoryScopeId"]), (0, &json!("/")));
    assert_eq!(difference.found["directoryScopeId"], json!("/administrativeUnits/berlin"));
    assert!(world.directory.writes.is_empty());
}

#[test]
fn d20_a_target_that_moves_between_two_writes_stops_them() {
    let (mut world, id) = half_way();
    world.directory.narrow("ben");
    world.run();
    assert_eq!(world.at(&id), S::Partial);
    assert_eq!(world.directory.writes.len(), 1);
}

#[test]
fn what_was_not_read_does_not_count_as_absent() {
    let (mut world, id) = World::approved();
    let begin = |observed| Command::BeginExecution { id: id.clone(), observed };
    assert!(refusal(world.command(begin(Vec::new()))).contains("not every target"));
    world.run();
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::None).unwrap();
    world.step(Fault::None).unwrap();
    let verify = Command::Verify { id: id.clone(), observed: Vec::new() };
    assert!(refusal(world.command(verify)).contains("not every target"));
    assert_eq!(world.at(&id), S::Verifying);
}

#[test]
fn r72_an_approved_plan_is_cancelled_when_remediation_goes_off() {
    let (mut world, id) = World::approved();
    world.command(Command::SwitchRemediation(false, text("pause"))).unwrap();
    assert_eq!((world.at(&id), world.run()), (S::Cancelled, 0));
}

#[test]
fn one_remediation_at_a_time() {
    let (mut world, first) = World::planned();
    world.directory.users[5] = "abe".to_owned();
    world.directory.assign("abe");
    world.scan();
    let second = world.state.remediations.keys().next_back().unwrap().clone();
    world.approve(&first).unwrap();
    world.approve(&second).unwrap();
    world.begin();
    assert_eq!(world.at(&first), S::Executing, "the oldest first");
    let changes = &world.get(&second).plan.changes;
    let observed = changes.iter().map(|change| world.observe(&change.change)).collect();
    let begin = Command::BeginExecution { id: second.clone(), observed };
    assert!(refusal(world.command(begin)).contains("one remediation at a time"));
    world.run();
    assert_eq!((world.at(&first), world.at(&second)), (S::Verified, S::Verified));

    world.directory.assign("ann");
    world.scan();
    let third = world.waiting();
    world.approve(&third).unwrap();
    world.begin();
    assert!(refusal(world.roll_back(&second)).contains("is under way"));
}

#[test]
fn t8_commands_of_the_executor_out_of_turn_are_refused() {
    let (mut world, id) = World::approved();
    let intend = |step, direction| Command::Intend {
        id: id.clone(),
        step,
        direction,
        observed: Value::Null,
        client_request_id: "x".to_owned(),
    };
    let conclude = |direction| Command::Conclude {
        id: id.clone(),
        step: 0,
        direction,
        outcome: WriteOutcome::Done { produced: None, sealed: None },
        calls: Vec::new(),
    };
    let resolve = Command::Resolve {
        id: id.clone(),
        step: 0,
        direction: Direction::Forward,
        observed: Value::Null,
        produced: None,
    };
    let verify = Command::Verify { id: id.clone(), observed: vec![Value::Null; 2] };
    let out_of_turn = |world: &mut World, commands: Vec<Command>| {
        for command in commands {
            let words = format!("{command:?}");
            assert!(matches!(world.command(command), Err(CallError::Refused { .. })), "{words}");
        }
    };
    let forward = Direction::Forward;
    out_of_turn(&mut world, vec![intend(0, forward), conclude(forward), resolve.clone(), verify.clone()]);
    world.begin();
    let wrong = vec![intend(1, forward), intend(0, Direction::Undo), intend(7, forward), conclude(forward)];
    out_of_turn(&mut world, wrong);
    out_of_turn(&mut world, vec![resolve, verify]);
    world.run();
    let give_up = Command::GiveUp { id: id.clone(), reason: "no".to_owned() };
    out_of_turn(&mut world, vec![intend(0, Direction::Undo), conclude(Direction::Undo), give_up]);
    assert_eq!(world.at(&id), S::Verified);
}

#[test]
fn a_plan_whose_targets_cannot_be_read_asks_again_instead_of_waiting_for_ever() {
    let (mut world, id) = World::approved();
    let events = world.command(Command::GiveUp { id: id.clone(), reason: "503".to_owned() }).unwrap();
    assert_eq!(kinds(&events), ["approval_withdrawn", "alerted"]);
    assert_eq!((world.at(&id), work::next(&world.state)), (S::PendingApproval, None));
}

#[test]
fn r63_undo_requests_are_the_inverses_in_reverse_order() {
    let (mut world, id) = World::verified();
    world.directory.writes.clear();
    world.roll_back(&id).unwrap();
    world.run();
    let sent: Vec<_> = world
        .directory
        .writes
        .iter()
        .map(|request| (request.method, request.body["principalId"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(sent, [(Method::Post, "ben".to_owned()), (Method::Post, "ann".to_owned())]);
    let undo = |event: &Event| matches!(event, Event::WriteIntended { direction: Direction::Undo, .. });
    assert_eq!(world.entries.iter().filter(|entry| undo(&entry.event)).count(), 2, "R68");
}
