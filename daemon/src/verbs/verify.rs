//! `trueconfigd verify`: checks the chain of a journal from its files alone, or records that prove themselves.

use super::{DEVIATIONS, DONE};
use crate::output::say;
use crate::store::{self, Verifier};
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The tenant's store, such as /var/lib/trueconfig/contoso; a copy will do.
    #[arg(long, value_name = "DIR", required_unless_present = "proofs", conflicts_with = "proofs")]
    dir: Option<PathBuf>,
    /// Records that `trueconfigd export --proofs` printed; nothing else of the journal is needed.
    #[arg(long, value_name = "FILE", requires = "key")]
    proofs: Option<PathBuf>,
    /// Check the signatures of the checkpoints with this key, as `trueconfigd key show` prints it.
    #[arg(long, value_name = "KEY")]
    key: Option<Verifier>,
    /// Print JSON.
    #[arg(long, conflicts_with = "proofs")]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    match (&arguments.dir, &arguments.proofs, &arguments.key) {
        (_, Some(file), Some(key)) => proofs(file, key),
        (Some(dir), _, key) => journal(dir, key.as_ref(), arguments.json),
        _ => Err(miette!("name a store with --dir, or a file with --proofs and the --key")),
    }
}

fn journal(dir: &Path, key: Option<&Verifier>, json: bool) -> miette::Result<u8> {
    let report = store::verify(dir, key).map_err(|error| miette!("{error}"))?;
    match json {
        true => say(serde_json::to_string(&report).into_diagnostic()?),
        false => say(&report),
    }
    Ok(if report.damage.is_empty() { DONE } else { DEVIATIONS })
}

fn proofs(file: &Path, key: &Verifier) -> miette::Result<u8> {
    let cannot = || format!("cannot read {}", file.display());
    let lines = BufReader::new(File::open(file).into_diagnostic().wrap_err_with(cannot)?).lines();
    let (mut good, mut bad) = (0, 0);
    for (number, line) in (1..).zip(lines) {
        match store::check_proof(&line.into_diagnostic().wrap_err_with(cannot)?, key) {
            Ok(_) => good += 1,
            Err(error) => {
                bad += 1;
                say(format_args!("{}:{number}: {error}", file.display()));
            }
        }
    }
    say(format_args!("{good} records are proven, {bad} are not."));
    Ok(if bad == 0 { DONE } else { DEVIATIONS })
}
