//! `trueconfigd evaluate`: judges a tenant file without a daemon.

use crate::config;
use crate::output::say;
use chrono::{DateTime, Utc};
use std::path::PathBuf;
use trueconfig_core::baseline::{Level, TenantConfig};
use trueconfig_core::evaluate::{Evaluation, exit_code, report, tenant_file};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The tenant file: `{"graph": {"/v1.0/users": {"value": […]}, …}}`.
    file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Level of the baseline, 1 to 3.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    level: u8,
    /// Judge as of this moment (RFC 3339); now if it is left out.
    #[arg(long, value_name = "TIME")]
    as_of: Option<DateTime<Utc>>,
    /// A configuration whose only tenant has the break-glass accounts, exceptions and parameters.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    let name = arguments.file.display();
    let text = std::fs::read_to_string(&arguments.file)
        .map_err(|error| miette::miette!("cannot read the tenant file {name}: {error}"))?;
    let now = arguments.as_of.unwrap_or_else(Utc::now);
    let settings = match &arguments.config {
        None => TenantConfig::default(),
        Some(file) => config::tenant_settings(file)?,
    };
    let level = Level::try_from(arguments.level).map_err(|error| miette::miette!("{error}"))?;
    let evaluation =
        tenant_file(&text, level, &settings, now).map_err(|error| miette::miette!("{name}: {error}"))?;
    print(&evaluation, arguments.json)?;
    Ok(exit_code(&evaluation))
}

fn print(evaluation: &Evaluation, json: bool) -> miette::Result<()> {
    if json {
        let text = serde_json::to_string_pretty(&report(evaluation));
        say(text.map_err(|error| miette::miette!("{error}"))?);
        return Ok(());
    }
    for judgement in &evaluation.judgements {
        say(format_args!("{:<14} {:<10} {}", judgement.verdict, judgement.control, judgement.reason));
        if let Some(near) = &judgement.near_miss {
            say(format_args!("{:25} {}", "", near.sentence));
        }
    }
    if let Some(score) = evaluation.score {
        say(format_args!("score {score:.0}"));
    }
    Ok(())
}
