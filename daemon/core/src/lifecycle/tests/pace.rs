//! What is too much, too often or at the wrong time asks a person (R39, R47).

use crate::baseline::{Expiry, Freeze};
use crate::fixture::{LOW_1, World};
use chrono::TimeDelta;
use trueconfig_common::gate::Gate;
use trueconfig_common::id::RemediationId;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationState as S;

/// Plans that `user` loses the role, and does it if nobody has to be asked.
fn put_right(world: &mut World, user: &str) -> RemediationId {
    let id = world.announce(world.plan(LOW_1, &[user]));
    world.run();
    id
}

fn enablement(world: &World, id: &RemediationId) -> String {
    let result = world.get(id).gates.iter().find(|one| one.gate == Gate::Enablement).unwrap();
    result.reasons.join("; ")
}

#[test]
fn r39_no_more_than_the_days_number_runs_by_itself() {
    let mut world = World::automatic();
    world.tenant.automatic_per_day = Some(2);
    for user in ["ann", "ben"] {
        let id = put_right(&mut world, user);
        assert_eq!(world.at(&id), S::Verified);
    }
    let third = put_right(&mut world, "cat");
    assert_eq!(world.at(&third), S::PendingApproval);
    assert!(enablement(&world, &third).contains("2 automatic remediations in 24 hours, at most 2 allowed"));
    assert_eq!(world.directory.writes.len(), 2);

    world.pass(TimeDelta::hours(24));
    world.judge();
    world.directory.assign("sam");
    let next_day = put_right(&mut world, "sam");
    assert_eq!(world.at(&next_day), S::Verified);
}

#[test]
fn r39_what_comes_back_again_and_again_asks_the_fourth_time() {
    let mut world = World::automatic();
    for _ in 0..3 {
        let id = put_right(&mut world, "ann");
        assert_eq!(world.at(&id), S::Verified);
        world.pass(TimeDelta::days(2));
        world.directory.assign("ann");
        world.judge();
    }
    let fourth = put_right(&mut world, "ann");
    assert_eq!(world.at(&fourth), S::PendingApproval);
    assert!(
        enablement(&world, &fourth).contains("put right 3 times in 30 days"),
        "{}",
        enablement(&world, &fourth)
    );
    let another = put_right(&mut world, "ben");
    assert_eq!(world.at(&another), S::Verified, "nobody brought that one back");
}

#[test]
fn r39_in_a_freeze_a_person_decides_knowing_it() {
    let mut world = World::automatic();
    let (from, until) = (Expiry(world.now), Expiry(world.now + TimeDelta::days(10)));
    world.tenant.freezes = vec![Freeze { from, until, reason: "end of the year".to_owned(), zone: None }];
    let frozen = put_right(&mut world, "ann");
    assert_eq!(world.at(&frozen), S::PendingApproval);
    assert!(enablement(&world, &frozen).contains("frozen until 2026-12-04 09:00 UTC: end of the year"));
    world.approve(&frozen).unwrap();
    world.run();
    assert_eq!(world.at(&frozen), S::Verified, "who approved had acknowledged it");

    world.pass(TimeDelta::days(10));
    world.judge();
    let after = put_right(&mut world, "ben");
    assert_eq!(world.at(&after), S::Verified);
}

#[test]
fn d4_an_approval_from_before_a_freeze_asks_again() {
    let mut world = World::automatic();
    world.set_mode(LOW_1, Mode::Manual).unwrap();
    let id = world.announce(world.plan(LOW_1, &["ann"]));
    world.approve(&id).unwrap();
    let (from, until) = (Expiry(world.now), Expiry(world.now + TimeDelta::days(1)));
    world.tenant.freezes = vec![Freeze { from, until, reason: "an audit".to_owned(), zone: None }];
    world.run();
    assert_eq!((world.at(&id), world.directory.writes.len()), (S::PendingApproval, 0));
}
