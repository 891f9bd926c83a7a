//! What people wait for and what a jump host carries: from the client's start to its first frame (the
//! Controls table with data from the daemon), and the daemon at rest after a scan of the demo tenant.
//! Figures are printed; nothing is asserted, machines differ. `TRUECONFIG_REST_SECONDS` sets how long the
//! daemon is watched (300 shows what the architecture asks for).

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};
use trueconfig_common::interface::scan::StartScan;
use trueconfig_tests::support::{Daemon, Stage, binaries};

/// Starts measured.
const STARTS: usize = 20;

/// Seconds the daemon is watched unless the environment says otherwise.
const REST_SECONDS: u64 = 60;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let daemon = Stage::contoso().start().await;
        scan(&daemon).await;
        first_frame(&daemon.socket());
        at_rest(&daemon).await;
    });
}

async fn scan(daemon: &Daemon) {
    let mut client = daemon.client().await;
    let mut progress = client.stream(StartScan::default()).await.expect("a scan begins");
    while let Some(step) = progress.next().await {
        step.expect("the scan goes on");
    }
}

fn first_frame(socket: &Path) {
    let mut times: Vec<Duration> = (0..STARTS).map(|_| one_start(socket)).collect();
    times.sort();
    let (least, median, most) = (times[0], times[STARTS / 2], times[STARTS - 1]);
    println!("start to first frame: least {least:?}, median {median:?}, most {most:?} of {STARTS}");
}

/// From the start of the process to the first control on the screen.
fn one_start(socket: &Path) -> Duration {
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo terminal");
    let mut command = CommandBuilder::new(&binaries().trueconfig);
    command.arg("--socket");
    command.arg(socket);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    let mut reader = pair.master.try_clone_reader().expect("a terminal can be read");
    let began = Instant::now();
    let mut child = pair.slave.spawn_command(command).expect("the client starts");
    let mut screen = vt100::Parser::new(40, 120, 0);
    let mut bytes = [0; 8 * 1024];
    let took = loop {
        let count = reader.read(&mut bytes).expect("the client writes");
        screen.process(&bytes[..count]);
        if screen.screen().contents().contains("PA-01") {
            break began.elapsed();
        }
    };
    child.kill().expect("the client is ours");
    child.wait().expect("the client ends");
    took
}

async fn at_rest(daemon: &Daemon) {
    let seconds = std::env::var("TRUECONFIG_REST_SECONDS").ok().and_then(|text| text.parse().ok());
    let seconds = seconds.unwrap_or(REST_SECONDS);
    let process = format!("/proc/{}", daemon.pid());
    let before = switches(&process);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let wakes = (switches(&process) - before) as f64 / seconds as f64;
    let kibibytes = field(&format!("{process}/status"), "VmRSS");
    println!("daemon at rest over {seconds} s: {} MiB resident, {wakes:.1} wake-ups/s", kibibytes / 1024);
    println!("(the scheduler's own poll is 2 wake-ups/s on each thread it touches)");
}

/// Voluntary context switches of all threads: each is one wake-up later.
fn switches(process: &str) -> u64 {
    let tasks = std::fs::read_dir(format!("{process}/task")).expect("the daemon runs");
    let paths = tasks.filter_map(|task| Some(task.ok()?.path().join("status")));
    paths.map(|path| field(&path.display().to_string(), "voluntary_ctxt_switches")).sum()
}

fn field(file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}
