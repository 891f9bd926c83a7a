//! `trueconfigd export`: records of a journal from its files alone, for an auditor to keep (R82).

use super::{DEVIATIONS, DONE};
use crate::store::{self, PersonalText, Selection};
use miette::{IntoDiagnostic as _, miette};
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The tenant's store, such as /var/lib/trueconfig/contoso; a copy will do.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Records of one remediation or one control only, such as R-0007 or PA-01.
    #[arg(long, value_name = "ID")]
    about: Option<String>,
    /// The first record.
    #[arg(long, value_name = "SEQ", default_value_t = 1)]
    from: u64,
    /// The last record.
    #[arg(long, value_name = "SEQ", default_value_t = u64::MAX, hide_default_value = true)]
    to: u64,
    /// Show names and notes as the digests that stand in the journal.
    #[arg(long)]
    digests: bool,
    /// Give each record with what proves it to whoever has the public key: `trueconfigd verify --proofs`.
    #[arg(long, conflicts_with = "digests")]
    proofs: bool,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    let subject = arguments.about.as_deref().map(str::to_uppercase);
    let selection = Selection { records: arguments.from..=arguments.to, subject };
    match arguments.proofs {
        true => proofs(arguments, &selection),
        false => records(arguments, &selection),
    }
}

fn records(arguments: &Arguments, selection: &Selection) -> miette::Result<u8> {
    let text = if arguments.digests { PersonalText::Digests } else { PersonalText::Resolved };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let written = store::export(&arguments.dir, text, selection, &mut out);
    out.flush().into_diagnostic()?;
    written.map(|_| DONE).map_err(|error| miette!("{error}"))
}

fn proofs(arguments: &Arguments, selection: &Selection) -> miette::Result<u8> {
    let (proven, unsealed) = store::prove(&arguments.dir, selection).map_err(|error| miette!("{error}"))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for one in proven {
        serde_json::to_writer(&mut out, &one).into_diagnostic()?;
        out.write_all(b"\n").into_diagnostic()?;
    }
    out.flush().into_diagnostic()?;
    if unsealed == 0 {
        return Ok(DONE);
    }
    eprintln!("{unsealed} records are left out: no checkpoint covers them yet");
    Ok(DEVIATIONS)
}
