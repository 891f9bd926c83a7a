use super::{Action, Chord, KeyTable, KeyTableError, table};
use crate::app::place::{Focus, Place, ScreenId};
use std::collections::BTreeSet;

fn key(name: &str) -> Chord {
    Chord::parse(name).expect("a key's name")
}

#[test]
fn the_standard_table_has_no_duplicate() {
    KeyTable::standard().expect("the table is sound");
}

#[test]
fn a_duplicate_key_is_refused_at_start() {
    let rows =
        [table::row(&["a"], Action::Approve, &[ScreenId::Approvals]), table::row(&["a"], Action::Leave, &[])];
    let error = KeyTable::from_rows(&rows).expect_err("a has two meanings");
    assert_eq!(
        error,
        KeyTableError::Duplicate { key: key("a"), first: Action::Approve, second: Action::Leave }
    );
    assert_eq!(error.to_string(), "key table: a means both Approve and Leave at the same place");
}

#[test]
fn one_key_may_mean_two_things_on_two_screens() {
    let rows = [
        table::row(&["a"], Action::Approve, &[ScreenId::Approvals]),
        table::row(&["a"], Action::Acknowledge, &[ScreenId::Drift]),
    ];
    let keys = KeyTable::from_rows(&rows).expect("different screens");
    let place = |screen| Place { screen, focus: Focus::List };
    assert_eq!(keys.action(key("a"), place(ScreenId::Drift)), Some(Action::Acknowledge));
    assert_eq!(keys.action(key("a"), place(ScreenId::Audit)), None);
}

#[test]
fn an_unknown_key_is_refused_at_start() {
    let rows = [table::row(&["hyper-a"], Action::Leave, &[])];
    assert_eq!(
        KeyTable::from_rows(&rows).expect_err("no such key"),
        KeyTableError::UnknownKey("hyper-a".into())
    );
}

#[test]
fn every_screen_is_one_number_away() {
    let keys = KeyTable::standard().expect("sound");
    let place = Place { screen: ScreenId::Controls, focus: Focus::Detail };
    let reached: BTreeSet<_> =
        (1..=7).filter_map(|number| keys.action(key(&number.to_string()), place)).collect();
    assert_eq!(reached.len(), 7);
    for screen in ScreenId::ALL {
        assert!(reached.contains(&Action::Go(screen)), "{screen:?}");
    }
}

/// R52: the kill switch is reachable from any screen.
#[test]
fn r52_the_kill_switch_is_everywhere() {
    let keys = KeyTable::standard().expect("sound");
    for screen in ScreenId::ALL {
        for focus in [Focus::List, Focus::Detail] {
            assert_eq!(keys.action(key("K"), Place { screen, focus }), Some(Action::Kill));
        }
    }
}

#[test]
fn every_binding_is_explained() {
    let keys = KeyTable::standard().expect("sound");
    assert!(keys.bindings.iter().all(|binding| !binding.help.is_empty()));
    assert!(keys.describe().contains("approve and execute the plan"));
}

/// The documentation is the table, printed.
#[test]
fn the_documentation_is_made_from_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/keys.md");
    let keys = KeyTable::standard().expect("sound").describe();
    let page = format!("{KEYS_PAGE}```text\n{keys}```\n");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("written");
    }
    let written = std::fs::read_to_string(&path).expect("docs/keys.md is there");
    assert_eq!(written, page, "run this test with UPDATE_DOCS=1");
}

const KEYS_PAGE: &str = "\
# Keys of the screens

Keys, the action's name, where it counts, and what it does. Made from the key table by a test of the
client; `trueconfig keys` prints the same, with your own keys in it.

Your own keys stand in `$XDG_CONFIG_HOME/trueconfig/keys` (or `--keys FILE`, `TRUECONFIG_KEYS`), one
action a line, such as `roll-back = B`; a line replaces all keys of its action, and a key that would
mean two things at one place is an error at the start. In a dialog `tab` and the arrows go from field
to field, `enter` takes, `space` acknowledges, `esc` cancels; pasted or buffered keys never confirm.

";

#[test]
fn every_action_has_a_name() {
    let keys = KeyTable::standard().expect("sound");
    assert!(keys.bindings.iter().all(|binding| !binding.action.name().is_empty()));
}

#[test]
fn a_person_may_have_their_own_keys() {
    let keys = KeyTable::patched("keys", "# mine\n\nroll-back = B\nleave = Q ctrl-c\n").expect("sound");
    let place = Place { screen: ScreenId::History, focus: Focus::Detail };
    assert_eq!(keys.action(key("B"), place), Some(Action::RollBack));
    assert_eq!(keys.action(key("b"), place), None);
    assert_eq!(keys.action(key("Q"), place), Some(Action::Leave));
    assert_eq!(keys.action(key("q"), place), None);
}

#[test]
fn mistakes_in_own_keys_are_told_with_their_line() {
    let told = |text: &str| KeyTable::patched("keys", text).expect_err("wrong").to_string();
    assert_eq!(told("leave = Q\nfly = f"), "keys:2: there is no action \"fly\"; trueconfig keys lists them");
    assert_eq!(told("leave Q"), "keys:1: a line is written: action = key key");
    assert_eq!(told("leave = hyper-q"), "keys:1: \"hyper-q\" is not the name of a key");
    assert_eq!(told("leave ="), "keys:1: leave needs a key");
    assert!(told("leave = K").contains("K means both"));
}
