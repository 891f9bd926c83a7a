//! Arguments of the verbs about the audit log.

use super::List;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The audit log.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Audit {
    /// The list
    #[command(flatten)]
    pub list: List,
    /// Write it
    #[command(subcommand)]
    pub act: Option<AuditAct>,
}

/// What can be done with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditAct {
    /// Write the whole audit log
    Export(Export),
}

/// An export.
#[derive(Debug, Args)]
pub struct Export {
    /// Shape: the records as they are stored, a spreadsheet's, or a SIEM's (OCSF 1.3.0, Entity Management)
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub format: ExportFormat,
    /// Write to this new file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Shapes of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// JSON lines.
    Jsonl,
    /// Comma-separated values.
    Csv,
    /// Events of the Open Cybersecurity Schema Framework.
    Ocsf,
}
