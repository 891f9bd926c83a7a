//! What the interface recommends (R23, R33, R36, R87, R90), how a test tenant is told (R89), and the score (D22).

use crate::baseline::{Baseline, Level};
use crate::evaluate::evaluate;
use crate::fixture::{LOW_1, World, text};
use crate::lifecycle::Command;
use crate::snapshot::tenant_file;
use crate::view;
use chrono::TimeDelta;
use trueconfig_common::control::Severity;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::status::You;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationState as S;
use trueconfig_common::role::Role;
use trueconfig_common::verdict::Verdict;

fn advice(world: &World) -> Vec<String> {
    view::settings(&world.state, &world.situation(), &view::Fixed::default()).advice
}

fn advised(world: &World, words: &str) -> bool {
    advice(world).iter().any(|one| one.contains(words))
}

#[test]
fn r23_advisory_is_recommended_to_begin_with_and_where_the_risk_is_high() {
    let mut world = World::new();
    assert!(advised(&world, "Advisory is recommended for the first 30 to 60 days"));
    assert!(advised(&world, "for controls of high risk or on which the business depends"));
    world.command(Command::SwitchRemediation(true, text("begin"))).unwrap();
    assert!(!advised(&world, "30 to 60 days"), "it is switched on already");
}

#[test]
fn r33_manual_is_told_as_the_recommended_mode() {
    let mut world = World::new();
    world.command(Command::SwitchRemediation(true, text("begin"))).unwrap();
    assert!(advised(&world, "Manual is the recommended mode"));
}

#[test]
fn r36_auto_is_advised_against_above_blast_radius_2() {
    let mut world = World::enabled();
    world.set_mode(LOW_1, Mode::Auto).unwrap();
    assert!(!advised(&world, "blast radius"), "{:?}", advice(&world));
    world.set_mode("MID-1", Mode::Auto).unwrap();
    assert!(advised(&world, "MID-1 is auto with blast radius 3: auto is recommended up to 2"));
}

#[test]
fn r87_what_is_rolled_back_again_and_again_is_advised_to_be_manual() {
    let mut world = World::automatic();
    for round in 0..2 {
        assert!(!advised(&world, "was rolled back"), "after {round}");
        let id = world.announce(world.plan(LOW_1, &["ann"]));
        if world.at(&id) == S::PendingApproval {
            world.approve(&id).unwrap();
        }
        world.run();
        world.roll_back(&id).unwrap();
        world.run();
        assert_eq!(world.at(&id), S::RolledBack);
        world.pass(TimeDelta::hours(1));
        world.judge();
    }
    assert!(advised(&world, "LOW-1 was rolled back 2 times: set it to manual"), "{:?}", advice(&world));
}

#[test]
fn r89_a_tenant_can_be_marked_as_a_test_tenant() {
    let world = World::new();
    let daemon = view::Daemon {
        version: "1".to_owned(),
        tenant: "contoso".to_owned(),
        tenants: vec!["contoso".to_owned()],
        next_scan: None,
        scan: None,
        journal: Default::default(),
        warnings: Vec::new(),
    };
    for test_tenant in [true, false] {
        let fixed = view::Fixed { test_tenant, ..view::Fixed::default() };
        let you = You { uid: 1, name: "a".to_owned(), role: Role::Viewer };
        let status = view::status(&world.state, &world.situation(), &fixed, &daemon, you);
        assert_eq!(status.test_tenant, test_tenant);
    }
}

/// 100 × (Σ weight(pass) + ½ Σ weight(warning)) / Σ weight, worked out anew for the demo tenant.
#[test]
fn d22_the_score_weighs_by_severity_and_leaves_out_what_does_not_apply() {
    let now = "2026-11-24T08:00:00Z".parse().unwrap();
    let contoso = include_str!("../../../../twin/tenants/contoso.json");
    let (snapshot, baseline) =
        (tenant_file::read(contoso, now).unwrap(), Baseline::embedded(Level::MAXIMUM).unwrap());
    let found = evaluate(&snapshot, &baseline, &Default::default(), now);
    let weight = |control: &ControlId| match baseline.member(control).unwrap().control.severity {
        Severity::Critical => 10.0,
        Severity::High => 6.0,
        Severity::Medium => 3.0,
        Severity::Low => 1.0,
    };
    let sum = |verdict: Verdict| -> f64 {
        found.judgements.iter().filter(|one| one.verdict == verdict).map(|one| weight(&one.control)).sum()
    };
    let (pass, warning) = (sum(Verdict::Pass), sum(Verdict::Warning));
    let all = pass + warning + sum(Verdict::Fail) + sum(Verdict::Error);
    assert!(pass > 0.0 && sum(Verdict::Fail) > 0.0 && sum(Verdict::NotApplicable) > 0.0);
    assert_eq!(found.score, Some(100.0 * (pass + warning / 2.0) / all));
}
