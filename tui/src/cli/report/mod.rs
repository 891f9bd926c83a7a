//! A report for people, on paper or on a screen: everything the last scan found, with evidence, trend, exceptions and
//! what to do. As one HTML page that needs nothing else, as CSV, or as JSON.

mod csv;
mod gather;
mod html;
#[cfg(test)]
mod tests;

use super::Session;
use super::exit::{Exit, Trouble};
use super::follow::Output;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::path::PathBuf;
use trueconfig_common::interface::controls::ControlDetail;
use trueconfig_common::interface::exceptions::ExceptionRow;
use trueconfig_common::interface::settings::Settings;
use trueconfig_common::interface::status::Status;

/// What report is asked for.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How it is written
    #[arg(long, value_enum, default_value = "html")]
    pub format: Format,
    /// Write to this new file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One page that needs nothing else
    Html,
    /// A line per control and object
    Csv,
    /// As `trueconfig schema` describes it
    Json,
}

/// What a report says.
#[derive(Debug, Serialize)]
pub struct Report {
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// How things stand.
    pub status: Status,
    /// What is set, with level and digest of the baseline.
    pub settings: Settings,
    /// Scores of scans from the journal, the oldest first.
    pub trend: Vec<Point>,
    /// Every control of the level, failing and most severe first.
    pub controls: Vec<ControlDetail>,
    /// Exceptions, those that end first at the top.
    pub exceptions: Vec<ExceptionRow>,
}

/// The score of one scan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// When the scan ended.
    pub at: DateTime<Utc>,
    /// D22, 0 to 100.
    pub score: f64,
}

/// Writes a report.
pub async fn report(session: &mut Session, args: Arguments) -> Result<Exit, Trouble> {
    let report = gather::gather(session).await?;
    let text = match args.format {
        Format::Html => html::page(&report),
        Format::Csv => csv::table(&report),
        Format::Json => serde_json::to_string_pretty(&report)
            .map_err(|error| Trouble::Local(format!("the report is no JSON: {error}")))?,
    };
    let mut out = Output::open(args.output)?;
    out.text(&format!("{}\n", text.trim_end()))?;
    out.finish()?;
    Ok(Exit::Done)
}
