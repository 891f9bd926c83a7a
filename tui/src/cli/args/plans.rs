//! Arguments of the verbs that decide about plans.

use super::gate;
use clap::Args;
use trueconfig_common::gate::Gate;

/// A plan.
#[derive(Debug, Args)]
pub struct Plan {
    /// The control to plan for, or with --target the remediation to plan anew
    pub id: String,
    /// Choose these objects instead (repeat it); makes a new plan with a new digest
    #[arg(long = "target", value_name = "OBJECT-ID")]
    pub targets: Vec<String>,
}

/// An approval.
#[derive(Debug, Args)]
pub struct Approve {
    /// The remediation
    pub id: String,
    /// Digest of the plan that was read, at least its first 8 characters
    #[arg(long)]
    pub digest: Option<String>,
    /// A note, kept in the audit log
    #[arg(long, default_value = "")]
    pub note: String,
    /// A failed gate you know of (repeat it)
    #[arg(long = "acknowledge", value_name = "GATE", value_parser = gate)]
    pub acknowledge: Vec<Gate>,
    /// Run it within this time and at no other, such as "Sun 02:00-04:00 Europe/Berlin"
    #[arg(long, value_name = "WINDOW")]
    pub window: Option<String>,
    /// Do not ask; only together with --digest
    #[arg(long, requires = "digest")]
    pub yes: bool,
    /// Do not wait for the remediation's end
    #[arg(long)]
    pub no_wait: bool,
}

/// A rollback.
#[derive(Debug, Args)]
pub struct Rollback {
    /// The remediation
    pub id: String,
    /// A note, kept in the audit log
    #[arg(long, default_value = "")]
    pub note: String,
    /// Digest of its plan, at least the first 8 characters
    #[arg(long)]
    pub digest: Option<String>,
    /// Do not ask; only together with --digest
    #[arg(long, requires = "digest")]
    pub yes: bool,
    /// Do not wait for its end
    #[arg(long)]
    pub no_wait: bool,
}

/// A remediation with a note.
#[derive(Debug, Args)]
pub struct Noted {
    /// The remediation
    pub id: String,
    /// A note, kept in the audit log
    #[arg(long, default_value = "")]
    pub note: String,
}
