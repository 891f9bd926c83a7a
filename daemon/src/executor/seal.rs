//! Secrets we made are sealed to the recipient configured for them and shown to nobody else (D11).

use secrecy::{ExposeSecret, SecretString};
use std::io::Write;
use std::path::{Path, PathBuf};
use trueconfig_common::id::RemediationId;

/// Seals secrets into files below one folder. To whom is part of the approved plan.
#[derive(Clone)]
pub struct Sealer {
    folder: PathBuf,
}

/// Why a secret could not be sealed. The secret itself is in no message.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A recipient that is none.
    #[error("{recipient:?} is not an age recipient: {reason}; it looks like age1…")]
    Recipient {
        /// As planned.
        recipient: String,
        /// Why not.
        reason: &'static str,
    },
    /// Encryption.
    #[error("cannot seal: {0}")]
    Seal(String),
    /// Writing.
    #[error("cannot write the sealed secret to {file}: {error}")]
    Write {
        /// Where.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl Sealer {
    /// A sealer that writes into a folder, which it makes when it is needed.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Seals the secret that a step of a remediation made, and gives the name of its file once
    /// that is durable.
    ///
    /// # Errors
    /// [`SealError`]; the secret is lost then.
    pub fn seal(
        &self,
        id: &RemediationId,
        step: usize,
        recipient: &str,
        secret: &SecretString,
    ) -> Result<String, SealError> {
        let parsed = recipient.parse::<age::x25519::Recipient>();
        let wrong = |reason| SealError::Recipient { recipient: recipient.to_owned(), reason };
        let sealed = encrypt(&parsed.map_err(wrong)?, secret)?;
        let file = self.folder.join(format!("{id}-{step}.age"));
        write_durably(&self.folder, &file, &sealed)
            .map_err(|error| SealError::Write { file: file.clone(), error })?;
        Ok(file.display().to_string())
    }
}

fn encrypt(recipient: &age::x25519::Recipient, secret: &SecretString) -> Result<Vec<u8>, SealError> {
    let failed = |error: &dyn std::fmt::Display| SealError::Seal(error.to_string());
    let recipient: &dyn age::Recipient = recipient;
    let encryptor =
        age::Encryptor::with_recipients(std::iter::once(recipient)).map_err(|error| failed(&error))?;
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).map_err(|error| failed(&error))?;
    writer.write_all(secret.expose_secret().as_bytes()).map_err(|error| failed(&error))?;
    writer.finish().map_err(|error| failed(&error))?;
    Ok(sealed)
}

/// The sealed value must be durable before the outcome is recorded: nobody can ask for it again.
fn write_durably(folder: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut out =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::File::open(folder)?.sync_all()
}
