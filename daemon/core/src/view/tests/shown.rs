//! What is shown in advance is what is decided then.

use crate::fixture::{Fault, PA_01, World, kinds, objects, text};
use crate::lifecycle::{APPROVAL_WINDOW, Command, ROLLBACK_WINDOW};
use crate::view;
use chrono::TimeDelta;
use trueconfig_common::gate::Gate;
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::ListQuery;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::{RemediationDetail, RemediationState as S};
use trueconfig_common::role::Role;
use trueconfig_common::verdict::Verdict;

fn detail(world: &World, id: &RemediationId, role: Role) -> RemediationDetail {
    view::remediation(&world.state, &world.situation(), id, &world.approver(), role).unwrap()
}

/// Whether approving and rolling back are shown as possible exactly if they would be decided so.
fn agrees(world: &World, id: &RemediationId) {
    let shown = detail(world, id, Role::Owner);
    let approval = crate::lifecycle::decide(&world.state, world.approval(id), &world.situation());
    assert_eq!(shown.approve_refused.is_empty(), approval.is_ok(), "{}: {approval:?}", shown.approve_refused);
    let observed = world.observed(id);
    let rollback = Command::Rollback { id: id.clone(), note: text("back"), observed };
    let rollback = crate::lifecycle::decide(&world.state, rollback, &world.situation());
    assert_eq!(shown.rollback_refused.is_empty(), rollback.is_ok(), "{}", shown.rollback_refused);
}

#[test]
fn r29_refusals_shown_agree_with_what_is_decided() {
    let (mut world, id) = World::planned();
    agrees(&world, &id);
    world.pass(APPROVAL_WINDOW);
    agrees(&world, &id);
    world.pass(-APPROVAL_WINDOW);
    world.approve(&id).unwrap();
    for _ in 0..5 {
        agrees(&world, &id);
        world.step(Fault::None).unwrap();
    }
    assert_eq!(world.at(&id), S::Verified);
    agrees(&world, &id);
    world.pass(ROLLBACK_WINDOW);
    agrees(&world, &id);
    world.pass(-TimeDelta::hours(1));
    world.directory.assign("ann");
    world.scan();
    let second = world.waiting();
    world.approve(&second).unwrap();
    world.begin();
    agrees(&world, &id);
    world.run();
    world.roll_back(&id).unwrap();
    agrees(&world, &id);
    world.run();
    agrees(&world, &id);
}

#[test]
fn r29_d14_a_role_that_may_not_is_told_which_may() {
    let (mut world, id) = World::planned();
    for role in [Role::Viewer, Role::Member, Role::Admin] {
        assert!(detail(&world, &id, role).approve_refused.contains("security_admin"), "{role:?}");
    }
    assert_eq!(detail(&world, &id, Role::SecurityAdmin).approve_refused, "");
    world.approve(&id).unwrap();
    world.run();
    assert!(detail(&world, &id, Role::Admin).rollback_refused.contains("security_admin"));
    assert_eq!(detail(&world, &id, Role::SecurityAdmin).rollback_refused, "");
}

#[test]
fn r27_d5_a_request_shows_everything_an_approver_needs() {
    let (world, id) = World::planned();
    let shown = detail(&world, &id, Role::SecurityAdmin);
    assert_eq!(shown.gates.iter().map(|gate| gate.gate).collect::<Vec<_>>(), Gate::ALL);
    assert_eq!(shown.to_acknowledge, [Gate::Reversibility]);
    assert!(shown.row.summary.contains("ann, ben"), "{}", shown.row.summary);
    assert_eq!(shown.changes.len(), 2);
    assert_eq!(shown.changes[0].before["principalId"], "ann");
    assert!(shown.changes[0].after.is_null() && shown.changes[0].inverse.is_some());
    assert_eq!(shown.row.expires_at, world.now + APPROVAL_WINDOW);
    let choices: Vec<(&str, bool, bool)> = shown
        .choices
        .iter()
        .map(|one| (one.target.id.as_str(), one.chosen, one.refused.is_empty()))
        .collect();
    let expected = [
        ("ann", true, true),
        ("ben", true, true),
        ("cat", false, true),
        ("key-1", false, false),
        ("key-2", false, false),
    ];
    assert_eq!(choices, expected);
}

#[test]
fn d13_a_choice_shown_is_a_choice_that_is_taken() {
    let (mut world, id) = World::planned();
    for choice in detail(&world, &id, Role::SecurityAdmin).choices {
        let command = Command::Choose(id.clone(), objects(&[&choice.target.id]));
        let answer = crate::lifecycle::decide(&world.state, command, &world.situation());
        assert_eq!(answer.is_ok(), choice.refused.is_empty(), "{}", choice.target.id);
    }
    world.approve(&id).unwrap();
    assert!(detail(&world, &id, Role::SecurityAdmin).choices.is_empty());
}

#[test]
fn r49_gates_shown_are_as_they_stand_now() {
    let (mut world, id) = World::planned();
    world.pass(TimeDelta::days(5));
    world.command(Command::FailScan { started_at: world.now, reason: "no network".to_owned() }).unwrap();
    let shown = detail(&world, &id, Role::SecurityAdmin);
    assert_eq!(shown.to_acknowledge, [Gate::Reversibility, Gate::Observability]);
}

#[test]
fn r67_history_is_listed_the_newest_first_and_filtered() {
    let (mut world, first) = World::planned();
    world.command(Command::Reject(first.clone(), text("no"))).unwrap();
    world.command(Command::Plan(ControlId::new(PA_01))).unwrap();
    let second = world.waiting();
    let list = |filter: &str| {
        let query = ListQuery { filter: filter.to_owned(), ..ListQuery::default() };
        let page = view::remediations(&world.state, &world.situation(), &query).unwrap();
        page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(list(""), [second.clone(), first.clone()]);
    assert_eq!(list("open:true"), [second]);
    assert_eq!(list("state:rejected control:pa-01"), [first]);
}

#[test]
fn r20_controls_show_verdict_mode_hold_and_history() {
    let (mut world, id) = World::verified();
    world.scan();
    world.roll_back(&id).unwrap();
    world.run();
    world.scan();
    let query = ListQuery { filter: "id:pa-01".to_owned(), ..ListQuery::default() };
    let rows = view::controls(&world.state, &world.situation(), &query).unwrap().rows;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((row.verdict, row.mode, row.overridden), (Some(Verdict::Fail), Mode::Manual, true));
    assert_eq!(row.history, [Verdict::Fail, Verdict::Pass, Verdict::Fail]);
    assert!(row.held.contains("was rolled back"));
    assert_eq!(row.remediation, Some(world.waiting()));

    let control = view::control(&world.state, &world.situation(), &ControlId::new(PA_01)).unwrap();
    assert!(control.never_auto && !control.guidance.steps.is_empty());
    assert_eq!(control.remediations.len(), 2);
    let inexcess = |one: &&trueconfig_common::verdict::Evidence| one.values["inExcess"] == true;
    assert_eq!(control.judgement.unwrap().evidence.iter().filter(inexcess).count(), 2, "R21");
    assert!(view::control(&world.state, &world.situation(), &ControlId::new("XX-1")).is_err());
}

#[test]
fn r61_r85_r88_r90_advice_follows_the_settings() {
    let fixed = view::Fixed::default();
    let advice = |world: &World| view::settings(&world.state, &world.situation(), &fixed).advice.join("\n");
    let mut world = World::new();
    assert!(advice(&world).contains("Test the break-glass") && advice(&world).contains("30 to 60 days"));
    world.command(Command::SwitchRemediation(true, text("begin"))).unwrap();
    assert!(advice(&world).contains("Manual is the recommended mode"), "R33");
    world.command(Command::RecordBreakGlassTest(text("both"))).unwrap();
    world.set_mode("LOW-1", Mode::Auto).unwrap();
    assert!(advice(&world).contains("LOW-1 is auto without 30 days"));
    world.pass(TimeDelta::days(91));
    assert!(advice(&world).contains("monthly test") && advice(&world).contains("Review these overrides"));
}

#[test]
fn r53_d6_status_shows_the_switch_the_test_and_what_waits() {
    let (mut world, _) = World::planned();
    let daemon = view::Daemon {
        version: "1".to_owned(),
        tenant: "contoso".to_owned(),
        tenants: vec!["contoso".to_owned()],
        next_scan: None,
        scan: None,
        journal: Default::default(),
        warnings: Vec::new(),
    };
    let you =
        || trueconfig_common::interface::status::You { uid: 1, name: "a".to_owned(), role: Role::Viewer };
    let fixed = view::Fixed::default();
    let status = |world: &World| view::status(&world.state, &world.situation(), &fixed, &daemon, you());
    let before = status(&world);
    assert_eq!((before.pending, before.attention, before.auto_remediation_enabled), (1, 0, true));
    assert_eq!(before.failing["high"], 1);
    assert_eq!(before.emergency_access_verified, Some(world.now));
    assert!(before.warnings.is_empty(), "{:?}", before.warnings);
    world.pass(TimeDelta::days(31));
    let killed = world.command(Command::Kill(text("incident"))).unwrap();
    assert_eq!(kinds(&killed).len(), 2);
    let after = status(&world);
    assert_eq!((after.pending, after.killed.unwrap().by.as_str()), (0, "ada"));
    assert_eq!(after.warnings[0].code, "break_glass_overdue");
}
