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
    assert!(error.to_string().starts_with("a means both approve and leave at the same place"));
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

Your own keys stand in `$XDG_CONFIG_HOME/trueconfig/client.toml` (or `--preferences FILE`,
`TRUECONFIG_PREFERENCES`) under `[keys]`, such as `roll-back = \"B\"`. A line replaces all keys of its
action; a key that would mean two things at one place is an error at the start. The same file takes
`theme` (`dark`, `light`, `high-contrast`, `basic`, `mono`), `ascii = true`, and under
`[tenant.NAME]` an `accent` (`red`, `green`, `yellow`, `blue`, `magenta`, `cyan`).

In a dialog `tab` and the arrows go from field to field, `enter` takes, `space` acknowledges, `esc`
cancels; pasted or buffered keys never confirm.

";

#[test]
fn every_action_has_a_name() {
    let keys = KeyTable::standard().expect("sound");
    assert!(keys.bindings.iter().all(|binding| !binding.action.name().is_empty()));
}
