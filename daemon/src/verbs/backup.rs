//! `trueconfigd backup` and `trueconfigd restore`: a tenant's store as one file, and back.

use super::DONE;
use crate::output::say;
use crate::store::{self, Verifier, VerifyReport};
use chrono::Utc;
use miette::miette;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Backup {
    /// The tenant's store, such as /var/lib/trueconfig/contoso; its daemon may run.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The archive to write, such as contoso.tar.zst; it must not be there yet.
    #[arg(value_name = "FILE")]
    archive: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Restore {
    /// The archive.
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    /// The store to make, such as /var/lib/trueconfig/contoso; it must not be there yet.
    #[arg(long, value_name = "DIR", required_unless_present = "check")]
    dir: Option<PathBuf>,
    /// Only check the archive: its sums, the chain and, with --key, the signatures.
    #[arg(long, conflicts_with = "dir")]
    check: bool,
    /// Check the signatures of the checkpoints with this key, as `trueconfigd key show` prints it.
    #[arg(long, value_name = "KEY")]
    key: Option<Verifier>,
}

/// Writes the archive, then reads it back as a restore would: a backup nobody could restore is none.
pub(super) fn backup(arguments: &Backup) -> miette::Result<u8> {
    let archive = &arguments.archive;
    store::backup(&arguments.dir, archive, Utc::now()).map_err(|error| miette!("{error}"))?;
    let report = store::check_backup(archive, None)
        .map_err(|error| miette!("{} is written, but cannot be restored: {error}", archive.display()))?;
    told(&report, &format!("{} can be restored", archive.display()))
}

pub(super) fn restore(arguments: &Restore) -> miette::Result<u8> {
    let (archive, key) = (&arguments.archive, arguments.key.as_ref());
    let Some(dir) = &arguments.dir else {
        let report = store::check_backup(archive, key).map_err(|error| miette!("{error}"))?;
        return told(&report, &format!("{} can be restored", archive.display()));
    };
    let report = store::restore(archive, dir, key).map_err(|error| miette!("{error}"))?;
    told(&report, &format!("{} is restored", dir.display()))
}

fn told(report: &VerifyReport, what: &str) -> miette::Result<u8> {
    let (records, hash) = (report.last.seq, report.last.hash);
    say(format_args!("{what}: {records} records, the last with hash {hash}"));
    say(format_args!("{}", report.seal));
    Ok(DONE)
}
