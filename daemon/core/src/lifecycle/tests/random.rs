//! Whatever people, the tenant and the network do, in whatever order: what must hold holds.
//!
//! [`World`] checks at each event that it is legal, that no write happens while remediation is off
//! or without approval of this very plan, and that one remediation is under way at most; at the
//! end of each story that replay gives the same state.

use crate::fixture::{Fault, LOW_1, PA_01, World, objects, other_digest, person, text};
use crate::lifecycle::{Approver, Command, TRIES_LIMIT, WriteOutcome, work};
use crate::state::Remediation;
use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trueconfig_common::gate::Gate;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::{BlastRadius, Mode};
use trueconfig_common::remediation::{Direction, RemediationState};
use trueconfig_common::window::Window;

/// Moves in one story.
const MOVES: usize = 60;

/// Something that happens. Numbers pick one of what there is.
#[derive(Clone, Debug)]
enum Move {
    Hours(i64),
    Scan,
    FailScan,
    Tick,
    Restart,
    Switch(bool),
    Kill,
    Resume,
    Mode(usize, Mode),
    AutoRollback(bool),
    Test,
    Release(usize),
    Plan(usize),
    Announce(Vec<usize>, u8),
    Choose(usize, Vec<usize>),
    Approve(usize),
    ApproveBlindly(usize),
    ApproveFor(usize, i64, i64),
    Withdraw(usize),
    Reject(usize),
    Close(usize),
    Rollback(usize),
    RollbackUnread(usize),
    Step(Fault),
    GiveUp(usize),
    Intrude(usize, usize, Direction, u8),
    Assign(usize),
    Remove(usize),
    Narrow(usize),
    Readable(bool),
    Licensed(bool),
}

const USERS: [&str; 6] = ["ann", "ben", "cat", "key-1", "key-2", "sam"];

fn users() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0..USERS.len(), 1..4)
}

fn fault() -> impl Strategy<Value = Fault> {
    let faults = [Fault::LoseRequest, Fault::LoseAnswer, Fault::Refuse, Fault::DieBefore, Fault::DieAfter];
    prop_oneof![4 => Just(Fault::None), 3 => proptest::sample::select(faults.to_vec())]
}

fn a_move() -> impl Strategy<Value = Move> {
    let modes = [Mode::Advisory, Mode::Manual, Mode::Auto];
    let way = proptest::sample::select(vec![Direction::Forward, Direction::Undo]);
    prop_oneof![
        4 => (1..20_i64).prop_map(Move::Hours),
        2 => Just(Move::Hours(170)),
        8 => Just(Move::Scan),
        1 => Just(Move::FailScan),
        5 => Just(Move::Tick),
        1 => Just(Move::Restart),
        3 => any::<bool>().prop_map(Move::Switch),
        1 => Just(Move::Kill),
        2 => Just(Move::Resume),
        4 => (0..4_usize, proptest::sample::select(modes.to_vec())).prop_map(|(id, mode)| Move::Mode(id, mode)),
        1 => any::<bool>().prop_map(Move::AutoRollback),
        2 => Just(Move::Test),
        4 => (0..2_usize).prop_map(Move::Release),
        2 => (0..4_usize).prop_map(Move::Plan),
        5 => (users(), 1..6_u8).prop_map(|(users, radius)| Move::Announce(users, radius)),
        3 => (any::<usize>(), users()).prop_map(|(id, users)| Move::Choose(id, users)),
        14 => any::<usize>().prop_map(Move::Approve),
        1 => any::<usize>().prop_map(Move::ApproveBlindly),
        4 => (any::<usize>(), -4..30_i64, 1..30_i64)
            .prop_map(|(id, begins, lasts)| Move::ApproveFor(id, begins, lasts)),
        1 => any::<usize>().prop_map(Move::Withdraw),
        2 => any::<usize>().prop_map(Move::Reject),
        6 => any::<usize>().prop_map(Move::Close),
        8 => any::<usize>().prop_map(Move::Rollback),
        1 => any::<usize>().prop_map(Move::RollbackUnread),
        40 => fault().prop_map(Move::Step),
        1 => any::<usize>().prop_map(Move::GiveUp),
        3 => (any::<usize>(), 0..3_usize, way, 0..4_u8)
            .prop_map(|(id, step, way, what)| Move::Intrude(id, step, way, what)),
        4 => (0..USERS.len()).prop_map(Move::Assign),
        1 => (0..USERS.len()).prop_map(Move::Remove),
        5 => any::<usize>().prop_map(Move::Narrow),
        1 => any::<bool>().prop_map(Move::Readable),
        1 => any::<bool>().prop_map(Move::Licensed),
    ]
}

fn control(number: usize) -> ControlId {
    ControlId::new([PA_01, LOW_1, "MID-1", "CA-01"][number])
}

/// One of the remediations there are.
fn pick(world: &World, number: usize) -> RemediationId {
    let ids: Vec<_> = world.state.remediations.keys().collect();
    match ids.len() {
        0 => RemediationId::new("R-0"),
        some => ids[number % some].clone(),
    }
}

/// One of those that suit, or any where none does.
fn pick_where(world: &World, number: usize, suits: impl Fn(&Remediation) -> bool) -> RemediationId {
    let found: Vec<_> = world.state.remediations.values().filter(|one| suits(one)).collect();
    match found.len() {
        0 => pick(world, number),
        some => found[number % some].id.clone(),
    }
}

fn play(world: &mut World, what: Move) {
    let answer = match what {
        Move::Hours(hours) => {
            world.pass(TimeDelta::hours(hours));
            Ok(Vec::new())
        }
        Move::Assign(user) => change(world, |world| world.directory.assign(USERS[user])),
        Move::Remove(user) => change(world, |world| world.directory.remove(USERS[user])),
        Move::Narrow(number) => change(world, |world| narrow(world, number)),
        Move::Readable(readable) => change(world, |world| world.directory.readable = readable),
        Move::Licensed(licensed) => change(world, |world| world.directory.licensed = licensed),
        Move::Scan => Ok(world.scan()),
        Move::Step(fault) => world.step(fault).map(|_| Vec::new()),
        Move::Announce(users, radius) => {
            announce(world, &users, radius);
            Ok(Vec::new())
        }
        Move::Approve(_) | Move::ApproveFor(..) if world.state.remediations.is_empty() => Ok(Vec::new()),
        Move::Approve(number) => {
            let id = pick(world, number);
            world.approve(&id)
        }
        Move::ApproveFor(number, begins, lasts) => {
            let mut approval = world
                .approval(&pick_where(world, number, |one| one.state == RemediationState::PendingApproval));
            if let Command::Approve { window, .. } = &mut approval {
                let from = world.now + TimeDelta::hours(begins);
                let until = from + TimeDelta::hours(lasts);
                *window = Some(Window { from, until, zone: "Europe/Berlin".to_owned() });
            }
            world.command(approval)
        }
        Move::Rollback(number) if !world.state.remediations.is_empty() => {
            let id = pick_where(world, number, |one| one.state.may_roll_back());
            world.roll_back(&id)
        }
        other => {
            let command = command(world, other);
            world.command(command)
        }
    };
    if let Err(CallError::Failed { reason }) = answer {
        panic!("a fault of ours: {reason}");
    }
}

fn change(
    world: &mut World,
    change: impl Fn(&mut World),
) -> Result<Vec<crate::journal::event::Event>, CallError> {
    change(world);
    Ok(Vec::new())
}

/// Somebody changes the target of one of the remediations there are.
fn narrow(world: &mut World, number: usize) {
    let some = !world.state.remediations.is_empty();
    let target = some.then(|| pick_where(world, number, |one| one.state.may_roll_back()));
    let target = target.and_then(|id| world.targets(&id).pop());
    let user = target.unwrap_or_else(|| USERS[number % USERS.len()].to_owned());
    world.directory.assign(&user);
    world.directory.narrow(&user);
}

/// A plan for LOW-1, as a scan would make it if there were a remedy of low risk.
fn announce(world: &mut World, users: &[usize], radius: u8) {
    let mut users: BTreeSet<&str> = users.iter().map(|user| USERS[*user]).collect();
    // A plan against a break-glass account is blocked; most stories are about others.
    if users.len() > 1 {
        users.retain(|user| !user.starts_with("key"));
    }
    let administrators = world.directory.administrators();
    let users: Vec<&str> =
        users.into_iter().filter(|user| administrators.iter().any(|one| one == user)).collect();
    let on = world.state.settings.mode(&ControlId::new(LOW_1)) > Mode::Advisory;
    if world.judged.is_none() || users.is_empty() || !on {
        return;
    }
    let mut plan = world.plan(LOW_1, &users);
    let first = &mut plan.changes[0].view;
    match radius {
        5 => first.inverse = None,
        radius => first.blast_radius = BlastRadius::try_from(radius).unwrap(),
    }
    world.announce(plan);
}

fn command(world: &World, what: Move) -> Command {
    let id = |number| pick(world, number);
    match what {
        Move::FailScan => Command::FailScan { started_at: world.now, reason: "no network".to_owned() },
        Move::Restart => {
            Command::Start { version: "1".to_owned(), shipped: "s".to_owned(), repairs: Vec::new() }
        }
        Move::Switch(on) => Command::SwitchRemediation(on, text("switch")),
        Move::Kill => Command::Kill(text("stop")),
        Move::Resume => Command::Resume(text("go on")),
        Move::Mode(number, mode) => {
            let control = (number < 4).then(|| control(number));
            Command::SetMode { control, mode: Some(mode), reason: text("chosen") }
        }
        Move::AutoRollback(on) => Command::SetAutoRollback(on, text("chosen")),
        Move::Test => Command::RecordBreakGlassTest(text("both")),
        Move::Release(number) => {
            let held = world.state.settings.holds.keys().nth(number);
            let control = held.cloned().unwrap_or_else(|| control(number));
            Command::ReleaseHold(control, text("understood"))
        }
        Move::Plan(number) => Command::Plan(control(number)),
        Move::Choose(number, users) => {
            let users: Vec<&str> = users.iter().map(|user| USERS[*user]).collect();
            Command::Choose(id(number), objects(&users))
        }
        Move::ApproveBlindly(number) => Command::Approve {
            id: id(number),
            digest: other_digest(),
            note: text("yes"),
            acknowledge: Gate::ALL.to_vec(),
            approver: Approver { actor: person(1000), groups: Vec::new() },
            window: None,
        },
        Move::Withdraw(number) => Command::Withdraw(id(number), text("wait")),
        Move::Reject(number) => Command::Reject(id(number), text("no")),
        Move::Close(number) => {
            Command::Close(pick_where(world, number, Remediation::needs_person), text("looked"))
        }
        Move::Rollback(number) | Move::RollbackUnread(number) => {
            Command::Rollback { id: id(number), note: text("back"), observed: Vec::new() }
        }
        Move::GiveUp(number) => Command::GiveUp { id: id(number), reason: "503".to_owned() },
        Move::Intrude(number, step, direction, what) => intrusion(id(number), step, direction, what),
        _ => Command::Tick,
    }
}

/// A command of an executor that has lost its way.
fn intrusion(id: RemediationId, step: usize, direction: Direction, what: u8) -> Command {
    let observed = json!(null);
    let done = WriteOutcome::Done { produced: None, sealed: None };
    match what {
        0 => Command::Intend { id, step, direction, observed, client_request_id: "stray".to_owned() },
        1 => Command::Conclude { id, step, direction, outcome: done, calls: Vec::new() },
        2 => Command::Resolve { id, step, direction, observed, produced: None },
        _ => Command::Verify { id, observed: vec![Value::Null; step] },
    }
}

/// Plays a story to its end: when faults stop, so does the work. The kinds of its records.
fn story(moves: Vec<Move>) -> BTreeSet<String> {
    let mut world = World::enabled();
    for what in moves {
        play(&mut world, what);
    }
    let steps: usize = world.state.remediations.values().map(|one| one.steps.len()).sum();
    let tries = usize::try_from(TRIES_LIMIT).unwrap() + 1;
    let bound = world.state.remediations.len() * 4 + steps * 4 * tries;
    let rounds = world.run();
    assert!(rounds <= bound, "{rounds} rounds for {steps} steps");
    assert_eq!(work::next(&world.state), None);
    assert!(world.state.remediations.values().all(|one| !one.state.is_running()));
    world.records().into_iter().map(|record| record.kind).collect()
}

proptest! {
    #![proptest_config(Config { cases: 96, ..Config::default() })]

    #[test]
    fn d6_d16_t8_whatever_happens_the_rules_hold(moves in proptest::collection::vec(a_move(), 1..MOVES)) {
        story(moves);
    }
}

/// The stories above are worth something only if they go everywhere.
#[test]
fn the_stories_reach_every_kind_of_event_of_a_remediation() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let stories = proptest::collection::vec(a_move(), MOVES);
    let mut seen = BTreeSet::new();
    for _ in 0..160 {
        seen.extend(story(stories.new_tree(&mut runner).unwrap().current()));
    }
    let expected = [
        "remediation_planned",
        "approval_requested",
        "remediation_approved",
        "window_opened",
        "approval_withdrawn",
        "remediation_rejected",
        "remediation_expired",
        "remediation_cancelled",
        "remediation_superseded",
        "remediation_blocked",
        "execution_started",
        "write_intended",
        "write_done",
        "write_refused",
        "write_unknown",
        "write_resolved",
        "execution_finished",
        "verification_started",
        "verification_passed",
        "verification_failed",
        "scan_verified",
        "rollback_started",
        "rollback_refused",
        "rollback_finished",
        "remediation_closed",
        "hold_placed",
        "hold_released",
        "kill_switch_pulled",
        "kill_switch_released",
        "alerted",
    ];
    let missing: Vec<_> = expected.iter().filter(|kind| !seen.contains(**kind)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
