//! The demo: a built-in tenant with a real daemon, and these screens on it.

use super::args::Demo;
use super::exit::{Exit, Trouble};
use super::{Session, daemon};
use crate::link::Endpoint;
use crate::shell;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::io::{IsTerminal, stdin, stdout};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Longest wait for the demo daemon to tell its socket.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Longest wait for it to stop; the product promises a second.
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// Runs the demo.
///
/// # Errors
/// The daemon is not there or does not start, or the screens fail.
pub async fn run(session: &Session, args: Demo) -> Result<Exit, Trouble> {
    let keep = daemon::option("--keep", args.keep.map(PathBuf::into_os_string));
    if args.script || !stdin().is_terminal() || !stdout().is_terminal() {
        let mut arguments: Vec<OsString> = vec!["demo".into(), "--script".into()];
        arguments.extend(keep);
        arguments.extend(session.printer.is_json().then(|| "--json".into()));
        return daemon::exec(arguments);
    }
    println!("Starting the demo: a built-in tenant (Contoso), a daemon of its own, a first scan.");
    println!("Nothing outside this machine is touched. q leaves and stops it all.");
    let mut daemon = DemoDaemon::start(keep)?;
    let socket = daemon.socket().await?;
    let endpoint = Endpoint::new(Some(socket), session.tenant.clone());
    let outcome = shell::run(endpoint, session.printer.look(), session.preferences.clone()).await;
    daemon.stop().await;
    outcome?;
    Ok(Exit::Done)
}

/// The demo's daemon. It holds the other end of a pipe to us, and ends when that does: even if we
/// are killed, nothing stays behind.
struct DemoDaemon {
    child: Child,
}

impl DemoDaemon {
    fn start(keep: Vec<OsString>) -> Result<Self, Trouble> {
        let path = daemon::binary()?;
        let child = Command::new(&path)
            .args(["demo", "--serve"])
            .args(keep)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Its own group: ctrl-z stops the screens, not the daemon behind them.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Trouble::Local(format!("cannot start {}: {error}", path.display())))?;
        Ok(Self { child })
    }

    /// Waits for the line `socket PATH`; what the daemon complains about is shown if it does not come.
    async fn socket(&mut self) -> Result<PathBuf, Trouble> {
        let said_nothing = || Trouble::Local("the demo's daemon has no output".to_owned());
        let mut lines = BufReader::new(self.child.stdout.take().ok_or_else(said_nothing)?).lines();
        let mut errors = BufReader::new(self.child.stderr.take().ok_or_else(said_nothing)?).lines();
        let line = timeout(START_LIMIT, lines.next_line()).await;
        if let Ok(Ok(Some(line))) = &line
            && let Some(path) = line.strip_prefix("socket ")
        {
            // Read on, or the daemon would block on a full pipe.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            tokio::spawn(async move { while let Ok(Some(_)) = errors.next_line().await {} });
            return Ok(PathBuf::from(path));
        }
        self.stop().await;
        let mut said = Vec::new();
        while said.len() < 20
            && let Ok(Ok(Some(line))) = timeout(STOP_LIMIT, errors.next_line()).await
        {
            said.push(line);
        }
        Err(Trouble::Local(format!("the demo's daemon did not start:\n{}", said.join("\n"))))
    }

    /// Asks it to stop; after a second it is killed.
    async fn stop(&mut self) {
        let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) else { return };
        // It may have ended by itself.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        if timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}
