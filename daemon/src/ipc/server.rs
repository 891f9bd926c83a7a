//! Accepts connections and ends them in order when the daemon stops.

use super::accounts::{Directory, NameService};
use super::connection::{Peer, Shared, serve};
use super::handle::Service;
use super::limits::{ACCEPT_WAIT, ACCEPT_WAIT_LONGEST, Deadlines, STRANGERS};
use super::listener::{ListenError, Listener};
use super::slots::Slots;
use super::table::table;
use crate::config::{Approvers, Config, Roles};
use interprocess::local_socket::traits::StreamCommon;
use interprocess::os::unix::uds_local_socket::tokio::Stream;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// The socket's server. [`run`](Self::run) it as a task of its own.
pub struct Server<S> {
    listener: Listener,
    slots: Slots,
    shared: Arc<Shared<S>>,
}

/// A server at work.
#[derive(Debug)]
pub struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Stops in order: calls under way are answered, streams are closed.
    pub async fn stop(self) {
        self.stop.cancel();
        report(self.task.await);
    }
}

impl<S: Service> Server<S> {
    /// Serves `service` on the socket that systemd passes, else on the configured one. Must be
    /// called within a tokio runtime.
    ///
    /// # Errors
    /// [`ListenError`] if there is no socket to be had.
    pub fn start(config: &Config, service: S) -> Result<Running, ListenError> {
        let listener = match Listener::passed()? {
            Some(passed) => passed,
            None => Listener::bind(&config.socket, config.socket_group.as_deref())?,
        };
        let stop = CancellationToken::new();
        let server =
            Self::new(listener, config.roles.clone(), config.approvers.clone(), service, stop.clone());
        Ok(Running { stop, task: tokio::spawn(server.run()) })
    }

    /// Serves `service` to whom `roles` give one, until `stop` is cancelled.
    pub fn new(
        listener: Listener,
        roles: Roles,
        approvers: Approvers,
        service: S,
        stop: CancellationToken,
    ) -> Self {
        let directory = Directory::new(roles, approvers, Arc::new(NameService));
        Self::with_directory(listener, directory, service, stop, Deadlines::default())
    }

    pub(super) fn with_directory(
        listener: Listener,
        directory: Directory,
        service: S,
        stop: CancellationToken,
        deadlines: Deadlines,
    ) -> Self {
        let shared = Shared {
            service: Arc::new(service),
            table: table(),
            directory,
            strangers: Semaphore::new(STRANGERS),
            deadlines,
            stop,
        };
        Self { listener, slots: Slots::default(), shared: Arc::new(shared) }
    }

    /// Accepts connections. Returns when the token was cancelled and every call under way has
    /// ended, or [`Deadlines::drain`] has passed.
    pub async fn run(self) {
        let mut connections = JoinSet::new();
        let mut wait = ACCEPT_WAIT;
        loop {
            tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => break,
                Some(ended) = connections.join_next() => report(ended),
                accepted = self.listener.accept() => match accepted {
                    Ok(socket) => {
                        wait = ACCEPT_WAIT;
                        self.admit(socket, &mut connections).await;
                    }
                    Err(error) => self.back_off(&error, &mut wait).await,
                },
            }
        }
        // Nobody new from here on; the path is given up while the last calls end.
        drop(self.listener);
        drain(connections, self.shared.deadlines.drain).await;
    }

    async fn admit(&self, socket: Stream, connections: &mut JoinSet<()>) {
        let Some((uid, pid)) = identify(&socket) else {
            tracing::warn!("the kernel does not say who connected; closed");
            return;
        };
        let Some(slot) = self.slots.take(uid) else {
            tracing::warn!(uid, connections = self.slots.count(), "too many connections; closed");
            return;
        };
        let peer = Peer { uid, login_uid: login_uid(pid).await };
        connections.spawn(serve(Arc::clone(&self.shared), socket, peer, slot));
    }

    // Out of file descriptors, most likely: trying again at once would only burn time.
    async fn back_off(&self, error: &io::Error, wait: &mut Duration) {
        tracing::warn!(%error, wait_ms = wait.as_millis(), "cannot accept a connection");
        tokio::select! {
            () = self.shared.stop.cancelled() => {}
            () = sleep(*wait) => {}
        }
        *wait = (*wait * 2).min(ACCEPT_WAIT_LONGEST);
    }
}

fn identify(socket: &Stream) -> Option<(u32, Option<i32>)> {
    let credentials = socket.peer_creds().ok()?;
    Some((credentials.euid()?, credentials.pid()))
}

/// The uid somebody logged in with, which `sudo` and `su` do not change. Read when the peer
/// connects: later its pid may be another process's.
async fn login_uid(pid: Option<i32>) -> Option<u32> {
    let text = tokio::fs::read_to_string(format!("/proc/{}/loginuid", pid?)).await.ok()?;
    text.trim().parse().ok().filter(|uid| *uid != u32::MAX)
}

async fn drain(mut connections: JoinSet<()>, deadline: Duration) {
    let ended = async {
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    };
    if timeout(deadline, ended).await.is_err() {
        tracing::warn!(connections = connections.len(), "calls still run while the daemon stops; abandoned");
        connections.shutdown().await;
    }
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection's task panicked; the others are unharmed");
    }
}
