//! One courier: reads the journal on behalf of one channel and delivers what that wants, each at least once.
//!
//! A delivery that fails is tried again for ever, ever more slowly: what waits is in the journal and takes no room.

use super::message::Message;
use super::outbox_file::OutboxFile;
use super::{Channel, DeliveryError};
use crate::coordinator::{Coordinator, Force};
use crate::store::{Reader, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use trueconfig_common::control::Severity;
use trueconfig_common::id::ControlId;
use trueconfig_common::interface::alerts::{ChannelRow, ChannelTest};
use trueconfig_common::interface::status::HealthWarning;
use trueconfig_core::alert::{Alert, Batch, Outbox};
use trueconfig_core::journal::event::Entry;

/// Records read at once.
const READ_AT_ONCE: usize = 1_000;
/// Records without an alert after which the place is kept all the same.
const SAVE_EVERY: u64 = 1_000;
/// Failures in a row after which a channel counts as failing.
const FAILING_AFTER: u32 = 3;
/// Longest wait between two tries.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);
/// Longest wait in one piece, so that a clock that is set is noticed.
const LONGEST_PIECE: Duration = Duration::from_secs(30);

/// Delivers the alerts of one tenant to one channel.
pub struct Courier {
    channel: Channel,
    coordinator: Coordinator,
    journal: Reader,
    file: OutboxFile,
    shown: watch::Sender<ChannelRow>,
}

/// What everybody else sees of a courier.
#[derive(Clone)]
pub struct Deliveries {
    channel: Channel,
    shown: watch::Receiver<ChannelRow>,
}

/// The courier's work.
struct Work {
    outbox: Outbox,
    batch: Batch,
    failures: u32,
    next_try: Option<DateTime<Utc>>,
}

impl Courier {
    /// A courier, and how to see it.
    pub fn new(
        channel: Channel,
        coordinator: Coordinator,
        journal: Reader,
        file: OutboxFile,
    ) -> (Self, Deliveries) {
        let row = ChannelRow {
            name: channel.name.clone(),
            kind: channel.kind.to_owned(),
            severity: channel.rules.least.as_str().to_owned(),
            failing: false,
            error: String::new(),
            waiting: 0,
            delivered: 0,
            delivered_at: None,
            next_try: None,
        };
        let (shown, seen) = watch::channel(row);
        let deliveries = Deliveries { channel: channel.clone(), shown: seen };
        (Self { channel, coordinator, journal, file, shown }, deliveries)
    }

    /// Runs until told to stop. A delivery under way is dropped then, and made again after the next start.
    pub async fn run(self, stop: CancellationToken) {
        let outbox = match self.open() {
            Ok(outbox) => outbox,
            Err(error) => return self.closed(&error),
        };
        let mut work = Work { batch: outbox.next(), outbox, failures: 0, next_try: None };
        let mut views = self.coordinator.views();
        loop {
            views.mark_unchanged();
            let turn = async {
                self.gather(&mut work).await;
                self.deliver_if_due(&mut work).await;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = turn => {}
            }
            self.show(&work);
            tokio::select! {
                () = stop.cancelled() => return,
                changed = views.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(self.pause(&work)) => {}
            }
        }
    }

    /// A channel that is new begins at the journal's end, durably: what follows is its own.
    fn open(&self) -> std::io::Result<Outbox> {
        if let Some(outbox) = self.file.load()? {
            return Ok(outbox);
        }
        let outbox = Outbox::after(self.journal.last_seq());
        self.file.save(&outbox)?;
        Ok(outbox)
    }

    fn closed(&self, error: &std::io::Error) {
        let file = self.file.path().display();
        let error = format!("{file}: {error}; nothing is delivered until it is mended or removed");
        tracing::error!(channel = self.channel.name, error, "alerts cannot be delivered");
        self.shown.send_modify(|row| {
            row.failing = true;
            row.error = error;
        });
    }

    /// Reads on until the batch is full or the journal ends.
    async fn gather(&self, work: &mut Work) {
        while !work.batch.is_full() && work.batch.end < self.journal.last_seq() {
            let (journal, channel) = (self.journal.clone(), self.channel.clone());
            let force = Arc::clone(&self.coordinator.view().force);
            let batch = work.batch.clone();
            let read = tokio::task::spawn_blocking(move || read(&journal, &channel, &force, batch)).await;
            match read {
                Ok(Ok(batch)) => work.batch = batch,
                Ok(Err(error)) => return self.failed(work, &DeliveryError(error.to_string())),
                Err(error) => return self.failed(work, &DeliveryError(error.to_string())),
            }
        }
        if work.batch.items.is_empty() {
            (work.failures, work.next_try) = (0, None);
            if work.batch.end >= work.outbox.position + SAVE_EVERY {
                self.finish(work);
            }
        }
    }

    async fn deliver_if_due(&self, work: &mut Work) {
        while self.due(work).is_some_and(|due| due <= self.coordinator.now()) {
            let begun = work.outbox.sending == Some(work.batch.end);
            work.outbox.seal(&mut work.batch);
            if !begun && let Err(error) = self.file.save(&work.outbox) {
                return self.failed(work, &DeliveryError(format!("{}: {error}", self.file.path().display())));
            }
            let tenant = self.coordinator.tenant().name.to_string();
            let message = Message::of(&tenant, &work.batch, self.channel.detail);
            if let Err(error) = self.channel.deliver.deliver(&message).await {
                // It may have arrived although no answer came.
                work.batch.again = true;
                return self.failed(work, &error);
            }
            if work.failures >= FAILING_AFTER {
                tracing::info!(channel = self.channel.name, "alerts are delivered again");
            }
            (work.failures, work.next_try) = (0, None);
            self.finish(work);
            self.gather(work).await;
        }
    }

    fn due(&self, work: &Work) -> Option<DateTime<Utc>> {
        work.batch.due(self.channel.digest).map(|due| work.next_try.map_or(due, |next| next.max(due)))
    }

    fn finish(&self, work: &mut Work) {
        work.outbox.done(&work.batch, self.coordinator.now());
        work.batch = work.outbox.next();
        if let Err(error) = self.file.save(&work.outbox) {
            // After a crash the same is delivered once more, and says so.
            tracing::warn!(channel = self.channel.name, %error, "what was delivered could not be noted");
        }
    }

    fn failed(&self, work: &mut Work, error: &DeliveryError) {
        work.failures = work.failures.saturating_add(1);
        let dice = self.coordinator.tenant().ambient.random.id().as_u128();
        work.next_try = Some(self.coordinator.now() + wait(work.failures, dice));
        let (channel, failures) = (&self.channel.name, work.failures);
        tracing::warn!(channel, failures, %error, "an alert was not delivered; it is tried again");
        self.shown.send_modify(|row| row.error = error.to_string());
    }

    fn show(&self, work: &Work) {
        self.shown.send_modify(|row| {
            row.failing = work.failures >= FAILING_AFTER;
            row.waiting = work.batch.items.len();
            row.delivered = work.outbox.delivered;
            row.delivered_at = work.outbox.delivered_at;
            row.next_try = work.next_try;
            if work.failures == 0 {
                row.error.clear();
            }
        });
    }

    fn pause(&self, work: &Work) -> Duration {
        let until = self.due(work).or(work.next_try);
        let left = until.map(|until| (until - self.coordinator.now()).to_std().unwrap_or_default());
        left.unwrap_or(LONGEST_PIECE).min(LONGEST_PIECE)
    }
}

impl Deliveries {
    /// How the channel stands.
    pub fn row(&self) -> ChannelRow {
        self.shown.borrow().clone()
    }

    /// The warning that a failing channel is.
    pub fn warning(&self) -> Option<HealthWarning> {
        let row = self.row();
        row.failing.then(|| HealthWarning {
            code: "alert_channel_failing".to_owned(),
            severity: Severity::High,
            sentence: format!(
                "Alerts do not get through to {}: {}. Try `trueconfig alerts test {}`.",
                row.name, row.error, row.name
            ),
        })
    }

    /// Sends a test now, past everything that waits.
    pub async fn test(&self, tenant: &str, now: DateTime<Utc>) -> ChannelTest {
        let begun = tokio::time::Instant::now();
        let result = self.channel.deliver.deliver(&Message::test(tenant, now)).await;
        let error = result.err().map(|error| error.to_string()).unwrap_or_default();
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        ChannelTest { channel: self.channel.name.clone(), delivered: error.is_empty(), error, milliseconds }
    }
}

fn read(journal: &Reader, channel: &Channel, force: &Force, mut batch: Batch) -> Result<Batch, StoreError> {
    let severity = |control: &ControlId| force.baseline.member(control).map(|member| member.control.severity);
    for record in journal.replay(batch.end)?.take(READ_AT_ONCE) {
        if batch.is_full() {
            break;
        }
        let record = record?;
        // A record of a newer daemon is none of ours to tell.
        let alert = Entry::from_record(&record).ok().and_then(|entry| Alert::of(&entry, severity));
        batch.take(record.seq, alert.filter(|alert| channel.rules.want(alert)), channel.repeat);
    }
    Ok(batch)
}

/// Doubled with every failure from a second on, up to a quarter of an hour; by chance down to half of that, so
/// that couriers do not march in step.
fn wait(failures: u32, dice: u128) -> TimeDelta {
    let seconds = 1_i64.checked_shl(failures.saturating_sub(1).min(20)).unwrap_or(i64::MAX);
    let longest = TimeDelta::seconds(seconds).min(LONGEST_WAIT).num_milliseconds();
    let off = i64::try_from(dice % 1_000).unwrap_or(0) * longest / 2_000;
    TimeDelta::milliseconds(longest - off)
}
