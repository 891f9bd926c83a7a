//! Each guard alone: what it objects to, what it blocks, and that planning, approval and execution listen to it.

use super::{Guarded, WHY_NOW, run};
use crate::baseline::{ChangeWindow, Exception, Expiry, Freeze};
use crate::fixture::{Fault, LOW_1, World, refusal, text};
use crate::journal::event::Event;
use crate::lifecycle::{Command, work};
use crate::plan::Plan;
use chrono::{TimeDelta, Weekday};
use trueconfig_common::gate::{Gate, GateOutcome};
use trueconfig_common::guard::{Guard, GuardResult};
use trueconfig_common::id::{ControlId, RemediationId};
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::drift::Mover;
use trueconfig_common::mode::Mode;
use trueconfig_common::personal::Personal;
use trueconfig_common::remediation::RemediationState as S;
use trueconfig_common::verdict::Verdict;
use trueconfig_common::window::Window;

/// The fixture's clock is at 09:00 on a Tuesday.
fn nightly() -> ChangeWindow {
    let at = |clock: &str| clock.to_owned();
    ChangeWindow { days: Vec::new(), from: at("22:00"), until: at("23:00"), zone: at("UTC") }
}

fn freeze(world: &World, hours: i64) -> Freeze {
    let (from, until) = (Expiry(world.now), Expiry(world.now + TimeDelta::hours(hours)));
    Freeze { from, until, reason: "end of the year".to_owned(), zone: None }
}

fn says(world: &World, plan: &Plan, guard: Guard) -> GuardResult {
    let situation = world.situation();
    let all = run(&Guarded::new(&world.state, plan, &situation, world.now));
    assert_eq!(all.len(), Guard::ALL.len());
    assert!(all.iter().all(|one| !one.reasons.is_empty()));
    all.into_iter().find(|one| one.guard == guard).unwrap()
}

/// In manual mode, waiting for approval.
fn waiting(world: &mut World, users: &[&str]) -> RemediationId {
    world.set_mode(LOW_1, Mode::Manual).unwrap();
    let id = world.announce(world.plan(LOW_1, users));
    assert_eq!(world.at(&id), S::PendingApproval);
    id
}

#[test]
fn what_runs_by_itself_waits_for_the_next_change_window() {
    let mut world = World::automatic();
    world.tenant.change_windows = vec![nightly()];
    let id = world.announce(world.plan(LOW_1, &["ann"]));
    assert_eq!((world.at(&id), work::next(&world.state)), (S::Approved, None));
    assert_eq!(world.get(&id).window().unwrap().to_string(), "Tue 2026-11-24 22:00-23:00 UTC");
    world.pass(TimeDelta::hours(13));
    world.command(Command::Tick).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::Verified);
}

/// Deny wins: a freeze over the window asks a person even for what would run by itself.
#[test]
fn a_freeze_wins_over_a_change_window() {
    let mut world = World::automatic();
    world.tenant.change_windows = vec![nightly()];
    world.tenant.freezes = vec![freeze(&world, 24)];
    let id = world.announce(world.plan(LOW_1, &["ann"]));
    assert_eq!(world.at(&id), S::PendingApproval);
    let gate = world.get(&id).gates.iter().find(|one| one.gate == Gate::Enablement).unwrap().clone();
    assert_eq!(gate.reasons, ["changes are frozen until 2026-11-25 09:00 UTC: end of the year"]);

    let window = Window { from: world.now, until: world.now + TimeDelta::hours(1), zone: "UTC".into() };
    let mut approval = world.approval(&id);
    if let Command::Approve { window: wanted, .. } = &mut approval {
        *wanted = Some(window);
    }
    let told = refusal(world.command(approval));
    assert!(told.contains("meets a freeze: changes are frozen until 2026-11-25 09:00 UTC"), "{told}");
}

#[test]
fn who_overruns_the_change_windows_says_why() {
    let mut world = World::automatic();
    world.tenant.change_windows = vec![nightly()];
    let id = waiting(&mut world, &["ann"]);
    let found = says(&world, &world.get(&id).plan.clone(), Guard::ChangeTimes);
    assert_eq!(found.outcome, GateOutcome::RequiresApproval);
    assert_eq!(
        found.reasons,
        ["it is outside of the change windows: the next is Tue 2026-11-24 22:00-23:00 UTC"]
    );
    let mut silent = world.approval(&id);
    if let Command::Approve { note, .. } = &mut silent {
        *note = text(" ");
    }
    let told = world.command(silent);
    assert!(matches!(&told, Err(CallError::Invalid { message }) if message.contains(WHY_NOW)), "{told:?}");
    world.approve(&id).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::Verified);
}

#[test]
fn an_approval_for_a_change_window_overruns_nothing() {
    let mut world = World::automatic();
    world.tenant.change_windows = vec![nightly()];
    let id = waiting(&mut world, &["ann"]);
    let window = world.tenant.next_change_window(world.now);
    let Command::Approve { digest, approver, .. } = world.approval(&id) else { unreachable!() };
    let (note, acknowledge) = (text(""), Vec::new());
    world.command(Command::Approve { id: id.clone(), digest, note, acknowledge, approver, window }).unwrap();
    world.pass(TimeDelta::hours(13));
    world.command(Command::Tick).unwrap();
    world.run();
    assert_eq!(world.at(&id), S::Verified);
}

/// In Berlin the clocks went back on 25 October 2026 and forward on 28 March 2027.
#[test]
fn change_windows_keep_their_clocks_across_a_change() {
    let at = |text: &str| text.parse().unwrap();
    let weekend = ChangeWindow {
        days: vec![Weekday::Sat, Weekday::Sun],
        from: "22:00".to_owned(),
        until: "04:00".to_owned(),
        zone: "Europe/Berlin".to_owned(),
    };
    let next = |now: &str| weekend.next(at(now)).unwrap().to_string();
    assert_eq!(next("2026-10-20T12:00:00Z"), "Sat 2026-10-24 22:00 - Sun 2026-10-25 04:00 Europe/Berlin");
    assert_eq!(weekend.next(at("2026-10-20T12:00:00Z")).unwrap().until, at("2026-10-25T03:00:00Z"));
    assert_eq!(next("2026-10-25T02:59:00Z"), "Sat 2026-10-24 22:00 - Sun 2026-10-25 04:00 Europe/Berlin");
    assert_eq!(next("2026-10-25T03:00:00Z"), "Sun 2026-10-25 22:00 - Mon 2026-10-26 04:00 Europe/Berlin");
    let skipped = ChangeWindow { from: "02:30".to_owned(), ..weekend.clone() };
    let after = skipped.next(at("2027-03-28T00:00:00Z")).unwrap();
    assert_eq!(
        after.to_string(),
        "Sat 2027-04-03 02:30-04:00 Europe/Berlin",
        "no window on a day that skips it"
    );
    let berlin = Freeze { zone: Some("Europe/Berlin".to_owned()), ..freeze_of_a_day() };
    assert!(berlin.holds_at(at("2026-12-17T23:00:00Z")) && !berlin.holds_at(at("2026-12-18T23:00:00Z")));
    assert!(!freeze_of_a_day().holds_at(at("2026-12-17T23:00:00Z")));
}

fn freeze_of_a_day() -> Freeze {
    let day = |text: &str| Expiry(text.parse().unwrap());
    let (from, until) = (day("2026-12-18T00:00:00Z"), day("2026-12-19T00:00:00Z"));
    Freeze { from, until, reason: "audit".to_owned(), zone: None }
}

#[test]
fn times_that_make_no_sense_are_refused_with_words() {
    let wrong = |change: fn(&mut ChangeWindow)| {
        let mut window = nightly();
        change(&mut window);
        window.check().unwrap_err()
    };
    assert!(wrong(|one| one.zone = "Mars".to_owned()).contains("\"Mars\" is not a time zone"));
    assert!(wrong(|one| one.from = "10 pm".to_owned()).contains("\"10 pm\" is not a time of day"));
    assert!(wrong(|one| one.until = "22:00".to_owned()).contains("at the same time"));
    let turned = Freeze { until: freeze_of_a_day().from, ..freeze_of_a_day() };
    assert_eq!(turned.check().unwrap_err(), "it ends before it begins");
}

/// D4: without the tenant as it was read nobody can show that nobody is locked out, and no acknowledgement helps.
#[test]
fn nothing_runs_when_the_snapshot_it_was_planned_from_is_lost() {
    let mut world = World::automatic();
    let id = waiting(&mut world, &["ann"]);
    world.approve(&id).unwrap();
    world.judged = None;
    let plan = world.get(&id).plan.clone();
    for guard in [Guard::LockOut, Guard::Protected, Guard::LastAdministrators, Guard::Exceptions] {
        let found = says(&world, &plan, guard);
        assert_eq!(found.outcome, GateOutcome::Blocked, "{guard:?}");
        assert_eq!(found.reasons, ["the snapshot it was planned from is lost: scan, and plan again"]);
    }
    world.step(Fault::None).unwrap();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::Blocked, 0));
}

#[test]
fn more_at_once_or_in_an_hour_than_allowed_asks() {
    let mut world = World::automatic();
    world.tenant.objects_per_plan = Some(1);
    let two = world.plan(LOW_1, &["ann", "ben"]);
    assert_eq!(
        says(&world, &two, Guard::Limits).reasons,
        ["it touches 2 objects, at most 1 are allowed at once"]
    );
    let id = world.announce(two);
    assert_eq!(world.at(&id), S::PendingApproval);
    world.approve(&id).unwrap();
    world.run();
    world.tenant.objects_per_plan = None;
    world.tenant.writes_per_hour = Some(2);
    world.judge();
    let third = world.plan(LOW_1, &["cat"]);
    let told = says(&world, &third, Guard::Limits).reasons;
    assert_eq!(told, ["2 writes in the last hour and 1 more, at most 2 are allowed"]);
    world.pass(TimeDelta::hours(1));
    assert_eq!(says(&world, &third, Guard::Limits).outcome, GateOutcome::Pass);
}

#[test]
fn flapping_stops_and_names_who_brings_it_back() {
    let mut world = World::automatic();
    let movers = vec![Mover {
        who: Personal::new("mallory@contoso.com"),
        id: "m".to_owned(),
        kind: "user".to_owned(),
        from: Personal::new(""),
        at: None,
        activity: "Add member to role".to_owned(),
        target: Personal::new("ann"),
        values: Vec::new(),
    }];
    for _ in 0..3 {
        let id = world.announce(world.plan(LOW_1, &["ann"]));
        world.run();
        assert_eq!(world.at(&id), S::Verified);
        world.pass(TimeDelta::days(1));
        world.directory.assign("ann");
        let changed = |to: Verdict, movers: Vec<Mover>| {
            let (control, from, reason) = (ControlId::new(LOW_1), None, text("again"));
            Event::VerdictChanged { control, from, to, reason, movers }
        };
        world.fold(vec![changed(Verdict::Pass, Vec::new()), changed(Verdict::Fail, movers.clone())]);
        world.judge();
    }
    let id = world.announce(world.plan(LOW_1, &["ann"]));
    assert_eq!(world.at(&id), S::PendingApproval);
    let told = says(&world, &world.get(&id).plan.clone(), Guard::Flapping).reasons.join("");
    assert!(told.contains("3 times in 30 days, and brought back by mallory@contoso.com"), "{told}");
}

#[test]
fn d13_a_plan_against_a_break_glass_account_or_ourselves_is_blocked() {
    let mut world = World::automatic();
    for (user, own) in [("key-1", false), ("key-2", false), ("ann", true)] {
        world.tenant.own_principals = if own { vec!["ann".to_owned()] } else { Vec::new() };
        let plan = world.plan(LOW_1, &[user]);
        assert_eq!(says(&world, &plan, Guard::Protected).outcome, GateOutcome::Blocked, "{user}");
        let id = world.announce(plan);
        assert_eq!(world.at(&id), S::Blocked, "{user}");
    }
    world.tenant.own_principals.clear();
    let for_pa_03 = Plan { control: ControlId::new("PA-03"), ..world.plan(LOW_1, &["key-1"]) };
    assert_eq!(says(&world, &for_pa_03, Guard::Protected).outcome, GateOutcome::Pass, "D17");
    assert_eq!(says(&world, &world.plan(LOW_1, &["ann"]), Guard::Protected).outcome, GateOutcome::Pass);
}

#[test]
fn the_last_two_global_administrators_stay() {
    let world = World::automatic();
    let all_but = |left: usize| {
        let users = ["ann", "ben", "cat", "key-1", "key-2"];
        says(&world, &world.plan(LOW_1, &users[left..]), Guard::LastAdministrators)
    };
    assert_eq!(all_but(2).outcome, GateOutcome::Pass);
    assert_eq!(all_but(1).outcome, GateOutcome::Blocked);
    assert_eq!(all_but(1).reasons, ["1 Global Administrators who can sign in would be left, 2 must"]);
}

/// D23: what was excepted after the approval is not touched either.
#[test]
fn d23_an_exception_binds_the_executor() {
    let mut world = World::automatic();
    let id = waiting(&mut world, &["ann"]);
    world.approve(&id).unwrap();
    let expires = Expiry(world.now + TimeDelta::days(9));
    let (object, reason, owner) = ("ann@contoso.com".to_owned(), "works".to_owned(), "ben".to_owned());
    let control = ControlId::new(LOW_1);
    world.tenant.exceptions = vec![Exception { control, object, reason, owner, expires, value: None }];
    world.run();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::Blocked, 0));
}

/// The counterexample is data: who, by which policy, under which conditions, and why.
#[test]
fn a_lock_out_is_told_as_a_sign_in_that_would_be_refused() {
    let world = World::automatic();
    let plan = world.plan(LOW_1, &["key-1"]);
    let found = says(&world, &plan, Guard::LockOut);
    assert_eq!(found.outcome, GateOutcome::Blocked);
    let sign_in = found.counterexample.expect("somebody");
    assert_eq!((sign_in.who.as_str(), sign_in.why.as_str()), ("key-1", "it is no Global Administrator"));
    assert_eq!(found.reasons, [sign_in.to_string()]);
}
