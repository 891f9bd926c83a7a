//! The workspace the tests were built from.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Variables cargo sets for the test it runs. A cargo started from the test would take them for the
/// user's, and build scripts that watch them would run again.
const SET_FOR_TESTS: [&str; 6] = [
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
];

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("tests/ stands in the workspace").to_owned()
}

/// The folder of Microsoft's own descriptions of Graph, for tests that are ignored without it.
pub fn graph_oracle() -> PathBuf {
    let set = std::env::var_os("TRUECONFIG_GRAPH_ORACLE").map(PathBuf::from);
    let folder = set.unwrap_or_else(|| root().join("../shared/graph"));
    assert!(folder.is_dir(), "no {}: set TRUECONFIG_GRAPH_ORACLE to the folder", folder.display());
    folder
}

/// Cargo as a user would start it at the workspace's root, never reaching out to a registry.
pub fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root()).args(arguments).args(["--offline", "--locked"]);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if SET_FOR_TESTS.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}
