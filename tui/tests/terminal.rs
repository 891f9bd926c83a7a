//! The client as a process in a terminal: how it begins, how quiet it is, and every way out.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use nix::sys::signal::Signal;
use std::process::Command;
use std::time::Duration;
use support::daemon::{FakeDaemon, Load};
use support::terminal::{Client, hang_up_when};

fn started() -> (tempfile::TempDir, FakeDaemon, Client) {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket");
    let daemon = FakeDaemon::listen(&socket);
    let mut client = Client::start(&socket);
    client.wait_for("Limit permanent");
    (folder, daemon, client)
}

/// *First frame* is the Controls table with the daemon's data in it.
#[test]
fn the_first_frame_is_the_controls_table() {
    let (_folder, daemon, mut client) = started();
    client.wait_for("PA-01");
    client.wait_for("contoso");
    assert!(client.is_taken());
    assert_eq!(daemon.calls().iter().filter(|call| *call == "Subscribe").count(), 1);
}

#[test]
fn q_leaves_at_once_and_restores_the_terminal() {
    let (_folder, _daemon, mut client) = started();
    client.keys("q");
    assert_eq!(client.exit_code(), 0);
    assert!(client.is_restored());
}

#[test]
fn signals_restore_the_terminal() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT] {
        let (_folder, _daemon, mut client) = started();
        client.signal(signal);
        assert_eq!(client.exit_code(), 0, "{signal}");
        assert!(client.is_restored(), "{signal}");
    }
}

/// Whatever panics, drawing or a task: the terminal is given back and the panic is told on it.
#[test]
fn a_panic_restores_the_terminal() {
    for place in ["drawing", "task"] {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("socket");
        let _daemon = FakeDaemon::listen(&socket);
        let mut client =
            Client::start_with(&socket, &[("TRUECONFIG_TEST_PANIC", place), ("RUST_BACKTRACE", "0")]);
        client.wait_for("Limit permanent");
        assert!(client.is_taken());
        client.keys("j");
        assert_eq!(client.exit_code(), 101, "{place}");
        assert!(client.is_restored(), "{place}");
        client.wait_for("a test asked for this");
    }
}

#[test]
fn a_lost_terminal_ends_the_client() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket");
    let daemon = FakeDaemon::listen(&socket);
    hang_up_when(&socket, || daemon.calls().iter().any(|call| call == "ListControls"));
}

/// What a move of the cursor costs over a slow line, with 100,000 drifts and 1,000,000 records behind the lists;
/// and the client holds no more of them than it needs.
#[test]
fn a_cursor_movement_costs_little_in_endless_lists() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket");
    let _daemon =
        FakeDaemon::listen_with(&socket, Load { drifts: 100_000, records: 1_000_000, ..Load::default() });
    let mut client = Client::start_in(&socket, (120, 40));
    client.wait_for("Limit permanent");
    for (screen, row) in [("6", "person-"), ("5", "1000000")] {
        client.keys(screen);
        client.wait_for(row);
        client.bytes_within(Duration::from_millis(300));
        for _ in 0..20 {
            let (_, bytes) = client.frame_after("j");
            assert!(bytes < 2 * 1024, "{bytes} bytes");
        }
    }
    assert!(client.peak_memory() < 40 * 1024, "{} KiB", client.peak_memory());
}

#[test]
fn nothing_is_drawn_while_nothing_changes() {
    let (_folder, _daemon, mut client) = started();
    client.bytes_within(Duration::from_millis(500));
    assert_eq!(client.bytes_within(Duration::from_secs(3)), 0);
}

#[test]
fn a_lost_link_is_shown_and_comes_back() {
    let (folder, daemon, mut client) = started();
    daemon.stop();
    client.wait_for("LINK LOST");
    let _daemon = FakeDaemon::listen(&folder.path().join("socket"));
    client.wait_gone("LINK LOST");
    client.keys("q");
    assert_eq!(client.exit_code(), 0);
}

/// Bad input of the terminal: a daemon of another revision is named, and only read from.
#[test]
fn a_daemon_of_another_revision_is_read_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket");
    let daemon = FakeDaemon::listen_with(&socket, Load { foreign: true, ..Load::default() });
    let mut client = Client::start(&socket);
    client.wait_for("READ ONLY");
    client.wait_for("trueconfigd is 9.9.9");
    client.keys("s");
    client.wait_for("Read only: trueconfigd is 9.9.9");
    client.keys("q");
    assert_eq!(client.exit_code(), 0);
    assert!(!daemon.calls().contains(&"StartScan".to_owned()), "{:?}", daemon.calls());
}

/// With a shell around it, for only a shell that watches its jobs can be stopped to.
#[test]
fn ctrl_z_gives_the_terminal_back_until_fg() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket");
    let _daemon = FakeDaemon::listen(&socket);
    let mut shell = Client::shell();
    shell.wait_for("ready>");
    shell.keys(&format!("{} --socket {}\n", env!("CARGO_BIN_EXE_trueconfig"), socket.display()));
    shell.wait_for("Limit permanent");
    shell.keys("\x1a");
    shell.wait_taken(false);
    assert!(shell.is_restored());
    shell.keys("fg\n");
    shell.wait_taken(true);
    shell.wait_for("Limit permanent");
    shell.keys("q");
    shell.wait_taken(false);
    shell.keys("exit 7\n");
    assert_eq!(shell.exit_code(), 7);
}

#[test]
fn without_a_daemon_it_says_what_to_do() {
    let output = Command::new(env!("CARGO_BIN_EXE_trueconfig"))
        .args(["--socket", "/nonexistent/socket", "status"])
        .output()
        .expect("the client starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("/nonexistent/socket") && said.contains("trueconfig demo"), "{said}");
}

/// Output that goes nowhere is no reason to complain, and without a terminal there are no screens.
#[test]
fn without_a_terminal_there_are_no_screens() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket");
    let _daemon = FakeDaemon::listen(&socket);
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_trueconfig"))
            .arg("--socket")
            .arg(&socket)
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .output()
            .expect("the client starts")
    };
    let screens = run(&[]);
    assert_eq!(screens.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&screens.stderr).contains("terminal"));
    let listed = run(&["controls", "--json"]);
    assert_eq!(listed.status.code(), Some(0));
    let page: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(page["rows"][0]["id"], "PA-01");
    let table = String::from_utf8(run(&["controls"]).stdout).expect("UTF-8");
    assert!(table.contains("PA-01") && !table.contains('\x1b'), "{table}");
}
