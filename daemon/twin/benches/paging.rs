//! What the twin itself costs whoever measures against it (issue 3): 100,000 users at `$top=999` read by a bare
//! client that parses nothing, objects per second and the twin's share of the CPU; the same by a loop in
//! Python, if `TRUECONFIG_BENCH_PYTHON` names a Python with httpx (`benches/run` installs one); and the memory
//! of a million users. Figures are printed; nothing is asserted, machines differ. The twin is a process of
//! its own, with one thread: this program again.
//!
//! The aim of 40 % is not met: about half of the CPU is the twin's. A page that was written out once is kept
//! as bytes, and for one more the twin makes one `recv`, one `writev` and one `epoll_wait`. Four fifths of
//! what that costs are the kernel's: copying 330 kB into the socket, and carrying them over the loopback,
//! which is charged to whoever sends. The bare client copies the same bytes out and does nothing else, so
//! with no work of our own left the share would still be 44 %. `sendfile` from a memfd was tried in place
//! of `writev`; it saves the copy, but goes through the page in pieces of 4 KiB and wakes the client for
//! each burst of 64 KiB, which doubled the CPU of both sides. Send buffers of 128 KiB
//! to 4 MiB changed nothing (47 to 50 %), nor did a client that keeps each page in one piece (48 to 49 %). For
//! 100,000 users either side uses about 6 ms; a client that parses them in Python uses 0.9 s.
#![expect(clippy::expect_used, reason = "a measurement that cannot go on has nothing to say")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use trueconfig_twin::{Auth, Options, serve};

/// Tenant whose users are paged.
const MANY: &str = "users=100000,apps=2000,sps=11000,policies=240,seed=7";
/// Tenant whose memory is measured.
const LARGE: &str = "users=1000000,apps=20000,sps=110000,policies=240,seed=7";
/// The question; the largest pages Graph gives.
const USERS: &str = "/v1.0/users?$top=999";
/// Objects of a full page.
const TOP: usize = 999;
/// Times everything is read once the twin has its pages.
const ROUNDS: usize = 100;
/// The next link stands before the rows, in so many bytes.
const HEAD: usize = 1_024;

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--twin") {
        return twin(&arguments.next().expect("numbers"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = Server::start(MANY);
    println!("load: {}", std::fs::read_to_string("/proc/loadavg").expect("the load").trim());
    runtime.block_on(measured(&server, "first", 1));
    runtime.block_on(measured(&server, "again", ROUNDS));
    python(&server);
    drop(server);
    let server = Server::start(LARGE);
    println!("{LARGE}: {} MiB resident after the start", server.resident());
    let (objects, took) = runtime.block_on(read_all(&server));
    println!("{objects} users read in {took:.1?}: {} MiB resident", server.resident());
}

/// The other side: a twin until its input ends.
fn twin(numbers: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let options = Options::synthetic(numbers.parse().expect("numbers")).expect("a tenant");
        let twin = serve(Options { auth: Auth::None, ..options }).await.expect("a twin");
        println!("{}", twin.http);
        let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        end.await.expect("the thread ends").expect("input can be read");
    });
}

struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(numbers: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args(["--twin", numbers]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a twin");
        let mut address = String::new();
        let output = process.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut address).expect("its address");
        Self { process, address: address.trim().to_owned() }
    }

    /// Resident memory in MiB.
    fn resident(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("kibibytes") / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its input ends, and with it the program.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// CPU time of all threads of a process so far.
fn cpu(process: &str) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).expect("a process").flatten();
    let spent = |task: std::fs::DirEntry| {
        // A thread may have ended since it was listed.
        let stat = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        stat.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or(0)
    };
    Duration::from_nanos(tasks.map(spent).sum())
}

async fn measured(server: &Server, what: &str, rounds: usize) {
    let twin = server.process.id().to_string();
    let (twin_before, own_before) = (cpu(&twin), cpu("self"));
    let (mut objects, mut took) = (0, Duration::ZERO);
    for _ in 0..rounds {
        let (read, time) = read_all(server).await;
        (objects, took) = (objects + read, took + time);
    }
    let (twin_used, own_used) = (cpu(&twin) - twin_before, cpu("self") - own_before);
    let share = twin_used.as_secs_f64() / (twin_used + own_used).as_secs_f64().max(f64::EPSILON);
    println!(
        "{what}: {objects} users, {:.0} objects/s; CPU of the twin {twin_used:.1?}, of the client \
         {own_used:.1?}: {:.0} % is the twin's",
        objects as f64 / took.as_secs_f64(),
        share * 100.0
    );
}

/// Follows the links to the end; objects and time.
async fn read_all(server: &Server) -> (usize, Duration) {
    let stream = tokio::net::TcpStream::connect(&server.address).await.expect("a connection");
    stream.set_nodelay(true).expect("an option of the socket");
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    let began = Instant::now();
    let (mut objects, mut next) = (0, Some(USERS.to_owned()));
    while let Some(path) = next {
        let (link, last) = page(&mut sender, &server.address, &path).await;
        // The last page is not full: it says how many it has by its closing brackets.
        objects += if link.is_some() { TOP } else { last };
        next = link;
    }
    (objects, began.elapsed())
}

/// One page: the next link, else the number of rows.
async fn page(sender: &mut SendRequest<Body>, host: &str, path: &str) -> (Option<String>, usize) {
    let request = hyper::Request::get(path).header("host", host).body(Body::empty()).expect("a request");
    let mut body = sender.send_request(request).await.expect("an answer").into_body();
    let first = frame(&mut body).await.expect("a page");
    let link = next_link(&first, host);
    let mut rows = first;
    while let Some(more) = frame(&mut body).await {
        // Only the last page is looked at.
        if link.is_none() {
            rows = Bytes::from([rows, more].concat());
        }
    }
    let count =
        if link.is_none() { rows.windows(6).filter(|bytes| bytes == b"\"id\":\"").count() } else { 0 };
    (link, count)
}

async fn frame(body: &mut Incoming) -> Option<Bytes> {
    let mut body = std::pin::Pin::new(body);
    let frame = std::future::poll_fn(|context| body.as_mut().poll_frame(context)).await?;
    frame.expect("a frame").into_data().ok()
}

/// The path of the next link, found without parsing.
fn next_link(page: &[u8], host: &str) -> Option<String> {
    let head = String::from_utf8_lossy(&page[..page.len().min(HEAD)]);
    let (_, link) = head.split_once("\"@odata.nextLink\":\"")?;
    Some(link.split('"').next()?.trim_start_matches(&format!("http://{host}")).to_owned())
}

fn python(server: &Server) {
    let Some(python) = std::env::var_os("TRUECONFIG_BENCH_PYTHON") else {
        return println!("Python: not measured, TRUECONFIG_BENCH_PYTHON is not set");
    };
    let program = include_str!("paging.py");
    let url = format!("http://{}{USERS}", server.address);
    let status = Command::new(python).args(["-c", program, &url]).status().expect("a Python");
    assert!(status.success(), "{status}");
}
