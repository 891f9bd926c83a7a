//! Journal boundaries at which a test may kill the process. Without the feature `crash-points`
//! there is nothing of it in the binary.

use trueconfig_core::journal::event::Entry;

/// Counts a boundary, and dies there if it is the one asked for: `TRUECONFIG_CRASH_AT` names its
/// number, `TRUECONFIG_CRASH_LOG` a file that gets a line for each boundary reached. The count goes
/// on in that file, so that a process started again does not die at the same number.
#[cfg(feature = "crash-points")]
pub(super) fn boundary(side: &str, entries: &[Entry]) {
    use std::io::Write;
    let Some(path) = std::env::var_os("TRUECONFIG_CRASH_LOG") else { return };
    let number = std::fs::read_to_string(&path).unwrap_or_default().lines().count() + 1;
    let kinds: Vec<String> =
        entries.iter().filter_map(|entry| entry.draft().ok()).map(|draft| draft.kind).collect();
    if let Ok(mut log) = std::fs::OpenOptions::new().create(true).append(true).open(path) {
        let _ = writeln!(log, "{number} {side} {}", kinds.join(","));
    }
    if std::env::var("TRUECONFIG_CRASH_AT").is_ok_and(|at| at == number.to_string()) {
        let _ = nix::sys::signal::kill(nix::unistd::getpid(), nix::sys::signal::Signal::SIGKILL);
    }
}

#[cfg(not(feature = "crash-points"))]
pub(super) fn boundary(_side: &str, _entries: &[Entry]) {}
