//! Arguments. The comments here are the help that people read.

mod audit;
mod plans;

pub use audit::{Audit, AuditAct, Export, ExportFormat};
pub use plans::{Approve, Noted, Plan, Rollback};

use crate::look::Palette;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde_json::Value;
use std::path::PathBuf;
use trueconfig_common::gate::Gate;
use trueconfig_common::mode::Mode;

/// Entra ID drift remediation: what fails, what would fix it, who approved, and the way back.
///
/// Without a verb it opens the screens.
#[derive(Debug, Parser)]
#[command(name = "trueconfig", version, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub struct Arguments {
    /// Socket of the daemon
    #[arg(long, global = true, env = "TRUECONFIG_SOCKET", value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Which tenant, where the daemon serves several
    #[arg(long, global = true, value_name = "NAME")]
    pub tenant: Option<String>,
    /// Print JSON in the shapes of the interface io.trueconfig.v1
    #[arg(long, global = true)]
    pub json: bool,
    /// Draw with ASCII characters only (also chosen by the locale)
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Colours; NO_COLOR means mono
    #[arg(long, global = true, value_enum, env = "TRUECONFIG_THEME")]
    pub theme: Option<Palette>,
    /// Your own keys, colours and accents; else $XDG_CONFIG_HOME/trueconfig/client.toml
    #[arg(long, global = true, env = "TRUECONFIG_PREFERENCES", value_name = "FILE")]
    pub preferences: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 deviations found or refused, 2 usage, 3 daemon not reachable,
4 not permitted, 5 partial.
To look around without a tenant: trueconfig demo";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show how things stand
    Status(Watch),
    /// Scan the tenant now; exit 1 if controls fail, 5 if something could not be read
    Scan(Scan),
    /// List controls, failing and most severe first
    Controls(Controls),
    /// Show a control (PA-01) or a remediation (R-0007)
    Show(Show),
    /// List, export and compare snapshots of the tenant
    Snapshot(Snapshot),
    /// Plan the fix of a failing control; nothing is changed
    Plan(Plan),
    /// Approve a plan and execute it
    Approve(Approve),
    /// Reject a plan
    Reject(Noted),
    /// Take an approval back before it is executed
    Withdraw(Noted),
    /// Roll back an executed remediation, within 24 hours
    Rollback(Rollback),
    /// Close a remediation that waits for a person
    Close(Noted),
    /// Release a control from its hold in manual
    Release(Reasoned),
    /// List remediations, the newest first
    History(List),
    /// List the records of the journal, the newest first; `audit export` writes all of it
    Audit(Audit),
    /// List what drifted; `drift ack SEQ` takes note of one
    Drift(Drift),
    /// Show or set modes: `mode PA-01 manual --reason WHY`, `mode --default advisory`
    Mode(SetMode),
    /// Show or change the settings of the tenant
    Settings(SetSettings),
    /// Show the last break-glass test, or record one
    Breakglass(BreakGlass),
    /// List what is excepted from controls; `exceptions add` and `exceptions remove` change it
    Exceptions(Exceptions),
    /// Confirm what Graph does not show; how long that counts the control says
    Attest {
        /// The control
        control: String,
        /// What was confirmed, and how it was seen
        #[arg(long)]
        statement: String,
    },
    /// List the channels that alerts go to; `alerts test CHANNEL` tries one
    Alerts {
        /// What to do; nothing lists them
        #[command(subcommand)]
        act: Option<super::alerts::Act>,
    },
    /// Explain which permissions of Graph are needed, missing and in excess; `permissions script` makes them
    #[command(subcommand)]
    Permissions(super::permissions::Act),
    /// Show the baseline in force; `baseline diff` and `baseline take` deal with the one on offer
    Baseline {
        /// What to do; nothing shows how it stands
        #[command(subcommand)]
        act: Option<BaselineAct>,
    },
    /// Pull the kill switch: all remediation stops at once
    Kill(Reason),
    /// Release the kill switch
    Resume(Reason),
    /// Check the chain of the whole journal
    Verify(Verify),
    /// Write the whole audit log, as `audit export` does
    Export(Export),
    /// Write a report for people: one HTML page, CSV or JSON
    Report(super::report::Arguments),
    /// Judge a tenant file, without a daemon
    Evaluate(Passed),
    /// Write, check, test and explain controls, without a daemon
    #[command(subcommand)]
    Control(ControlAct),
    /// Show the product on a built-in tenant, without touching anything
    Demo(Demo),
    /// Check everything that must be so, and say what to do
    Doctor,
    /// Print figures for Prometheus, or write them for the node exporter
    Metrics(super::metrics::Arguments),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the JSON Schema of what --json prints
    Schema,
    /// Write the manual pages into a folder
    #[command(name = "man", hide = true)]
    Manual {
        /// The folder
        folder: PathBuf,
    },
    /// List the keys of the screens
    #[command(hide = true)]
    Keys,
}

/// Once, or again on every change.
#[derive(Debug, Args)]
pub struct Watch {
    /// Print again on every change, until interrupted
    #[arg(long)]
    pub watch: bool,
}

/// A scan.
#[derive(Debug, Args)]
pub struct Scan {
    /// Print progress on every step
    #[arg(long)]
    pub watch: bool,
    /// Start it and do not wait for its end
    #[arg(long, conflicts_with = "watch")]
    pub no_wait: bool,
}

/// A list.
#[derive(Debug, Args)]
pub struct List {
    /// Words that must all match: text, !text, key:value, !key:value
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,
    /// Column to sort by, with - before it for descending
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    pub sort: String,
    /// Most rows
    #[arg(long, default_value_t = 500)]
    pub limit: usize,
}

/// Controls.
#[derive(Debug, Args)]
pub struct Controls {
    /// The list
    #[command(flatten)]
    pub list: List,
    /// Judge the newest snapshot of this time (RFC 3339) or before, by the controls in force now
    #[arg(long, value_name = "TIME")]
    pub at: Option<DateTime<Utc>>,
}

/// A control or a remediation.
#[derive(Debug, Args)]
pub struct Show {
    /// PA-01, or R-0007
    pub id: String,
    /// A control by the newest snapshot of this time (RFC 3339) or before
    #[arg(long, value_name = "TIME")]
    pub at: Option<DateTime<Utc>>,
}

/// Snapshots.
#[derive(Debug, Args)]
pub struct Snapshot {
    /// What to do
    #[command(subcommand)]
    pub act: SnapshotAct,
}

/// What can be done with snapshots.
#[derive(Debug, Subcommand)]
pub enum SnapshotAct {
    /// List those that are kept, the newest first
    List(List),
    /// Write one as a tenant file, which `evaluate` judges and the twin serves
    Export {
        /// Its id, or enough of its beginning
        id: String,
        /// Write to this new file instead of standard output
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show what changed between two, by meaning; exit 1 if anything did
    Diff {
        /// The older one: its id, or enough of its beginning
        from: String,
        /// The newer one
        to: String,
        /// Which changes
        #[command(flatten)]
        list: List,
    },
}

/// A control with a reason.
#[derive(Debug, Args)]
pub struct Reasoned {
    /// The control
    pub control: String,
    /// Why, kept in the audit log
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// A reason.
#[derive(Debug, Args)]
pub struct Reason {
    /// Why, kept in the audit log
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// Drift.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Drift {
    /// The list
    #[command(flatten)]
    pub list: List,
    /// Take note of one
    #[command(subcommand)]
    pub act: Option<DriftAct>,
}

/// What can be done about a drift.
#[derive(Debug, Subcommand)]
pub enum DriftAct {
    /// Take note of a drift
    Ack {
        /// Its number, the first column of the list
        seq: u64,
        /// A note, kept in the audit log
        #[arg(long, default_value = "")]
        note: String,
    },
}

/// Modes.
#[derive(Debug, Args)]
pub struct SetMode {
    /// The control
    #[arg(conflicts_with = "default")]
    pub control: Option<String>,
    /// The mode to set
    #[arg(value_parser = mode)]
    pub mode: Option<Mode>,
    /// Take the control's override away
    #[arg(long, conflicts_with_all = ["mode", "default"])]
    pub clear: bool,
    /// Set the tenant's default: advisory or manual
    #[arg(long, value_name = "MODE", value_parser = mode)]
    pub default: Option<Mode>,
    /// Why, kept in the audit log
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// Settings.
#[derive(Debug, Args)]
pub struct SetSettings {
    /// What to change; nothing shows them
    #[command(subcommand)]
    pub act: Option<SettingsAct>,
}

/// What can be changed.
#[derive(Debug, Subcommand)]
pub enum SettingsAct {
    /// Switch remediation on
    Enable(Reason),
    /// Switch remediation off; cancels all that is pending
    Disable(Reason),
    /// Whether a failed verification may roll back by itself
    AutoRollback {
        /// on or off
        to: OnOff,
        /// Why, kept in the audit log
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    /// On
    On,
    /// Off
    Off,
}

/// Break-glass tests.
#[derive(Debug, Args)]
pub struct BreakGlass {
    /// What to do; nothing shows the last test
    #[command(subcommand)]
    pub act: Option<BreakGlassAct>,
}

/// What can be done about them.
#[derive(Debug, Subcommand)]
pub enum BreakGlassAct {
    /// Record that every break-glass account was tested
    Record {
        /// What was tested and seen
        #[arg(long)]
        note: String,
    },
}

/// A check of the chain.
#[derive(Debug, Args)]
pub struct Verify {
    /// Check the journal in this folder, without a daemon
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// With --dir: check the signatures of the checkpoints with this key, as `trueconfigd key show` prints it
    #[arg(long, value_name = "KEY", requires = "dir")]
    pub key: Option<String>,
}

/// Exceptions.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Exceptions {
    /// The list
    #[command(flatten)]
    pub list: List,
    /// Change it
    #[command(subcommand)]
    pub act: Option<ExceptionAct>,
}

/// What can be done about exceptions.
#[derive(Debug, Subcommand)]
pub enum ExceptionAct {
    /// Except an object from a control; for a setting its present value is accepted and no other
    Add {
        /// The control
        control: String,
        /// The object: an id, a sign-in name, a keyword, or the path of a setting
        object: String,
        /// Why, kept in the audit log
        #[arg(long)]
        reason: String,
        /// Who answers for it
        #[arg(long)]
        owner: String,
        /// Until this date or time (RFC 3339); 90 days from now if it is left out
        #[arg(long, value_name = "DATE", value_parser = date)]
        expires: Option<DateTime<Utc>>,
        /// For a setting: the accepted value, as JSON
        #[arg(long, value_name = "JSON", value_parser = json)]
        value: Option<Value>,
    },
    /// End an exception before its time
    Remove {
        /// The control
        control: String,
        /// The object
        object: String,
        /// Why, kept in the audit log
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// What can be done about the baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineAct {
    /// Show the baseline in force, and whether another one is offered
    Status,
    /// Show what taking the offered one would change, verdicts included; exit 1 if anything
    Diff,
    /// Take the offered one
    Take {
        /// Digest of the offered one, at least its first 8 characters, as `baseline diff` shows it
        #[arg(long)]
        digest: String,
        /// Why, kept in the audit log
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Write controls that accept the present settings of a tenant file and nothing else
    FromSnapshot {
        /// The tenant file, such as `trueconfig snapshot export` writes
        file: PathBuf,
        /// The new folder
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
    },
}

/// Arguments handed to trueconfigd.
#[derive(Debug, Args)]
pub struct Passed {
    /// The tenant file
    pub file: PathBuf,
    /// Level of the baseline, 1 to 3
    #[arg(long, value_name = "N")]
    pub level: Option<u8>,
    /// Judge as of this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Break-glass accounts, exceptions and parameters from this configuration
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What can be done with controls.
#[derive(Debug, Subcommand)]
pub enum ControlAct {
    /// Write a commented control to begin with
    New {
        /// Its id, such as ORG-01
        id: String,
        /// The new file; ID.toml in this folder if it is left out
        file: Option<PathBuf>,
    },
    /// Check control files of yours, together with each other and with those that are shipped
    Check {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Run the cases that control files carry, and print how many hold
    Test {
        /// The files
        #[arg(value_name = "FILE", required_unless_present = "all")]
        files: Vec<PathBuf>,
        /// Every control that is shipped, and with --config every one of yours
        #[arg(long)]
        all: bool,
        /// The configuration that names the folder of yours
        #[arg(long, value_name = "FILE", requires = "all")]
        config: Option<PathBuf>,
    },
    /// Say what a control evaluates, plans and rolls back, and what it needs
    Explain {
        /// The id of a shipped control, or a file of yours
        control: String,
    },
}

/// The demo.
#[derive(Debug, Args)]
pub struct Demo {
    /// Run the story by itself and print each step (also without a terminal)
    #[arg(long)]
    pub script: bool,
    /// Keep journal, store and logs in this folder
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

fn gate(word: &str) -> Result<Gate, String> {
    let word = word.replace('-', "_");
    let found = Gate::ALL.into_iter().find(|gate| gate.as_str() == word);
    found.ok_or_else(|| format!("one of {}", Gate::ALL.map(Gate::as_str).join(" ")))
}

fn date(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(date.and_time(NaiveTime::MIN).and_utc());
    }
    text.parse().map_err(|_| "a date such as 2027-02-22, or a time with its zone".to_owned())
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("no JSON ({error}); a text stands in quotes"))
}

fn mode(word: &str) -> Result<Mode, String> {
    let all = [Mode::Advisory, Mode::Manual, Mode::Auto];
    all.into_iter().find(|mode| mode.as_str() == word).ok_or_else(|| "one of advisory manual auto".to_owned())
}
