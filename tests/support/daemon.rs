//! A real `trueconfigd` on a real socket, a twin for its tenant, and the witnesses a test believes: the
//! tenant's own answers, the twin's request log, and the journal's files. Never the daemon's reply alone.

use super::binaries::Binaries;
use super::eventually::eventually;
use super::journal::{Record, read_journal};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use trueconfig_common::client::Client;
use trueconfig_twin::{RequestLine, Twin};

/// Longest time to start, on two busy cores and a debug build.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// Longest time to stop: a little above what the daemon's own phases may take together.
const STOP_DEADLINE: Duration = Duration::from_secs(60);

/// Lines of the daemon's log shown when a test fails.
const LOG_LINES_SHOWN: usize = 40;

/// See the module. Dropped, it is killed and its folder removed.
pub struct Daemon {
    dir: TempDir,
    config: PathBuf,
    twin: Twin,
    binaries: Binaries,
    environment: Vec<(String, String)>,
    process: Option<Child>,
}

impl Daemon {
    pub(super) fn new(
        dir: TempDir,
        config: PathBuf,
        twin: Twin,
        binaries: Binaries,
        environment: Vec<(String, String)>,
    ) -> Self {
        Self { dir, config, twin, binaries, environment, process: None }
    }

    /// Starts it, again or for the first time, and waits until it answers.
    ///
    /// # Panics
    /// If it ends or does not answer in time; its log is shown.
    pub async fn restart(&mut self) {
        self.spawn();
        let socket = self.socket();
        eventually("the daemon to answer", START_DEADLINE, async || {
            if let Some(status) = self.ended() {
                panic!("the daemon ended: {status}\n{}", self.log());
            }
            Client::connect(&socket).await.ok()
        })
        .await;
    }

    /// Starts it without waiting for anything.
    ///
    /// # Panics
    /// If it runs already.
    pub fn spawn(&mut self) {
        assert!(self.process.is_none(), "the daemon runs already");
        let log =
            File::options().create(true).append(true).open(self.log_file()).expect("the log can be written");
        let child = self
            .command(&["run", "--config"])
            .arg(&self.config)
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn()
            .expect("the daemon can be started");
        self.process = Some(child);
    }

    /// `trueconfigd` with arguments and the environment of this test.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binaries.trueconfigd);
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.args(arguments).envs(environment).stdin(Stdio::null()).current_dir(self.dir.path());
        command
    }

    /// `trueconfig` with arguments, told of the socket.
    pub fn client_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binaries.trueconfig);
        command.args(arguments).env("TRUECONFIG_SOCKET", self.socket()).stdin(Stdio::null());
        command.current_dir(self.dir.path());
        command
    }

    /// A new connection.
    ///
    /// # Panics
    /// If the daemon does not take it.
    pub async fn client(&self) -> Client {
        let connected = Client::connect(&self.socket()).await;
        connected.unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    /// Kills it as `kill -9` does.
    ///
    /// # Panics
    /// If it does not run.
    pub fn kill9(&mut self) {
        let mut process = self.process.take().expect("the daemon runs");
        process.kill().expect("a child can be killed");
        process.wait().expect("a child can be waited for");
    }

    /// Asks it to stop, as systemd does, and waits.
    ///
    /// # Panics
    /// If it does not run, or does not end in time.
    pub async fn stop(&mut self) -> ExitStatus {
        let process = self.process.as_ref().expect("the daemon runs");
        let pid = i32::try_from(process.id()).expect("process ids are small");
        kill(Pid::from_raw(pid), Signal::SIGTERM).expect("a child can be signalled");
        self.wait(STOP_DEADLINE).await
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn wait(&mut self, deadline: Duration) -> ExitStatus {
        let status = eventually("the daemon to end", deadline, async || self.ended()).await;
        self.process = None;
        status
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.process.as_mut()?.try_wait().expect("a child can be asked")
    }

    /// Its process id.
    ///
    /// # Panics
    /// If it does not run.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the daemon runs").id()
    }

    /// The tenant's name in the configuration; also its folder's.
    pub fn tenant(&self) -> String {
        let config = self.config();
        config["tenant"][0]["name"].as_str().expect("a tenant has a name").to_owned()
    }

    /// The socket.
    pub fn socket(&self) -> PathBuf {
        self.config()["socket"].as_str().expect("the socket is configured").into()
    }

    /// The folder of the tenant's store.
    pub fn store(&self) -> PathBuf {
        let state = PathBuf::from(self.config()["state_dir"].as_str().expect("the folder is configured"));
        state.join(self.tenant())
    }

    /// The configuration file.
    pub fn config_file(&self) -> &Path {
        &self.config
    }

    /// The test's own folder, for whatever it needs.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    fn config(&self) -> toml::Table {
        let text = fs::read_to_string(&self.config).expect("the configuration can be read");
        text.parse().expect("the configuration is TOML")
    }

    /// What the journal's files say now, checked line by line.
    pub fn journal(&self) -> Vec<Record> {
        read_journal(&self.store())
    }

    /// The tenant.
    pub fn twin(&self) -> &Twin {
        &self.twin
    }

    /// The tenant's own answer to a GET, asked past the daemon.
    ///
    /// # Panics
    /// If Graph would refuse.
    pub fn graph(&self, path_and_query: &str) -> Value {
        let answer = self.twin.edit("GET", path_and_query, None);
        answer.unwrap_or_else(|error| panic!("GET {path_and_query}: {error}"))
    }

    /// Requests that could change the tenant, those inside a batch too, answered or not.
    pub fn writes(&self) -> Vec<RequestLine> {
        let reads = |line: &RequestLine| line.method == "GET" || !line.path.starts_with("/v1.0/");
        let is_write = |line: &RequestLine| !reads(line) && line.path != "/v1.0/$batch";
        self.twin.requests().into_iter().filter(is_write).collect()
    }

    fn log_file(&self) -> PathBuf {
        self.dir.path().join("daemon.log")
    }

    /// The end of what it wrote to standard output and standard error.
    pub fn log(&self) -> String {
        let text = fs::read_to_string(self.log_file()).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking() {
            eprintln!("the end of the daemon's log:\n{}", self.log());
        }
    }
}
