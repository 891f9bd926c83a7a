//! `trueconfigd key`: the key that signs checkpoints of the journal.

use super::DONE;
use crate::config::SigningKey;
use crate::output::say;
use crate::store::Signer;
use miette::{IntoDiagnostic as _, WrapErr as _};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Arguments {
    /// Make a new private key in a file that must not exist yet, and print what verifies it.
    New(Key),
    /// Print what verifies the signatures of a key; it is no secret, keep it away from this host.
    Show(Key),
}

#[derive(Debug, clap::Args)]
pub(super) struct Key {
    /// The private key.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The name that every signature carries, as in the configuration.
    #[arg(long, default_value = SigningKey::DEFAULT_NAME)]
    name: String,
}

pub(super) fn run(arguments: &Arguments) -> miette::Result<u8> {
    let key = match arguments {
        Arguments::New(key) => {
            make(key)?;
            key
        }
        Arguments::Show(key) => key,
    };
    let signer = SigningKey::in_file(&key.name, key.file.clone()).load().into_diagnostic()?;
    say(signer.verifier());
    Ok(DONE)
}

fn make(key: &Key) -> miette::Result<()> {
    let private = Signer::generate().into_diagnostic()?;
    // A key that was lost would leave the checkpoints it signed without meaning: never overwrite one.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&key.file);
    let mut file = file.into_diagnostic().wrap_err_with(|| format!("cannot make {}", key.file.display()))?;
    file.write_all(&private).and_then(|()| file.sync_all()).into_diagnostic()
}
