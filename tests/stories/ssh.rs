//! The way people really come: a login over SSH, which may be cut at any moment.

use super::hands::{Hands, stage};
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use trueconfig_tests::support::{Daemon, Stage, Terminal, binaries, eventually_blocking};

/// Longest time for a client to notice that its terminal is gone; its own grace is five seconds.
const NOTICED: Duration = Duration::from_secs(20);

/// A server of our own on loopback, with keys of its own. Dropped, it is stopped.
struct Sshd {
    folder: TempDir,
    port: u16,
    process: Child,
}

impl Sshd {
    fn start() -> Self {
        let folder = TempDir::with_prefix("trueconfig-ssh-").expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        for name in ["host", "person"] {
            let mut keygen = Command::new("ssh-keygen");
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path(name));
            assert!(keygen.status().expect("ssh-keygen is installed").success());
        }
        fs::copy(path("person.pub"), path("authorized")).expect("a key can be authorised");
        fs::create_dir_all("/run/sshd").expect("sshd's folder can be made");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nAuthorizedKeysFile {authorized}\n\
             PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n",
            host = path("host").display(),
            authorized = path("authorized").display(),
        );
        fs::write(path("config"), config).expect("the configuration can be written");
        let mut server = Command::new("/usr/sbin/sshd");
        server.args(["-D", "-e", "-f"]).arg(path("config")).stdin(Stdio::null());
        let log = fs::File::create(path("log")).expect("a log can be written");
        let process = server.stderr(log).spawn().expect("sshd is installed");
        let sshd = Self { folder, port, process };
        eventually_blocking("sshd to listen", NOTICED, || {
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        sshd
    }

    /// A person's login that runs the client.
    fn login(&self, daemon: &Daemon) -> Command {
        let mut ssh = Command::new("ssh");
        ssh.args([
            "-tt",
            "-F",
            "none",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
        ]);
        ssh.args(["-o", "LogLevel=ERROR", "-p", &self.port.to_string(), "-i"]);
        ssh.arg(self.folder.path().join("person")).arg("root@127.0.0.1");
        let client = binaries().trueconfig.display().to_string();
        ssh.arg(format!("exec env LANG=C.UTF-8 {client} --socket {}", daemon.socket().display()));
        ssh
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Processes whose command line holds this text, but for those of ssh itself.
fn clients(of: &Daemon) -> Vec<u32> {
    let socket = of.socket().display().to_string();
    let holds = |process: &PathBuf| {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        !line.starts_with("ssh") && line.contains("--socket") && line.contains(&socket)
    };
    let processes =
        fs::read_dir("/proc").expect("processes can be listed").flatten().map(|entry| entry.path());
    let ids = processes.filter(holds);
    ids.filter_map(|path| path.file_name()?.to_str()?.parse().ok()).collect()
}

/// The server's process of one login: the parent of the client.
fn session(client: u32) -> i32 {
    let status = fs::read_to_string(format!("/proc/{client}/status")).expect("the client runs");
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).expect("a process has a parent");
    parent.trim().parse().expect("a number")
}

/// A killed session leaves nothing behind: the client ends by itself, and the next login works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs sshd"]
async fn a_killed_ssh_session_leaves_no_client_behind() {
    let daemon = stage(Stage::contoso()).await;
    let sshd = Sshd::start();
    for cut in ["server", "client"] {
        let mut terminal = Terminal::running(&sshd.login(&daemon), 24, 80);
        terminal.sees("╭ Controls");
        let client = *clients(&daemon).first().expect("a client runs");
        if cut == "server" {
            let session = nix::unistd::Pid::from_raw(session(client));
            nix::sys::signal::kill(session, nix::sys::signal::Signal::SIGKILL).expect("it can be killed");
        } else {
            drop(terminal);
        }
        eventually_blocking("the client to end", NOTICED, || clients(&daemon).is_empty().then_some(()));
    }
    let mut hands = Hands::of(Terminal::running(&sshd.login(&daemon), 24, 80));
    hands.sees("╭ Controls");
    hands.leave();
}
