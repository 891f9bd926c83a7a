//! The main job as a person does it: the real client in a pseudo terminal, the real daemon, the twin.
//! What happened is told by the tenant and the journal's files, not by the screen alone.

use trueconfig_common::interface::settings::{RecordBreakGlassTest, SetMode, SetRemediation};
use trueconfig_common::mode::Mode;
use trueconfig_tests::support::{Daemon, Stage, Terminal, binaries};

const HOLDERS: &str = "/v1.0/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq \
                       '62e90394-69f5-4237-9190-012177145e10'";

const TAB: &str = "\t";
const ENTER: &str = "\r";
const ESCAPE: &str = "\u{1b}";

async fn stage() -> Daemon {
    let daemon = Stage::contoso().start().await;
    let mut client = daemon.client().await;
    let (tenant, reason) = (String::new, "story".to_owned());
    let test = RecordBreakGlassTest { tenant: tenant(), note: "tested".into() };
    client.call(test).await.expect("a test is recorded");
    let on = SetRemediation { tenant: tenant(), enabled: true, reason: reason.clone() };
    client.call(on).await.expect("remediation is on");
    let manual = SetMode { tenant: tenant(), control: None, mode: Some(Mode::Manual), reason };
    client.call(manual).await.expect("manual mode");
    daemon
}

fn holders(daemon: &Daemon) -> Option<usize> {
    daemon.graph(HOLDERS)["value"].as_array().map(Vec::len)
}

/// See failing controls, open PA-01, plan, read the diff, approve with a note, watch it execute and
/// verify, open history, roll back, find both in the audit log, leave.
async fn tell(rows: u16, cols: u16) {
    let daemon = stage().await;
    let mut screen = Terminal::start(&binaries().trueconfig, &daemon.socket(), rows, cols);
    screen.sees("PA-01");
    [":PA-01", ENTER].iter().for_each(|key| screen.keys(key));
    screen.sees("5 permanent Global Administrators");
    screen.keys("p");
    screen.sees("Ingrid Halvorsen");
    let plan = screen.sees("pending_approval");
    assert!(plan.contains("PA-01"), "{plan}");
    approve(&mut screen);
    assert_eq!(holders(&daemon), Some(3));
    screen.keys(ESCAPE);
    moment(&mut screen);
    screen.keys("4");
    screen.sees("╭ History");
    ["/", "PA-01 verified", ENTER].iter().for_each(|key| screen.keys(key));
    screen.sees_that("only PA-01", |text| text.contains("PA-01") && !text.contains("EXT-01"));
    moment(&mut screen);
    screen.keys(ENTER);
    screen.sees("Rollback        until");
    screen.keys("b");
    screen.sees("Roll back R-");
    screen.keys("needed this week");
    screen.sees("needed this week");
    [TAB, TAB].iter().for_each(|key| screen.keys(key));
    screen.sees("> [ Roll back ]");
    confirm(&mut screen, "rolled_back");
    assert_eq!(holders(&daemon), Some(5));
    screen.keys(ESCAPE);
    moment(&mut screen);
    screen.keys("5");
    screen.sees("╭ Audit");
    screen.sees(" rolled back");
    screen.sees("reads back");
    screen.keys("q");
    assert_eq!(screen.left(), 0);
    let kinds: Vec<String> = daemon.journal().into_iter().map(|record| record.kind).collect();
    for kind in
        ["remediation_approved", "write_done", "verification_passed", "rollback_finished", "hold_placed"]
    {
        assert!(kinds.iter().any(|one| one == kind), "{kind} is not in the journal: {kinds:?}");
    }
    assert_eq!(daemon.writes().len(), 4, "two removed, two made again");
}

/// Fills in the dialog: note, both failing gates, the digest shown; then the button.
fn approve(screen: &mut Terminal) {
    screen.keys("a");
    let dialog = screen.sees("Approve & execute");
    let digest =
        dialog.split("type ").nth(1).and_then(|rest| rest.get(..8)).expect("the digest is asked for");
    screen.keys("agreed with both");
    screen.sees("agreed with both");
    for gate in 1..=2 {
        screen.keys(TAB);
        screen.keys(" ");
        screen.sees_that("a gate acknowledged", |text| text.matches("[x]").count() == gate);
    }
    screen.keys(TAB);
    screen.keys(digest);
    screen.sees(&format!("type {digest}: {digest}"));
    [TAB, TAB].iter().for_each(|key| screen.keys(key));
    screen.sees("> [ Approve & execute ]");
    confirm(screen, "verified");
}

/// Presses enter as a person does, a moment after the last key; the client asks once more where a
/// crowded machine handed it both together.
fn confirm(screen: &mut Terminal, done: &str) {
    const TOO_FAST: &str = "too fast to be typed by hand";
    let mut seen = String::from(TOO_FAST);
    while seen.contains(TOO_FAST) && !seen.contains(done) {
        moment(screen);
        screen.keys(ENTER);
        moment(screen);
        seen = screen.sees_that(done, |text| text.contains(TOO_FAST) || text.contains(done));
    }
}

/// Some looks at the screen, longer together than the client's quiet time.
fn moment(screen: &mut Terminal) {
    let looks = std::cell::Cell::new(0);
    screen.sees_that("a moment", |_| looks.replace(looks.get() + 1) > 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_fixes_pa_01_and_takes_it_back_on_80x24() {
    tell(24, 80).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_fixes_pa_01_and_takes_it_back_on_200x60() {
    tell(60, 200).await;
}

/// The script's own story is told by the binary, and its exit code is what counts.
#[tokio::test]
async fn the_scripted_demo_is_seen_to_its_end() {
    let keep = tempfile::tempdir().expect("a folder");
    let output = std::process::Command::new(&binaries().trueconfig)
        .args(["demo", "--script", "--keep"])
        .arg(keep.path().join("demo"))
        .output()
        .expect("the demo runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        told.contains("5 → 3 Global Administrators") && told.contains("3 → 5 Global Administrators"),
        "{told}"
    );
    assert!(keep.path().join("demo/requests.jsonl").exists(), "--keep keeps the request log");
}
