//! `[alerts]`: channels as configured, and how they are made ready.

use super::credential::{CredentialError, SecretPlace};
use crate::alerts::{
    Channel, ChannelError, Detail, Mail, MailSettings, MailTls, SystemLog, Webhook, WebhookKind,
    WebhookSettings,
};
use chrono::TimeDelta;
use std::path::PathBuf;
use std::sync::Arc;
use trueconfig_common::id::TenantName;
use trueconfig_core::alert::Rules;

/// Where alerts go.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    /// Within this time the same alert again is counted and not sent.
    pub repeat: TimeDelta,
    /// The operator's channels, with different names.
    pub channels: Vec<ConfiguredChannel>,
}

/// One channel.
#[derive(Clone, Debug)]
pub struct ConfiguredChannel {
    /// The operator's name for it; also a file's.
    pub name: String,
    /// What it wants.
    pub rules: Rules,
    /// How long an alert that is not critical waits for others.
    pub digest: TimeDelta,
    /// Whether sentences go along.
    pub detail: Detail,
    /// Whose alerts it gets; all tenants' if empty.
    pub tenants: Vec<TenantName>,
    /// PEM certificates of a private CA that replaces the system's.
    pub ca_file: Option<PathBuf>,
    /// How it is reached.
    pub way: AlertWay,
}

/// How a channel is reached.
#[derive(Clone, Debug)]
pub enum AlertWay {
    /// By HTTPS.
    Webhook {
        /// The body's shape.
        kind: WebhookKind,
        /// Where the address is: it may be a secret.
        url: SecretPlace,
        /// Where the key is that signs.
        key: Option<SecretPlace>,
    },
    /// By SMTP.
    Mail {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// How the connection is protected.
        tls: MailTls,
        /// Who signs in, and where the password is.
        login: Option<(String, SecretPlace)>,
        /// The sender.
        from: String,
        /// Whom it is for.
        to: Vec<String>,
    },
}

/// Why a channel cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// A secret.
    #[error("alerts: channel {channel}: {source}")]
    Secret {
        /// Which channel.
        channel: String,
        /// Why.
        source: CredentialError,
    },
    /// The private CA.
    #[error("alerts: channel {channel}: cannot read ca_file {}: {source}", .file.display())]
    Authority {
        /// Which channel.
        channel: String,
        /// The file.
        file: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// Address, key or certificate.
    #[error("alerts: channel {channel}: {source}")]
    Channel {
        /// Which channel.
        channel: String,
        /// Why.
        source: ChannelError,
    },
}

impl Alerts {
    /// The channels of one tenant: the log of the system, then the operator's. Secrets are read now.
    ///
    /// # Errors
    /// [`AlertError`] names channel and file.
    pub fn channels_of(&self, tenant: &TenantName) -> Result<Vec<Channel>, AlertError> {
        let configured = self.channels.iter().filter(|one| one.serves(tenant));
        let opened = configured.map(|one| one.open(self.repeat));
        std::iter::once(Ok(SystemLog::channel())).chain(opened).collect()
    }
}

impl ConfiguredChannel {
    fn serves(&self, tenant: &TenantName) -> bool {
        self.tenants.is_empty() || self.tenants.contains(tenant)
    }

    /// Reads the secrets and makes the channel ready; nothing is sent.
    ///
    /// # Errors
    /// [`AlertError`] names channel and file.
    pub fn open(&self, repeat: TimeDelta) -> Result<Channel, AlertError> {
        let deliver: Arc<dyn crate::alerts::Deliver> = match &self.way {
            AlertWay::Webhook { kind, url, key } => {
                let (url, key) = (self.secret(url)?, key.as_ref().map(|key| self.secret(key)).transpose()?);
                let settings = WebhookSettings { kind: *kind, url, key, ca_pem: self.ca_pem()? };
                Arc::new(Webhook::new(&settings).map_err(|source| self.refused(source))?)
            }
            AlertWay::Mail { host, port, tls, login, from, to } => {
                let login = login.as_ref().map(|(user, place)| Ok((user.clone(), self.secret(place)?)));
                let settings = MailSettings {
                    host: host.clone(),
                    port: *port,
                    tls: *tls,
                    login: login.transpose()?,
                    from: from.clone(),
                    to: to.clone(),
                    ca_pem: self.ca_pem()?,
                };
                Arc::new(Mail::new(&settings).map_err(|source| self.refused(source))?)
            }
        };
        let (name, rules) = (self.name.clone(), self.rules.clone());
        let (digest, detail, kind) = (self.digest, self.detail, self.way.word());
        Ok(Channel { name, kind, rules, digest, repeat, detail, deliver })
    }

    fn secret(&self, place: &SecretPlace) -> Result<secrecy::SecretString, AlertError> {
        place.text().map_err(|source| AlertError::Secret { channel: self.name.clone(), source })
    }

    fn ca_pem(&self) -> Result<Option<Vec<u8>>, AlertError> {
        let Some(file) = &self.ca_file else { return Ok(None) };
        let read = std::fs::read(file);
        let (channel, named) = (self.name.clone(), file.clone());
        read.map(Some).map_err(|source| AlertError::Authority { channel, file: named, source })
    }

    fn refused(&self, source: ChannelError) -> AlertError {
        AlertError::Channel { channel: self.name.clone(), source }
    }
}

impl AlertWay {
    fn word(&self) -> &'static str {
        match self {
            Self::Webhook { kind: WebhookKind::Generic, .. } => "webhook",
            Self::Webhook { kind: WebhookKind::Slack, .. } => "slack",
            Self::Webhook { kind: WebhookKind::Teams, .. } => "teams",
            Self::Mail { .. } => "smtp",
        }
    }
}
