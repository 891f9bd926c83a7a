//! The clockwork: the scheduler sends a tick several times a minute, and no more.
//!
//! Its own idea of due times is wrong after a DST change and it does not prevent overlap, so it
//! only ticks; what is due is decided by those who listen.

use tokio::sync::watch;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Every quarter of a minute. Nothing falls due more often than every minute, but the scheduler was seen to leave
/// out one due time in three or four; whatever it leaves out is then made up for seconds later.
const EVERY_QUARTER: &str = "*/15 * * * * *";

/// Why there is no clockwork.
#[derive(Debug, thiserror::Error)]
#[error("the scheduler cannot be started: {0}")]
pub struct TickerError(#[from] JobSchedulerError);

/// Ticks until dropped or stopped.
pub struct Ticker {
    scheduler: JobScheduler,
    ticks: watch::Receiver<u64>,
}

impl Ticker {
    /// Starts ticking.
    ///
    /// # Errors
    /// [`TickerError`] if the scheduler cannot be started.
    pub async fn start() -> Result<Self, TickerError> {
        let (sender, ticks) = watch::channel(0);
        let scheduler = JobScheduler::new().await?;
        let job = Job::new(EVERY_QUARTER, move |_, _| sender.send_modify(|count| *count += 1))?;
        scheduler.add(job).await?;
        scheduler.start().await?;
        Ok(Self { scheduler, ticks })
    }

    /// The ticks; a slow listener misses some and loses nothing by it.
    pub fn ticks(&self) -> watch::Receiver<u64> {
        self.ticks.clone()
    }

    /// Stops ticking.
    pub async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "the scheduler did not stop in good order");
        }
    }
}
