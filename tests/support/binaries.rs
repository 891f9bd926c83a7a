//! The two binaries, built by the first test that asks and never taken from an older build.
//!
//! Both variants are built in the tests' own target folder, where every dependency is built already, and
//! kept apart by a hard link each: cargo gives both the same final name.

use super::workspace::cargo;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The built programs, beside each other as they are installed.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The daemon.
    pub trueconfigd: PathBuf,
    /// The client.
    pub trueconfig: PathBuf,
}

/// As users get them.
///
/// # Panics
/// If they cannot be built.
pub fn binaries() -> &'static Binaries {
    static BUILT: OnceLock<Binaries> = OnceLock::new();
    BUILT.get_or_init(|| build("plain", &[]))
}

/// With the daemon dying at the journal boundary that `TRUECONFIG_CRASH_AT` names.
///
/// # Panics
/// If they cannot be built.
pub fn binaries_with_crash_points() -> &'static Binaries {
    static BUILT: OnceLock<Binaries> = OnceLock::new();
    BUILT.get_or_init(|| build("crash-points", &["--features", "trueconfig-daemon/crash-points"]))
}

fn build(variant: &str, features: &[&str]) -> Binaries {
    let profile_dir = profile_dir();
    let target_dir = profile_dir.parent().expect("a profile's folder stands in the target folder");
    let kept = profile_dir.join("whole-system").join(variant);
    fs::create_dir_all(&kept).expect("the target folder can be written");
    // Test targets may run at the same time; from the build to the links they must not.
    let lock = File::create(profile_dir.join("whole-system/lock")).expect("the target folder can be written");
    lock.lock().expect("the lock can be taken");
    run_cargo(&profile_dir, target_dir, features);
    let binaries = Binaries {
        trueconfigd: keep(&profile_dir, &kept, "trueconfigd"),
        trueconfig: keep(&profile_dir, &kept, "trueconfig"),
    };
    if !features.is_empty() {
        // What stands under the usual name is again what users get.
        run_cargo(&profile_dir, target_dir, &[]);
    }
    binaries
}

/// The whole workspace is named because cargo then chooses the same features for dependencies as it did for
/// the tests, and builds none of them again.
fn run_cargo(profile_dir: &Path, target_dir: &Path, features: &[&str]) {
    let name = profile_dir.file_name().and_then(|name| name.to_str()).expect("profiles have plain names");
    let profile = if name == "debug" { "dev" } else { name };
    let mut command = cargo(&["build", "--workspace", "--bins", "--quiet", "--profile", profile]);
    command.arg("--target-dir").arg(target_dir).args(features);
    let status = command.status().expect("cargo can be started");
    assert!(status.success(), "{command:?} failed");
}

fn keep(from: &Path, to: &Path, name: &str) -> PathBuf {
    let (built, kept, new) = (from.join(name), to.join(name), to.join(format!("{name}.new")));
    let _ = fs::remove_file(&new);
    fs::hard_link(&built, &new).unwrap_or_else(|error| panic!("{}: {error}", built.display()));
    fs::rename(&new, &kept).expect("a link can be renamed");
    // Renaming one link over another of the same file does nothing.
    let _ = fs::remove_file(&new);
    kept
}

/// `target/debug` for a test in `target/debug/deps`.
fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let deps = test.parent().expect("a test stands in a folder");
    deps.parent().expect("deps stands in the profile's folder").to_owned()
}
