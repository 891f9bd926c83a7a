//! One connection: frames in, one call at a time, frames out, every wait with a deadline.

use super::accounts::{Directory, Freshness, Standing};
use super::handle::Caller;
use super::limits::{Deadlines, STRANGER_REQUEST_LIMIT, STRANGERS};
use super::slots::Slot;
use super::table::{Entry, Table, Work, error_frame, shortened};
use futures_util::stream::{BoxStream, StreamExt};
use interprocess::os::unix::uds_local_socket::tokio::Stream;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use trueconfig_common::interface::{CallError, INTERFACE, REQUEST_LIMIT};
use trueconfig_common::role::Role;
use trueconfig_common::varlink::{Call, Failure, FrameReader, ServiceError, failure, frame};

/// What all connections share.
pub struct Shared<S> {
    pub(super) service: Arc<S>,
    pub(super) table: Table<S>,
    pub(super) directory: Directory,
    pub(super) strangers: Semaphore,
    pub(super) deadlines: Deadlines,
    pub(super) stop: CancellationToken,
}

/// Who is at the other end, as the kernel says.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub(super) uid: u32,
    pub(super) login_uid: Option<u32>,
}

/// Why a connection ended before its peer ended it.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("its peer sent what is not a message: {0}")]
    Frame(#[from] trueconfig_common::varlink::FrameError),
    #[error("its peer began a message and did not end it")]
    HalfOpen,
    #[error("its peer reads too slowly or not at all")]
    SlowReader,
    #[error("its peer went away")]
    Gone,
    #[error("the daemon is stopping")]
    Stopping,
}

/// Serves one connection until one side ends it.
pub async fn serve<S>(shared: Arc<Shared<S>>, socket: Stream, peer: Peer, _slot: Slot) {
    let ended = match shared.directory.standing(peer.uid, Freshness::Recent).await.role {
        Some(_) => calls(&shared, &socket, peer, REQUEST_LIMIT).await,
        None => stranger(&shared, &socket, peer).await,
    };
    if let Err(ended) = ended {
        tracing::debug!(uid = peer.uid, reason = %ended, "a connection was closed");
    }
}

// A peer without a role hears why, and takes little room and time of those who have one.
async fn stranger<S>(shared: &Shared<S>, socket: &Stream, peer: Peer) -> Result<(), Ended> {
    let Ok(_place) = shared.strangers.try_acquire() else {
        tracing::debug!(uid = peer.uid, "more than {STRANGERS} peers without a role");
        return Ok(());
    };
    let refusals = calls(shared, socket, peer, STRANGER_REQUEST_LIMIT);
    timeout(shared.deadlines.stranger, refusals).await.unwrap_or(Ok(()))
}

async fn calls<S>(shared: &Shared<S>, socket: &Stream, peer: Peer, limit: usize) -> Result<(), Ended> {
    let mut wire = Wire { shared, socket, peer, reader: FrameReader::new(socket, limit) };
    while let Some(bytes) = wire.next().await? {
        let call: Call = frame::decode(&bytes)?;
        wire.answer(call).await?;
    }
    Ok(())
}

struct Wire<'connection, S> {
    shared: &'connection Shared<S>,
    socket: &'connection Stream,
    peer: Peer,
    reader: FrameReader<&'connection Stream>,
}

impl<S> Wire<'_, S> {
    /// The next call's bytes; none when the connection has ended, or should.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Ended> {
        let deadlines = &self.shared.deadlines;
        let idle = timeout(deadlines.idle, self.reader.ready());
        let Some(ready) = unless(&self.shared.stop, idle).await else {
            return Ok(None);
        };
        if !matches!(ready, Ok(Ok(true))) {
            return Ok(None);
        }
        let whole = timeout(deadlines.frame, self.reader.next());
        match unless(&self.shared.stop, whole).await {
            Some(read) => Ok(read.map_err(|_| Ended::HalfOpen)??),
            None => Ok(None),
        }
    }

    async fn answer(&mut self, call: Call) -> Result<(), Ended> {
        let oneway = call.oneway;
        let work = match self.permit(&call).await {
            Ok((entry, caller)) => entry.start(&self.shared.service, caller, call.clone()),
            Err(failure) if oneway => {
                tracing::debug!(uid = self.peer.uid, %failure, "a call without an answer was refused");
                return Ok(());
            }
            Err(failure) => return self.write(&error_frame(&failure)).await,
        };
        match work {
            Work::Once(work) => {
                let frame = work.await;
                if oneway { Ok(()) } else { self.write(&frame).await }
            }
            // Nobody would read it.
            Work::Stream(mut frames) if oneway => {
                frames.next().await;
                Ok(())
            }
            Work::Stream(frames) => self.stream(&call, frames).await,
        }
    }

    /// The one permission check: what a call names, and whether its caller may have it at this
    /// moment. What is in no table is still not told to somebody without a role.
    async fn permit(&self, call: &Call) -> Result<(&Entry<S>, Caller), Failure> {
        let entry = self.shared.table.get(&call.method);
        let needed = entry.map_or(Role::Viewer, |entry| entry.role);
        let standing = self.shared.directory.standing(self.peer.uid, Freshness::for_role(needed)).await;
        let Some(role) = standing.role.filter(|role| *role >= needed) else {
            let method = call
                .method
                .strip_prefix(INTERFACE)
                .map_or(&*call.method, |name| name.trim_start_matches('.'));
            return Err(
                CallError::NotPermitted { method: shortened(method), needed, have: standing.role }.into()
            );
        };
        if call.upgrade {
            return Err(ServiceError::MethodNotImplemented { method: shortened(&call.method) }.into());
        }
        let entry = entry.ok_or_else(|| unknown(&call.method))?;
        let Peer { uid, login_uid } = self.peer;
        let Standing { name, approver_of, .. } = standing;
        Ok((entry, Caller { uid, name, login_uid, role, approver_of }))
    }

    async fn stream(&mut self, call: &Call, mut frames: BoxStream<'static, Vec<u8>>) -> Result<(), Ended> {
        loop {
            let frame = tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => {
                    let reason = "the daemon is stopping; connect again".to_owned();
                    self.write(&error_frame(&CallError::Failed { reason }.into())).await?;
                    return Err(Ended::Stopping);
                }
                frame = frames.next() => frame,
                () = self.reader.gone() => return Err(Ended::Gone),
            };
            let Some(frame) = frame else {
                return Ok(());
            };
            // A role taken away ends what it had begun.
            if let Err(failure) = self.permit(call).await {
                return self.write(&error_frame(&failure)).await;
            }
            self.write(&frame).await?;
        }
    }

    async fn write(&self, frame: &[u8]) -> Result<(), Ended> {
        let mut socket = self.socket;
        match timeout(self.shared.deadlines.write, frame::write(&mut socket, frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Ended::Gone),
            Err(_) => Err(Ended::SlowReader),
        }
    }
}

fn unknown(method: &str) -> Failure {
    let interface = method.rsplit_once('.').map_or("", |(interface, _)| interface);
    if matches!(interface, INTERFACE | failure::SERVICE) {
        return ServiceError::MethodNotFound { method: shortened(method) }.into();
    }
    ServiceError::InterfaceNotFound { interface: shortened(interface) }.into()
}

async fn unless<F: Future>(stop: &CancellationToken, work: F) -> Option<F::Output> {
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        done = work => Some(done),
    }
}
