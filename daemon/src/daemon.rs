//! The whole daemon: its tenants, its clockwork, its socket.

use crate::ambient::Ambient;
use crate::config::Config;
use crate::ipc::{self, Server};
use crate::service::Service;
use crate::tasks::{Ticker, TickerError};
use crate::tenant::{self, Running, StartError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A daemon that runs.
pub struct Daemon {
    tenants: Vec<Running>,
    server: ipc::Running,
    ticker: Ticker,
}

/// Why the daemon cannot start.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A tenant.
    #[error(transparent)]
    Tenant(#[from] StartError),
    /// The clockwork.
    #[error(transparent)]
    Ticker(#[from] TickerError),
    /// The socket.
    #[error(transparent)]
    Socket(#[from] ipc::ListenError),
}

impl Daemon {
    /// Starts every tenant, then opens the socket.
    ///
    /// # Errors
    /// [`DaemonError`]; what was started is stopped again.
    pub async fn start(config: &Config, ambient: Ambient) -> Result<Self, DaemonError> {
        let ticker = Ticker::start().await?;
        let mut tenants = Vec::new();
        for one in &config.tenants {
            match tenant::start(one, config, ambient.clone(), &ticker) {
                Ok(running) => tenants.push(running),
                Err(error) => {
                    stop_all(tenants).await;
                    return Err(error.into());
                }
            }
        }
        let served: BTreeMap<_, _> = tenants
            .iter()
            .map(|one| (one.served.coordinator.tenant().name.to_string(), Arc::clone(&one.served)))
            .collect();
        match Server::start(config, Service::new(served)) {
            Ok(server) => Ok(Self { tenants, server, ticker }),
            Err(error) => {
                stop_all(tenants).await;
                Err(error.into())
            }
        }
    }

    /// Whether every tenant's coordinator still answers. It waits as long as they take.
    pub async fn answers(&self) -> bool {
        for running in &self.tenants {
            if !running.served.coordinator.answers().await {
                return false;
            }
        }
        true
    }

    /// How it stands, on one line for `systemctl status`: what is wrong with which tenant, the worst of each.
    pub fn summary(&self) -> String {
        let tenants = self.tenants.iter().map(|running| {
            let health = running.served.health();
            let name = &running.served.coordinator.tenant().name;
            match health.iter().min_by_key(|warning| warning.severity) {
                None => format!("{name} is well"),
                Some(worst) => {
                    format!(
                        "{name} has {} warnings, the worst {} {}",
                        health.len(),
                        worst.severity,
                        worst.code
                    )
                }
            }
        });
        format!("serves {}", tenants.collect::<Vec<_>>().join("; "))
    }

    /// Stops in order: the socket first, then what writes, the journals last.
    pub async fn stop(self) {
        self.server.stop().await;
        stop_all(self.tenants).await;
        self.ticker.stop().await;
    }
}

async fn stop_all(tenants: Vec<Running>) {
    for running in tenants {
        if let Err(error) = running.stop().await {
            tracing::error!(%error, "a store was not closed in good order");
        }
    }
}
