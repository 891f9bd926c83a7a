//! The client in a terminal, measured from outside: start to first frame, key to finished frame and bytes of a
//! frame with 100,000 drifts and 1,000,000 records behind the lists, memory. Figures are printed; nothing is
//! asserted, machines differ.

#![expect(clippy::expect_used, clippy::panic, reason = "a bench may fail by panicking")]

#[expect(dead_code, reason = "tests use the rest")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};
use support::daemon::{FakeDaemon, Load};
use support::terminal::Client;

/// Keys measured per list.
const KEYS: usize = 1_000;

/// Starts measured.
const STARTS: usize = 20;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket");
    let _daemon =
        FakeDaemon::listen_with(&socket, Load { drifts: 100_000, records: 1_000_000, ..Load::default() });
    let starts = (0..STARTS).map(|_| {
        let began = Instant::now();
        Client::start_in(&socket, (120, 40)).wait_for("Limit permanent");
        began.elapsed()
    });
    print("start to first frame", starts.collect());
    let mut client = Client::start_in(&socket, (120, 40));
    client.wait_for("Limit permanent");
    for (name, screen, row) in [("100,000 drifts", "6", "person-"), ("1,000,000 records", "5", "1000000")] {
        client.keys(screen);
        client.wait_for(row);
        client.bytes_within(Duration::from_millis(500));
        let frames: Vec<(Duration, usize)> = (0..KEYS).map(|_| client.frame_after("j")).collect();
        print(&format!("key to finished frame, {name}"), frames.iter().map(|frame| frame.0).collect());
        let most = frames.iter().map(|frame| frame.1).max().unwrap_or_default();
        let mean = frames.iter().map(|frame| frame.1).sum::<usize>() / KEYS;
        println!("bytes of a cursor movement at 120x40, {name}: mean {mean}, most {most}");
    }
    println!("most memory held: {} KiB", client.peak_memory());
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at =
        |percent: usize| times.get(times.len() * percent / 100).or(times.last()).copied().unwrap_or_default();
    println!("{what}: p50 {:?}, p99 {:?}, most {:?} of {}", at(50), at(99), at(100), times.len());
}
