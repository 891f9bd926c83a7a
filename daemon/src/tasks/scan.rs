//! Scans: due by the schedule or asked for, one at a time, the way the operator sees them.

use crate::coordinator::{Coordinator, Force, View};
use crate::graph::ReadPort;
use crate::graph::collect::{Basis, Wanted};
use crate::scan::{self, Scanned};
use crate::store::Snapshots;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use trueconfig_common::interface::CallError;
use trueconfig_common::interface::scan::ScanProgress;
use trueconfig_common::remediation::Actor;
use trueconfig_core::lifecycle::{Command, ScanFound};
use trueconfig_core::schedule::Schedule;

/// A scan that a person or a fix asked for: it reads everything afresh.
const DEMAND: &str = "demand";
/// A scan by the clock: it reads what changed since the last one.
const SCHEDULE: &str = "schedule";

/// How everybody else sees the scans of a tenant.
#[derive(Clone)]
pub struct Scans {
    schedule: Schedule,
    demand: Arc<Notify>,
    progress: watch::Receiver<Option<ScanProgress>>,
}

/// Makes the scans of a tenant.
pub struct ScanTask {
    coordinator: Coordinator,
    read: Arc<dyn ReadPort>,
    snapshots: Snapshots,
    schedule: Schedule,
    full_every: TimeDelta,
    ticks: watch::Receiver<u64>,
    demand: Arc<Notify>,
    progress: watch::Sender<Option<ScanProgress>>,
}

impl Scans {
    /// Starts a scan, or joins the running one; the receiver shows it from its beginning on.
    ///
    /// # Errors
    /// [`CallError::Failed`] if the daemon is stopping.
    pub async fn start(&self) -> Result<watch::Receiver<Option<ScanProgress>>, CallError> {
        let mut progress = self.progress.clone();
        let last = progress.borrow_and_update().as_ref().map(|one| (one.scan, is_over(one)));
        if last.is_some_and(|(_, over)| !over) {
            return Ok(self.progress.clone());
        }
        self.demand.notify_one();
        let newer =
            |now: &Option<ScanProgress>| now.as_ref().map(|one| one.scan) != last.map(|(scan, _)| scan);
        let stopping = |_| CallError::Failed { reason: "the daemon is stopping".to_owned() };
        progress.wait_for(newer).await.map_err(stopping)?;
        progress.mark_changed();
        Ok(progress)
    }

    /// The running scan.
    pub fn progress(&self) -> Option<ScanProgress> {
        self.progress.borrow().clone().filter(|one| !is_over(one))
    }

    /// Progress as it is made.
    pub fn watch(&self) -> watch::Receiver<Option<ScanProgress>> {
        self.progress.clone()
    }

    /// Asks for a scan soon; twice is once.
    pub fn demand(&self) -> Arc<Notify> {
        Arc::clone(&self.demand)
    }

    /// When the next scan is due.
    pub fn next_due(&self, view: &View, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let last = view.state.history.last_scan.as_ref().map(|scan| scan.started_at);
        self.schedule.next_after(last.unwrap_or(now))
    }
}

fn is_over(progress: &ScanProgress) -> bool {
    progress.summary.is_some() || !progress.error.is_empty()
}

impl ScanTask {
    /// A task for one tenant, and how to see it.
    pub fn new(
        coordinator: Coordinator,
        read: Arc<dyn ReadPort>,
        snapshots: Snapshots,
        (schedule, full_every): (Schedule, TimeDelta),
        ticks: watch::Receiver<u64>,
    ) -> (Self, Scans) {
        let (progress, seen) = watch::channel(None);
        let demand = Arc::new(Notify::new());
        let scans = Scans { schedule: schedule.clone(), demand: Arc::clone(&demand), progress: seen };
        (Self { coordinator, read, snapshots, schedule, full_every, ticks, demand, progress }, scans)
    }

    /// Runs until told to stop; a scan under way is dropped then, and said to have failed.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut demanded = false;
        loop {
            // Looked at once per wake-up, so that trouble with the journal makes no busy loop.
            if demanded || self.is_due() {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.scan(if demanded { DEMAND } else { SCHEDULE }) => {}
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.demand.notified() => demanded = true,
                ticked = self.ticks.changed() => match ticked {
                    Ok(()) => demanded = false,
                    Err(_) => return,
                },
            }
        }
    }

    fn is_due(&self) -> bool {
        let view = self.coordinator.view();
        let last = view.state.history.last_scan.as_ref().map(|scan| scan.started_at);
        view.damage.is_none() && self.schedule.is_due(last, self.coordinator.now())
    }

    async fn scan(&self, trigger: &str) {
        let started_at = self.coordinator.now();
        let begin = Command::BeginScan { trigger: trigger.to_owned() };
        if let Err(error) = self.coordinator.send(begin, Actor::system("scanner")).await {
            tracing::error!(%error, "cannot begin a scan");
            self.show(started_at, |now| {
                now.scan += 1;
                now.error = error.to_string();
            });
            return;
        }
        self.show(started_at, |_| {});
        // Nothing was read yet: this scan serves whoever asked until now.
        let _ = self.demand.notified().now_or_never();
        let (tenant, force) = (self.coordinator.tenant(), Arc::clone(&self.coordinator.view().force));
        let basis = if trigger == SCHEDULE { self.basis() } else { None };
        let scanned = scan::scan(self.read.as_ref(), tenant, &force, &self.snapshots, basis, |step| {
            self.progress.send_modify(|now| {
                if let Some(now) = now {
                    step(now);
                }
            });
        });
        let error = match scanned.await {
            Ok(scanned) => {
                self.take_in(started_at, scanned, force).await.err().map(|error| error.to_string())
            }
            Err(error) => {
                let reason = error.to_string();
                let failed = Command::FailScan { started_at, reason: reason.clone() };
                let recorded = self.coordinator.send(failed, Actor::system("scanner")).await;
                recorded.err().map(|error| error.to_string()).or(Some(reason))
            }
        };
        if let Some(error) = error {
            tracing::error!(error, "the scan failed");
            self.progress.send_modify(|now| {
                if let Some(now) = now {
                    now.phase = "failed".to_owned();
                    now.error = error;
                }
            });
        }
    }

    /// Where a scheduled scan starts from: from nothing, if too much time went by since the last full one.
    fn basis(&self) -> Option<Basis> {
        let full_at = scan::marks(&self.snapshots).full_at?;
        let age = self.coordinator.now() - full_at;
        if age < TimeDelta::zero() || age >= self.full_every {
            return None;
        }
        scan::basis(&self.snapshots, self.coordinator.view().judged.as_deref())
    }

    async fn take_in(
        &self,
        started_at: DateTime<Utc>,
        scanned: Scanned,
        force: Arc<Force>,
    ) -> Result<(), CallError> {
        let (before, after) = (self.coordinator.view().judged.clone(), Arc::clone(&scanned.judged));
        let audits = scanned.audits;
        let compared = move || scan::movements(before.as_deref(), &after, audits);
        let movements = tokio::task::spawn_blocking(compared).await;
        let movements = movements.map_err(|error| CallError::Failed { reason: error.to_string() })?;
        let found = ScanFound {
            started_at,
            requests: scanned.summary.requests,
            objects: scanned.summary.objects.values().sum(),
            unreadable: scanned.summary.unreadable.clone(),
            movements,
        };
        self.coordinator.take_scan(Command::FinishScan(found), scanned.judged, force).await?;
        self.progress.send_modify(|now| {
            if let Some(now) = now {
                now.phase = "done".to_owned();
                now.summary = Some(scanned.summary);
            }
        });
        Ok(())
    }

    /// Shows a scan that begins.
    fn show(&self, started_at: DateTime<Utc>, change: impl FnOnce(&mut ScanProgress)) {
        let scan = self.coordinator.view().state.history.scans;
        let force = Arc::clone(&self.coordinator.view().force);
        let mut progress = ScanProgress {
            scan,
            started_at,
            phase: "token".to_owned(),
            objects: Default::default(),
            families: Wanted::of(&force.baseline, &force.config).families(),
            requests: 0,
            summary: None,
            error: String::new(),
        };
        change(&mut progress);
        self.progress.send_replace(Some(progress));
    }
}
