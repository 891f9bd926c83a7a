//! Two people for what could lock administrators out: each under an account of their own, each at a terminal.

use super::hands::{Hands, TAB, ready};
use super::{journal_has, state_of, waiting};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use toml::Table;
use trueconfig_common::remediation::RemediationState;
use trueconfig_tests::support::{Stage, Terminal, binaries};

/// Two security administrators; nothing on a machine has these uids.
const ADMINISTRATORS: [(u32, &str); 2] = [(61_001, "security"), (61_002, "platform")];

/// A group that may open the socket.
const GID: u32 = 61_000;

/// One of each group must approve, and nobody works alone.
fn two_groups(config: &mut Table, socket: &str) {
    config.insert("socket".to_owned(), socket.into());
    config.insert("socket_group".to_owned(), GID.to_string().into());
    let uids = |of: &[u32]| toml::Value::from(of.to_vec());
    let roles = config["roles"].as_table_mut().expect("roles are a table");
    roles.insert("security_admin".to_owned(), uids(&ADMINISTRATORS.map(|(uid, _)| uid)));
    let approvers = ADMINISTRATORS.map(|(uid, group)| (group.to_owned(), uids(&[uid])));
    config.insert("approvers".to_owned(), Table::from_iter(approvers).into());
    let rules = "one_of_each = [\"security\", \"platform\"]".parse::<Table>().expect("TOML");
    config["tenant"][0].as_table_mut().expect("a tenant is a table").insert("approval".into(), rules.into());
}

/// A client that this account started.
fn hands(client: &Path, socket: &Path, uid: u32) -> Hands {
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={uid}"), format!("--regid={GID}"), "--clear-groups".to_owned()]);
    command.arg(client).arg("--socket").arg(socket);
    let mut hands = Hands::of(Terminal::running(&command, 40, 120));
    hands.sees("╭ Controls");
    hands
}

/// Fills in the dialog of a plan of blast radius 5 whose gates fail, as the screen asks for it.
fn approve(hands: &mut Hands, done: &str) {
    hands.keys("a");
    let dialog = hands.sees("Approve & execute");
    let digest = dialog.split("type ").nth(1).and_then(|rest| rest.get(..8)).expect("a digest").to_owned();
    hands.keys("agreed on the phone");
    hands.sees("agreed on the phone");
    for gate in 1..=dialog.matches("[ ]").count() {
        hands.press(&[TAB, " "]);
        hands.sees_that("a gate acknowledged", |text| text.matches("[x]").count() == gate);
    }
    hands.press(&[TAB]);
    hands.keys(&digest);
    hands.sees(&format!("type {digest}: {digest}"));
    hands.reach_button("Approve & execute");
    hands.confirm(done);
}

/// Issue 5, point 5, and issue 6: the first approval begins nothing and is seen by the other person at once; the same
/// person cannot give the second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs root: other uids"]
async fn two_people_approve_what_could_lock_administrators_out() {
    assert!(nix::unistd::geteuid().is_root(), "this test must be run as root");
    let open = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(open.path(), Permissions::from_mode(0o755)).expect("others may look");
    let (client, socket) = (open.path().join("trueconfig"), open.path().join("socket"));
    fs::copy(&binaries().trueconfig, &client).expect("the client can be copied");
    let path = socket.display().to_string();
    let daemon = ready(Stage::contoso().with_config(move |config| two_groups(config, &path))).await;
    let plan = waiting(&daemon, "PA-01").await;
    let [mut ann, mut bob] = ADMINISTRATORS.map(|(uid, _)| hands(&client, &socket, uid));
    for one in [&mut ann, &mut bob] {
        one.open_plan("PA-01");
        one.find("2 people of role security_admin or above, one each of security and platform; you may");
    }
    approve(&mut ann, "you have approved");
    assert!(daemon.writes().is_empty(), "one of two begins nothing");
    assert_eq!(state_of(&daemon, &plan.row.id).await, RemediationState::PendingApproval);
    bob.find("Approved by     61001");
    bob.find("one more person must approve, of platform");
    ann.keys("a");
    ann.sees("you have approved");
    approve(&mut bob, "verified");
    assert_eq!(state_of(&daemon, &plan.row.id).await, RemediationState::Verified);
    journal_has(&daemon, "approval_given");
    for mut one in [ann, bob] {
        one.leave();
    }
}
