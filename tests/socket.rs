//! The real daemon's socket: who may do what with real uids, what hostile peers get, what systemd hears and
//! passes, and that two clients see each other's effects.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use toml::Table;
use trueconfig_common::client::Client;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::settings::SetMode;
use trueconfig_common::interface::status::GetStatus;
use trueconfig_common::interface::subscribe::{Subscribe, Topic};
use trueconfig_common::interface::{PERMISSIONS, REQUEST_LIMIT};
use trueconfig_common::mode::Mode;
use trueconfig_common::role::Role;
use trueconfig_tests::support::{Stage, eventually, root};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// First of the uids that stand for roles; nothing on a machine has them.
const FIRST_UID: u32 = 61_001;

/// A group that may open the socket.
const GID: u32 = 61_000;

/// A uid in that group to which no role was given.
const STRANGER: u32 = 61_009;

/// Names the socket to the test of real uids when it runs as one of them.
const PEER: &str = "TRUECONFIG_TEST_PEER_SOCKET";

/// What starts a line of such a run that is meant for its parent.
const MARK: &str = "PEER ";

/// D14 against the daemon that users get. Started by itself again under other uids, where it is a client.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root: other uids"]
async fn d14_real_uids_get_exactly_their_methods() {
    if let Some(path) = std::env::var_os(PEER) {
        return peer(Path::new(&path));
    }
    assert!(nix::unistd::geteuid().is_root(), "this test must be run as root");
    // Where the tests were built, and in a test's own folder, other accounts may not look.
    let open = tempfile::tempdir().unwrap();
    fs::set_permissions(open.path(), Permissions::from_mode(0o755)).unwrap();
    let (program, socket) = (open.path().join("peer"), open.path().join("socket"));
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let path = socket.display().to_string();
    let daemon = Stage::contoso().with_config(move |config| give_roles(config, &path)).start().await;

    let mut found: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for (uid, _) in uids() {
        for (method, allowed) in as_uid(&program, &socket, uid, GID) {
            found.entry(method).or_default().push(allowed);
        }
    }
    assert_eq!(found, golden(), "{}", daemon.log());
    let stranger = as_uid(&program, &socket, STRANGER, GID);
    assert!(stranger.len() == found.len() && stranger.iter().all(|(_, allowed)| !allowed), "{stranger:?}");
    assert_eq!(as_uid(&program, &socket, FIRST_UID, GID + 1), [("connect".to_owned(), false)]);
}

/// Point 8 of the interface: what one client does, another one is told.
#[tokio::test]
async fn two_clients_see_each_others_effects() {
    let daemon = Stage::contoso().start().await;
    let (mut watching, mut acting) = (daemon.client().await, daemon.client().await);
    let mut notices = watching.stream(Subscribe::default()).await.unwrap();
    let first = notices.next().await.unwrap().unwrap();
    assert_eq!(first.changed, Topic::ALL, "the first message is the whole state");

    let mode = SetMode {
        tenant: String::new(),
        control: Some(ControlId::new("EXT-01")),
        mode: Some(Mode::Manual),
        reason: "seen by two".to_owned(),
    };
    let settings = acting.call(mode).await.unwrap();
    assert!(settings.control_overrides.contains_key(&ControlId::new("EXT-01")));
    let told = async {
        loop {
            let notice = notices.next().await.unwrap().unwrap();
            if notice.changed.contains(&Topic::Settings) {
                return notice;
            }
        }
    };
    let notice = tokio::time::timeout(PATIENCE, told).await.expect("the other client is told");
    assert!(notice.status.journal.records > first.status.journal.records);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_peers_leave_the_daemon_unharmed() {
    let mut daemon = Stage::contoso().start().await;
    let half_open = connect(&daemon.socket()).unwrap();
    (&half_open).write_all(b"{\"method\":").unwrap();
    for bytes in [&b"\0"[..], b"no JSON\0", b"[]\0", &[b'['; 50_000], &vec![b' '; REQUEST_LIMIT + 1]] {
        let mut peer = connect(&daemon.socket()).unwrap();
        // It may hang up before it has read everything.
        let _ = peer.write_all(bytes);
        let _ = peer.write_all(b"\0");
        assert_eq!(receive(&mut peer), None);
    }
    let mut flood: Vec<_> = (0..300).filter_map(|_| connect(&daemon.socket()).ok()).collect();
    flood.push(half_open);
    drop(flood);
    let socket = daemon.socket();
    let status = eventually("a place for another client", PATIENCE, async || {
        Client::connect(&socket).await.ok()?.call(GetStatus::default()).await.ok()
    });
    assert_eq!(status.await.you.uid, nix::unistd::geteuid().as_raw());
    assert!(daemon.stop().await.success(), "{}", daemon.log());
}

/// `Type=notify`: ready once it serves, a sign of life while it decides, a word when it ends.
#[tokio::test]
async fn systemd_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let stage = Stage::contoso().with_environment("NOTIFY_SOCKET", &path.display().to_string());
    let mut daemon = stage.with_environment("WATCHDOG_USEC", "600000").start().await;
    let ready = told(&manager);
    assert!(ready.contains("READY=1") && ready.contains("STATUS=serves contoso"), "{ready}");
    for _ in 0..3 {
        let sign = told(&manager);
        assert!(sign.trim() == "WATCHDOG=1" || sign.starts_with("STATUS=serves contoso"), "{sign}");
    }
    assert!(daemon.stop().await.success());
    let mut last = told(&manager);
    while last.trim() == "WATCHDOG=1" || last.starts_with("STATUS=serves") {
        last = told(&manager);
    }
    assert!(last.contains("STOPPING=1"), "{last}");
}

/// A socket that systemd listens on is taken as it is, and left there at the end.
#[tokio::test]
#[ignore = "needs systemd-socket-activate"]
async fn a_socket_passed_by_systemd_is_served() {
    let daemon = Stage::contoso().prepare().await;
    let socket = daemon.folder().join("activated");
    let mut activated = Command::new("systemd-socket-activate")
        .arg(format!("--listen={}", socket.display()))
        .arg(daemon.command(&[]).get_program())
        .args(["run", "--config"])
        .arg(daemon.config_file())
        .current_dir(daemon.folder())
        .stderr(Stdio::null())
        .spawn()
        .expect("systemd-socket-activate is there");
    let mut client =
        eventually("the daemon to be activated", PATIENCE, async || Client::connect(&socket).await.ok())
            .await;
    assert!(client.call(GetStatus::default()).await.is_ok());
    assert!(!daemon.socket().exists(), "it opens none of its own beside it");
    // Daemon and activator are one process: the one became the other.
    let pid = nix::unistd::Pid::from_raw(i32::try_from(activated.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    let status = eventually("the daemon to end", PATIENCE, async || activated.try_wait().unwrap()).await;
    assert!(status.success(), "{status}");
    assert!(socket.exists(), "the path belongs to systemd");
}

fn told(manager: &UnixDatagram) -> String {
    let mut message = [0; 4096];
    let length = manager.recv(&mut message).expect("systemd is told in time");
    String::from_utf8_lossy(&message[..length]).into_owned()
}

fn uids() -> impl Iterator<Item = (u32, Role)> {
    (FIRST_UID..).zip(Role::ALL)
}

fn give_roles(config: &mut Table, socket: &str) {
    config.insert("socket".to_owned(), socket.into());
    config.insert("socket_group".to_owned(), GID.to_string().into());
    let roles = config["roles"].as_table_mut().unwrap();
    for (uid, role) in uids() {
        let list = roles.entry(role.as_str()).or_insert_with(|| Vec::<i64>::new().into());
        list.as_array_mut().unwrap().push(i64::from(uid).into());
    }
}

/// The file that is read in review.
fn golden() -> BTreeMap<String, Vec<bool>> {
    let text = fs::read_to_string(golden_file()).unwrap();
    let rows = text.lines().skip(1).map(str::split_whitespace);
    rows.map(|mut row| (row.next().unwrap().to_owned(), row.map(|word| word == "yes").collect())).collect()
}

fn golden_file() -> PathBuf {
    root().join("tests/golden/permissions.txt")
}

fn peer(path: &Path) {
    match connect(path) {
        Err(error) => {
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
            println!("\n{MARK}connect false");
        }
        Ok(mut peer) => call_everything(&mut peer),
    }
}

/// Every method, with parameters that most of them refuse: permission is decided before.
fn call_everything(peer: &mut UnixStream) {
    let ours = PERMISSIONS.iter().map(|row| format!("io.trueconfig.v1.{}", row.method));
    let theirs = ["GetInfo", "GetInterfaceDescription"].map(|name| format!("org.varlink.service.{name}"));
    for method in ours.chain(theirs) {
        let call = json!({ "method": method, "parameters": {} });
        peer.write_all(format!("{call}\0").as_bytes()).unwrap();
        let answer = receive(peer).expect("an answer to every call");
        println!("\n{MARK}{method} {}", answer["error"] != "io.trueconfig.v1.NotPermitted");
    }
}

fn as_uid(program: &Path, socket: &Path, uid: u32, gid: u32) -> Vec<(String, bool)> {
    let mut command = Command::new(program);
    command.args(["--ignored", "--nocapture", "d14_real_uids_get_exactly_their_methods"]);
    let output = command.env(PEER, socket).current_dir("/").uid(uid).gid(gid).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let lines = text.lines().filter_map(|line| line.strip_prefix(MARK)?.split_once(' '));
    lines.map(|(method, allowed)| (method.to_owned(), allowed == "true")).collect()
}

fn connect(path: &Path) -> io::Result<UnixStream> {
    let stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn receive(peer: &mut UnixStream) -> Option<Value> {
    let mut frame = Vec::new();
    let mut byte = [0];
    loop {
        match peer.read(&mut byte) {
            Ok(1) if byte[0] == 0 => return Some(serde_json::from_slice(&frame).unwrap()),
            Ok(1) => frame.push(byte[0]),
            Ok(_) => return None,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return None,
            Err(error) => panic!("neither an answer nor the end: {error}"),
        }
    }
}
