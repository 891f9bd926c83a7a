//! What the daemon tells systemd, and nothing at all where systemd did not start it.
//!
//! The watchdog is tied to work, not to time: it is fed only when the probe it is given, which asks
//! whoever must be alive, was answered. A daemon that runs but no longer decides is restarted.

use sd_notify::NotifyState;
use std::future::{Future, pending};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Questions within the watchdog's time; one that is lost does not yet end the daemon.
const PROBES: u32 = 3;

/// How often it is looked whether the status text is still true.
const REPORT: Duration = Duration::from_secs(10);

/// Tells that the daemon serves; `status` is what `systemctl status` shows.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Tells that the daemon ends.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("ending calls and writes under way")]);
}

/// Feeds systemd's watchdog as long as `probe` is answered with yes in time; never returns. Where
/// no watchdog is wanted, nothing is probed.
pub async fn watch<P, F>(probe: P)
where
    P: FnMut() -> F,
    F: Future<Output = bool>,
{
    match sd_notify::watchdog_enabled() {
        Some(limit) if !limit.is_zero() => {
            keep_alive(limit, probe, || tell(&[NotifyState::Watchdog])).await;
        }
        _ => pending().await,
    }
}

/// Keeps the text of `systemctl status` true; never returns.
pub async fn report(summary: impl Fn() -> String) {
    keep_true(summary, |text| tell(&[NotifyState::Status(text)])).await;
}

async fn keep_true(summary: impl Fn() -> String, tell: impl Fn(&str)) {
    let (mut ticks, mut told) = (interval(REPORT), String::new());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = summary();
        if now != told {
            tell(&now);
            told = now;
        }
    }
}

async fn keep_alive<P, F>(limit: Duration, mut probe: P, feed: impl Fn())
where
    P: FnMut() -> F,
    F: Future<Output = bool>,
{
    let pause = limit / PROBES;
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if timeout(pause, probe()).await == Ok(true) {
            feed();
        } else {
            tracing::error!(
                "a coordinator does not answer; without an answer systemd will restart the daemon"
            );
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

#[cfg(test)]
mod tests;
