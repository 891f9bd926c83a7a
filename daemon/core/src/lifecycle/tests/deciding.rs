//! R9: automatically, by approval, or not at all.

use crate::fixture::{DEP_1, Fault, LOW_1, PA_01, World};
use crate::gates;
use crate::journal::event::Event;
use crate::lifecycle::{Command, decision};
use chrono::TimeDelta;
use trueconfig_common::gate::{Gate, GateOutcome, GateResult};
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::mode::{BlastRadius, Mode, Reversibility};
use trueconfig_common::remediation::RemediationState as S;
use trueconfig_common::verdict::Verdict;

/// Announces a plan for LOW-1: what happened to it, and which gates failed.
fn outcome(world: &mut World) -> (RemediationId, Vec<Gate>) {
    let id = world.announce(world.plan(LOW_1, &["ann", "ben"]));
    let failed = gates::failed(&world.get(&id).gates);
    assert_eq!(world.get(&id).gates.len(), 5, "R49: all five run and are kept");
    assert!(world.get(&id).gates.iter().all(|gate| !gate.reasons.is_empty()));
    (id, failed)
}

#[test]
fn r34_r35_r38_with_all_five_gates_it_runs_by_itself_and_can_be_rolled_back() {
    let mut world = World::automatic();
    let (id, failed) = outcome(&mut world);
    assert_eq!((world.at(&id), failed), (S::Approved, vec![]));
    world.run();
    assert_eq!(world.at(&id), S::Verified);
    assert_eq!(world.directory.administrators(), ["cat", "key-1", "key-2"]);
    world.roll_back(&id).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::RolledBack);
    assert_eq!(world.directory.administrators().len(), 5);
}

#[test]
fn r47_what_graph_refused_once_asks_the_next_time() {
    let mut world = World::automatic();
    let (id, _) = outcome(&mut world);
    world.begin();
    world.step(Fault::Refuse).unwrap();
    assert_eq!(world.at(&id), S::Failed);
    let (again, failed) = outcome(&mut world);
    assert_eq!((world.at(&again), failed), (S::PendingApproval, vec![Gate::Enablement]));
}

/// R39: each gate alone leads to approval and not to execution.
fn asks(mut world: World, gate: Gate) {
    let (id, failed) = outcome(&mut world);
    assert_eq!(failed, [gate]);
    assert_eq!(world.at(&id), S::PendingApproval);
    assert_eq!(world.run(), 0);
    assert!(world.directory.writes.is_empty());
}

#[test]
fn r39_r40_r41_reversibility_alone() {
    let mut world = World::automatic();
    let mut plan = world.plan(LOW_1, &["ann"]);
    plan.changes[0].view.blast_radius = BlastRadius::MANY_USERS;
    let id = world.announce(plan);
    assert_eq!(gates::failed(&world.get(&id).gates), [Gate::Reversibility]);
    assert_eq!((world.at(&id), world.run()), (S::PendingApproval, 0));

    let mut plan = world.plan(LOW_1, &["ben"]);
    plan.changes[0].view.reversibility = Reversibility::C;
    plan.changes[0].view.residue = "a dent".to_owned();
    let id = world.announce(plan);
    assert_eq!(gates::failed(&world.get(&id).gates), [Gate::Reversibility]);
    assert!(world.get(&id).gates[0].reasons[0].contains("a dent"));
    assert_eq!((world.at(&id), world.run()), (S::PendingApproval, 0));
}

#[test]
fn r39_r43_dependency_alone() {
    let mut world = World::automatic();
    world.directory.users.push("seventh".to_owned());
    world.judge();
    assert_eq!(world.situation().verdict(&ControlId::new(DEP_1)), Some(Verdict::Fail));
    asks(world, Gate::Dependency);
}

#[test]
fn r39_r45_emergency_access_alone() {
    let mut world = World::automatic();
    world.pass(TimeDelta::days(30) + TimeDelta::microseconds(1));
    asks(world, Gate::EmergencyAccess);
}

#[test]
fn r39_r46_observability_alone() {
    let mut world = World::automatic();
    world.command(Command::FailScan { started_at: world.now, reason: "no network".to_owned() }).unwrap();
    asks(world, Gate::Observability);
}

#[test]
fn r39_r47_enablement_alone() {
    let mut world = World::automatic();
    let control = ControlId::new(LOW_1);
    world.fold(vec![Event::HoldPlaced { control, reason: "it was rolled back".to_owned() }]);
    asks(world, Gate::Enablement);
}

#[test]
fn r48_an_override_takes_a_control_out_of_auto() {
    let mut world = World::automatic();
    world.set_mode(LOW_1, Mode::Manual).unwrap();
    let (id, failed) = outcome(&mut world);
    assert_eq!((world.at(&id), failed), (S::PendingApproval, vec![]));
}

#[test]
fn r44_d19_a_missing_licence_fails_the_dependency_gate() {
    let mut world = World::automatic();
    world.directory.licensed = false;
    world.judge();
    let (id, failed) = outcome(&mut world);
    assert!(failed.contains(&Gate::Dependency));
    assert!(world.get(&id).gates[1].reasons.join(" ").contains("Entra ID P2"));
    assert_eq!(world.situation().verdict(&ControlId::new(LOW_1)), Some(Verdict::NotApplicable));
}

#[test]
fn r41_blast_radius_3_passes_and_4_does_not() {
    let world = World::automatic();
    let mut plan = world.plan(LOW_1, &["ann"]);
    for (radius, outcome) in [(3, GateOutcome::Pass), (4, GateOutcome::RequiresApproval)] {
        plan.changes[0].view.blast_radius = BlastRadius::try_from(radius).unwrap();
        assert_eq!(gates::run(&world.state, &plan, &world.situation())[0].outcome, outcome, "{radius}");
    }
}

#[test]
fn r45_d15_a_test_counts_for_exactly_thirty_days() {
    let mut world = World::automatic();
    let plan = world.plan(LOW_1, &["ann"]);
    let gate = |world: &World| gates::run(&world.state, &plan, &world.situation())[2].outcome;
    world.pass(TimeDelta::days(30));
    assert_eq!(gate(&world), GateOutcome::Pass);
    world.pass(TimeDelta::microseconds(1));
    assert_eq!(gate(&world), GateOutcome::RequiresApproval);
    let mut never = World::new();
    never.judge();
    assert_eq!(gate(&never), GateOutcome::RequiresApproval);
}

#[test]
fn d17_for_pa_03_the_emergency_access_gate_informs_only() {
    let world = World::new();
    let mut plan = world.plan(PA_01, &["ann"]);
    plan.control = ControlId::new("PA-03");
    let result = &gates::run(&world.state, &plan, &world.situation())[2];
    assert_eq!(result.outcome, GateOutcome::Pass);
    assert!(result.reasons[0].contains("never tested"), "{:?}", result.reasons);
}

#[test]
fn r42_d2_a_change_without_inverse_is_blocked_for_good() {
    let mut world = World::automatic();
    for (mode, user) in [(Mode::Auto, "ann"), (Mode::Manual, "ben")] {
        world.set_mode(LOW_1, mode).unwrap();
        let mut plan = world.plan(LOW_1, &[user]);
        plan.changes[0].view.inverse = None;
        let id = world.announce(plan);
        assert_eq!(world.at(&id), S::Blocked);
        assert_eq!(world.run(), 0);
    }
    let mut plan = world.plan(LOW_1, &["cat"]);
    plan.changes[0].view.reversibility = Reversibility::D;
    let id = world.announce(plan);
    assert_eq!(world.at(&id), S::Blocked);
}

fn passed(result: GateResult) -> GateResult {
    GateResult { outcome: GateOutcome::Pass, ..result }
}

#[test]
fn r62_d10_a_stored_auto_of_a_never_auto_control_still_asks() {
    for control in [PA_01, "PA-03", "CA-01", "CA-02"] {
        let mut world = World::enabled();
        world.fold(vec![Event::ModeSet {
            control: Some(ControlId::new(control)),
            mode: Some(Mode::Auto),
            reason: crate::fixture::text("from an older daemon"),
        }]);
        world.judge();
        let id = world.announce(world.plan(control, &["ann"]));
        assert_eq!((world.at(&id), world.run()), (S::PendingApproval, 0), "{control}");
        let enablement = &world.get(&id).gates[4];
        assert_eq!(enablement.outcome, GateOutcome::RequiresApproval);
        assert!(enablement.reasons[0].contains("never automatic"));
        // The gate is one guard, the mode in force another: it does without the gate.
        let passing: Vec<_> = world.get(&id).gates.iter().cloned().map(passed).collect();
        let id = ControlId::new(control);
        let decided = decision::decide(&world.state, &id, &passing, &world.situation());
        assert_eq!(decided, decision::Decision::Ask, "{control}");
    }
}

#[test]
fn r39_an_auto_decision_whose_gate_fails_at_the_last_moment_asks() {
    let mut world = World::automatic();
    let (id, _) = outcome(&mut world);
    assert_eq!(world.at(&id), S::Approved);
    world.command(Command::FailScan { started_at: world.now, reason: "no network".to_owned() }).unwrap();
    world.step(Fault::None).unwrap();
    assert_eq!(world.at(&id), S::PendingApproval);
    assert!(world.get(&id).expires_at.is_some());
    assert!(world.directory.writes.is_empty());
}
