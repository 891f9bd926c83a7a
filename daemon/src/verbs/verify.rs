//! `trueconfigd verify`: checks the chain of a journal from its files alone.

use super::{DEVIATIONS, DONE};
use crate::store;
use crate::store::Verifier;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The tenant's store, such as /var/lib/trueconfig/contoso; a copy will do.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Check the signatures of the checkpoints with this key, as `trueconfigd key show` prints it.
    #[arg(long, value_name = "KEY")]
    key: Option<Verifier>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    let report =
        store::verify(&arguments.dir, arguments.key.as_ref()).map_err(|error| miette::miette!("{error}"))?;
    match arguments.json {
        true => println!("{}", serde_json::to_string(&report).map_err(|error| miette::miette!("{error}"))?),
        false => println!("{report}"),
    }
    Ok(if report.damage.is_empty() { DONE } else { DEVIATIONS })
}
