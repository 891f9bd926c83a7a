//! The shape of source files.

use crate::{assert_none, source_files};

/// No file is longer, tests included.
const LONGEST_FILE_LINES: usize = 600;

/// What the core may not name: it does no IO, reads no clock, draws no randomness, is not async.
/// A writer that the caller brings is no IO of the core's; the standard streams would be.
const IMPURE: [&str; 16] = [
    "std::env",
    "std::fs",
    "io::stdin",
    "io::stdout",
    "io::stderr",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "Instant::now",
    "SystemTime",
    "Utc::now",
    "Local::now",
    "Uuid::new_v4",
    "async ",
    ".await",
];

/// A crate and the folders that may name it.
const OUTSIDE_WORLDS: [(&str, &[&str]); 6] = [
    // The demo's witness asks the tenant by itself, past everything it bears witness of.
    ("reqwest", &["daemon/src/graph/", "daemon/src/alerts/", "daemon/src/demo/witness.rs"]),
    ("lettre", &["daemon/src/alerts/"]),
    ("sled", &["daemon/src/store/"]),
    ("interprocess", &["daemon/src/ipc/", "common/src/client"]),
    ("listenfd", &["daemon/src/ipc/"]),
    ("axum", &["daemon/twin/", "tests/simulation/"]),
];

/// Where whole-system tests wait, a server that pretends to be slow to a clock that stands still, and a bench
/// of how little happens in minutes.
const MAY_PAUSE: [&str; 4] = [
    "tests/support/eventually.rs",
    "daemon/src/graph/scripted.rs",
    "tests/benches/at_rest.rs",
    // Its time stands still but for these.
    "tests/simulation/",
];

#[test]
fn no_file_is_longer_than_600_lines() {
    let long = |lines: usize| lines > LONGEST_FILE_LINES;
    let files = source_files().into_iter().filter(|file| file.is_rust());
    let lengths = files.map(|file| (file.text.lines().count(), file.path));
    let broken =
        lengths.filter(|(lines, _)| long(*lines)).map(|(lines, path)| format!("{path}: {lines} lines"));
    assert_none("a file of more than 600 lines is two files", broken.collect());
}

/// Invariant 1.
#[test]
fn the_core_is_pure() {
    let files = source_files();
    let core = files.iter().filter(|file| file.is_rust() && file.path.starts_with("daemon/core/src/"));
    let code =
        core.flat_map(|file| file.product_lines()).filter(|(_, line)| !line.trim_start().starts_with("//"));
    let broken = code
        .filter(|(_, line)| IMPURE.iter().any(|word| line.contains(word)))
        .map(|(place, _)| place)
        .collect();
    assert_none("the core does no IO, reads no clock, draws no randomness and is not async", broken);
}

/// Invariant 7.
#[test]
fn only_one_module_knows_each_outside_world() {
    let files = source_files();
    let mut broken = Vec::new();
    for (name, homes) in OUTSIDE_WORLDS {
        let word = format!("{name}::");
        let abroad = files
            .iter()
            .filter(|file| file.is_rust() && !homes.iter().any(|home| file.path.starts_with(home)));
        let lines = abroad.flat_map(|file| file.product_lines()).filter(|(_, line)| line.contains(&word));
        broken.extend(lines.map(|(place, _)| format!("{place}: {name}")));
    }
    assert_none("an outside world has one module that knows it", broken);
}

/// Invariant 8.
#[test]
fn no_channel_is_unbounded() {
    assert_none(
        "give the channel a capacity with a name",
        places(&[concat!("unbounded", "_channel"), concat!("mpsc::unb", "ounded")]),
    );
}

#[test]
fn lints_are_never_switched_off() {
    let words = [concat!("#[", "allow("), concat!("#![", "allow(")];
    assert_none("use #[expect(…, reason = …)], sparingly", places(&words));
}

#[test]
fn nothing_is_left_to_be_done() {
    let words =
        [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("FIX", "ME"), concat!("TO", "DO:")];
    assert_none("what is not done is not landed", places(&words));
}

#[test]
fn no_path_of_a_machine_of_ours_is_named() {
    let words =
        [concat!("\"/wo", "rk/"), concat!("/ro", "ot/"), concat!("\"/ho", "me/"), concat!("/wo", "rk/")];
    assert_none("paths are relative to the workspace, or of an installed system", places(&words));
}

#[test]
fn tests_wait_for_conditions_and_never_sleep() {
    let files = source_files();
    let tests = files
        .iter()
        .filter(|file| file.is_rust() && !MAY_PAUSE.iter().any(|place| file.path.starts_with(place)))
        .flat_map(|file| file.test_lines());
    let words = [concat!("::sle", "ep("), concat!(" sle", "ep(")];
    let broken =
        tests.filter(|(_, line)| words.iter().any(|word| line.contains(word))).map(|(place, _)| place);
    assert_none("wait for a condition with a deadline: support::eventually", broken.collect());
}

#[test]
fn an_ignored_test_says_what_it_needs() {
    let files = source_files();
    let lines = files.iter().filter(|file| file.is_rust()).flat_map(|file| file.lines());
    let (ignore, needs) = (concat!("#[", "ignore"), concat!("#[", "ignore = \"needs "));
    let broken =
        lines.filter(|(_, line)| line.contains(ignore) && !line.contains(needs)).map(|(place, _)| place);
    assert_none("a test is ignored only for what it needs, and says so: needs …", broken.collect());
}

/// Places in any text file of ours, Cargo's lock excepted, that hold one of the words.
fn places(words: &[&str]) -> Vec<String> {
    let files = source_files();
    let lines = files.iter().filter(|file| file.path != "Cargo.lock").flat_map(|file| file.lines());
    lines.filter(|(_, line)| words.iter().any(|word| line.contains(word))).map(|(place, _)| place).collect()
}
