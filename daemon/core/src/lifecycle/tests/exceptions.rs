//! Exceptions and attestations that people make (D23).

use crate::fixture::{PA_01, World, refusal, text};
use crate::journal::event::Event;
use crate::lifecycle::{Command, NewException};
use chrono::TimeDelta;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::CallError;
use trueconfig_common::remediation::RemediationState as S;

fn exception(object: &str) -> NewException {
    NewException {
        control: ControlId::new(PA_01),
        object: text(object),
        reason: text("moves to PIM in spring"),
        owner: text("ciso@contoso.com"),
        expires: None,
        value: None,
    }
}

/// Makes an exception, and does what the coordinator then does.
fn except(world: &mut World, object: &str) -> Vec<Event> {
    world.command(Command::AddException(exception(object))).unwrap();
    world.tenant = world.state.accepted.beside(&Default::default());
    world.judge();
    world.command(Command::Rejudge).unwrap()
}

#[test]
fn d23_an_excepted_object_is_taken_out_of_a_plan_that_waits() {
    let (mut world, id) = World::planned();
    let targets = world.targets(&id);
    let events = except(&mut world, &targets[0]);
    assert!(matches!(world.at(&id), S::Superseded | S::Cancelled), "{:?}", world.at(&id));
    assert!(!events.is_empty());
    world.scan();
    let waiting = world.state.open().filter(|one| one.plan.control.as_str() == PA_01);
    for remediation in waiting {
        assert!(remediation.plan.targets().all(|target| target.as_str() != targets[0]));
    }
}

#[test]
fn d23_an_exception_has_a_reason_an_owner_and_an_end() {
    let mut world = World::enabled();
    let add = |world: &mut World, new: NewException| world.command(Command::AddException(new));
    for (new, complaint) in [
        (NewException { reason: text(" "), ..exception("ann") }, "needs its reason"),
        (NewException { owner: text(""), ..exception("ann") }, "needs its owner"),
        (NewException { object: text(""), ..exception("ann") }, "needs its object"),
        (NewException { expires: Some(world.now), ..exception("ann") }, "ends in the future"),
        (NewException { value: Some(1.into()), ..exception("ann") }, "no value to accept"),
    ] {
        let said = refusal(add(&mut world, new));
        assert!(said.contains(complaint), "{said}");
    }
    let unknown = NewException { control: ControlId::new("XX-1"), ..exception("ann") };
    assert!(matches!(add(&mut world, unknown), Err(CallError::NotFound { .. })));
    add(&mut world, exception("ann")).unwrap();
    assert_eq!(world.state.accepted.exceptions[0].expires, world.now + TimeDelta::days(90));
}

#[test]
fn d23_an_exception_is_replaced_and_removed_whatever_its_casing() {
    let mut world = World::enabled();
    for object in ["ANN@contoso.com", "ann@contoso.com"] {
        world.command(Command::AddException(exception(object))).unwrap();
    }
    assert_eq!(world.state.accepted.exceptions.len(), 1);
    let control = ControlId::new(PA_01);
    let remove = Command::RemoveException(control.clone(), text("Ann@Contoso.com"), text("done"));
    world.command(remove.clone()).unwrap();
    assert!(world.state.accepted.exceptions.is_empty());
    assert!(matches!(world.command(remove), Err(CallError::NotFound { .. })));
}

#[test]
fn d23_ends_are_announced_14_7_and_1_days_before_and_when_they_come() {
    let mut world = World::enabled();
    except(&mut world, "ann");
    let mut announced = Vec::new();
    for day in 0..=92 {
        for event in world.command(Command::Tick).unwrap() {
            if let Event::ExceptionEnds { days, .. } = event {
                announced.push((day, days));
            }
        }
        assert!(world.command(Command::Tick).unwrap().is_empty(), "said once");
        world.pass(TimeDelta::days(1));
    }
    assert_eq!(announced, [(76, 14), (83, 7), (89, 1), (90, 0)]);
}

#[test]
fn a_persons_word_is_kept_with_who_and_when() {
    let mut world = World::enabled();
    let control = ControlId::new(PA_01);
    let said = refusal(world.command(Command::Attest(control.clone(), text(" "))));
    assert!(said.contains("how it was seen"), "{said}");
    world.command(Command::Attest(control.clone(), text("seen in the portal"))).unwrap();
    let config = world.state.accepted.beside(&Default::default());
    let kept = &config.attestations[0];
    assert_eq!((kept.control.clone(), kept.attested.0), (control, world.now));
    assert!(!kept.owner.is_empty());
}
