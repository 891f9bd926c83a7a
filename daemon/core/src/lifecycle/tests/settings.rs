//! Switches, modes, tests, holds.

use crate::fixture::{LOW_1, MID_1, PA_01, World, kinds, refusal, text};
use crate::lifecycle::Command;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::CallError;
use trueconfig_common::mode::Mode;
use trueconfig_common::remediation::RemediationState as S;

#[test]
fn r52_r72_d6_the_kill_switch_cancels_all_pending_and_resume_brings_nothing_back() {
    let (mut world, pending) = World::planned();
    world.set_mode(LOW_1, Mode::Auto).unwrap();
    let approved = world.announce(world.plan(LOW_1, &["cat"]));
    assert_eq!(world.at(&approved), S::Approved);
    let events = world.command(Command::Kill(text("incident"))).unwrap();
    let expected = ["kill_switch_pulled", "remediation_cancelled", "remediation_cancelled"];
    assert_eq!(kinds(&events), expected);
    assert!(!world.state.settings.auto_remediation_enabled);
    assert_eq!(world.state.settings.killed.as_ref().unwrap().by, "ada");

    world.scan();
    assert_eq!(world.state.open().count(), 0, "R73");
    assert!(refusal(world.command(Command::SwitchRemediation(true, text("on")))).contains("resume"));
    world.command(Command::Resume(text("over"))).unwrap();
    assert!(world.state.settings.auto_remediation_enabled && world.state.settings.killed.is_none());
    for id in [pending, approved] {
        assert_eq!(world.at(&id), S::Cancelled);
    }
    assert_eq!(world.run(), 0);
    assert!(refusal(world.command(Command::Resume(text("again")))).contains("not pulled"));
}

#[test]
fn d6_pulling_twice_is_no_error_and_keeps_it_pulled() {
    let mut world = World::new();
    world.command(Command::Kill(text("one"))).unwrap();
    world.command(Command::Kill(text("two"))).unwrap();
    assert!(world.state.settings.killed.is_some());
}

#[test]
fn d6_while_off_every_control_behaves_as_advisory() {
    let mut world = World::enabled();
    world.set_mode(LOW_1, Mode::Auto).unwrap();
    world.command(Command::SwitchRemediation(false, text("pause"))).unwrap();
    for control in [PA_01, LOW_1] {
        assert_eq!(world.state.settings.mode(&ControlId::new(control)), Mode::Advisory);
    }
    world.command(Command::SwitchRemediation(true, text("go on"))).unwrap();
    assert_eq!(world.state.settings.mode(&ControlId::new(LOW_1)), Mode::Auto, "choices are kept");
}

#[test]
fn r16_r17_r54_an_override_beats_the_default_and_can_be_taken_away() {
    let mut world = World::enabled();
    let default = |mode| Command::SetMode { control: None, mode: Some(mode), reason: text("tested") };
    world.command(default(Mode::Manual)).unwrap();
    world.set_mode(LOW_1, Mode::Auto).unwrap();
    let mode = |world: &World, id: &str| world.state.settings.mode(&ControlId::new(id));
    assert_eq!((mode(&world, LOW_1), mode(&world, MID_1)), (Mode::Auto, Mode::Manual));
    let control = Some(ControlId::new(LOW_1));
    world.command(Command::SetMode { control, mode: None, reason: text("") }).unwrap();
    assert_eq!(mode(&world, LOW_1), Mode::Manual);
}

#[test]
fn d21_r37_auto_is_never_the_tenants_default() {
    let mut world = World::enabled();
    let all = Command::SetMode { control: None, mode: Some(Mode::Auto), reason: text("all") };
    assert!(refusal(world.command(all)).contains("per control"));
    assert_eq!(world.state.settings.default_mode, Mode::Advisory);
}

#[test]
fn r62_d10_auto_is_refused_for_the_never_auto_list() {
    let mut world = World::enabled();
    for control in [PA_01, "PA-03", "CA-01", "CA-02"] {
        assert!(refusal(world.set_mode(control, Mode::Auto)).contains("never automatic"), "{control}");
    }
    let unknown = world.set_mode("XX-99", Mode::Manual);
    assert!(matches!(unknown, Err(CallError::NotFound { .. })));
}

#[test]
fn d1_blast_radius_3_goes_to_auto_only_with_a_reason() {
    let mut world = World::enabled();
    let auto = |control, reason| Command::SetMode {
        control: Some(ControlId::new(control)),
        mode: Some(Mode::Auto),
        reason: text(reason),
    };
    assert!(refusal(world.command(auto(MID_1, " "))).contains("blast radius 3"));
    world.command(auto(MID_1, "one app at most, and its owner agrees")).unwrap();
    world.command(auto(LOW_1, "")).unwrap();
}

#[test]
fn a_control_without_a_fix_stays_advisory() {
    let mut world = World::enabled();
    assert!(refusal(world.set_mode("DEP-1", Mode::Manual)).contains("highest mode"));
}

#[test]
fn r18_setting_a_control_to_advisory_cancels_what_waits_for_it_only() {
    let (mut world, first) = World::planned();
    world.set_mode(LOW_1, Mode::Manual).unwrap();
    world.scan();
    let second = world.state.remediations.keys().next_back().unwrap().clone();
    world.set_mode(PA_01, Mode::Advisory).unwrap();
    assert_eq!((world.at(&first), world.at(&second)), (S::Cancelled, S::PendingApproval));
}

#[test]
fn r53_r57_a_break_glass_test_is_recorded_with_who_when_and_what() {
    let mut world = World::new();
    let empty = world.command(Command::RecordBreakGlassTest(text(" ")));
    assert!(matches!(empty, Err(CallError::Invalid { .. })));
    world.command(Command::RecordBreakGlassTest(text("both, with FIDO2"))).unwrap();
    let test = world.state.settings.emergency_access_verified.clone().unwrap();
    assert_eq!((test.at, test.by.as_str(), test.note), (world.now, "ada", text("both, with FIDO2")));
}

#[test]
fn d27_the_documented_names_are_in_the_records() {
    let world = World::enabled();
    let kinds: Vec<String> = world.records().iter().map(|one| one.kind.clone()).collect();
    assert_eq!(kinds, ["remediation_switched", "emergency_access_verified", "mode_set"]);
    assert_eq!(world.records()[0].body["auto_remediation_enabled"], true, "R2");
}

#[test]
fn r2_only_a_recorded_act_switches_it_on() {
    let mut world = World::new();
    world.scan();
    assert!(!world.state.settings.auto_remediation_enabled);
    let events = world.command(Command::SwitchRemediation(true, text("we begin"))).unwrap();
    assert_eq!(kinds(&events), ["remediation_switched"]);
    assert!(world.state.settings.auto_remediation_enabled);
    assert_eq!(world.entries.last().unwrap().actor.to_string(), "ada");
}

#[test]
fn r15_there_are_exactly_three_modes() {
    let mode = |word: &str| serde_json::from_value::<Mode>(serde_json::json!(word));
    let words = ["advisory", "manual", "auto"];
    assert_eq!(words.map(|word| mode(word).unwrap().as_str()), words);
    assert!(["off", "Auto", "automatic", ""].iter().all(|word| mode(word).is_err()));
}

#[test]
fn r4_r59_r60_one_control_goes_from_manual_to_auto_and_no_other() {
    let mut world = World::enabled();
    let modes =
        |world: &World| [LOW_1, PA_01, MID_1].map(|id| world.state.settings.mode(&ControlId::new(id)));
    world.set_mode(LOW_1, Mode::Manual).unwrap();
    assert_eq!(modes(&world), [Mode::Manual, Mode::Manual, Mode::Advisory]);
    world.set_mode(LOW_1, Mode::Auto).unwrap();
    assert_eq!(modes(&world), [Mode::Auto, Mode::Manual, Mode::Advisory]);
}
