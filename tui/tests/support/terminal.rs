//! The client in a pseudo terminal: keys go in, a screen comes out.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Longest wait for anything.
const DEADLINE: Duration = Duration::from_secs(10);

/// Columns and rows of a terminal unless told otherwise.
const SMALL: (u16, u16) = (80, 24);

/// Silence after which a frame is over.
const FRAME_GAP: Duration = Duration::from_millis(30);

/// Starts the client in a terminal that is taken away once `ready` says so, as a lost SSH
/// connection does; waits for the client's end.
pub fn hang_up_when(socket: &Path, ready: impl Fn() -> bool) {
    let pair = native_pty_system().openpty(PtySize::default()).expect("a pseudo terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_trueconfig"));
    command.arg("--socket");
    command.arg(socket);
    let mut child = pair.slave.spawn_command(command).expect("the client starts");
    drop(pair.slave);
    let end = Instant::now() + DEADLINE;
    while !ready() {
        assert!(Instant::now() < end, "the client is not ready");
        thread::yield_now();
    }
    drop(pair.master);
    let (sender, exit) = channel();
    thread::spawn(move || sender.send(child.wait().expect("the client is ours")));
    exit.recv_timeout(DEADLINE).expect("the client ends");
}

/// A client in its terminal.
pub struct Client {
    _master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    exit: Receiver<ExitStatus>,
    pid: Pid,
    screen: vt100::Parser,
    raw: Vec<u8>,
}

impl Client {
    /// Starts `trueconfig` on a socket.
    pub fn start(socket: &Path) -> Self {
        Self::start_with(socket, &[])
    }

    /// The same in a terminal of that many columns and rows.
    pub fn start_in(socket: &Path, size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_trueconfig"));
        command.arg("--socket");
        command.arg(socket);
        Self::spawn(command, size)
    }

    /// The same, with variables in its environment.
    pub fn start_with(socket: &Path, environment: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_trueconfig"));
        command.arg("--socket");
        command.arg(socket);
        environment.iter().for_each(|(name, value)| command.env(name, value));
        Self::spawn(command, SMALL)
    }

    /// Starts a shell with job control, which is told by its prompt `ready>`.
    pub fn shell() -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-m", "-i"]);
        command.env("PS1", "ready>");
        command.env_remove("ENV");
        Self::spawn(command, SMALL)
    }

    fn spawn(mut command: CommandBuilder, (cols, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo terminal");
        command.env("LC_ALL", "C.UTF-8");
        command.env("TERM", "xterm-256color");
        let mut child = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        let pid = Pid::from_raw(child.process_id().and_then(|pid| i32::try_from(pid).ok()).expect("a pid"));
        let (sender, output) = channel();
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = reader.read(&mut buffer)
                && sender.send(buffer[..read].to_vec()).is_ok()
            {}
        });
        let (sender, exit) = channel();
        thread::spawn(move || sender.send(child.wait().expect("the client is ours")));
        let writer = pair.master.take_writer().expect("a writer");
        let screen = vt100::Parser::new(rows, cols, 0);
        Self { _master: pair.master, writer, output, exit, pid, screen, raw: Vec::new() }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("written");
        self.writer.flush().expect("written");
    }

    /// Types a key; gives the time to the end of the frame that it costs, and that frame's bytes.
    pub fn frame_after(&mut self, key: &str) -> (Duration, usize) {
        let before = self.raw.len();
        let began = Instant::now();
        self.keys(key);
        let mut took = Duration::ZERO;
        let mut wait = DEADLINE;
        while self.take(wait) {
            took = began.elapsed();
            wait = FRAME_GAP;
        }
        (took, self.raw.len() - before)
    }

    /// The most memory it held so far, in KiB (`VmHWM`).
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid, signal).expect("the client is ours");
    }

    /// Waits until the screen shows a text.
    pub fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + DEADLINE;
        while !self.screen.screen().contents().contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                self.take(left),
                "{text:?} did not come; the screen:\n{}",
                self.screen.screen().contents()
            );
        }
    }

    /// Waits until the screen no longer shows a text.
    pub fn wait_gone(&mut self, text: &str) {
        let end = Instant::now() + DEADLINE;
        while self.screen.screen().contents().contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(self.take(left), "{text:?} did not go");
        }
    }

    /// Bytes that come within a time.
    pub fn bytes_within(&mut self, time: Duration) -> usize {
        let before = self.raw.len();
        let end = Instant::now() + time;
        while self.take(end.saturating_duration_since(Instant::now())) {}
        self.raw.len() - before
    }

    fn take(&mut self, wait: Duration) -> bool {
        match self.output.recv_timeout(wait) {
            Ok(bytes) => {
                self.screen.process(&bytes);
                self.raw.extend(bytes);
                true
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Waits for the end and gives the exit code.
    pub fn exit_code(&mut self) -> u32 {
        let status = self.exit.recv_timeout(DEADLINE).expect("the client ends");
        while self.take(Duration::from_millis(200)) {}
        status.exit_code()
    }

    /// Waits until the terminal is ours, or is given back.
    pub fn wait_taken(&mut self, taken: bool) {
        let end = Instant::now() + DEADLINE;
        while self.screen.screen().alternate_screen() != taken {
            assert!(self.take(end.saturating_duration_since(Instant::now())), "the terminal stays as it is");
        }
    }

    /// Whether the terminal is as it was: main screen, cursor shown, no bracketed paste.
    pub fn is_restored(&self) -> bool {
        let screen = self.screen.screen();
        !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
    }

    /// Whether the terminal is ours.
    pub fn is_taken(&self) -> bool {
        self.screen.screen().alternate_screen()
    }
}
