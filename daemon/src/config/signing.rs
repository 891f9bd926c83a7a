//! The key that signs checkpoints of the journals: a file that only we can read, or a systemd credential.

use super::credential::{CredentialError, SecretPlace};
use crate::store::{NoteError, Signer};
use std::path::PathBuf;

/// `[signing]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// The name that every signature carries.
    pub name: String,
    place: SecretPlace,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// It cannot be read, or others could read it.
    #[error(transparent)]
    Source(#[from] CredentialError),
    /// It is no key.
    #[error("{}: {source}", .file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: NoteError,
    },
}

impl SigningKey {
    /// The name unless the operator gives another.
    pub const DEFAULT_NAME: &str = "trueconfig";

    /// A key in a file of mode 0600 or 0400.
    pub fn in_file(name: &str, file: PathBuf) -> Self {
        Self { name: name.to_owned(), place: SecretPlace::File(file) }
    }

    /// A key that systemd passes as a credential of this name.
    pub fn in_credential(name: &str, credential: &str) -> Self {
        Self { name: name.to_owned(), place: SecretPlace::Credential(credential.to_owned()) }
    }

    /// Reads the key now.
    ///
    /// # Errors
    /// [`SigningKeyError`] names the file and what to do.
    pub fn load(&self) -> Result<Signer, SigningKeyError> {
        let (file, bytes) = self.place.bytes()?;
        Signer::new(&self.name, &bytes).map_err(|source| SigningKeyError::Key { file, source })
    }
}
