//! An upgrade of the product changes no rule by itself.

use crate::fixture::{World, refusal, text};
use crate::lifecycle::{Command, Offer};

fn offer(world: &World, digest: &str) -> Offer {
    let version = world.baseline.version.clone();
    Offer { version, digest: digest.to_owned(), files: "newer".to_owned() }
}

fn start(world: &mut World, shipped: &str) {
    let start = Command::Start { version: "1".to_owned(), shipped: shipped.to_owned(), repairs: Vec::new() };
    world.command(start).unwrap();
}

fn in_force(world: &World) -> Option<&str> {
    world.state.accepted.baseline.as_ref().map(|taken| taken.files.as_str())
}

#[test]
fn the_first_baseline_is_taken_and_a_newer_one_only_by_a_person() {
    let mut world = World::new();
    start(&mut world, "older");
    assert_eq!(in_force(&world), Some("older"));
    start(&mut world, "newer");
    assert_eq!(in_force(&world), Some("older"), "an upgrade alone changes nothing");
    let newer = offer(&world, "another");
    world.command(Command::TakeBaseline(newer, text("read"))).unwrap();
    assert_eq!(in_force(&world), Some("newer"));
}

#[test]
fn what_is_in_force_is_not_taken_again() {
    let mut world = World::new();
    start(&mut world, "older");
    let same = offer(&world, &world.baseline.digest.clone());
    let said = refusal(world.command(Command::TakeBaseline(same, text(""))));
    assert!(said.contains("in force already"), "{said}");
}
