//! What is in the built daemon and what is not.

use std::path::Path;
use trueconfig_tests::support::{binaries, binaries_with_crash_points};

/// The variable that makes a daemon with crash points kill itself.
const CRASH_AT: &[u8] = b"TRUECONFIG_CRASH_AT";

#[test]
fn a_daemon_as_users_get_it_has_no_crash_points() {
    assert!(!holds(&binaries().trueconfigd, CRASH_AT), "the feature crash-points is on by default");
    let other = &binaries_with_crash_points().trueconfigd;
    assert!(holds(other, CRASH_AT), "{CRASH_AT:?} was looked for in vain even where it must be");
}

fn holds(file: &Path, word: &[u8]) -> bool {
    let bytes = std::fs::read(file).expect("the binary can be read");
    bytes.windows(word.len()).any(|window| window == word)
}
