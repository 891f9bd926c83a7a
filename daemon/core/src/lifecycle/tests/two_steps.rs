//! D18: a Conditional Access policy is made report-only and enabled in a second approved step.

use crate::fixture::{CA_01, PA_01, World, refusal, text};
use crate::lifecycle::Command;
use chrono::TimeDelta;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationState as S;
use trueconfig_common::verdict::Verdict;

/// A tenant without such a policy, whose first step waits for approval.
fn first_step() -> (World, RemediationId) {
    let mut world = World::enabled();
    world.set_mode(PA_01, Mode::Advisory).unwrap();
    world.set_mode(CA_01, Mode::Manual).unwrap();
    world.scan();
    let id = world.waiting();
    (world, id)
}

/// The first step made and confirmed.
fn report_only() -> (World, RemediationId) {
    let (mut world, first) = first_step();
    world.approve(&first).unwrap();
    world.run();
    assert_eq!(world.at(&first), S::Verified);
    world.scan();
    (world, first)
}

#[test]
fn d18_the_first_step_is_verified_while_the_control_stays_a_warning() {
    let (world, first) = report_only();
    assert_eq!(world.directory.policies[0]["state"], "enabledForReportingButNotEnforced");
    assert_eq!(world.get(&first).scan_verdict, Some(Verdict::Warning));
    assert!(world.state.settings.holds.is_empty(), "no failed verification");
    assert_eq!(world.state.open().count(), 0, "and no second step before the soak");
}

#[test]
fn d18_the_second_step_opens_after_the_soak_and_names_the_first() {
    let (mut world, first) = report_only();
    world.pass(TimeDelta::days(7) - TimeDelta::seconds(1));
    world.scan();
    assert_eq!(world.state.open().count(), 0);
    assert!(refusal(world.command(Command::Plan(ControlId::new(CA_01)))).contains("soaks for 7 days"));
    world.pass(TimeDelta::seconds(1));
    world.scan();
    let second = world.waiting();
    assert_eq!(world.get(&second).plan.parent, Some(first));
    world.approve(&second).unwrap();
    world.run();
    assert_eq!(world.directory.policies[0]["state"], "enabled");
    world.scan();
    assert_eq!(world.get(&second).scan_verdict, Some(Verdict::Pass));
    world.roll_back(&second).unwrap();
    world.run();
    assert_eq!(world.directory.policies[0]["state"], "enabledForReportingButNotEnforced");
}

#[test]
fn d18_with_security_defaults_on_the_second_step_is_refused() {
    let (mut world, _) = report_only();
    world.directory.security_defaults = true;
    world.pass(TimeDelta::days(8));
    world.scan();
    assert_eq!(world.state.open().count(), 0);
    assert!(refusal(world.command(Command::Plan(ControlId::new(CA_01)))).contains("security defaults"));
}

#[test]
fn d16_a_waiting_first_step_survives_later_scans_and_a_rejected_one_is_left_alone() {
    let (mut world, id) = first_step();
    world.pass(TimeDelta::hours(6));
    world.scan();
    assert_eq!(world.waiting(), id);
    world.command(Command::Reject(id, text("not before January"))).unwrap();
    world.pass(TimeDelta::days(6));
    world.scan();
    assert_eq!(world.state.open().count(), 0);
    world.pass(TimeDelta::days(1));
    world.scan();
    world.waiting();
}

#[test]
fn d18_rolling_back_the_first_step_removes_the_policy() {
    let (mut world, first) = report_only();
    world.roll_back(&first).unwrap();
    world.run();
    assert_eq!((world.at(&first), world.directory.policies.len()), (S::RolledBack, 0));
}
