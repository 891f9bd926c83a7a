//! Approvals for a time: the plan waits for it, and runs at no other.

use crate::baseline::ApprovalRules;
use crate::fixture::{Fault, World, person, refusal, text};
use crate::journal::event::Event;
use crate::lifecycle::{APPROVAL_WINDOW, Approver, Command, work};
use chrono::TimeDelta;
use trueconfig_common::id::RemediationId;
use trueconfig_common::remediation::{Direction, RemediationState as S};
use trueconfig_common::window::{Tz, Window};

/// So many hours from now, for so many.
fn window(world: &World, begins: i64, lasts: i64) -> Window {
    let from = world.now + TimeDelta::hours(begins);
    Window { from, until: from + TimeDelta::hours(lasts), zone: "Europe/Berlin".to_owned() }
}

fn within(world: &World, id: &RemediationId, wanted: Window) -> Command {
    let mut approval = world.approval(id);
    if let Command::Approve { window, .. } = &mut approval {
        *window = Some(wanted);
    }
    approval
}

/// A plan approved for the third and fourth hour from now.
fn approved_for_later() -> (World, RemediationId) {
    let (mut world, id) = World::planned();
    let approval = within(&world, &id, window(&world, 2, 2));
    world.command(approval).unwrap();
    (world, id)
}

fn tick(world: &mut World) -> Vec<Event> {
    world.command(Command::Tick).unwrap()
}

#[test]
fn a_plan_approved_for_a_window_waits_for_it_and_then_runs() {
    let (mut world, id) = approved_for_later();
    let digest = world.get(&id).digest.clone();
    assert_eq!(digest, world.get(&id).plan.digest().unwrap(), "a window is no part of the plan");
    world.pass(TimeDelta::hours(2) - TimeDelta::microseconds(1));
    assert_eq!((tick(&mut world), world.run(), world.at(&id)), (Vec::new(), 0, S::Approved));
    world.pass(TimeDelta::microseconds(1));
    assert_eq!(tick(&mut world), [Event::WindowOpened { id: id.clone() }]);
    assert_eq!(tick(&mut world), [], "it opens once");
    world.run();
    assert_eq!(world.at(&id), S::Verified);
}

#[test]
fn approved_in_the_window_it_runs_at_once() {
    let (mut world, id) = World::planned();
    let approval = within(&world, &id, window(&world, -1, 2));
    world.command(approval).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::Verified);
}

#[test]
fn an_executor_that_lost_its_way_begins_nothing_outside_the_window() {
    let (mut world, id) = approved_for_later();
    let observed = |world: &World| {
        let changes = &world.get(&id).plan.changes;
        changes.iter().map(|change| world.observe(&change.change)).collect::<Vec<_>>()
    };
    let early = Command::BeginExecution { id: id.clone(), observed: observed(&world) };
    assert!(
        refusal(world.command(early)).contains("is approved for Tue 2026-11-24 12:00-14:00 Europe/Berlin")
    );
    world.pass(TimeDelta::hours(4));
    let late = Command::BeginExecution { id: id.clone(), observed: observed(&world) };
    assert!(refusal(world.command(late)).contains("does not begin"));
}

#[test]
fn a_window_that_went_by_takes_the_approval_back_and_says_so() {
    let (mut world, id) = approved_for_later();
    world.pass(TimeDelta::hours(4));
    let events = tick(&mut world);
    assert!(matches!(&events[1], Event::Alerted { code, .. } if code == "not_executed"), "{events:?}");
    assert_eq!((world.at(&id), world.run()), (S::PendingApproval, 0));
    let note = world.get(&id).timeline.last().unwrap().note.clone();
    assert!(note.as_str().contains("12:00-14:00 Europe/Berlin went by before it began"), "{note}");
    world.approve(&id).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::Verified, "it may be approved again");
}

/// What is begun and not done when the window ends stops between two writes, as the kill switch stops it (D6).
#[test]
fn no_write_towards_the_baseline_is_begun_after_the_window() {
    let (mut world, id) = approved_for_later();
    world.pass(TimeDelta::hours(3));
    tick(&mut world);
    world.begin();
    world.step(Fault::None).unwrap();
    world.pass(TimeDelta::hours(1));
    tick(&mut world);
    assert_eq!(world.at(&id), S::Executing, "what is begun is not taken back");
    world.run();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::Partial, 1));
    let last = world.get(&id).timeline.last().unwrap().note.clone();
    assert!(last.as_str().contains("is over; 1 of 2 changes were made"), "{last}");
    world.roll_back(&id).unwrap();
    assert_eq!(world.next_write().direction, Direction::Undo);
    world.run();
    assert_eq!(world.at(&id), S::RolledBack, "an undo needs no window");
}

/// R31: nothing that waits longer than seven days runs, so its window lies within them.
#[test]
fn r31_a_window_ends_before_the_plan_expires() {
    let (mut world, id) = World::planned();
    let hours = APPROVAL_WINDOW.num_hours();
    let late = within(&world, &id, window(&world, hours - 1, 2));
    let told = refusal(world.command(late));
    assert!(told.contains("ends after the plan expires (2026-12-01 09:00 UTC)"), "{told}");
    let last = within(&world, &id, window(&world, hours - 2, 2));
    world.command(last).unwrap();
    world.pass(APPROVAL_WINDOW);
    tick(&mut world);
    assert_eq!(world.at(&id), S::Expired, "and then it is over for good");
}

#[test]
fn a_window_that_makes_no_sense_is_refused_with_words() {
    let (mut world, id) = World::planned();
    let mut told = |wanted: Window| {
        let approval = within(&world, &id, wanted);
        refusal(world.command(approval))
    };
    let now = "2026-11-24T09:00:00Z".parse().unwrap();
    let sound = Window::parse("Sun 02:00-04:00 Europe/Berlin", now, Tz::UTC).unwrap();
    assert!(told(Window { until: sound.from, ..sound.clone() }).contains("ends before it begins"));
    assert!(told(Window { zone: "Mars/Phobos".into(), ..sound.clone() }).contains("no time zone"));
    let over = Window { from: now - TimeDelta::hours(2), until: now, ..sound };
    assert!(told(over).ends_with("is over"));
}

#[test]
fn who_approved_for_later_may_withdraw_and_the_kill_switch_cancels() {
    let (mut world, id) = approved_for_later();
    world.command(Command::Withdraw(id.clone(), text("not this Sunday"))).unwrap();
    assert_eq!((world.at(&id), world.get(&id).window()), (S::PendingApproval, None));
    let again = within(&world, &id, window(&world, 1, 1));
    world.command(again).unwrap();
    world.pass(TimeDelta::hours(1));
    tick(&mut world);
    world.command(Command::Withdraw(id.clone(), text("not begun yet"))).unwrap();
    let later = within(&world, &id, window(&world, 1, 1));
    world.command(later).unwrap();
    assert_eq!(work::next(&world.state), None, "the window of a withdrawn approval opens nothing");
    world.command(Command::Kill(text("stop"))).unwrap();
    assert_eq!(world.at(&id), S::Cancelled);
}

#[test]
fn a_scan_that_finds_it_put_right_ends_what_waits_for_its_window() {
    let (mut world, id) = approved_for_later();
    for user in world.targets(&id) {
        world.directory.remove(&user);
    }
    world.scan();
    assert_eq!(world.at(&id), S::Cancelled);
}

#[test]
fn with_two_approvers_it_runs_when_both_allow() {
    let (mut world, id) = World::planned();
    world.tenant.approval = ApprovalRules { people: Some([2; 5]), ..ApprovalRules::default() };
    let by = |world: &World, uid, wanted| {
        let mut approval = within(world, &id, wanted);
        if let Command::Approve { approver, .. } = &mut approval {
            *approver = Approver { actor: person(uid), groups: Vec::new() };
        }
        approval
    };
    let give = |world: &mut World, uid, begins, lasts| {
        let approval = by(world, uid, window(world, begins, lasts));
        world.actor = person(uid);
        world.command(approval)
    };
    give(&mut world, 1001, 2, 4).unwrap();
    let apart = refusal(give(&mut world, 1002, 7, 1));
    assert!(
        apart
            .contains("no time in common with the window of an earlier approval, Tue 2026-11-24 12:00-16:00")
    );
    give(&mut world, 1002, 4, 8).unwrap();
    assert_eq!(world.at(&id), S::Approved);
    assert_eq!(world.get(&id).window(), Some(window(&world, 4, 2)));
    world.pass(TimeDelta::hours(3));
    assert_eq!(tick(&mut world), [], "one of them does not allow it yet");
}
