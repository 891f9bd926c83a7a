//! The daemon's configuration, `/etc/trueconfig/config.toml`: read once, checked whole, and refused
//! with file, line and caret if anything is wrong or unknown. Secrets never stand in it: it names
//! files or systemd credentials, which are read when a connection is made.

mod alerts;
mod check;
mod controls;
mod credential;
mod error;
mod file;
mod principal;
mod signing;
mod tenant;
mod twin_file;

pub use alerts::{AlertError, AlertWay, Alerts, ConfiguredChannel};
pub use controls::{OwnControls, OwnControlsError};
pub use credential::{CredentialError, CredentialSource, SecretPlace, SecretSource};
pub use error::ConfigError;
pub use principal::{Approvers, Principal, Roles};
pub use signing::{SigningKey, SigningKeyError};
pub use tenant::{Cloud, ConnectError, Ports, Tenant, Verification};
pub use twin_file::{TwinAccess, TwinFileError, write_access, write_for_twin};

use std::path::{Path, PathBuf};
use trueconfig_common::id::TenantName;
use trueconfig_core::baseline::TenantConfig;

/// Largest configuration file read, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from, absolute.
    pub file: PathBuf,
    /// The socket, absolute; `/run/trueconfig/socket` unless set.
    pub socket: PathBuf,
    /// The group that may open the socket; the daemon's own unless set. A socket that systemd
    /// passes has the group of its unit.
    pub socket_group: Option<String>,
    /// The folder of all tenants' state, absolute; `/var/lib/trueconfig` unless set.
    pub state_dir: PathBuf,
    /// Who has which role (D14).
    pub roles: Roles,
    /// Who belongs to which group of approvers.
    pub approvers: Approvers,
    /// What signs checkpoints of the journals; without it nothing is signed.
    pub signing: Option<SigningKey>,
    /// The folder of the operator's own controls, absolute; none if there are none.
    pub controls_folder: Option<PathBuf>,
    /// Where alerts go beside the log of the system.
    pub alerts: Alerts,
    /// The tenants, at least one, with different names and folders.
    pub tenants: Vec<Tenant>,
}

impl Config {
    /// Reads and checks a file. Credentials are not read; [`Tenant::connect`] does.
    ///
    /// # Errors
    /// [`ConfigError`] if it cannot be read or anything in it is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let (file, text) = read(path)?;
        Self::parse(&file, &text)
    }

    /// Checks the text of a file; relative paths in it are relative to the file's folder.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] with everything that is wrong.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let raw = file::parse(file, text)?;
        check::check(file, text, raw)
    }

    /// A tenant by its name.
    pub fn tenant(&self, name: &TenantName) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| &tenant.name == name)
    }

    /// Reads the operator's own controls.
    ///
    /// # Errors
    /// [`OwnControlsError`] if the folder or a file of it cannot be read.
    pub fn own_controls(&self) -> Result<OwnControls, OwnControlsError> {
        self.controls_folder.as_deref().map_or(Ok(OwnControls::default()), OwnControls::of_folder)
    }

    /// The folder of one tenant's state.
    pub fn tenant_dir(&self, name: &TenantName) -> PathBuf {
        self.state_dir.join(name.as_str())
    }
}

/// The operator's statements alone: those of the only tenant of a configuration, or a file that
/// holds nothing else. For judging a tenant file without a daemon.
///
/// # Errors
/// [`ConfigError`]; also if the file has more than one tenant.
pub fn tenant_settings(path: &Path) -> Result<TenantConfig, ConfigError> {
    let (file, text) = read(path)?;
    if !text.parse::<toml::Table>().is_ok_and(|table| !table.contains_key("tenant")) {
        let mut tenants = Config::parse(&file, &text)?.tenants;
        return match (tenants.pop(), tenants.is_empty()) {
            (Some(tenant), true) => Ok(tenant.settings),
            _ => Err(ConfigError::SeveralTenants { file }),
        };
    }
    toml::from_str(&text).map_err(|error| file::refused(&file, &text, &error))
}

fn read(path: &Path) -> Result<(PathBuf, String), ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { file: path.to_owned(), source };
    let file = std::path::absolute(path).map_err(unreadable)?;
    let size = std::fs::metadata(&file).map_err(unreadable)?.len();
    if size > LARGEST_FILE {
        return Err(ConfigError::TooLarge { file, size, limit: LARGEST_FILE });
    }
    let text = std::fs::read_to_string(&file).map_err(unreadable)?;
    Ok((file, text))
}

#[cfg(test)]
mod tests;
