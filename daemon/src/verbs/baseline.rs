//! `trueconfigd baseline`: a baseline of what a tenant holds today.

use super::DONE;
use crate::output::say;
use chrono::Utc;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::path::{Path, PathBuf};
use trueconfig_core::baseline::{Baseline, Level, Pinned, TenantConfig, pin};
use trueconfig_core::snapshot::tenant_file;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Arguments {
    /// Write controls that accept the present settings of a tenant file and nothing else, to be put into the folder of
    /// `[controls]`; says what could not be pinned.
    FromSnapshot {
        /// The tenant file.
        file: PathBuf,
        /// The new folder.
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    let Arguments::FromSnapshot { file, into } = arguments;
    let name = file.display();
    let text =
        std::fs::read_to_string(file).into_diagnostic().wrap_err_with(|| format!("cannot read {name}"))?;
    let now = Utc::now();
    let snapshot = tenant_file::read(&text, now).map_err(|error| miette!("{name}: {error}"))?;
    let baseline = Baseline::embedded(Level::MAXIMUM).map_err(|error| miette!("{error}"))?;
    let pinned = pin(&snapshot, &baseline, &TenantConfig::default(), now);
    write(&pinned, into)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write into {}", into.display()))?;
    for (control, why) in pinned.left_out.iter().filter(|(_, why)| why != NO_SETTING) {
        say(format_args!("{control} is left out: {why}"));
    }
    let others: Vec<&str> =
        pinned.left_out.iter().filter(|(_, why)| why == NO_SETTING).map(|(id, _)| id.as_str()).collect();
    say(format_args!("{} controls judge no setting and are left out: {}", others.len(), others.join(" ")));
    say(format_args!("{} controls are written into {}", pinned.files.len(), into.display()));
    Ok(DONE)
}

/// What is said of most controls, and therefore only once.
const NO_SETTING: &str = "it judges no setting";

/// The folder is new: nothing of another day stays beside.
fn write(pinned: &Pinned, into: &Path) -> std::io::Result<()> {
    std::fs::create_dir(into)?;
    pinned.files.iter().try_for_each(|(name, text)| std::fs::write(into.join(name), text))
}
