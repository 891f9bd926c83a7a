//! One tenant of the configuration, and the ports that it leads to.

use super::credential::{CredentialError, CredentialSource};
use crate::graph::token::{Credential, Registration};
use crate::graph::{
    Address, Bounds, Connection, Limits, NoWriter, Origin, OriginError, ReadPort, TransportSetupError,
    WritePort,
};
use chrono::Utc;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use trueconfig_common::id::TenantName;
use trueconfig_core::baseline::{Level, TenantConfig};
use trueconfig_core::credentials::{OwnCredential, Proof};
use trueconfig_core::snapshot::Retention;

/// One tenant.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The operator's name for it; also its folder.
    pub name: TenantName,
    /// Directory (tenant) id or one of its domains.
    pub tenant_id: String,
    /// Graph's origin.
    pub graph: Origin,
    /// The token endpoint's origin.
    pub login: Origin,
    /// What tokens are asked for.
    pub scope: String,
    /// PEM certificates of a private CA that replaces the system's.
    pub ca_file: Option<PathBuf>,
    /// Budgets.
    pub limits: Limits,
    /// The registration that reads.
    pub reader: CredentialSource,
    /// The registration that writes; none means that nothing can ever be written.
    pub writer: Option<CredentialSource>,
    /// When it is scanned: a cron pattern of five fields, checked.
    pub schedule: String,
    /// The zone the pattern is in, checked.
    pub time_zone: String,
    /// How long a fix may take to show.
    pub verification: Verification,
    /// How long snapshots are kept.
    pub retention: Retention,
    /// After how many hours at most a scheduled scan reads everything; between two such, only what changed.
    pub full_scan_hours: u16,
    /// How many years the audit log must be kept (R81); nothing of the product removes any of it.
    pub audit_years: u16,
    /// The baseline's level.
    pub level: Level,
    /// Whether it is marked as a test tenant (R89).
    pub test: bool,
    /// Break-glass accounts, exceptions, parameters and the like.
    pub settings: TenantConfig,
}

/// Microsoft's clouds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// Everybody, and US government community (GCC).
    #[default]
    Global,
    /// US government L4 (GCC High).
    UsgovL4,
    /// US government L5 (DoD).
    UsgovL5,
    /// China, run by 21Vianet.
    China,
}

/// The targeted re-read after a write (D8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    /// How long one stale read after another is tolerated, in seconds.
    pub deadline_s: u64,
    /// Between two reads, in milliseconds.
    pub interval_ms: u64,
}

/// The ports of one tenant.
pub struct Ports {
    /// Reads.
    pub read: Arc<dyn ReadPort>,
    /// Writes; refuses everything where no writer is configured.
    pub write: Arc<dyn WritePort>,
}

/// Why a tenant cannot be reached as configured.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The proof of a registration.
    #[error("tenant {tenant}: {role}: {source}")]
    Credential {
        /// The tenant.
        tenant: TenantName,
        /// `reader` or `writer`.
        role: &'static str,
        /// Why.
        source: CredentialError,
    },
    /// The private CA.
    #[error("tenant {tenant}: cannot read ca_file {}: {source}", .file.display())]
    Authority {
        /// The tenant.
        tenant: TenantName,
        /// The file.
        file: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// TLS.
    #[error("tenant {tenant}: {source}")]
    Transport {
        /// The tenant.
        tenant: TenantName,
        /// Why.
        source: TransportSetupError,
    },
    /// The token endpoint's address.
    #[error("tenant {tenant}: {source}")]
    Address {
        /// The tenant.
        tenant: TenantName,
        /// Why.
        source: OriginError,
    },
}

impl Cloud {
    /// Graph's root.
    pub fn graph(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::UsgovL4 => "https://graph.microsoft.us",
            Self::UsgovL5 => "https://dod-graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// Where tokens come from.
    pub fn login(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsgovL4 | Self::UsgovL5 => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }
}

impl Verification {
    /// How long one stale read after another is tolerated.
    pub fn deadline(&self) -> Duration {
        Duration::from_secs(self.deadline_s)
    }

    /// Between two reads.
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms)
    }
}

impl Tenant {
    /// Reads credentials and CA, and makes the ports. Nothing is sent.
    ///
    /// # Errors
    /// [`ConnectError`] names the tenant, the file and what to do.
    pub fn connect(&self) -> Result<Ports, ConnectError> {
        let connection = Connection::new(self.address()?)
            .map_err(|source| ConnectError::Transport { tenant: self.name.clone(), source })?;
        let wrong = |source| ConnectError::Address { tenant: self.name.clone(), source };
        let reader = connection.reader(self.registration("reader", &self.reader)?).map_err(wrong)?;
        let write: Arc<dyn WritePort> = match &self.writer {
            Some(source) => Arc::new(connection.writer(self.registration("writer", source)?).map_err(wrong)?),
            None => Arc::new(NoWriter),
        };
        Ok(Ports { read: Arc::new(reader), write })
    }

    fn address(&self) -> Result<Address, ConnectError> {
        let read = |file: &PathBuf| {
            std::fs::read(file).map_err(|source| ConnectError::Authority {
                tenant: self.name.clone(),
                file: file.clone(),
                source,
            })
        };
        Ok(Address {
            graph: self.graph.clone(),
            login: self.login.clone(),
            ca_pem: self.ca_file.as_ref().map(read).transpose()?,
            limits: self.limits,
            bounds: if self.graph.is_loopback() { Bounds::loopback() } else { Bounds::default() },
        })
    }

    /// Its registrations with their roles, `reader` and `writer`.
    pub fn registrations(&self) -> impl Iterator<Item = (&'static str, &CredentialSource)> {
        [("reader", Some(&self.reader)), ("writer", self.writer.as_ref())]
            .into_iter()
            .filter_map(|(role, source)| Some((role, source?)))
    }

    /// What its registrations prove themselves with, and when that ends.
    ///
    /// # Errors
    /// [`ConnectError::Credential`].
    pub fn proofs(&self) -> Result<Vec<OwnCredential>, ConnectError> {
        let proof = |(role, source): (&'static str, &CredentialSource)| {
            let registration = self.registration(role, source)?;
            let proof = match &registration.credential {
                Credential::Secret(_) => Proof::Secret,
                Credential::FederatedToken(_) => Proof::Endless,
                Credential::Certificate(certificate) => Proof::Certificate(certificate.not_after),
            };
            Ok(OwnCredential { registration: role.to_owned(), client_id: registration.client_id, proof })
        };
        self.registrations().map(proof).collect()
    }

    /// Reads the proof of one registration.
    ///
    /// # Errors
    /// [`ConnectError::Credential`].
    pub fn registration(
        &self,
        role: &'static str,
        source: &CredentialSource,
    ) -> Result<Registration, ConnectError> {
        let credential = source.load(Utc::now()).map_err(|source| ConnectError::Credential {
            tenant: self.name.clone(),
            role,
            source,
        })?;
        Ok(Registration {
            tenant_id: self.tenant_id.clone(),
            client_id: source.client_id.clone(),
            scope: self.scope.clone(),
            credential,
        })
    }
}
