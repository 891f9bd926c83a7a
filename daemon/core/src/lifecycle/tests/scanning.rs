//! What a scan confirms, and what it reports.

use crate::fixture::{Fault, PA_01, World, kinds, refusal, text};
use crate::journal::event::Event;
use crate::lifecycle::{Command, ScanFound};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use trueconfig_common::id::ControlId;
use trueconfig_common::remediation::RemediationState as S;
use trueconfig_common::verdict::Verdict;

fn alerts(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Alerted { code, .. } => Some(code.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn r7_five_global_administrators_fail_pa_01_and_it_is_reported() {
    let mut world = World::new();
    let events = world.scan();
    let found = events.iter().find_map(|event| match event {
        Event::VerdictChanged { control, to, reason, .. } if control.as_str() == PA_01 => Some((to, reason)),
        _ => None,
    });
    let (verdict, reason) = found.unwrap();
    assert_eq!(*verdict, Verdict::Fail);
    assert!(reason.as_str().starts_with("5 permanent Global Administrators, at most 3"), "{reason}");
    assert_eq!(world.state.history.controls[&ControlId::new(PA_01)].failing_since, Some(world.now));
    assert!(!kinds(&world.scan()).contains(&"verdict_changed".to_owned()), "said once");
}

#[test]
fn r13_the_next_scan_confirms_the_fix_once() {
    let (mut world, id) = World::verified();
    let events = world.scan();
    let confirmed = events.iter().any(|event| matches!(event, Event::ScanVerified { as_expected: true, .. }));
    assert!(confirmed && alerts(&events).is_empty());
    assert_eq!(world.get(&id).scan_verdict, Some(Verdict::Pass));
    assert!(!kinds(&world.scan()).contains(&"scan_verified".to_owned()));
}

#[test]
fn r14_if_the_control_still_fails_the_team_is_alerted_and_the_control_held() {
    let (mut world, id) = World::verified();
    ["ann", "ben"].into_iter().for_each(|user| world.directory.assign(user));
    let events = world.scan();
    assert_eq!(alerts(&events), ["fix_not_effective"]);
    assert!(world.state.settings.holds.contains_key(&ControlId::new(PA_01)));
    assert_eq!(world.get(&id).scan_verdict, Some(Verdict::Fail));
}

#[test]
fn d8_a_scan_that_began_before_the_writes_confirms_nothing() {
    let (mut world, id) = World::approved();
    world.command(Command::BeginScan { trigger: "schedule".to_owned() }).unwrap();
    let started_at = world.now;
    world.judge();
    world.pass(TimeDelta::minutes(1));
    world.run();
    assert_eq!(world.at(&id), S::Verified);
    let found = ScanFound {
        started_at,
        requests: 1,
        objects: 1,
        unreadable: BTreeMap::new(),
        movements: Default::default(),
    };
    let events = world.command(Command::FinishScan(found)).unwrap();
    assert!(!kinds(&events).contains(&"scan_verified".to_owned()));
}

#[test]
fn t5_a_scan_that_could_not_read_confirms_nothing_and_raises_no_alarm() {
    let (mut world, id) = World::verified();
    world.directory.readable = false;
    assert!(alerts(&world.scan()).is_empty());
    assert_eq!(world.get(&id).scan_verdict, None);
    world.directory.readable = true;
    world.scan();
    assert_eq!(world.get(&id).scan_verdict, Some(Verdict::Pass));
}

#[test]
fn t6_drift_is_from_met_to_not_met_also_across_an_unreadable_scan() {
    let (mut world, _) = World::verified();
    world.scan();
    world.directory.readable = false;
    world.scan();
    assert!(world.state.history.drift.is_empty(), "unreadable is no drift");
    world.directory.readable = true;
    ["ann", "ben"].into_iter().for_each(|user| world.directory.assign(user));
    world.scan();
    let ours = world.state.history.drift.iter().filter(|one| one.control.as_str() == PA_01);
    let drift: Vec<_> = ours.cloned().collect();
    assert_eq!(drift.len(), 1);
    assert_eq!((drift[0].from, drift[0].to), (Verdict::Pass, Verdict::Fail));
    world.command(Command::AcknowledgeDrift(drift[0].seq, text("seen"))).unwrap();
    let known = world.state.history.drift.iter().find(|one| one.seq == drift[0].seq).unwrap();
    assert_eq!(known.acknowledged.as_ref().unwrap().by, "ada");
    assert!(world.command(Command::AcknowledgeDrift(1, text("none"))).is_err());
}

#[test]
fn one_scan_at_a_time_and_a_failed_one_alerts() {
    let mut world = World::new();
    let begin = Command::BeginScan { trigger: "demand".to_owned() };
    world.command(begin.clone()).unwrap();
    assert!(refusal(world.command(begin)).contains("is running"));
    let fail = Command::FailScan { started_at: world.now, reason: "no network".to_owned() };
    assert_eq!(alerts(&world.command(fail).unwrap()), ["scan_failed"]);
    assert_eq!(world.state.history.running, None);
    world.scan();
}

#[test]
fn r13_a_scan_while_a_plan_is_executed_disturbs_nothing() {
    let (mut world, id) = World::approved();
    world.begin();
    world.step(Fault::None).unwrap();
    world.scan();
    world.run();
    assert_eq!(world.at(&id), S::Verified);
    assert_eq!(world.state.remediations.len(), 1);
}
