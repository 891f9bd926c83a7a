//! Where an app registration's proof comes from: a file that only we can read, or a systemd
//! credential. A secret inside the configuration is refused, whatever the file's mode: it would
//! end up in backups and in version control.

use crate::graph::token::{Certificate, CertificateError, Credential};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Largest credential file in bytes.
const LARGEST_FILE: u64 = 64 * 1024;
/// Where systemd puts credentials, told in the environment.
const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";
/// Permissions that others must not have.
const OTHERS: u32 = 0o077;

/// How an application proves itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSource {
    /// Application (client) id.
    pub client_id: String,
    /// The proof.
    pub proof: SecretSource,
}

/// Where the proof is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A client secret in a file of mode 0600 or 0400.
    SecretFile(PathBuf),
    /// A client secret as a systemd credential of this name.
    SecretCredential(String),
    /// Private key and certificate as PEM in a file of mode 0600 or 0400.
    CertificateFile(PathBuf),
    /// The same as a systemd credential of this name.
    CertificateCredential(String),
    /// A token of another identity provider, which the registration trusts, in a file that its agent renews.
    FederatedToken(PathBuf),
}

/// Where a secret that is no registration's is: a file that only we can read, or a systemd credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// A file of mode 0600 or 0400.
    File(PathBuf),
    /// A systemd credential of this name.
    Credential(String),
}

/// Why a proof cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// Not readable.
    #[error("cannot read {}: {source}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// Others could read it.
    #[error("{} has mode {mode:04o}, so others can read it; run `chmod 600 {}`", .file.display(), .file.display())]
    Exposed {
        /// The file.
        file: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Somebody else could change it.
    #[error("{} belongs to uid {owner}; it must belong to the daemon's user ({user}) or to root", .file.display())]
    ForeignOwner {
        /// The file.
        file: PathBuf,
        /// Its owner.
        owner: u32,
        /// Ours.
        user: u32,
    },
    /// Empty, too large, or not text.
    #[error("{} {problem}", .file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// No systemd credentials here.
    #[error(
        "the systemd credential {name:?} is not there: {CREDENTIALS_DIRECTORY} is not set; start the daemon by its \
         unit with LoadCredential={name}:FILE, or name a file instead"
    )]
    NoCredentials {
        /// Which.
        name: String,
    },
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl CredentialSource {
    /// Reads the proof now.
    ///
    /// # Errors
    /// [`CredentialError`] names the file and what to do.
    pub fn load(&self, now: DateTime<Utc>) -> Result<Credential, CredentialError> {
        match &self.proof {
            SecretSource::SecretFile(file) => Ok(Credential::Secret(secret(file, &read_own(file)?)?)),
            SecretSource::SecretCredential(name) => {
                let file = systemd_credential(name)?;
                Ok(Credential::Secret(secret(&file, &read(&file)?)?))
            }
            SecretSource::CertificateFile(file) => certificate(file, &read_own(file)?, now),
            SecretSource::CertificateCredential(name) => {
                let file = systemd_credential(name)?;
                certificate(&file, &read(&file)?, now)
            }
            SecretSource::FederatedToken(file) => {
                // Read again for every token of ours; now only to see that it is there.
                secret(file, &read(file)?)?;
                Ok(Credential::FederatedToken(file.clone()))
            }
        }
    }
}

impl SecretPlace {
    /// The file and what it holds.
    ///
    /// # Errors
    /// [`CredentialError`] names the file and what to do.
    pub fn bytes(&self) -> Result<(PathBuf, Zeroizing<Vec<u8>>), CredentialError> {
        match self {
            Self::File(file) => Ok((file.clone(), read_own(file)?)),
            Self::Credential(name) => {
                let file = systemd_credential(name)?;
                let bytes = read(&file)?;
                Ok((file, bytes))
            }
        }
    }

    /// The one line of text that it holds.
    ///
    /// # Errors
    /// As [`SecretPlace::bytes`]; also if it is no single line.
    pub fn text(&self) -> Result<SecretString, CredentialError> {
        let (file, bytes) = self.bytes()?;
        secret(&file, &bytes)
    }
}

/// A file under our own care: nobody else may read or own it.
fn read_own(file: &Path) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
    let metadata = std::fs::metadata(file).map_err(|source| unreadable(file, source))?;
    let mode = metadata.mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(CredentialError::Exposed { file: file.to_owned(), mode });
    }
    let (owner, user) = (metadata.uid(), nix::unistd::geteuid().as_raw());
    if owner != user && owner != 0 {
        return Err(CredentialError::ForeignOwner { file: file.to_owned(), owner, user });
    }
    read(file)
}

fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
    let open = std::fs::File::open(file).map_err(|source| unreadable(file, source))?;
    let mut bytes = Zeroizing::new(Vec::new());
    open.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|source| unreadable(file, source))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(content(file, &format!("is larger than {LARGEST_FILE} bytes")));
    }
    Ok(bytes)
}

/// Editors end a file with a line break; no secret does.
fn secret(file: &Path, bytes: &[u8]) -> Result<SecretString, CredentialError> {
    let text = std::str::from_utf8(bytes).map_err(|_| content(file, "holds no text"))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() || text.contains(['\r', '\n']) {
        return Err(content(file, "must hold the secret's value on a single line and nothing else"));
    }
    Ok(SecretString::from(text))
}

fn certificate(file: &Path, bytes: &[u8], now: DateTime<Utc>) -> Result<Credential, CredentialError> {
    Ok(Credential::Certificate(Box::new(Certificate::from_pem(bytes, file, now)?)))
}

fn systemd_credential(name: &str) -> Result<PathBuf, CredentialError> {
    let folder = std::env::var_os(CREDENTIALS_DIRECTORY);
    let folder = folder.ok_or_else(|| CredentialError::NoCredentials { name: name.to_owned() })?;
    Ok(Path::new(&folder).join(name))
}

fn unreadable(file: &Path, source: std::io::Error) -> CredentialError {
    CredentialError::Unreadable { file: file.to_owned(), source }
}

fn content(file: &Path, problem: &str) -> CredentialError {
    CredentialError::Content { file: file.to_owned(), problem: problem.to_owned() }
}
