//! `trueconfigd`: takes the command line apart and starts what it names.

use clap::Parser;
use std::process::ExitCode;
use trueconfig_daemon::verbs::{self, Cli};

fn main() -> ExitCode {
    verbs::start(Cli::parse())
}
