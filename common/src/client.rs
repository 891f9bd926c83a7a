//! The async client of the socket: one connection, one call at a time, typed by method.
//!
//! Varlink answers in order, so a stream occupies its connection: take one [`Client`] for
//! subscriptions and another for calls. The client decides nothing; what a caller may do, the
//! daemon says. A daemon whose interface reads otherwise than ours is only read from: what a
//! write means there is not known here.

use crate::interface::{FRAME_LIMIT, INTERFACE, Method, REQUEST_LIMIT};
use crate::role::Role;
use crate::varlink::service::{
    DESCRIPTION, GET_INFO, GET_INTERFACE_DESCRIPTION, GetInterfaceDescription, Info, InterfaceDescription,
    PRODUCT,
};
use crate::varlink::{Call, Failure, FrameError, FrameReader, Reply, frame};
use interprocess::local_socket::GenericFilePath;
use interprocess::local_socket::tokio::{Stream as Socket, prelude::*};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;

pub use error::{ClientError, ErrorKind};

mod error;

/// Where the daemon listens unless told otherwise.
pub const DEFAULT_SOCKET: &str = "/run/trueconfig/socket";

/// Longest wait for a connection and the daemon's introduction.
pub const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// Longest wait for the reply to a call; streams may be silent for as long as nothing happens.
pub const CALL_DEADLINE: Duration = Duration::from_secs(120);

/// A connection to a daemon.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    info: Info,
    revision: Revision,
    wire: Wire,
}

/// How the daemon's description of the interface compares with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Revision {
    Same,
    Other,
}

/// The replies to a call made with `more`. Dropped early it leaves the connection out of step, and
/// the client opens another one for its next call.
#[derive(Debug)]
pub struct Replies<'client, M> {
    wire: &'client mut Wire,
    method: PhantomData<fn() -> M>,
}

#[derive(Debug)]
struct Wire {
    socket: FrameReader<Socket>,
    /// A call was sent and not answered to its end.
    busy: bool,
}

impl Client {
    /// Connects, and asks the other side what it is.
    pub async fn connect(path: &Path) -> Result<Self, ClientError> {
        let mut wire = Wire::open(path).await?;
        let call = encode(&Call::named(GET_INFO, json!({})))?;
        let asked = wire.ask(&call, CONNECT_DEADLINE).await;
        let info = check_info(path, asked)?;
        let revision = wire.revision(&info).await?;
        Ok(Self { path: path.to_owned(), info, revision, wire })
    }

    /// What the daemon said it is.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// The daemon's version, where its interface is another revision of ours and is only read from.
    pub fn read_only(&self) -> Option<&str> {
        (self.revision == Revision::Other).then_some(self.info.version.as_str())
    }

    /// Calls a method and waits for its reply.
    pub async fn call<M: Method>(&mut self, parameters: M) -> Result<M::Reply, ClientError> {
        let call = Call::of(&parameters).map_err(ClientError::from_frame)?;
        let call = encode(&call)?;
        self.freshen().await?;
        self.admit::<M>()?;
        self.wire.ask(&call, CALL_DEADLINE).await
    }

    /// Calls a method that answers several times.
    pub async fn stream<M: Method>(&mut self, parameters: M) -> Result<Replies<'_, M>, ClientError> {
        let call = Call::of(&parameters).map_err(ClientError::from_frame)?;
        let call = encode(&call.with_more())?;
        self.freshen().await?;
        self.admit::<M>()?;
        self.wire.send(&call).await?;
        Ok(Replies { wire: &mut self.wire, method: PhantomData })
    }

    // The daemon closes idle connections, and an abandoned call leaves replies nobody reads. Nothing
    // of the new call was sent yet, so another connection cannot make it happen twice.
    async fn freshen(&mut self) -> Result<(), ClientError> {
        if !self.wire.is_fresh().await {
            *self = Self::connect(&self.path.clone()).await?;
        }
        Ok(())
    }

    fn admit<M: Method>(&self) -> Result<(), ClientError> {
        match self.read_only() {
            Some(version) if M::ROLE > Role::Viewer => {
                Err(ClientError::ReadOnly { path: self.path.clone(), version: version.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

impl<M: Method> Replies<'_, M> {
    /// The next reply; none after the last one. After an error there is none either.
    pub async fn next(&mut self) -> Option<Result<M::Reply, ClientError>> {
        if !self.wire.busy {
            return None;
        }
        let reply = self.wire.receive::<M::Reply>().await;
        if reply.is_err() {
            self.wire.busy = false;
        }
        Some(reply)
    }
}

impl Wire {
    async fn open(path: &Path) -> Result<Self, ClientError> {
        let name = path.to_fs_name::<GenericFilePath>().map_err(|error| ClientError::connect(path, error))?;
        let socket = within(CONNECT_DEADLINE, Socket::connect(name))
            .await
            .and_then(|connected| connected.map_err(|error| ClientError::connect(path, error)))?;
        Ok(Self { socket: FrameReader::new(socket, FRAME_LIMIT), busy: false })
    }

    /// One version has one interface, so only another one is asked for its description.
    async fn revision(&mut self, info: &Info) -> Result<Revision, ClientError> {
        if info.version == Info::of_daemon().version {
            return Ok(Revision::Same);
        }
        let asked = GetInterfaceDescription { interface: INTERFACE.to_owned() };
        let call = encode(&Call::named(GET_INTERFACE_DESCRIPTION, json!(asked)))?;
        let theirs: InterfaceDescription = self.ask(&call, CONNECT_DEADLINE).await?;
        Ok(if theirs.description == DESCRIPTION { Revision::Same } else { Revision::Other })
    }

    async fn is_fresh(&mut self) -> bool {
        // Whatever comes unasked, or the end of the connection, makes it useless.
        !self.busy && timeout(Duration::ZERO, self.socket.ready()).await.is_err()
    }

    async fn ask<R: DeserializeOwned>(&mut self, call: &[u8], deadline: Duration) -> Result<R, ClientError> {
        self.send(call).await?;
        within(deadline, self.receive()).await?
    }

    async fn send(&mut self, call: &[u8]) -> Result<(), ClientError> {
        self.busy = true;
        within(CALL_DEADLINE, frame::write(self.socket.inner_mut(), call))
            .await?
            .map_err(|error| ClientError::from_frame(FrameError::Io(error)))
    }

    async fn receive<R: DeserializeOwned>(&mut self) -> Result<R, ClientError> {
        let bytes = self.socket.next().await.map_err(ClientError::from_frame)?;
        let bytes = bytes.ok_or(ClientError::Lost { reason: "the daemon closed the connection".into() })?;
        let reply: Reply = frame::decode(&bytes).map_err(ClientError::from_frame)?;
        self.busy = reply.continues;
        if let Some(name) = reply.error {
            return Err(Failure::from_wire(&name, reply.parameters).into());
        }
        let parameters = reply.parameters.unwrap_or(Value::Null);
        serde_json::from_value(parameters)
            .map_err(|error| ClientError::from_frame(FrameError::Malformed(error)))
    }
}

fn encode(call: &Call) -> Result<Vec<u8>, ClientError> {
    frame::encode(call, REQUEST_LIMIT).map_err(ClientError::from_frame)
}

async fn within<F: Future>(deadline: Duration, work: F) -> Result<F::Output, ClientError> {
    timeout(deadline, work)
        .await
        .map_err(|_| ClientError::Lost { reason: format!("no answer within {} s", deadline.as_secs()) })
}

fn check_info(path: &Path, asked: Result<Info, ClientError>) -> Result<Info, ClientError> {
    let not_a_daemon = |detail: String| ClientError::NotADaemon { path: path.to_owned(), detail };
    let info = asked.map_err(|error| match error {
        ClientError::Failed(failure @ Failure::Call(_)) => ClientError::Failed(failure),
        other => not_a_daemon(other.to_string()),
    })?;
    if info.product != PRODUCT {
        return Err(not_a_daemon(format!("it calls itself {:?}", info.product)));
    }
    if info.interfaces.iter().any(|interface| interface == INTERFACE) {
        return Ok(info);
    }
    Err(ClientError::OtherVersion {
        path: path.to_owned(),
        version: info.version,
        interfaces: info.interfaces.join(", "),
    })
}

impl ClientError {
    fn connect(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NoSocket { path },
            io::ErrorKind::PermissionDenied => Self::SocketForbidden { path },
            io::ErrorKind::ConnectionRefused => Self::NobodyListens { path },
            _ => Self::NotConnected { path, source },
        }
    }

    fn from_frame(error: FrameError) -> Self {
        match error {
            FrameError::TooLarge { limit } => Self::TooLarge { limit },
            other => Self::Lost { reason: other.to_string() },
        }
    }
}

#[cfg(test)]
mod tests;
