//! The outbox of one channel: how far the journal was dealt with, and what is to be sent next.
//!
//! It is small and durable; the alerts themselves stay in the journal. Before a batch is sent, its end is written
//! down ([`Outbox::seal`]); after a crash the same records give the same batch with the same id, marked as one
//! that may have come before. So none is lost, and a double can be told.

use super::{Alert, Memory};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use trueconfig_common::control::Severity;

/// Most alerts in one message; what comes after them is in the next.
pub const LARGEST_BATCH: usize = 50;

/// What is durable of one channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    /// The last record that was dealt with.
    pub position: u64,
    /// The last record of a batch whose sending began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending: Option<u64>,
    /// Alerts delivered so far.
    #[serde(default)]
    pub delivered: u64,
    /// When the last one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<DateTime<Utc>>,
    /// What was told up to `position`.
    #[serde(default)]
    pub memory: Memory,
}

/// An alert on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The alert.
    pub alert: Alert,
    /// How often it was repeated since it was last told.
    pub repeats: u64,
}

/// What comes next, read from the records after the outbox's position.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The alerts, the oldest first.
    pub items: Vec<Item>,
    /// The last record that was read.
    pub end: u64,
    /// Sending began before the daemon was started: it may have arrived.
    pub again: bool,
    sealed: Option<u64>,
    memory: Memory,
}

impl Outbox {
    /// The outbox of a channel that is new: it begins after this record.
    pub fn after(position: u64) -> Self {
        Self { position, ..Self::default() }
    }

    /// The batch that comes next, nothing read yet.
    pub fn next(&self) -> Batch {
        let again = self.sending.is_some_and(|end| end > self.position);
        let sealed = self.sending.filter(|_| again);
        Batch { items: Vec::new(), end: self.position, again, sealed, memory: self.memory.clone() }
    }

    /// Notes that a batch is about to be sent; to be made durable before it is.
    pub fn seal(&mut self, batch: &mut Batch) {
        batch.sealed = Some(batch.end);
        self.sending = Some(batch.end);
    }

    /// Notes that a batch is dealt with: it was delivered, or nothing in it was to be.
    pub fn done(&mut self, batch: &Batch, now: DateTime<Utc>) {
        self.position = batch.end;
        self.sending = None;
        self.memory = batch.memory.clone();
        if !batch.items.is_empty() {
            self.delivered += batch.items.len() as u64;
            self.delivered_at = Some(now);
        }
    }
}

impl Batch {
    /// Takes the next record: with an alert that its channel wants, or without.
    pub fn take(&mut self, seq: u64, alert: Option<Alert>, window: TimeDelta) {
        self.end = seq;
        let Some(alert) = alert else { return };
        if let Some(repeats) = self.memory.take(&alert, window) {
            self.items.push(Item { alert, repeats });
        }
    }

    /// Whether the next record belongs to another batch.
    pub fn is_full(&self) -> bool {
        match self.sealed {
            Some(end) => self.end >= end,
            None => self.items.len() >= LARGEST_BATCH,
        }
    }

    /// When it is to be sent: what is critical at once, all else after waiting for company; none if empty.
    pub fn due(&self, digest: TimeDelta) -> Option<DateTime<Utc>> {
        let first = self.items.first()?.alert.time;
        let urgent = self.items.iter().any(|item| item.alert.severity == Severity::Critical);
        let at_once = urgent || self.is_full() || self.sealed.is_some();
        Some(if at_once { first } else { first + digest })
    }

    /// The id of its delivery: the same for the same alerts.
    pub fn id(&self, tenant: &str) -> String {
        let seq = |item: Option<&Item>| item.map_or(self.end, |item| item.alert.seq);
        format!("{tenant}-{}-{}", seq(self.items.first()), seq(self.items.last()))
    }
}
