//! Secrets we made are sealed to the recipient configured for them and shown to nobody else (D11).

use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use trueconfig_core::state::Remediation;

/// Seals secrets into files below one folder.
#[derive(Clone)]
pub struct Sealer {
    folder: PathBuf,
    recipients: BTreeMap<String, age::x25519::Recipient>,
}

/// Why a secret could not be sealed. The secret itself is in no message.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A recipient that is none.
    #[error("recipient of {target}: {reason}; an age recipient looks like age1…")]
    Recipient {
        /// Whose recipient it is.
        target: String,
        /// Why not.
        reason: String,
    },
    /// Nobody is configured to receive it.
    #[error("no recipient is configured for {0}: add `[recipients]` to the tenant")]
    Nobody(String),
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

/// Key in the configuration for every target without a recipient of its own.
pub const DEFAULT_RECIPIENT: &str = "default";

impl Sealer {
    /// A sealer with the recipients of the configuration, by target id or [`DEFAULT_RECIPIENT`].
    ///
    /// # Errors
    /// [`SealError::Recipient`] if one of them is not an age recipient.
    pub fn new(folder: &Path, recipients: &BTreeMap<String, String>) -> Result<Self, SealError> {
        let parsed = recipients.iter().map(|(target, text)| {
            let recipient = text.parse::<age::x25519::Recipient>();
            let wrong =
                |reason: &str| SealError::Recipient { target: target.clone(), reason: reason.to_owned() };
            recipient.map(|recipient| (target.clone(), recipient)).map_err(wrong)
        });
        Ok(Self { folder: folder.to_owned(), recipients: parsed.collect::<Result<_, _>>()? })
    }

    /// Seals a secret, and gives the name of its file once that is durable.
    ///
    /// # Errors
    /// [`SealError`]; the secret is lost then.
    pub async fn seal(
        &self,
        remediation: &Remediation,
        step: usize,
        secret: &SecretString,
    ) -> Result<String, SealError> {
        let targets = remediation.plan.changes.get(step).map(|one| one.view.targets.as_slice());
        let target = targets.and_then(|targets| targets.first()).map_or("", |target| target.id.as_str());
        let found = self.recipients.get(target).or_else(|| self.recipients.get(DEFAULT_RECIPIENT));
        let recipient = found.ok_or_else(|| SealError::Nobody(target.to_owned()))?;
        let sealed = encrypt(recipient, secret)?;
        let file = self.folder.join(format!("{}-{step}.age", remediation.id));
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
