//! Which findings become plans.

use crate::baseline::{Baseline, Level};
use crate::fixture::{LOW_1, PA_01, World, kinds, refusal, text};
use crate::lifecycle::Command;
use crate::state::State;
use chrono::TimeDelta;
use trueconfig_common::id::ControlId;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationState as S;
use trueconfig_common::verdict::Verdict;

#[test]
fn r1_r84_a_new_tenant_is_off_and_every_control_is_advisory() {
    let mut state = State::default();
    assert!(!state.settings.auto_remediation_enabled);
    state.settings.auto_remediation_enabled = true;
    for member in Baseline::embedded(Level::MAXIMUM).unwrap().members {
        assert_eq!(state.settings.mode(&member.control.id), Mode::Advisory, "{}", member.control.id);
    }
}

#[test]
fn r18_advisory_plans_nothing_and_r73_neither_does_a_tenant_that_is_off() {
    let mut off = World::new();
    off.set_mode(PA_01, Mode::Manual).unwrap();
    off.scan();
    assert!(off.state.remediations.is_empty());
    assert!(refusal(off.command(Command::Plan(ControlId::new(PA_01)))).contains("advisory"));

    let mut advisory = World::enabled();
    advisory.set_mode(PA_01, Mode::Advisory).unwrap();
    advisory.scan();
    assert!(advisory.state.remediations.is_empty());
    assert!(refusal(advisory.command(Command::Plan(ControlId::new(PA_01)))).contains("advisory"));
    assert!(advisory.directory.writes.is_empty());
}

#[test]
fn r5_r24_manual_prepares_the_fix_and_waits_without_writing() {
    let (mut world, id) = World::planned();
    assert_eq!(world.run(), 0);
    assert_eq!(world.targets(&id), ["ann", "ben"]);
    let plan = &world.get(&id).plan;
    assert_eq!((plan.expected, plan.mode, plan.high_impact), (Verdict::Pass, Mode::Manual, true));
    assert_eq!(world.get(&id).gates.len(), 5);
    assert!(world.directory.writes.is_empty());
}

#[test]
fn d16_a_control_and_target_have_one_open_remediation() {
    let (mut world, id) = World::planned();
    world.scan();
    assert_eq!(world.command(Command::Plan(ControlId::new(PA_01))).unwrap(), []);
    assert_eq!(world.waiting(), id);

    world.approve(&id).unwrap();
    world.begin();
    world.scan();
    assert_eq!(world.state.remediations.len(), 1, "one under way occupies its targets as well");
}

#[test]
fn d16_a_new_deviation_beside_an_open_plan_gets_a_plan_of_its_own() {
    let (mut world, first) = World::planned();
    world.directory.users[5] = "abe".to_owned();
    world.directory.assign("abe");
    world.scan();
    let second = world.state.remediations.keys().next_back().unwrap().clone();
    assert_eq!(world.at(&first), S::PendingApproval);
    assert_eq!(world.targets(&second), ["abe"]);
    assert_eq!(world.get(&second).plan.expected, Verdict::Fail, "alone it does not fix the control");
    for id in [first, second] {
        world.approve(&id).unwrap();
    }
    world.run();
    assert_eq!(world.directory.administrators(), ["cat", "key-1", "key-2"]);
}

#[test]
fn d16_a_rejected_target_is_left_alone_for_exactly_seven_days() {
    let (mut world, id) = World::planned();
    world.command(Command::Reject(id.clone(), text("they are on call"))).unwrap();
    assert_eq!(world.at(&id), S::Rejected);
    world.pass(TimeDelta::days(7) - TimeDelta::microseconds(1));
    world.scan();
    assert_eq!(world.state.remediations.len(), 1);
    world.pass(TimeDelta::microseconds(1));
    world.scan();
    assert_eq!(world.targets(&world.waiting()), ["ann", "ben"]);
}

#[test]
fn d16_a_rejection_does_not_stand_in_the_way_of_a_person_who_asks() {
    let (mut world, id) = World::planned();
    world.command(Command::Reject(id, text("not now"))).unwrap();
    world.command(Command::Plan(ControlId::new(PA_01))).unwrap();
    assert_eq!(world.targets(&world.waiting()), ["ann", "ben"]);
}

#[test]
fn a_plan_nobody_needs_any_more_is_cancelled() {
    let (mut world, id) = World::planned();
    world.directory.remove("ann");
    world.directory.remove("ben");
    world.scan();
    assert_eq!(world.at(&id), S::Cancelled);
}

#[test]
fn d20_a_plan_the_tenant_moved_away_from_is_superseded_and_planned_again() {
    let (mut world, id) = World::planned();
    world.directory.remove("ann");
    world.scan();
    assert_eq!(world.at(&id), S::Superseded);
    assert_eq!(world.targets(&world.waiting()), ["ben"]);
}

#[test]
fn t5_an_unreadable_tenant_takes_no_plan_back() {
    let (mut world, id) = World::planned();
    world.directory.readable = false;
    world.scan();
    assert_eq!(world.situation().verdict(&ControlId::new(PA_01)), Some(Verdict::Error));
    assert_eq!(world.waiting(), id);
}

#[test]
fn r55_r56_a_disabled_control_creates_no_remediation_and_ends_the_one_there_is() {
    let (mut world, id) = World::planned();
    world.tenant.disabled.insert(ControlId::new(PA_01), "another process".to_owned());
    world.scan();
    assert_eq!(world.at(&id), S::Cancelled);
    assert!(refusal(world.command(Command::Plan(ControlId::new(PA_01)))).contains("not_applicable"));
}

#[test]
fn d19_without_its_licence_a_control_is_not_planned() {
    let mut world = World::enabled();
    world.set_mode(LOW_1, Mode::Manual).unwrap();
    world.directory.licensed = false;
    world.scan();
    let planned: Vec<_> = world.state.remediations.values().map(|one| one.plan.control.as_str()).collect();
    assert_eq!(planned, [PA_01]);
}

#[test]
fn d23_an_exception_binds_the_planner() {
    let mut world = World::enabled();
    let exception = serde_json::json!({
        "control": PA_01, "object": "ann@contoso.com", "reason": "migration", "owner": "ciso",
        "expires": "2026-12-24",
    });
    world.tenant.exceptions.push(serde_json::from_value(exception).unwrap());
    world.scan();
    assert_eq!(world.targets(&world.waiting()), ["ben"]);
}

#[test]
fn r6_drift_that_recurs_is_planned_again() {
    let (mut world, first) = World::verified();
    assert!(kinds(&world.scan()).contains(&"scan_verified".to_owned()));
    world.directory.assign("ann");
    world.scan();
    let second = world.waiting();
    assert_ne!(first, second);
    assert_eq!(world.targets(&second), ["ann"]);
    let drift = world.state.history.drift.iter().find(|one| one.control.as_str() == PA_01);
    assert_eq!(drift.unwrap().to, Verdict::Fail, "and it is reported as drift");
}
