//! A connection that is opened when it is first needed and again after it was lost.

use super::Failure;
use std::path::PathBuf;
use trueconfig_common::client::{Client, DEFAULT_SOCKET};
use trueconfig_common::interface::Method;

/// Where the daemon is, and of which tenant we speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Path of the socket.
    pub socket: PathBuf,
    /// The tenant's name; empty where the daemon has one only.
    pub tenant: String,
}

impl Endpoint {
    /// The daemon at that socket, or at the installed place.
    pub fn new(socket: Option<PathBuf>, tenant: String) -> Self {
        Self { socket: socket.unwrap_or_else(|| PathBuf::from(DEFAULT_SOCKET)), tenant }
    }
}

/// A connection for calls.
#[derive(Debug)]
pub struct Connection {
    endpoint: Endpoint,
    client: Option<Client>,
}

impl Connection {
    /// Not yet connected.
    pub fn to(endpoint: &Endpoint) -> Self {
        Self { endpoint: endpoint.clone(), client: None }
    }

    /// The connected client, for streams.
    ///
    /// # Errors
    /// The daemon is not reachable.
    pub async fn client(&mut self) -> Result<&mut Client, Failure> {
        let client = match self.client.take() {
            Some(client) => client,
            None => Client::connect(&self.endpoint.socket).await?,
        };
        Ok(self.client.insert(client))
    }

    /// Makes a call.
    ///
    /// # Errors
    /// The daemon is not reachable, the link breaks, or the call is refused.
    pub async fn call<M: Method + Clone>(&mut self, params: &M) -> Result<M::Reply, Failure> {
        let answer = self.client().await?.call(params.clone()).await.map_err(Failure::from);
        if answer.as_ref().is_err_and(Failure::is_link) {
            self.client = None;
        }
        answer
    }
}
