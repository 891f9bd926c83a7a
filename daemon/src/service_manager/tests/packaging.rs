//! What packages install for systemd, held against systemd itself and against our own reader.

use crate::config::Config;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Highest exposure allowed, in tenths, of which `systemd-analyze security` gives up to 100.
const EXPOSURE: &str = "14";

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging")
}

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).env("SYSTEMD_PAGER", "").output();
    output.unwrap_or_else(|error| panic!("{program} is needed: {error}"))
}

fn told(output: &Output) -> String {
    [&output.stdout[..], &output.stderr].concat().escape_ascii().to_string()
}

/// The units with a program that exists in place of ours, which is not installed where tests run.
fn units() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for unit in ["trueconfigd.service", "trueconfigd.socket"] {
        let text = fs::read_to_string(packaging().join("systemd").join(unit)).unwrap();
        let text = text.replace("ExecStart=/usr/libexec/trueconfig/trueconfigd", "ExecStart=/bin/true");
        fs::write(folder.path().join(unit), text).unwrap();
    }
    folder
}

#[test]
#[ignore = "needs systemd-analyze"]
fn units_are_understood_by_systemd() {
    let folder = units();
    let unit = |name: &str| folder.path().join(name).display().to_string();
    let (service, socket) = (unit("trueconfigd.service"), unit("trueconfigd.socket"));
    let output = run("systemd-analyze", &["verify", "--man=no", &service, &socket]);
    // An unknown key is only a warning, and the hardening it stood for is gone.
    assert!(output.status.success() && output.stderr.is_empty(), "{}", told(&output));
}

#[test]
#[ignore = "needs systemd-analyze"]
fn exposure_stays_low() {
    let folder = units();
    let service = folder.path().join("trueconfigd.service").display().to_string();
    let threshold = format!("--threshold={EXPOSURE}");
    let output = run("systemd-analyze", &["security", "--offline=true", &threshold, "--no-pager", &service]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("Overall exposure level"), "{}", told(&output));
}

#[test]
#[ignore = "needs systemd-sysusers"]
fn the_user_is_understood_by_systemd() {
    let file = packaging().join("sysusers.d/trueconfig.conf").canonicalize().unwrap().display().to_string();
    let output = run("systemd-sysusers", &["--dry-run", &file]);
    assert!(output.status.success() && !told(&output).contains("Failed"), "{}", told(&output));
}

/// D14: peers' uids and login uids must be seen as they are.
#[test]
fn nothing_is_set_that_would_hide_who_connects() {
    let text = fs::read_to_string(packaging().join("systemd/trueconfigd.service")).unwrap();
    let set = |key: &str| text.lines().any(|line| line.starts_with(key));
    for key in ["PrivateUsers=", "ProtectProc=", "DynamicUser="] {
        assert!(!set(key), "{key} must not be set");
        assert!(text.contains(&format!("# {key} ")), "and the unit says why {key} is not");
    }
}

/// Everything the example offers, even what stands behind a comment sign, is known to the daemon.
#[test]
fn the_example_configuration_is_understood() {
    let text = fs::read_to_string(packaging().join("config.toml")).unwrap();
    let file = Path::new("/etc/trueconfig/config.toml");
    let config = Config::parse(file, &text).unwrap();
    assert!(config.tenants[0].writer.is_none(), "the example cannot write");

    let offered: Vec<_> = text.lines().map(uncommented).collect();
    let config = Config::parse(file, &offered.join("\n").replace("age1...", RECIPIENT)).unwrap();
    assert_eq!(config.roles.len(), 5);
    assert_eq!(config.socket_group.as_deref(), Some("trueconfig"));
    assert!(config.tenants[0].writer.is_some());
}

const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/// Prose has a space after its comment sign, settings have none.
fn uncommented(line: &str) -> &str {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|sign: char| sign != ' ')).unwrap_or(line)
}
