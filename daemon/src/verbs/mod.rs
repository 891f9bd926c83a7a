//! The verbs of `trueconfigd`, one file each.

mod backup;
mod baseline;
mod check;
mod control;
mod demo;
mod evaluate;
mod export;
mod generate;
mod key;
mod logging;
mod permissions;
mod run;
mod scan;
mod twin;
mod undo;
mod verify;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the configuration is if nobody says.
pub const DEFAULT_CONFIG: &str = "/etc/trueconfig/config.toml";

/// Exit code: done.
const DONE: u8 = 0;
/// Exit code: deviations found, or refused.
const DEVIATIONS: u8 = 1;
/// Exit code: the command line or a file is wrong.
const WRONG_INPUT: u8 = 2;

/// Scans a Microsoft Entra tenant, puts drift right, and keeps the record.
#[derive(Debug, Parser)]
#[command(name = "trueconfigd", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the daemon in the foreground (systemd starts it this way).
    Run(ConfigFile),
    /// Scan once in the foreground, without a socket, and print a JSON summary. Never plans or writes.
    Scan(scan::Arguments),
    /// Serve a tenant that speaks Microsoft Graph on loopback.
    Twin(twin::Arguments),
    /// Run a built-in tenant with a real daemon: the screens' other half, or the scripted story.
    Demo(demo::Arguments),
    /// Work with the configuration file.
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Make a baseline of what a tenant holds today.
    #[command(subcommand)]
    Baseline(baseline::Arguments),
    /// Write, check, test and explain controls offline.
    #[command(subcommand)]
    Control(control::Arguments),
    /// Judge a tenant file offline.
    Evaluate(evaluate::Arguments),
    /// Print records of a journal as JSON lines, with the daemon running or not.
    Export(export::Arguments),
    /// Print the requests that take a remediation back, to send by hand when the product cannot.
    Undo(undo::Arguments),
    /// Make or show the key that signs checkpoints of the journal.
    #[command(subcommand)]
    Key(key::Arguments),
    /// Print a script that registers the applications in Entra.
    #[command(subcommand)]
    Permissions(permissions::Arguments),
    /// Check the whole chain of a journal, with the daemon running or not.
    Verify(verify::Arguments),
    /// Copy a store into one file, with the daemon running or not, and check that it can be restored.
    Backup(backup::Backup),
    /// Make a store from such a file, on this host or another, or only check the file.
    Restore(backup::Restore),
    /// Write manual pages and completions into a folder, for packages.
    #[command(hide = true)]
    Generate(generate::Arguments),
}

#[derive(Debug, Subcommand)]
enum ConfigVerb {
    /// Check the configuration and everything it names.
    Check(ConfigFile),
}

/// The configuration file.
#[derive(Debug, clap::Args)]
struct ConfigFile {
    /// The configuration file.
    #[arg(long, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    config: PathBuf,
}

/// Starts what the command line names; errors go to standard error, for people.
pub fn start(cli: Cli) -> ExitCode {
    let done = match cli.verb {
        Verb::Run(file) => run::run(&file.config),
        Verb::Scan(arguments) => scan::run(&arguments),
        Verb::Twin(arguments) => twin::run(&arguments),
        Verb::Demo(arguments) => demo::run(&arguments),
        Verb::Config(ConfigVerb::Check(file)) => check::run(&file.config),
        Verb::Baseline(arguments) => baseline::run(&arguments),
        Verb::Control(arguments) => control::run(&arguments),
        Verb::Evaluate(arguments) => evaluate::run(&arguments),
        Verb::Export(arguments) => export::run(&arguments),
        Verb::Undo(arguments) => undo::run(&arguments),
        Verb::Key(arguments) => key::run(&arguments),
        Verb::Permissions(arguments) => permissions::run(&arguments),
        Verb::Verify(arguments) => verify::run(&arguments),
        Verb::Backup(arguments) => backup::backup(&arguments),
        Verb::Restore(arguments) => backup::restore(&arguments),
        Verb::Generate(arguments) => generate::run(&arguments),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::from(WRONG_INPUT)
        }
    }
}

/// Runs asynchronous work; the worker threads are few, for the daemon waits more than it works.
fn block_on<T>(work: impl Future<Output = miette::Result<T>>) -> miette::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| miette::miette!("no runtime: {error}"))?;
    runtime.block_on(work)
}
