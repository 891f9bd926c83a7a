//! Role by method: the table as a golden file, and the same table found through the socket (D14).

use super::{PATIENCE, REACHED, Raw, Running, Stub, beside};
use crate::config::{Principal, Roles};
use crate::ipc::table::table;
use crate::ipc::{Listener, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio_util::sync::CancellationToken;
use trueconfig_common::client::{Client, ErrorKind};
use trueconfig_common::interface::audit::ExportAudit;
use trueconfig_common::role::Role;

/// First of the uids that stand for roles; nothing on a machine has them.
const FIRST_UID: u32 = 61_001;

/// A group that may open the socket.
const GID: u32 = 61_000;

/// A uid in that group to which no role was given.
const STRANGER: u32 = 61_009;

/// Names the socket to this test when it runs as one of those uids.
const PEER: &str = "TRUECONFIG_TEST_PEER_SOCKET";

/// What starts a line of such a run that is meant for its parent.
const MARK: &str = "PEER ";

/// Whether a role may call a method, by method.
type Matrix = BTreeMap<String, Vec<bool>>;

fn golden_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/permissions.txt")
}

fn expected() -> Matrix {
    let table = table::<Stub>();
    let row = |needed: Role| Role::ALL.iter().map(|role| *role >= needed).collect();
    table.iter().map(|(method, entry)| (method.clone(), row(entry.role))).collect()
}

fn draw(matrix: &Matrix) -> String {
    let heads: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let mut text = format!("{:<48}{}\n", "method", heads.join("  "));
    for (method, row) in matrix {
        let mut line = format!("{method:<48}");
        for (head, allowed) in heads.iter().zip(row) {
            let width = head.len() + 2;
            let _ = write!(line, "{:<width$}", if *allowed { "yes" } else { "-" });
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Whoever changes what a role may do changes a file that is read in review.
#[test]
fn d14_permissions_are_those_of_the_golden_file() {
    let drawn = draw(&expected());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden_file(), &drawn).unwrap();
    }
    let golden = std::fs::read_to_string(golden_file()).unwrap();
    assert_eq!(drawn, golden, "if this is meant, run again with UPDATE_GOLDEN=1 and commit the file");
}

/// Calls every method of the table; whatever is not `NotPermitted` was permitted.
fn allowed_methods(path: &Path) -> Vec<(String, bool)> {
    let methods: Vec<_> = table::<Stub>().into_keys().collect();
    let mut peer = Raw::connect(path).unwrap();
    methods
        .into_iter()
        .map(|method| {
            let answer = peer.call(&method, &json!({}), false).expect("an answer to every call");
            let allowed = answer["error"] != "io.trueconfig.v1.NotPermitted";
            (method, allowed)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn d14_every_role_gets_exactly_its_methods() {
    let mut found = Matrix::new();
    for role in Role::ALL {
        let running = Running::as_role(role);
        running.stub.state.permits.add_permits(1);
        let path = running.path.clone();
        for (method, allowed) in beside(move || allowed_methods(&path)).await {
            found.entry(method).or_default().push(allowed);
        }
        running.stopped().await;
    }
    assert_eq!(draw(&found), std::fs::read_to_string(golden_file()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn d14_an_unknown_account_gets_nothing() {
    let running = Running::start("nobody", Default::default());
    let path = running.path.clone();
    let answers = beside(move || allowed_methods(&path)).await;
    assert!(answers.len() > 25);
    assert!(answers.iter().all(|(_, allowed)| !allowed), "{answers:?}");
    let mut peer = running.raw();
    let answer = beside(move || peer.call("io.trueconfig.v1.Nonsense", &json!({}), false)).await.unwrap();
    assert_eq!(answer["error"], "io.trueconfig.v1.NotPermitted", "what exists is not told either");
    assert_eq!(answer["parameters"]["have"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn d14_losing_a_role_acts_on_open_connections() {
    let running = Running::as_role(Role::Owner);
    let mut peer = running.raw();
    let (answer, mut peer) = beside(move || (peer.call(SET_MODE, &json!({}), false), peer)).await;
    assert!(answer.unwrap()["parameters"]["reason"].as_str().unwrap().starts_with(REACHED));
    running.known.become_user("viewer");
    let (answer, mut peer) = beside(move || (peer.call(SET_MODE, &json!({}), false), peer)).await;
    assert_eq!(
        answer.unwrap()["parameters"],
        json!({ "method": "SetMode", "needed": "admin", "have": "viewer" })
    );
    running.known.fail();
    let answer = beside(move || peer.call(SET_MODE, &json!({}), false)).await.unwrap();
    assert_eq!(answer["parameters"]["have"], Value::Null, "a failing name service gives no role");
}

/// A stream is one long call: it ends when a look-up, whoever caused it, finds the role gone.
#[tokio::test(flavor = "multi_thread")]
async fn d14_losing_a_role_ends_what_it_had_begun() {
    let running = Running::as_role(Role::Viewer);
    let mut client = Client::connect(&running.path).await.unwrap();
    let mut replies = client.stream(ExportAudit::default()).await.unwrap();
    assert!(replies.next().await.unwrap().is_ok());
    running.known.become_user("nobody");
    let mut peer = running.raw();
    assert!(beside(move || peer.call(SET_MODE, &json!({}), false)).await.is_some());
    let ended = async {
        loop {
            if let Err(error) = replies.next().await.expect("an end with a reason") {
                return error.kind();
            }
        }
    };
    let kind = tokio::time::timeout(PATIENCE, ended).await.expect("the stream ends");
    assert_eq!(kind, ErrorKind::NotPermitted);
    running.stream_ended().await;
}

const SET_MODE: &str = "io.trueconfig.v1.SetMode";

/// Started by itself again under other uids, where it is only a client.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root: other uids"]
async fn d14_real_uids_get_exactly_their_methods() {
    if let Some(path) = std::env::var_os(PEER) {
        return peer(Path::new(&path));
    }
    assert!(nix::unistd::geteuid().is_root(), "this test must be run as root");
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    // Where the tests were built, other accounts may not look.
    let program = folder.path().join("peer");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let path = folder.path().join("socket");
    let listener = Listener::bind(&path, Some(&GID.to_string())).unwrap();
    let uids = (FIRST_UID..).zip(Role::ALL);
    let roles: Roles = uids.clone().map(|(uid, role)| (role, vec![Principal::Uid(uid)])).collect();
    let (stub, stop) = (Stub::default(), CancellationToken::new());
    stub.state.permits.add_permits(Role::ALL.len());
    let server = tokio::spawn(Server::new(listener, roles, Default::default(), stub, stop.clone()).run());

    let mut found = Matrix::new();
    for (uid, _) in uids {
        for (method, allowed) in as_uid(&program, &path, uid, GID).await {
            found.entry(method).or_default().push(allowed);
        }
    }
    assert_eq!(draw(&found), std::fs::read_to_string(golden_file()).unwrap());
    let stranger = as_uid(&program, &path, STRANGER, GID).await;
    assert!(stranger.len() == found.len() && stranger.iter().all(|(_, allowed)| !allowed), "{stranger:?}");
    assert_eq!(as_uid(&program, &path, FIRST_UID, GID + 1).await, [("connect".to_owned(), false)]);
    stop.cancel();
    tokio::time::timeout(PATIENCE, server).await.unwrap().unwrap();
}

fn peer(path: &Path) {
    match Raw::connect(path) {
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
            println!("\n{MARK}connect false");
        }
        Ok(_) => {
            for (method, allowed) in allowed_methods(path) {
                println!("\n{MARK}{method} {allowed}");
            }
        }
    }
}

async fn as_uid(program: &Path, path: &Path, uid: u32, gid: u32) -> Vec<(String, bool)> {
    let mut command = Command::new(program);
    command.args(["--ignored", "--nocapture", "d14_real_uids_get_exactly_their_methods"]);
    command.env(PEER, path).current_dir("/").uid(uid).gid(gid);
    let output = beside(move || command.output()).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let lines = text.lines().filter_map(|line| line.strip_prefix(MARK)?.split_once(' '));
    lines.map(|(method, allowed)| (method.to_owned(), allowed == "true")).collect()
}
