//! Where alerts go, and whether they get there.

use super::method;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Lists the channels that alerts go to; the log of the system is always one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListChannels {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
}
method!(ListChannels, Viewer, Channels);

/// The channels of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channels {
    /// In the order of the configuration.
    pub channels: Vec<ChannelRow>,
}

/// A channel. Its address is none of it: that may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRow {
    /// The operator's name for it.
    pub name: String,
    /// `webhook`, `teams`, `slack`, `smtp` or `journald`.
    pub kind: String,
    /// From which severity on it is told: `critical high medium low never`; kinds may have rules of their own.
    pub severity: String,
    /// Whether it failed several times in a row.
    pub failing: bool,
    /// Why the last try failed; empty if it did not.
    pub error: String,
    /// Alerts of the next message that were not delivered yet.
    pub waiting: usize,
    /// Alerts delivered so far.
    pub delivered: u64,
    /// When the last one was.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it is tried again.
    pub next_try: Option<DateTime<Utc>>,
}

/// Sends a test to a channel, at once and only once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestChannel {
    /// The tenant.
    #[serde(default)]
    pub tenant: String,
    /// The channel's name.
    pub channel: String,
}
method!(TestChannel, Admin, ChannelTest);

/// How a test went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelTest {
    /// The channel.
    pub channel: String,
    /// Whether the other side took it over.
    pub delivered: bool,
    /// Why not; empty if it did.
    pub error: String,
    /// How long it took.
    pub milliseconds: u64,
}
