//! Alerts on their way to people: one courier per channel and tenant, each with its own place in the journal.
//!
//! This module knows HTTP and SMTP towards the operator's channels and no token of Graph's. The log of the system
//! is a channel that is always there.

mod courier;
mod format;
mod log;
mod mail;
mod message;
mod outbox_file;
mod webhook;

pub use courier::{Courier, Deliveries};
pub use log::SystemLog;
pub use mail::{Mail, MailSettings, MailTls};
pub use message::{AlertBody, Message};
pub use outbox_file::OutboxFile;
pub use webhook::{Webhook, WebhookKind, WebhookSettings};

use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use trueconfig_core::alert::Rules;

/// One delivery may take this long.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a message was not delivered, without address or secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DeliveryError(pub String);

/// Why a channel cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ChannelError(pub String);

/// Where messages go.
pub trait Deliver: Send + Sync {
    /// One try; delivered means that the other side took it over.
    fn deliver<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), DeliveryError>>;
}

/// A channel, ready to be used.
#[derive(Clone)]
pub struct Channel {
    /// The operator's name for it; also its file's.
    pub name: String,
    /// `webhook`, `teams`, `slack`, `smtp` or `journald`.
    pub kind: &'static str,
    /// What it wants.
    pub rules: Rules,
    /// How long an alert that is not critical waits for others.
    pub digest: chrono::TimeDelta,
    /// Within this time the same again is counted and not sent.
    pub repeat: chrono::TimeDelta,
    /// Whether the sentences go along, which may name people and objects.
    pub detail: Detail,
    /// How it is reached.
    pub deliver: Arc<dyn Deliver>,
}

/// How much a message says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// What happened, in a sentence.
    #[default]
    Full,
    /// Kind, severity, control and remediation: no name leaves the house.
    Brief,
}

#[cfg(test)]
mod tests;
