//! One tenant of the configuration, and the ports that it leads to.

use super::credential::{CredentialError, CredentialSource};
use crate::graph::token::Registration;
use crate::graph::{
    Address, Bounds, Connection, HttpReader, HttpWriter, Limits, Origin, OriginError, TransportSetupError,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use trueconfig_common::id::TenantName;
use trueconfig_core::baseline::TenantConfig;
use trueconfig_core::schedule::Schedule;

/// One tenant.
#[derive(Clone, Debug)]
pub struct TenantConfiguration {
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
    /// When it is scanned.
    pub schedule: Schedule,
    /// The same as written: pattern and zone.
    pub schedule_text: (String, String),
    /// How long a fix may take to show.
    pub verification: Verification,
    /// Days a Conditional Access policy stays report-only before its second step (D18).
    pub soak_days: u32,
    /// Whether a failed verification may roll back by itself (D9).
    pub auto_rollback: bool,
    /// The baseline's level, 1 to 3.
    pub level: u8,
    /// Break-glass accounts, exceptions, parameters and the like.
    pub baseline: TenantConfig,
    /// To whom new secrets are sealed (D11).
    pub recipients: Recipients,
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
    /// How long one stale read after another is tolerated.
    pub deadline: Duration,
    /// Between two reads.
    pub interval: Duration,
}

/// age recipients, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    /// For applications that have none of their own.
    pub default: Option<String>,
    /// By application (client) id in lower case.
    pub by_application: BTreeMap<String, String>,
}

/// The ports of one tenant.
#[derive(Debug)]
pub struct Ports {
    /// Reads.
    pub reader: HttpReader,
    /// Writes, where a writer is configured.
    pub writer: Option<HttpWriter>,
}

/// Why a tenant cannot be reached as configured.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
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

impl Recipients {
    /// The recipient for an application by client id.
    pub fn of(&self, client_id: &str) -> Option<&str> {
        let own = self.by_application.get(&client_id.to_ascii_lowercase());
        own.or(self.default.as_ref()).map(String::as_str)
    }
}

impl TenantConfiguration {
    /// Reads credentials and CA, and makes the ports. Nothing is sent.
    ///
    /// # Errors
    /// [`TenantError`] names the tenant, the file and what to do.
    pub fn connect(&self, now: DateTime<Utc>) -> Result<Ports, TenantError> {
        let connection = Connection::new(self.address()?)
            .map_err(|source| TenantError::Transport { tenant: self.name.clone(), source })?;
        let wrong = |source| TenantError::Address { tenant: self.name.clone(), source };
        let reader = connection.reader(self.registration("reader", &self.reader, now)?).map_err(wrong)?;
        let writer = match &self.writer {
            Some(source) => {
                Some(connection.writer(self.registration("writer", source, now)?).map_err(wrong)?)
            }
            None => None,
        };
        Ok(Ports { reader, writer })
    }

    fn address(&self) -> Result<Address, TenantError> {
        let read = |file: &PathBuf| {
            std::fs::read(file).map_err(|source| TenantError::Authority {
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

    fn registration(
        &self,
        role: &'static str,
        source: &CredentialSource,
        now: DateTime<Utc>,
    ) -> Result<Registration, TenantError> {
        let credential = source.load(now).map_err(|source| TenantError::Credential {
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
