//! Ends what has run out (R31), and warns of proofs that will.

use crate::coordinator::Coordinator;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use trueconfig_common::remediation::Actor;
use trueconfig_core::credentials::OwnCredential;
use trueconfig_core::lifecycle::Command;

/// Ends what has run out, on every tick.
pub struct Upkeep {
    /// The owner of the state.
    pub coordinator: Coordinator,
    /// The proofs of our registrations, of whose ends it warns.
    pub credentials: Vec<OwnCredential>,
    /// The clockwork.
    pub ticks: watch::Receiver<u64>,
}

impl Upkeep {
    /// Runs until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            for command in [Command::Tick, Command::WarnOfCredentials(self.credentials.clone())] {
                if let Err(error) = self.coordinator.send(command, Actor::system("clock")).await {
                    tracing::warn!(%error, "cannot end what has run out");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                ticked = self.ticks.changed() => if ticked.is_err() { return },
            }
        }
    }
}
