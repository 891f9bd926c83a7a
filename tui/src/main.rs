//! `trueconfig`: the screens and the command line of TrueConfig.
//!
//! The client holds no authority: it shows what the daemon says and asks it for what a person
//! wants. It depends on nothing of the product but the vocabulary and the interface.

mod app;
mod cli;
mod keys;
mod link;
mod look;
mod preferences;
mod screens;
mod shell;
mod text;
mod view;

#[cfg(test)]
mod fixtures;

use clap::Parser;
use cli::args::Arguments;
use std::process::ExitCode;

/// Threads for the connections; drawing has the main one.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}"), cli::exit::Exit::Found),
    };
    let outcome = runtime.block_on(cli::run(arguments));
    // Nothing is waited for: the terminal's reader never ends by itself.
    runtime.shutdown_background();
    match outcome {
        Ok(exit) => exit.into(),
        Err(trouble) => fail(&trouble.to_string(), trouble.exit()),
    }
}

/// Tells trouble. The daemon's words may hold names from the tenant, so each line is made safe.
fn fail(message: &str, exit: cli::exit::Exit) -> ExitCode {
    let safe: Vec<String> = message.lines().map(cli::print::safe).collect();
    if !safe.is_empty() {
        eprintln!("trueconfig: {}", safe.join("\n"));
    }
    exit.into()
}
