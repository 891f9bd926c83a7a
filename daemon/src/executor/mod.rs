//! Carries out what the core names: one remediation at a time.
//!
//! It interprets and never decides (invariant 4): [`work::next`] says what to do, the coordinator
//! allows each write by making its intent durable, and what came of it goes back as a command.
//! After a restart the same loop goes on where the journal ends, so there is no recovery code.

mod observe;
mod seal;
mod write;

use crate::coordinator::{Coordinator, View};
use crate::graph::{ReadPort, WritePort};
use observe::observe;
pub use observe::observe_applied;
pub use seal::{SealError, Sealer};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trueconfig_common::interface::CallError;
use trueconfig_common::remediation::{Actor, RemediationState};
use trueconfig_core::change::{Image, same};
use trueconfig_core::lifecycle::Command;
use trueconfig_core::lifecycle::work::{self, Work};
use trueconfig_core::state::Remediation;

/// How long the tenant may take to show a write (D8).
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// After this long a difference counts.
    pub deadline: Duration,
    /// Between two reads.
    pub interval: Duration,
}

/// Longest pause after something could not be done.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How often reading is tried before a person must look.
const READS_LIMIT: u32 = 10;

/// What the executor works with.
pub struct Executor {
    /// The owner of journal and state.
    pub coordinator: Coordinator,
    /// Reads targets.
    pub read: Arc<dyn ReadPort>,
    /// Writes them.
    pub write: Arc<dyn WritePort>,
    /// Seals secrets to their recipients.
    pub sealer: Sealer,
    /// How long the tenant may take to show a write.
    pub patience: Patience,
    /// Told when a plan was overtaken and a fresh scan is needed.
    pub rescan: Arc<Notify>,
}

/// Why a piece of work could not be done now.
#[derive(Debug, thiserror::Error)]
enum NotNow {
    #[error("{0}")]
    Read(String),
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Executor {
    /// Works until told to stop; what is under way then is finished first (D7).
    pub async fn run(self, stop: CancellationToken) {
        let mut views = self.coordinator.views();
        let (mut failures, mut unread) = (0, 0);
        while !stop.is_cancelled() {
            let view = Arc::clone(&views.borrow_and_update());
            let Some(work) = next(&view) else {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    changed = views.changed() => if changed.is_err() { return },
                }
                continue;
            };
            match self.step(&work).await {
                Ok(()) => (failures, unread) = (0, 0),
                Err(error) => {
                    failures += 1;
                    // To wait for what may show late is no failure to read.
                    unread = if matches!(error, NotNow::Read(_)) { unread + 1 } else { 0 };
                    tracing::warn!(remediation = %work.id(), %error, failures, "cannot go on for now");
                    if unread >= READS_LIMIT {
                        self.give_up(&work, &error).await;
                    }
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(pause(failures)) => {}
                    }
                }
            }
        }
    }

    async fn step(&self, work: &Work) -> Result<(), NotNow> {
        match work {
            Work::Begin(remediation) => self.begin(remediation).await,
            Work::Write(write) => self.carry_out(write).await,
            Work::Probe(write) => self.probe(write).await,
            Work::Verify(remediation) => self.verify(remediation).await,
        }
    }

    /// Reads every target afresh (D20) and asks to begin.
    async fn begin(&self, remediation: &Remediation) -> Result<(), NotNow> {
        let observed = self.observe_all(remediation).await?;
        let id = remediation.id.clone();
        self.send(Command::BeginExecution { id: id.clone(), observed }).await?;
        let now = self.coordinator.view().state.remediation(&id).map(|one| one.state);
        if now == Some(RemediationState::Superseded) {
            self.rescan.notify_one();
        }
        Ok(())
    }

    /// Reads every target until all are as planned or the time is up (D8).
    async fn verify(&self, remediation: &Remediation) -> Result<(), NotNow> {
        let began = Instant::now();
        loop {
            let observed = self.observe_all(remediation).await?;
            let changes = &remediation.plan.changes;
            let settled = changes.iter().zip(&observed).all(|(one, seen)| same(&one.view.after, seen));
            if settled || began.elapsed() >= self.patience.deadline {
                let id = remediation.id.clone();
                return self.send(Command::Verify { id, observed }).await;
            }
            tokio::time::sleep(self.patience.interval).await;
        }
    }

    async fn observe_all(&self, remediation: &Remediation) -> Result<Vec<Image>, NotNow> {
        let mut observed = Vec::with_capacity(remediation.steps.len());
        for planned in &remediation.plan.changes {
            let answer = observe(self.read.as_ref(), &planned.change.read()).await?;
            observed.push(planned.change.observe(&answer));
        }
        Ok(observed)
    }

    /// What must be read cannot be read: a person must look. The core knows what was under way.
    async fn give_up(&self, work: &Work, error: &NotNow) {
        let command = Command::GiveUp { id: work.id().clone(), reason: error.to_string() };
        if let Err(error) = self.send(command).await {
            tracing::warn!(remediation = %work.id(), %error, "cannot record that a person must look");
        }
    }

    async fn send(&self, command: Command) -> Result<(), NotNow> {
        self.coordinator.send(command, Actor::system("executor")).await?;
        Ok(())
    }
}

/// A damaged journal stops all effects.
fn next(view: &View) -> Option<Work> {
    match view.damage {
        None => work::next(&view.state),
        Some(_) => None,
    }
}

fn pause(failures: u32) -> Duration {
    LONGEST_PAUSE.min(Duration::from_millis(250).saturating_mul(1 << failures.min(8)))
}
